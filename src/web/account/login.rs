//! Logging in and out.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::{ConfirmPage, DoneQuery, frame, local_path};
use crate::app::App;
use crate::error::{FieldErrors, Result};
use crate::shop::accounts::{Credentials, LoggedIn, SessionKind, log_in, log_out};
use crate::shop::cart::{CartKey, count_pieces, merge_into_customer};
use crate::web::form::FormState;
use crate::web::guard::session::{CurrentCustomer, DeviceName, GuestCart, begin, end, write_cart_count};
use crate::web::layout::Layout;
use crate::web::{page, see_other};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LoginForm {
    email: String,
    password: String,
    /// Where one was before.
    next: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct LoginQuery {
    next: String,
    done: String,
}

#[derive(Template)]
#[template(path = "account/login.html")]
struct LoginPage {
    l: Layout,
    form: FormState,
    done: String,
}

/// `GET /account/login`
#[handler]
pub async fn show_login(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    query: Option<Query<LoginQuery>>,
) -> Result<Response> {
    let query = query.map(|q| q.0).unwrap_or_default();
    if customer.0.is_some() {
        return Ok(see_other(&local_path(&query.next)));
    }
    let l = frame(&app).await?;
    let told = DoneQuery { done: query.done };
    let mut done = told.text(&l, &["reset_done", "logged_out"]);
    if done.is_empty() && !query.next.is_empty() && query.next != "/checkout" {
        done = l.t("account.please_login").to_owned();
    }
    let form = FormState::of([("next", query.next.as_str())]);
    page::render(StatusCode::OK, &LoginPage { l: l.clone().titled(l.t("account.login")), form, done })
}

/// `POST /account/login`
#[handler]
pub async fn submit_login(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    guest: GuestCart,
    device: DeviceName,
    form: Form<LoginForm>,
) -> Result<Response> {
    let visitor = Visitor { customer: customer.0, guest: guest.0, device: device.0 };
    enter(&app, visitor, (&form.email, &form.password), &form.next).await
}

/// Whoever sits at the browser.
pub(super) struct Visitor {
    /// The login that the browser has already; it ends.
    pub customer: Option<LoggedIn>,
    /// The token of a guest's cart to take along.
    pub guest: Option<String>,
    pub device: String,
}

/// Logs in with address and password and leads on to `next`, or back to the login.
pub(super) async fn enter(
    app: &Arc<App>,
    visitor: Visitor,
    (email, password): (&str, &str),
    next: &str,
) -> Result<Response> {
    let credentials = Credentials {
        email: email.to_owned(),
        password: password.to_owned(),
        device: visitor.device,
        kind: SessionKind::Web,
        replaces: visitor.customer.map(|who| who.session_hash),
    };
    let Some(session) = log_in(app, credentials).await? else { return show_refused(app, email, next).await };
    if let Some(token) = &visitor.guest {
        merge_into_customer(app, token, &session.customer_id).await?;
    }
    let key = CartKey::Customer(session.customer_id.clone());
    let pieces = count_pieces(&mut app.db.read().await?, &key).await?;
    let mut response = see_other(&local_path(next));
    begin(&mut response, app, &session);
    write_cart_count(&mut response, app, pieces);
    Ok(response)
}

/// The same words for every reason: which of the two was wrong, and whether there is an account, nobody learns.
async fn show_refused(app: &App, email: &str, next: &str) -> Result<Response> {
    let l = frame(app).await?;
    let mut errors = FieldErrors::default();
    errors.add("email", "account.error_login");
    let form = FormState::of([("email", email), ("next", next)]).rejected(errors);
    let login = LoginPage { l: l.clone().titled(l.t("account.login")), form, done: String::new() };
    page::render(StatusCode::UNPROCESSABLE_ENTITY, &login)
}

/// `GET /account/logout`: the button, for links from pages without a form.
#[handler]
pub async fn show_logout(app: Data<&Arc<App>>) -> Result<Response> {
    let l = frame(&app).await?;
    let confirm = ConfirmPage {
        title: l.t("account.logout").to_owned(),
        text: l.t("account.logout_text").to_owned(),
        button: l.t("account.logout").to_owned(),
        action: "/account/logout",
        l: l.clone().titled(l.t("account.logout")),
    };
    page::render(StatusCode::OK, &confirm)
}

/// `POST /account/logout`
#[handler]
pub async fn submit_logout(app: Data<&Arc<App>>, customer: CurrentCustomer) -> Result<Response> {
    if let Some(who) = &customer.0 {
        log_out(&app, who).await?;
    }
    let mut response = see_other("/account/login?done=logged_out");
    end(&mut response, &app);
    Ok(response)
}
