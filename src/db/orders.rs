//! Orders, their lines and their history. An order is kept as it was sold; only its state, tracking and version move.

use super::{Conn, execute, postal, with_conn};
use crate::domain::order::{Order, OrderEvent, State};
use crate::domain::tax::TaxSum;

mod read;

pub use read::{
    OrderFilter, find_order, find_order_by_number, find_order_by_token, list_due_orders, list_orders,
    list_orders_by_customer,
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
    insert_order_row(conn, order).await?;
    insert_order_lines(conn, order).await?;
    for event in &order.events {
        insert_order_event(conn, &order.id, event).await?;
    }
    Ok(())
}

pub async fn insert_order_event(conn: &mut Conn, order_id: &str, event: &OrderEvent) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO order_events (id, order_id, kind, state, actor, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        event.id.as_str(),
        order_id,
        event.kind.as_str(),
        event.state.as_str(),
        event.actor.as_str(),
        event.note.as_str(),
        event.at,
    )?;
    Ok(())
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

async fn insert_order_row(conn: &mut Conn, order: &Order) -> sqlx::Result<()> {
    let taxes = taxes_json(&order.taxes)?;
    let shipping_address = postal::to_json(&order.shipping_address)?;
    let billing_address = match &order.billing_address {
        Some(address) => postal::to_json(address)?,
        None => String::new(),
    };
    execute!(
        conn,
        "INSERT INTO orders (id, number, token, customer_id, email, state, payment_method, shipping_key,
             shipping_name, country, currency, items_minor, discount_minor, shipping_minor, tax_minor, total_minor,
             taxes, discount_code, shipping_address, billing_address, note, tracking, expires_at, version, placed_at,
             updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
             $23, $24, $25, $26)",
        order.id.as_str(),
        order.number,
        order.token.as_str(),
        order.customer_id.as_deref(),
        order.email.as_str(),
        order.state.as_str(),
        order.payment_method.as_str(),
        order.shipping_key.as_str(),
        order.shipping_name.as_str(),
        order.country.as_str(),
        order.currency.as_str(),
        order.items_minor,
        order.discount_minor,
        order.shipping_minor,
        order.tax_minor,
        order.total_minor,
        taxes.as_str(),
        order.discount_code.as_str(),
        shipping_address.as_str(),
        billing_address.as_str(),
        order.note.as_str(),
        order.tracking.as_str(),
        order.expires_at,
        order.version,
        order.placed_at,
        order.updated_at,
    )?;
    Ok(())
}

async fn insert_order_lines(conn: &mut Conn, order: &Order) -> sqlx::Result<()> {
    with_conn!(conn, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO order_lines (order_id, position, variant_id, product_slug, title, variant_title, sku,
                 media_hash, quantity, unit_minor, discount_minor, total_minor, rate_bp, tax_minor) ",
        );
        query.push_values((0_i64..).zip(&order.lines), |mut row, (position, line)| {
            row.push_bind(order.id.as_str())
                .push_bind(position)
                .push_bind(line.variant_id.as_str())
                .push_bind(line.product_slug.as_str())
                .push_bind(line.title.as_str())
                .push_bind(line.variant_title.as_str())
                .push_bind(line.sku.as_str())
                .push_bind(line.media_hash.as_str())
                .push_bind(line.quantity)
                .push_bind(line.unit_minor)
                .push_bind(line.discount_minor)
                .push_bind(line.total_minor)
                .push_bind(line.rate_bp)
                .push_bind(line.tax_minor);
        });
        query.build().execute(c).await.map(|_| ())
    })
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
