//! The account: opening one, logging in, and what a customer sees and changes there.
//!
//! Nothing here tells whether an address has an account; see `shop::accounts`.

pub mod address;
pub mod addresses;
pub mod again;
pub mod data;
pub mod email;
pub mod login;
pub mod overview;
pub mod register;
pub mod reset;
pub mod security;

use askama::Template;
use poem::Response;
use poem::http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::form::FormState;
use super::layout::{Layout, Link};
use super::{format, page, see_other};
use crate::app::App;
use crate::error::{Error, FieldErrors, Result};
use crate::shop::accounts::LoggedIn;

/// A page that says one thing and leads on.
#[derive(Template)]
#[template(path = "account/message.html")]
struct MessagePage {
    l: Layout,
    title: String,
    text: String,
    hint: String,
    link: Option<Link>,
}

/// A page with one button, for what a link must not do.
#[derive(Template)]
#[template(path = "account/confirm.html")]
struct ConfirmPage {
    l: Layout,
    title: String,
    text: String,
    button: String,
    action: &'static str,
}

/// What a link in a mail leads to where it takes the account's password as well, see `shop::accounts`.
#[derive(Template)]
#[template(path = "account/prove.html")]
struct ProvePage {
    l: Layout,
    form: FormState,
    title: String,
    text: String,
    button: String,
    action: &'static str,
    token: String,
}

/// The form of a [`ProvePage`].
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ProveForm {
    token: String,
    password: String,
}

/// `?token=…` of a mail's link.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TokenForm {
    token: String,
}

/// `?done=<key>`: what a form on the page just did.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DoneQuery {
    done: String,
}

impl DoneQuery {
    /// The sentence for one of `known`; whatever else stands in the address says nothing.
    fn text(&self, l: &Layout, known: &[&'static str]) -> String {
        let key = known.iter().find(|key| **key == self.done);
        key.map(|key| l.t(&format!("account.{key}")).to_owned()).unwrap_or_default()
    }
}

/// The page behind a mail's link: `name` is the common part of its texts' keys. Mail programs open links, so only the
/// form acts.
async fn show_prove(
    app: &App,
    (name, action): (&str, &'static str),
    token: &str,
    errors: FieldErrors,
) -> Result<Response> {
    let l = frame(app).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = l.t(&format!("account.{name}")).to_owned();
    let prove = ProvePage {
        form: FormState::default().rejected(errors),
        text: l.t(&format!("account.{name}_text")).to_owned(),
        button: l.t(&format!("account.{name}_button")).to_owned(),
        action,
        token: token.to_owned(),
        l: l.clone().titled(&title),
        title,
    };
    Ok(same_origin_referrer(page::render(status, &prove)?))
}

async fn frame(app: &App) -> Result<Layout> {
    let mut conn = app.db.read().await?;
    Layout::load(app, &mut conn).await
}

/// Who is logged in, or the way to the login and back to `path`.
#[expect(clippy::result_large_err, reason = "the response is what the caller returns at once")]
fn require(who: Option<LoggedIn>, path: &str) -> std::result::Result<LoggedIn, Response> {
    who.ok_or_else(|| see_other(&format!("/account/login?next={}", format::url_encode(path))))
}

/// The page after something that a mail continues; the same whether there is an account or not.
async fn show_check_mail(app: &App, key: &str, email: &str) -> Result<Response> {
    let l = frame(app).await?;
    let message = MessagePage {
        title: l.t("account.check_mail").to_owned(),
        text: l.fill(key, "email", email.trim()),
        hint: l.t("account.check_mail_hint").to_owned(),
        link: None,
        l: l.clone().titled(l.t("account.check_mail")),
    };
    page::render(StatusCode::OK, &message)
}

/// The page of a link that was used, is too old, or never was one.
async fn show_dead_link(app: &App, again: &str, again_key: &str) -> Result<Response> {
    let l = frame(app).await?;
    let message = MessagePage {
        title: l.t("account.link_dead").to_owned(),
        text: l.t("account.link_dead_text").to_owned(),
        hint: String::new(),
        link: Some(Link { name: l.t(again_key).to_owned(), path: again.to_owned() }),
        l: l.clone().titled(l.t("account.link_dead")),
    };
    page::render(StatusCode::UNPROCESSABLE_ENTITY, &message)
}

/// Pages with a token in their address tell no other site where they are. Not `no-referrer`: under it browsers send the
/// page's own form with `Origin: null`, which the guard against forged forms refuses.
fn same_origin_referrer(mut response: Response) -> Response {
    let name = HeaderName::from_static("referrer-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("same-origin"));
    response
}

/// `next` if it is a path of this shop, else the account. `//host` and `/\host` lead elsewhere.
fn local_path(next: &str) -> String {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 300
        && next.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if local { next.to_owned() } else { "/account".to_owned() }
}

/// Too many attempts are told at the form, with everything typed still there; other errors go on.
fn limited(error: Error) -> Result<FieldErrors> {
    match error {
        Error::Invalid(errors) => Ok(errors),
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_shop_are_followed() {
        for good in ["/checkout", "/account/orders?after=3"] {
            assert_eq!(local_path(good), good);
        }
        for bad in
            ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb", "javascript:1", "/ä"]
        {
            assert_eq!(local_path(bad), "/account", "{bad:?}");
        }
    }
}
