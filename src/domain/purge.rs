//! How committed changes become invalidations: rounds and the times at which they are legal, what one invalidation
//! can serve, and CloudFront's limits. `batch` makes a purge of changes, `budget` bounds what a month may cost.
//!
//! A fetch that began before a change may store the old page after a purge has passed, and a cache tier may fill
//! itself from one that is not purged yet. So a purge is repeated: first at once, then when no answer that was begun
//! before the change can still arrive (lease L + completion R), and R after the round before has completed.

pub mod batch;
pub mod budget;

/// How often a change is purged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PurgeMode {
    /// Once, at once: cheap; a fetch under way may keep an old page until it expires.
    Fast,
    /// At once, and once more when fetches under way have ended: what is left needs a fetch that straddles the change
    /// and two tiers that are purged in the wrong order, both at once.
    Practical,
    /// At once, and then once per tier: proved to leave nothing.
    Proved,
}

/// What the rounds' times are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EdgeTiming {
    /// L: a process answers from what it knows only while its last poll of the feed is younger than this.
    pub lease_ms: i64,
    /// R: the edge ends a fetch that has not arrived whole within this (`response_completion_timeout`).
    pub completion_ms: i64,
    /// k: caches one behind the other; 2 is CloudFront's edge and regional cache, 3 with Origin Shield.
    pub tiers: u32,
}

impl Default for EdgeTiming {
    fn default() -> EdgeTiming {
        EdgeTiming { lease_ms: 2_000, completion_ms: 10_000, tiers: 2 }
    }
}

impl PurgeMode {
    pub const ALL: [PurgeMode; 3] = [PurgeMode::Fast, PurgeMode::Practical, PurgeMode::Proved];

    pub fn as_str(self) -> &'static str {
        match self {
            PurgeMode::Fast => "fast",
            PurgeMode::Practical => "practical",
            PurgeMode::Proved => "proved",
        }
    }

    pub fn parse(text: &str) -> Option<PurgeMode> {
        PurgeMode::ALL.into_iter().find(|mode| mode.as_str() == text)
    }

    /// How many invalidations a purge takes.
    pub fn rounds(self, timing: &EdgeTiming) -> u32 {
        match self {
            PurgeMode::Fast => 1,
            PurgeMode::Practical => 2,
            PurgeMode::Proved => 1 + timing.tiers,
        }
    }
}

/// The earliest time at which `round` of a purge may be created. Round 0 is legal at once; each later one when no
/// answer begun before the newest commit can still arrive, and R after the round before was seen to be complete.
/// A round that the mode does not have, or whose predecessor is not complete, is never legal (`i64::MAX`).
pub fn not_before(
    mode: PurgeMode,
    timing: &EdgeTiming,
    round: u32,
    newest_commit_ms: i64,
    previous_completed_ms: Option<i64>,
) -> i64 {
    match previous_completed_ms {
        _ if round >= mode.rounds(timing) => i64::MAX,
        _ if round == 0 => newest_commit_ms,
        None => i64::MAX,
        Some(completed_ms) => {
            let settled_ms =
                newest_commit_ms.saturating_add(timing.lease_ms).saturating_add(timing.completion_ms);
            settled_ms.max(completed_ms.saturating_add(timing.completion_ms))
        }
    }
}

/// Items of one invalidation at most.
pub const BATCH_ITEMS_MAX: usize = 1_000;
/// Tags and plain paths in progress at most; CloudFront refuses above 3,000.
pub const ITEMS_IN_PROGRESS_MAX: usize = 2_500;
/// Wildcard paths in progress at most; CloudFront refuses above 15.
pub const WILDCARDS_IN_PROGRESS_MAX: usize = 12;

/// What invalidations in progress weigh against CloudFront's limits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    pub items: usize,
    pub wildcards: usize,
}

impl Load {
    pub fn of(items: &[String]) -> Load {
        let wildcards = items.iter().filter(|item| item.ends_with('*')).count();
        Load { items: items.len() - wildcards, wildcards }
    }

    pub fn plus(self, other: Load) -> Load {
        Load { items: self.items + other.items, wildcards: self.wildcards + other.wildcards }
    }

    pub fn fits(self) -> bool {
        self.items <= ITEMS_IN_PROGRESS_MAX && self.wildcards <= WILDCARDS_IN_PROGRESS_MAX
    }
}

/// The item that drops every page, by tag: they all carry it.
pub const SITE_TAG: &str = "#s";
/// The item that drops everything, by path.
pub const SITE_PATH: &str = "/*";

/// True when an invalidation of `items` removes all that one of `other` would.
pub fn covers(items: &[String], other: &[String]) -> bool {
    let has = |item: &str| items.iter().any(|i| i == item);
    let whole_site = has(SITE_TAG);
    has(SITE_PATH) || other.iter().all(|item| has(item) || (whole_site && item.starts_with('#')))
}

/// One invalidation to send: the due round whose items it carries, and the due rounds that it serves as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flight {
    pub carrier: usize,
    pub riders: Vec<usize>,
}

