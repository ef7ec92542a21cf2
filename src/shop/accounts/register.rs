//! Opening an account. The answer is always "look into your mail"; only the mail differs.

use serde_json::{Value, json};

use super::{check_new_password, insert_mail, prove_link};
use crate::app::App;
use crate::db::customer_tokens::{self, NewToken, TokenPurpose};
use crate::db::customers::{self, Customer};
use crate::db::jobs::{self, NewJob};
use crate::db::{Conn, orders};
use crate::domain::customer::{CONFIRM_MS, Email, NAME_CHARS_MAX};
use crate::error::{Error, FieldErrors, OrNotFound, Result};
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

/// `jobs.kind` of the job behind [`register`].
pub const REGISTER_JOB: &str = "account_register";

/// Asks for an account. The same happens for every address: the password is hashed, and a job looks whether there is an
/// account, later and elsewhere, so that neither words nor time tell.
/// Errors: [`Error::Invalid`] at `email` and `password`, the same whether or not the account exists.
pub async fn register(app: &App, given: Registration) -> Result<()> {
    let name = clean_name(&given.name);
    let email = check(app, &given, &name)?;
    let password_hash = app.passwords.hash(&app.random, given.password).await?;
    let payload =
        json!({ "email": email.as_str(), "name": name, "password_hash": password_hash }).to_string();
    let now_ms = app.clock.now_ms();
    let job = NewJob { id: &app.id(), kind: REGISTER_JOB, payload: &payload, due_at: now_ms };
    let mut tx = app.db.write().await?;
    jobs::insert_job(&mut tx, job, now_ms).await?;
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(())
}

/// The job behind [`register`]: opens the account and mails the link, or tells the owner of an existing one by mail that
/// somebody tried.
pub async fn open_registered(app: &App, payload: &Value) -> Result<()> {
    let text = |name: &'static str| payload.get(name).and_then(Value::as_str).or_not_found(name);
    let new = Customer {
        id: app.id(),
        email: text("email")?.to_owned(),
        email_confirmed_at: None,
        password_hash: text("password_hash")?.to_owned(),
        name: text("name")?.to_owned(),
        created_at: app.clock.now_ms(),
    };
    let mut tx = app.db.write().await?;
    let customer_id = if customers::insert_customer(&mut tx, &new).await? {
        Some(new.id.clone())
    } else {
        take_over_unconfirmed(app, &mut tx, &new).await?
    };
    let to = new.email;
    let mail = match customer_id {
        Some(customer_id) => {
            MailJob::AccountConfirm { to, token: confirm_token(app, &mut tx, &customer_id).await? }
        }
        None => MailJob::AccountExists { to },
    };
    insert_mail(app, &mut tx, &mail).await?;
    Ok(tx.commit().await?)
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

/// Uses the link of the mail, together with the password that was chosen: the account is open, and orders placed as a
/// guest with this address are in it. The address; `None` when the link does not work (any more).
/// Errors: [`Error::Invalid`] at `password`, the link stays usable then; [`Error::TooManyRequests`].
pub async fn confirm_email(app: &App, token: &str, password: &str) -> Result<Option<String>> {
    let Some(customer) = prove_link(app, TokenPurpose::Confirm, token, password).await? else {
        return Ok(None);
    };
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let used =
        customer_tokens::delete_token(&mut tx, &token_hash(token), TokenPurpose::Confirm, now_ms).await?;
    // Whoever registered the address again meanwhile has killed the link, and with it the password that was compared.
    let Some(used) = used else { return Ok(None) };
    open(&mut tx, &used.customer_id, now_ms).await?;
    customers::delete_failures(&mut tx, &token_hash(&customer.email)).await?;
    tx.commit().await?;
    Ok(Some(customer.email))
}

/// Notes that the address is the customer's, and gives him its guest orders.
pub(super) async fn open(conn: &mut Conn, customer_id: &str, now_ms: i64) -> Result<()> {
    customers::update_customer_confirmed(conn, customer_id, now_ms).await?;
    if let Some(customer) = customers::find_customer(conn, customer_id).await? {
        orders::update_guest_orders(conn, customer_id, &customer.email).await?;
    }
    Ok(())
}
