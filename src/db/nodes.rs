//! The serving processes, and which of them dispatches.

use super::{Conn, execute, fetch};

/// A serving process.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Node {
    pub id: String,
    pub build: String,
    /// The newest change that it has applied.
    pub acked: i64,
    /// By its own steady clock, when it began to write this row.
    pub beat_ms: i64,
    pub seen_at: i64,
}

/// Who dispatches, and how often it has said so.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Leader {
    /// Empty: nobody, the last one left.
    pub holder: String,
    pub beat: i64,
}

/// The one office there is.
const DISPATCHER: &str = "dispatcher";

/// A process says what it has applied.
pub async fn upsert_node(conn: &mut Conn, node: &Node) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO edge_nodes (id, build, acked, beat_ms, seen_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET build = excluded.build, acked = excluded.acked, beat_ms = excluded.beat_ms,
             seen_at = excluded.seen_at",
        &node.id,
        &node.build,
        node.acked,
        node.beat_ms,
        node.seen_at,
    )?;
    Ok(())
}

/// The processes that were seen since `since_ms`.
pub async fn list_nodes(conn: &mut Conn, since_ms: i64) -> sqlx::Result<Vec<Node>> {
    fetch!(
        conn,
        fetch_all as Node,
        "SELECT id, build, acked, beat_ms, seen_at FROM edge_nodes WHERE seen_at >= $1 ORDER BY id",
        since_ms,
    )
}

/// The newest sign of life of the process `id` that this side of the database has.
pub async fn find_beat(conn: &mut Conn, id: &str) -> sqlx::Result<Option<i64>> {
    let row = fetch!(conn, fetch_optional as (i64,), "SELECT beat_ms FROM edge_nodes WHERE id = $1", id)?;
    Ok(row.map(|(beat_ms,)| beat_ms))
}

/// A process that stops takes its row along.
pub async fn delete_node(conn: &mut Conn, id: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM edge_nodes WHERE id = $1", id)?;
    Ok(())
}

/// Removes processes that were not seen since `before_ms`.
pub async fn delete_old_nodes(conn: &mut Conn, before_ms: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM edge_nodes WHERE seen_at < $1", before_ms)
}

/// A process of `build` serves: its pages are about again, if they had gone.
pub async fn upsert_build(conn: &mut Conn, build: &str) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO edge_builds (build) VALUES ($1)
         ON CONFLICT (build) DO UPDATE SET purge_id = NULL WHERE edge_builds.purge_id IS NOT NULL",
        build,
    )?;
    Ok(())
}

/// Builds of which no process was seen since `since_ms`, and whose pages may still be about.
pub async fn list_gone_builds(conn: &mut Conn, since_ms: i64) -> sqlx::Result<Vec<String>> {
    let rows = fetch!(
        conn,
        fetch_all as (String,),
        "SELECT build FROM edge_builds WHERE purge_id IS NULL
         AND build NOT IN (SELECT build FROM edge_nodes WHERE seen_at >= $1) ORDER BY build",
        since_ms,
    )?;
    Ok(rows.into_iter().map(|(build,)| build).collect())
}

/// The pages of `build` go with `purge_id`.
pub async fn update_build_purged(conn: &mut Conn, build: &str, purge_id: &str) -> sqlx::Result<()> {
    execute!(conn, "UPDATE edge_builds SET purge_id = $2 WHERE build = $1", build, purge_id)?;
    Ok(())
}

/// Who dispatches.
pub async fn find_leader(conn: &mut Conn) -> sqlx::Result<Option<Leader>> {
    let sql = "SELECT holder, beat FROM edge_leader WHERE name = $1";
    fetch!(conn, fetch_optional as Leader, sql, DISPATCHER)
}

/// Takes or keeps the office, if it still is as `seen`; false when somebody else was quicker.
pub async fn update_leader(conn: &mut Conn, seen: Option<&Leader>, holder: &str) -> sqlx::Result<bool> {
    let changed = match seen {
        None => execute!(
            conn,
            "INSERT INTO edge_leader (name, holder, beat) VALUES ($1, $2, 1) ON CONFLICT (name) DO NOTHING",
            DISPATCHER,
            holder,
        )?,
        Some(seen) => execute!(
            conn,
            "UPDATE edge_leader SET holder = $2, beat = beat + 1 WHERE name = $1 AND holder = $3 AND beat = $4",
            DISPATCHER,
            holder,
            &seen.holder,
            seen.beat,
        )?,
    };
    Ok(changed > 0)
}
