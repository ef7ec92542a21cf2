//! Where the model's choices come from: numbers, with a taste for extremes (nothing at all, or as late as the
//! assumptions allow), and a mood for each run, since rare coincidences need runs that are made for them.

use super::world::INSTANCES;

/// See the module.
pub struct Tape<'a> {
    values: &'a [u16],
    at: usize,
}

impl<'a> Tape<'a> {
    pub fn new(values: &'a [u16]) -> Tape<'a> {
        Tape { values, at: 0 }
    }

    fn next(&mut self) -> u16 {
        let value = self.values.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        value
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: u16) -> bool {
        self.next() % n == n - 1
    }

    /// 0..=max; `slow` of four times max itself.
    pub fn slow(&mut self, slow: u16, max: i64) -> i64 {
        if self.next() % 4 < slow { max } else { self.delay(max) }
    }

    /// 0..=max, with a taste for the two ends.
    pub fn delay(&mut self, max: i64) -> i64 {
        let value = i64::from(self.next());
        match value % 4 {
            0 | 1 => 0,
            2 => max,
            _ => (value / 4) % (max + 1),
        }
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::from(self.next()) % n
    }
}

/// What this run is rich in; rare coincidences need runs that are made for them.
pub struct Mood {
    /// A change begins in one of so many ticks.
    pub changes: u16,
    /// One of so many polls fails, per instance.
    pub failing: [u16; INSTANCES],
    pub pauses: u16,
    /// Nobody looks at the page in one of so many ticks.
    pub quiet: u16,
    /// How many of four delays in answers and transfers are as long as they may be.
    pub slow: u16,
    /// Of so many visits that find a fetch under way one begins another: there are many caches in a tier.
    pub crowd: u16,
    /// The dispatcher never dawdles.
    pub eager: bool,
    /// Every cache begins with the page in it.
    pub warm: bool,
}

impl Mood {
    pub fn draw(tape: &mut Tape) -> Mood {
        let mut of = |values: [u16; 3]| values[tape.below(3)];
        Mood {
            changes: of([4, 9, 20]),
            failing: [of([2, 5, 50]), of([2, 5, 50])],
            pauses: of([15, 40, 400]),
            quiet: of([2, 4, 40]),
            slow: of([1, 2, 3]),
            crowd: of([1, 2, 8]),
            eager: of([0, 1, 1]) == 1,
            warm: of([0, 1, 1]) == 1,
        }
    }
}
