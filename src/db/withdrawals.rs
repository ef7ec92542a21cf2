//! Withdrawals: statements as they were received. Nothing but the person's name and address ever leaves them.

use super::{Conn, execute, fetch, with_conn};
use crate::domain::withdrawal::{Outcome, Withdrawal, WithdrawnLine};

/// A withdrawal together with one of its lines.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    outcome: String,
    whole: bool,
    refund_minor: i64,
    name: String,
    email: String,
    at: i64,
    variant_id: String,
    quantity: i64,
}

/// The withdrawals from an order, oldest first.
pub async fn list_withdrawals(conn: &mut Conn, order_id: &str) -> sqlx::Result<Vec<Withdrawal>> {
    let rows = fetch!(
        conn,
        fetch_all as Row,
        "SELECT w.id, w.outcome, w.whole, w.refund_minor, w.name, w.email, w.at, l.variant_id, l.quantity
         FROM withdrawals w JOIN withdrawal_lines l ON l.withdrawal_id = w.id
         WHERE w.order_id = $1 ORDER BY w.at, w.id, l.variant_id",
        order_id,
    )?;
    let mut found: Vec<Withdrawal> = Vec::new();
    for row in rows {
        let line = WithdrawnLine { variant_id: row.variant_id.clone(), quantity: row.quantity };
        match found.last_mut() {
            Some(last) if last.id == row.id => last.lines.push(line),
            _ => found.push(row.into_withdrawal(line)?),
        }
    }
    Ok(found)
}

/// Writes a withdrawal with its lines.
pub async fn insert_withdrawal(conn: &mut Conn, order_id: &str, new: &Withdrawal) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO withdrawals (id, order_id, outcome, whole, refund_minor, name, email, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new.id.as_str(),
        order_id,
        new.outcome.as_str(),
        new.whole,
        new.refund_minor,
        new.name.as_str(),
        new.email.as_str(),
        new.at,
    )?;
    with_conn!(conn, |c| {
        let mut query =
            sqlx::QueryBuilder::new("INSERT INTO withdrawal_lines (withdrawal_id, variant_id, quantity) ");
        query.push_values(&new.lines, |mut row, line| {
            row.push_bind(new.id.as_str()).push_bind(line.variant_id.as_str()).push_bind(line.quantity);
        });
        query.build().execute(c).await.map(|_| ())
    })
}

/// Removes the person from the withdrawals of a customer's orders; run before the orders forget whose they were.
pub async fn update_withdrawals_forgotten(conn: &mut Conn, customer_id: &str) -> sqlx::Result<u64> {
    execute!(
        conn,
        "UPDATE withdrawals SET name = '', email = ''
         WHERE order_id IN (SELECT id FROM orders WHERE customer_id = $1)",
        customer_id,
    )
}

impl Row {
    fn into_withdrawal(self, line: WithdrawnLine) -> sqlx::Result<Withdrawal> {
        let unknown = || sqlx::Error::Decode(format!("unknown outcome {:?}", self.outcome).into());
        Ok(Withdrawal {
            outcome: Outcome::parse(&self.outcome).ok_or_else(unknown)?,
            id: self.id,
            whole: self.whole,
            refund_minor: self.refund_minor,
            name: self.name,
            email: self.email,
            at: self.at,
            lines: vec![line],
        })
    }
}
