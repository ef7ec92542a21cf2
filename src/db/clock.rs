//! The database's clock, against which an instance checks its own.

use super::{Conn, Raw};

/// Our time less the database's, in ms. An embedded database has no clock of its own.
pub async fn find_clock_skew(conn: &mut Conn, now_ms: i64) -> sqlx::Result<i64> {
    match conn.raw() {
        Raw::Sqlite(c) => {
            let _alive: i64 = sqlx::query_scalar("SELECT 1").fetch_one(c).await?;
            Ok(0)
        }
        Raw::Postgres(c) => {
            let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
            let theirs: i64 = sqlx::query_scalar(sql).fetch_one(c).await?;
            Ok(now_ms - theirs)
        }
    }
}
