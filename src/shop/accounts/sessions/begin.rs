//! How a login begins and how it gets another token: in the database within the caller's transaction, in Redis before it,
//! since no transaction waits for the network. A login whose transaction fails is one that nobody has the token of.

use super::{LoggedIn, NewSession, SessionKind, Sessions, counts};
use crate::app::App;
use crate::db::Conn;
use crate::db::sessions::{self, Session, SessionOwner};
use crate::domain::customer::SESSION_MS;
use crate::error::{Error, Result};
use crate::outside::redis::sessions::KeptSession;
use crate::random::token_hash;

/// A login that begins with the caller's transaction.
pub struct Beginning {
    token: String,
    row: Session,
    replaces: Option<String>,
}

/// Prepares a login; that of the hash `replaces`, if there is one, ends. Call it before the transaction begins.
/// Errors: [`Error::Unavailable`] when logins are kept in a Redis that is silent.
pub async fn begin(
    app: &App,
    customer_id: &str,
    kind: SessionKind,
    device: &str,
    replaces: Option<String>,
) -> Result<Beginning> {
    let (token, now_ms) = (app.random.token(), app.clock.now_ms());
    let row = Session {
        hash: token_hash(&token),
        customer_id: customer_id.to_owned(),
        kind: kind.as_str().to_owned(),
        device: device.to_owned(),
        created_at: now_ms,
        fresh_at: now_ms,
        seen_at: now_ms,
        expires_at: now_ms + SESSION_MS,
    };
    if let Sessions::Redis(redis) = &app.sessions {
        let kept = KeptSession {
            customer_id: row.customer_id.clone(),
            kind: row.kind.clone(),
            device: row.device.clone(),
            fresh_at: now_ms,
            seen_at: now_ms,
            expires_at: row.expires_at,
            epoch: owner(app, customer_id).await?.session_epoch,
        };
        redis.insert_session(&row.hash, &kept, replaces.as_deref(), now_ms).await?;
    }
    Ok(Beginning { token, row, replaces })
}

impl Beginning {
    /// The login is one once the transaction is committed.
    pub async fn write(self, app: &App, conn: &mut Conn) -> Result<NewSession> {
        if let Sessions::Database = app.sessions {
            if let Some(old) = &self.replaces {
                sessions::delete_session(conn, old).await?;
            }
            sessions::insert_session(conn, &self.row).await?;
        }
        Ok(NewSession { token: self.token, customer_id: self.row.customer_id })
    }
}

/// What becomes of the customer's other logins when one gets a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    Stay,
    End,
}

/// A login that gets a new token with the caller's transaction.
pub struct Rotation<'a> {
    token: String,
    who: &'a LoggedIn,
    others: Others,
    /// Under which the login goes on, when it is kept in Redis.
    epoch: i64,
}

/// Gives a login a new token after the password was given again; the old one is dead. Call it before the transaction
/// begins. Errors: [`Error::Unauthenticated`] when the login ended meanwhile; as [`begin`].
pub async fn rotate<'a>(app: &App, who: &'a LoggedIn, others: Others) -> Result<Rotation<'a>> {
    let (token, now_ms) = (app.random.token(), app.clock.now_ms());
    let mut epoch = 0;
    if let Sessions::Redis(redis) = &app.sessions {
        let owner = owner(app, &who.customer_id).await?;
        let old = redis.find_session(&who.session_hash).await?.filter(|old| counts(old, &owner, now_ms));
        let old = old.ok_or(Error::Unauthenticated)?;
        epoch = owner.session_epoch + i64::from(others == Others::End);
        let new = KeptSession { fresh_at: now_ms, seen_at: now_ms, epoch, ..old };
        if !redis.replace_session(&who.session_hash, &token_hash(&token), &new, now_ms).await? {
            return Err(Error::Unauthenticated);
        }
    }
    Ok(Rotation { token, who, others, epoch })
}

impl Rotation<'_> {
    /// The new token works once the transaction is committed.
    /// Errors: [`Error::Unauthenticated`] when the login ended meanwhile.
    pub async fn write(self, app: &App, conn: &mut Conn) -> Result<NewSession> {
        let (customer_id, new_hash) = (&self.who.customer_id, token_hash(&self.token));
        let is_stored = matches!(app.sessions, Sessions::Database);
        if is_stored {
            let (old_hash, now_ms) = (&self.who.session_hash, app.clock.now_ms());
            if !sessions::update_session_token(conn, old_hash, &new_hash, now_ms).await? {
                return Err(Error::Unauthenticated);
            }
        }
        if self.others == Others::End {
            sessions::delete_sessions(conn, customer_id, &new_hash).await?;
            let epoch = sessions::update_session_epoch(conn, customer_id).await?;
            if !is_stored && epoch != Some(self.epoch) {
                return Err(Error::Unauthenticated);
            }
        }
        Ok(NewSession { token: self.token, customer_id: customer_id.clone() })
    }
}

/// As the primary has it: a login must not begin under an epoch that is over.
async fn owner(app: &App, customer_id: &str) -> Result<SessionOwner> {
    let owner = sessions::find_session_owner(&mut app.db.read_primary().await?, customer_id).await?;
    owner.ok_or(Error::Unauthenticated)
}
