//! Giving the password again: what changes who gets in or where parcels go, and what tells everything about a customer,
//! needs a login of the last 15 minutes. A token that somebody stole or left behind is not enough for it.

use super::prove;
use super::sessions::{self, LoggedIn, NewSession, Others};
use crate::app::App;
use crate::error::Result;
use crate::random::token_hash;

/// Has the password given again for one thing: whoever knows it is as good as just logged in.
/// Errors: [`Error::Invalid`](crate::error::Error::Invalid) at `field`;
/// [`Error::TooManyRequests`](crate::error::Error::TooManyRequests).
pub async fn prove_again(app: &App, who: &LoggedIn, field: &str, password: &str) -> Result<LoggedIn> {
    prove(app, who, field, password).await?;
    Ok(LoggedIn { fresh_at: app.clock.now_ms(), ..who.clone() })
}

/// Has the password given again, which makes the login a fresh one with a new token; the old one is dead.
/// Errors: as [`prove_again`], and [`Error::Unauthenticated`](crate::error::Error::Unauthenticated) when the login ended.
pub async fn renew_login(
    app: &App,
    who: &LoggedIn,
    field: &str,
    password: &str,
) -> Result<(NewSession, LoggedIn)> {
    let proved = prove_again(app, who, field, password).await?;
    let rotation = sessions::rotate(app, &proved, Others::Stay).await?;
    let mut tx = app.db.write().await?;
    let session = rotation.write(app, &mut tx).await?;
    tx.commit().await?;
    let session_hash = token_hash(&session.token);
    Ok((session, LoggedIn { session_hash, ..proved }))
}
