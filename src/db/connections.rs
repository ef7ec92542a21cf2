//! How many connections the database has for its clients.

use super::{Conn, by_engine};

/// Connections that a PostgreSQL server lets ordinary roles open, all its databases together. An embedded database counts
/// none.
pub async fn find_connection_limit(conn: &mut Conn) -> sqlx::Result<Option<i64>> {
    by_engine!(
        conn,
        sqlite | _ | Ok(None),
        postgres | c | {
            let sql = "SELECT CAST(current_setting('max_connections') AS BIGINT)
                       - CAST(current_setting('superuser_reserved_connections') AS BIGINT)";
            sqlx::query_scalar(sql).fetch_one(c).await.map(Some)
        }
    )
}
