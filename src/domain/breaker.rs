//! When to stop asking something that does not answer: after a few failures in a row nobody waits for it any more, and
//! one question at a time finds out whether it is back.

/// Failures in a row that open it.
const FAILURES_MAX: u32 = 5;
/// Failures further apart than this are no row.
const ROW_MS: i64 = 10_000;
/// While it is open, one question passes this often.
const PROBE_MS: i64 = 1_000;

/// Whether a question may be asked. Times are the caller's, in ms, and only ever grow.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Breaker {
    /// All goes well.
    #[default]
    Closed,
    /// It failed so often in a row, the first time then.
    Failing { failures: u32, since_ms: i64 },
    /// Nothing passes but a probe, the last one then.
    Open { probed_ms: i64 },
}

impl Breaker {
    /// Whether a question may be asked now. Open, it lets one pass each second, which is the caller's to ask.
    pub fn admits(&mut self, now_ms: i64) -> bool {
        match self {
            Breaker::Closed | Breaker::Failing { .. } => true,
            Breaker::Open { probed_ms } if now_ms - *probed_ms >= PROBE_MS => {
                *probed_ms = now_ms;
                true
            }
            Breaker::Open { .. } => false,
        }
    }

    /// An answer came; true when it ends an outage.
    pub fn succeed(&mut self) -> bool {
        std::mem::take(self).is_open()
    }

    /// No answer came; true when that opens it.
    pub fn fail(&mut self, now_ms: i64) -> bool {
        let (failures, since_ms) = match *self {
            Breaker::Open { .. } => return false,
            Breaker::Failing { failures, since_ms } if now_ms - since_ms <= ROW_MS => {
                (failures + 1, since_ms)
            }
            Breaker::Closed | Breaker::Failing { .. } => (1, now_ms),
        };
        *self = if failures >= FAILURES_MAX {
            Breaker::Open { probed_ms: now_ms }
        } else {
            Breaker::Failing { failures, since_ms }
        };
        self.is_open()
    }

    pub fn is_open(self) -> bool {
        matches!(self, Breaker::Open { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_at(now_ms: i64) -> Breaker {
        let mut breaker = Breaker::default();
        let opened: Vec<bool> = (0..FAILURES_MAX).map(|_| breaker.fail(now_ms)).collect();
        assert_eq!(opened, [false, false, false, false, true]);
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_an_answer_in_between_does_not() {
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            assert!(!breaker.fail(0) && breaker.admits(0));
        }
        assert!(!breaker.succeed(), "there was no outage");
        for _ in 0..4 {
            assert!(!breaker.fail(0));
        }
        assert!(breaker.fail(0) && !breaker.admits(0));
    }

    #[test]
    fn rare_failures_are_no_row() {
        let mut breaker = Breaker::default();
        for n in 0..100 {
            assert!(!breaker.fail(n * 3_000), "{n}");
        }
    }

    #[test]
    fn one_probe_a_second_until_one_succeeds() {
        let mut breaker = open_at(50);
        assert!(!breaker.admits(1_049));
        assert!(breaker.admits(1_050), "the probe");
        assert!(!breaker.admits(1_051), "one is enough");
        assert!(!breaker.fail(1_300), "it was open already");
        assert!(!breaker.admits(1_900) && breaker.admits(2_050));
        assert!(breaker.succeed(), "the outage is over");
        assert_eq!(breaker, Breaker::Closed);
        assert!(breaker.admits(2_051) && breaker.admits(2_051));
    }

    #[test]
    fn whoever_asked_before_it_opened_does_not_open_it_twice() {
        let mut breaker = open_at(0);
        assert!(!breaker.fail(200) && !breaker.admits(999) && breaker.admits(1_000));
    }
}
