//! What this process may still vouch for: the generations of its tags, and the lease under which it speaks.
//!
//! The lease (edge theory: L) begins when a poll of the feed begins and is granted when that poll was applied whole. Only
//! while it lasts may a response be kept by caches: whatever was committed before it began is known here. Without it the
//! process is fenced: it renders afresh and says `no-store`.
//!
//! A process that can't reach its database at all can't render either. It is blind then, and may show what it knew last,
//! for a while and to be kept by nobody: better than an error, and still true unless others can write what it can't read.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use crate::clock::Clock;
use crate::domain::freshness::Generations;
use crate::domain::tag::Tag;

/// A blind process shows what it knew for this long after its last lease: longer than a managed database takes to fail
/// over (1–2 min), shorter than prices and stock usually stay.
const BLIND_MAX_MS: i64 = 600_000;

/// See the module.
pub struct Freshness {
    clock: Clock,
    lease_ms: i64,
    /// Monotonic; until then responses may be kept.
    leased_until_ms: AtomicI64,
    /// The generation again, so that a hit on an unchanged shop takes no lock.
    now: AtomicU64,
    generations: RwLock<Generations>,
    is_edge_behind: AtomicBool,
    is_blind: AtomicBool,
}

impl Freshness {
    pub fn new(clock: Clock, lease_ms: i64) -> Freshness {
        Freshness {
            clock,
            lease_ms,
            leased_until_ms: AtomicI64::new(i64::MIN),
            now: AtomicU64::new(0),
            generations: RwLock::default(),
            is_edge_behind: AtomicBool::new(false),
            is_blind: AtomicBool::new(false),
        }
    }

    /// The present generation; noted before anything is read for a page.
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Acquire)
    }

    /// Whether responses may be kept by caches at this moment.
    pub fn is_leased(&self) -> bool {
        self.is_leased_at(self.monotonic_ms())
    }

    /// The same at `now_ms`, which the caller has read already.
    pub fn is_leased_at(&self, now_ms: i64) -> bool {
        now_ms < self.leased_until_ms.load(Ordering::Acquire)
    }

    /// The time that leases and pages are measured by.
    pub fn monotonic_ms(&self) -> i64 {
        self.clock.monotonic_ms()
    }

    /// Whether the edge's purges are late, as far as this process knows.
    pub fn is_edge_behind(&self) -> bool {
        self.is_edge_behind.load(Ordering::Relaxed)
    }

    pub(super) fn note_edge_behind(&self, is_behind: bool) {
        self.is_edge_behind.store(is_behind, Ordering::Relaxed);
    }

    /// Whether what was known last may be shown for want of anything newer.
    pub fn may_show_last_known(&self) -> bool {
        self.is_blind.load(Ordering::Relaxed)
            && self.monotonic_ms() < self.leased_until_ms.load(Ordering::Acquire).saturating_add(BLIND_MAX_MS)
    }

    pub(super) fn note_blind(&self, is_blind: bool) {
        self.is_blind.store(is_blind, Ordering::Relaxed);
    }

    /// Whether anything with one of `tags` changed after `generation`.
    pub fn moved_since<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>, generation: u64) -> bool {
        self.generations.read().unwrap_or_else(PoisonError::into_inner).moved_since(tags, generation)
    }

    /// Takes changes that a poll brought.
    pub fn apply<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) {
        let mut generations = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        self.now.store(generations.apply(tags), Ordering::Release);
    }

    /// When a poll that begins now begins.
    pub fn poll_begins(&self) -> PollBegan {
        PollBegan(self.monotonic_ms())
    }

    /// The poll was applied whole: the lease runs from when it began.
    pub fn grant(&self, began: &PollBegan) {
        self.leased_until_ms.fetch_max(began.0.saturating_add(self.lease_ms), Ordering::AcqRel);
    }
}

/// The moment that a lease is counted from: before the poll's snapshot was taken.
pub struct PollBegan(i64);

impl PollBegan {
    /// What was read is known to have been complete at this moment, by the monotonic clock.
    pub fn at(complete_ms: i64) -> PollBegan {
        PollBegan(complete_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_runs_from_the_beginning_of_its_poll() {
        let clock = Clock::fixed(1_000);
        let freshness = Freshness::new(clock.clone(), 2_000);
        assert!(!freshness.is_leased(), "nothing was polled yet");
        let began = freshness.poll_begins();
        clock.advance(1_500);
        assert!(!freshness.is_leased(), "a poll under way vouches for nothing");
        freshness.grant(&began);
        assert!(freshness.is_leased());
        clock.advance(499);
        assert!(freshness.is_leased());
        clock.advance(1);
        assert!(!freshness.is_leased());
    }
}
