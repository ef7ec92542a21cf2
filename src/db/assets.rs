//! Assets that builds share: what a page of one build links to, every process can answer.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::sql::Sql;
use super::{Conn, execute, fetch};

/// Says that a process has these files; those that are there already.
pub async fn update_assets_seen(
    conn: &mut Conn,
    files: &[&str],
    now_ms: i64,
) -> sqlx::Result<BTreeSet<String>> {
    let mut sql = Sql::new("UPDATE edge_assets SET seen_at = ");
    sql.bind_number(now_ms).push(" WHERE file IN ").bind_list(files).push(" RETURNING file");
    let rows: Vec<(String,)> = sql.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(file,)| file).collect())
}

/// Keeps a file; another process may have been quicker.
pub async fn insert_asset(conn: &mut Conn, file: &str, body: &[u8], now_ms: i64) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO edge_assets (file, body, seen_at) VALUES ($1, $2, $3) ON CONFLICT (file) DO NOTHING",
        file,
        STANDARD.encode(body),
        now_ms,
    )?;
    Ok(())
}

/// A file's content.
pub async fn find_asset(conn: &mut Conn, file: &str) -> sqlx::Result<Option<Vec<u8>>> {
    let row =
        fetch!(conn, fetch_optional as (String,), "SELECT body FROM edge_assets WHERE file = $1", file)?;
    let decode = |(body,): (String,)| STANDARD.decode(body).map_err(|e| sqlx::Error::Decode(e.into()));
    row.map(decode).transpose()
}

/// Removes files that no process has had since `before_ms`; how many.
pub async fn delete_old_assets(conn: &mut Conn, before_ms: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM edge_assets WHERE seen_at < $1", before_ms)
}
