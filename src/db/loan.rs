//! A connection lent by a PostgreSQL pool, and the rule of what must not come back to it.
//!
//! A server that fails over or hangs leaves connections behind on which nothing will ever be answered, or every write
//! refused. A pool would lend them out again, or wait for ever to make sure of them; they are closed instead.

use std::pin::Pin;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

/// The server ends a statement by itself after 5 s (`statement_timeout`). What has said nothing by then says nothing more.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(6);

/// See the module.
pub(super) struct Loan {
    /// There until the loan is dropped.
    conn: Option<PoolConnection<Postgres>>,
    has_begun: bool,
    /// A statement was sent and not answered: its reader was dropped or gave up.
    is_waiting: bool,
    is_broken: bool,
}

impl Loan {
    pub async fn take(pool: &PgPool) -> sqlx::Result<Loan> {
        let conn = Some(pool.acquire().await?);
        Ok(Loan { conn, has_begun: false, is_waiting: false, is_broken: false })
    }

    /// The same, in a transaction.
    pub async fn begin(pool: &PgPool) -> sqlx::Result<Loan> {
        let mut loan = Loan::take(pool).await?;
        loan.say("BEGIN").await?;
        loan.has_begun = true;
        Ok(loan)
    }

    pub async fn commit(mut self) -> sqlx::Result<()> {
        self.has_begun = false;
        self.say("COMMIT").await
    }

    async fn say(&mut self, what: &'static str) -> sqlx::Result<()> {
        let said = in_time(Box::pin(sqlx::raw_sql(what).execute(self.ask()))).await;
        self.note(&said);
        said.map(drop)
    }

    /// The connection, to send a statement whose answer is [`Loan::note`]d.
    pub fn ask(&mut self) -> &mut PgConnection {
        self.is_waiting = true;
        self.conn.as_mut().expect("it is there until the loan is dropped")
    }

    /// An answer came, good or bad.
    pub fn note<T>(&mut self, answer: &sqlx::Result<T>) {
        self.is_waiting = false;
        self.is_broken |= answer.as_ref().is_err_and(is_fatal);
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        if self.is_broken || self.is_waiting {
            conn.close_on_drop();
        } else if self.has_begun {
            tokio::spawn(async move {
                let rolled_back = in_time(Box::pin(sqlx::raw_sql("ROLLBACK").execute(&mut *conn))).await;
                if rolled_back.is_err() {
                    conn.close_on_drop();
                }
            });
        }
    }
}

/// What `answer` says, or that nothing was said in time.
pub(super) async fn in_time<T>(
    answer: Pin<Box<dyn Future<Output = sqlx::Result<T>> + Send + '_>>,
) -> sqlx::Result<T> {
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            format!("the database did not answer for {} s", ANSWER_TIMEOUT.as_secs()),
        )))
    })
}

/// Whether this connection is of no more use: it is cut or out of step, or its server shuts down (57P01–03) or is no
/// longer the one that writes (25006), as after a failover.
fn is_fatal(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(e) => {
            matches!(e.code().as_deref(), Some("25006" | "57P01" | "57P02" | "57P03"))
        }
        _ => false,
    }
}
