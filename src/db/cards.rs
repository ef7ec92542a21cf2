//! Products as listings show them, one statement per list.

use std::collections::HashMap;

use super::products::{ChoiceDocument, decode_json, picture};
use super::sql::Sql;
use super::{Conn, fetch, variants};
use crate::domain::catalogue::{AttributeKind, Band, Choice, Fact, NEW_FOR_MS, ProductCard};
use crate::domain::tag::Tag;

/// Lists of at most this many products depend on each of them, longer ones on their list only.
const RECORDED_MAX: usize = 12;

/// The first so many related products are recorded, on sale or not, and all that are shown; CloudFront follows 50 tags of a
/// page.
const RELATED_RECORDED_MAX: usize = 24;

/// What follows ORDER BY, over `products p`: what sells best, those that are sold out last.
pub(super) const POPULAR_FIRST: &str =
    "CASE WHEN p.band = 'out' THEN 1 ELSE 0 END, p.popularity DESC, p.published_at DESC, p.id DESC";
/// The same by age.
pub(super) const NEWEST_FIRST: &str = "p.published_at DESC, p.id DESC";

/// The published products among `ids`, in that order. At most 12 are recorded one by one, more as a search.
pub async fn list_cards(conn: &mut Conn, ids: &[String]) -> sqlx::Result<Vec<ProductCard>> {
    if ids.len() <= RECORDED_MAX {
        ids.iter().for_each(|id| conn.record(Tag::product(id)));
    } else {
        conn.record(Tag::search());
    }
    load_cards(conn, ids, None).await
}

