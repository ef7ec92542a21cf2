//! Shipping methods and their rates.

use super::{Conn, execute, fetch};
use crate::domain::shipping::{ShippingMethod, ShippingRate};

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    key: String,
    name: String,
    note: String,
    days_min: i64,
    days_max: i64,
    countries: Option<String>,
    weight_max_g: Option<i64>,
    price_minor: Option<i64>,
    free_above_minor: Option<i64>,
}

/// Every method with its rates, in the shop's order.
pub async fn list_shipping_methods(conn: &mut Conn) -> sqlx::Result<Vec<ShippingMethod>> {
    let rows = fetch!(
        conn,
        fetch_all as Row,
        "SELECT m.id, m.key, m.name, m.note, m.days_min, m.days_max,
                r.countries, r.weight_max_g, r.price_minor, r.free_above_minor
         FROM shipping_methods m LEFT JOIN shipping_rates r ON r.method_id = m.id
         ORDER BY m.position, m.id, r.position",
    )?;
    let mut methods: Vec<ShippingMethod> = Vec::new();
    for row in rows {
        let rate = rate(&row)?;
        match methods.last_mut() {
            Some(last) if last.id == row.id => last.rates.extend(rate),
            _ => methods.push(ShippingMethod {
                id: row.id,
                key: row.key,
                name: row.name,
                note: row.note,
                days_min: row.days_min,
                days_max: row.days_max,
                rates: rate.into_iter().collect(),
            }),
        }
    }
    Ok(methods)
}

/// How many methods there are.
pub async fn count_shipping_methods(conn: &mut Conn) -> sqlx::Result<i64> {
    let row: (i64,) = fetch!(conn, fetch_one as (i64,), "SELECT count(*) FROM shipping_methods")?;
    Ok(row.0)
}

/// Adds a method with its rates; a method of the same key is replaced. The caller records the change of
/// `Tag::site`: every process keeps a copy.
pub async fn insert_shipping_method(
    conn: &mut Conn,
    method: &ShippingMethod,
    position: i64,
) -> sqlx::Result<()> {
    delete_shipping_method(conn, &method.key).await?;
    execute!(
        conn,
        "INSERT INTO shipping_methods (id, key, name, note, days_min, days_max, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        method.id.as_str(),
        method.key.as_str(),
        method.name.as_str(),
        method.note.as_str(),
        method.days_min,
        method.days_max,
        position,
    )?;
    for (place, rate) in (0_i64..).zip(&method.rates) {
        let countries =
            serde_json::to_string(&rate.countries).map_err(|e| sqlx::Error::Encode(Box::new(e)))?;
        execute!(
            conn,
            "INSERT INTO shipping_rates (method_id, position, countries, weight_max_g, price_minor, free_above_minor)
             VALUES ($1, $2, $3, $4, $5, $6)",
            method.id.as_str(),
            place,
            countries.as_str(),
            rate.weight_max_g,
            rate.price_minor,
            rate.free_above_minor,
        )?;
    }
    Ok(())
}

/// Removes a method; orders keep its name themselves. The caller records the change of
/// `Tag::site`: every process keeps a copy.
pub async fn delete_shipping_method(conn: &mut Conn, key: &str) -> sqlx::Result<()> {
    execute!(
        conn,
        "DELETE FROM shipping_rates WHERE method_id IN (SELECT id FROM shipping_methods WHERE key = $1)",
        key,
    )?;
    execute!(conn, "DELETE FROM shipping_methods WHERE key = $1", key)?;
    Ok(())
}

/// The rate of a joined row; a method without rates has none.
fn rate(row: &Row) -> sqlx::Result<Option<ShippingRate>> {
    let (Some(countries), Some(weight_max_g), Some(price_minor)) =
        (&row.countries, row.weight_max_g, row.price_minor)
    else {
        return Ok(None);
    };
    let countries = serde_json::from_str(countries).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
    Ok(Some(ShippingRate { countries, weight_max_g, price_minor, free_above_minor: row.free_above_minor }))
}
