//! Reading variants back as drafts, and writing their rows and prices.

use crate::db::products::decode_json;
use crate::db::sql::Sql;
use crate::db::{Conn, execute, fetch};
use crate::domain::draft::VariantDraft;

/// A stored variant: what an update needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct StoredVariant {
    pub id: String,
    pub product_id: String,
    pub sku: String,
    pub price_minor: i64,
    pub on_hand: i64,
    pub reserved: i64,
}

/// The variants of a product in order.
pub async fn list_stored_variants(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<StoredVariant>> {
    fetch!(
        conn,
        fetch_all as StoredVariant,
        "SELECT v.id, v.product_id, v.sku, v.price_minor, coalesce(s.on_hand, 0) AS on_hand,
                coalesce(s.reserved, 0) AS reserved
         FROM variants v LEFT JOIN stock s ON s.variant_id = v.id WHERE v.product_id = $1 ORDER BY v.position, v.id",
        product_id,
    )
}

/// The variant with this id.
pub async fn find_stored_variant(conn: &mut Conn, variant_id: &str) -> sqlx::Result<Option<StoredVariant>> {
    fetch!(
        conn,
        fetch_optional as StoredVariant,
        "SELECT v.id, v.product_id, v.sku, v.price_minor, coalesce(s.on_hand, 0) AS on_hand,
                coalesce(s.reserved, 0) AS reserved
         FROM variants v LEFT JOIN stock s ON s.variant_id = v.id WHERE v.id = $1",
        variant_id,
    )
}

/// The owners of these SKUs: `(sku, product id)`.
pub async fn list_sku_owners(conn: &mut Conn, skus: &[&str]) -> sqlx::Result<Vec<(String, String)>> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT sku, product_id FROM variants WHERE sku IN ");
    sql.bind_list(skus);
    sql.fetch_all(conn).await
}

pub(in crate::db) async fn list_variant_drafts(
    conn: &mut Conn,
    product_id: &str,
) -> sqlx::Result<Vec<VariantDraft>> {
    let rows = fetch!(
        conn,
        fetch_all as DraftRow,
        "SELECT v.sku, v.options, v.price_minor, v.compare_at_minor, v.weight_g, v.barcode, v.media_id,
                coalesce(s.on_hand, 0) AS on_hand
         FROM variants v LEFT JOIN stock s ON s.variant_id = v.id WHERE v.product_id = $1 ORDER BY v.position, v.id",
        product_id,
    )?;
    rows.into_iter()
        .map(|row| {
            Ok(VariantDraft {
                options: decode_json(&row.options)?,
                sku: row.sku,
                price_minor: row.price_minor,
                compare_at_minor: row.compare_at_minor,
                weight_g: row.weight_g,
                barcode: row.barcode,
                media_id: row.media_id,
                stock: Some(row.on_hand),
            })
        })
        .collect()
}

/// Gives every variant of the product a place-holder for its options, so that variants can exchange theirs.
pub async fn free_options(conn: &mut Conn, product_id: &str) -> sqlx::Result<()> {
    execute!(conn, "UPDATE variants SET options = id WHERE product_id = $1", product_id)?;
    Ok(())
}

/// Writes a variant's row, new or known.
pub async fn upsert_variant(
    conn: &mut Conn,
    variant_id: &str,
    product_id: &str,
    position: i64,
    (draft, now_ms): (&VariantDraft, i64),
) -> sqlx::Result<()> {
    let options = serde_json::to_string(&draft.options).map_err(|e| sqlx::Error::Encode(Box::new(e)))?;
    execute!(
        conn,
        "INSERT INTO variants (id, product_id, sku, options, position, price_minor, compare_at_minor, weight_g,
                               barcode, media_id, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
         ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, options = excluded.options,
             position = excluded.position, price_minor = excluded.price_minor,
             compare_at_minor = excluded.compare_at_minor, weight_g = excluded.weight_g,
             barcode = excluded.barcode, media_id = excluded.media_id, updated_at = excluded.updated_at",
        variant_id,
        product_id,
        &draft.sku,
        options.as_str(),
        position,
        draft.price_minor,
        draft.compare_at_minor,
        draft.weight_g,
        &draft.barcode,
        draft.media_id.as_deref(),
        now_ms,
    )?;
    Ok(())
}

/// Sets a variant's price and old price.
pub async fn update_price(
    conn: &mut Conn,
    variant_id: &str,
    price_minor: i64,
    compare_at_minor: Option<i64>,
    now_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE variants SET price_minor = $2, compare_at_minor = $3, updated_at = $4 WHERE id = $1",
        variant_id,
        price_minor,
        compare_at_minor,
        now_ms,
    )?;
    Ok(())
}

/// Notes that a variant has this price since then.
pub async fn insert_price(
    conn: &mut Conn,
    id: &str,
    variant_id: &str,
    price_minor: i64,
    since: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO price_history (id, variant_id, price_minor, since) VALUES ($1, $2, $3, $4)",
        id,
        variant_id,
        price_minor,
        since,
    )?;
    Ok(())
}

/// True when an order ever held or took this variant; such a variant stays.
pub async fn is_sold(conn: &mut Conn, variant_id: &str) -> sqlx::Result<bool> {
    let row: (bool,) = fetch!(
        conn,
        fetch_one as (bool,),
        "SELECT EXISTS (SELECT * FROM reservations WHERE variant_id = $1)
             OR EXISTS (SELECT * FROM stock_movements WHERE variant_id = $1 AND kind IN ('sale', 'return'))",
        variant_id,
    )?;
    Ok(row.0)
}

/// Removes a variant that was never sold, with its stock, its prices and its lines in carts.
pub async fn delete_variant(conn: &mut Conn, variant_id: &str) -> sqlx::Result<()> {
    for sql in [
        "DELETE FROM cart_lines WHERE variant_id = $1",
        "DELETE FROM price_history WHERE variant_id = $1",
        "DELETE FROM stock_movements WHERE variant_id = $1",
        "DELETE FROM stock WHERE variant_id = $1",
        "DELETE FROM variants WHERE id = $1",
    ] {
        execute!(conn, sql, variant_id)?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    sku: String,
    options: String,
    price_minor: i64,
    compare_at_minor: Option<i64>,
    weight_g: i64,
    barcode: String,
    media_id: Option<String>,
    on_hand: i64,
}
