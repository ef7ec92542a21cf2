//! Reading orders: whole ones for their pages, summaries for lists.

use super::taxes_of;
use crate::db::{Conn, fetch, payments, postal, with_conn, withdrawals};
use crate::domain::order::{Actor, Order, OrderEvent, OrderLine, OrderSummary, State};
use crate::domain::payment::Method;
use crate::domain::withdrawal::Extent;

/// Which orders an operator wants to see, newest first.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    pub state: Option<State>,
    /// Orders with a smaller number than this: the last one of the page before.
    pub before_number: Option<i64>,
    pub limit: i64,
}

#[derive(sqlx::FromRow)]
struct OrderRow {
    id: String,
    number: i64,
    token: String,
    customer_id: Option<String>,
    email: String,
    state: String,
    payment_method: String,
    shipping_key: String,
    shipping_name: String,
    country: String,
    currency: String,
    items_minor: i64,
    discount_minor: i64,
    shipping_minor: i64,
    tax_minor: i64,
    total_minor: i64,
    taxes: String,
    discount_code: String,
    shipping_address: String,
    billing_address: String,
    note: String,
    tracking: String,
    expires_at: Option<i64>,
    version: i64,
    placed_at: i64,
    updated_at: i64,
}

#[derive(sqlx::FromRow)]
struct LineRow {
    variant_id: String,
    product_slug: String,
    title: String,
    variant_title: String,
    sku: String,
    media_hash: String,
    quantity: i64,
    unit_minor: i64,
    discount_minor: i64,
    total_minor: i64,
    rate_bp: i64,
    tax_minor: i64,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: String,
    kind: String,
    state: String,
    actor: String,
    note: String,
    at: i64,
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: String,
    number: i64,
    token: String,
    email: String,
    state: String,
    payment_method: String,
    currency: String,
    total_minor: i64,
    pieces: i64,
    /// 0: nothing, 1: a part, 2: all of it.
    withdrawn: i64,
    placed_at: i64,
}

pub async fn find_order(conn: &mut Conn, order_id: &str) -> sqlx::Result<Option<Order>> {
    let row = fetch!(conn, fetch_optional as OrderRow, "SELECT * FROM orders WHERE id = $1", order_id)?;
    whole(conn, row).await
}

/// By the public link's token.
pub async fn find_order_by_token(conn: &mut Conn, token: &str) -> sqlx::Result<Option<Order>> {
    let row = fetch!(conn, fetch_optional as OrderRow, "SELECT * FROM orders WHERE token = $1", token)?;
    whole(conn, row).await
}

pub async fn find_order_by_number(conn: &mut Conn, number: i64) -> sqlx::Result<Option<Order>> {
    let row = fetch!(conn, fetch_optional as OrderRow, "SELECT * FROM orders WHERE number = $1", number)?;
    whole(conn, row).await
}

/// The order with this number, if it was placed with this address. One statement asks for both, so that its time does
/// not tell which of the two is wrong.
pub async fn find_order_of_email(conn: &mut Conn, number: i64, email: &str) -> sqlx::Result<Option<Order>> {
    let row = fetch!(
        conn,
        fetch_optional as OrderRow,
        "SELECT * FROM orders WHERE number = $1 AND email = $2",
        number,
        email,
    )?;
    whole(conn, row).await
}

/// A customer's orders, newest first; `before_number` continues a list.
pub async fn list_orders_by_customer(
    conn: &mut Conn,
    customer_id: &str,
    before_number: Option<i64>,
    limit: i64,
) -> sqlx::Result<Vec<OrderSummary>> {
    let rows = fetch!(
        conn,
        fetch_all as SummaryRow,
        "SELECT o.id, o.number, o.token, o.email, o.state, o.payment_method, o.currency, o.total_minor, o.placed_at,
                (SELECT CAST(coalesce(sum(l.quantity), 0) AS BIGINT) FROM order_lines l WHERE l.order_id = o.id)
                    AS pieces,
                (SELECT CAST(coalesce(max(CASE WHEN w.whole THEN 2 ELSE 1 END), 0) AS BIGINT)
                 FROM withdrawals w WHERE w.order_id = o.id) AS withdrawn
         FROM orders o WHERE o.customer_id = $1 AND o.number < $2 ORDER BY o.number DESC LIMIT $3",
        customer_id,
        before_number.unwrap_or(i64::MAX),
        limit,
    )?;
    rows.into_iter().map(SummaryRow::into_summary).collect()
}

/// All orders, newest first.
pub async fn list_orders(conn: &mut Conn, filter: &OrderFilter) -> sqlx::Result<Vec<OrderSummary>> {
    let rows = with_conn!(conn, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT o.id, o.number, o.token, o.email, o.state, o.payment_method, o.currency, o.total_minor,
                    o.placed_at,
                    (SELECT CAST(coalesce(sum(l.quantity), 0) AS BIGINT) FROM order_lines l WHERE l.order_id = o.id)
                        AS pieces,
                    (SELECT CAST(coalesce(max(CASE WHEN w.whole THEN 2 ELSE 1 END), 0) AS BIGINT)
                     FROM withdrawals w WHERE w.order_id = o.id) AS withdrawn
             FROM orders o WHERE o.number < ",
        );
        query.push_bind(filter.before_number.unwrap_or(i64::MAX));
        if let Some(state) = filter.state {
            query.push(" AND o.state = ").push_bind(state.as_str());
        }
        query.push(" ORDER BY o.number DESC LIMIT ").push_bind(filter.limit);
        query.build_query_as::<SummaryRow>().fetch_all(c).await
    })?;
    rows.into_iter().map(SummaryRow::into_summary).collect()
}

