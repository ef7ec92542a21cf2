//! Opens the database: pools, timeouts and the pragmas that durability rests on.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::Db;

/// A request waits this long for a connection, then answers 503.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);
/// A SQLite writer waits this long for its turn, then answers 503.
const SQLITE_WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Readers of an embedded database; more would only contend on two to four cores.
const SQLITE_READERS: u32 = 4;
/// KiB of pages that each SQLite connection keeps, as the pragma wants it. The operating system keeps them too, so that a
/// miss costs a copy; every connection that served a load holds its whole share from then on.
const SQLITE_READER_CACHE: &str = "-2000";
const SQLITE_WRITER_CACHE: &str = "-4000";
/// Pages in the write-ahead log before a commit copies them into the database. An order writes about 50, mostly the same
/// ones again and again: with SQLite's own 1,000, every twentieth order would pay for that, and each page be copied more
/// often. 16 MiB of log are read in a moment after a crash.
const SQLITE_CHECKPOINT_PAGES: &str = "4000";
/// Prepared statements kept per connection; the program has fewer distinct ones than this.
const STATEMENT_CACHE: usize = 512;

/// How the store reaches its database.
pub struct Connect<'a> {
    pub url: &'a str,
    /// A PostgreSQL replica for reads.
    pub read_url: Option<&'a str>,
    /// Connections per PostgreSQL pool: one to read, one to write. Following the feed takes one more.
    pub pool: u32,
}

impl Db {
    /// Opens both sides. An embedded database is created when missing.
    pub async fn connect(connect: Connect<'_>) -> sqlx::Result<Db> {
        if connect.url.starts_with("postgres:") || connect.url.starts_with("postgresql:") {
            postgres(connect).await
        } else {
            sqlite(connect.url).await
        }
    }
}

async fn postgres(connect: Connect<'_>) -> sqlx::Result<Db> {
    let options = |url: &str| -> sqlx::Result<PgConnectOptions> {
        Ok(PgConnectOptions::from_str(url)?.statement_cache_capacity(STATEMENT_CACHE).options([
            ("statement_timeout", "5000"),
            ("lock_timeout", "2000"),
            ("idle_in_transaction_session_timeout", "10000"),
            // Compiling a statement takes longer than any of ours runs.
            ("jit", "off"),
            // A shop lies in memory or on an SSD. By its default, made for disks that turn, PostgreSQL would rather read
            // small tables whole than ask their indexes: three times as long for a list of cards.
            ("random_page_cost", "1.1"),
        ]))
    };
    let pool = |connections| {
        PgPoolOptions::new()
            .max_connections(connections)
            .min_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
    };
    let write = pool(connect.pool).connect_with(options(connect.url)?).await?;
    // The read side refuses writes, so that a write through it fails in every test on both engines.
    let read_only =
        options(connect.read_url.unwrap_or(connect.url))?.options([("default_transaction_read_only", "on")]);
    let read = pool(connect.pool).connect_with(read_only.clone()).await?;
    let follow = pool(1).connect_with(read_only).await?;
    Ok(Db::Postgres { read, write, follow, bell: Arc::default() })
}

async fn sqlite(url: &str) -> sqlx::Result<Db> {
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // FULL: an order that was answered is on disk. NORMAL may lose the last commits on power loss.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .statement_cache_capacity(STATEMENT_CACHE)
        .pragma("temp_store", "memory")
        .busy_timeout(SQLITE_WRITE_TIMEOUT);
    // SQLite has one writer: a pool of one queues writers in the process, fairly, not in the file lock.
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(SQLITE_WRITE_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(
            options
                .clone()
                .pragma("cache_size", SQLITE_WRITER_CACHE)
                .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES),
        )
        .await?;
    let read = SqlitePoolOptions::new()
        .max_connections(SQLITE_READERS)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .connect_with(options.pragma("cache_size", SQLITE_READER_CACHE).pragma("query_only", "on"))
        .await?;
    Ok(Db::Sqlite { read, write, bell: Arc::default() })
}
