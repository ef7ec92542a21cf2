//! What the database knows of its own sizes.

use super::{Conn, by_engine};

/// Tells PostgreSQL how much there is of what, after much was written at once: by itself it looks within a minute or so,
/// and joins the tables that it takes for empty the slow way until then. SQLite plans without such knowledge.
pub async fn refresh_statistics(conn: &mut Conn) -> sqlx::Result<()> {
    by_engine!(conn, sqlite | _ | Ok(()), postgres | c | sqlx::query("ANALYZE").execute(c).await.map(drop),)
}
