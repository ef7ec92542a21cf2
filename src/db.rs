//! The database: SQLite or PostgreSQL, each SQL text written once.
//!
//! `db.read()` lends a read-only [`Conn`], `db.write()` begins a [`Tx`]; a `Tx` derefs to `Conn`, so every SQL
//! function works inside and outside of a transaction. The macros `fetch!` and `execute!` compile each query once
//! per engine. To add a table: a migration in `migrations/`, a file here, a test that runs on both engines.

use std::collections::BTreeSet;
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::domain::tag::Tag;

use bell::Bell;
use loan::{Loan, in_time};
pub use sql::Writes;

pub mod addresses;
pub mod answers;
pub mod assets;
pub mod attributes;
pub mod availability;
pub mod backup;
pub mod bell;
pub mod brands;
pub mod cards;
pub mod carts;
pub mod categories;
pub mod changes;
pub mod clock;
pub mod connect;
pub mod connections;
pub mod customer_tokens;
pub mod customers;
pub mod discounts;
pub mod feeds;
pub mod idempotency;
pub mod invariants;
pub mod jobs;
pub mod listing;
mod loan;
pub mod media;
pub mod migrate;
pub mod nodes;
pub mod orders;
pub mod pages;
pub mod payments;
pub mod postal;
pub mod products;
pub mod purges;
pub mod redirects;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod shipping;
mod sql;
pub mod statistics;
pub mod stock;
pub mod taxes;
pub mod variants;
pub mod withdrawals;

/// The database: one of two native engines, each with a read side and a write side.
#[derive(Clone)]
pub enum Db {
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
        bell: Arc<Bell>,
    },
    /// `follow` has one connection of its own: what can't be read through it can't be read at all, however busy the others
    /// are.
    Postgres {
        read: PgPool,
        write: PgPool,
        follow: PgPool,
        bell: Arc<Bell>,
    },
}

enum Inner {
    SqliteRead(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(Loan),
}

/// A borrowed connection; the only thing that SQL functions accept. It collects the tags of what was read, and the moments
/// at which time changes it.
pub struct Conn {
    inner: Inner,
    tags: BTreeSet<Tag>,
    moments: Vec<i64>,
    /// Changes were appended to the feed.
    has_changes: bool,
}

/// A write transaction. `commit()` is explicit; dropping a `Tx` rolls back.
pub struct Tx {
    conn: Conn,
    bell: Arc<Bell>,
}

/// The engine's own connection type; only the macros below and tests match on it.
pub enum Raw<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Db {
    /// Borrows a read-only connection. A write through it fails on both engines.
    pub async fn read(&self) -> sqlx::Result<Conn> {
        Ok(Conn::new(match self {
            Db::Sqlite { read, .. } => Inner::SqliteRead(read.acquire().await?),
            Db::Postgres { read, .. } => Inner::Postgres(Loan::take(read).await?),
        }))
    }

    /// Borrows the read-only connection that is kept for following the change feed.
    pub async fn read_feed(&self) -> sqlx::Result<Conn> {
        Ok(Conn::new(match self {
            Db::Sqlite { read, .. } => Inner::SqliteRead(read.acquire().await?),
            Db::Postgres { follow, .. } => Inner::Postgres(Loan::take(follow).await?),
        }))
    }

    /// Borrows a connection that sees what is committed, whatever a replica lags: for looks that decide whether there is
    /// anything to write. It takes no writer's turn; nothing is written through it.
    pub async fn read_primary(&self) -> sqlx::Result<Conn> {
        Ok(Conn::new(match self {
            Db::Sqlite { read, .. } => Inner::SqliteRead(read.acquire().await?),
            Db::Postgres { write, .. } => Inner::Postgres(Loan::take(write).await?),
        }))
    }