/// The newest products, for the home page.
pub async fn list_new(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<ProductCard>> {
    list_first(conn, NEWEST_FIRST, limit).await
}

/// What sells best, for the home page.
pub async fn list_popular(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<ProductCard>> {
    list_first(conn, POPULAR_FIRST, limit).await
}

/// The first published products in this order. Which they are is asked alone: with all that a card shows, PostgreSQL would
/// look that up for every product before it sorts them.
async fn list_first(conn: &mut Conn, order: &'static str, limit: i64) -> sqlx::Result<Vec<ProductCard>> {
    conn.record(Tag::home());
    let mut sql = Sql::new("SELECT p.id FROM products p WHERE p.status = 'published' ORDER BY ");
    sql.push(order).push(" LIMIT ").bind_number(limit);
    let rows: Vec<(String,)> = sql.fetch_all(conn).await?;
    let ids: Vec<String> = rows.into_iter().map(|(id,)| id).collect();
    load_cards(conn, &ids, None).await
}

/// The published products with an id above `after` in any of `category_ids` (`None`: all), by id: pages that neither
/// skip nor repeat a product while others are added.
pub async fn list_cards_after(
    conn: &mut Conn,
    category_ids: Option<&[String]>,
    after: &str,
    limit: i64,
) -> sqlx::Result<Vec<ProductCard>> {
    conn.record(Tag::home());
    let mut sql = select(None);
    sql.push("WHERE p.status = 'published' AND p.id > ").bind_text(after);
    if let Some(ids) = category_ids {
        ids.iter().for_each(|id| conn.record(Tag::category(id)));
        sql.push(" AND EXISTS (SELECT pc.product_id FROM product_categories pc WHERE pc.product_id = p.id AND pc.category_id IN ")
            .bind_list(ids)
            .push(")");
    }
    sql.push(" ORDER BY p.id LIMIT ").bind_number(limit);
    read_cards(conn, sql).await
}

/// The first `limit` related products of `product_id`, in the merchant's order.
pub(super) async fn list_related(
    conn: &mut Conn,
    product_id: &str,
    limit: usize,
) -> sqlx::Result<Vec<ProductCard>> {
    let listed: Vec<(String, bool)> = fetch!(
        conn,
        fetch_all as (String, bool),
        "SELECT r.related_id, p.status = 'published' FROM product_related r JOIN products p ON p.id = r.related_id
         WHERE r.product_id = $1 ORDER BY r.position",
        product_id,
    )?;
    // Those that are off sale, too: the page changes when they come back.
    listed.iter().take(RELATED_RECORDED_MAX).for_each(|(id, _)| conn.record(Tag::product(id)));
    let published = listed.into_iter().filter_map(|(id, is_published)| is_published.then_some(id));
    let ids: Vec<String> = published.take(limit).collect();
    ids.iter().for_each(|id| conn.record(Tag::product(id)));
    load_cards(conn, &ids, None).await
}

/// Cards in the order of `ids`, with a category's fact; records nothing.
pub(super) async fn load_cards(
    conn: &mut Conn,
    ids: &[String],
    fact_attribute: Option<&str>,
) -> sqlx::Result<Vec<ProductCard>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = select(fact_attribute);
    sql.push("WHERE p.status = 'published' AND p.id IN ").bind_list(ids);
    let mut by_id: HashMap<String, ProductCard> =
        read_cards(conn, sql).await?.into_iter().map(|card| (card.product_id.clone(), card)).collect();
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// Up to WHERE. The fact is `fact_attribute`'s, else that of the product's primary category.
fn select(fact_attribute: Option<&str>) -> Sql {
    let mut sql = Sql::new(
        "SELECT p.id, p.slug, p.title, p.summary, b.name AS brand, p.price_min_minor, p.price_max_minor,
                p.compare_at_minor, p.band, p.published_at,
                m0.hash AS hash, i0.alt AS alt, m0.width AS width, m0.height AS height,
                m1.hash AS second_hash, i1.alt AS second_alt, m1.width AS second_width, m1.height AS second_height,
                fa.name AS fact_name, fa.unit AS fact_unit, fa.kind AS fact_kind, fv.value AS fact_value,
                CASE WHEN p.compare_at_minor IS NOT NULL THEN
                    (SELECT v.id FROM variants v
                     WHERE v.product_id = p.id AND v.price_minor = p.price_min_minor AND v.compare_at_minor IS NOT NULL
                     ORDER BY v.position LIMIT 1)
                END AS sale_variant_id,
                (SELECT o.choices FROM product_options o
                 WHERE o.product_id = p.id AND o.choices LIKE '%\"swatch\":\"%' ORDER BY o.position LIMIT 1) AS swatches
         FROM products p
         LEFT JOIN brands b ON b.id = p.brand_id
         LEFT JOIN product_media i0 ON i0.product_id = p.id AND i0.position = 0
         LEFT JOIN media m0 ON m0.id = i0.media_id
         LEFT JOIN product_media i1 ON i1.product_id = p.id AND i1.position = 1
         LEFT JOIN media m1 ON m1.id = i1.media_id
         LEFT JOIN product_categories pc ON pc.product_id = p.id AND pc.position = 0
         LEFT JOIN categories c ON c.id = pc.category_id
         LEFT JOIN attributes fa ON fa.key = ",
    );
    match fact_attribute {
        Some(key) => sql.bind_text(key),
        None => sql.push("c.fact_attribute"),
    };
    sql.push(
        " LEFT JOIN product_attributes fv
             ON fv.product_id = p.id AND fv.attribute_key = fa.key AND fv.position = 0 ",
    );
    sql
}

async fn read_cards(conn: &mut Conn, sql: Sql) -> sqlx::Result<Vec<ProductCard>> {
    let rows: Vec<CardRow> = sql.fetch_all(conn).await?;
    for published_at in rows.iter().filter_map(|row| row.published_at) {
        // Cards tell what is new: from the publishing on, which may be to come, and not for ever.
        conn.record_moment(published_at);
        conn.record_moment(published_at.saturating_add(NEW_FOR_MS));
    }
    let on_sale: Vec<&str> = rows.iter().filter_map(|r| r.sale_variant_id.as_deref()).collect();
    let lowest = variants::list_lowest_prices(conn, &on_sale).await?;
    rows.into_iter().map(|row| row.into_card(&lowest)).collect()
}

#[derive(sqlx::FromRow)]
struct CardRow {
    id: String,
    slug: String,
    title: String,
    summary: String,
    brand: Option<String>,
    price_min_minor: i64,
    price_max_minor: i64,
    compare_at_minor: Option<i64>,
    band: String,
    published_at: Option<i64>,
    hash: Option<String>,
    alt: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    second_hash: Option<String>,
    second_alt: Option<String>,
    second_width: Option<i64>,
    second_height: Option<i64>,
    fact_name: Option<String>,
    fact_unit: Option<String>,
    fact_kind: Option<String>,
    fact_value: Option<String>,
    sale_variant_id: Option<String>,
    swatches: Option<String>,
}

impl CardRow {
    fn into_card(self, lowest: &HashMap<String, i64>) -> sqlx::Result<ProductCard> {
        let swatches: Vec<ChoiceDocument> = match &self.swatches {
            Some(json) => decode_json(json)?,
            None => Vec::new(),
        };
        let fact = match (self.fact_name, self.fact_unit, self.fact_kind, self.fact_value) {
            (Some(name), Some(unit), Some(kind), Some(value)) => {
                let kind = AttributeKind::parse(&kind).unwrap_or(AttributeKind::Text);
                Some(Fact { name, value, unit, kind })
            }
            _ => None,
        };
        Ok(ProductCard {
            lowest_minor: self.sale_variant_id.and_then(|id| lowest.get(&id).copied()),
            product_id: self.id,
            slug: self.slug,
            title: self.title,
            summary: self.summary,
            brand: self.brand,
            price_min_minor: self.price_min_minor,
            price_max_minor: self.price_max_minor,
            compare_at_minor: self.compare_at_minor,
            band: Band::parse(&self.band).unwrap_or(Band::Out),
            published_at: self.published_at,
            picture: picture(self.hash, self.alt, self.width, self.height),
            second_picture: picture(self.second_hash, self.second_alt, self.second_width, self.second_height),
            fact,
            swatches: swatches
                .into_iter()
                .filter(|c| c.swatch.is_some())
                .map(|c| Choice { value: c.value, swatch: c.swatch })
                .collect(),
        })
    }
}
