//! Logging in: the same answer in the same time for a wrong password, an unknown address and an unconfirmed one.

use super::sessions::{self, NewSession, SessionKind};
use crate::app::App;
use crate::db::customers::{self, Customer};
use crate::db::orders;
use crate::domain::customer::Email;
use crate::error::{Error, Result};
use crate::outside::passwords::Verdict;
use crate::random::token_hash;

/// What somebody gives to log in.
#[derive(Clone)]
pub struct Credentials {
    pub email: String,
    pub password: String,
    /// From `domain::device`.
    pub device: String,
    pub kind: SessionKind,
    /// SHA-256 of the login that the browser has already: it ends, so that no old token lives on.
    pub replaces: Option<String>,
}

/// Logs in. `None`: the address or the password is wrong, or the address is not confirmed; which, nobody is told.
/// Errors: [`Error::TooManyRequests`] after five wrong passwords in a row; [`Error::Unavailable`] when too many log in.
pub async fn log_in(app: &App, given: Credentials) -> Result<Option<NewSession>> {
    // What is no address at all has no account, and costs nobody a hash.
    let Ok(email) = Email::parse(&given.email) else { return Ok(None) };
    let customer = customers::find_customer_by_email(&mut app.db.read().await?, email.as_str()).await?;
    let verdict = try_password(app, email.as_str(), customer.as_ref(), &given.password).await?;
    let Some(customer) = customer.filter(|c| verdict != Verdict::Wrong && c.email_confirmed_at.is_some())
    else {
        return Ok(None);
    };
    let hash = match verdict {
        Verdict::RightButOld => app.passwords.hash(&app.random, given.password).await?,
        _ => customer.password_hash.clone(),
    };
    let beginning = sessions::begin(app, &customer.id, given.kind, &given.device, given.replaces).await?;
    let mut tx = app.db.write().await?;
    // Comparing took a while. A password that was changed meanwhile ends all logins by the old one, so this one must
    // not begin after it; the row stays locked until it has.
    if !customers::update_customer_hash(&mut tx, &customer.id, &customer.password_hash, &hash).await? {
        return Ok(None);
    }
    customers::delete_failures(&mut tx, &token_hash(email.as_str())).await?;
    orders::update_guest_orders(&mut tx, &customer.id, &customer.email).await?;
    let session = beginning.write(app, &mut tx).await?;
    tx.commit().await?;
    Ok(Some(session))
}

/// Compares a password, with the throttle of the account's name. It does the same for a name without an account.
pub(super) async fn try_password(
    app: &App,
    email: &str,
    customer: Option<&Customer>,
    password: &str,
) -> Result<Verdict> {
    let account_hash = token_hash(email);
    let failures = customers::find_failures(&mut app.db.read().await?, &account_hash).await?;
    let wait_ms = failures.wait_ms(app.clock.now_ms());
    if wait_ms > 0 {
        let retry_after_s = u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000);
        return Err(Error::TooManyRequests { retry_after_s });
    }
    let stored = customer.map(|c| c.password_hash.clone());
    let verdict = app.passwords.verify(password.to_owned(), stored).await?;
    if verdict == Verdict::Wrong {
        let mut tx = app.db.write().await?;
        // Read again under the write lock: of several tries at once each counts.
        let failures = customers::find_failures(&mut tx, &account_hash).await?.plus_one(app.clock.now_ms());
        customers::update_failures(&mut tx, &account_hash, failures).await?;
        tx.commit().await?;
    }
    Ok(verdict)
}
