//! Answers kept for repeated requests. The table has neither keys nor tokens, only their hashes.

use super::{Conn, execute, fetch};

/// A request under a key, with its answer once there is one.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptAnswer {
    /// SHA-256, hex.
    pub request_hash: String,
    /// Names the attempt that is running or that answered.
    pub nonce: String,
    pub locked_until: i64,
    pub status: Option<i64>,
    pub body: String,
}

/// A request about to run.
pub struct NewAttempt<'a> {
    /// SHA-256, hex.
    pub key_hash: &'a str,
    /// SHA-256, hex.
    pub request_hash: &'a str,
    pub nonce: &'a str,
    pub locked_until: i64,
}

/// Takes a key; false when it is taken. A transaction that took it but has not committed is waited for.
pub async fn insert_attempt(conn: &mut Conn, new: &NewAttempt<'_>, now_ms: i64) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO answers (key_hash, request_hash, nonce, locked_until, created_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (key_hash) DO NOTHING",
        new.key_hash,
        new.request_hash,
        new.nonce,
        new.locked_until,
        now_ms,
    )?;
    Ok(rows == 1)
}

pub async fn find_answer(conn: &mut Conn, key_hash: &str) -> sqlx::Result<Option<KeptAnswer>> {
    fetch!(
        conn,
        fetch_optional as KeptAnswer,
        "SELECT request_hash, nonce, locked_until, status, body FROM answers WHERE key_hash = $1",
        key_hash,
    )
}

/// Takes the key over from the attempt `old_nonce` that did not answer in time; of several who try, one does.
pub async fn update_attempt(conn: &mut Conn, new: &NewAttempt<'_>, old_nonce: &str) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE answers SET nonce = $3, locked_until = $4 WHERE key_hash = $1 AND nonce = $2 AND status IS NULL",
        new.key_hash,
        old_nonce,
        new.nonce,
        new.locked_until,
    )?;
    Ok(rows == 1)
}

/// Keeps the answer of the attempt `nonce`; false when another attempt has taken the key over.
pub async fn update_answer(
    conn: &mut Conn,
    key_hash: &str,
    nonce: &str,
    status: i64,
    body: &str,
) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE answers SET status = $3, body = $4 WHERE key_hash = $1 AND nonce = $2 AND status IS NULL",
        key_hash,
        nonce,
        status,
        body,
    )?;
    Ok(rows == 1)
}

/// Frees the key of the attempt `nonce`, which did nothing.
pub async fn delete_attempt(conn: &mut Conn, key_hash: &str, nonce: &str) -> sqlx::Result<()> {
    execute!(
        conn,
        "DELETE FROM answers WHERE key_hash = $1 AND nonce = $2 AND status IS NULL",
        key_hash,
        nonce
    )?;
    Ok(())
}

/// Forgets answers to requests made before `before_ms`; how many.
pub async fn delete_old_answers(conn: &mut Conn, before_ms: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM answers WHERE created_at < $1", before_ms)
}