/// Ids of orders whose money did not come in time.
pub async fn list_due_orders(conn: &mut Conn, now_ms: i64, limit: i64) -> sqlx::Result<Vec<String>> {
    let rows = fetch!(
        conn,
        fetch_all as (String,),
        "SELECT id FROM orders WHERE state = 'pending_payment' AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
        now_ms,
        limit,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

async fn whole(conn: &mut Conn, row: Option<OrderRow>) -> sqlx::Result<Option<Order>> {
    let Some(row) = row else { return Ok(None) };
    let lines = list_order_lines(conn, &row.id).await?;
    let events = list_order_events(conn, &row.id).await?;
    let payments = payments::list_payments(conn, &row.id).await?;
    let withdrawals = withdrawals::list_withdrawals(conn, &row.id).await?;
    let mut order = row.into_order()?;
    (order.lines, order.events) = (lines, events);
    (order.payments, order.withdrawals) = (payments, withdrawals);
    Ok(Some(order))
}

async fn list_order_lines(conn: &mut Conn, order_id: &str) -> sqlx::Result<Vec<OrderLine>> {
    let rows = fetch!(
        conn,
        fetch_all as LineRow,
        "SELECT variant_id, product_slug, title, variant_title, sku, media_hash, quantity, unit_minor, discount_minor,
                total_minor, rate_bp, tax_minor
         FROM order_lines WHERE order_id = $1 ORDER BY position",
        order_id,
    )?;
    Ok(rows.into_iter().map(LineRow::into_line).collect())
}

async fn list_order_events(conn: &mut Conn, order_id: &str) -> sqlx::Result<Vec<OrderEvent>> {
    let rows = fetch!(
        conn,
        fetch_all as EventRow,
        "SELECT id, kind, state, actor, note, at FROM order_events WHERE order_id = $1 ORDER BY at, id",
        order_id,
    )?;
    rows.into_iter().map(EventRow::into_event).collect()
}

fn unknown(what: &str, value: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("unknown {what} {value:?}").into())
}

fn state_of(name: &str) -> sqlx::Result<State> {
    State::parse(name).ok_or_else(|| unknown("order state", name))
}

fn method_of(name: &str) -> sqlx::Result<Method> {
    Method::parse(name).ok_or_else(|| unknown("payment method", name))
}

impl OrderRow {
    /// The order without what other tables hold.
    fn into_order(self) -> sqlx::Result<Order> {
        Ok(Order {
            state: state_of(&self.state)?,
            payment_method: method_of(&self.payment_method)?,
            taxes: taxes_of(&self.taxes)?,
            shipping_address: postal::from_json(&self.shipping_address)?,
            billing_address: match self.billing_address.as_str() {
                "" => None,
                json => Some(postal::from_json(json)?),
            },
            id: self.id,
            number: self.number,
            token: self.token,
            customer_id: self.customer_id,
            email: self.email,
            shipping_key: self.shipping_key,
            shipping_name: self.shipping_name,
            country: self.country,
            currency: self.currency,
            items_minor: self.items_minor,
            discount_minor: self.discount_minor,
            shipping_minor: self.shipping_minor,
            tax_minor: self.tax_minor,
            total_minor: self.total_minor,
            discount_code: self.discount_code,
            note: self.note,
            tracking: self.tracking,
            expires_at: self.expires_at,
            version: self.version,
            placed_at: self.placed_at,
            updated_at: self.updated_at,
            lines: Vec::new(),
            events: Vec::new(),
            payments: Vec::new(),
            withdrawals: Vec::new(),
        })
    }
}

impl LineRow {
    fn into_line(self) -> OrderLine {
        OrderLine {
            variant_id: self.variant_id,
            product_slug: self.product_slug,
            title: self.title,
            variant_title: self.variant_title,
            sku: self.sku,
            media_hash: self.media_hash,
            quantity: self.quantity,
            unit_minor: self.unit_minor,
            discount_minor: self.discount_minor,
            total_minor: self.total_minor,
            rate_bp: self.rate_bp,
            tax_minor: self.tax_minor,
        }
    }
}

impl EventRow {
    fn into_event(self) -> sqlx::Result<OrderEvent> {
        Ok(OrderEvent {
            state: state_of(&self.state)?,
            actor: Actor::parse(&self.actor).ok_or_else(|| unknown("actor", &self.actor))?,
            id: self.id,
            kind: self.kind,
            note: self.note,
            at: self.at,
        })
    }
}

impl SummaryRow {
    fn into_summary(self) -> sqlx::Result<OrderSummary> {
        Ok(OrderSummary {
            state: state_of(&self.state)?,
            payment_method: method_of(&self.payment_method)?,
            id: self.id,
            number: self.number,
            token: self.token,
            email: self.email,
            currency: self.currency,
            total_minor: self.total_minor,
            pieces: self.pieces,
            withdrawn: match self.withdrawn {
                0 => Extent::Nothing,
                1 => Extent::Part,
                _ => Extent::Whole,
            },
            placed_at: self.placed_at,
        })
    }
}
