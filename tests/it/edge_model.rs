//! The theorems of the edge, tried on a model: instances that follow the change feed under a lease and keep pages by
//! generation, cache tiers with fetches under way, and a dispatcher that sends rounds of purges which reach the tiers in
//! the worst order.
//!
//! - Theorem 1: when the last round of `proved` is completed, no tier holds a page older than the change.
//! - `practical` leaves one coincidence: an answer that straddles the change *and* a tier purged before the one above.
//! - Theorem 2: with no purge at all, nobody is shown a page that lacks a change older than L + k·(R + S).
//!
//! Each part of the design that the proof needs is taken away once, and the model must notice.

mod tape;
mod world;

use mercer::domain::purge::PurgeMode;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rand::{RngExt, SeedableRng};
use world::{Broken, Mutation, Setting, World};

/// More choices than any run makes.
const CHOICES: usize = 1_500;
/// Runs in which a theorem must hold.
const CASES: u32 = 3_000;
/// Runs within which a fault must be noticed. They are always the same ones, so that the answer is, too.
const SEARCHED: u64 = 40_000;

const PROVED: Setting = Setting {
    mode: PurgeMode::Proved,
    tiers: 2,
    lease: 8,
    completion: 10,
    purge: 8,
    ttl: 1_000,
    purges: true,
    mutation: Mutation::None,
};
const PRACTICAL: Setting = Setting { mode: PurgeMode::Practical, ..PROVED };
const BY_AGE: Setting = Setting { purges: false, ttl: 9, ..PROVED };

/// Runs the model on random choices; on failure proptest tells the smallest ones, and we the seed that made them.
fn holds(setting: Setting, is_allowed: impl Fn(Broken) -> bool) {
    let seed: [u8; 32] = rand::random();
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let tapes = proptest::collection::vec(any::<u16>(), CHOICES);
    let outcome = runner.run(&tapes, |tape| match World::new(setting, &tape).run() {
        Err(broken) if !is_allowed(broken) => Err(TestCaseError::fail(format!("{broken:?}"))),
        _ => Ok(()),
    });
    if let Err(failure) = outcome {
        panic!("{setting:?}, seed {seed:?}: {failure}");
    }
}

/// In which of the searched runs the model first notices something, and what.
fn first_broken(setting: Setting, counts: impl Fn(Broken) -> bool) -> Option<(u64, Broken)> {
    (0..SEARCHED).find_map(|seed| {
        let mut random = rand::rngs::StdRng::seed_from_u64(seed);
        let tape: Vec<u16> = (0..CHOICES).map(|_| random.random()).collect();
        World::new(setting, &tape).run().err().filter(|broken| counts(*broken)).map(|broken| (seed, broken))
    })
}

/// The fault must be noticed in the mode that is proved.
#[track_caller]
fn is_noticed(setting: Setting) {
    let found = first_broken(setting, |_| true);
    let (seed, broken) =
        found.unwrap_or_else(|| panic!("{:?} was not noticed in {SEARCHED} runs", setting.mutation));
    println!("{:?} with {} tiers: run {seed}: {broken:?}", setting.mutation, setting.tiers);
}

#[test]
fn after_the_last_round_no_tier_holds_an_older_page() {
    for tiers in 1..=3 {
        holds(Setting { tiers, ..PROVED }, |_| false);
    }
}

#[test]
fn practical_leaves_one_coincidence_and_nothing_else() {
    let is_coincidence = |broken| matches!(broken, Broken::Stale { coincidence: true, .. });
    holds(PRACTICAL, is_coincidence);
    let left = first_broken(PRACTICAL, is_coincidence);
    assert!(left.is_some(), "the coincidence never comes: the model is kinder than the world");
    let fast = Setting { mode: PurgeMode::Fast, ..PROVED };
    assert!(first_broken(fast, |_| true).is_some(), "one round is never enough");
}

#[test]
fn without_any_purge_pages_are_no_older_than_their_ages_allow() {
    for tiers in 1..=3 {
        holds(Setting { tiers, ..BY_AGE }, |_| false);
    }
}

#[test]
fn a_page_kept_without_looking_at_its_generation_is_noticed() {
    is_noticed(Setting { mutation: Mutation::NoGenerationCheck, ..PROVED });
    is_noticed(Setting { mutation: Mutation::NoGenerationCheck, ..BY_AGE });
}

#[test]
fn a_missing_lease_is_noticed() {
    is_noticed(Setting { mutation: Mutation::NoLease, ..PROVED });
    is_noticed(Setting { mutation: Mutation::NoLease, ..BY_AGE });
    is_noticed(Setting { mutation: Mutation::LeaseFromPollEnd, ..PROVED });
}

#[test]
fn one_round_less_is_noticed() {
    for tiers in 1..=3 {
        is_noticed(Setting { mutation: Mutation::OneRoundLess, tiers, ..PROVED });
    }
}

/// With one tier, since every further one needs one more coincidence.
#[test]
fn a_round_that_counts_too_early_is_noticed() {
    is_noticed(Setting { mutation: Mutation::FirstRoundEarly, tiers: 1, ..PROVED });
    is_noticed(Setting { mutation: Mutation::WrittenForCommitted, tiers: 1, ..PROVED });
}

#[test]
fn rounds_without_a_gap_are_noticed() {
    is_noticed(Setting { mutation: Mutation::NoGap, ..PROVED });
}

#[test]
fn a_cursor_of_ids_is_noticed() {
    is_noticed(Setting { mutation: Mutation::IdCursor, ..PROVED });
}

#[test]
fn an_edge_that_waits_for_ever_is_noticed() {
    is_noticed(Setting { mutation: Mutation::NoCompletionTimeout, ..PROVED });
    is_noticed(Setting { mutation: Mutation::NoCompletionTimeout, ..BY_AGE });
}
