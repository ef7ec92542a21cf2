//! Counting the shelves while the shop sells.

use mercer::app::App;
use mercer::db::stock::{NewMovement, insert_movements, sell_stock};
use mercer::db::{Db, Tx, Writes};
use mercer::domain::draft::{ProductDraft, VariantDraft};
use mercer::domain::stock::{MovementKind, Pieces};
use mercer::shop::catalogue::save_product;
use mercer::shop::stock::adjust;

use super::goods::*;
use crate::support::both_engines;

/// A sale of two pieces that has not committed yet.
async fn open_sale(app: &App, variant_id: &str) -> Tx {
    let mut tx = app.db.write().await.unwrap();
    let pieces = [Pieces { variant_id: variant_id.to_owned(), quantity: 2 }];
    assert_eq!(sell_stock(&mut tx, &pieces, Writes::default()).await.unwrap().len(), 1);
    let kind = MovementKind::Sale;
    let movement = NewMovement { id: app.id(), variant_id, kind, quantity: -2, order_id: None };
    insert_movements(&mut tx, &[movement], app.clock.now_ms()).await.unwrap();
    tx
}

/// Returns once somebody waits for a row that another transaction holds. SQLite lets nobody begin before.
async fn until_somebody_waits(app: &App) {
    let Db::Postgres { read, .. } = &app.db else { return };
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(sql).fetch_one(read).await.unwrap() == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_was_counted_is_there_though_a_sale_came_in_between() {
    both_engines(async |t| {
        let app = &t.app;
        let watch = offer(app, "watch", 34_900, 10).await;
        let sale = open_sale(app, &watch).await;
        let counting = {
            let (app, watch) = (app.clone(), watch.clone());
            tokio::spawn(async move { adjust(&app, &watch, 7).await })
        };
        until_somebody_waits(app).await;
        sale.commit().await.unwrap();
        counting.await.unwrap().unwrap();
        assert_eq!(stock_of(app, &watch).await, (7, 0));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_draft_sets_the_stock_though_a_sale_came_in_between() {
    both_engines(async |t| {
        let app = &t.app;
        let variant = |stock| VariantDraft {
            sku: "WATCH".to_owned(),
            price_minor: 34_900,
            stock: Some(stock),
            ..VariantDraft::default()
        };
        let draft = |stock| ProductDraft {
            slug: "watch".to_owned(),
            title: "Watch".to_owned(),
            published: true,
            variants: vec![variant(stock)],
            ..ProductDraft::default()
        };
        let saved = save_product(app, None, &draft(10)).await.unwrap();
        let mut conn = app.db.read().await.unwrap();
        let variants = mercer::db::variants::list_variants(&mut conn, &saved.product_id, "").await.unwrap();
        drop(conn);
        let watch = variants[0].variant_id.clone();
        let sale = open_sale(app, &watch).await;
        let saving = {
            let (app, draft, id) = (app.clone(), draft(7), saved.product_id.clone());
            tokio::spawn(async move { save_product(&app, Some(&id), &draft).await })
        };
        until_somebody_waits(app).await;
        sale.commit().await.unwrap();
        saving.await.unwrap().unwrap();
        assert_eq!(stock_of(app, &watch).await, (7, 0));
        expect_healthy(app).await;
    })
    .await;
}
