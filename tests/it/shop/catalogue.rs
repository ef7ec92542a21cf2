//! Writing the catalogue: what is stored, what is derived, and what the change feed is told.

use std::collections::BTreeSet;

use mercer::app::App;
use mercer::db::changes::Cursor;
use mercer::db::products::{find_product_by_slug, rows};
use mercer::db::redirects::{Renamed, find_redirect};
use mercer::db::{categories, changes, pages};
use mercer::domain::catalogue::{Band, Page};
use mercer::domain::tag::Tag;
use mercer::error::Error;
use mercer::shop::catalogue::{
    Outcome, delete_product, rename_category, save_page, save_product, set_price, unpublish_product,
};

use crate::support::{both_engines, shelf};

/// The tags announced since the last call with the same mark.
async fn announced(app: &App, mark: &mut Cursor) -> BTreeSet<Tag> {
    let (rows, next) = changes::list_changes(&mut app.db.read().await.unwrap(), mark).await.unwrap();
    *mark = next;
    rows.into_iter().map(|c| Tag::stored(c.tag)).collect()
}

#[tokio::test]
async fn a_written_product_announces_itself_and_its_categories() {
    both_engines(async |store| {
        let app = &store.app;
        let mut mark = changes::find_cursor(&mut app.db.read().await.unwrap()).await.unwrap();
        let root = shelf::put_category(app, "root", None, None).await;
        let leaf = shelf::put_category(app, "leaf", Some(&root), None).await;
        let other = shelf::put_category(app, "other", None, None).await;
        announced(app, &mut mark).await;

        let mut draft = shelf::coloured("cap", &[("red", "#ff0000"), ("blue", "")]);
        draft.categories = vec![leaf.clone()];
        let id = shelf::put(app, &draft).await;
        let everywhere =
            [Tag::product(&id), Tag::home(), Tag::search(), Tag::category(&leaf), Tag::category(&root)];
        assert_eq!(announced(app, &mut mark).await, BTreeSet::from(everywhere.clone()));

        // The same again is no change; a move tells the old places and the new.
        assert_eq!(save_product(app, Some(&id), &draft).await.unwrap().outcome, Outcome::Unchanged);
        assert_eq!(announced(app, &mut mark).await, BTreeSet::new());
        draft.categories = vec![other.clone()];
        assert_eq!(save_product(app, Some(&id), &draft).await.unwrap().outcome, Outcome::Updated);
        let mut both = BTreeSet::from(everywhere);
        both.insert(Tag::category(&other));
        assert_eq!(announced(app, &mut mark).await, both);

        // Stock inside its band is silent; across it is told.
        draft.variants[0].stock = Some(8);
        save_product(app, Some(&id), &draft).await.unwrap();
        assert_eq!(announced(app, &mut mark).await, BTreeSet::new());
        draft.variants[0].stock = Some(0);
        save_product(app, Some(&id), &draft).await.unwrap();
        assert!(announced(app, &mut mark).await.contains(&Tag::product(&id)));
        let product = find_product_by_slug(&mut app.db.read().await.unwrap(), "cap").await.unwrap().unwrap();
        assert_eq!((product.band, product.variants[0].band), (Band::In, Band::Out));
    })
    .await;
}

