//! Stock as pages show it: a band per variant and product. Counts move with every order, bands seldom.

use std::collections::BTreeSet;

use super::record_product;
use crate::db::{self, Conn};
use crate::domain::catalogue::Band;
use crate::error::Result;

/// What is available of a variant (on hand without the reserved), before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMove {
    pub variant_id: String,
    pub before: i64,
    pub after: i64,
}

/// Announces a change of stock, in its transaction: the products of those variants whose band moved are recomputed
/// and recorded as changed. Moves inside a band cost nothing.
pub async fn refresh_bands(conn: &mut Conn, now_ms: i64, moves: &[StockMove]) -> Result<()> {
    let moved: Vec<&str> = moves
        .iter()
        .filter(|m| Band::of(m.before) != Band::of(m.after))
        .map(|m| m.variant_id.as_str())
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    let owners = db::stock::list_products_of(conn, &moved).await?;
    let products: BTreeSet<String> = owners.into_iter().map(|(product_id, _)| product_id).collect();
    for product_id in products {
        refresh_band(conn, now_ms, &product_id).await?;
    }
    Ok(())
}

/// Recomputes a product's band and records the product as changed. To be called when the band of one of its
/// variants moved; [`refresh_bands`] finds that out.
pub async fn refresh_band(conn: &mut Conn, now_ms: i64, product_id: &str) -> Result<()> {
    db::stock::lock_product(conn, product_id).await?;
    db::products::rows::update_band(conn, product_id).await?;
    let categories = db::products::rows::list_category_ids(conn, product_id).await?;
    record_product(conn, product_id, &categories, now_ms).await
}
