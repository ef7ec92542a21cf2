//! Copies of an embedded database: one consistent snapshot, taken beside the running shop.

use std::path::Path;
use std::str::FromStr;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};

/// Copies the database at `url` to `target`, which must not exist. A reader like any other: writers go on.
pub async fn copy_database(url: &str, target: &Path) -> sqlx::Result<()> {
    let mut source = SqliteConnectOptions::from_str(url)?.connect().await?;
    sqlx::query("VACUUM INTO $1").bind(target.display().to_string()).execute(&mut source).await?;
    source.close().await
}

/// Puts files into the copy.
pub async fn insert_files(copy: &Path, files: &[(String, Vec<u8>)]) -> sqlx::Result<()> {
    let mut conn = open(copy).await?;
    let mut tx = conn.begin().await?;
    sqlx::query("CREATE TABLE backup_files (name TEXT PRIMARY KEY, body BLOB NOT NULL)")
        .execute(&mut *tx)
        .await?;
    for (name, body) in files {
        sqlx::query("INSERT INTO backup_files (name, body) VALUES ($1, $2)")
            .bind(name)
            .bind(body)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    conn.close().await
}

/// Takes the files out of the copy again.
pub async fn take_files(copy: &Path) -> sqlx::Result<Vec<(String, Vec<u8>)>> {
    let mut conn = open(copy).await?;
    let files =
        sqlx::query_as("SELECT name, body FROM backup_files ORDER BY name").fetch_all(&mut conn).await?;
    sqlx::query("DROP TABLE backup_files").execute(&mut conn).await?;
    conn.close().await?;
    Ok(files)
}

/// Fails unless `file` is a whole backup.
pub async fn verify(file: &Path) -> sqlx::Result<()> {
    let mut conn = SqliteConnectOptions::new().filename(file).read_only(true).connect().await?;
    let outcome: String = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut conn).await?;
    let _files: i64 = sqlx::query_scalar("SELECT count(*) FROM backup_files").fetch_one(&mut conn).await?;
    let _orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders").fetch_one(&mut conn).await?;
    conn.close().await?;
    if outcome == "ok" { Ok(()) } else { Err(sqlx::Error::Protocol(outcome)) }
}

/// Fails if any process has the database open.
pub async fn verify_unused(database: &Path) -> sqlx::Result<()> {
    let mut conn = open(database).await?;
    sqlx::query("PRAGMA locking_mode = EXCLUSIVE").execute(&mut conn).await?;
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut conn).await?;
    sqlx::query("ROLLBACK").execute(&mut conn).await?;
    conn.close().await
}

async fn open(path: &Path) -> sqlx::Result<SqliteConnection> {
    SqliteConnectOptions::new().filename(path).busy_timeout(std::time::Duration::ZERO).connect().await
}
