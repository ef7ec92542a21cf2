//! What the process keeps by the change feed, and when it asks the database instead.

use mercer::app::App;
use mercer::db::taxes::update_tax_rate;
use mercer::domain::tag::Tag;
use mercer::domain::tax::{TaxClass, TaxRate};
use mercer::edge::feed::follow;
use mercer::shop::catalogue::record_change;
use mercer::shop::setup;
use tokio_util::sync::CancellationToken;

use crate::support::both_engines;

/// Germany's standard rate as a cart would see it.
async fn seen(app: &App) -> i64 {
    let mut conn = app.db.read().await.unwrap();
    app.terms(&mut conn).await.unwrap().rates("DE").standard_bp
}

async fn set(app: &App, rate_bp: i64, announced: bool) {
    let mut tx = app.db.write().await.unwrap();
    let rate = TaxRate { country: "DE".to_owned(), class: TaxClass::Standard, rate_bp };
    update_tax_rate(&mut tx, &rate).await.unwrap();
    if announced {
        record_change(&mut tx, [Tag::site()], app.clock.now_ms()).await.unwrap();
    }
    tx.commit().await.unwrap();
    app.db.bell().heard();
}

#[tokio::test]
async fn copies_follow_the_feed_and_end_with_their_lease() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        set(app, 1_800, false).await;
        assert_eq!(seen(app).await, 1_800, "nobody follows: the database is asked");

        let stop = CancellationToken::new();
        let follower = tokio::spawn(follow(app.clone(), stop.clone()));
        while !app.feed.freshness.is_leased() {
            tokio::task::yield_now().await;
        }
        set(app, 1_900, false).await;
        assert_eq!(seen(app).await, 1_800, "a copy is read, which only the feed moves");
        set(app, 2_000, true).await;
        while seen(app).await != 2_000 {
            tokio::task::yield_now().await;
        }

        stop.cancel();
        follower.await.unwrap();
        set(app, 2_100, true).await;
        assert_eq!(seen(app).await, 2_000, "the copy counts until its lease ends");
        app.clock.advance(app.config.edge.timing.lease_ms);
        assert_eq!(seen(app).await, 2_100);
    })
    .await;
}
