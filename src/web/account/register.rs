//! Opening an account, and the link of its mail.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::login::{Visitor, enter};
use super::{ProveForm, TokenForm, frame, limited, show_check_mail, show_dead_link, show_prove};
use crate::app::App;
use crate::domain::password::PASSWORD_CHARS_MIN;
use crate::error::{FieldErrors, Result};
use crate::shop::accounts::{Registration, confirm_email, register};
use crate::web::form::FormState;
use crate::web::guard::session::{CurrentCustomer, DeviceName, GuestCart};
use crate::web::layout::Layout;
use crate::web::page;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RegisterForm {
    name: String,
    email: String,
    password: String,
}

#[derive(Template)]
#[template(path = "account/register.html")]
struct RegisterPage {
    l: Layout,
    form: FormState,
    password_hint: String,
}

/// `GET /account/register`
#[handler]
pub async fn show_register(app: Data<&Arc<App>>) -> Result<Response> {
    show(&app, StatusCode::OK, FormState::default()).await
}

/// `POST /account/register`
#[handler]
pub async fn submit_register(app: Data<&Arc<App>>, form: Form<RegisterForm>) -> Result<Response> {
    let given =
        Registration { name: form.name.clone(), email: form.email.clone(), password: form.password.clone() };
    match register(&app, given).await {
        Ok(()) => show_check_mail(&app, "account.check_mail_register", &form.email).await,
        Err(error) => show_refused(&app, &form, limited(error)?).await,
    }
}

/// The password is not sent back: it is typed again.
async fn show_refused(app: &App, form: &RegisterForm, errors: FieldErrors) -> Result<Response> {
    let kept = FormState::of([("name", form.name.as_str()), ("email", &form.email)]);
    show(app, StatusCode::UNPROCESSABLE_ENTITY, kept.rejected(errors)).await
}

async fn show(app: &App, status: StatusCode, form: FormState) -> Result<Response> {
    let l = frame(app).await?;
    let password_hint = l.fill("account.password_hint", "min", PASSWORD_CHARS_MIN);
    page::render(status, &RegisterPage { l: l.clone().titled(l.t("account.register")), form, password_hint })
}

/// The texts and the path of the page behind the mail's link.
const CONFIRM: (&str, &str) = ("confirm", "/account/confirm");

/// `GET /account/confirm?token=…`
#[handler]
pub async fn show_confirm(app: Data<&Arc<App>>, query: Option<Query<TokenForm>>) -> Result<Response> {
    let token = query.map(|q| q.0.token).unwrap_or_default();
    show_prove(&app, CONFIRM, &token, FieldErrors::default()).await
}

/// `POST /account/confirm`: whoever gave the password has logged in by it.
#[handler]
pub async fn submit_confirm(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    guest: GuestCart,
    device: DeviceName,
    form: Form<ProveForm>,
) -> Result<Response> {
    let email = match confirm_email(&app, &form.token, &form.password).await {
        Ok(Some(email)) => email,
        Ok(None) => return show_dead_link(&app, "/account/login", "account.login").await,
        Err(error) => return show_prove(&app, CONFIRM, &form.token, limited(error)?).await,
    };
    let visitor = Visitor { customer: customer.0, guest: guest.0, device: device.0 };
    enter(&app, visitor, (&email, &form.password), "/account?done=confirmed").await
}
