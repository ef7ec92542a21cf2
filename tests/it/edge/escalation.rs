//! What becomes of too much, of what is too old, and of a month whose budget goes.

use mercer::domain::purge::PurgeMode;
use mercer::domain::purge::batch::{ESCALATION_ITEMS, InvalidateBy};
use mercer::edge::status;
use mercer::shop::catalogue::{delete_product, rename_category, save_product};

use super::world::World;
use crate::support::both_engines;
use crate::support::shelf::{put, put_category, simple};

#[tokio::test]
async fn an_import_is_one_item() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        let tags: Vec<String> = (0..=ESCALATION_ITEMS).map(|n| format!("p{n}")).collect();
        w.commit(&tags.iter().map(String::as_str).collect::<Vec<_>>()).await;
        w.settle(&mut w.dispatcher("a")).await;
        assert_eq!(w.sent(), [["#s"], ["#s"]]);
        assert_eq!(w.purges().await[0].reason, "many");
        w.expect_purged(2).await;
    })
    .await;
}

#[tokio::test]
async fn what_waited_long_takes_the_whole_site_along() {
    both_engines(async |t| {
        let mut w = World::new(&t, |_| ()).await;
        w.commit(&["p1"]).await;
        w.app.clock.advance(121_000);
        w.settle(&mut w.dispatcher("a")).await;
        assert_eq!(w.sent(), [["#s"], ["#s"]]);
        assert_eq!(w.purges().await[0].reason, "old");
        w.expect_purged(2).await;
    })
    .await;
}

#[tokio::test]
async fn rounds_go_then_frequency_then_everything_but_the_record() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.budget_items = 20).await;
        let mut d = w.dispatcher("a");
        let spent = async |w: &World| status::read(&w.app).await.unwrap().spent;
        for _ in 0..8 {
            w.commit(&["p1"]).await;
            w.settle(&mut d).await;
            w.app.clock.advance(5_000);
        }
        assert_eq!(spent(&w).await, 16, "two rounds each");
        w.commit(&["p1"]).await;
        w.settle(&mut d).await;
        assert_eq!(spent(&w).await, 17, "one round from 80 % on");
        // Three items are left and four changed: the whole site is cheaper.
        w.commit(&["p1", "p2", "p3", "p4"]).await;
        w.app.clock.advance(1_000);
        w.settle(&mut d).await;
        assert_eq!((spent(&w).await, w.sent().last().unwrap().clone()), (18, vec!["#s".to_owned()]));
        w.commit(&["p1"]).await;
        w.app.clock.advance(1_000);
        w.settle(&mut d).await;
        // From 95 % on changes are collected for a minute.
        w.commit(&["p1"]).await;
        w.pass(&mut d, 50_000).await;
        assert_eq!(spent(&w).await, 19);
        w.settle(&mut d).await;
        assert_eq!(spent(&w).await, 20);
        // Used up: the record says so, nothing waits, nothing is sent.
        w.commit(&["p1"]).await;
        w.app.clock.advance(61_000);
        w.settle(&mut d).await;
        let purges = w.purges().await;
        let last = purges.last().unwrap();
        assert_eq!((last.rounds, last.reason.as_str(), last.state.as_str()), (0, "budget", "done"));
        assert_eq!((spent(&w).await, w.sent().len()), (20, 20));
        // Another month begins.
        w.app.clock.advance(31 * 24 * 3_600_000);
        w.commit(&["p1"]).await;
        w.settle(&mut d).await;
        assert_eq!(spent(&w).await, 2);
    })
    .await;
}

#[tokio::test]
async fn many_purges_keep_cloudfronts_limits() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Fast).await;
        let mut d = w.dispatcher("a");
        w.fake.complete_after(super::world::COMPLETE_MS);
        for n in 0..14 {
            let tags: Vec<String> = (0..250).map(|m| format!("p{n}-{m}")).collect();
            w.commit(&tags.iter().map(String::as_str).collect::<Vec<_>>()).await;
            w.pass(&mut d, 1_000).await;
        }
        w.settle(&mut d).await;
        w.expect_purged(1).await;
    })
    .await;
}

#[tokio::test]
async fn invalidations_that_hang_hold_the_next_ones_back() {
    both_engines(async |t| {
        let mut w = World::new(&t, |edge| edge.mode = PurgeMode::Fast).await;
        let mut d = w.dispatcher("a");
        w.fake.complete_after(3_600_000);
        for n in 0..12 {
            let tags: Vec<String> = (0..250).map(|m| format!("p{n}-{m}")).collect();
            w.commit(&tags.iter().map(String::as_str).collect::<Vec<_>>()).await;
            w.pass(&mut d, 10_000).await;
        }
        let items: usize = w.sent().iter().map(Vec::len).sum();
        assert_eq!(items, 2_500, "no more than that is in progress");
        w.fake.complete_after(1_000);
        w.settle(&mut d).await;
        assert_eq!(w.sent().iter().map(Vec::len).sum::<usize>(), 3_000);
    })
    .await;
}

#[tokio::test]
async fn tags_are_paths_where_the_distribution_knows_none() {
    both_engines(async |t| {
        let watches = put_category(&t.app, "watches", None, None).await;
        let mut draft = simple("old-name");
        draft.categories = vec![watches.clone()];
        let id = put(&t.app, &draft).await;
        let mut fan = simple("fan");
        fan.related = vec![id.clone()];
        put(&t.app, &fan).await;
        let w = World::new(&t, |edge| edge.invalidate_by = InvalidateBy::Paths).await;
        let mut d = w.dispatcher("a");
        w.settle(&mut d).await;
        let sent = |w: &World| w.sent().last().unwrap().clone();
        assert_eq!(sent(&w), ["/*"], "a new category stands in every menu");
        t.app.clock.advance(60_000);
        draft.slug = "new-name".to_owned();
        save_product(&t.app, Some(&id), &draft).await.unwrap();
        w.settle(&mut d).await;
        let paths = [
            "/",
            "/?*",
            "/c/watches*",
            "/feeds/google.xml",
            "/p/fan*",
            "/p/new-name*",
            "/p/old-name*",
            "/search*",
            "/sitemap.xml",
        ];
        assert_eq!(sent(&w), paths);
        t.app.clock.advance(60_000);
        rename_category(&t.app, &watches, "clocks").await.unwrap();
        w.settle(&mut d).await;
        assert_eq!(sent(&w), ["/*"]);
        t.app.clock.advance(60_000);
        let lonely = put(&t.app, &simple("lonely")).await;
        w.settle(&mut d).await;
        t.app.clock.advance(60_000);
        delete_product(&t.app, &lonely).await.unwrap();
        w.settle(&mut d).await;
        assert!(sent(&w).contains(&"/p/*".to_owned()), "{:?}", sent(&w));
    })
    .await;
}
