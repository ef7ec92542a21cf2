//! The paths under which tags are seen, for a distribution that knows no tags.

use std::collections::BTreeSet;

use crate::db::sql::Sql;
use crate::db::{Conn, fetch};
use crate::domain::tag::Tag;

/// The paths of every page that carries one of `tags`, old addresses of renamed things included. A wildcard stands
/// for an address with its queries.
pub async fn list_paths(conn: &mut Conn, tags: &BTreeSet<Tag>) -> sqlx::Result<BTreeSet<String>> {
    let mut paths = BTreeSet::new();
    let (mut products, mut categories, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for tag in tags {
        match tag.as_str().split_at_checked(1) {
            Some(("p", id)) => products.push(id),
            Some(("c", id)) => categories.push(id),
            Some(("g", id)) => pages.push(id),
            Some(("h", "")) => {
                paths.extend(["/", "/?*", "/sitemap.xml", "/feeds/google.xml"].map(str::to_owned))
            }
            Some(("q", "")) => paths.extend(["/search*".to_owned()]),
            // The whole site, a build, or a tag that this version does not know.
            _ => paths.extend(["/*".to_owned()]),
        }
    }
    add_products(conn, &products, &mut paths).await?;
    let categories =
        slugs(conn, "category", "SELECT id, slug FROM categories WHERE id IN ", &categories).await?;
    paths.extend(addresses("/c/", &categories));
    let pages = slugs(conn, "page", "SELECT id, slug FROM pages WHERE id IN ", &pages).await?;
    paths.extend(addresses("/pages/", &pages));
    Ok(paths)
}

/// The present public address of what `tag` names, for a look at it through the edge.
pub async fn find_path(conn: &mut Conn, tag: &Tag) -> sqlx::Result<Option<String>> {
    let (folder, sql, id) = match tag.as_str().split_at_checked(1) {
        Some(("p", id)) => ("/p/", "SELECT slug FROM products WHERE id = $1 AND status = 'published'", id),
        Some(("c", id)) => ("/c/", "SELECT slug FROM categories WHERE id = $1", id),
        Some(("g", id)) => ("/pages/", "SELECT slug FROM pages WHERE id = $1", id),
        Some(("h" | "s", "")) => return Ok(Some("/".to_owned())),
        _ => return Ok(None),
    };
    let row = fetch!(conn, fetch_optional as (String,), sql, id)?;
    Ok(row.map(|(slug,)| format!("{folder}{slug}")))
}

/// A product is also seen on the pages of those that recommend it. One that is gone leaves nothing to find its address
/// by, so all products go.
async fn add_products(conn: &mut Conn, ids: &[&str], paths: &mut BTreeSet<String>) -> sqlx::Result<()> {
    let found = slugs(conn, "product", "SELECT id, slug FROM products WHERE id IN ", ids).await?;
    if ids.iter().any(|id| found.iter().all(|(known, _)| known != id)) {
        paths.insert("/p/*".to_owned());
        return Ok(());
    }
    paths.extend(addresses("/p/", &found));
    if !ids.is_empty() {
        let mut sql = Sql::new(
            "SELECT p.id, p.slug FROM product_related r JOIN products p ON p.id = r.product_id WHERE r.related_id IN ",
        );
        sql.bind_list(ids);
        paths.extend(addresses("/p/", &sql.fetch_all::<(String, String)>(conn).await?));
    }
    Ok(())
}

/// Id and slug of each, and of each name it once had.
async fn slugs(
    conn: &mut Conn,
    kind: &'static str,
    present: &'static str,
    ids: &[&str],
) -> sqlx::Result<Vec<(String, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(present);
    sql.bind_list(ids);
    sql.push(" UNION SELECT target_id, slug FROM slug_redirects WHERE kind = ").bind_text(kind);
    sql.push(" AND target_id IN ").bind_list(ids);
    sql.fetch_all(conn).await
}

fn addresses(folder: &str, slugs: &[(String, String)]) -> impl Iterator<Item = String> {
    slugs.iter().map(move |(_, slug)| format!("{folder}{slug}*"))
}
