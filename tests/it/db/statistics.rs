//! What the planner is told after an import.

use mercer::db::Raw;
use mercer::db::statistics::refresh_statistics;

use crate::support::{both_engines, shelf};

#[tokio::test]
async fn the_planner_knows_what_there_is() {
    both_engines(async |t| {
        shelf::put(&t.app, &shelf::simple("watch")).await;
        let mut tx = t.app.db.write().await.unwrap();
        refresh_statistics(&mut tx).await.unwrap();
        if let Raw::Postgres(c) = tx.raw() {
            let sql = "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'products'";
            let counted: i64 = sqlx::query_scalar(sql).fetch_one(c).await.unwrap();
            assert_eq!(counted, 1, "-1 is never analysed");
        }
        tx.commit().await.unwrap();
    })
    .await;
}
