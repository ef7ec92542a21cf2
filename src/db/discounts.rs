//! Discount codes and how often they were used.

use super::{Conn, execute, fetch};
use crate::domain::discount::{Discount, DiscountKind};

#[derive(sqlx::FromRow)]
struct Row {
    code: String,
    kind: String,
    value: i64,
    minimum_minor: i64,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    uses_max: Option<i64>,
    uses: i64,
}

/// A code, in the folded form.
pub async fn find_discount(conn: &mut Conn, code: &str) -> sqlx::Result<Option<Discount>> {
    let row = fetch!(
        conn,
        fetch_optional as Row,
        "SELECT code, kind, value, minimum_minor, starts_at, ends_at, uses_max, uses FROM discounts WHERE code = $1",
        code,
    )?;
    Ok(row.map(|row| Discount {
        code: row.code,
        kind: match row.kind.as_str() {
            "percent" => DiscountKind::Percent { bp: row.value },
            "amount" => DiscountKind::Amount { minor: row.value },
            _ => DiscountKind::FreeShipping,
        },
        minimum_minor: row.minimum_minor,
        starts_at: row.starts_at,
        ends_at: row.ends_at,
        uses_max: row.uses_max,
        uses: row.uses,
    }))
}

/// Adds a code, or changes the terms of one that exists; its uses stay counted.
pub async fn insert_discount(conn: &mut Conn, discount: &Discount) -> sqlx::Result<()> {
    let (kind, value) = match discount.kind {
        DiscountKind::Percent { bp } => ("percent", bp),
        DiscountKind::Amount { minor } => ("amount", minor),
        DiscountKind::FreeShipping => ("free_shipping", 0),
    };
    execute!(
        conn,
        "INSERT INTO discounts (code, kind, value, minimum_minor, starts_at, ends_at, uses_max, uses)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (code) DO UPDATE SET kind = excluded.kind, value = excluded.value,
             minimum_minor = excluded.minimum_minor, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             uses_max = excluded.uses_max",
        discount.code.as_str(),
        kind,
        value,
        discount.minimum_minor,
        discount.starts_at,
        discount.ends_at,
        discount.uses_max,
        discount.uses,
    )?;
    Ok(())
}

/// Counts a use at `now_ms`; false when the code has none left or its time is over.
pub async fn update_discount_used(conn: &mut Conn, code: &str, now_ms: i64) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE discounts SET uses = uses + 1
         WHERE code = $1 AND (uses_max IS NULL OR uses < uses_max)
           AND (starts_at IS NULL OR starts_at <= $2) AND (ends_at IS NULL OR ends_at > $2)",
        code,
        now_ms,
    )?;
    Ok(rows == 1)
}

/// Counts a use again that was given back: its order is filled after all. The code was valid when the order was placed,
/// so its time does not matter now. False when no use is left.
pub async fn update_discount_used_again(conn: &mut Conn, code: &str) -> sqlx::Result<bool> {
    let rows = execute!(
        conn,
        "UPDATE discounts SET uses = uses + 1 WHERE code = $1 AND (uses_max IS NULL OR uses < uses_max)",
        code,
    )?;
    Ok(rows == 1)
}

/// Gives a use back: the order that took it was cancelled or expired.
pub async fn update_discount_unused(conn: &mut Conn, code: &str) -> sqlx::Result<()> {
    execute!(conn, "UPDATE discounts SET uses = uses - 1 WHERE code = $1 AND uses > 0", code)?;
    Ok(())
}
