//! Idempotency keys: what was made for a request, so that its repetition makes nothing.

use super::sql::Sql;
use super::{Conn, execute, fetch};

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Remembered {
    /// SHA-256 of the request, hex.
    pub request_hash: String,
    /// What it made.
    pub resource_id: String,
}

/// A key about to be used.
pub struct NewKey<'a> {
    /// Who asks for what: keys of different scopes never meet.
    pub scope: &'a str,
    pub key: &'a str,
    pub request_hash: &'a str,
    pub resource_id: &'a str,
}

/// Takes a key; false when it is taken. A transaction that took it but has not committed is waited for.
pub async fn insert_key(conn: &mut Conn, key: &NewKey<'_>, now_ms: i64) -> sqlx::Result<bool> {
    let mut sql = taking(key, now_ms);
    sql.push(" RETURNING created_at");
    let rows: Vec<(i64,)> = sql.fetch_all(conn).await?;
    Ok(!rows.is_empty())
}

/// The statement that takes a key, and changes nothing when it is taken.
pub(super) fn taking(key: &NewKey<'_>, now_ms: i64) -> Sql {
    let mut sql =
        Sql::new("INSERT INTO idempotency (scope, key, request_hash, resource_id, created_at) VALUES ");
    sql.bind_rows([[
        key.scope.into(),
        key.key.into(),
        key.request_hash.into(),
        key.resource_id.into(),
        now_ms.into(),
    ]]);
    sql.push(" ON CONFLICT (scope, key) DO NOTHING");
    sql
}

pub async fn find_key(conn: &mut Conn, scope: &str, key: &str) -> sqlx::Result<Option<Remembered>> {
    fetch!(
        conn,
        fetch_optional as Remembered,
        "SELECT request_hash, resource_id FROM idempotency WHERE scope = $1 AND key = $2",
        scope,
        key,
    )
}

/// Forgets keys made before `before_ms`; how many.
pub async fn delete_old_keys(conn: &mut Conn, before_ms: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM idempotency WHERE created_at < $1", before_ms)
}
