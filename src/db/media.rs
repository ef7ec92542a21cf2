//! Pictures: where they come from and which products show them.

use super::{Conn, fetch};
use crate::domain::catalogue::Picture;

/// A picture's source. `kind` "file": `source` is the original's extension; "drawing": its parameters as JSON.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Media {
    pub id: String,
    /// Of the source; names the picture in its address.
    pub hash: String,
    pub kind: String,
    pub source: String,
    /// Size of the original in px.
    pub width: i64,
    pub height: i64,
}

/// The picture with this hash.
pub async fn find_media_by_hash(conn: &mut Conn, hash: &str) -> sqlx::Result<Option<Media>> {
    fetch!(
        conn,
        fetch_optional as Media,
        "SELECT id, hash, kind, source, width, height FROM media WHERE hash = $1",
        hash,
    )
}

/// The picture with this id.
pub async fn find_media(conn: &mut Conn, media_id: &str) -> sqlx::Result<Option<Media>> {
    fetch!(
        conn,
        fetch_optional as Media,
        "SELECT id, hash, kind, source, width, height FROM media WHERE id = $1",
        media_id,
    )
}

/// Stores a picture's source unless its hash is known; gives the id under which it is known.
pub async fn insert_media(conn: &mut Conn, media: &Media, now_ms: i64) -> sqlx::Result<String> {
    let row: (String,) = fetch!(
        conn,
        fetch_one as (String,),
        "INSERT INTO media (id, hash, kind, source, width, height, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (hash) DO UPDATE SET hash = excluded.hash
         RETURNING id",
        &media.id,
        &media.hash,
        &media.kind,
        &media.source,
        media.width,
        media.height,
        now_ms,
    )?;
    Ok(row.0)
}

/// Every picture in the store, by id; for the static export and for warming.
pub async fn list_media(conn: &mut Conn) -> sqlx::Result<Vec<Media>> {
    fetch!(conn, fetch_all as Media, "SELECT id, hash, kind, source, width, height FROM media ORDER BY id")
}

/// A product's gallery, the main picture first.
pub async fn list_product_pictures(conn: &mut Conn, product_id: &str) -> sqlx::Result<Vec<Picture>> {
    let rows = fetch!(
        conn,
        fetch_all as (String, String, i64, i64),
        "SELECT m.hash, i.alt, m.width, m.height
         FROM product_media i JOIN media m ON m.id = i.media_id
         WHERE i.product_id = $1 ORDER BY i.position",
        product_id,
    )?;
    Ok(rows.into_iter().map(|(hash, alt, width, height)| Picture { hash, alt, width, height }).collect())
}

/// The hashes of the pictures at `position` of published products, the best sold first.
pub async fn list_shown_hashes(conn: &mut Conn, position: i64, limit: i64) -> sqlx::Result<Vec<String>> {
    let rows: Vec<(String,)> = fetch!(
        conn,
        fetch_all as (String,),
        "SELECT m.hash FROM products p
         JOIN product_media pm ON pm.product_id = p.id AND pm.position = $1
         JOIN media m ON m.id = pm.media_id
         WHERE p.status = 'published'
         ORDER BY p.popularity DESC, p.id LIMIT $2",
        position,
        limit,
    )?;
    Ok(rows.into_iter().map(|(hash,)| hash).collect())
}
