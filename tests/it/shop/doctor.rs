//! The doctor sees what is wrong, and only that: each law is broken once and named.

use mercer::app::App;
use mercer::db::invariants::INVARIANTS;
use mercer::db::{Db, redirects};
use mercer::domain::order::Actor;
use mercer::shop::checkout::place_order;
use mercer::shop::doctor::examine;
use mercer::shop::{cart, orders, setup};
use sqlx::Executor;

use super::goods::*;
use crate::support::both_engines;

/// The beginning of a law's name, what breaks it, and what mends it again.
const FAULTS: [(&str, &str, &str); 29] = [
    ("stock is the sum", "UPDATE stock SET on_hand = on_hand + 1", "UPDATE stock SET on_hand = on_hand - 1"),
    (
        "every movement belongs",
        "DELETE FROM stock WHERE variant_id = (SELECT id FROM variants WHERE sku = 'SPARE')",
        "INSERT INTO stock (variant_id, on_hand, reserved) SELECT id, 5, 0 FROM variants WHERE sku = 'SPARE'",
    ),
    (
        "what is reserved",
        "UPDATE stock SET reserved = reserved - 1 WHERE reserved > 0",
        "UPDATE stock SET reserved = reserved + 1 WHERE reserved > 0",
    ),
    (
        "every reservation fits",
        "UPDATE reservations SET order_id = order_id || 'x' WHERE state = 'held'",
        "UPDATE reservations SET order_id = substr(order_id, 1, 36)",
    ),
    (
        "every reservation fits",
        "UPDATE orders SET state = 'paid' WHERE state = 'pending_payment'",
        "UPDATE orders SET state = 'pending_payment' WHERE expires_at IS NOT NULL",
    ),
    (
        "every ordered piece",
        "UPDATE reservations SET quantity = quantity + 1",
        "UPDATE reservations SET quantity = quantity - 1",
    ),
    (
        "every sale that was not returned",
        "UPDATE stock_movements SET quantity = quantity - 1 WHERE kind = 'sale'",
        "UPDATE stock_movements SET quantity = quantity + 1 WHERE kind = 'sale'",
    ),
    (
        "every piece that an order has",
        "UPDATE stock_movements SET kind = 'adjust', order_id = NULL WHERE kind = 'sale' AND quantity = -3",
        "UPDATE stock_movements SET kind = 'sale', order_id =
             (SELECT order_id FROM reservations WHERE state = 'taken' AND quantity = 3) WHERE quantity = -3",
    ),
    (
        "an order's total",
        "UPDATE orders SET total_minor = total_minor + 1",
        "UPDATE orders SET total_minor = total_minor - 1",
    ),
    (
        "an order's total",
        "UPDATE orders SET shipping_minor = shipping_minor + 1",
        "UPDATE orders SET shipping_minor = shipping_minor - 1",
    ),
    (
        "an order's sums",
        "UPDATE order_lines SET discount_minor = discount_minor + 5",
        "UPDATE order_lines SET discount_minor = discount_minor - 5",
    ),
    (
        "an order's sums",
        "UPDATE order_lines SET quantity = quantity + 1",
        "UPDATE order_lines SET quantity = quantity - 1",
    ),
    (
        "an order's tax is contained",
        "UPDATE orders SET tax_minor = tax_minor - 100000",
        "UPDATE orders SET tax_minor = tax_minor + 100000",
    ),
    (
        "an order's tax is contained",
        "UPDATE order_lines SET tax_minor = tax_minor + total_minor",
        "UPDATE order_lines SET tax_minor = tax_minor - total_minor",
    ),
    (
        "an order's taxes add up",
        "UPDATE orders SET tax_minor = tax_minor + 1",
        "UPDATE orders SET tax_minor = tax_minor - 1",
    ),
    (
        "every order was placed once",
        "UPDATE order_events SET kind = 'guessed' WHERE kind = 'placed'",
        "UPDATE order_events SET kind = 'placed' WHERE kind = 'guessed'",
    ),
    (
        "every order has a payment of its total",
        "UPDATE payments SET amount_minor = amount_minor + 1",
        "UPDATE payments SET amount_minor = amount_minor - 1",
    ),
    (
        "no money lies",
        "UPDATE payments SET state = 'captured', reference = 'fault' WHERE state = 'pending'",
        "UPDATE payments SET state = 'pending', reference = '' WHERE reference = 'fault'",
    ),
    (
        "every order that was paid for",
        "UPDATE payments SET state = 'failed' WHERE state = 'captured'",
        "UPDATE payments SET state = 'captured' WHERE state = 'failed'",
    ),
    (
        "no payment is waited for",
        "UPDATE payments SET state = 'authorized' WHERE state = 'cancelled'",
        "UPDATE payments SET state = 'cancelled' WHERE state = 'authorized'",
    ),
    (
        "every use of a discount code",
        "UPDATE discounts SET uses = uses + 1",
        "UPDATE discounts SET uses = uses - 1",
    ),
    (
        "every use of a discount code",
        "UPDATE discounts SET uses = uses - 1",
        "UPDATE discounts SET uses = uses + 1",
    ),
    (
        "every cart line",
        "UPDATE cart_lines SET cart_id = cart_id || 'x'",
        "UPDATE cart_lines SET cart_id = substr(cart_id, 1, 36)",
    ),
    (
        "every old address",
        "UPDATE slug_redirects SET target_id = target_id || 'x'",
        "UPDATE slug_redirects SET target_id = substr(target_id, 1, 36)",
    ),
    (
        "every unpaid order that waits",
        "UPDATE orders SET expires_at = 1 WHERE state = 'cancelled'",
        "UPDATE orders SET expires_at = NULL WHERE state = 'cancelled'",
    ),
    (
        "no more is withdrawn",
        "UPDATE withdrawal_lines SET quantity = quantity + 1",
        "UPDATE withdrawal_lines SET quantity = quantity - 1",
    ),
    ("no job was given up", "UPDATE jobs SET state = 'dead'", "UPDATE jobs SET state = 'ready'"),
    (
        "products show",
        "UPDATE products SET band = 'low' WHERE slug = 'spare'",
        "UPDATE products SET band = 'in' WHERE slug = 'spare'",
    ),
    (
        "products show",
        "UPDATE products SET compare_at_minor = 99999 WHERE slug = 'spare'",
        "UPDATE products SET compare_at_minor = NULL WHERE slug = 'spare'",
    ),
];

