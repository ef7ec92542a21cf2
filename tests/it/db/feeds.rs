//! What price comparison sites are told.

use std::collections::BTreeSet;

use mercer::db::feeds::list_feed_items;
use mercer::domain::draft::PictureDraft;
use mercer::domain::tag::Tag;

use super::seeds;
use crate::support::{both_engines, shelf};

#[tokio::test]
async fn every_variant_of_a_published_product_is_told() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        seeds::picture(&mut tx, "m1").await;
        seeds::picture(&mut tx, "m2").await;
        tx.commit().await.unwrap();
        let place = shelf::put_category(&t.app, "caps", None, None).await;
        let mut cap = shelf::coloured("cap", &[("red", ""), ("blue", "")]);
        cap.brand_id = Some(shelf::put_brand(&t.app, "acme").await);
        cap.categories = vec![place, shelf::put_category(&t.app, "sale", None, None).await];
        cap.pictures = vec![PictureDraft { media_id: "m1".to_owned(), alt: String::new() }];
        cap.variants[1].media_id = Some("m2".to_owned());
        cap.variants[1].stock = Some(0);
        cap.variants[1].compare_at_minor = Some(1500);
        let first = shelf::put(&t.app, &cap).await;
        let mut hidden = shelf::simple("hidden");
        hidden.published = false;
        shelf::put(&t.app, &hidden).await;
        // Ids of one millisecond have no order.
        t.app.clock.advance(1);
        shelf::put(&t.app, &shelf::simple("plain")).await;

        let mut conn = t.app.db.read().await.unwrap();
        let items = list_feed_items(&mut conn, "", 9).await.unwrap();
        assert_eq!(
            items.iter().map(|i| i.sku.as_str()).collect::<Vec<_>>(),
            ["CAP-RED", "CAP-BLUE", "PLAIN"]
        );
        let blue = &items[1];
        assert_eq!((blue.brand.as_str(), blue.category.as_str()), ("ACME", "CAPS"));
        assert_eq!(
            (blue.picture.as_deref(), items[0].picture.as_deref()),
            (Some("hash-m2"), Some("hash-m1"))
        );
        assert_eq!((blue.available, blue.price_minor, blue.compare_at_minor), (0, 1000, Some(1500)));
        assert_eq!(blue.options, ["blue"]);
        assert_eq!((items[2].brand.as_str(), &items[2].picture, items[2].available), ("", &None, 10));
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::search()]));

        // The limit counts products, and the next page begins behind the last one.
        assert_eq!(list_feed_items(&mut conn, "", 1).await.unwrap().len(), 2);
        let rest = list_feed_items(&mut conn, &first, 9).await.unwrap();
        assert_eq!(rest.iter().map(|i| i.sku.as_str()).collect::<Vec<_>>(), ["PLAIN"]);
        assert_eq!(list_feed_items(&mut conn, "zzz", 9).await.unwrap(), []);
    })
    .await;
}
