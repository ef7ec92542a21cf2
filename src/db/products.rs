//! Products: what a product's page shows, and the rows behind it.

pub mod rows;

use serde::{Deserialize, Serialize};

use super::{Conn, cards, categories, fetch, media, variants};
use crate::domain::catalogue::{
    AttributeKind, Band, Brand, Choice, OptionAxis, Picture, Product, RELATED_MAX, Spec,
};
use crate::domain::tag::Tag;

/// The published product at `slug` with everything that its page shows.
pub async fn find_product_by_slug(conn: &mut Conn, slug: &str) -> sqlx::Result<Option<Product>> {
    let row = fetch!(
        conn,
        fetch_optional as ProductRow,
        "SELECT p.id, p.slug, p.title, p.summary, p.description, p.box, p.tax_class, p.published_at, p.updated_at,
                p.price_min_minor, p.price_max_minor, p.compare_at_minor, p.band, p.type_id,
                b.id AS brand_id, b.slug AS brand_slug, b.name AS brand_name, t.name AS type_name
         FROM products p
         LEFT JOIN brands b ON b.id = p.brand_id
         LEFT JOIN product_types t ON t.id = p.type_id
         WHERE p.slug = $1 AND p.status = 'published'",
        slug,
    )?;
    match row {
        Some(row) => load_product(conn, row).await.map(Some),
        None => Ok(None),
    }
}

async fn load_product(conn: &mut Conn, row: ProductRow) -> sqlx::Result<Product> {
    conn.record(Tag::product(&row.id));
    let id = row.id.clone();
    let placement = categories::list_placements(conn, &id).await?;
    let product = Product {
        options: list_options(conn, &id).await?,
        variants: variants::list_variants(conn, &id, &row.title).await?,
        specs: list_specs(conn, &id, row.type_id.as_deref()).await?,
        pictures: media::list_product_pictures(conn, &id).await?,
        related: cards::list_related(conn, &id, RELATED_MAX).await?,
        categories: placement.categories,
        breadcrumb: placement.breadcrumb,
        brand: match (row.brand_id, row.brand_slug, row.brand_name) {
            (Some(brand_id), Some(slug), Some(name)) => Some(Brand { brand_id, slug, name }),
            _ => None,
        },
        product_id: row.id,
        slug: row.slug,
        title: row.title,
        summary: row.summary,
        description: row.description,
        box_contents: decode_json(&row.r#box)?,
        type_name: row.type_name.unwrap_or_default(),
        tax_class: row.tax_class,
        published_at: row.published_at,
        updated_at: row.updated_at,
        price_min_minor: row.price_min_minor,
        price_max_minor: row.price_max_minor,
        compare_at_minor: row.compare_at_minor,
        band: Band::parse(&row.band).unwrap_or(Band::Out),
    };
    Ok(product)
}

/// The options of a product, in order.
pub async fn list_options(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<OptionAxis>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String),
        "SELECT name, choices FROM product_options WHERE product_id = $1 ORDER BY position",
        product_id,
    )?;
    rows.into_iter()
        .map(|(name, choices)| {
            let choices: Vec<ChoiceDocument> = decode_json(&choices)?;
            Ok(OptionAxis { name, choices: choices.into_iter().map(ChoiceDocument::into_choice).collect() })
        })
        .collect()
}

/// The specification table: first what the product's type lists, in its order, then the rest.
async fn list_specs(conn: &mut Conn, product_id: &str, type_id: Option<&str>) -> sqlx::Result<Vec<Spec>> {
    let rows = fetch!(
        conn,
        fetch_all as SpecRow,
        "SELECT a.key, a.name, a.kind, a.unit, v.value
         FROM product_attributes v
         JOIN attributes a ON a.key = v.attribute_key
         LEFT JOIN product_type_attributes t ON t.type_id = $2 AND t.attribute_key = a.key
         WHERE v.product_id = $1
         ORDER BY CASE WHEN t.position IS NULL THEN 1 ELSE 0 END, t.position, a.position, a.key, v.position",
        product_id,
        type_id,
    )?;
    let mut specs: Vec<Spec> = Vec::new();
    for row in rows {
        match specs.last_mut() {
            Some(spec) if spec.key == row.key => spec.values.push(row.value),
            _ => specs.push(row.into_spec()),
        }
    }
    Ok(specs)
}

/// Slugs by id, of published products, for the sitemap and the static export: `(slug, updated_at)`.
pub async fn list_product_slugs(conn: &mut Conn) -> sqlx::Result<Vec<(String, i64)>> {
    conn.record(Tag::search());
    fetch!(
        conn,
        fetch_all as (String, i64),
        "SELECT slug, updated_at FROM products WHERE status = 'published' ORDER BY slug",
    )
}

/// One choice of an option as stored; `swatch` is left out when there is none.
#[derive(Serialize, Deserialize)]
pub(super) struct ChoiceDocument {
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub swatch: Option<String>,
}

impl ChoiceDocument {
    fn into_choice(self) -> Choice {
        Choice { value: self.value, swatch: self.swatch }
    }
}

/// Reads a JSON column.
pub(super) fn decode_json<T: for<'a> Deserialize<'a>>(json: &str) -> sqlx::Result<T> {
    serde_json::from_str(json).map_err(|e| sqlx::Error::Decode(Box::new(e)))
}

/// A picture from the nullable columns of an outer join.
pub(super) fn picture(
    hash: Option<String>,
    alt: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
) -> Option<Picture> {
    Some(Picture { hash: hash?, alt: alt?, width: width?, height: height? })
}

#[derive(sqlx::FromRow)]
struct ProductRow {
    id: String,
    slug: String,
    title: String,
    summary: String,
    description: String,
    r#box: String,
    tax_class: String,
    published_at: Option<i64>,
    updated_at: i64,
    price_min_minor: i64,
    price_max_minor: i64,
    compare_at_minor: Option<i64>,
    band: String,
    type_id: Option<String>,
    brand_id: Option<String>,
    brand_slug: Option<String>,
    brand_name: Option<String>,
    type_name: Option<String>,
}

#[derive(sqlx::FromRow)]
struct SpecRow {
    key: String,
    name: String,
    kind: String,
    unit: String,
    value: String,
}

impl SpecRow {
    fn into_spec(self) -> Spec {
        Spec {
            kind: AttributeKind::parse(&self.kind).unwrap_or(AttributeKind::Text),
            key: self.key,
            name: self.name,
            unit: self.unit,
            values: vec![self.value],
        }
    }
}
