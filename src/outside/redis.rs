//! Redis: what several processes share and may lose. Nothing that was bought or paid is here.
//!
//! Each exchange has [`TIMEOUT`], the wait for a connection included. After a few failures in a row nobody waits at all
//! ([`Breaker`]): callers are told at once, and one exchange a second finds out whether Redis is back. What follows from
//! its silence is the callers' to decide; none of them may take it for an answer.

pub mod limits;
pub mod sessions;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bb8_redis::RedisConnectionManager;
use bb8_redis::bb8;
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisResult};

use crate::clock::Clock;
use crate::config::RedisConfig;
use crate::domain::breaker::Breaker;
use crate::error::{Error, Result};

/// For one exchange.
pub const TIMEOUT: Duration = Duration::from_millis(250);
/// For `mercer check`, the making of a connection included.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);
/// Connections of a process; each carries one exchange at a time.
const CONNECTIONS_MAX: u32 = 16;

/// See the module.
pub enum Redis {
    /// `REDIS_URL` is not set.
    Absent,
    Shared(Box<Shared>),
}

/// A Redis that other processes of the shop know, too.
pub struct Shared {
    pool: bb8::Pool<RedisConnectionManager>,
    breaker: Mutex<Breaker>,
    clock: Clock,
    prefix: String,
}

impl Redis {
    /// It connects when first asked: a shop starts without its Redis, too.
    /// Errors: [`Error::Internal`] for an address that can't be one.
    pub fn new(config: &RedisConfig, clock: Clock) -> Result<Redis> {
        let Some(url) = &config.url else { return Ok(Redis::Absent) };
        // The client's own words may hold the address, and with it the password.
        let connect = RedisConnectionManager::new(url.as_str())
            .map_err(|error| Error::internal(format!("REDIS_URL is no address: {:?}", error.kind())))?;
        let pool = bb8::Pool::builder()
            .max_size(CONNECTIONS_MAX)
            .connection_timeout(TIMEOUT)
            // A connection is made beside whoever waits for it and is there for the next one, if it took too long: with
            // TLS it may. One is made ahead.
            .min_idle(1)
            .retry_connection(false)
            .test_on_check_out(true)
            .build_unchecked(connect);
        let (breaker, prefix) = (Mutex::default(), config.prefix.clone());
        Ok(Redis::Shared(Box::new(Shared { pool, breaker, clock, prefix })))
    }

    /// Whether it lets us in and answers; for `mercer check`, by a connection of its own, whose failure has a reason.
    /// Errors: [`Error::Unavailable`] with the reason.
    pub async fn check(&self) -> Result<()> {
        let shared = self.shared()?;
        let asked = async {
            let mut conn = shared.pool.dedicated_connection().await?;
            redis::cmd("PING").query_async::<String>(&mut conn).await
        };
        match tokio::time::timeout(CHECK_TIMEOUT, asked).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(Error::Unavailable(format!("Redis: {error}").into())),
            Err(_) => Err(Error::Unavailable(format!("Redis: no answer within {CHECK_TIMEOUT:?}").into())),
        }
    }

    /// Whether it failed so often that nobody waits for it.
    pub fn is_silent(&self) -> bool {
        matches!(self, Redis::Shared(shared) if shared.breaker().is_open())
    }

    fn shared(&self) -> Result<&Shared> {
        match self {
            Redis::Shared(shared) => Ok(shared),
            Redis::Absent => Err(Error::internal("no Redis is configured")),
        }
    }
}

impl Shared {
    fn key(&self, kind: &str, name: &str) -> String {
        format!("{}{kind}:{name}", self.prefix)
    }

    /// One exchange. Errors: [`Error::Unavailable`], whatever it was.
    async fn ask<T: FromRedisValue>(
        &self,
        exchange: impl AsyncFnOnce(&mut MultiplexedConnection) -> RedisResult<T>,
    ) -> Result<T> {
        if !self.breaker().admits(self.clock.monotonic_ms()) {
            count("spared");
            return Err(Error::Unavailable("Redis does not answer; it is asked once a second".into()));
        }
        let answer = tokio::time::timeout(TIMEOUT, async {
            let mut conn = self.pool.get().await?;
            exchange(&mut conn).await.map_err(Failed::Told)
        })
        .await
        .unwrap_or(Err(Failed::Late));
        self.note(answer)
    }

    fn note<T>(&self, answer: Result<T, Failed>) -> Result<T> {
        let failed = match answer {
            Ok(value) => {
                count("answered");
                if self.breaker().succeed() {
                    tracing::info!("Redis answers again");
                }
                return Ok(value);
            }
            Err(failed) => failed,
        };
        count(if matches!(failed, Failed::Late) { "late" } else { "failed" });
        let why = failed.to_string();
        if self.breaker().fail(self.clock.monotonic_ms()) {
            tracing::warn!(why, "Redis does not answer; until it does, limits are counted here");
        }
        Err(Error::Unavailable(format!("Redis: {why}").into()))
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("no answer within 250 ms")]
    Late,
    #[error("{0}")]
    Told(#[source] redis::RedisError),
}

impl From<bb8::RunError<redis::RedisError>> for Failed {
    fn from(error: bb8::RunError<redis::RedisError>) -> Failed {
        match error {
            bb8::RunError::User(error) => Failed::Told(error),
            bb8::RunError::TimedOut => Failed::Late,
        }
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("redis_requests_total", "outcome" => outcome).increment(1);
}