/// Spares invalidations among rounds that are legal now, given as their items: one whose items another one covers
/// rides on it. That is sound since the carrier is created when the rider, too, is legal, and it completes for both.
pub fn share(due: &[&[String]]) -> Vec<Flight> {
    let mut widest_first: Vec<usize> = (0..due.len()).collect();
    let breadth = |items: &[String]| {
        let has = |item: &str| items.iter().any(|i| i == item);
        // Beside the whole site by tag, only paths make a difference.
        let paths = items.iter().filter(|item| item.starts_with('/')).count();
        (has(SITE_PATH), has(SITE_TAG), if has(SITE_TAG) { paths } else { items.len() })
    };
    widest_first.sort_by_key(|&i| std::cmp::Reverse(breadth(due[i])));
    let mut flights: Vec<Flight> = Vec::new();
    for i in widest_first {
        match flights.iter_mut().find(|flight| covers(due[flight.carrier], due[i])) {
            Some(flight) => flight.riders.push(i),
            None => flights.push(Flight { carrier: i, riders: Vec::new() }),
        }
    }
    flights
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TIMING: EdgeTiming = EdgeTiming { lease_ms: 2_000, completion_ms: 10_000, tiers: 2 };

    #[test]
    fn rounds_by_mode() {
        let rounds = |tiers| PurgeMode::ALL.map(|mode| mode.rounds(&EdgeTiming { tiers, ..TIMING }));
        assert_eq!(rounds(2), [1, 2, 3]);
        assert_eq!(rounds(3), [1, 2, 4]);
        for mode in PurgeMode::ALL {
            assert_eq!(PurgeMode::parse(mode.as_str()), Some(mode));
        }
    }

    #[test]
    fn legal_times() {
        let at = |mode, round, completed| not_before(mode, &TIMING, round, 100_000, completed);
        assert_eq!(at(PurgeMode::Fast, 0, None), 100_000);
        assert_eq!(at(PurgeMode::Fast, 1, Some(100_500)), i64::MAX);
        assert_eq!(at(PurgeMode::Practical, 1, None), i64::MAX);
        // c + L + R when the round before was quick, completed + R when it was slow.
        assert_eq!(at(PurgeMode::Practical, 1, Some(100_500)), 112_000);
        assert_eq!(at(PurgeMode::Practical, 1, Some(125_000)), 135_000);
        assert_eq!(at(PurgeMode::Proved, 2, Some(113_000)), 123_000);
        assert_eq!(at(PurgeMode::Proved, 3, Some(125_000)), i64::MAX);
        assert_eq!(not_before(PurgeMode::Proved, &TIMING, 1, i64::MAX - 1, Some(0)), i64::MAX);
    }

    fn items(list: &[&str]) -> Vec<String> {
        list.iter().map(|i| (*i).to_owned()).collect()
    }

    #[test]
    fn what_covers_what() {
        let check = |a: &[&str], b: &[&str], expected| {
            assert_eq!(covers(&items(a), &items(b)), expected, "{a:?} covers {b:?}");
        };
        check(&["#p1", "#q"], &["#q"], true);
        check(&["#p1"], &["#p1", "#q"], false);
        check(&["#s"], &["#p1", "#q"], true);
        // A page's tag says nothing about a path without tags.
        check(&["#s"], &["/assets/a.css"], false);
        check(&["/*"], &["#p1", "/assets/a.css"], true);
        check(&["#p1"], &["#s"], false);
    }

    #[test]
    fn due_rounds_share_an_invalidation() {
        let (a, b, site) = (items(&["#p1", "#q"]), items(&["#q"]), items(&["#s"]));
        assert_eq!(share(&[&b, &a]), [Flight { carrier: 1, riders: vec![0] }]);
        assert_eq!(share(&[&a, &a]), [Flight { carrier: 0, riders: vec![1] }]);
        assert_eq!(share(&[&a, &b, &site]), [Flight { carrier: 2, riders: vec![0, 1] }]);
        let apart = [Flight { carrier: 0, riders: vec![] }, Flight { carrier: 1, riders: vec![] }];
        assert_eq!(share(&[&items(&["#p1"]), &items(&["#p2"])]), apart);
    }

    #[test]
    fn the_load_counts_wildcards_apart() {
        assert_eq!(Load::of(&items(&["#p1", "/p/a*", "/"])), Load { items: 2, wildcards: 1 });
        assert!(Load { items: 2_500, wildcards: 12 }.fits());
        assert!(!Load { items: 2_501, wildcards: 0 }.fits());
        assert!(!Load { items: 0, wildcards: 12 }.plus(Load { items: 0, wildcards: 1 }).fits());
    }

    proptest! {
        #[test]
        fn every_due_round_is_served_once(lists in proptest::collection::vec(
            proptest::collection::btree_set("(#[pcs][0-3]|/\\*|#s|/p/[a-c]\\*)", 1..5), 0..8)
        ) {
            let lists: Vec<Vec<String>> = lists.into_iter().map(|l| l.into_iter().collect()).collect();
            let due: Vec<&[String]> = lists.iter().map(Vec::as_slice).collect();
            let flights = share(&due);
            let mut served: Vec<usize> = flights.iter().flat_map(|f| [f.carrier].into_iter().chain(f.riders.clone())).collect();
            served.sort_unstable();
            prop_assert_eq!(served, (0..due.len()).collect::<Vec<_>>());
            for flight in &flights {
                for &rider in &flight.riders {
                    prop_assert!(covers(due[flight.carrier], due[rider]));
                }
            }
            // No flight could have ridden on another.
            for a in &flights {
                for b in &flights {
                    prop_assert!(a == b || !covers(due[a.carrier], due[b.carrier]));
                }
            }
        }

        #[test]
        fn a_later_round_waits_for_both_bounds(commit in 0..10_000_000_i64, after in 0..100_000_i64, round in 1..3_u32) {
            let completed = commit + after;
            let at = not_before(PurgeMode::Proved, &TIMING, round, commit, Some(completed));
            prop_assert!(at >= commit + 12_000 && at >= completed + 10_000);
            prop_assert!(at == commit + 12_000 || at == completed + 10_000);
        }
    }
}
