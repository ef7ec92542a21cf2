//! Links in mails: each works once, until it expires. The table has only the hash of what the mail says.

use super::{Conn, execute, fetch};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenPurpose {
    /// The address of a new account.
    Confirm,
    /// A new password.
    Reset,
    /// Another address for the account.
    Email,
}

impl TokenPurpose {
    pub fn as_str(self) -> &'static str {
        match self {
            TokenPurpose::Confirm => "confirm",
            TokenPurpose::Reset => "reset",
            TokenPurpose::Email => "email",
        }
    }
}

/// A link to be remembered.
pub struct NewToken<'a> {
    /// SHA-256, hex.
    pub hash: &'a str,
    pub customer_id: &'a str,
    pub purpose: TokenPurpose,
    /// For [`TokenPurpose::Email`]; else empty.
    pub new_email: &'a str,
    pub expires_at: i64,
}

/// What a link that works says.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CustomerToken {
    pub customer_id: String,
    pub new_email: String,
}

/// Remembers a link; older ones of the same purpose stop working.
pub async fn insert_token(conn: &mut Conn, token: NewToken<'_>) -> sqlx::Result<()> {
    delete_tokens(conn, token.customer_id, token.purpose).await?;
    execute!(
        conn,
        "INSERT INTO customer_tokens (hash, customer_id, purpose, new_email, expires_at) VALUES ($1, $2, $3, $4, $5)",
        token.hash,
        token.customer_id,
        token.purpose.as_str(),
        token.new_email,
        token.expires_at,
    )?;
    Ok(())
}

/// Looks without using it up.
pub async fn find_token(
    conn: &mut Conn,
    hash: &str,
    purpose: TokenPurpose,
    now_ms: i64,
) -> sqlx::Result<Option<CustomerToken>> {
    fetch!(
        conn,
        fetch_optional as CustomerToken,
        "SELECT customer_id, new_email FROM customer_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3",
        hash,
        purpose.as_str(),
        now_ms,
    )
}

/// Uses the link up: of two who try at once, one gets it.
pub async fn delete_token(
    conn: &mut Conn,
    hash: &str,
    purpose: TokenPurpose,
    now_ms: i64,
) -> sqlx::Result<Option<CustomerToken>> {
    fetch!(
        conn,
        fetch_optional as CustomerToken,
        "DELETE FROM customer_tokens WHERE hash = $1 AND purpose = $2 AND expires_at > $3
         RETURNING customer_id, new_email",
        hash,
        purpose.as_str(),
        now_ms,
    )
}

/// The customer's links of one purpose stop working.
pub async fn delete_tokens(conn: &mut Conn, customer_id: &str, purpose: TokenPurpose) -> sqlx::Result<()> {
    execute!(
        conn,
        "DELETE FROM customer_tokens WHERE customer_id = $1 AND purpose = $2",
        customer_id,
        purpose.as_str(),
    )?;
    Ok(())
}

/// All links of the customer stop working.
pub async fn delete_all_tokens(conn: &mut Conn, customer_id: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM customer_tokens WHERE customer_id = $1", customer_id)?;
    Ok(())
}

/// Removes links that expired; how many.
pub async fn delete_old_tokens(conn: &mut Conn, now_ms: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM customer_tokens WHERE expires_at <= $1", now_ms)
}
