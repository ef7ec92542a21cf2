//! The dispatcher is killed at every moment, and runs twice.

use mercer::domain::purge::PurgeMode;
use mercer::outside::cloudfront::Fault;
use rand::{RngExt, SeedableRng};

use super::world::{STEP_MS, World, cut};
use crate::support::both_engines;

/// More polls than a step ever takes here.
const POLLS_MAX: usize = 60;

#[tokio::test]
async fn killed_at_every_await() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Proved).await;
        let mut cuts = 0;
        for polls in 1..POLLS_MAX {
            w.commit(&[&format!("p{polls}")]).await;
            // Each round's freezing, asking and completing falls into one of these steps.
            for _ in 0..8 {
                let mut doomed = w.dispatcher("a");
                cuts += usize::from(cut(doomed.step(&w.app), polls).await.is_none());
                w.app.clock.advance(STEP_MS * 3);
            }
        }
        assert!(cuts > 100, "only {cuts} steps were cut");
        w.settle(&mut w.dispatcher("a")).await;
        w.expect_purged(3).await;
    })
    .await;
}

#[tokio::test]
async fn killed_at_random_twenty_times_over() {
    both_engines(async |t| {
        for seed in 0..20 {
            eprintln!("seed {seed}");
            let mut random = rand::rngs::StdRng::seed_from_u64(seed);
            let mut w = World::new(&t, |_| ()).await;
            clear(&w).await;
            for round in 0..6 {
                w.commit(&[&format!("p{}", random.random_range(0..4)), "h"]).await;
                if random.random_bool(0.3) {
                    w.fake.order(&[Fault::LostAnswer]);
                }
                let mut doomed = w.dispatcher(&format!("{seed}-{round}"));
                for _ in 0..random.random_range(1..12) {
                    drop(cut(doomed.step(&w.app), random.random_range(1..POLLS_MAX)).await);
                    w.app.clock.advance(random.random_range(50..2_000));
                }
            }
            w.settle(&mut w.dispatcher("last")).await;
            w.expect_purged(2).await;
        }
    })
    .await;
}

#[tokio::test]
async fn two_that_both_lead_make_one_invalidation_per_round() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Proved).await;
        // Under one name both hold the office, as a paused leader and its successor would for a moment.
        let (mut a, mut b) = (w.dispatcher("same"), w.dispatcher("same"));
        for n in 0..20 {
            w.commit(&[&format!("p{}", n % 5)]).await;
            if n % 4 == 0 {
                w.fake.order(&[Fault::LostAnswer]);
            }
            for _ in 0..6 {
                let (left, right) = tokio::join!(a.step(&w.app), b.step(&w.app));
                left.unwrap();
                right.unwrap();
                w.app.clock.advance(STEP_MS);
            }
        }
        w.settle(&mut a).await;
        w.expect_purged(3).await;
    })
    .await;
}

#[tokio::test]
async fn one_leads_and_another_takes_over() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let (mut a, mut b) = (w.dispatcher("a"), w.dispatcher("b"));
        w.pass(&mut a, 500).await;
        w.commit(&["p1"]).await;
        for _ in 0..40 {
            w.pass(&mut a, STEP_MS).await;
            b.step(&w.app).await.unwrap();
        }
        assert_eq!(leader(&w).await, "a", "whoever lives keeps the office");
        // It is killed; the clock jumps besides, which is nobody's business here.
        w.app.clock.jump(-3_600_000);
        w.pass(&mut b, 2_750).await;
        assert_eq!(leader(&w).await, "a");
        w.pass(&mut b, 1_000).await;
        assert_eq!(leader(&w).await, "b");
        w.settle(&mut b).await;
        w.expect_purged(2).await;
        // The killed one was only paused: it sees that it lost.
        a.step(&w.app).await.unwrap();
        assert_eq!(leader(&w).await, "b");
    })
    .await;
}

async fn leader(w: &World) -> String {
    let mut conn = w.app.db.read().await.unwrap();
    mercer::db::nodes::find_leader(&mut conn).await.unwrap().unwrap().holder
}

/// Begins anew in the same database: nobody leads, nothing changed.
async fn clear(w: &World) {
    for sql in
        ["DELETE FROM changes", "DELETE FROM purge_rounds", "DELETE FROM purges", "DELETE FROM edge_leader"]
    {
        let mut tx = w.app.db.write().await.unwrap();
        match tx.raw() {
            mercer::db::Raw::Sqlite(c) => sqlx::query(sql).execute(c).await.map(drop).unwrap(),
            mercer::db::Raw::Postgres(c) => sqlx::query(sql).execute(c).await.map(drop).unwrap(),
        }
        tx.commit().await.unwrap();
    }
}
