//! Old slugs of renamed things. A row points at the thing itself, so chains cannot form.

use super::{Conn, execute, fetch};
use crate::domain::tag::Tag;

/// What can be renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renamed {
    Product,
    Category,
    Page,
}

impl Renamed {
    fn as_str(self) -> &'static str {
        match self {
            Renamed::Product => "product",
            Renamed::Category => "category",
            Renamed::Page => "page",
        }
    }

    fn tag(self, id: &str) -> Tag {
        match self {
            Renamed::Product => Tag::product(id),
            Renamed::Category => Tag::category(id),
            Renamed::Page => Tag::page(id),
        }
    }
}

/// The present slug of what was once at `slug`; `None` when nothing public was.
pub async fn find_redirect(conn: &mut Conn, kind: Renamed, slug: &str) -> sqlx::Result<Option<String>> {
    let sql = match kind {
        Renamed::Product => {
            "SELECT t.id, t.slug FROM slug_redirects r JOIN products t ON t.id = r.target_id
             WHERE r.kind = 'product' AND r.slug = $1 AND t.status = 'published'"
        }
        Renamed::Category => {
            "SELECT t.id, t.slug FROM slug_redirects r JOIN categories t ON t.id = r.target_id
             WHERE r.kind = 'category' AND r.slug = $1"
        }
        Renamed::Page => {
            "SELECT t.id, t.slug FROM slug_redirects r JOIN pages t ON t.id = r.target_id
             WHERE r.kind = 'page' AND r.slug = $1"
        }
    };
    let row = fetch!(conn, fetch_optional as (String, String), sql, slug)?;
    Ok(row.map(|(id, slug)| {
        conn.record(kind.tag(&id));
        slug
    }))
}

/// Leaves `slug` behind for `target_id`.
pub async fn insert_redirect(
    conn: &mut Conn,
    kind: Renamed,
    slug: &str,
    target_id: &str,
    now_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO slug_redirects (kind, slug, target_id, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (kind, slug) DO UPDATE SET target_id = excluded.target_id, created_at = excluded.created_at",
        kind.as_str(),
        slug,
        target_id,
        now_ms,
    )?;
    Ok(())
}

/// Forgets the redirect at `slug`: something has this slug again.
pub async fn delete_redirect(conn: &mut Conn, kind: Renamed, slug: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM slug_redirects WHERE kind = $1 AND slug = $2", kind.as_str(), slug)?;
    Ok(())
}
