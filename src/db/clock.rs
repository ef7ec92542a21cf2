//! The database's clock, against which an instance checks its own.

use super::{Conn, by_engine};

/// Our time less the database's, in ms. An embedded database has no clock of its own.
pub async fn find_clock_skew(conn: &mut Conn, now_ms: i64) -> sqlx::Result<i64> {
    by_engine!(
        conn,
        sqlite | c | {
            let _alive: i64 = sqlx::query_scalar("SELECT 1").fetch_one(c).await?;
            Ok(0)
        },
        postgres | c | {
            let sql = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)";
            let theirs: i64 = sqlx::query_scalar(sql).fetch_one(c).await?;
            Ok(now_ms - theirs)
        }
    )
}
