//! An order's lines go back into the cart, which says what changed since.

use mercer::db::products::rows::find_draft;
use mercer::domain::cart::CartChange;
use mercer::shop::cart::{CartKey, reorder, view_cart};
use mercer::shop::catalogue::save_product;
use mercer::shop::{setup, stock};

use super::goods::*;
use crate::support::both_engines;

#[tokio::test]
async fn what_is_gone_or_changed_is_told() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let ids = [
            offer(app, "same", 1_000, 9).await,
            offer(app, "dearer", 2_000, 9).await,
            offer(app, "scarce", 3_000, 9).await,
            offer(app, "empty", 4_000, 9).await,
            offer(app, "hidden", 5_000, 9).await,
        ];
        let [same, dearer, scarce, empty, hidden] = ids.each_ref().map(String::as_str);
        let order =
            buy(app, &[(same, 1), (dearer, 1), (scarce, 3), (empty, 1), (hidden, 1)], "bank_transfer").await;
        stock::adjust(app, scarce, 5).await.unwrap();
        stock::adjust(app, empty, 1).await.unwrap();
        change(app, dearer, |draft| draft.variants[0].price_minor = 2_500).await;
        change(app, hidden, |draft| draft.published = false).await;

        let again = reorder(app, None, &order).await.unwrap().unwrap();
        let key = CartKey::Token(again.token.unwrap());
        let view = view_cart(app, &mut app.db.read().await.unwrap(), Some(&key)).await.unwrap();
        let wanted: Vec<(&str, i64, i64)> =
            view.lines.iter().map(|l| (l.variant_id.as_str(), l.wanted, l.quantity)).collect();
        assert_eq!(wanted, [(same, 1, 1), (dearer, 1, 1), (scarce, 3, 2), (empty, 1, 0), (hidden, 1, 0)]);
        let told: Vec<&str> = view
            .changes
            .iter()
            .map(|change| match change {
                CartChange::PriceUp { from_minor: 2_000, to_minor: 2_500, .. } => "dearer",
                CartChange::Reduced { from: 3, to: 2, .. } => "scarce",
                CartChange::SoldOut { .. } => "empty",
                CartChange::Gone { .. } => "hidden",
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!((told, again.left_out), (vec!["dearer", "scarce", "empty", "hidden"], 0));

        // Into a cart that has some of it already; the cart stays the same one.
        let more = reorder(app, Some(&key), &order).await.unwrap().unwrap();
        assert_eq!((more.token, more.pieces), (None, 14));

        for variant_id in [same, dearer, scarce] {
            change(app, variant_id, |draft| draft.published = false).await;
        }
        assert_eq!(reorder(app, None, &order).await.unwrap(), None, "nothing of it can be bought");
    })
    .await;
}

async fn change(
    app: &mercer::app::App,
    variant_id: &str,
    edit: impl Fn(&mut mercer::domain::draft::ProductDraft),
) {
    let mut conn = app.db.read().await.unwrap();
    let stored =
        mercer::db::variants::rows::find_stored_variant(&mut conn, variant_id).await.unwrap().unwrap();
    let mut draft = find_draft(&mut conn, &stored.product_id).await.unwrap().unwrap();
    drop(conn);
    // What is on hand is counted elsewhere.
    draft.variants[0].stock = None;
    edit(&mut draft);
    save_product(app, Some(&stored.product_id), &draft).await.unwrap();
}
