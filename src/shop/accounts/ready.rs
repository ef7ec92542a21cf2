//! An account that is open from the start: a demo shop's, whose login is printed when it opens.

use super::register::clean_name;
use crate::app::App;
use crate::db::customers::{self, Customer};
use crate::domain::customer::Email;
use crate::error::{Error, Result};

/// Opens a confirmed account unless the address has one. The password is the caller's to judge.
pub async fn ensure_account(app: &App, email: &str, name: &str, password: &str) -> Result<()> {
    let email = Email::parse(email).map_err(|fault| Error::field("email", fault.reason()))?;
    if customers::find_customer_by_email(&mut app.db.read().await?, email.as_str()).await?.is_some() {
        return Ok(());
    }
    let password_hash = app.passwords.hash(&app.random, password.to_owned()).await?;
    let now_ms = app.clock.now_ms();
    let customer = Customer {
        id: app.id(),
        email: email.as_str().to_owned(),
        email_confirmed_at: Some(now_ms),
        password_hash,
        name: clean_name(name),
        created_at: now_ms,
    };
    let mut tx = app.db.write().await?;
    customers::insert_customer(&mut tx, &customer).await?;
    Ok(tx.commit().await?)
}
