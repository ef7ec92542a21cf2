//! Asking for the password in place: a form that needs a fresh login is answered with one more field, everything typed is
//! sent along, and with the password the form does what it was meant to do.

use std::sync::Arc;

use askama::Template;
use poem::Response;
use poem::http::StatusCode;

use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::shop::accounts::{LoggedIn, NewSession, renew_login};
use crate::web::errors::show_error;
use crate::web::form::FormState;
use crate::web::guard::cookies::Cookie;
use crate::web::layout::Layout;
use crate::web::page;

/// The field that the password comes in.
pub const PASSWORD: &str = "password_again";
/// Tells password managers which account it is; the program does not read it.
const USERNAME: &str = "username";

#[derive(Template)]
#[template(path = "account/again.html")]
struct AgainPage {
    l: Layout,
    form: FormState,
    action: String,
    email: String,
    kept: Vec<(String, String)>,
}

/// A form that was sent.
pub struct Sent<'a> {
    /// Where it was sent to, and is sent again.
    pub action: &'a str,
    /// What was typed, the password among it if it was asked for.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// May it be done?
pub enum Entry {
    Fresh(Fresh),
    /// The page that asks for the password.
    Asked(Response),
}

/// A login that is fresh enough.
pub struct Fresh {
    pub who: LoggedIn,
    session: Option<NewSession>,
}

/// Lets a fresh login pass, or one whose password came with the form; else asks for it.
/// Errors: [`Error::TooManyRequests`] after too many wrong passwords.
pub async fn enter(app: &Arc<App>, who: LoggedIn, sent: Sent<'_>) -> Result<Entry> {
    if who.is_fresh(app.clock.now_ms()) {
        return Ok(Entry::Fresh(Fresh { who, session: None }));
    }
    let password = sent.fields.iter().find(|(name, _)| *name == PASSWORD).map(|(_, value)| *value);
    let Some(password) = password else {
        return Ok(Entry::Asked(show(app, &who, &sent, FieldErrors::default()).await?));
    };
    match renew_login(app, &who, PASSWORD, password).await {
        Ok((session, who)) => Ok(Entry::Fresh(Fresh { who, session: Some(session) })),
        Err(Error::Invalid(errors)) => Ok(Entry::Asked(show(app, &who, &sent, errors).await?)),
        Err(error) => Err(error),
    }
}

impl Fresh {
    /// The answer with the login's new token, if it got one. An error's page carries it too: the old one is dead.
    pub async fn finish(self, app: &App, outcome: Result<Response>) -> Result<Response> {
        let Some(session) = self.session else { return outcome };
        let mut response = match outcome {
            Ok(response) => response,
            Err(error) => show_error(app, &error).await?,
        };
        Cookie::Session.write(&mut response, &app.config.server, &session.token);
        Ok(response)
    }
}

async fn show(app: &App, who: &LoggedIn, sent: &Sent<'_>, errors: FieldErrors) -> Result<Response> {
    let l = super::frame(app).await?;
    let own = |name: &str| name == PASSWORD || name == USERNAME;
    let kept = sent.fields.iter().filter(|(name, _)| !own(name));
    let again = AgainPage {
        form: FormState::default().rejected(errors),
        action: sent.action.to_owned(),
        email: who.email.clone(),
        kept: kept.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        l: l.clone().titled(l.t("account.again")),
    };
    page::render(StatusCode::UNPROCESSABLE_ENTITY, &again)
}
