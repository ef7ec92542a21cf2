//! Another e-mail address: in force once it is confirmed, told to the old one at once.

use super::register::clean_name;
use super::sessions::{self, LoggedIn};
use super::{insert_mail, prove, prove_link};
use crate::app::App;
use crate::db::customer_tokens::{self, NewToken, TokenPurpose};
use crate::db::{Conn, customers, orders};
use crate::domain::customer::{CONFIRM_MS, Email};
use crate::error::{Error, Result};
use crate::outside::limits::Limit;
use crate::random::token_hash;
use crate::shop::mails::MailJob;

/// Mails a link to the new address and a notice to the old one. An address that has an account gets a mail that says
/// so; the answer is the same.
/// Errors: [`Error::Invalid`] at `email_new` or `email_password`; [`Error::TooManyRequests`].
pub async fn change_email(app: &App, who: &LoggedIn, new_email: &str, password: &str) -> Result<()> {
    let new_email = Email::parse(new_email).map_err(|fault| Error::field("email_new", fault.reason()))?;
    let customer = prove(app, who, "email_password", password).await?;
    // It writes to an address that nobody has proved yet, like a registration.
    app.limits.check(Limit::RegisterAddress, &customer.id).await?;
    let new_email = new_email.as_str().to_owned();
    let mut tx = app.db.write().await?;
    let mail = if customers::find_customer_by_email(&mut tx, &new_email).await?.is_some() {
        MailJob::AccountExists { to: new_email.clone() }
    } else {
        let token = insert_email_token(app, &mut tx, &customer.id, &new_email).await?;
        MailJob::AccountEmailChange { to: new_email.clone(), token }
    };
    insert_mail(app, &mut tx, &mail).await?;
    insert_mail(app, &mut tx, &MailJob::AccountEmailNotice { to: customer.email, new_email }).await?;
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(())
}

async fn insert_email_token(
    app: &App,
    conn: &mut Conn,
    customer_id: &str,
    new_email: &str,
) -> Result<String> {
    let token = app.random.token();
    let row = NewToken {
        hash: &token_hash(&token),
        customer_id,
        purpose: TokenPurpose::Email,
        new_email,
        expires_at: app.clock.now_ms() + CONFIRM_MS,
    };
    customer_tokens::insert_token(conn, row).await?;
    Ok(token)
}

/// Uses the link in the mail to the new address, together with the account's password: it is in force, every older link
/// of a mail is dead, and all logins end. The new address; `None` when the link does not work (any more), or another
/// account got the address meanwhile.
/// Errors: [`Error::Invalid`] at `password`, the link stays usable then; [`Error::TooManyRequests`].
pub async fn confirm_new_email(app: &App, token: &str, password: &str) -> Result<Option<String>> {
    if prove_link(app, TokenPurpose::Email, token, password).await?.is_none() {
        return Ok(None);
    }
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let used =
        customer_tokens::delete_token(&mut tx, &token_hash(token), TokenPurpose::Email, now_ms).await?;
    let Some(used) = used else { return Ok(None) };
    if !customers::update_customer_email(&mut tx, &used.customer_id, &used.new_email, now_ms).await? {
        return Ok(None);
    }
    customer_tokens::delete_all_tokens(&mut tx, &used.customer_id).await?;
    orders::update_guest_orders(&mut tx, &used.customer_id, &used.new_email).await?;
    sessions::end_all(&mut tx, &used.customer_id).await?;
    tx.commit().await?;
    sessions::tidy(app, &used.customer_id).await;
    Ok(Some(used.new_email))
}

/// Changes what the shop calls the customer.
pub async fn rename(app: &App, who: &LoggedIn, name: &str) -> Result<()> {
    let mut tx = app.db.write().await?;
    customers::update_customer_name(&mut tx, &who.customer_id, &clean_name(name), app.clock.now_ms()).await?;
    Ok(tx.commit().await?)
}