    /// Begins a write transaction. On SQLite it takes the write lock at once (`BEGIN IMMEDIATE`), since a deferred
    /// transaction that upgrades later fails without waiting.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        let inner = match self {
            Db::Sqlite { write, .. } => Inner::SqliteTx(write.begin_with("BEGIN IMMEDIATE").await?),
            Db::Postgres { write, .. } => Inner::Postgres(Loan::begin(write).await?),
        };
        Ok(Tx { conn: Conn::new(inner), bell: self.bell().clone() })
    }

    /// Rings for every commit that appended to the change feed.
    pub fn bell(&self) -> &Arc<Bell> {
        match self {
            Db::Sqlite { bell, .. } | Db::Postgres { bell, .. } => bell,
        }
    }

    /// "sqlite" or "postgres", for logs and messages.
    pub fn engine(&self) -> &'static str {
        match self {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres { .. } => "postgres",
        }
    }

    /// Each pool's name, open connections and idle ones.
    pub fn pool_sizes(&self) -> [(&'static str, u32, usize); 2] {
        match self {
            Db::Sqlite { read, write, .. } => {
                [("read", read.size(), read.num_idle()), ("write", write.size(), write.num_idle())]
            }
            Db::Postgres { read, write, .. } => {
                [("read", read.size(), read.num_idle()), ("write", write.size(), write.num_idle())]
            }
        }
    }

    /// Closes the pools and waits for their connections.
    pub async fn close(&self) {
        match self {
            Db::Sqlite { read, write, .. } => {
                read.close().await;
                write.close().await;
            }
            Db::Postgres { read, write, follow, .. } => {
                follow.close().await;
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Conn {
    fn new(inner: Inner) -> Conn {
        Conn { inner, tags: BTreeSet::new(), moments: Vec::new(), has_changes: false }
    }

    /// Which engine it is.
    fn is_postgres(&self) -> bool {
        matches!(self.inner, Inner::Postgres(_))
    }

    /// The engine's connection, for the macros: a connection whose last answer was not noted is not used again.
    pub fn raw(&mut self) -> Raw<'_> {
        match &mut self.inner {
            Inner::SqliteRead(c) => Raw::Sqlite(c),
            Inner::SqliteTx(t) => Raw::Sqlite(t),
            Inner::Postgres(loan) => Raw::Postgres(loan.ask()),
        }
    }

    /// PostgreSQL answered.
    fn note<T>(&mut self, answer: &sqlx::Result<T>) {
        if let Inner::Postgres(loan) = &mut self.inner {
            loan.note(answer);
        }
    }

    /// Notes that what is being rendered depends on `tag`. Called by the catalogue's query functions only, so that
    /// nobody writes tag lists by hand and nobody forgets one.
    pub fn record(&mut self, tag: Tag) {
        self.tags.insert(tag);
    }

    /// Notes that what is being rendered will look different from `at` on, with nobody changing anything.
    pub fn record_moment(&mut self, at: i64) {
        self.moments.push(at);
    }

    /// The first of the moments noted so far that is still to come.
    pub fn next_moment(&self, now_ms: i64) -> Option<i64> {
        self.moments.iter().copied().filter(|at| *at > now_ms).min()
    }

    /// The tags of everything read through this connection so far; leaves none behind.
    pub fn take_tags(&mut self) -> BTreeSet<Tag> {
        std::mem::take(&mut self.tags)
    }
}

impl Tx {
    /// Commits, and wakes the follower if there are changes for it.
    pub async fn commit(self) -> sqlx::Result<()> {
        let outcome = match self.conn.inner {
            Inner::SqliteTx(t) => t.commit().await,
            Inner::Postgres(loan) => loan.commit().await,
            Inner::SqliteRead(_) => unreachable!("a Tx is only made around a transaction"),
        };
        // After an error too: a commit whose answer was lost may have happened.
        if self.conn.has_changes {
            self.bell.committed();
        }
        outcome
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

/// Runs the body of the engine that `$conn` holds.
macro_rules! by_engine {
    ($conn:expr, sqlite |$s:pat_param| $sqlite:expr, postgres |$p:pat_param| $postgres:expr $(,)?) => {
        match $conn.raw() {
            $crate::db::Raw::Sqlite($s) => $sqlite,
            $crate::db::Raw::Postgres($p) => {
                let answer = $crate::db::in_time(Box::pin(async { $postgres })).await;
                $conn.note(&answer);
                answer
            }
        }
    };
}

/// Runs one body against whichever engine `$conn` holds; the body is compiled once per engine.
macro_rules! with_conn {
    ($conn:expr, |$c:ident| $body:expr) => {
        $crate::db::by_engine!($conn, sqlite | $c | $body, postgres | $c | $body)
    };
}

/// `fetch!(conn, fetch_optional as Product, "SQL", bind, …)`: rows as a `FromRow` type (a tuple for a few columns).
macro_rules! fetch {
    ($conn:expr, $how:ident as $ty:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::with_conn!($conn, |c| sqlx::query_as::<_, $ty>($sql)$(.bind($bind))*.$how(c).await)
    };
}

/// `execute!(conn, "SQL", bind, …)`: the number of rows affected.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        $crate::db::with_conn!($conn, |c| {
            sqlx::query($sql)$(.bind($bind))*.execute(c).await.map(|done| done.rows_affected())
        })
    };
}

pub(crate) use {by_engine, execute, fetch, with_conn};

/// True when `error` is a unique violation on `table.column`, on either database.
pub fn is_duplicate(error: &sqlx::Error, table: &str, column: &str) -> bool {
    let sqlx::Error::Database(e) = error else { return false };
    e.is_unique_violation()
        && match e.constraint() {
            // PostgreSQL names the constraint; migrations keep its default names.
            Some(name) => name == format!("{table}_{column}_key") || name == format!("{table}_pkey"),
            // SQLite has no name, only "UNIQUE constraint failed: products.slug".
            None => e.message().contains(&format!("{table}.{column}")),
        }
}

/// True when `error` says that a row which was referred to is not there any more.
pub fn is_unknown_reference(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.is_foreign_key_violation())
}

/// True when trying the whole transaction again may succeed: serialization failure or deadlock on PostgreSQL.
pub fn is_retryable(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(e) = error else { return false };
    matches!(e.code().as_deref(), Some("40001" | "40P01"))
}
