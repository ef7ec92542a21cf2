//! Reading a product back as a draft, and writing its rows.

use super::{ChoiceDocument, decode_json, list_options};
use crate::db::sql::Sql;
use crate::db::{Conn, execute, fetch, variants};
use crate::domain::draft::{AttributeDraft, PictureDraft, ProductDraft};

/// The id of the product at `slug`, published or not.
pub async fn find_product_id(conn: &mut Conn, slug: &str) -> sqlx::Result<Option<String>> {
    let row = fetch!(conn, fetch_optional as (String,), "SELECT id FROM products WHERE slug = $1", slug)?;
    Ok(row.map(|(id,)| id))
}

/// Every product's id, in the order of their slugs; drafts too.
pub async fn list_product_ids(conn: &mut Conn) -> sqlx::Result<Vec<String>> {
    let rows = fetch!(conn, fetch_all as (String,), "SELECT id FROM products ORDER BY slug")?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The ids of the products at these slugs, in their order; unknown ones are left out.
pub async fn list_ids_of_slugs(conn: &mut Conn, slugs: &[String]) -> sqlx::Result<Vec<String>> {
    if slugs.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT slug, id FROM products WHERE slug IN ");
    sql.bind_list(slugs);
    let rows: Vec<(String, String)> = sql.fetch_all(conn).await?;
    Ok(slugs
        .iter()
        .filter_map(|slug| rows.iter().find(|(s, _)| s == slug).map(|(_, id)| id.clone()))
        .collect())
}

/// The slugs of these products, in their order.
pub async fn list_slugs_of_ids(conn: &mut Conn, ids: &[String]) -> sqlx::Result<Vec<String>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT id, slug FROM products WHERE id IN ");
    sql.bind_list(ids);
    let rows: Vec<(String, String)> = sql.fetch_all(conn).await?;
    Ok(ids.iter().filter_map(|id| rows.iter().find(|(i, _)| i == id).map(|(_, slug)| slug.clone())).collect())
}

/// The product as it is stored, published or not, with its stock.
pub async fn find_draft(conn: &mut Conn, product_id: &str) -> sqlx::Result<Option<ProductDraft>> {
    let row = fetch!(
        conn,
        fetch_optional as DraftRow,
        "SELECT slug, title, summary, description, box, brand_id, type_id, tax_class, status, published_at, popularity
         FROM products WHERE id = $1",
        product_id,
    )?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ProductDraft {
        categories: list_category_ids(conn, product_id).await?,
        attributes: list_attribute_drafts(conn, product_id).await?,
        options: list_options(conn, product_id).await?,
        variants: variants::rows::list_variant_drafts(conn, product_id).await?,
        pictures: list_picture_drafts(conn, product_id).await?,
        related: list_related_ids(conn, product_id).await?,
        slug: row.slug,
        title: row.title,
        summary: row.summary,
        description: row.description,
        box_contents: decode_json(&row.r#box)?,
        brand_id: row.brand_id,
        type_id: row.type_id,
        tax_class: row.tax_class,
        published: row.status == "published",
        published_at: row.published_at,
        popularity: row.popularity,
    }))
}

/// The categories of a product, the primary one first.
pub async fn list_category_ids(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<String>> {
    let rows = fetch!(
        conn,
        fetch_all as (String,),
        "SELECT category_id FROM product_categories WHERE product_id = $1 ORDER BY position",
        product_id,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

async fn list_related_ids(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<String>> {
    let rows = fetch!(
        conn,
        fetch_all as (String,),
        "SELECT related_id FROM product_related WHERE product_id = $1 ORDER BY position",
        product_id,
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

async fn list_attribute_drafts(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<AttributeDraft>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String, Option<i64>),
        "SELECT attribute_key, value, number_milli FROM product_attributes
         WHERE product_id = $1 ORDER BY attribute_key, position",
        product_id,
    )?;
    let mut drafts: Vec<AttributeDraft> = Vec::new();
    for (key, value, number_milli) in rows {
        match drafts.last_mut() {
            Some(last) if last.key == key => last.values.push(value),
            _ => drafts.push(AttributeDraft { key, values: vec![value], number_milli }),
        }
    }
    // The engines' collations differ; a draft's order is that of bytes.
    drafts.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(drafts)
}

async fn list_picture_drafts(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<PictureDraft>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String),
        "SELECT media_id, alt FROM product_media WHERE product_id = $1 ORDER BY position",
        product_id,
    )?;
    Ok(rows.into_iter().map(|(media_id, alt)| PictureDraft { media_id, alt }).collect())
}

/// Writes the product's own row, new or known. What is derived from variants follows with `update_derived`.
pub async fn upsert_product(
    conn: &mut Conn,
    product_id: &str,
    draft: &ProductDraft,
    now_ms: i64,
) -> sqlx::Result<()> {
    let box_contents =
        serde_json::to_string(&draft.box_contents).map_err(|e| sqlx::Error::Encode(Box::new(e)))?;
    execute!(
        conn,
        "INSERT INTO products (id, slug, title, summary, description, box, brand_id, type_id, tax_class, status,
                               published_at, popularity, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
         ON CONFLICT (id) DO UPDATE SET slug = excluded.slug, title = excluded.title, summary = excluded.summary,
             description = excluded.description, box = excluded.box, brand_id = excluded.brand_id,
             type_id = excluded.type_id, tax_class = excluded.tax_class, status = excluded.status,
             published_at = excluded.published_at, popularity = excluded.popularity,
             updated_at = excluded.updated_at",
        product_id,
        &draft.slug,
        &draft.title,
        &draft.summary,
        &draft.description,
        box_contents.as_str(),
        draft.brand_id.as_deref(),
        draft.type_id.as_deref(),
        &draft.tax_class,
        if draft.published { "published" } else { "draft" },
        draft.published_at,
        draft.popularity,
        now_ms,
    )?;
    Ok(())
}

/// Replaces the product's options.
pub async fn replace_options(conn: &mut Conn, product_id: &str, draft: &ProductDraft) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM product_options WHERE product_id = $1", product_id)?;
    for (position, option) in (0_i64..).zip(&draft.options) {
        let choices: Vec<ChoiceDocument> = option
            .choices
            .iter()
            .map(|c| ChoiceDocument { value: c.value.clone(), swatch: c.swatch.clone() })
            .collect();
        let choices = serde_json::to_string(&choices).map_err(|e| sqlx::Error::Encode(Box::new(e)))?;
        execute!(
            conn,
            "INSERT INTO product_options (product_id, position, name, choices) VALUES ($1, $2, $3, $4)",
            product_id,
            position,
            &option.name,
            choices.as_str(),
        )?;
    }
    Ok(())
}

/// Replaces the product's attribute values.
pub async fn replace_attributes(conn: &mut Conn, product_id: &str, draft: &ProductDraft) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM product_attributes WHERE product_id = $1", product_id)?;
    for attribute in &draft.attributes {
        for (position, value) in (0_i64..).zip(&attribute.values) {
            execute!(
                conn,
                "INSERT INTO product_attributes (product_id, attribute_key, position, value, number_milli)
                 VALUES ($1, $2, $3, $4, $5)",
                product_id,
                &attribute.key,
                position,
                value,
                attribute.number_milli.filter(|_| position == 0),
            )?;
        }
    }
    Ok(())
}

