//! Variants: what is put into carts, with its price, its stock band and its past prices.

pub mod rows;

use std::collections::HashMap;

use super::products::{decode_json, picture};
use super::sql::Sql;
use super::{Conn, fetch};
use crate::domain::catalogue::{Band, Variant, lowest_before};

/// The variants of a product in order. `title` is the product's: a variant's own picture is described with it.
pub async fn list_variants(conn: &mut Conn, product_id: &str, title: &str) -> sqlx::Result<Vec<Variant>> {
    let rows = fetch!(
        conn,
        fetch_all as VariantRow,
        "SELECT v.id, v.sku, v.options, v.price_minor, v.compare_at_minor, v.weight_g, v.barcode,
                coalesce(s.on_hand - s.reserved, 0) AS available,
                m.hash, i.alt, m.width, m.height
         FROM variants v
         LEFT JOIN stock s ON s.variant_id = v.id
         LEFT JOIN media m ON m.id = v.media_id
         LEFT JOIN product_media i ON i.product_id = v.product_id AND i.media_id = v.media_id
         WHERE v.product_id = $1
         ORDER BY v.position, v.id, i.position",
        product_id,
    )?;
    let on_sale: Vec<&str> =
        rows.iter().filter(|r| r.compare_at_minor.is_some()).map(|r| r.id.as_str()).collect();
    let lowest = list_lowest_prices(conn, &on_sale).await?;
    let mut variants: Vec<Variant> = Vec::with_capacity(rows.len());
    for row in rows {
        // A picture that stands twice in the gallery gives two rows; the first one counts.
        if variants.last().is_none_or(|last| last.variant_id != row.id) {
            variants.push(row.into_variant(title, &lowest)?);
        }
    }
    Ok(variants)
}

/// The variant of a SKU.
pub async fn find_variant_id(conn: &mut Conn, sku: &str) -> sqlx::Result<Option<String>> {
    let row = fetch!(conn, fetch_optional as (String,), "SELECT id FROM variants WHERE sku = $1", sku)?;
    Ok(row.map(|(id,)| id))
}

/// The variants of the product that has variant `variant_id`, as `(id, option values)`.
pub async fn list_sibling_options(
    conn: &mut Conn,
    variant_id: &str,
) -> sqlx::Result<Vec<(String, Vec<String>)>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String),
        "SELECT w.id, w.options FROM variants v JOIN variants w ON w.product_id = v.product_id WHERE v.id = $1",
        variant_id,
    )?;
    rows.into_iter().map(|(id, options)| Ok((id, decode_json(&options)?))).collect()
}

/// For each of the variants that had another price before: the lowest of the 30 days before the newest price began.
pub(super) async fn list_lowest_prices(
    conn: &mut Conn,
    variant_ids: &[&str],
) -> sqlx::Result<HashMap<String, i64>> {
    if variant_ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new("SELECT variant_id, since, price_minor FROM price_history WHERE variant_id IN ");
    sql.bind_list(variant_ids).push(" ORDER BY since, id");
    let rows: Vec<(String, i64, i64)> = sql.fetch_all(conn).await?;
    let mut histories: HashMap<String, Vec<(i64, i64)>> = HashMap::new();
    for (variant_id, since, price_minor) in rows {
        histories.entry(variant_id).or_default().push((since, price_minor));
    }
    Ok(histories.into_iter().filter_map(|(id, history)| Some((id, lowest_before(&history)?))).collect())
}

#[derive(sqlx::FromRow)]
struct VariantRow {
    id: String,
    sku: String,
    options: String,
    price_minor: i64,
    compare_at_minor: Option<i64>,
    weight_g: i64,
    barcode: String,
    available: i64,
    hash: Option<String>,
    alt: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
}

impl VariantRow {
    fn into_variant(self, title: &str, lowest: &HashMap<String, i64>) -> sqlx::Result<Variant> {
        let alt = self.alt.unwrap_or_else(|| title.to_owned());
        Ok(Variant {
            lowest_minor: lowest.get(&self.id).copied().filter(|_| self.compare_at_minor.is_some()),
            variant_id: self.id,
            sku: self.sku,
            options: decode_json(&self.options)?,
            price_minor: self.price_minor,
            compare_at_minor: self.compare_at_minor,
            weight_g: self.weight_g,
            barcode: self.barcode,
            band: Band::of(self.available),
            picture: picture(self.hash, Some(alt), self.width, self.height),
        })
    }
}
