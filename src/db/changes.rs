//! The change feed: one row per tag of every committed change of the catalogue.

use std::collections::BTreeSet;

use sqlx::postgres::PgListener;

use super::{Conn, Db, by_engine, execute, fetch};
use crate::domain::tag::Tag;

/// One row of the feed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Change {
    pub id: i64,
    pub tag: String,
    pub at: i64,
}

/// Up to where a follower has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// One writer: ids are in the order of their commits.
    Sqlite { id: i64 },
    /// The oldest transaction that was open at the last poll, and the ids from it on that were applied.
    Postgres { xmin: String, applied: BTreeSet<i64> },
}

/// PostgreSQL's answer to a poll: the horizon, then a change (whether it is before the horizon, id, tag, time) or none.
type PolledRow = (String, Option<bool>, Option<i64>, Option<String>, Option<i64>);

/// Appends `tags` to the feed, in the caller's transaction: the change and its announcement commit together.
pub async fn insert_changes(conn: &mut Conn, tags: &[Tag], now_ms: i64) -> sqlx::Result<()> {
    conn.has_changes |= !tags.is_empty();
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

/// The change `id` and all with a higher one.
pub async fn list_changes_from(conn: &mut Conn, id: i64) -> sqlx::Result<Vec<Change>> {
    fetch!(conn, fetch_all as Change, "SELECT id, tag, at FROM changes WHERE id >= $1 ORDER BY id", id)
}

/// The feed's present end: a follower that starts here misses nothing committed later.
pub async fn find_cursor(conn: &mut Conn) -> sqlx::Result<Cursor> {
    by_engine!(
        conn,
        sqlite | c | {
            let id = sqlx::query_scalar("SELECT coalesce(max(id), 0) FROM changes").fetch_one(c).await?;
            Ok(Cursor::Sqlite { id })
        },
        postgres | c | {
            let xmin = sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
                .fetch_one(c)
                .await?;
            Ok(Cursor::Postgres { xmin, applied: BTreeSet::new() })
        }
    )
}

/// The changes that `cursor` has not seen, and the cursor after them.
pub async fn list_changes(conn: &mut Conn, cursor: &Cursor) -> sqlx::Result<(Vec<Change>, Cursor)> {
    by_engine!(
        conn,
        sqlite | c | {
            let Cursor::Sqlite { id } = cursor else { return Err(another_engines()) };
            let sql = "SELECT id, tag, at FROM changes WHERE id > $1 ORDER BY id";
            let fresh: Vec<Change> = sqlx::query_as(sql).bind(id).fetch_all(c).await?;
            let id = fresh.last().map_or(*id, |change| change.id);
            Ok((fresh, Cursor::Sqlite { id }))
        },
        postgres | c | {
            let Cursor::Postgres { xmin, applied } = cursor else { return Err(another_engines()) };
            // The left join returns the new horizon even when there is no row.
            let sql = "WITH s AS (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin)
                 SELECT s.xmin::text, c.xid < s.xmin, c.id, c.tag, c.at
                 FROM s LEFT JOIN changes c ON c.xid >= $1::text::xid8 ORDER BY c.id";
            let rows: Vec<PolledRow> = sqlx::query_as(sql).bind(xmin).fetch_all(c).await?;
            let mut next = Cursor::Postgres { xmin: xmin.clone(), applied: BTreeSet::new() };
            let mut fresh = Vec::new();
            for (horizon, is_settled, id, tag, at) in rows {
                let Cursor::Postgres { xmin, applied: kept } = &mut next else { continue };
                *xmin = horizon;
                let (Some(id), Some(tag), Some(at)) = (id, tag, at) else { continue };
                // A row before the horizon can't come back; one after it will, and is then known by its id.
                if is_settled != Some(true) {
                    kept.insert(id);
                }
                if !applied.contains(&id) {
                    fresh.push(Change { id, tag, at });
                }
            }
            Ok((fresh, next))
        }
    )
}

fn another_engines() -> sqlx::Error {
    sqlx::Error::Protocol("the cursor is another engine's".into())
}

/// The PostgreSQL channel that wakes followers. Its messages are empty: what changed stands in the table.
const CHANNEL: &str = "mercer_changes";

/// Wakes the other processes' followers. Sent after the commit and on its own, since a transaction that notifies takes
/// a lock of the whole database when it commits. An embedded database has no others to wake.
pub async fn announce(db: &Db) -> sqlx::Result<()> {
    if let Db::Postgres { write, .. } = db {
        sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(write).await?;
    }
    Ok(())
}

/// Hears what [`announce`] says.
pub enum Listener {
    /// There is nobody to hear.
    Sqlite,
    Postgres(Box<PgListener>),
}

impl Listener {
    /// Listens through a connection of its own, on the primary: a standby has no notifications.
    pub async fn connect(db: &Db) -> sqlx::Result<Listener> {
        let Db::Postgres { write, .. } = db else { return Ok(Listener::Sqlite) };
        let mut listener = PgListener::connect_with(write).await?;
        listener.listen(CHANNEL).await?;
        Ok(Listener::Postgres(Box::new(listener)))
    }

    /// Waits for the next word, or for the loss of the connection.
    pub async fn next(&mut self) -> sqlx::Result<()> {
        match self {
            Listener::Sqlite => std::future::pending().await,
            Listener::Postgres(listener) => listener.recv().await.map(drop),
        }
    }
}
