//! Logins. A session is found by the SHA-256 of its token; the token itself is only with the shopper.

use super::{Conn, execute, fetch};

/// A login.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Session {
    /// SHA-256 of the token, hex.
    pub hash: String,
    pub customer_id: String,
    /// "web" (cookie) or "api" (bearer).
    pub kind: String,
    /// What the shopper sees in "other devices".
    pub device: String,
    pub created_at: i64,
    /// When the password was last given.
    pub fresh_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
}

/// A live login together with its customer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionCustomer {
    pub hash: String,
    pub customer_id: String,
    pub fresh_at: i64,
    pub seen_at: i64,
    pub email: String,
    pub name: String,
}

/// Whose login it is, for logins that are kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionOwner {
    pub email: String,
    pub name: String,
    /// Logins that began under a lower one have ended.
    pub session_epoch: i64,
}

pub async fn insert_session(conn: &mut Conn, session: &Session) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO sessions (hash, customer_id, kind, device, created_at, fresh_at, seen_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        session.hash.as_str(),
        session.customer_id.as_str(),
        session.kind.as_str(),
        session.device.as_str(),
        session.created_at,
        session.fresh_at,
        session.seen_at,
        session.expires_at,
    )?;
    Ok(())
}

/// The login of a token hash, if it is of this kind, not over at `now_ms`, and was used since `seen_after`.
pub async fn find_session(
    conn: &mut Conn,
    hash: &str,
    kind: &str,
    now_ms: i64,
    seen_after: i64,
) -> sqlx::Result<Option<SessionCustomer>> {
    fetch!(
        conn,
        fetch_optional as SessionCustomer,
        "SELECT s.hash, s.customer_id, s.fresh_at, s.seen_at, c.email, c.name
         FROM sessions s JOIN customers c ON c.id = s.customer_id
         WHERE s.hash = $1 AND s.kind = $2 AND s.expires_at > $3 AND s.seen_at > $4",
        hash,
        kind,
        now_ms,
        seen_after,
    )
}

/// The customer's live logins, the one used last first.
pub async fn list_sessions(
    conn: &mut Conn,
    customer_id: &str,
    now_ms: i64,
    seen_after: i64,
) -> sqlx::Result<Vec<Session>> {
    fetch!(
        conn,
        fetch_all as Session,
        "SELECT hash, customer_id, kind, device, created_at, fresh_at, seen_at, expires_at
         FROM sessions WHERE customer_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, hash",
        customer_id,
        now_ms,
        seen_after,
    )
}

/// Notes that the login is in use. It only moves forward.
pub async fn update_session_seen(conn: &mut Conn, hash: &str, now_ms: i64) -> sqlx::Result<()> {
    execute!(conn, "UPDATE sessions SET seen_at = $2 WHERE hash = $1 AND seen_at < $2", hash, now_ms)?;
    Ok(())
}

/// Gives the login a new token and notes that the password was just given; false when the login is gone.
pub async fn update_session_token(
    conn: &mut Conn,
    old_hash: &str,
    new_hash: &str,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE sessions SET hash = $2, fresh_at = $3, seen_at = $3 WHERE hash = $1",
        old_hash,
        new_hash,
        now_ms,
    )?;
    Ok(rows == 1)
}

pub async fn delete_session(conn: &mut Conn, hash: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM sessions WHERE hash = $1", hash)?;
    Ok(())
}

/// Ends all logins of the customer but `kept_hash` (empty: all); how many.
pub async fn delete_sessions(conn: &mut Conn, customer_id: &str, kept_hash: &str) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM sessions WHERE customer_id = $1 AND hash <> $2", customer_id, kept_hash,)
}

pub async fn find_session_owner(conn: &mut Conn, customer_id: &str) -> sqlx::Result<Option<SessionOwner>> {
    fetch!(
        conn,
        fetch_optional as SessionOwner,
        "SELECT email, name, session_epoch FROM customers WHERE id = $1",
        customer_id,
    )
}

/// Ends all logins of the customer that are kept elsewhere; the epoch of those that may begin. `None`: no such customer.
pub async fn update_session_epoch(conn: &mut Conn, customer_id: &str) -> sqlx::Result<Option<i64>> {
    let row = fetch!(
        conn,
        fetch_optional as (i64,),
        "UPDATE customers SET session_epoch = session_epoch + 1 WHERE id = $1 RETURNING session_epoch",
        customer_id,
    )?;
    Ok(row.map(|(epoch,)| epoch))
}

/// Removes logins that are over; how many.
pub async fn delete_old_sessions(conn: &mut Conn, now_ms: i64, seen_before: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2", now_ms, seen_before,)
}
