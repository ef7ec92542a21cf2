//! Goods to sell, carts to fill and orders to place: what the tests of selling begin with.

use mercer::app::App;
use mercer::db::{orders, stock, variants};
use mercer::domain::address::Address;
use mercer::domain::discount::{Discount, DiscountKind};
use mercer::domain::draft::{ProductDraft, VariantDraft};
use mercer::domain::order::Order;
use mercer::shop::cart::{self, CartKey};
use mercer::shop::catalogue::save_product;
use mercer::shop::checkout::{PlaceOrder, PlaceOutcome, place_order};
use mercer::shop::doctor::examine;

/// A published product with one variant; the variant's id.
pub async fn offer(app: &App, slug: &str, price_minor: i64, pieces: i64) -> String {
    let variant = VariantDraft {
        sku: slug.to_uppercase(),
        price_minor,
        weight_g: 100,
        stock: Some(pieces),
        ..VariantDraft::default()
    };
    let draft = ProductDraft {
        slug: slug.to_owned(),
        title: format!("The {slug}"),
        published: true,
        variants: vec![variant],
        ..ProductDraft::default()
    };
    let saved = save_product(app, None, &draft).await.unwrap();
    let mut conn = app.db.read().await.unwrap();
    let variants = variants::list_variants(&mut conn, &saved.product_id, &draft.title).await.unwrap();
    variants[0].variant_id.clone()
}

/// A guest's cart with these variants and quantities.
pub async fn guest_cart(app: &App, lines: &[(&str, i64)]) -> CartKey {
    let mut key = None;
    for (variant_id, quantity) in lines {
        let added = cart::add_line(app, key.as_ref(), variant_id, *quantity).await.unwrap();
        key = added.token.map(CartKey::Token).or(key);
    }
    key.expect("a line was added")
}

/// What a shopper in Berlin sends for this cart, having seen its present total.
pub async fn wish(app: &App, key: &CartKey, payment_method: &str) -> PlaceOrder {
    let view = cart::view_cart(app, &mut app.db.read().await.unwrap(), Some(key)).await.unwrap();
    PlaceOrder {
        cart: key.clone(),
        email: "ada@example.com".to_owned(),
        shipping_address: berlin(),
        billing_address: None,
        shipping_key: "standard".to_owned(),
        payment_method: payment_method.to_owned(),
        idempotency_key: app.id(),
        note: String::new(),
        seen_total_minor: view.totals.total_minor,
        seen_digest: view.digest(),
    }
}

pub fn berlin() -> Address {
    Address {
        name: "Ada Lovelace".to_owned(),
        line1: "Linienstraße 40".to_owned(),
        postcode: "10119".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        ..Address::default()
    }
}

/// Puts these into a new cart and buys them.
pub async fn buy(app: &App, lines: &[(&str, i64)], payment_method: &str) -> Order {
    let key = guest_cart(app, lines).await;
    let wish = wish(app, &key, payment_method).await;
    placed(place_order(app, wish).await.unwrap())
}

/// One piece by bank transfer, with a discount code.
pub async fn buy_with_code(app: &App, variant_id: &str, code: &str) -> Order {
    let key = guest_cart(app, &[(variant_id, 1)]).await;
    mercer::shop::cart::apply_discount(app, &key, code).await.unwrap();
    let wish = wish(app, &key, "bank_transfer").await;
    placed(place_order(app, wish).await.unwrap())
}

pub fn placed(outcome: PlaceOutcome) -> Order {
    match outcome {
        PlaceOutcome::Placed(order) => *order,
        other => panic!("not placed: {other:?}"),
    }
}

pub async fn reload(app: &App, order: &Order) -> Order {
    orders::find_order(&mut app.db.read().await.unwrap(), &order.id).await.unwrap().unwrap()
}

/// On hand and reserved.
pub async fn stock_of(app: &App, variant_id: &str) -> (i64, i64) {
    let level = stock::find_stock(&mut app.db.read().await.unwrap(), variant_id).await.unwrap().unwrap();
    (level.on_hand, level.reserved)
}

pub fn ten_percent(code: &str, uses_max: Option<i64>) -> Discount {
    Discount {
        code: code.to_owned(),
        kind: DiscountKind::Percent { bp: 1000 },
        minimum_minor: 0,
        starts_at: None,
        ends_at: None,
        uses_max,
        uses: 0,
    }
}

pub async fn add_discount(app: &App, discount: &Discount) {
    let mut tx = app.db.write().await.unwrap();
    mercer::db::discounts::insert_discount(&mut tx, discount).await.unwrap();
    tx.commit().await.unwrap();
}

/// Every law of the data holds.
pub async fn expect_healthy(app: &App) {
    let broken: Vec<_> = examine(app).await.unwrap().into_iter().filter(|f| f.broken > 0).collect();
    assert_eq!(broken, []);
}