/// Replaces the product's gallery.
pub async fn replace_pictures(conn: &mut Conn, product_id: &str, draft: &ProductDraft) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM product_media WHERE product_id = $1", product_id)?;
    for (position, picture) in (0_i64..).zip(&draft.pictures) {
        execute!(
            conn,
            "INSERT INTO product_media (product_id, position, media_id, alt) VALUES ($1, $2, $3, $4)",
            product_id,
            position,
            &picture.media_id,
            &picture.alt,
        )?;
    }
    Ok(())
}

/// Replaces the product's places; the first category is its primary one.
pub async fn replace_categories(conn: &mut Conn, product_id: &str, ids: &[String]) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM product_categories WHERE product_id = $1", product_id)?;
    for (position, category_id) in (0_i64..).zip(ids) {
        execute!(
            conn,
            "INSERT INTO product_categories (product_id, category_id, position) VALUES ($1, $2, $3)",
            product_id,
            category_id,
            position,
        )?;
    }
    Ok(())
}

/// Replaces the product's related products.
pub async fn replace_related(conn: &mut Conn, product_id: &str, ids: &[String]) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM product_related WHERE product_id = $1", product_id)?;
    for (position, related_id) in (0_i64..).zip(ids) {
        execute!(
            conn,
            "INSERT INTO product_related (product_id, position, related_id) VALUES ($1, $2, $3)",
            product_id,
            position,
            related_id,
        )?;
    }
    Ok(())
}

/// Computes the columns that listings read from the product's variants and their stock.
pub async fn update_derived(conn: &mut Conn, product_id: &str) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE products SET
             price_min_minor = coalesce((SELECT min(v.price_minor) FROM variants v WHERE v.product_id = $1), 0),
             price_max_minor = coalesce((SELECT max(v.price_minor) FROM variants v WHERE v.product_id = $1), 0),
             compare_at_minor = (SELECT v.compare_at_minor FROM variants v
                 WHERE v.product_id = $1 AND v.compare_at_minor IS NOT NULL
                   AND v.price_minor = (SELECT min(w.price_minor) FROM variants w WHERE w.product_id = $1)
                 ORDER BY v.position LIMIT 1)
         WHERE id = $1",
        product_id,
    )?;
    update_band(conn, product_id).await
}

/// Computes the product's stock band: that of its best variant.
pub async fn update_band(conn: &mut Conn, product_id: &str) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE products SET band = (
             SELECT CASE WHEN coalesce(max(s.on_hand - s.reserved), 0) <= 0 THEN 'out'
                         WHEN max(s.on_hand - s.reserved) <= $2 THEN 'low'
                         ELSE 'in' END
             FROM variants v JOIN stock s ON s.variant_id = v.id WHERE v.product_id = $1)
         WHERE id = $1",
        product_id,
        crate::domain::catalogue::LOW_MAX,
    )?;
    Ok(())
}

/// Removes the product's row and everything that belongs to it but its variants, which go first.
pub async fn delete_product(conn: &mut Conn, product_id: &str) -> sqlx::Result<()> {
    for sql in [
        "DELETE FROM product_options WHERE product_id = $1",
        "DELETE FROM product_attributes WHERE product_id = $1",
        "DELETE FROM product_media WHERE product_id = $1",
        "DELETE FROM product_categories WHERE product_id = $1",
        "DELETE FROM product_related WHERE product_id = $1 OR related_id = $1",
        "DELETE FROM slug_redirects WHERE kind = 'product' AND target_id = $1",
        "DELETE FROM products WHERE id = $1",
    ] {
        execute!(conn, sql, product_id)?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    slug: String,
    title: String,
    summary: String,
    description: String,
    r#box: String,
    brand_id: Option<String>,
    type_id: Option<String>,
    tax_class: String,
    status: String,
    published_at: Option<i64>,
    popularity: i64,
}
