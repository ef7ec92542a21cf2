//! The change feed: one row per tag of every committed change of the catalogue.

use super::{Conn, execute, fetch};
use crate::domain::tag::Tag;

/// One row of the feed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    pub id: i64,
    pub tag: String,
    pub at: i64,
}

/// Appends `tags` to the feed, in the caller's transaction: the change and its announcement commit together.
pub async fn insert_changes(conn: &mut Conn, tags: &[Tag], now_ms: i64) -> sqlx::Result<()> {
    for tag in tags {
        execute!(conn, "INSERT INTO changes (tag, at) VALUES ($1, $2)", tag.as_str(), now_ms)?;
    }
    Ok(())
}

/// The newest change, 0 when there is none.
pub async fn find_newest_change(conn: &mut Conn) -> sqlx::Result<i64> {
    let row: (i64,) =
        fetch!(conn, fetch_one as (i64,), "SELECT CAST(coalesce(max(id), 0) AS BIGINT) FROM changes")?;
    Ok(row.0)
}

/// The changes with an id above `after`, oldest first, at most `limit`.
pub async fn list_changes(conn: &mut Conn, after: i64, limit: i64) -> sqlx::Result<Vec<Change>> {
    fetch!(
        conn,
        fetch_all as Change,
        "SELECT id, tag, at FROM changes WHERE id > $1 ORDER BY id LIMIT $2",
        after,
        limit,
    )
}
