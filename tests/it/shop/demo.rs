//! The demo shops: their files are sound, and seeding makes a whole shop, once.

use std::collections::BTreeSet;
use std::time::Instant;

use mercer::db::customers::find_customer_by_email;
use mercer::db::orders::{find_order, list_orders_by_customer};
use mercer::db::{Db, cards, categories, listing, media, pages, products, shipping};
use mercer::domain::catalogue::Band;
use mercer::domain::listing::ListingQuery;
use mercer::domain::order::State;
use mercer::domain::tag::Tag;
use mercer::shop::accounts;
use mercer::shop::demo::{self, Demo, NAMES, seed};

use super::goods;
use crate::support::both_engines;

#[test]
fn every_demo_file_is_sound() {
    for name in NAMES {
        let demo = Demo::load(name).unwrap_or_else(|e| panic!("{e}"));
        let slugs: BTreeSet<&str> = demo.products.iter().map(|p| p.slug.as_str()).collect();
        let mut problems = Vec::new();
        assert_eq!(slugs.len(), demo.products.len(), "a slug stands twice in {name}");
        for product in &demo.products {
            for related in product.related.iter().filter(|r| !slugs.contains(r.as_str())) {
                problems.push(format!("{}: related product {related:?} does not exist", product.slug));
            }
            if !(2..=5).contains(&product.views.len()) {
                problems.push(format!("{}: {} views", product.slug, product.views.len()));
            }
            for variant in product.variant.iter().filter(|v| !is_ean13(&v.barcode)) {
                problems.push(format!("{}: barcode {:?} is no EAN-13", variant.sku, variant.barcode));
            }
        }
        assert_eq!(problems, Vec::<String>::new());
    }
}

fn is_ean13(code: &str) -> bool {
    let digits: Vec<u32> = code.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits.iter().enumerate().map(|(i, d)| if i % 2 == 0 { *d } else { d * 3 }).sum();
    code.len() == 13 && digits.len() == 13 && sum.is_multiple_of(10)
}

#[tokio::test]
async fn seeding_makes_a_whole_shop_and_only_once() {
    for name in NAMES {
        both_engines(async |store| {
            let app = &store.app;
            let began = Instant::now();
            assert!(seed(app, name).await.unwrap());
            eprintln!("{name} seeded in {:?}", began.elapsed());
            assert!(!seed(app, name).await.unwrap());
            let demo = Demo::load(name).unwrap();
            assert_eq!(app.settings().name, demo.shop.name);

            let mut conn = app.db.read().await.unwrap();
            for file in &demo.products {
                let product = products::find_product_by_slug(&mut conn, &file.slug).await.unwrap().unwrap();
                assert_eq!(product.title, file.title);
                assert_eq!(product.variants.len(), file.variant.len());
                assert_eq!(product.options.len(), file.option.len());
                let exists = |slug: &&String| demo.products.iter().any(|p| &p.slug == *slug);
                let related: Vec<&String> = product.related.iter().map(|card| &card.slug).collect();
                assert_eq!(related, file.related.iter().filter(exists).collect::<Vec<_>>());
                assert!(product.pictures.len() >= file.views.len());
                assert_eq!(product.specs.len(), file.attributes.len());
                assert_eq!(product.breadcrumb.last(), product.categories.first());
                for (variant, written) in product.variants.iter().zip(&file.variant) {
                    assert_eq!(variant.band, Band::of(written.stock), "{}", variant.sku);
                    assert_eq!(variant.options, written.options);
                    assert_eq!(variant.compare_at_minor.is_some(), written.compare_at.is_some());
                    assert_eq!(variant.lowest_minor, variant.compare_at_minor, "{}", variant.sku);
                    assert!(variant.picture.is_some());
                }
            }
            let all = listing::list_products(&mut conn, &ListingQuery::default()).await.unwrap();
            assert_eq!(all.total, demo.products.len() as i64);
            assert_eq!(pages::list_pages(&mut conn).await.unwrap().len(), demo.pages.len());
            assert_eq!(
                shipping::list_shipping_methods(&mut conn).await.unwrap().len(),
                demo.shop.shipping.len()
            );
            let hero = media::find_media_by_hash(&mut conn, &app.settings().hero.media_hash).await.unwrap();
            assert_eq!(hero.unwrap().kind, "drawing");
        })
        .await;
    }
}

