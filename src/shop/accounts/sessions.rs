//! Logins: who a token belongs to, on which devices, until when. Only this file and `begin` know where they are kept.
//!
//! In Redis a login is there or not; whether the customer's logins of its time still count, the customer's row says
//! (`session_epoch`). So what ends them all commits together with its reason, and holds whatever Redis does meanwhile.

mod begin;

use std::sync::Arc;

pub(super) use begin::{Others, begin, rotate};

use crate::app::App;
use crate::db::Conn;
use crate::db::sessions::{self, Session, SessionOwner};
use crate::domain::customer::{FRESH_MS, SESSION_IDLE_MS};
use crate::error::{Error, Result};
use crate::outside::redis::Redis;
use crate::outside::redis::sessions::KeptSession;
use crate::random::token_hash;

/// A login's use is noted at most this often: a page view must not cost a write.
const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;
/// Characters of a token: 256 bits in base64url.
const TOKEN_CHARS: usize = 43;

/// Where logins are kept. There is one place at a time: were there a second to fall back to, a login that ended in one
/// would go on in the other.
pub enum Sessions {
    Database,
    Redis(Arc<Redis>),
}

impl Sessions {
    pub fn new(redis: &Arc<Redis>) -> Sessions {
        match **redis {
            Redis::Absent => Sessions::Database,
            Redis::Shared(_) => Sessions::Redis(redis.clone()),
        }
    }
}

/// How the client carries its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// In a cookie.
    Web,
    /// As `Authorization: Bearer`.
    Api,
}

impl SessionKind {
    fn as_str(self) -> &'static str {
        match self {
            SessionKind::Web => "web",
            SessionKind::Api => "api",
        }
    }
}

/// Somebody who is logged in, and by which login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedIn {
    pub customer_id: String,
    pub email: String,
    /// May be empty.
    pub name: String,
    /// SHA-256 of the token.
    pub session_hash: String,
    /// When the password was last given.
    pub fresh_at: i64,
}

impl LoggedIn {
    /// Whether the password was given within the last 15 minutes.
    pub fn is_fresh(&self, now_ms: i64) -> bool {
        now_ms - self.fresh_at <= FRESH_MS
    }

    /// Errors: [`Error::LoginTooOld`] unless the login is fresh.
    pub(super) fn require_fresh(&self, now_ms: i64) -> Result<()> {
        if self.is_fresh(now_ms) { Ok(()) } else { Err(Error::LoginTooOld) }
    }
}

/// A login that just began.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSession {
    /// For the cookie, or the API's answer; nobody else sees it.
    pub token: String,
    pub customer_id: String,
}

/// A device in the list that a customer sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Empty: not known.
    pub name: String,
    pub seen_at: i64,
    /// The one that is asking.
    pub current: bool,
}

/// Whom the token logs in, if it is a live login of this kind.
/// Errors: [`Error::Unavailable`] when that can't be told: whoever has a token is then neither let in nor taken for a guest.
pub async fn find_login(app: &Arc<App>, token: &str, kind: SessionKind) -> Result<Option<LoggedIn>> {
    if token.len() != TOKEN_CHARS {
        return Ok(None);
    }
    match &app.sessions {
        Sessions::Database => find_stored(app, token_hash(token), kind).await,
        Sessions::Redis(redis) => find_kept(app, redis, token_hash(token), kind).await,
    }
}

async fn find_stored(app: &Arc<App>, hash: String, kind: SessionKind) -> Result<Option<LoggedIn>> {
    let now_ms = app.clock.now_ms();
    let mut conn = app.db.read().await?;
    let found =
        sessions::find_session(&mut conn, &hash, kind.as_str(), now_ms, now_ms - SESSION_IDLE_MS).await?;
    let Some(row) = found else { return Ok(None) };
    if now_ms - row.seen_at > SEEN_EVERY_MS {
        let noting = app.clone();
        note_seen(app, async move {
            let mut tx = noting.db.write().await?;
            sessions::update_session_seen(&mut tx, &hash, now_ms).await?;
            Ok(tx.commit().await?)
        });
    }
    Ok(Some(LoggedIn {
        customer_id: row.customer_id,
        email: row.email,
        name: row.name,
        session_hash: row.hash,
        fresh_at: row.fresh_at,
    }))
}

async fn find_kept(
    app: &Arc<App>,
    redis: &Arc<Redis>,
    hash: String,
    kind: SessionKind,
) -> Result<Option<LoggedIn>> {
    let now_ms = app.clock.now_ms();
    let Some(kept) = redis.find_session(&hash).await?.filter(|kept| kept.kind == kind.as_str()) else {
        return Ok(None);
    };
    let owner = sessions::find_session_owner(&mut app.db.read().await?, &kept.customer_id).await?;
    let Some(owner) = owner.filter(|owner| counts(&kept, owner, now_ms)) else { return Ok(None) };
    if now_ms - kept.seen_at > SEEN_EVERY_MS {
        let (redis, hash) = (redis.clone(), hash.clone());
        let seen = KeptSession { seen_at: now_ms, ..kept.clone() };
        note_seen(app, async move { redis.update_session(&hash, &seen, now_ms).await });
    }
    Ok(Some(LoggedIn {
        customer_id: kept.customer_id,
        email: owner.email,
        name: owner.name,
        session_hash: hash,
        fresh_at: kept.fresh_at,
    }))
}

