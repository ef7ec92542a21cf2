//! Accounts: opening one, logging in, and everything a customer may do with it.
//!
//! Three promises shape this code. Nobody learns from an answer, its words or its time, whether an address has an
//! account: the mail says it. A link in a mail works once and is stored as a hash only. Whatever changes who may get in
//! (password, address, deletion) ends the other logins and is told by mail, in the same transaction.

mod address;
mod data;
mod email;
mod fresh;
mod login;
mod password;
mod ready;
mod register;
mod sessions;

pub use address::{delete_address, keep_address, make_main_address, save_address};
pub use data::{delete_account, export_account};
pub use email::{change_email, confirm_new_email, rename};
pub use fresh::{prove_again, renew_login};
pub use login::{Credentials, log_in};
pub use password::{RESET_JOB, change_password, mail_reset, request_reset, reset_password};
pub use ready::ensure_account;
pub use register::{REGISTER_JOB, Registration, confirm_email, open_registered, register};
pub use sessions::{
    Device, LoggedIn, NewSession, SessionKind, Sessions, find_login, list_devices, log_out, log_out_others,
};

use crate::app::App;
use crate::db::Conn;
use crate::db::customer_tokens::{self, TokenPurpose};
use crate::db::customers::{self, Customer};
use crate::db::jobs::{self, NewJob};
use crate::db::sessions as rows;
use crate::domain::customer::{FAILURES_KEPT_MS, SESSION_IDLE_MS};
use crate::domain::password::check_password;
use crate::error::{Error, Result};
use crate::outside::passwords::Verdict;
use crate::random::token_hash;
use crate::shop::mails::MailJob;

/// Enqueues a mail in the caller's transaction. The job's payload has the token itself, since the tables have only its
/// hash; the row is removed when the mail is sent.
async fn insert_mail(app: &App, conn: &mut Conn, mail: &MailJob) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let payload = mail.payload();
    let job = NewJob { id: &app.id(), kind: "mail", payload: &payload, due_at: now_ms };
    Ok(jobs::insert_job(conn, job, now_ms).await?)
}

/// Judges a new password against what is known about the customer.
fn check_new_password(app: &App, field: &str, password: &str, context: [&str; 2]) -> Result<()> {
    let shop = app.settings().name.clone();
    check_password(password, &[context[0], context[1], &shop])
        .map_err(|fault| Error::field(field, fault.reason()))
}

/// Has the customer give the password again before something grave; wrong ones slow down like at the login.
/// Errors: [`Error::Invalid`] at `field`; [`Error::TooManyRequests`].
async fn prove(app: &App, who: &LoggedIn, field: &str, password: &str) -> Result<Customer> {
    let customer = customers::find_customer(&mut app.db.read().await?, &who.customer_id).await?;
    let customer = customer.ok_or(Error::Unauthenticated)?;
    if login::try_password(app, &customer.email, Some(&customer), password).await? == Verdict::Wrong {
        return Err(Error::field(field, "account.error_password_wrong"));
    }
    Ok(customer)
}

/// Has whoever opened a mail's link give the account's password too: the mail proves the address and the password that
/// the account is his. Without it a stranger could open an account, or move his own, to somebody's address and get in
/// once the owner of the address, unsuspecting, confirms it. The customer, if the link works.
/// Errors: [`Error::Invalid`] at `password`; [`Error::TooManyRequests`].
async fn prove_link(
    app: &App,
    purpose: TokenPurpose,
    token: &str,
    password: &str,
) -> Result<Option<Customer>> {
    let mut conn = app.db.read().await?;
    let now_ms = app.clock.now_ms();
    let found = customer_tokens::find_token(&mut conn, &token_hash(token), purpose, now_ms).await?;
    let Some(found) = found else { return Ok(None) };
    let Some(customer) = customers::find_customer(&mut conn, &found.customer_id).await? else {
        return Ok(None);
    };
    drop(conn);
    if login::try_password(app, &customer.email, Some(&customer), password).await? == Verdict::Wrong {
        return Err(Error::field("password", "account.error_link_password"));
    }
    Ok(Some(customer))
}

/// Looks whether a link still works, without using it up: mail programs open links before people do.
pub async fn is_link_alive(app: &App, purpose: TokenPurpose, token: &str) -> Result<bool> {
    let mut conn = app.db.read().await?;
    let found =
        customer_tokens::find_token(&mut conn, &token_hash(token), purpose, app.clock.now_ms()).await?;
    Ok(found.is_some())
}

/// Removes logins, links and failures that are over.
pub async fn remove_expired(app: &App) -> Result<u64> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let sessions = rows::delete_old_sessions(&mut tx, now_ms, now_ms - SESSION_IDLE_MS).await?;
    let tokens = customer_tokens::delete_old_tokens(&mut tx, now_ms).await?;
    let failures = customers::delete_old_failures(&mut tx, now_ms - FAILURES_KEPT_MS).await?;
    tx.commit().await?;
    Ok(sessions + tokens + failures)
}
