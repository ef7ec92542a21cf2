//! What invalidations may cost in a month. CloudFront counts items: tags and paths alike, once per invalidation.
//!
//! As the budget goes, purges get fewer rounds, then come less often and for the whole site at once. When it is used
//! up nothing is sent: pages then follow a change when they expire, and `mercer edge status` and the metrics say so.

use super::{EdgeTiming, PurgeMode};

/// The items of a month that cost nothing; they are also the default budget.
pub const FREE_ITEMS: i64 = 1_000;
/// Thousandths of a dollar for each item after the free ones.
const ITEM_MILLS: i64 = 5;

/// From this part of the budget on (per cent) purges have one round.
const ONE_ROUND_FROM: i64 = 80;
/// From this part on they are also collected for [`SPARSE_TICK_MS`].
const SPARSE_FROM: i64 = 95;

/// Changes are collected at least this long.
const TICK_MS: i64 = 1_000;
/// And this long while several invalidations are in progress,
const BUSY_TICK_MS: i64 = 2_000;
/// or very many,
const CROWDED_TICK_MS: i64 = 5_000;
/// or little of the budget is left.
const SPARSE_TICK_MS: i64 = 60_000;

/// The month so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub items_max: i64,
    /// Sent, and planned for rounds that are still to come.
    pub used: i64,
}

/// How freely purges may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stance {
    Full,
    OneRound,
    Sparse,
    Exhausted,
}

impl Budget {
    pub fn stance(self) -> Stance {
        let share = |per_cent: i64| self.items_max.saturating_mul(per_cent) / 100;
        match self.used {
            used if used >= self.items_max => Stance::Exhausted,
            used if used >= share(SPARSE_FROM) => Stance::Sparse,
            used if used >= share(ONE_ROUND_FROM) => Stance::OneRound,
            _ => Stance::Full,
        }
    }

    pub fn left(self) -> i64 {
        (self.items_max - self.used).max(0)
    }

    /// How many rounds a purge of `items` items may have; 0 when not even one is left.
    pub fn rounds(self, mode: PurgeMode, timing: &EdgeTiming, items: usize) -> u32 {
        let wanted = match self.stance() {
            Stance::Full => mode.rounds(timing),
            Stance::OneRound | Stance::Sparse => 1,
            Stance::Exhausted => 0,
        };
        let items = i64::try_from(items).unwrap_or(i64::MAX).max(1);
        wanted.min(u32::try_from(self.left() / items).unwrap_or(u32::MAX))
    }
}

impl Stance {
    pub fn as_str(self) -> &'static str {
        match self {
            Stance::Full => "full",
            Stance::OneRound => "one round",
            Stance::Sparse => "sparse",
            Stance::Exhausted => "used up",
        }
    }

    /// How long changes are collected before they become a purge.
    pub fn tick_ms(self, in_progress: usize) -> i64 {
        match (self, in_progress) {
            (Stance::Sparse | Stance::Exhausted, _) => SPARSE_TICK_MS,
            (_, 0..5) => TICK_MS,
            (_, 5..15) => BUSY_TICK_MS,
            _ => CROWDED_TICK_MS,
        }
    }
}

/// What so many items of one month cost, in thousandths of a dollar.
pub fn cost_mills(items: i64) -> i64 {
    (items - FREE_ITEMS).max(0).saturating_mul(ITEM_MILLS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMING: EdgeTiming = EdgeTiming { lease_ms: 2_000, completion_ms: 10_000, tiers: 2 };

    #[test]
    fn the_stance_tightens() {
        let stance = |used| Budget { items_max: 1_000, used }.stance();
        assert_eq!(
            [0, 799, 800, 949].map(stance),
            [Stance::Full, Stance::Full, Stance::OneRound, Stance::OneRound]
        );
        assert_eq!(
            [950, 999, 1_000, 2_000].map(stance),
            [Stance::Sparse, Stance::Sparse, Stance::Exhausted, Stance::Exhausted]
        );
        assert_eq!(Budget { items_max: 0, used: 0 }.stance(), Stance::Exhausted);
    }

    #[test]
    fn rounds_go_before_anything_else() {
        let rounds =
            |used, items| Budget { items_max: 1_000, used }.rounds(PurgeMode::Proved, &TIMING, items);
        assert_eq!(rounds(0, 5), 3);
        assert_eq!(rounds(0, 400), 2, "a third round would not be paid for");
        assert_eq!(rounds(800, 5), 1);
        assert_eq!(rounds(998, 5), 0);
        assert_eq!(rounds(998, 1), 1);
        assert_eq!(rounds(1_000, 1), 0);
    }

    #[test]
    fn costs_and_ticks() {
        assert_eq!([0, 1_000, 1_001, 36_000].map(cost_mills), [0, 0, 5, 175_000]);
        assert_eq!(
            [0, 4, 5, 14, 15, 99].map(|n| Stance::Full.tick_ms(n)),
            [1_000, 1_000, 2_000, 2_000, 5_000, 5_000]
        );
        assert_eq!(Stance::Sparse.tick_ms(0), 60_000);
    }

    proptest! {
        #[test]
        fn planned_items_never_exceed_the_budget(items_max in 0..5_000_i64, used in 0..6_000_i64, items in 1..1_000_usize) {
            let budget = Budget { items_max, used };
            let rounds = i64::from(budget.rounds(PurgeMode::Proved, &TIMING, items));
            prop_assert!(rounds == 0 || used + rounds * items as i64 <= items_max);
        }
    }
}
