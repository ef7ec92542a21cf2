//! What price comparison sites are told: every variant that is for sale.

use super::products::decode_json;
use super::{Conn, fetch};
use crate::domain::tag::Tag;

/// One variant of a published product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedItem {
    pub product_id: String,
    pub slug: String,
    pub title: String,
    pub summary: String,
    pub brand: String,
    /// Name of the primary category.
    pub category: String,
    pub sku: String,
    /// Option values.
    pub options: Vec<String>,
    /// Gross.
    pub price_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub weight_g: i64,
    pub barcode: String,
    /// Hash of its own picture, else of the product's first.
    pub picture: Option<String>,
    /// Pieces that can be sold now.
    pub available: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    product_id: String,
    slug: String,
    title: String,
    summary: String,
    brand: Option<String>,
    category: Option<String>,
    sku: String,
    options: String,
    price_minor: i64,
    compare_at_minor: Option<i64>,
    weight_g: i64,
    barcode: String,
    picture: Option<String>,
    available: i64,
}

/// The variants of the `limit` published products after `after`, by product id.
pub async fn list_feed_items(conn: &mut Conn, after: &str, limit: i64) -> sqlx::Result<Vec<FeedItem>> {
    conn.record(Tag::search());
    let rows: Vec<Row> = fetch!(
        conn,
        fetch_all as Row,
        "SELECT p.id AS product_id, p.slug, p.title, p.summary, b.name AS brand, c.name AS category, v.sku,
                v.options, v.price_minor, v.compare_at_minor, v.weight_g, v.barcode,
                coalesce(mv.hash, mp.hash) AS picture, coalesce(s.on_hand - s.reserved, 0) AS available
         FROM products p
         JOIN variants v ON v.product_id = p.id
         LEFT JOIN brands b ON b.id = p.brand_id
         LEFT JOIN product_categories pc ON pc.product_id = p.id AND pc.position = 0
         LEFT JOIN categories c ON c.id = pc.category_id
         LEFT JOIN media mv ON mv.id = v.media_id
         LEFT JOIN product_media i ON i.product_id = p.id AND i.position = 0
         LEFT JOIN media mp ON mp.id = i.media_id
         LEFT JOIN stock s ON s.variant_id = v.id
         WHERE p.id IN (SELECT id FROM products WHERE status = 'published' AND id > $1 ORDER BY id LIMIT $2)
         ORDER BY p.id, v.position, v.sku",
        after,
        limit,
    )?;
    rows.into_iter().map(Row::into_item).collect()
}

impl Row {
    fn into_item(self) -> sqlx::Result<FeedItem> {
        Ok(FeedItem {
            options: decode_json(&self.options)?,
            product_id: self.product_id,
            slug: self.slug,
            title: self.title,
            summary: self.summary,
            brand: self.brand.unwrap_or_default(),
            category: self.category.unwrap_or_default(),
            sku: self.sku,
            price_minor: self.price_minor,
            compare_at_minor: self.compare_at_minor,
            weight_g: self.weight_g,
            barcode: self.barcode,
            picture: self.picture,
            available: self.available,
        })
    }
}