/// An order in each state that money and stock go through, a code in use, a cart with a line and an old address.
async fn fill(app: &App) {
    setup::ensure_defaults(app).await.unwrap();
    let watch = offer(app, "watch", 34_900, 20).await;
    let spare = offer(app, "spare", 100, 5).await;
    add_discount(app, &ten_percent("TEN", None)).await;
    let key = guest_cart(app, &[(&watch, 2)]).await;
    cart::apply_discount(app, &key, "ten").await.unwrap();
    placed(place_order(app, wish(app, &key, "bank_transfer").await).await.unwrap());
    buy(app, &[(&watch, 1)], "pay_on_delivery").await;
    let paid = buy(app, &[(&watch, 3)], "bank_transfer").await;
    orders::mark_paid(app, &paid.id, "", Actor::Operator).await.unwrap();
    let cancelled = buy(app, &[(&watch, 1)], "bank_transfer").await;
    orders::cancel(app, &cancelled.id, "", Actor::Shopper).await.unwrap();
    let withdrawn = buy(app, &[(&watch, 2)], "bank_transfer").await;
    orders::mark_paid(app, &withdrawn.id, "", Actor::Operator).await.unwrap();
    orders::ship(app, &withdrawn.id, "", Actor::Operator).await.unwrap();
    let statement = orders::Statement {
        name: "Ada".to_owned(),
        email: "ada@example.com".to_owned(),
        lines: Vec::new(),
        idempotency_key: None,
    };
    orders::withdraw(app, &withdrawn.id, statement).await.unwrap();
    guest_cart(app, &[(&spare, 1)]).await;
    let mut tx = app.db.write().await.unwrap();
    let product = mercer::db::products::rows::find_product_id(&mut tx, "spare").await.unwrap().unwrap();
    redirects::insert_redirect(&mut tx, redirects::Renamed::Product, "old", &product, 1).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn planted_faults_are_seen() {
    both_engines(async |t| {
        let app = &t.app;
        fill(app).await;
        expect_healthy(app).await;
        for (law, fault, repair) in FAULTS {
            run(app, fault).await;
            let findings = examine(app).await.unwrap();
            let seen = findings.iter().find(|f| f.broken > 0 && f.name.starts_with(law));
            assert!(seen.is_some_and(|f| !f.example.is_empty()), "{fault}: {findings:?}");
            run(app, repair).await;
            expect_healthy(app).await;
        }
    })
    .await;
}

#[test]
fn every_law_is_broken_once() {
    for law in INVARIANTS.iter().map(|law| law.name).chain(["an order's taxes add up to its tax and total"]) {
        assert!(FAULTS.iter().any(|(name, ..)| law.starts_with(name)), "nothing breaks {law:?}");
    }
}

/// Runs a statement as a careless program would: what the schema refers to is not looked at.
async fn run(app: &App, sql: &'static str) {
    match &app.db {
        Db::Sqlite { write, .. } => {
            let mut conn = write.acquire().await.unwrap();
            for sql in ["PRAGMA foreign_keys = OFF", sql, "PRAGMA foreign_keys = ON"] {
                conn.execute(sql).await.unwrap();
            }
        }
        Db::Postgres { write, .. } => {
            let mut conn = write.acquire().await.unwrap();
            for sql in ["SET session_replication_role = replica", sql, "RESET session_replication_role"] {
                conn.execute(sql).await.unwrap();
            }
        }
    }
}
