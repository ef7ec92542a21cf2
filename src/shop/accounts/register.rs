//! Opening an account. The answer is always "look into your mail"; only the mail differs.

use std::sync::Arc;

use super::{check_new_password, insert_mail};
use crate::app::App;
use crate::db::customer_tokens::{self, NewToken, TokenPurpose};
use crate::db::customers::{self, Customer};
use crate::db::{Conn, orders};
use crate::domain::customer::{CONFIRM_MS, Email, NAME_CHARS_MAX};
use crate::error::{Error, FieldErrors, Result};
use crate::random::token_hash;
use crate::shop::mails::MailJob;

/// What somebody gives to open an account.
#[derive(Clone)]
pub struct Registration {
    /// May be empty.
    pub name: String,
    pub email: String,
    pub password: String,
}

/// Opens an account, or tells the owner of an existing one by mail that somebody tried.
/// Errors: [`Error::Invalid`] at `email` and `password`, the same whether or not the account exists.
pub async fn register(app: &Arc<App>, registration: Registration) -> Result<()> {
    let work = app.clone();
    app.detached(async move { register_here(&work, registration).await }).await
}

async fn register_here(app: &App, given: Registration) -> Result<()> {
    let name = clean_name(&given.name);
    let email = check(app, &given, &name)?;
    // Hashed in either case: time must not tell.
    let password_hash = app.passwords.hash(&app.random, given.password).await?;
    let mut tx = app.db.write().await?;
    let new = Customer {
        id: app.id(),
        email: email.as_str().to_owned(),
        email_confirmed_at: None,
        password_hash,
        name,
        created_at: app.clock.now_ms(),
    };
    let customer_id = if customers::insert_customer(&mut tx, &new).await? {
        Some(new.id)
    } else {
        take_over_unconfirmed(app, &mut tx, &new).await?
    };
    let to = email.as_str().to_owned();
    let mail = match customer_id {
        Some(customer_id) => {
            MailJob::AccountConfirm { to, token: confirm_token(app, &mut tx, &customer_id).await? }
        }
        None => MailJob::AccountExists { to },
    };
    insert_mail(app, &mut tx, &mail).await?;
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(())
}

fn check(app: &App, given: &Registration, name: &str) -> Result<Email> {
    let mut errors = FieldErrors::default();
    let email = Email::parse(&given.email);
    if let Err(fault) = email {
        errors.add("email", fault.reason());
    }
    match check_new_password(app, "password", &given.password, [&given.email, name]) {
        Err(Error::Invalid(wrong)) => errors.0.extend(wrong.0),
        other => other?,
    }
    errors.into_result()?;
    email.map_err(|fault| Error::field("email", fault.reason()))
}

/// One line, without control characters, at most [`NAME_CHARS_MAX`] characters.
pub(super) fn clean_name(typed: &str) -> String {
    let words = typed.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(NAME_CHARS_MAX).collect()
}

/// Who registers again before confirming means the newest password: whoever was here first never proved that the
/// address is his. `None` when the account is confirmed and thus somebody's.
async fn take_over_unconfirmed(app: &App, conn: &mut Conn, new: &Customer) -> Result<Option<String>> {
    let Some(old) = customers::find_customer_by_email(conn, &new.email).await? else { return Ok(None) };
    if old.email_confirmed_at.is_some() {
        return Ok(None);
    }
    let now_ms = app.clock.now_ms();
    customers::update_customer_password(conn, &old.id, &new.password_hash, now_ms).await?;
    customers::update_customer_name(conn, &old.id, &new.name, now_ms).await?;
    Ok(Some(old.id))
}

async fn confirm_token(app: &App, conn: &mut Conn, customer_id: &str) -> Result<String> {
    let token = app.random.token();
    let row = NewToken {
        hash: &token_hash(&token),
        customer_id,
        purpose: TokenPurpose::Confirm,
        new_email: "",
        expires_at: app.clock.now_ms() + CONFIRM_MS,
    };
    customer_tokens::insert_token(conn, row).await?;
    Ok(token)
}

/// Uses the link of the mail: the account is open, and orders placed as a guest with this address are in it. False when
/// the link does not work (any more).
pub async fn confirm_email(app: &App, token: &str) -> Result<bool> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let used =
        customer_tokens::delete_token(&mut tx, &token_hash(token), TokenPurpose::Confirm, now_ms).await?;
    let Some(used) = used else { return Ok(false) };
    open(&mut tx, &used.customer_id, now_ms).await?;
    tx.commit().await?;
    Ok(true)
}

/// Notes that the address is the customer's, and gives him its guest orders.
pub(super) async fn open(conn: &mut Conn, customer_id: &str, now_ms: i64) -> Result<()> {
    customers::update_customer_confirmed(conn, customer_id, now_ms).await?;
    if let Some(customer) = customers::find_customer(conn, customer_id).await? {
        orders::update_guest_orders(conn, customer_id, &customer.email).await?;
    }
    Ok(())
}
