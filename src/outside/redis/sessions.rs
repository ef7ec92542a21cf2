//! Logins in Redis: each a value under the hash of its token that lives as long as the login may, and per customer a
//! list of them by when they end.

use std::sync::LazyLock;

use redis::{AsyncCommands, Script};
use serde::{Deserialize, Serialize};

use super::{Redis, Shared};
use crate::domain::customer::{SESSION_IDLE_MS, SESSION_MS};
use crate::error::{Error, Result};

/// A login as Redis keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSession {
    pub customer_id: String,
    /// "web" (cookie) or "api" (bearer).
    pub kind: String,
    pub device: String,
    pub fresh_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
    /// `customers.session_epoch` when it began: an older one than the customer's means that it was ended since.
    pub epoch: i64,
}

impl KeptSession {
    /// How long it lives if nobody uses it, in ms.
    fn left_ms(&self, now_ms: i64) -> i64 {
        SESSION_IDLE_MS.min(self.expires_at - now_ms).max(1)
    }

    /// Redis forgets what is over, but by its own clock and in its own time: this is by the shop's.
    pub fn is_alive(&self, now_ms: i64) -> bool {
        now_ms < self.expires_at && now_ms - self.seen_at < SESSION_IDLE_MS
    }
}

/// Puts a login under another hash, if it is there still; else nothing.
static REPLACE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
redis.call('ZREM', KEYS[3], ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[6])
return 1
",
    )
});

impl Shared {
    fn session_key(&self, hash: &str) -> String {
        self.key("session", hash)
    }

    fn list_key(&self, customer_id: &str) -> String {
        self.key("sessions", customer_id)
    }
}

/// All errors here are [`Error::Unavailable`], unless said otherwise.
impl Redis {
    /// Begins a login; that of `replaces`, if there is one, ends.
    pub async fn insert_session(
        &self,
        hash: &str,
        session: &KeptSession,
        replaces: Option<&str>,
        now_ms: i64,
    ) -> Result<()> {
        let (shared, value) = (self.shared()?, written(session)?);
        let list = shared.list_key(&session.customer_id);
        let mut together = redis::pipe();
        together.atomic();
        if let Some(old) = replaces {
            together.del(shared.session_key(old)).ignore().zrem(&list, old).ignore();
        }
        let mut set = redis::cmd("SET");
        set.arg(shared.session_key(hash)).arg(value).arg("PX").arg(session.left_ms(now_ms));
        let mut over = redis::cmd("ZREMRANGEBYSCORE");
        over.arg(&list).arg("-inf").arg(now_ms);
        together
            .add_command(set)
            .ignore()
            .add_command(over)
            .ignore()
            .zadd(&list, hash, session.expires_at)
            .ignore()
            .pexpire(&list, SESSION_MS)
            .ignore();
        shared.ask(async |conn| together.query_async::<()>(conn).await).await
    }

    /// The login of a token's hash.
    pub async fn find_session(&self, hash: &str) -> Result<Option<KeptSession>> {
        let shared = self.shared()?;
        let key = shared.session_key(hash);
        let value: Option<String> = shared.ask(async |conn| conn.get(&key).await).await?;
        value.as_deref().map(read).transpose()
    }

    /// The customer's logins with their hashes, in no order. Some may be over.
    pub async fn list_sessions(&self, customer_id: &str) -> Result<Vec<(String, KeptSession)>> {
        let shared = self.shared()?;
        let list = shared.list_key(customer_id);
        let hashes: Vec<String> = shared.ask(async |conn| conn.zrange(&list, 0, -1).await).await?;
        if hashes.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<String> = hashes.iter().map(|hash| shared.session_key(hash)).collect();
        let values: Vec<Option<String>> = shared.ask(async |conn| conn.mget(&keys).await).await?;
        let kept = hashes.into_iter().zip(values).filter_map(|(hash, value)| Some((hash, value?)));
        kept.map(|(hash, value)| Ok((hash, read(&value)?))).collect()
    }

    /// Notes that the login is in use, if it is there still.
    pub async fn update_session(&self, hash: &str, session: &KeptSession, now_ms: i64) -> Result<()> {
        let (shared, value) = (self.shared()?, written(session)?);
        let mut set = redis::cmd("SET");
        set.arg(shared.session_key(hash)).arg(value).arg("XX").arg("PX").arg(session.left_ms(now_ms));
        shared.ask(async |conn| set.query_async::<Option<String>>(conn).await).await.map(drop)
    }

    /// Puts the login under a new hash; false when it is gone.
    pub async fn replace_session(
        &self,
        old_hash: &str,
        new_hash: &str,
        session: &KeptSession,
        now_ms: i64,
    ) -> Result<bool> {
        let (shared, value) = (self.shared()?, written(session)?);
        let mut script = REPLACE.prepare_invoke();
        script
            .key(shared.session_key(old_hash))
            .key(shared.session_key(new_hash))
            .key(shared.list_key(&session.customer_id))
            .arg(value)
            .arg(session.left_ms(now_ms))
            .arg(old_hash)
            .arg(new_hash)
            .arg(session.expires_at)
            .arg(SESSION_MS);
        shared.ask(async |conn| script.invoke_async::<bool>(conn).await).await
    }

    /// Ends logins of the customer; how many were there.
    pub async fn delete_sessions(&self, customer_id: &str, hashes: &[String]) -> Result<u64> {
        if hashes.is_empty() {
            return Ok(0);
        }
        let shared = self.shared()?;
        let keys: Vec<String> = hashes.iter().map(|hash| shared.session_key(hash)).collect();
        let mut together = redis::pipe();
        together.atomic().del(keys).zrem(shared.list_key(customer_id), hashes).ignore();
        let (ended,): (u64,) = shared.ask(async |conn| together.query_async(conn).await).await?;
        Ok(ended)
    }
}

fn written(session: &KeptSession) -> Result<String> {
    serde_json::to_string(session).map_err(Error::internal)
}

/// Errors: [`Error::Internal`] for what no version of the program wrote.
fn read(value: &str) -> Result<KeptSession> {
    serde_json::from_str(value).map_err(|_| Error::internal("what Redis has under a login's key is no login"))
}
