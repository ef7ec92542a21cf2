//! Customers, and the wrong passwords per account name.

use super::{Conn, execute, fetch};
use crate::domain::customer::Failures;

/// A customer as stored.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Customer {
    pub id: String,
    /// As folded by `domain::customer::Email`.
    pub email: String,
    pub email_confirmed_at: Option<i64>,
    /// PHC string.
    pub password_hash: String,
    pub name: String,
    pub created_at: i64,
}

/// The hash must not reach a log.
impl std::fmt::Debug for Customer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Customer").field("id", &self.id).finish_non_exhaustive()
    }
}

pub async fn find_customer(conn: &mut Conn, customer_id: &str) -> sqlx::Result<Option<Customer>> {
    fetch!(
        conn,
        fetch_optional as Customer,
        "SELECT id, email, email_confirmed_at, password_hash, name, created_at FROM customers WHERE id = $1",
        customer_id,
    )
}

/// By the folded address.
pub async fn find_customer_by_email(conn: &mut Conn, email: &str) -> sqlx::Result<Option<Customer>> {
    fetch!(
        conn,
        fetch_optional as Customer,
        "SELECT id, email, email_confirmed_at, password_hash, name, created_at FROM customers WHERE email = $1",
        email,
    )
}

/// Adds a customer; false, and no change, when the address has an account already.
pub async fn insert_customer(conn: &mut Conn, customer: &Customer) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "INSERT INTO customers (id, email, email_confirmed_at, password_hash, name, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (email) DO NOTHING",
        customer.id.as_str(),
        customer.email.as_str(),
        customer.email_confirmed_at,
        customer.password_hash.as_str(),
        customer.name.as_str(),
        customer.created_at,
    )?;
    Ok(rows == 1)
}

pub async fn update_customer_name(
    conn: &mut Conn,
    customer_id: &str,
    name: &str,
    now_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE customers SET name = $2, updated_at = $3 WHERE id = $1",
        customer_id,
        name,
        now_ms,
    )?;
    Ok(())
}

pub async fn update_customer_password(
    conn: &mut Conn,
    customer_id: &str,
    password_hash: &str,
    now_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE customers SET password_hash = $2, updated_at = $3 WHERE id = $1",
        customer_id,
        password_hash,
        now_ms,
    )?;
    Ok(())
}

/// Replaces `old_hash` and nothing newer: a password that was changed meanwhile stays changed.
pub async fn update_customer_hash(
    conn: &mut Conn,
    customer_id: &str,
    old_hash: &str,
    new_hash: &str,
) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE customers SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        customer_id,
        old_hash,
        new_hash,
    )?;
    Ok(rows == 1)
}

/// Notes that the address is the customer's; the first time counts.
pub async fn update_customer_confirmed(conn: &mut Conn, customer_id: &str, now_ms: i64) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE customers SET email_confirmed_at = $2, updated_at = $2 WHERE id = $1 AND email_confirmed_at IS NULL",
        customer_id,
        now_ms,
    )?;
    Ok(())
}

/// Gives the account another, confirmed address; false, and no change, when another account has it.
pub async fn update_customer_email(
    conn: &mut Conn,
    customer_id: &str,
    email: &str,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE customers SET email = $2, email_confirmed_at = $3, updated_at = $3
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM customers other WHERE other.email = $2 AND other.id <> $1)",
        customer_id,
        email,
        now_ms,
    )?;
    Ok(rows == 1)
}

/// Removes the row; everything that refers to it must be gone.
pub async fn delete_customer(conn: &mut Conn, customer_id: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM customers WHERE id = $1", customer_id)?;
    Ok(())
}

/// The wrong passwords in a row for an account name, given as its SHA-256.
pub async fn find_failures(conn: &mut Conn, account_hash: &str) -> sqlx::Result<Failures> {
    let row = fetch!(
        conn,
        fetch_optional as (i64, i64),
        "SELECT failures, failed_at FROM login_failures WHERE account_hash = $1",
        account_hash,
    )?;
    Ok(row.map_or(Failures::default(), |(count, at)| Failures { count, at }))
}

pub async fn update_failures(conn: &mut Conn, account_hash: &str, failures: Failures) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO login_failures (account_hash, failures, failed_at) VALUES ($1, $2, $3)
         ON CONFLICT (account_hash) DO UPDATE SET failures = excluded.failures, failed_at = excluded.failed_at",
        account_hash,
        failures.count,
        failures.at,
    )?;
    Ok(())
}

pub async fn delete_failures(conn: &mut Conn, account_hash: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM login_failures WHERE account_hash = $1", account_hash)?;
    Ok(())
}

/// Removes what is forgotten anyway; how many.
pub async fn delete_old_failures(conn: &mut Conn, before_ms: i64) -> sqlx::Result<u64> {
    execute!(conn, "DELETE FROM login_failures WHERE failed_at < $1", before_ms)
}
