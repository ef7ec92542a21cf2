//! Products: their rows, what is derived from their variants, and what is public of them.

use std::collections::BTreeSet;

use mercer::app::App;
use mercer::db::products::rows::*;
use mercer::db::products::{find_product_by_slug, list_options, list_product_slugs};
use mercer::db::variants::rows::update_price;
use mercer::db::{Tx, stock, variants};
use mercer::domain::catalogue::{AttributeKind, Band, Choice, OptionAxis};
use mercer::domain::draft::{PictureDraft, ProductDraft};
use mercer::domain::stock::Pieces;
use mercer::domain::tag::Tag;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::{both_engines, shelf};

async fn write(app: &App) -> Tx {
    app.db.write().await.unwrap()
}

fn bare(slug: &str) -> ProductDraft {
    ProductDraft {
        slug: slug.to_owned(),
        title: slug.to_uppercase(),
        tax_class: "reduced".to_owned(),
        published: true,
        published_at: Some(5),
        ..ProductDraft::default()
    }
}

#[tokio::test]
async fn a_product_is_read_back_as_it_was_written() {
    both_engines(async |t| {
        shelf::put_attribute(&t.app, "size", AttributeKind::Number, 0).await;
        shelf::put_attribute(&t.app, "finish", AttributeKind::Text, 1).await;
        let (a, b) = (
            shelf::put_category(&t.app, "a", None, None).await,
            shelf::put_category(&t.app, "b", None, None).await,
        );
        let choice = Choice { value: "red".to_owned(), swatch: Some("#ff0000".to_owned()) };
        let other = Choice { value: "\"odd\"".to_owned(), swatch: None };
        let draft = ProductDraft {
            box_contents: vec!["cap".to_owned(), "box".to_owned()],
            categories: vec![b.clone(), a.clone()],
            attributes: vec![
                shelf::attribute("finish", &["matt", "gloss"]),
                shelf::attribute("size", &["9.5"]),
            ],
            options: vec![OptionAxis { name: "Colour".to_owned(), choices: vec![choice, other] }],
            pictures: vec![PictureDraft { media_id: "m1".to_owned(), alt: "front".to_owned() }],
            related: vec!["p2".to_owned()],
            popularity: 3,
            ..bare("one")
        };
        let mut tx = write(&t.app).await;
        seeds::picture(&mut tx, "m1").await;
        upsert_product(&mut tx, "p2", &bare("two"), 1).await.unwrap();
        upsert_product(&mut tx, "p1", &draft, 1).await.unwrap();
        for _ in 0..2 {
            // Written twice: each part is replaced, not added to.
            replace_options(&mut tx, "p1", &draft).await.unwrap();
            replace_attributes(&mut tx, "p1", &draft).await.unwrap();
            replace_pictures(&mut tx, "p1", &draft).await.unwrap();
            replace_categories(&mut tx, "p1", &draft.categories).await.unwrap();
            replace_related(&mut tx, "p1", &draft.related).await.unwrap();
        }
        assert_eq!(find_draft(&mut tx, "p1").await.unwrap().as_ref(), Some(&draft));
        assert_eq!(find_draft(&mut tx, "none").await.unwrap(), None);
        assert_eq!(list_options(&mut tx, "p1").await.unwrap(), draft.options);
        assert_eq!(list_options(&mut tx, "p2").await.unwrap(), []);
        assert_eq!(list_category_ids(&mut tx, "p1").await.unwrap(), [b, a]);
        assert!(list_category_ids(&mut tx, "none").await.unwrap().is_empty());

        tx.take_tags();
        let shown = find_product_by_slug(&mut tx, "one").await.unwrap().unwrap();
        assert_eq!((shown.product_id.as_str(), shown.band, shown.price_min_minor), ("p1", Band::Out, 0));
        assert_eq!(shown.specs.iter().map(|s| s.values.len()).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(shown.related.iter().map(|c| c.slug.as_str()).collect::<Vec<_>>(), ["two"]);
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::product("p1"), Tag::product("p2")]));

        let hidden = ProductDraft { published: false, title: "New".to_owned(), ..draft };
        upsert_product(&mut tx, "p1", &hidden, 2).await.unwrap();
        assert_eq!(find_draft(&mut tx, "p1").await.unwrap().as_ref(), Some(&hidden));
        assert_eq!(find_product_by_slug(&mut tx, "one").await.unwrap(), None);
        assert_eq!(find_product_by_slug(&mut tx, "none").await.unwrap(), None);
        tx.commit().await.unwrap();

        let mut tx = write(&t.app).await;
        assert_eq!(refusal(upsert_product(&mut tx, "p3", &bare("one"), 3).await), ErrorKind::UniqueViolation);
        drop(tx);
        let gone = vec!["gone".to_owned()];
        let mut tx = write(&t.app).await;
        assert_eq!(refusal(replace_categories(&mut tx, "p1", &gone).await), ErrorKind::ForeignKeyViolation);
        drop(tx);
        let mut tx = write(&t.app).await;
        assert_eq!(refusal(replace_related(&mut tx, "p1", &gone).await), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn ids_and_slugs_lead_to_each_other() {
    both_engines(async |t| {
        let mut tx = write(&t.app).await;
        upsert_product(&mut tx, "p1", &bare("zeta"), 1).await.unwrap();
        upsert_product(&mut tx, "p2", &bare("alpha"), 2).await.unwrap();
        upsert_product(&mut tx, "p3", &ProductDraft { published: false, ..bare("mid") }, 3).await.unwrap();
        let list = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
        assert_eq!(find_product_id(&mut tx, "mid").await.unwrap().as_deref(), Some("p3"));
        assert_eq!(find_product_id(&mut tx, "none").await.unwrap(), None);
        assert_eq!(list_product_ids(&mut tx).await.unwrap(), ["p2", "p3", "p1"]);
        let ids = list_ids_of_slugs(&mut tx, &list(&["zeta", "none", "alpha"])).await.unwrap();
        assert_eq!(ids, ["p1", "p2"]);
        assert!(list_ids_of_slugs(&mut tx, &[]).await.unwrap().is_empty());
        let slugs = list_slugs_of_ids(&mut tx, &list(&["p3", "none", "p1"])).await.unwrap();
        assert_eq!(slugs, ["mid", "zeta"]);
        assert!(list_slugs_of_ids(&mut tx, &[]).await.unwrap().is_empty());
        let public = list_product_slugs(&mut tx).await.unwrap();
        assert_eq!(public, [("alpha".to_owned(), 2), ("zeta".to_owned(), 1)]);
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::search()]));
    })
    .await;
}