#[tokio::test]
async fn a_new_slug_leaves_a_redirect_that_never_chains() {
    both_engines(async |store| {
        let app = &store.app;
        let mut draft = shelf::simple("one");
        let id = shelf::put(app, &draft).await;
        for slug in ["two", "three"] {
            draft.slug = slug.to_owned();
            save_product(app, Some(&id), &draft).await.unwrap();
        }
        let mut conn = app.db.read().await.unwrap();
        for old in ["one", "two"] {
            assert_eq!(
                find_redirect(&mut conn, Renamed::Product, old).await.unwrap().as_deref(),
                Some("three")
            );
        }
        drop(conn);
        // Somebody else takes the old address: it is theirs.
        let mut other = shelf::simple("one");
        other.variants[0].sku = "OTHER".to_owned();
        shelf::put(app, &other).await;
        let mut conn = app.db.read().await.unwrap();
        assert_eq!(find_redirect(&mut conn, Renamed::Product, "one").await.unwrap(), None);
        drop(conn);

        let category = shelf::put_category(app, "old", None, None).await;
        rename_category(app, &category, "new").await.unwrap();
        let mut conn = app.db.read().await.unwrap();
        assert_eq!(find_redirect(&mut conn, Renamed::Category, "old").await.unwrap().as_deref(), Some("new"));
        assert!(categories::find_category_by_slug(&mut conn, "new").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn taken_slugs_and_skus_are_told_at_their_field() {
    both_engines(async |store| {
        let app = &store.app;
        shelf::put(app, &shelf::simple("one")).await;
        let Err(Error::Invalid(errors)) = save_product(app, None, &shelf::simple("one")).await else {
            panic!()
        };
        assert!(errors.get("slug").is_some() && errors.get("variants.ONE.sku").is_some(), "{errors:?}");
    })
    .await;
}

#[tokio::test]
async fn a_price_has_a_history_and_a_sale_its_lowest_price() {
    both_engines(async |store| {
        let app = &store.app;
        let id = shelf::put(app, &shelf::simple("one")).await;
        let mut conn = app.db.read().await.unwrap();
        let variant =
            find_product_by_slug(&mut conn, "one").await.unwrap().unwrap().variants[0].variant_id.clone();
        drop(conn);
        app.clock.advance(24 * 3_600_000);
        set_price(app, &variant, 900, None).await.unwrap();
        app.clock.advance(24 * 3_600_000);
        set_price(app, &variant, 700, Some(1000)).await.unwrap();
        let mut conn = app.db.read().await.unwrap();
        let product = find_product_by_slug(&mut conn, "one").await.unwrap().unwrap();
        assert_eq!((product.price_min_minor, product.compare_at_minor), (700, Some(1000)));
        assert_eq!(product.variants[0].lowest_minor, Some(900));
        let cards = mercer::db::cards::list_cards(&mut conn, &[id]).await.unwrap();
        assert_eq!((cards[0].compare_at_minor, cards[0].lowest_minor), (Some(1000), Some(900)));
        drop(conn);
        assert!(matches!(set_price(app, &variant, 700, Some(700)).await, Err(Error::Invalid(_))));
    })
    .await;
}

#[tokio::test]
async fn products_leave_the_shop_and_variants_exchange_options() {
    both_engines(async |store| {
        let app = &store.app;
        let mut draft = shelf::coloured("cap", &[("red", ""), ("blue", "")]);
        let id = shelf::put(app, &draft).await;
        let [first, second] = &mut draft.variants[..] else { panic!() };
        std::mem::swap(&mut first.options, &mut second.options);
        save_product(app, Some(&id), &draft).await.unwrap();
        draft.variants.pop();
        save_product(app, Some(&id), &draft).await.unwrap();
        let mut conn = app.db.read().await.unwrap();
        let product = find_product_by_slug(&mut conn, "cap").await.unwrap().unwrap();
        assert_eq!((product.variants.len(), &*product.variants[0].options[0]), (1, "blue"));
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::product(&id)]));
        drop(conn);

        unpublish_product(app, &id).await.unwrap();
        let mut conn = app.db.read().await.unwrap();
        assert!(find_product_by_slug(&mut conn, "cap").await.unwrap().is_none());
        assert!(rows::find_draft(&mut conn, &id).await.unwrap().is_some());
        drop(conn);
        delete_product(app, &id).await.unwrap();
        assert!(rows::find_draft(&mut app.db.read().await.unwrap(), &id).await.unwrap().is_none());
        assert!(matches!(delete_product(app, &id).await, Err(Error::NotFound("product"))));
    })
    .await;
}

#[tokio::test]
async fn pages_are_stored_and_announced() {
    both_engines(async |store| {
        let app = &store.app;
        let mut page = Page {
            page_id: app.id(),
            slug: "delivery".to_owned(),
            title: "Delivery".to_owned(),
            body: "Fast.".to_owned(),
            footer: "help".to_owned(),
            position: 1,
            updated_at: app.clock.now_ms(),
        };
        let mut mark = changes::find_cursor(&mut app.db.read().await.unwrap()).await.unwrap();
        for title in ["Delivery", "How we deliver"] {
            page.title = title.to_owned();
            let mut tx = app.db.write().await.unwrap();
            save_page(app, &mut tx, &page).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(
                announced(app, &mut mark).await,
                BTreeSet::from([Tag::page(&page.page_id), Tag::site()])
            );
        }
        let mut conn = app.db.read().await.unwrap();
        let found = pages::find_page_by_slug(&mut conn, "delivery").await.unwrap().unwrap();
        assert_eq!(
            (found.title.as_str(), conn.take_tags()),
            ("How we deliver", BTreeSet::from([Tag::page(&page.page_id)]))
        );
    })
    .await;
}

#[tokio::test]
async fn every_way_of_changing_a_product_announces_it() {
    both_engines(async |store| {
        let app = &store.app;
        let place = shelf::put_category(app, "caps", None, None).await;
        let mut draft = shelf::simple("cap");
        draft.categories = vec![place.clone()];
        let id = shelf::put(app, &draft).await;
        let mut conn = app.db.read().await.unwrap();
        let cap = find_product_by_slug(&mut conn, "cap").await.unwrap().unwrap();
        let mut mark = changes::find_cursor(&mut conn).await.unwrap();
        drop(conn);
        announced(app, &mut mark).await;
        let everywhere =
            BTreeSet::from([Tag::product(&id), Tag::home(), Tag::search(), Tag::category(&place)]);

        set_price(app, &cap.variants[0].variant_id, 900, None).await.unwrap();
        assert_eq!(announced(app, &mut mark).await, everywhere, "a price");
        mercer::shop::stock::adjust(app, &cap.variants[0].variant_id, 2).await.unwrap();
        assert!(announced(app, &mut mark).await.contains(&Tag::product(&id)), "a band");
        mercer::shop::stock::receive(app, &cap.variants[0].variant_id, 1).await.unwrap();
        assert_eq!(announced(app, &mut mark).await, BTreeSet::new(), "a piece within the band");
        unpublish_product(app, &id).await.unwrap();
        assert_eq!(announced(app, &mut mark).await, everywhere, "leaving the shop");
        delete_product(app, &id).await.unwrap();
        assert_eq!(announced(app, &mut mark).await, everywhere, "being removed");
        rename_category(app, &place, "hats").await.unwrap();
        assert!(announced(app, &mut mark).await.contains(&Tag::category(&place)), "a category's new address");
    })
    .await;
}
