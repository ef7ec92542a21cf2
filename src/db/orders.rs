//! Orders, their lines and their history. An order is kept as it was sold; only its state, tracking and version move.

use super::sql::{Sql, Writes};
use super::{Conn, execute, postal};
use crate::domain::order::{Order, OrderEvent, OrderLine, State};
use crate::domain::tax::TaxSum;

mod read;

pub use read::{
    OrderFilter, find_order, find_order_by_number, find_order_by_token, find_order_of_email, list_due_orders,
    list_orders, list_orders_by_customer,
};

/// A legal move of an order, computed by `domain::order`.
pub struct OrderMove<'a> {
    pub order_id: &'a str,
    pub from: State,
    pub to: State,
    /// As read; another version means that somebody else moved the order meanwhile.
    pub version: i64,
    /// Replaces the tracking when given.
    pub tracking: Option<&'a str>,
}

/// Writes a new order with its lines and events; payments have their own file.
pub async fn insert_order(conn: &mut Conn, order: &Order) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_order(&mut writes, order)?;
    writes.run(conn).await
}

/// The same as a part of `writes`.
pub fn add_order(writes: &mut Writes, order: &Order) -> sqlx::Result<()> {
    add_order_row(writes, order)?;
    add_order_lines(writes, order);
    for event in &order.events {
        add_order_event(writes, &order.id, event);
    }
    Ok(())
}

pub async fn insert_order_event(conn: &mut Conn, order_id: &str, event: &OrderEvent) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_order_event(&mut writes, order_id, event);
    writes.run(conn).await
}

fn add_order_event(writes: &mut Writes, order_id: &str, event: &OrderEvent) {
    let mut sql = Sql::new("INSERT INTO order_events (id, order_id, kind, state, actor, note, at) VALUES ");
    sql.bind_rows([[
        event.id.as_str().into(),
        order_id.into(),
        event.kind.as_str().into(),
        event.state.as_str().into(),
        event.actor.as_str().into(),
        event.note.as_str().into(),
        event.at.into(),
    ]]);
    writes.add(sql);
}

/// Makes the move if the order still is where it was; false when it is not. An order that leaves
/// `pending_payment` no longer expires.
pub async fn update_order_state(conn: &mut Conn, step: OrderMove<'_>, now_ms: i64) -> sqlx::Result<bool> {
    let expires_never = step.to != State::PendingPayment;
    let rows = execute!(
        conn,
        "UPDATE orders SET state = $4, version = version + 1, updated_at = $5, tracking = coalesce($6, tracking),
                expires_at = CASE WHEN $7 THEN NULL ELSE expires_at END
         WHERE id = $1 AND state = $2 AND version = $3",
        step.order_id,
        step.from.as_str(),
        step.version,
        step.to.as_str(),
        now_ms,
        step.tracking,
        expires_never,
    )?;
    Ok(rows == 1)
}

/// Removes the person from a customer's orders (the orders stay for the books): no link to the account, no e-mail.
/// How many orders that were.
pub async fn update_orders_forgotten(conn: &mut Conn, customer_id: &str, now_ms: i64) -> sqlx::Result<u64> {
    execute!(
        conn,
        "UPDATE orders SET customer_id = NULL, email = '', note = '', version = version + 1, updated_at = $2
         WHERE customer_id = $1",
        customer_id,
        now_ms,
    )
}

/// Gives a customer the orders that were placed as a guest with his confirmed address. How many that were.
pub async fn update_guest_orders(conn: &mut Conn, customer_id: &str, email: &str) -> sqlx::Result<u64> {
    execute!(
        conn,
        "UPDATE orders SET customer_id = $1 WHERE customer_id IS NULL AND email = $2",
        customer_id,
        email,
    )
}

fn add_order_row(writes: &mut Writes, order: &Order) -> sqlx::Result<()> {
    let taxes = taxes_json(&order.taxes)?;
    let shipping_address = postal::to_json(&order.shipping_address)?;
    let billing_address = match &order.billing_address {
        Some(address) => postal::to_json(address)?,
        None => String::new(),
    };
    let mut sql = Sql::new(
        "INSERT INTO orders (id, number, token, customer_id, email, state, payment_method, shipping_key,
             shipping_name, country, currency, items_minor, discount_minor, shipping_minor, tax_minor, total_minor,
             taxes, discount_code, shipping_address, billing_address, note, tracking, expires_at, version, placed_at,
             updated_at) VALUES ",
    );
    sql.bind_rows([[
        order.id.as_str().into(),
        order.number.into(),
        order.token.as_str().into(),
        order.customer_id.as_deref().into(),
        order.email.as_str().into(),
        order.state.as_str().into(),
        order.payment_method.as_str().into(),
        order.shipping_key.as_str().into(),
        order.shipping_name.as_str().into(),
        order.country.as_str().into(),
        order.currency.as_str().into(),
        order.items_minor.into(),
        order.discount_minor.into(),
        order.shipping_minor.into(),
        order.tax_minor.into(),
        order.total_minor.into(),
        taxes.as_str().into(),
        order.discount_code.as_str().into(),
        shipping_address.as_str().into(),
        billing_address.as_str().into(),
        order.note.as_str().into(),
        order.tracking.as_str().into(),
        order.expires_at.into(),
        order.version.into(),
        order.placed_at.into(),
        order.updated_at.into(),
    ]]);
    writes.add(sql);
    Ok(())
}

fn add_order_lines(writes: &mut Writes, order: &Order) {
    let row = |(position, line): (i64, &OrderLine)| {
        [
            order.id.as_str().into(),
            position.into(),
            line.variant_id.as_str().into(),
            line.product_slug.as_str().into(),
            line.title.as_str().into(),
            line.variant_title.as_str().into(),
            line.sku.as_str().into(),
            line.media_hash.as_str().into(),
            line.quantity.into(),
            line.unit_minor.into(),
            line.discount_minor.into(),
            line.total_minor.into(),
            line.rate_bp.into(),
            line.tax_minor.into(),
        ]
    };
    let mut sql = Sql::new(
        "INSERT INTO order_lines (order_id, position, variant_id, product_slug, title, variant_title, sku,
             media_hash, quantity, unit_minor, discount_minor, total_minor, rate_bp, tax_minor) VALUES ",
    );
    sql.bind_rows((0_i64..).zip(&order.lines).map(row));
    writes.add(sql);
}

/// `orders.taxes`: `[[rate_bp, net_minor, tax_minor], …]`, highest rate first.
fn taxes_json(taxes: &[TaxSum]) -> sqlx::Result<String> {
    let rows: Vec<[i64; 3]> = taxes.iter().map(|t| [t.rate_bp, t.net_minor, t.tax_minor]).collect();
    serde_json::to_string(&rows).map_err(|e| sqlx::Error::Encode(Box::new(e)))
}

pub(super) fn taxes_of(json: &str) -> sqlx::Result<Vec<TaxSum>> {
    let rows: Vec<[i64; 3]> = serde_json::from_str(json).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
    Ok(rows
        .into_iter()
        .map(|[rate_bp, net_minor, tax_minor]| TaxSum { rate_bp, net_minor, tax_minor })
        .collect())
}
