//! Brands.

use super::{Conn, fetch};
use crate::domain::catalogue::Brand;

/// Stores a brand; one with the same slug takes the new name and keeps its id, which is given back.
pub async fn upsert_brand(conn: &mut Conn, brand: &Brand) -> sqlx::Result<String> {
    let row: (String,) = fetch!(
        conn,
        fetch_one as (String,),
        "INSERT INTO brands (id, slug, name) VALUES ($1, $2, $3)
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name RETURNING id",
        &brand.brand_id,
        &brand.slug,
        &brand.name,
    )?;
    Ok(row.0)
}

/// The brand at `slug`.
pub async fn find_brand_by_slug(conn: &mut Conn, slug: &str) -> sqlx::Result<Option<Brand>> {
    let row = fetch!(
        conn,
        fetch_optional as (String, String, String),
        "SELECT id, slug, name FROM brands WHERE slug = $1",
        slug,
    )?;
    Ok(row.map(|(brand_id, slug, name)| Brand { brand_id, slug, name }))
}

/// All brands by name.
pub async fn list_brands(conn: &mut Conn) -> sqlx::Result<Vec<Brand>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String, String),
        "SELECT id, slug, name FROM brands ORDER BY name, slug",
    )?;
    Ok(rows.into_iter().map(|(brand_id, slug, name)| Brand { brand_id, slug, name }).collect())
}
