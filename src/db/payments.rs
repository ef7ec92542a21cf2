//! Payments of orders.

use super::sql::{Sql, Writes};
use super::{Conn, execute, fetch};
use crate::domain::payment::{Method, Payment, PaymentState};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    method: String,
    state: String,
    amount_minor: i64,
    currency: String,
    reference: String,
    created_at: i64,
    updated_at: i64,
}

/// The payments of an order, oldest first.
pub async fn list_payments(conn: &mut Conn, order_id: &str) -> sqlx::Result<Vec<Payment>> {
    let rows = fetch!(
        conn,
        fetch_all as Row,
        "SELECT id, method, state, amount_minor, currency, reference, created_at, updated_at
         FROM payments WHERE order_id = $1 ORDER BY created_at, id",
        order_id,
    )?;
    rows.into_iter().map(Row::into_payment).collect()
}

/// Writes an order's new payment as a part of `writes`.
pub fn add_payment(writes: &mut Writes, order_id: &str, payment: &Payment) {
    let mut sql = Sql::new(
        "INSERT INTO payments (id, order_id, method, state, amount_minor, currency, reference, created_at, updated_at)
         VALUES ",
    );
    sql.bind_rows([[
        payment.id.as_str().into(),
        order_id.into(),
        payment.method.as_str().into(),
        payment.state.as_str().into(),
        payment.amount_minor.into(),
        payment.currency.as_str().into(),
        payment.reference.as_str().into(),
        payment.created_at.into(),
        payment.updated_at.into(),
    ]]);
    writes.add(sql);
}

/// Moves a payment if it still is where it was read; an empty reference keeps the one that is there.
pub async fn update_payment(
    conn: &mut Conn,
    payment: &Payment,
    to: PaymentState,
    reference: &str,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE payments SET state = $3, updated_at = $4, reference = CASE WHEN $5 = '' THEN reference ELSE $5 END
         WHERE id = $1 AND state = $2",
        payment.id.as_str(),
        payment.state.as_str(),
        to.as_str(),
        now_ms,
        reference,
    )?;
    Ok(rows == 1)
}

impl Row {
    fn into_payment(self) -> sqlx::Result<Payment> {
        let unknown = |what: &str| sqlx::Error::Decode(format!("unknown payment {what:?}").into());
        Ok(Payment {
            method: Method::parse(&self.method).ok_or_else(|| unknown(&self.method))?,
            state: PaymentState::parse(&self.state).ok_or_else(|| unknown(&self.state))?,
            id: self.id,
            amount_minor: self.amount_minor,
            currency: self.currency,
            reference: self.reference,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}
