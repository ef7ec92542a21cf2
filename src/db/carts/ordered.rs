//! A cart that becomes an order.

use crate::db::Conn;
use crate::db::idempotency::{self, NewKey};
use crate::db::sql::{Sql, Writes};
use crate::domain::cart::Cart;

/// What came of [`update_cart_ordered`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    /// The order's public number.
    Number(i64),
    /// An earlier request took the key. Roll back.
    KeyTaken,
    /// The cart is not as it was read, or a price does not stand any more. Roll back.
    Changed,
}

/// The cart is about to become an order: takes the request's key, empties the cart's code and draws the order's number,
/// if the cart is as it was read and each of `prices` (variant, unit price) still stands. All in one exchange with the
/// database, for others wait meanwhile.
pub async fn update_cart_ordered(
    conn: &mut Conn,
    key: &NewKey<'_>,
    cart: &Cart,
    prices: &[(&str, i64)],
    now_ms: i64,
) -> sqlx::Result<Ordered> {
    let mut writes = Writes::default();
    let mut taking = idempotency::taking(key, now_ms);
    taking.push(" RETURNING 'key' AS what, created_at AS number");
    writes.add(taking);
    let mut emptying = emptying(cart, prices, now_ms);
    // PostgreSQL draws the number on the way; SQLite's counter is a table.
    if conn.is_postgres() {
        emptying.push(" RETURNING 'order' AS what, nextval('order_numbers') AS number");
        writes.add(emptying);
    } else {
        emptying.push(" RETURNING 'cart' AS what, version AS number");
        writes.add(emptying);
        writes.add(Sql::new(
            "INSERT INTO order_numbers (number) SELECT NULL WHERE changes() = 1
             RETURNING 'order' AS what, number",
        ));
    }
    let rows: Vec<(String, i64)> = writes.fetch_each(conn).await?;
    let find = |what: &str| rows.iter().find(|(name, _)| name == what).map(|(_, number)| *number);
    Ok(match (find("key"), find("order")) {
        (None, _) => Ordered::KeyTaken,
        (Some(_), Some(number)) => Ordered::Number(number),
        (Some(_), None) => Ordered::Changed,
    })
}

/// The statement that changes the cart while everything is as it was read.
fn emptying(cart: &Cart, prices: &[(&str, i64)], now_ms: i64) -> Sql {
    let mut sql = Sql::new("WITH seen (seen_id, seen_minor) AS (VALUES ");
    sql.bind_rows(prices.iter().map(|(variant_id, minor)| [(*variant_id).into(), (*minor).into()]));
    sql.push(") UPDATE carts SET version = version + 1, discount_code = '', updated_at = ")
        .bind_number(now_ms);
    sql.push(" WHERE id = ").bind_text(cart.id.as_str()).push(" AND version = ").bind_number(cart.version);
    sql.push(
        " AND (SELECT count(*) FROM seen
               JOIN variants v ON v.id = seen_id AND v.price_minor = seen_minor
               JOIN products p ON p.id = v.product_id AND p.status = 'published') = ",
    );
    sql.bind_number(i64::try_from(prices.len()).unwrap_or(i64::MAX));
    sql
}