#[tokio::test]
async fn derived_columns_follow_the_variants() {
    both_engines(async |t| {
        let id = shelf::put(&t.app, &shelf::coloured("cap", &[("red", ""), ("blue", "")])).await;
        let other = shelf::put(&t.app, &shelf::simple("other")).await;
        let mut tx = write(&t.app).await;
        let rows = variants::list_variants(&mut tx, &id, "Cap").await.unwrap();
        let (red, blue) = (rows[0].variant_id.clone(), rows[1].variant_id.clone());
        update_price(&mut tx, &red, 900, Some(1500), 2).await.unwrap();
        update_price(&mut tx, &blue, 2000, Some(9000), 2).await.unwrap();
        update_derived(&mut tx, &id).await.unwrap();
        let shown = find_product_by_slug(&mut tx, "cap").await.unwrap().unwrap();
        let prices = (shown.price_min_minor, shown.price_max_minor, shown.compare_at_minor);
        assert_eq!(prices, (900, 2000, Some(1500)), "the old price is the cheapest variant's");
        let prices = find_product_by_slug(&mut tx, "other").await.unwrap().unwrap();
        assert_eq!((prices.price_min_minor, prices.price_max_minor), (1000, 1000));
        update_price(&mut tx, &red, 900, None, 3).await.unwrap();
        update_derived(&mut tx, &id).await.unwrap();
        assert_eq!(find_product_by_slug(&mut tx, "cap").await.unwrap().unwrap().compare_at_minor, None);

        // The band is the best variant's: 10 and 10, then 10 and 0, 4 and 0, 3 and 0, nothing.
        for (variant, taken, band) in
            [(&blue, 10, Band::In), (&red, 6, Band::In), (&red, 1, Band::Low), (&red, 3, Band::Out)]
        {
            let pieces = [Pieces { variant_id: variant.clone(), quantity: taken }];
            assert_eq!(
                stock::reserve_stock(&mut tx, &pieces, mercer::db::Writes::default()).await.unwrap().len(),
                1
            );
            update_band(&mut tx, &id).await.unwrap();
            assert_eq!(find_product_by_slug(&mut tx, "cap").await.unwrap().unwrap().band, band);
        }
        assert_eq!(find_product_by_slug(&mut tx, "other").await.unwrap().unwrap().band, Band::In);
        // A product without variants has nothing to sell.
        upsert_product(&mut tx, "bare", &bare("bare"), 1).await.unwrap();
        update_derived(&mut tx, "bare").await.unwrap();
        let shown = find_product_by_slug(&mut tx, "bare").await.unwrap().unwrap();
        assert_eq!((shown.price_max_minor, shown.band), (0, Band::Out));
        assert_ne!(other, id);
    })
    .await;
}

#[tokio::test]
async fn a_product_goes_after_its_variants_and_takes_its_rows_along() {
    both_engines(async |t| {
        let id = shelf::put(&t.app, &shelf::simple("one")).await;
        let mut fan = shelf::simple("fan");
        fan.related = vec![id.clone()];
        let fan = shelf::put(&t.app, &fan).await;
        let mut tx = write(&t.app).await;
        assert_eq!(refusal(delete_product(&mut tx, &id).await), ErrorKind::ForeignKeyViolation);
        drop(tx);
        let mut tx = write(&t.app).await;
        for variant in variants::rows::list_stored_variants(&mut tx, &id).await.unwrap() {
            variants::rows::delete_variant(&mut tx, &variant.id).await.unwrap();
        }
        delete_product(&mut tx, &id).await.unwrap();
        assert_eq!(find_draft(&mut tx, &id).await.unwrap(), None);
        let fan = find_draft(&mut tx, &fan).await.unwrap().unwrap();
        assert_eq!((fan.related.len(), fan.variants.len()), (0, 1));
    })
    .await;
}
