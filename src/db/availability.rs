//! How much of what can be bought, by SKU.

use super::Conn;
use super::sql::Sql;
use crate::domain::catalogue::Band;

/// One published variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Availability {
    pub sku: String,
    /// Gross.
    pub price_minor: i64,
    pub band: Band,
}

/// The published variants among `skus`, by SKU; unknown ones are left out.
pub async fn list_availability(conn: &mut Conn, skus: &[String]) -> sqlx::Result<Vec<Availability>> {
    let mut sql = Sql::new(
        "SELECT v.sku, v.price_minor, coalesce(s.on_hand - s.reserved, 0)
         FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id
         WHERE p.status = 'published' AND v.sku IN ",
    );
    sql.bind_list(skus).push(" ORDER BY v.sku");
    let rows = sql.fetch_all::<(String, i64, i64)>(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(sku, price_minor, available)| Availability { sku, price_minor, band: Band::of(available) })
        .collect())
}
