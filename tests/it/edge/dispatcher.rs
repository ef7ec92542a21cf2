//! The dispatcher where nothing crashes: rounds, coalescing, sharing, faults of CloudFront, jumps of the clock.

use mercer::db::nodes::{Node, upsert_node};
use mercer::domain::purge::PurgeMode;
use mercer::edge::nodes;
use mercer::outside::cloudfront::Fault;

use super::world::{STEP_MS, World};
use crate::support::both_engines;

#[tokio::test]
async fn a_change_goes_through_its_modes_rounds() {
    both_engines(async |t| {
        for (mode, rounds) in [(PurgeMode::Fast, 1), (PurgeMode::Practical, 2), (PurgeMode::Proved, 3)] {
            let mut w = World::new(&t, |edge| edge.mode = mode).await;
            let before = super::world::taken_by(&mut w.app.db.read().await.unwrap()).await.len();
            let mut d = w.dispatcher("a");
            w.commit(&["p1", "h"]).await;
            w.settle(&mut d).await;
            let sent = w.sent();
            assert_eq!(sent.len(), rounds, "{mode:?}");
            assert!(sent.iter().all(|items| items == &["#h", "#p1"]), "{sent:?}");
            if before == 0 {
                w.expect_purged(rounds).await;
            }
            t.app.clock.advance(10_000);
        }
    })
    .await;
}

#[tokio::test]
async fn rounds_are_neither_early_nor_late() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Proved).await;
        let mut d = w.dispatcher("a");
        d.step(&w.app).await.unwrap();
        w.commit(&["p1"]).await;
        let took = w.settle(&mut d).await;
        w.expect_purged(3).await;
        // Round 0 at once, then c + L + R, then completed + R; what is above that is the dispatcher's own pace, and
        // the half second that each later round waits for company.
        let (rule, complete) = (12_000 + 1_500 + 10_000, 1_500 + 2 * 500);
        assert!(took >= rule + 1_500, "{took} ms");
        assert!(took <= rule + complete + 12 * STEP_MS, "{took} ms");
    })
    .await;
}

#[tokio::test]
async fn changes_of_a_second_are_one_purge() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        for n in 0..40 {
            w.commit(&[&format!("p{}", n % 7), "h", "q"]).await;
            w.pass(&mut d, STEP_MS).await;
        }
        w.settle(&mut d).await;
        w.expect_purged(2).await;
        let purges = w.purges().await.len();
        assert!((8..=12).contains(&purges), "{purges} purges in 10 s");
    })
    .await;
}

#[tokio::test]
async fn rounds_that_are_due_together_share_an_invalidation() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        for _ in 0..40 {
            w.commit(&["p1"]).await;
            w.pass(&mut d, 1_000).await;
        }
        w.settle(&mut d).await;
        w.expect_purged(2).await;
        let (purges, sent) = (w.purges().await.len(), w.sent().len());
        assert!(purges >= 35, "{purges} purges");
        // Alone they would take two each.
        assert!(sent <= purges + 16, "{sent} invalidations for {purges} purges");
    })
    .await;
}

#[tokio::test]
async fn a_purge_waits_for_processes_that_are_behind_but_not_long() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        let acked = async |acked, seen_at| {
            let node = Node {
                id: "slow".to_owned(),
                build: "1".to_owned(),
                acked,
                beat_ms: 0,
                seen_at: t.app.clock.now_ms() - seen_at,
            };
            let mut tx = t.app.db.write().await.unwrap();
            upsert_node(&mut tx, &node).await.unwrap();
            tx.commit().await.unwrap();
        };
        acked(0, 0).await;
        w.commit(&["p1"]).await;
        w.pass(&mut d, 500).await;
        assert_eq!(w.sent().len(), 0, "the process has not applied the change");
        w.pass(&mut d, 250).await;
        assert_eq!(w.sent().len(), 1, "half a second is enough");
        t.app.clock.advance(60_000);
        acked(2, 0).await;
        w.commit(&["p2"]).await;
        w.pass(&mut d, 250).await;
        assert!(w.sent().contains(&vec!["#p2".to_owned()]), "nobody is behind");
        t.app.clock.advance(60_000);
        acked(0, 31_000).await;
        w.commit(&["p3"]).await;
        w.pass(&mut d, 250).await;
        assert!(w.sent().contains(&vec!["#p3".to_owned()]), "the dead are not waited for");
    })
    .await;
}

