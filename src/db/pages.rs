//! Printed pages: delivery, returns, imprint …

use super::{Conn, fetch};
use crate::domain::catalogue::{Page, PageLink};
use crate::domain::tag::Tag;

/// The page at `slug`.
pub async fn find_page_by_slug(conn: &mut Conn, slug: &str) -> sqlx::Result<Option<Page>> {
    let row = fetch!(
        conn,
        fetch_optional as PageRow,
        "SELECT id, slug, title, body, footer, position, updated_at FROM pages WHERE slug = $1",
        slug,
    )?;
    let page = row.map(PageRow::into_page);
    if let Some(page) = &page {
        conn.record(Tag::page(&page.page_id));
    }
    Ok(page)
}

/// All pages in order.
pub async fn list_pages(conn: &mut Conn) -> sqlx::Result<Vec<Page>> {
    conn.record(Tag::site());
    let rows = fetch!(
        conn,
        fetch_all as PageRow,
        "SELECT id, slug, title, body, footer, position, updated_at FROM pages ORDER BY footer, position, slug",
    )?;
    Ok(rows.into_iter().map(PageRow::into_page).collect())
}

/// The pages that the footer of every page links, in order.
pub async fn list_page_links(conn: &mut Conn) -> sqlx::Result<Vec<PageLink>> {
    conn.record(Tag::site());
    let rows = fetch!(
        conn,
        fetch_all as (String, String, String),
        "SELECT slug, title, footer FROM pages WHERE footer <> '' ORDER BY footer, position, slug",
    )?;
    Ok(rows.into_iter().map(|(slug, title, footer)| PageLink { slug, title, footer }).collect())
}

/// Stores a page; one with the same slug is replaced and keeps its id, which is given back. The caller records the
/// changes of the page and of the site (titles stand in every footer).
pub async fn upsert_page(conn: &mut Conn, page: &Page) -> sqlx::Result<String> {
    let row: (String,) = fetch!(
        conn,
        fetch_one as (String,),
        "INSERT INTO pages (id, slug, title, body, footer, position, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (slug) DO UPDATE SET title = excluded.title, body = excluded.body, footer = excluded.footer,
             position = excluded.position, updated_at = excluded.updated_at
         RETURNING id",
        &page.page_id,
        &page.slug,
        &page.title,
        &page.body,
        &page.footer,
        page.position,
        page.updated_at,
    )?;
    Ok(row.0)
}

#[derive(sqlx::FromRow)]
struct PageRow {
    id: String,
    slug: String,
    title: String,
    body: String,
    footer: String,
    position: i64,
    updated_at: i64,
}

impl PageRow {
    fn into_page(self) -> Page {
        Page {
            page_id: self.id,
            slug: self.slug,
            title: self.title,
            body: self.body,
            footer: self.footer,
            position: self.position,
            updated_at: self.updated_at,
        }
    }
}
