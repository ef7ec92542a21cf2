//! A second run does what the first one could not have done yet, and nothing else.

use std::time::SystemTime;

use mercer::domain::tag::Tag;
use mercer::export::Report;
use mercer::shop::catalogue::save_product;

use super::world::{PRODUCTS, World, draft, put_page};
use crate::support::{TestStore, both_engines, shelf};

const HOUR_MS: i64 = 3_600_000;

fn written_at(world: &World, key: &str) -> SystemTime {
    std::fs::metadata(world.path(key)).unwrap().modified().unwrap()
}

/// A run that finds nothing to render, in the end: a transaction that was open anywhere on the server when the copy was
/// made, another test's, has all that came after its begin looked at once more.
async fn idle_export(world: &World, store: &TestStore) -> Report {
    for _ in 0..40 {
        // `config.json` says when, to the second.
        store.app.clock.advance(1_000);
        let report = world.export(store).await;
        if report.rendered == 0 {
            return report;
        }
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
    }
    panic!("something is rendered again and again");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_moved_is_rendered_and_only_what_differs_is_written() {
    both_engines(async |store| {
        let app = &store.app;
        let world = World::new(&store).await;
        let first = world.export(&store).await;
        assert_eq!((first.rendered, first.written, first.removed), (first.pages, first.files, 0));
        let (files, before) = (world.files(), written_at(&world, "p/strap-1/index.html"));

        app.clock.advance(HOUR_MS);
        let again = idle_export(&world, &store).await;
        let idle = Report { rendered: 0, written: 1, ..first.clone() };
        assert_eq!(again, idle, "config.json alone is written: it says when");
        assert_eq!(world.files(), files);

        // One product: its own page, the lists, the feeds; not its neighbours.
        let changed = shelf::put(app, &draft(&world.category_id, "watch")).await;
        let third = world.export(&store).await;
        assert_eq!(third.pages, first.pages + 1);
        assert!(third.rendered > 1 && third.rendered < 12, "{third:?}");
        assert!(world.read("p/watch/index.html").contains("watch"));
        assert_eq!(written_at(&world, "p/strap-1/index.html"), before, "untouched");

        // It goes: so does its page.
        let hidden =
            mercer::domain::draft::ProductDraft { published: false, ..draft(&world.category_id, "watch") };
        save_product(app, Some(&changed), &hidden).await.unwrap();
        let fourth = world.export(&store).await;
        assert_eq!((fourth.pages, fourth.removed), (first.pages, 1), "{fourth:?}");
        assert!(!world.path("p/watch").exists());
        assert_eq!(world.files(), files, "as if it had never been");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_build_or_day_or_site_renders_everything() {
    let store = TestStore::sqlite().await;
    let world = World::new(&store).await;
    let first = world.export(&store).await;
    let manifest = world.read("mercer-export.json");
    let other = manifest.replace(mercer::app::BUILD, "0.0.0-other");
    assert_ne!(other, manifest);
    std::fs::write(world.path("mercer-export.json"), other).unwrap();
    let second = world.export(&store).await;
    assert_eq!((second.rendered, second.written), (first.pages, 0), "the bytes are the same");
    put_page(&store.app, "imprint", "We are").await;
    let third = world.export(&store).await;
    assert_eq!(
        (third.rendered, third.pages),
        (first.pages + 1, first.pages + 1),
        "a footer is on every page"
    );
    store.app.clock.advance(24 * HOUR_MS);
    let fourth = world.export(&store).await;
    assert_eq!(fourth.rendered, fourth.pages, "some of what pages say passes with time");
    assert!(fourth.written >= 2 && fourth.written < 5, "security.txt has a later end: {fourth:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_transaction_is_not_missed() {
    both_engines(async |store| {
        if store.engine == "sqlite" {
            // One writer: nothing commits behind a later number.
            return;
        }
        let app = &store.app;
        let world = World::new(&store).await;
        let mut slow = app.db.write().await.unwrap();
        let product = {
            let mut conn = app.db.read().await.unwrap();
            mercer::db::products::find_product_by_slug(&mut conn, "strap-3").await.unwrap().unwrap()
        };
        let tags = [Tag::product(&product.product_id)];
        mercer::db::changes::insert_changes(&mut slow, &tags, 7).await.unwrap();
        put_page(app, "faster", "A later number, committed earlier").await;
        let first = world.export(&store).await;
        assert_eq!(first.rendered, first.pages);
        slow.commit().await.unwrap();
        let second = world.export(&store).await;
        assert!(second.rendered >= 1, "the slow one's product is rendered again");
        let third = world.export(&store).await;
        assert!(third.pages > PRODUCTS && third.rendered <= second.rendered);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_another_one_says_nothing() {
    both_engines(async |store| {
        let world = World::new(&store).await;
        let first = world.export(&store).await;
        // As after a backup that was put back, or in another shop: the row is there, and is another one.
        let manifest = world.read("mercer-export.json");
        let config: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        let id = config["position"]["newest"]["id"].as_i64().unwrap();
        for (from, to) in [
            (format!("\"newest\":{{\"id\":{id},\"tag\":\""), format!("\"newest\":{{\"id\":{id},\"tag\":\"x")),
            (format!("\"newest\":{{\"id\":{id},"), format!("\"newest\":{{\"id\":{},", id + 1000)),
        ] {
            let other = manifest.replace(&from, &to);
            assert_ne!(other, manifest);
            std::fs::write(world.path("mercer-export.json"), other).unwrap();
            let run = world.export(&store).await;
            assert_eq!((run.rendered, run.written), (first.pages, 0));
        }
        assert_eq!(idle_export(&world, &store).await.rendered, 0, "and then it is known again");
    })
    .await;
}