/// Whether a login that Redis has is one. A later epoch than the owner's is that of a replica that lags.
fn counts(kept: &KeptSession, owner: &SessionOwner, now_ms: i64) -> bool {
    kept.is_alive(now_ms) && kept.epoch >= owner.session_epoch
}

/// Beside the request: it must not wait for a writer, and a missed note costs nothing.
fn note_seen(app: &App, note: impl Future<Output = Result<()>> + Send + 'static) {
    app.tasks.spawn(async move {
        if let Err(error) = note.await {
            tracing::warn!(%error, "could not note that a login is in use");
        }
    });
}

/// Where the customer is logged in, the last used first.
pub async fn list_devices(app: &App, who: &LoggedIn) -> Result<Vec<Device>> {
    let now_ms = app.clock.now_ms();
    let rows: Vec<(String, i64, String)> = match &app.sessions {
        Sessions::Database => {
            let mut conn = app.db.read().await?;
            let seen_after = now_ms - SESSION_IDLE_MS;
            let rows = sessions::list_sessions(&mut conn, &who.customer_id, now_ms, seen_after).await?;
            rows.into_iter().map(|Session { hash, seen_at, device, .. }| (hash, seen_at, device)).collect()
        }
        Sessions::Redis(redis) => {
            let mut kept = redis.list_sessions(&who.customer_id).await?;
            let mut conn = app.db.read().await?;
            let owner = sessions::find_session_owner(&mut conn, &who.customer_id).await?;
            kept.retain(|(_, kept)| owner.as_ref().is_some_and(|owner| counts(kept, owner, now_ms)));
            kept.sort_by(|(a_hash, a), (b_hash, b)| b.seen_at.cmp(&a.seen_at).then(a_hash.cmp(b_hash)));
            kept.into_iter().map(|(hash, kept)| (hash, kept.seen_at, kept.device)).collect()
        }
    };
    let device = |(hash, seen_at, name)| Device { current: hash == who.session_hash, name, seen_at };
    Ok(rows.into_iter().map(device).collect())
}

/// Ends this login, here and where it is kept.
pub async fn log_out(app: &App, who: &LoggedIn) -> Result<()> {
    if let Sessions::Redis(redis) = &app.sessions {
        let own = std::slice::from_ref(&who.session_hash);
        return redis.delete_sessions(&who.customer_id, own).await.map(drop);
    }
    let mut tx = app.db.write().await?;
    sessions::delete_session(&mut tx, &who.session_hash).await?;
    Ok(tx.commit().await?)
}

/// Ends all other logins of the customer; how many.
pub async fn log_out_others(app: &App, who: &LoggedIn) -> Result<u64> {
    if let Sessions::Redis(redis) = &app.sessions {
        let kept = redis.list_sessions(&who.customer_id).await?;
        let others = kept.into_iter().map(|(hash, _)| hash).filter(|hash| *hash != who.session_hash);
        return redis.delete_sessions(&who.customer_id, &others.collect::<Vec<_>>()).await;
    }
    let mut tx = app.db.write().await?;
    let ended = sessions::delete_sessions(&mut tx, &who.customer_id, &who.session_hash).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends all logins of a customer in the caller's transaction, wherever they are kept now or may be kept again.
pub(super) async fn end_all(conn: &mut Conn, customer_id: &str) -> Result<()> {
    sessions::delete_sessions(conn, customer_id, "").await?;
    sessions::update_session_epoch(conn, customer_id).await?;
    Ok(())
}

/// Removes from Redis what a transaction ended that has been committed. They are no logins any more, so nothing is lost
/// when Redis is silent: it forgets them later.
pub(super) async fn tidy(app: &App, customer_id: &str) {
    let Sessions::Redis(redis) = &app.sessions else { return };
    let tidied = async {
        let owner = sessions::find_session_owner(&mut app.db.read().await?, customer_id).await?;
        let ended = |kept: &KeptSession| owner.as_ref().is_none_or(|o| kept.epoch < o.session_epoch);
        let kept = redis.list_sessions(customer_id).await?;
        let over: Vec<String> =
            kept.into_iter().filter(|(_, kept)| ended(kept)).map(|(hash, _)| hash).collect();
        redis.delete_sessions(customer_id, &over).await
    };
    if let Err(error) = tidied.await {
        tracing::debug!(%error, "logins that have ended stay in Redis until it forgets them");
    }
}
