//! The addresses that a customer keeps. One of them is the main one.

use super::{Conn, execute, fetch, postal};
use crate::domain::address::Address;

/// An address of a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedAddress {
    pub address_id: String,
    /// Offered first at checkout.
    pub main: bool,
    pub address: Address,
}

/// What an address is written from.
pub struct NewAddress<'a> {
    pub address_id: &'a str,
    pub customer_id: &'a str,
    pub main: bool,
    pub address: &'a Address,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    main: bool,
    address: String,
}

impl Row {
    fn into_saved(self) -> sqlx::Result<SavedAddress> {
        Ok(SavedAddress { address_id: self.id, main: self.main, address: postal::from_json(&self.address)? })
    }
}

/// The main one first, then the newest.
pub async fn list_addresses(conn: &mut Conn, customer_id: &str) -> sqlx::Result<Vec<SavedAddress>> {
    let rows = fetch!(
        conn,
        fetch_all as Row,
        "SELECT id, main, address FROM addresses WHERE customer_id = $1 ORDER BY main DESC, created_at DESC, id DESC",
        customer_id,
    )?;
    rows.into_iter().map(Row::into_saved).collect()
}

/// An address of this customer; another's is not found.
pub async fn find_address(
    conn: &mut Conn,
    customer_id: &str,
    address_id: &str,
) -> sqlx::Result<Option<SavedAddress>> {
    let row = fetch!(
        conn,
        fetch_optional as Row,
        "SELECT id, main, address FROM addresses WHERE customer_id = $1 AND id = $2",
        customer_id,
        address_id,
    )?;
    row.map(Row::into_saved).transpose()
}

pub async fn insert_address(conn: &mut Conn, new: NewAddress<'_>, now_ms: i64) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO addresses (id, customer_id, main, address, created_at) VALUES ($1, $2, $3, $4, $5)",
        new.address_id,
        new.customer_id,
        new.main,
        postal::to_json(new.address)?,
        now_ms,
    )?;
    Ok(())
}

/// Replaces what the address says; false when this customer has no such address.
pub async fn update_address(conn: &mut Conn, new: NewAddress<'_>) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE addresses SET address = $3, main = $4 WHERE customer_id = $1 AND id = $2",
        new.customer_id,
        new.address_id,
        postal::to_json(new.address)?,
        new.main,
    )?;
    Ok(rows == 1)
}

/// Makes one address the main one and all others not; false, and no change, when the customer does not have it.
pub async fn update_main_address(conn: &mut Conn, customer_id: &str, address_id: &str) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE addresses SET main = (id = $2) WHERE customer_id = $1
           AND EXISTS (SELECT 1 FROM addresses own WHERE own.customer_id = $1 AND own.id = $2)",
        customer_id,
        address_id,
    )?;
    Ok(rows > 0)
}

/// Removes an address; false when this customer has no such address.
pub async fn delete_address(conn: &mut Conn, customer_id: &str, address_id: &str) -> sqlx::Result<bool> {
    let rows =
        execute!(conn, "DELETE FROM addresses WHERE customer_id = $1 AND id = $2", customer_id, address_id,)?;
    Ok(rows == 1)
}

/// Removes all addresses of the customer.
pub async fn delete_addresses(conn: &mut Conn, customer_id: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM addresses WHERE customer_id = $1", customer_id)?;
    Ok(())
}
