//! Logins: who a token belongs to, on which devices, until when. Only this file knows where they are kept.

use std::sync::Arc;

use crate::app::App;
use crate::db::Conn;
use crate::db::sessions::{self, Session};
use crate::domain::customer::{FRESH_MS, SESSION_IDLE_MS, SESSION_MS};
use crate::error::{Error, Result};
use crate::random::token_hash;

/// A login's use is noted at most this often: a page view must not cost a write.
const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;
/// Characters of a token: 256 bits in base64url.
const TOKEN_CHARS: usize = 43;

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
pub async fn find_login(app: &Arc<App>, token: &str, kind: SessionKind) -> Result<Option<LoggedIn>> {
    if token.len() != TOKEN_CHARS {
        return Ok(None);
    }
    let (hash, now_ms) = (token_hash(token), app.clock.now_ms());
    let mut conn = app.db.read().await?;
    let found =
        sessions::find_session(&mut conn, &hash, kind.as_str(), now_ms, now_ms - SESSION_IDLE_MS).await?;
    let Some(row) = found else { return Ok(None) };
    if now_ms - row.seen_at > SEEN_EVERY_MS {
        note_seen(app, hash, now_ms);
    }
    Ok(Some(LoggedIn {
        customer_id: row.customer_id,
        email: row.email,
        name: row.name,
        session_hash: row.hash,
        fresh_at: row.fresh_at,
    }))
}

/// Beside the request: it must not wait for a writer, and a missed note costs nothing.
fn note_seen(app: &Arc<App>, hash: String, now_ms: i64) {
    let noting = app.clone();
    app.tasks.spawn(async move {
        let note = async {
            let mut tx = noting.db.write().await?;
            sessions::update_session_seen(&mut tx, &hash, now_ms).await?;
            tx.commit().await
        };
        if let Err(error) = note.await {
            tracing::warn!(%error, "could not note that a login is in use");
        }
    });
}

/// Begins a login in the caller's transaction.
pub(super) async fn begin(
    app: &App,
    conn: &mut Conn,
    customer_id: &str,
    kind: SessionKind,
    device: &str,
) -> Result<NewSession> {
    let (token, now_ms) = (app.random.token(), app.clock.now_ms());
    let session = Session {
        hash: token_hash(&token),
        customer_id: customer_id.to_owned(),
        kind: kind.as_str().to_owned(),
        device: device.to_owned(),
        created_at: now_ms,
        fresh_at: now_ms,
        seen_at: now_ms,
        expires_at: now_ms + SESSION_MS,
    };
    sessions::insert_session(conn, &session).await?;
    Ok(NewSession { token, customer_id: customer_id.to_owned() })
}

/// Gives a login a new token after the password was given again, in the caller's transaction; the old one is dead.
/// Errors: [`Error::Unauthenticated`] when the login ended meanwhile.
pub(super) async fn rotate(app: &App, conn: &mut Conn, who: &LoggedIn) -> Result<NewSession> {
    let token = app.random.token();
    let now_ms = app.clock.now_ms();
    if !sessions::update_session_token(conn, &who.session_hash, &token_hash(&token), now_ms).await? {
        return Err(Error::Unauthenticated);
    }
    Ok(NewSession { token, customer_id: who.customer_id.clone() })
}

/// Where the customer is logged in, the last used first.
pub async fn list_devices(app: &App, who: &LoggedIn) -> Result<Vec<Device>> {
    let now_ms = app.clock.now_ms();
    let mut conn = app.db.read().await?;
    let rows = sessions::list_sessions(&mut conn, &who.customer_id, now_ms, now_ms - SESSION_IDLE_MS).await?;
    let device = |row: Session| Device {
        current: row.hash == who.session_hash,
        name: row.device,
        seen_at: row.seen_at,
    };
    Ok(rows.into_iter().map(device).collect())
}

/// Ends this login, here and in the database.
pub async fn log_out(app: &App, who: &LoggedIn) -> Result<()> {
    let mut tx = app.db.write().await?;
    sessions::delete_session(&mut tx, &who.session_hash).await?;
    Ok(tx.commit().await?)
}

/// Ends all other logins of the customer; how many.
pub async fn log_out_others(app: &App, who: &LoggedIn) -> Result<u64> {
    let mut tx = app.db.write().await?;
    let ended = sessions::delete_sessions(&mut tx, &who.customer_id, &who.session_hash).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Ends all logins of a customer in the caller's transaction.
pub(super) async fn end_all(conn: &mut Conn, customer_id: &str) -> Result<()> {
    sessions::delete_sessions(conn, customer_id, "").await?;
    Ok(())
}

/// Ends all logins but this one in the caller's transaction.
pub(super) async fn end_others(conn: &mut Conn, who: &LoggedIn) -> Result<()> {
    sessions::delete_sessions(conn, &who.customer_id, &who.session_hash).await?;
    Ok(())
}

/// Ends one login by its hash in the caller's transaction.
pub(super) async fn end(conn: &mut Conn, hash: &str) -> Result<()> {
    Ok(sessions::delete_session(conn, hash).await?)
}
