//! What the search index is made from. Records no tags: the index follows the change feed itself.

use std::collections::HashMap;

use super::Conn;
use super::products::decode_json;
use super::sql::Sql;

/// The words of one published product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRow {
    pub product_id: String,
    pub title: String,
    pub summary: String,
    pub brand: String,
    pub popularity: i64,
    /// SKU and barcode of each variant.
    pub codes: Vec<String>,
    /// Attribute values as printed, with their units; flags by their names; option values.
    pub values: Vec<String>,
    pub category_ids: Vec<String>,
}

/// The published products after `after`, by id, at most `limit`.
pub async fn list_search_rows(conn: &mut Conn, after: &str, limit: i64) -> sqlx::Result<Vec<SearchRow>> {
    let mut sql = select();
    sql.push(" AND p.id > ").bind_text(after).push(" ORDER BY p.id LIMIT ").bind_number(limit);
    complete(conn, sql).await
}

/// The published ones among `ids`, by id. At most a few hundred ids at once.
pub async fn list_search_rows_of(conn: &mut Conn, ids: &[String]) -> sqlx::Result<Vec<SearchRow>> {
    let mut sql = select();
    sql.push(" AND p.id IN ").bind_list(ids).push(" ORDER BY p.id");
    complete(conn, sql).await
}

/// The products in any of the categories.
pub async fn list_product_ids_in(conn: &mut Conn, category_ids: &[String]) -> sqlx::Result<Vec<String>> {
    let mut sql = Sql::new("SELECT DISTINCT product_id FROM product_categories WHERE category_id IN ");
    sql.bind_list(category_ids).push(" ORDER BY product_id");
    Ok(sql.fetch_all::<(String,)>(conn).await?.into_iter().map(|(id,)| id).collect())
}

fn select() -> Sql {
    Sql::new(
        "SELECT p.id, p.title, p.summary, b.name, p.popularity
         FROM products p LEFT JOIN brands b ON b.id = p.brand_id WHERE p.status = 'published'",
    )
}

/// Adds what lies in other tables, one statement per table.
async fn complete(conn: &mut Conn, sql: Sql) -> sqlx::Result<Vec<SearchRow>> {
    let found: Vec<(String, String, String, Option<String>, i64)> = sql.fetch_all(conn).await?;
    let ids: Vec<String> = found.iter().map(|row| row.0.clone()).collect();
    let mut rows: Vec<SearchRow> = found
        .into_iter()
        .map(|(product_id, title, summary, brand, popularity)| SearchRow {
            product_id,
            title,
            summary,
            brand: brand.unwrap_or_default(),
            popularity,
            ..SearchRow::default()
        })
        .collect();
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    for (product_id, sku, barcode, options) in list_variants(conn, &ids).await? {
        let Some(row) = places.get(product_id.as_str()).and_then(|at| rows.get_mut(*at)) else { continue };
        row.codes.extend([sku, barcode].into_iter().filter(|code| !code.is_empty()));
        for value in decode_json::<Vec<String>>(&options)? {
            if !row.values.contains(&value) {
                row.values.push(value);
            }
        }
    }
    for (product_id, value) in list_values(conn, &ids).await? {
        if let Some(row) = places.get(product_id.as_str()).and_then(|at| rows.get_mut(*at)) {
            row.values.push(value);
        }
    }
    for (product_id, category_id) in list_categories(conn, &ids).await? {
        if let Some(row) = places.get(product_id.as_str()).and_then(|at| rows.get_mut(*at)) {
            row.category_ids.push(category_id);
        }
    }
    Ok(rows)
}

/// Product, SKU, barcode, option values as JSON.
async fn list_variants(
    conn: &mut Conn,
    ids: &[String],
) -> sqlx::Result<Vec<(String, String, String, String)>> {
    let mut sql = Sql::new("SELECT product_id, sku, barcode, options FROM variants WHERE product_id IN ");
    sql.bind_list(ids).push(" ORDER BY product_id, position, sku");
    sql.fetch_all(conn).await
}

/// Product, value as printed.
async fn list_values(conn: &mut Conn, ids: &[String]) -> sqlx::Result<Vec<(String, String)>> {
    let mut sql = Sql::new(
        "SELECT v.product_id,
                CASE WHEN a.kind = 'flag' THEN (CASE WHEN v.value = 'true' THEN a.name ELSE '' END)
                     WHEN a.unit <> '' THEN v.value || ' ' || a.unit
                     ELSE v.value END
         FROM product_attributes v JOIN attributes a ON a.key = v.attribute_key WHERE v.product_id IN ",
    );
    sql.bind_list(ids).push(" ORDER BY v.product_id, a.position, a.key, v.position");
    sql.fetch_all(conn).await
}

/// Product, category.
async fn list_categories(conn: &mut Conn, ids: &[String]) -> sqlx::Result<Vec<(String, String)>> {
    let mut sql = Sql::new("SELECT product_id, category_id FROM product_categories WHERE product_id IN ");
    sql.bind_list(ids).push(" ORDER BY product_id, position, category_id");
    sql.fetch_all(conn).await
}
