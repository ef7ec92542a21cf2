//! How often the authority is asked: seldom, and ever more seldom while it says no. An authority that is asked too often
//! refuses a shop for hours or days (Let's Encrypt: after five failed validations within an hour).

/// Between a first failure and the next attempt, in ms; doubled with each further one.
const PAUSE_MS: i64 = 30_000;
/// The longest pause.
const PAUSE_MAX_MS: i64 = 6 * HOUR_MS;
/// Orders within an hour, over restarts too.
const ORDERS_MAX: usize = 4;
const HOUR_MS: i64 = 3_600_000;

/// The pauses between attempts of this process, by steady time.
#[derive(Debug, Default)]
pub struct Pauses {
    failures: u32,
    until_ms: Option<i64>,
}

impl Pauses {
    /// Whether the pause after the last failure is over.
    pub fn are_over(&self, steady_ms: i64) -> bool {
        self.until_ms.is_none_or(|until| steady_ms >= until)
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Notes a failure; how long to wait now, in ms. `chance` from 0 to 1 shortens it by a quarter at most: shops that
    /// failed together must not come back together.
    pub fn note_failure(&mut self, steady_ms: i64, chance: f64) -> i64 {
        let whole = PAUSE_MS.saturating_mul(1_i64 << self.failures.min(20)).min(PAUSE_MAX_MS);
        let pause = whole - (whole as f64 * 0.25 * chance) as i64;
        self.failures += 1;
        self.until_ms = Some(steady_ms + pause);
        pause
    }

    pub fn note_success(&mut self) {
        *self = Pauses::default();
    }
}

/// When orders were begun, by the wall clock; kept on disk, so that a process that restarts all the time is bounded too.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Orders(Vec<i64>);

impl Orders {
    /// A line each; what is none is passed over.
    pub fn parse(text: &str) -> Orders {
        Orders(text.lines().filter_map(|line| line.trim().parse().ok()).collect())
    }

    pub fn to_text(&self) -> String {
        self.0.iter().map(|at| format!("{at}\n")).collect()
    }

    /// Milliseconds until the next one may begin; `None`: now.
    pub fn wait_ms(&self, now_ms: i64) -> Option<i64> {
        let recent = self.recent(now_ms);
        let oldest_that_counts = recent.len().checked_sub(ORDERS_MAX)?;
        Some(recent[oldest_that_counts] + HOUR_MS - now_ms)
    }

    /// With one that begins now, without those that count no more.
    pub fn with(&self, now_ms: i64) -> Orders {
        let mut orders = self.recent(now_ms);
        orders.push(now_ms);
        Orders(orders)
    }

    /// What lies in the future was noted by a clock that was wrong.
    fn recent(&self, now_ms: i64) -> Vec<i64> {
        let mut recent: Vec<i64> =
            self.0.iter().copied().filter(|at| (now_ms - HOUR_MS + 1..=now_ms).contains(at)).collect();
        recent.sort_unstable();
        recent
    }
}

/// When a certificate is to be renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub not_before_ms: i64,
    pub not_after_ms: i64,
}

impl Validity {
    /// At two thirds of its lifetime, up to a thirtieth of it later by `chance` from 0 to 1; at the moment in the
    /// authority's own `window` by that chance if it named one, but never with less than a sixth left.
    pub fn renewal_ms(self, window: Option<(i64, i64)>, chance: f64) -> i64 {
        let lifetime = (self.not_after_ms - self.not_before_ms).max(0);
        let within = |from: i64, length: i64| from.saturating_add((length.max(0) as f64 * chance) as i64);
        match window {
            Some((from, until)) => {
                within(from, until.saturating_sub(from)).min(self.not_after_ms - lifetime / 6)
            }
            None => within(self.not_before_ms + lifetime / 3 * 2, lifetime / 30),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_six_hours_and_end_with_a_success() {
        let mut pauses = Pauses::default();
        assert!(pauses.are_over(0));
        let told: Vec<i64> = (0..14).map(|_| pauses.note_failure(1_000, 0.0) / 1_000).collect();
        assert_eq!(told[..6], [30, 60, 120, 240, 480, 960]);
        assert_eq!(told[10..], [21_600; 4]);
        assert!(!pauses.are_over(1_000 + 6 * HOUR_MS - 1) && pauses.are_over(1_000 + 6 * HOUR_MS));
        pauses.note_success();
        assert!(pauses.are_over(0));
        assert_eq!(pauses.note_failure(0, 1.0), 22_500, "a quarter sooner at most");
        for _ in 0..100 {
            pauses.note_failure(0, 0.5);
        }
    }

    #[test]
    fn four_orders_an_hour_are_all() {
        let mut orders = Orders::default();
        for n in 0..4 {
            let now = n * 60_000;
            assert_eq!(orders.wait_ms(now), None);
            orders = orders.with(now);
        }
        assert_eq!(orders.wait_ms(240_000), Some(HOUR_MS - 240_000));
        // The first is an hour old.
        assert_eq!(orders.wait_ms(HOUR_MS), None);
        assert_eq!(orders.with(HOUR_MS).wait_ms(HOUR_MS), Some(60_000));
        assert_eq!(Orders::parse(&orders.to_text()), orders);
        assert_eq!(Orders::parse("1\nhello\n\n2\n"), Orders(vec![1, 2]));
        // A clock that was a year ahead.
        assert_eq!(Orders::parse("9\n9\n9\n9\n9\n").wait_ms(5), None);
    }

    #[test]
    fn renewal_comes_at_two_thirds_or_when_the_authority_says() {
        const DAY: i64 = 24 * HOUR_MS;
        let validity = Validity { not_before_ms: 0, not_after_ms: 90 * DAY };
        assert_eq!(validity.renewal_ms(None, 0.0), 60 * DAY);
        assert_eq!(validity.renewal_ms(None, 1.0), 63 * DAY);
        assert_eq!(validity.renewal_ms(Some((50 * DAY, 52 * DAY)), 0.5), 51 * DAY);
        // At once, since it will be revoked; and one that comes too late.
        assert_eq!(validity.renewal_ms(Some((-DAY, -DAY)), 0.5), -DAY);
        assert_eq!(validity.renewal_ms(Some((89 * DAY, 90 * DAY)), 0.0), 75 * DAY);
        let broken = Validity { not_before_ms: 5, not_after_ms: 3 };
        assert_eq!(broken.renewal_ms(None, 1.0), 5);
    }
}
