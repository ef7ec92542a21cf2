//! Variants: what is bought, its prices past and present, and which may go.

use mercer::app::App;
use mercer::db::variants::rows::*;
use mercer::db::variants::{find_variant_id, list_sibling_options, list_variants};
use mercer::db::{Tx, Writes};
use mercer::domain::catalogue::Band;
use mercer::domain::draft::VariantDraft;
use mercer::domain::order::Reservation;
use mercer::domain::stock::Pieces;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::{both_engines, shelf};

const DAY_MS: i64 = 24 * 3_600_000;

async fn write(app: &App) -> Tx {
    app.db.write().await.unwrap()
}

fn variant(sku: &str, option: &str) -> VariantDraft {
    VariantDraft {
        sku: sku.to_owned(),
        options: vec![option.to_owned()],
        price_minor: 1000,
        ..VariantDraft::default()
    }
}

#[tokio::test]
async fn a_variant_is_written_and_read_back() {
    both_engines(async |t| {
        let product = shelf::put(&t.app, &shelf::coloured("cap", &[("red", ""), ("blue", "")])).await;
        let mut tx = write(&t.app).await;
        seeds::picture(&mut tx, "m1").await;
        let stored = list_stored_variants(&mut tx, &product).await.unwrap();
        assert_eq!(stored.iter().map(|v| v.sku.as_str()).collect::<Vec<_>>(), ["CAP-RED", "CAP-BLUE"]);
        assert_eq!(find_stored_variant(&mut tx, &stored[1].id).await.unwrap().as_ref(), Some(&stored[1]));
        assert_eq!((stored[1].on_hand, stored[1].reserved, stored[1].price_minor), (10, 0, 1000));
        assert_eq!(find_stored_variant(&mut tx, "none").await.unwrap(), None);
        assert_eq!(list_stored_variants(&mut tx, "none").await.unwrap(), []);

        let changed = VariantDraft {
            compare_at_minor: Some(2000),
            weight_g: 7,
            barcode: "4006381333931".to_owned(),
            media_id: Some("m1".to_owned()),
            ..variant("CAP-GREEN", "green")
        };
        upsert_variant(&mut tx, &stored[1].id, &product, 0, (&changed, 9)).await.unwrap();
        upsert_variant(&mut tx, &stored[0].id, &product, 1, (&variant("CAP-RED", "red"), 9)).await.unwrap();
        upsert_variant(&mut tx, "new", &product, 2, (&variant("CAP-X", "x"), 9)).await.unwrap();
        let shown = list_variants(&mut tx, &product, "Cap").await.unwrap();
        assert_eq!(
            shown.iter().map(|v| v.sku.as_str()).collect::<Vec<_>>(),
            ["CAP-GREEN", "CAP-RED", "CAP-X"]
        );
        let green = &shown[0];
        assert_eq!((green.compare_at_minor, green.weight_g, green.band), (Some(2000), 7, Band::In));
        assert_eq!(
            green.picture.as_ref().map(|p| (p.hash.as_str(), p.alt.as_str())),
            Some(("hash-m1", "Cap"))
        );
        assert_eq!(shown[2].band, Band::Out, "no stock was ever counted");
        assert_eq!(list_variants(&mut tx, "none", "").await.unwrap(), []);

        let mut siblings = list_sibling_options(&mut tx, "new").await.unwrap();
        siblings.sort_by(|a, b| a.1.cmp(&b.1));
        let options: Vec<&str> = siblings.iter().map(|(_, options)| options[0].as_str()).collect();
        assert_eq!(options, ["green", "red", "x"]);
        assert!(list_sibling_options(&mut tx, "none").await.unwrap().is_empty());
        let mut owners = list_sku_owners(&mut tx, &["CAP-X", "NONE", "CAP-RED"]).await.unwrap();
        owners.sort();
        assert_eq!(owners, ["CAP-RED", "CAP-X"].map(|sku| (sku.to_owned(), product.clone())));
        assert!(list_sku_owners(&mut tx, &[]).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn skus_and_options_are_unique_and_options_can_be_exchanged() {
    both_engines(async |t| {
        let product = shelf::put(&t.app, &shelf::coloured("cap", &[("red", ""), ("blue", "")])).await;
        shelf::put(&t.app, &shelf::simple("other")).await;
        let cheap = VariantDraft { price_minor: 1000, compare_at_minor: Some(1000), ..variant("C", "c") };
        for (draft, kind) in [
            (variant("OTHER", "green"), ErrorKind::UniqueViolation),
            (variant("NEW", "red"), ErrorKind::UniqueViolation),
            (VariantDraft { price_minor: -1, ..variant("NEW", "green") }, ErrorKind::CheckViolation),
            (cheap, ErrorKind::CheckViolation),
        ] {
            let mut tx = write(&t.app).await;
            let refused = upsert_variant(&mut tx, "new", &product, 2, (&draft, 1)).await;
            assert_eq!(refusal(refused), kind, "{draft:?}");
        }
        let mut tx = write(&t.app).await;
        let ids: Vec<String> =
            list_stored_variants(&mut tx, &product).await.unwrap().into_iter().map(|v| v.id).collect();
        free_options(&mut tx, &product).await.unwrap();
        upsert_variant(&mut tx, &ids[0], &product, 0, (&variant("CAP-RED", "blue"), 1)).await.unwrap();
        upsert_variant(&mut tx, &ids[1], &product, 1, (&variant("CAP-BLUE", "red"), 1)).await.unwrap();
        let options: Vec<_> = list_variants(&mut tx, &product, "").await.unwrap();
        assert_eq!(options.iter().map(|v| v.options[0].as_str()).collect::<Vec<_>>(), ["blue", "red"]);
        let other = mercer::db::products::find_product_by_slug(&mut tx, "other").await.unwrap().unwrap();
        assert!(other.variants[0].options.is_empty(), "another product's stay");
    })
    .await;
}

#[tokio::test]
async fn a_sale_tells_the_lowest_price_of_thirty_days() {
    both_engines(async |t| {
        let product = shelf::put(&t.app, &shelf::simple("one")).await;
        let now = t.app.clock.now_ms();
        let mut tx = write(&t.app).await;
        let id = list_stored_variants(&mut tx, &product).await.unwrap()[0].id.clone();
        for (name, price, at) in [("h1", 900, now + DAY_MS), ("h2", 950, now + 2 * DAY_MS)] {
            insert_price(&mut tx, name, &id, price, at).await.unwrap();
        }
        update_price(&mut tx, &id, 700, Some(1000), now + 3 * DAY_MS).await.unwrap();
        insert_price(&mut tx, "h3", &id, 700, now + 3 * DAY_MS).await.unwrap();
        let shown = list_variants(&mut tx, &product, "").await.unwrap();
        assert_eq!((shown[0].price_minor, shown[0].compare_at_minor), (700, Some(1000)));
        assert_eq!(shown[0].lowest_minor, Some(900));
        update_price(&mut tx, &id, 700, None, now).await.unwrap();
        assert_eq!(list_variants(&mut tx, &product, "").await.unwrap()[0].lowest_minor, None, "no sale");
        tx.commit().await.unwrap();
        let mut tx = write(&t.app).await;
        let equal = update_price(&mut tx, &id, 700, Some(700), now).await;
        assert_eq!(refusal(equal), ErrorKind::CheckViolation);
        drop(tx);
        let mut tx = write(&t.app).await;
        assert_eq!(
            refusal(insert_price(&mut tx, "h4", "none", 1, now).await),
            ErrorKind::ForeignKeyViolation
        );
    })
    .await;
}

#[tokio::test]
async fn a_variant_that_was_sold_is_known_and_one_that_was_not_can_go() {
    both_engines(async |t| {
        let product = shelf::put(&t.app, &shelf::coloured("cap", &[("red", ""), ("blue", "")])).await;
        let mut tx = write(&t.app).await;
        let rows = list_stored_variants(&mut tx, &product).await.unwrap();
        let (red, blue) = (&rows[0].id, &rows[1].id);
        assert_eq!(find_variant_id(&mut tx, "CAP-RED").await.unwrap().as_ref(), Some(red));
        assert_eq!(find_variant_id(&mut tx, "cap-red").await.unwrap(), None);
        assert!(!is_sold(&mut tx, red).await.unwrap(), "what was received is not sold");
        let held = [Pieces { variant_id: red.clone(), quantity: 1 }];
        let mut writes = Writes::default();
        mercer::db::stock::add_reservations(&mut writes, "one", &held, Reservation::Held);
        writes.run(&mut tx).await.unwrap();
        assert!(is_sold(&mut tx, red).await.unwrap());
        assert!(!is_sold(&mut tx, blue).await.unwrap());
        delete_variant(&mut tx, blue).await.unwrap();
        assert_eq!(find_stored_variant(&mut tx, blue).await.unwrap(), None);
        assert_eq!(mercer::db::stock::find_stock(&mut tx, blue).await.unwrap(), None);
        assert_eq!(find_stored_variant(&mut tx, red).await.unwrap().unwrap().on_hand, 10);
        assert_eq!(refusal(delete_variant(&mut tx, red).await), ErrorKind::ForeignKeyViolation);
    })
    .await;
}
