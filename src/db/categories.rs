//! The category tree and the products' places in it.

use super::sql::Sql;
use super::{Conn, execute, fetch};
use crate::domain::catalogue::{Category, CategoryRef, CategoryTree, Door};
use crate::domain::tag::Tag;

use super::products::picture;

/// A product's categories and the way to its primary one.
pub(super) struct Placement {
    pub categories: Vec<CategoryRef>,
    pub breadcrumb: Vec<CategoryRef>,
}

/// The whole tree, siblings in order. It stands in every page's menu.
pub async fn list_categories(conn: &mut Conn) -> sqlx::Result<CategoryTree> {
    conn.record(Tag::site());
    let rows = fetch!(
        conn,
        fetch_all as CategoryRow,
        "SELECT id, parent_id, slug, name, help, fact_attribute, door, position
         FROM categories ORDER BY position, slug",
    )?;
    Ok(CategoryTree { categories: rows.into_iter().map(CategoryRow::into_category).collect() })
}

/// The category at `slug`.
pub async fn find_category_by_slug(conn: &mut Conn, slug: &str) -> sqlx::Result<Option<Category>> {
    let row = fetch!(
        conn,
        fetch_optional as CategoryRow,
        "SELECT id, parent_id, slug, name, help, fact_attribute, door, position FROM categories WHERE slug = $1",
        slug,
    )?;
    let category = row.map(CategoryRow::into_category);
    if let Some(category) = &category {
        conn.record(Tag::category(&category.category_id));
    }
    Ok(category)
}

/// The doors of the home page: each with its most popular product's picture and the number of its products.
pub async fn list_doors(conn: &mut Conn) -> sqlx::Result<Vec<Door>> {
    conn.record(Tag::home());
    let tree = list_categories(conn).await?;
    let mut doors = Vec::new();
    for category in tree.categories.iter().filter(|c| c.door) {
        doors.push(load_door(conn, category).await?);
    }
    Ok(doors)
}

async fn load_door(conn: &mut Conn, category: &Category) -> sqlx::Result<Door> {
    let row = fetch!(
        conn,
        fetch_optional as DoorRow,
        "WITH RECURSIVE below (id) AS (
             SELECT id FROM categories WHERE id = $1
             UNION SELECT c.id FROM categories c JOIN below b ON c.parent_id = b.id
         ), inside (id, popularity) AS (
             SELECT DISTINCT p.id, p.popularity FROM products p JOIN product_categories pc ON pc.product_id = p.id
             WHERE p.status = 'published' AND pc.category_id IN (SELECT id FROM below)
         )
         SELECT m.hash, i.alt, m.width, m.height, (SELECT count(*) FROM inside) AS products
         FROM inside x
         LEFT JOIN product_media i ON i.product_id = x.id AND i.position = 0
         LEFT JOIN media m ON m.id = i.media_id
         ORDER BY CASE WHEN m.hash IS NULL THEN 1 ELSE 0 END, x.popularity DESC, x.id
         LIMIT 1",
        &category.category_id,
    )?;
    let (picture, products) = match row {
        Some(row) => (picture(row.hash, row.alt, row.width, row.height), row.products),
        None => (None, 0),
    };
    Ok(Door { category: category.clone(), picture, products })
}

/// The ids of these categories and of everything above them: whose listings a product in them stands in.
pub async fn list_categories_above(conn: &mut Conn, category_ids: &[String]) -> sqlx::Result<Vec<String>> {
    let mut sql = Sql::new(
        "WITH RECURSIVE up (id, parent_id) AS (
             SELECT c.id, c.parent_id FROM categories c WHERE c.id IN ",
    );
    sql.bind_list(category_ids).push(
        " UNION SELECT c.id, c.parent_id FROM categories c JOIN up ON c.id = up.parent_id)
         SELECT id FROM up",
    );
    let rows: Vec<(String,)> = sql.fetch_all(conn).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Stores a category; one with the same slug is replaced and keeps its id, which is given back.
pub async fn upsert_category(conn: &mut Conn, category: &Category, now_ms: i64) -> sqlx::Result<String> {
    let row: (String,) = fetch!(
        conn,
        fetch_one as (String,),
        "INSERT INTO categories (id, parent_id, slug, name, help, fact_attribute, door, position, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
         ON CONFLICT (slug) DO UPDATE SET parent_id = excluded.parent_id, name = excluded.name, help = excluded.help,
             fact_attribute = excluded.fact_attribute, door = excluded.door, position = excluded.position,
             updated_at = excluded.updated_at
         RETURNING id",
        &category.category_id,
        category.parent_id.as_deref(),
        &category.slug,
        &category.name,
        &category.help,
        category.fact_attribute.as_deref(),
        category.door,
        category.position,
        now_ms,
    )?;
    Ok(row.0)
}

/// Gives a category a new slug; the old one's redirect is the caller's.
pub async fn update_slug(conn: &mut Conn, category_id: &str, slug: &str, now_ms: i64) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE categories SET slug = $2, updated_at = $3 WHERE id = $1",
        category_id,
        slug,
        now_ms
    )?;
    Ok(())
}

/// The places of a product: its categories, the primary one first, and the breadcrumb to that one.
pub(super) async fn list_placements(conn: &mut Conn, product_id: &str) -> sqlx::Result<Placement> {
    let rows = fetch!(
        conn,
        fetch_all as PlacementRow,
        "WITH RECURSIVE up (id, parent_id, slug, name, place, height) AS (
             SELECT c.id, c.parent_id, c.slug, c.name, pc.position, CAST(0 AS BIGINT)
             FROM product_categories pc JOIN categories c ON c.id = pc.category_id
             WHERE pc.product_id = $1
             UNION ALL
             SELECT c.id, c.parent_id, c.slug, c.name, up.place, up.height + 1
             FROM up JOIN categories c ON c.id = up.parent_id
             WHERE up.height < 20
         )
         SELECT id, slug, name, place, height FROM up ORDER BY place, height DESC",
        product_id,
    )?;
    let primary = rows.first().map(|r| r.place);
    let breadcrumb = rows.iter().filter(|r| Some(r.place) == primary).map(PlacementRow::reference).collect();
    let categories = rows.iter().filter(|r| r.height == 0).map(PlacementRow::reference).collect();
    Ok(Placement { categories, breadcrumb })
}

#[derive(sqlx::FromRow)]
struct CategoryRow {
    id: String,
    parent_id: Option<String>,
    slug: String,
    name: String,
    help: String,
    fact_attribute: Option<String>,
    door: bool,
    position: i64,
}

impl CategoryRow {
    fn into_category(self) -> Category {
        Category {
            category_id: self.id,
            parent_id: self.parent_id,
            slug: self.slug,
            name: self.name,
            help: self.help,
            fact_attribute: self.fact_attribute,
            door: self.door,
            position: self.position,
        }
    }
}

#[derive(sqlx::FromRow)]
struct DoorRow {
    hash: Option<String>,
    alt: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    products: i64,
}

#[derive(sqlx::FromRow)]
struct PlacementRow {
    id: String,
    slug: String,
    name: String,
    place: i64,
    height: i64,
}

impl PlacementRow {
    fn reference(&self) -> CategoryRef {
        CategoryRef { category_id: self.id.clone(), slug: self.slug.clone(), name: self.name.clone() }
    }
}
