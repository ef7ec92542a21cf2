//! Serving processes report what they have applied, and what is old goes away.

use mercer::app::App;
use mercer::db::nodes::{Node, list_nodes, upsert_build, upsert_node};
use mercer::db::{changes, purges};
use mercer::domain::tag::Tag;
use mercer::edge::{nodes, sweep};
use mercer::random::Random;
use tokio_util::sync::CancellationToken;

use super::world::{World, taken_by};
use crate::support::both_engines;

const DAY_MS: i64 = 24 * 3_600_000;

#[tokio::test]
async fn a_process_reports_while_it_serves_and_takes_its_row_along() {
    both_engines(async |t| {
        let w = World::new(&t, |_| ()).await;
        w.app.feed.poll(&w.app).await.unwrap();
        let stop = CancellationToken::new();
        let beating = tokio::spawn(nodes::beat(w.app.clone(), stop.clone()));
        let acked = async || {
            let nodes = list_nodes(&mut w.app.db.read().await.unwrap(), 0).await.unwrap();
            nodes.first().map(|node| node.acked)
        };
        while acked().await != Some(0) {
            tokio::task::yield_now().await;
        }
        let mut tx = w.app.db.write().await.unwrap();
        changes::insert_changes(&mut tx, &[Tag::home()], 1).await.unwrap();
        tx.commit().await.unwrap();
        w.app.feed.poll(&w.app).await.unwrap();
        // The clock stands still: news are told at once, not at the next beat.
        while acked().await != Some(w.app.feed.newest()) {
            tokio::task::yield_now().await;
        }
        stop.cancel();
        beating.await.unwrap();
        assert_eq!(acked().await, None);
    })
    .await;
}

#[tokio::test]
async fn old_rows_go_and_the_newest_change_stays() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        w.commit(&["p1", "p2"]).await;
        w.settle(&mut w.dispatcher("a")).await;
        nodes::report(&w.app).await.unwrap();
        t.app.clock.advance(DAY_MS - 60_000);
        w.commit(&["p3"]).await;
        sweep::remove_old(&w.app).await.unwrap();
        let newest = async || changes::find_newest_change(&mut w.app.db.read().await.unwrap()).await.unwrap();
        let left = async || taken_by(&mut w.app.db.read().await.unwrap()).await;
        assert_eq!(left().await.len(), 3, "a day is not over");
        t.app.clock.advance(61_000);
        sweep::remove_old(&w.app).await.unwrap();
        assert_eq!(left().await, [None], "what no purge took waits on");
        assert_eq!(newest().await, 3);
        assert!(list_nodes(&mut w.app.db.read().await.unwrap(), 0).await.unwrap().is_empty());
        assert_eq!(w.purges().await.len(), 1, "purges are kept for people");
        t.app.clock.advance(7 * DAY_MS);
        sweep::remove_old(&w.app).await.unwrap();
        assert!(w.purges().await.is_empty() && w.rounds().await.is_empty());
        assert_eq!(newest().await, 3, "the generation of pages never falls back");
    })
    .await;
}

#[tokio::test]
async fn slices_remove_everything_in_the_end() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let tags: Vec<String> = (0..1_200).map(|n| format!("p{n}")).collect();
        w.commit(&tags.iter().map(String::as_str).collect::<Vec<_>>()).await;
        let mut tx = w.app.db.write().await.unwrap();
        assert_eq!(purges::take_changes(&mut tx, "somebody").await.unwrap().len(), 1_200);
        tx.commit().await.unwrap();
        t.app.clock.advance(DAY_MS + 1);
        sweep::remove_old(&w.app).await.unwrap();
        assert_eq!(taken_by(&mut w.app.db.read().await.unwrap()).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_builds_pages_go_when_its_last_process_does() {
    both_engines(async |t| {
        let w = World::new(&t, |_| ()).await;
        let mut d = w.dispatcher("a");
        nodes::report(&w.app).await.unwrap();
        let old = Node {
            id: "old".to_owned(),
            build: "0".to_owned(),
            acked: 0,
            beat_ms: 0,
            seen_at: w.app.clock.now_ms(),
        };
        let mut tx = w.app.db.write().await.unwrap();
        upsert_node(&mut tx, &old).await.unwrap();
        upsert_build(&mut tx, "0").await.unwrap();
        tx.commit().await.unwrap();
        w.pass(&mut d, 20_000).await;
        assert!(w.sent().is_empty(), "it still serves");
        w.pass(&mut d, 25_000).await;
        w.settle(&mut d).await;
        assert_eq!(w.sent(), [["#b0"], ["#b0"]]);
        assert_eq!(w.purges().await[0].reason, "build");
        w.pass(&mut d, 60_000).await;
        assert_eq!(w.sent().len(), 2, "once is enough, and this process's own build lives");
    })
    .await;
}

#[tokio::test]
async fn a_replica_vouches_for_no_more_than_has_arrived_there() {
    both_engines(async |t| {
        let mut config = t.app.config.clone();
        config.database.read_url = Some("postgres://replica.test/store".to_owned());
        let (db, clock) = (t.app.db.clone(), t.app.clock.clone());
        let app = App::new(config, db, clock.clone(), Random::System).await.unwrap();
        let lease_ms = app.config.edge.timing.lease_ms;
        let follow = async || {
            app.feed.poll(&app).await.unwrap();
            app.feed.freshness.is_leased()
        };
        assert!(!follow().await, "nothing of this process has arrived");
        nodes::report(&app).await.unwrap();
        assert!(follow().await);
        clock.advance(lease_ms - 1);
        assert!(follow().await);
        clock.advance(1);
        assert!(!follow().await, "polls go on, but what they read is as old as the last sign of life");
        nodes::report(&app).await.unwrap();
        assert!(follow().await);
    })
    .await;
}
