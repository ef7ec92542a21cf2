//! Order numbers: gaps are allowed, repeats are not.

use super::{Conn, Raw};

/// Draws the next public order number. Drawn inside the order's transaction; a rolled-back order leaves a gap.
pub async fn insert_order_number(conn: &mut Conn) -> sqlx::Result<i64> {
    match conn.raw() {
        // The only writer of this table is the process's single write connection.
        Raw::Sqlite(c) => {
            sqlx::query_scalar("INSERT INTO order_numbers DEFAULT VALUES RETURNING number").fetch_one(c).await
        }
        Raw::Postgres(c) => sqlx::query_scalar("SELECT nextval('order_numbers')").fetch_one(c).await,
    }
}
