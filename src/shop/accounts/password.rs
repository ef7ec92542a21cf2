//! New passwords: by a link in a mail, or by giving the old one.

use serde_json::{Value, json};

use super::sessions::{self, LoggedIn, NewSession, Others};
use super::{check_new_password, insert_mail, prove, register};
use crate::app::App;
use crate::db::customer_tokens::{self, NewToken, TokenPurpose};
use crate::db::customers;
use crate::db::jobs::{self, NewJob};
use crate::domain::customer::{Email, RESET_MS};
use crate::error::{Error, OrNotFound, Result};
use crate::outside::limits::Limit;
use crate::random::token_hash;
use crate::shop::mails::MailJob;

/// `jobs.kind` of the job behind [`request_reset`].
pub const RESET_JOB: &str = "account_reset";

/// Asks for a link to a new password. The same happens for every address: a job that looks whether there is an account,
/// later and elsewhere, so that neither words nor time tell.
/// Errors: [`Error::Invalid`] at `email`.
pub async fn request_reset(app: &App, email: &str) -> Result<()> {
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault.reason()))?;
    if app.limits.check(Limit::ResetAccount, email.as_str()).await.is_err() {
        // Said aloud it would be an error for whoever is spared the mails; they have three already.
        return Ok(());
    }
    let now_ms = app.clock.now_ms();
    let payload = json!({ "email": email.as_str() }).to_string();
    let job = NewJob { id: &app.id(), kind: RESET_JOB, payload: &payload, due_at: now_ms };
    let mut tx = app.db.write().await?;
    jobs::insert_job(&mut tx, job, now_ms).await?;
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(())
}

/// The job behind [`request_reset`]: mails the link, if there is an account.
pub async fn mail_reset(app: &App, payload: &Value) -> Result<()> {
    let email = payload.get("email").and_then(Value::as_str).or_not_found("email")?;
    let mut tx = app.db.write().await?;
    let Some(customer) = customers::find_customer_by_email(&mut tx, email).await? else { return Ok(()) };
    let token = app.random.token();
    let row = NewToken {
        hash: &token_hash(&token),
        customer_id: &customer.id,
        purpose: TokenPurpose::Reset,
        new_email: "",
        expires_at: app.clock.now_ms() + RESET_MS,
    };
    customer_tokens::insert_token(&mut tx, row).await?;
    insert_mail(app, &mut tx, &MailJob::AccountReset { to: customer.email, token }).await?;
    Ok(tx.commit().await?)
}

/// Sets a new password by the mail's link; false when the link does not work (any more). All logins end, and nobody is
/// logged in by it. Whoever read the mail has proved the address too.
/// Errors: [`Error::Invalid`] at `password`; the link stays usable then.
pub async fn reset_password(app: &App, token: &str, password: String) -> Result<bool> {
    let hash = &token_hash(token);
    let mut conn = app.db.read().await?;
    let found = customer_tokens::find_token(&mut conn, hash, TokenPurpose::Reset, app.clock.now_ms()).await?;
    let Some(found) = found else { return Ok(false) };
    let customer = customers::find_customer(&mut conn, &found.customer_id).await?.or_not_found("customer")?;
    drop(conn);
    check_new_password(app, "password", &password, [&customer.email, &customer.name])?;
    let password_hash = app.passwords.hash(&app.random, password).await?;
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    // Hashing took a while: of two who try at once, the one that finds the link still there wins.
    let used = customer_tokens::delete_token(&mut tx, hash, TokenPurpose::Reset, now_ms).await?;
    if used.is_none() {
        return Ok(false);
    }
    customers::update_customer_password(&mut tx, &customer.id, &password_hash, now_ms).await?;
    register::open(&mut tx, &customer.id, now_ms).await?;
    customer_tokens::delete_all_tokens(&mut tx, &customer.id).await?;
    customers::delete_failures(&mut tx, &token_hash(&customer.email)).await?;
    sessions::end_all(&mut tx, &customer.id).await?;
    insert_mail(app, &mut tx, &MailJob::AccountPasswordChanged { to: customer.email }).await?;
    tx.commit().await?;
    sessions::tidy(app, &customer.id).await;
    app.jobs_wake.notify_one();
    Ok(true)
}

/// Changes the password of who is logged in; all other logins end, this one gets the new token that is returned.
/// Errors: [`Error::Invalid`] at `password_old` or `password_new`; [`Error::TooManyRequests`].
pub async fn change_password(app: &App, who: &LoggedIn, old: &str, new: String) -> Result<NewSession> {
    let customer = prove(app, who, "password_old", old).await?;
    check_new_password(app, "password_new", &new, [&customer.email, &customer.name])?;
    let password_hash = app.passwords.hash(&app.random, new).await?;
    let rotation = sessions::rotate(app, who, Others::End).await?;
    let mut tx = app.db.write().await?;
    customers::update_customer_password(&mut tx, &customer.id, &password_hash, app.clock.now_ms()).await?;
    customer_tokens::delete_tokens(&mut tx, &customer.id, TokenPurpose::Reset).await?;
    let session = rotation.write(app, &mut tx).await?;
    insert_mail(app, &mut tx, &MailJob::AccountPasswordChanged { to: customer.email }).await?;
    tx.commit().await?;
    sessions::tidy(app, &customer.id).await;
    app.jobs_wake.notify_one();
    Ok(session)
}
