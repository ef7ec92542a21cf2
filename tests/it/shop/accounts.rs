//! Accounts: opening, logging in, links in mails, throttling, addresses, export and deletion.

mod addresses;
mod data;
mod fresh;
mod logins;
mod registration;
mod secrets;

use std::sync::Arc;

use mercer::app::App;
use mercer::error::{Error, Result};
use mercer::shop::accounts::{
    Credentials, LoggedIn, NewSession, Registration, SessionKind, confirm_email, find_login, log_in, register,
};

use crate::support::TestStore;

const PASSWORD: &str = "tulip-kettle-47";
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

/// The token in the link of a mail's text.
fn token_of(text: &str) -> String {
    let (_, rest) = text.split_once("?token=").unwrap_or_else(|| panic!("no link in {text}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

fn registration(email: &str) -> Registration {
    Registration { name: "Ada Byron".to_owned(), email: email.to_owned(), password: PASSWORD.to_owned() }
}

fn credentials(email: &str, password: &str) -> Credentials {
    Credentials {
        email: email.to_owned(),
        password: password.to_owned(),
        device: "Firefox, Linux".to_owned(),
        kind: SessionKind::Web,
        replaces: None,
    }
}

/// An account that is open.
async fn open_account(store: &TestStore, email: &str) {
    register(&store.app, registration(email)).await.unwrap();
    let mails = store.mails().await;
    let confirmed = confirm_email(&store.app, &token_of(&mails[0].text), PASSWORD).await.unwrap();
    assert_eq!(confirmed.as_deref(), Some(email));
}

async fn try_login(app: &Arc<App>, email: &str, password: &str) -> Result<Option<NewSession>> {
    log_in(app, credentials(email, password)).await
}

/// A login that must succeed.
async fn enter(app: &Arc<App>, email: &str, password: &str) -> (String, LoggedIn) {
    let session = try_login(app, email, password).await.unwrap().expect("the login succeeds");
    let who = who(app, &session.token).await.expect("the token is a login");
    (session.token, who)
}

async fn who(app: &Arc<App>, token: &str) -> Option<LoggedIn> {
    find_login(app, token, SessionKind::Web).await.unwrap()
}

/// The reason at a field of an error that must be about fields.
fn reason<T: std::fmt::Debug>(result: Result<T>, field: &str) -> String {
    match result {
        Err(Error::Invalid(errors)) => errors.get(field).unwrap_or_else(|| panic!("{errors:?}")).to_owned(),
        other => panic!("{other:?}"),
    }
}
