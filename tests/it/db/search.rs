//! What the search index is made from.

use std::collections::BTreeSet;

use mercer::db::search::*;
use mercer::domain::catalogue::AttributeKind;

use crate::support::{both_engines, shelf};

#[tokio::test]
async fn a_product_is_found_by_all_its_words() {
    both_engines(async |t| {
        shelf::put_attribute(&t.app, "size", AttributeKind::Number, 0).await;
        shelf::put_attribute(&t.app, "magnetic", AttributeKind::Flag, 1).await;
        let place = shelf::put_category(&t.app, "caps", None, None).await;
        let mut draft = shelf::coloured("cap", &[("red", ""), ("blue", "")]);
        draft.brand_id = Some(shelf::put_brand(&t.app, "acme").await);
        draft.categories = vec![place.clone()];
        draft.attributes = vec![shelf::attribute("magnetic", &["true"]), shelf::attribute("size", &["9"])];
        draft.variants[0].barcode = "4006381333931".to_owned();
        draft.popularity = 4;
        let id = shelf::put(&t.app, &draft).await;
        let mut hidden = shelf::simple("hidden");
        (hidden.published, hidden.categories) = (false, vec![place.clone()]);
        let hidden = shelf::put(&t.app, &hidden).await;
        // Ids of one millisecond have no order.
        t.app.clock.advance(1);
        let plain = shelf::put(&t.app, &shelf::simple("plain")).await;

        let mut conn = t.app.db.read().await.unwrap();
        let rows = list_search_rows(&mut conn, "", 9).await.unwrap();
        let cap = SearchRow {
            product_id: id.clone(),
            title: "cap".to_owned(),
            brand: "ACME".to_owned(),
            popularity: 4,
            codes: ["CAP-RED", "4006381333931", "CAP-BLUE"].map(str::to_owned).to_vec(),
            values: ["red", "blue", "9", "MAGNETIC"].map(str::to_owned).to_vec(),
            category_ids: vec![place.clone()],
            ..SearchRow::default()
        };
        assert_eq!(rows[0], cap);
        assert_eq!(rows.iter().map(|r| &r.product_id).collect::<Vec<_>>(), [&id, &plain]);
        assert_eq!(list_search_rows(&mut conn, "", 1).await.unwrap(), std::slice::from_ref(&cap));
        assert_eq!(list_search_rows(&mut conn, &id, 9).await.unwrap()[0].product_id, plain);
        assert_eq!(list_search_rows(&mut conn, "zzz", 9).await.unwrap(), []);

        let wanted = [hidden.clone(), "gone".to_owned(), id.clone()];
        assert_eq!(list_search_rows_of(&mut conn, &wanted).await.unwrap(), [cap]);
        assert_eq!(list_search_rows_of(&mut conn, &[]).await.unwrap(), []);
        let inside = list_product_ids_in(&mut conn, std::slice::from_ref(&place)).await.unwrap();
        assert_eq!(
            BTreeSet::from_iter(inside),
            BTreeSet::from([id, hidden]),
            "drafts too: they may leave the index"
        );
        assert!(list_product_ids_in(&mut conn, &["gone".to_owned()]).await.unwrap().is_empty());
        assert!(conn.take_tags().is_empty(), "the index follows the feed itself");
    })
    .await;
}
