//! Purges that somebody asks for.

use mercer::domain::purge::batch::InvalidateBy;
use mercer::domain::tag::Tag;
use mercer::edge::request::{Target, purge};
use mercer::edge::status;
use mercer::outside::cloudfront::Fault;

use super::world::World;
use crate::support::both_engines;
use crate::support::shelf::{put, simple};

#[tokio::test]
async fn an_operators_purge_takes_the_proved_rounds_whatever_the_budget() {
    both_engines(async |t| {
        let w = World::new(&t, |edge| edge.budget_items = 0).await;
        let mut d = w.dispatcher("a");
        purge(&w.app, &Target::Tag(Tag::product("1"))).await.unwrap();
        w.settle(&mut d).await;
        assert_eq!(w.sent(), [["#p1"], ["#p1"], ["#p1"]]);
        // Processes hear of it by the feed, and no second purge comes of that.
        assert_eq!(status::read(&w.app).await.unwrap().newest_change, 1);
        purge(&w.app, &Target::All).await.unwrap();
        w.settle(&mut d).await;
        assert_eq!(w.sent()[3..], [["/*"], ["/*"], ["/*"]]);
        t.app.clock.advance(5_000);
        purge(&w.app, &Target::Path("/p/a*".to_owned())).await.unwrap();
        w.settle(&mut d).await;
        assert_eq!(w.sent()[6..], [["/p/a*"], ["/p/a*"], ["/p/a*"]]);
        assert_eq!(status::read(&w.app).await.unwrap().spent, 9);
    })
    .await;
}

#[tokio::test]
async fn a_refused_request_just_ends() {
    both_engines(async |t| {
        let w = World::new(&t, |_| ()).await;
        w.fake.order(&[Fault::Refused]);
        purge(&w.app, &Target::Path("/x".to_owned())).await.unwrap();
        w.settle(&mut w.dispatcher("a")).await;
        assert!(w.sent().is_empty());
        assert_eq!(w.purges().await[0].state, "refused");
        assert_eq!(w.rounds().await[0].last_error, "InvalidArgument");
    })
    .await;
}

#[tokio::test]
async fn tags_become_paths_where_they_must() {
    both_engines(async |t| {
        let id = put(&t.app, &simple("watch")).await;
        let w = World::new(&t, |edge| edge.invalidate_by = InvalidateBy::Paths).await;
        let mut d = w.dispatcher("a");
        w.settle(&mut d).await;
        let before = w.sent().len();
        purge(&w.app, &Target::Tag(Tag::product(&id))).await.unwrap();
        w.settle(&mut d).await;
        assert_eq!(w.sent()[before..], [["/p/watch*"], ["/p/watch*"], ["/p/watch*"]]);
    })
    .await;
}

#[tokio::test]
async fn without_a_distribution_nothing_can_be_asked_for() {
    both_engines(async |t| {
        let error = purge(&t.app, &Target::All).await.unwrap_err();
        assert!(error.to_string().contains("MERCER_CLOUDFRONT_DISTRIBUTION_ID"), "{error}");
        assert!(status::read(&t.app).await.unwrap().purges.is_empty());
    })
    .await;
}