#[tokio::test]
async fn a_seeding_that_was_cut_off_goes_on() {
    both_engines(async |store| {
        let app = &store.app;
        assert!(seed(app, "watches").await.unwrap());
        let mut conn = app.db.read().await.unwrap();
        let before = products::rows::list_product_ids(&mut conn).await.unwrap();
        drop(conn);
        // The settings come last, so a store without them is one whose seeding was cut off.
        match &app.db {
            Db::Sqlite { write, .. } => {
                sqlx::query("DELETE FROM settings").execute(write).await.unwrap();
            }
            Db::Postgres { write, .. } => {
                sqlx::query("DELETE FROM settings").execute(write).await.unwrap();
            }
        }
        assert!(seed(app, "watches").await.unwrap());
        let mut conn = app.db.read().await.unwrap();
        assert_eq!(products::rows::list_product_ids(&mut conn).await.unwrap(), before);
    })
    .await;
}

#[tokio::test]
async fn home_shows_doors_and_what_is_new() {
    both_engines(async |store| {
        let app = &store.app;
        seed(app, "watches").await.unwrap();
        let mut conn = app.db.read().await.unwrap();
        let doors = categories::list_doors(&mut conn).await.unwrap();
        assert!((3..=4).contains(&doors.len()), "{}", doors.len());
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::home(), Tag::site()]));
        let popular = cards::list_popular(&mut conn, 8).await.unwrap();
        assert!(popular.iter().all(|card| card.picture.is_some()), "{popular:?}");
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::home()]));
        let new = cards::list_new(&mut conn, 8).await.unwrap();
        assert!(new[0].is_new(app.clock.now_ms()));
    })
    .await;
}

#[tokio::test]
async fn the_customer_has_orders_in_every_state_that_a_shop_knows() {
    for name in NAMES {
        both_engines(async |store| {
            let app = &store.app;
            let (email, now_ms) = ("ada@example.com", app.clock.now_ms());
            seed(app, name).await.unwrap();
            app.feed.poll(app).await.unwrap();
            accounts::ensure_account(app, email, "Ada Example", "orbit-lantern-42").await.unwrap();
            let missing = demo::count_missing_orders(app, name, email).await.unwrap();
            assert!(missing >= 7);
            assert_eq!(demo::seed_orders(app, name, email, now_ms, 1).await.unwrap(), missing - 1);
            assert_eq!(demo::count_missing_orders(app, name, email).await.unwrap(), 1);
            demo::seed_orders(app, name, email, now_ms, 0).await.unwrap();
            assert_eq!(demo::seed_orders(app, name, email, now_ms, 0).await.unwrap(), 0, "only once");
            assert_eq!(app.clock.now_ms(), now_ms);

            let mut conn = app.db.read().await.unwrap();
            let customer = find_customer_by_email(&mut conn, email).await.unwrap().unwrap();
            let listed = list_orders_by_customer(&mut conn, &customer.id, None, 50).await.unwrap();
            let states: BTreeSet<&str> = listed.iter().map(|order| order.state.as_str()).collect();
            assert_eq!(
                states,
                BTreeSet::from(["pending_payment", "paid", "shipped", "completed", "cancelled"])
            );
            assert!(listed.is_sorted_by_key(|order| std::cmp::Reverse(order.placed_at)), "{listed:?}");
            let mut withdrawn = 0;
            for order in &listed {
                let order = find_order(&mut conn, &order.id).await.unwrap().unwrap();
                withdrawn += order.withdrawals.len();
                assert!(order.events.iter().all(|event| event.at <= now_ms));
                let left = matches!(order.state, State::Shipped | State::Completed);
                assert_eq!(left, !order.tracking.is_empty(), "{order:?}");
            }
            assert_eq!(withdrawn, 2);
            drop(conn);
            goods::expect_healthy(app).await;
        })
        .await;
    }
}
