//! The doctor sees what is wrong, and only that.

use mercer::app::App;
use mercer::db::Db;
use mercer::shop::doctor::examine;
use mercer::shop::setup;

use super::goods::*;
use crate::support::both_engines;

#[tokio::test]
async fn planted_faults_are_seen() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        buy(app, &[(&watch, 2)], "bank_transfer").await;
        buy(app, &[(&watch, 1)], "pay_on_delivery").await;
        expect_healthy(app).await;
        for (fault, repair, law) in [
            (
                "UPDATE stock SET on_hand = on_hand + 1",
                "UPDATE stock SET on_hand = on_hand - 1",
                "stock is the sum",
            ),
            (
                "UPDATE stock SET reserved = reserved - 1",
                "UPDATE stock SET reserved = reserved + 1",
                "what is reserved",
            ),
            (
                "UPDATE reservations SET order_id = order_id || 'x' WHERE state = 'held'",
                "UPDATE reservations SET order_id = substr(order_id, 1, 36)",
                "every reservation fits",
            ),
            (
                "UPDATE orders SET total_minor = total_minor + 1",
                "UPDATE orders SET total_minor = total_minor - 1",
                "an order's total",
            ),
            (
                "UPDATE order_lines SET discount_minor = 5",
                "UPDATE order_lines SET discount_minor = 0",
                "an order's sums",
            ),
            (
                "UPDATE orders SET tax_minor = tax_minor + 1",
                "UPDATE orders SET tax_minor = tax_minor - 1",
                "an order's taxes",
            ),
            (
                "UPDATE order_events SET kind = 'guessed'",
                "UPDATE order_events SET kind = 'placed'",
                "every order was placed once",
            ),
            ("UPDATE products SET band = 'out'", "UPDATE products SET band = 'in'", "products show"),
            ("UPDATE jobs SET state = 'dead'", "UPDATE jobs SET state = 'ready'", "no job was given up"),
        ] {
            run(app, fault).await;
            let findings = examine(app).await.unwrap();
            let seen = findings.iter().any(|f| f.broken > 0 && f.name.starts_with(law));
            assert!(seen, "{fault}: {findings:?}");
            run(app, repair).await;
            expect_healthy(app).await;
        }
    })
    .await;
}

async fn run(app: &App, sql: &'static str) {
    match &app.db {
        Db::Sqlite { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()).unwrap(),
        Db::Postgres { write, .. } => sqlx::query(sql).execute(write).await.map(|_| ()).unwrap(),
    }
}