#[tokio::test]
async fn every_fault_is_outlived() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Proved).await;
        let mut d = w.dispatcher("a");
        use Fault::{Busy, Denied, Error, LostAnswer};
        w.fake.order(&[Error, LostAnswer, Busy, Denied, LostAnswer, LostAnswer, Error]);
        for n in 0..6 {
            w.commit(&[&format!("p{n}")]).await;
            w.pass(&mut d, 3_000).await;
        }
        w.settle(&mut d).await;
        w.expect_purged(3).await;
        let made = w.fake.invalidations();
        assert!(made.iter().any(|i| i.asked > 1), "a lost answer was asked for again");
        assert!(w.rounds().await.iter().all(|round| round.last_error.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn a_refused_purge_becomes_one_of_the_whole_site() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        w.fake.order(&[Fault::Refused]);
        w.commit(&["p1"]).await;
        w.settle(&mut d).await;
        assert_eq!(w.sent(), [["#s"], ["#s"]]);
        let mut states: Vec<String> = w.purges().await.into_iter().map(|p| p.state).collect();
        states.sort();
        assert_eq!(states, ["done", "refused"]);
        // Even the whole site refused: it is asked for until it is taken.
        w.fake.order(&[Fault::Refused, Fault::Refused, Fault::Refused]);
        w.commit(&["p2"]).await;
        w.settle(&mut d).await;
        assert_eq!(w.sent().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_lost_invalidation_is_made_again() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        w.commit(&["p1"]).await;
        w.pass(&mut d, 1_000).await;
        assert_eq!(w.sent().len(), 1);
        w.fake.forget();
        w.settle(&mut d).await;
        assert_eq!(w.sent(), [["#s"], ["#s"]], "nothing is known of the first one's fate");
    })
    .await;
}

#[tokio::test]
async fn while_nothing_is_taken_changes_collect() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        // More than are made in the time: with pauses of 1, 2, 4 … 60 s.
        w.fake.order(&[Fault::Busy; 30]);
        for n in 0..100 {
            w.commit(&[&format!("p{n}")]).await;
            w.pass(&mut d, 1_000).await;
        }
        let purges = w.purges().await.len();
        assert!(purges < 12, "{purges} purges were made for a CloudFront that takes none");
        let is_behind = async || {
            nodes::report(&w.app).await.unwrap();
            w.app.feed.freshness.is_edge_behind()
        };
        assert!(is_behind().await, "pages are not to stay at such an edge for long");
        w.settle(&mut d).await;
        assert!(!is_behind().await);
        w.expect_purged(2).await;
    })
    .await;
}

#[tokio::test]
async fn jumps_of_the_clock_move_nothing() {
    both_engines(async |t| {
        const HOUR_MS: i64 = 3_600_000;
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Proved).await;
        let mut d = w.dispatcher("a");
        d.step(&w.app).await.unwrap();
        for (n, by) in [HOUR_MS, -HOUR_MS, -HOUR_MS, HOUR_MS].into_iter().enumerate() {
            w.commit(&[&format!("p{n}")]).await;
            w.pass(&mut d, 1_000 + 1_750 * n as i64).await;
            w.app.clock.jump(by);
            w.pass(&mut d, 2_000).await;
            w.app.clock.jump(-by / 2);
            let took = w.settle(&mut d).await;
            assert!(took < 27_000, "{took} ms after a jump by {by}");
        }
        w.expect_purged(3).await;
        assert!(w.sent().iter().all(|items| items != &["#s"]), "a jump is no age");
    })
    .await;
}

#[tokio::test]
async fn a_successor_waits_no_longer_than_the_rule_after_a_jump() {
    both_engines(async |t| {
        for by in [-3_600_000, 0] {
            let mut w = World::new(&t, |_| ()).await;
            let mut first = w.dispatcher("a");
            w.commit(&["p1"]).await;
            w.pass(&mut first, 4_000).await;
            w.app.clock.jump(by);
            let mut second = w.dispatcher("a");
            let took = w.settle(&mut second).await;
            assert!(took <= 12_000 + 500 + 1_500 + 12 * STEP_MS, "{took} ms after a jump by {by}");
            assert_eq!(w.sent().len(), 2);
            w.app.clock.jump(-by);
            t.app.clock.advance(5_000);
        }
    })
    .await;
}
