//! Opening an account, and the link of its mail.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::{ConfirmPage, TokenForm, frame, limited, same_origin_referrer, show_check_mail, show_dead_link};
use crate::app::App;
use crate::domain::password::PASSWORD_CHARS_MIN;
use crate::error::{FieldErrors, Result};
use crate::shop::accounts::{Registration, confirm_email, register};
use crate::web::form::FormState;
use crate::web::layout::Layout;
use crate::web::{page, see_other};

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

/// `GET /account/confirm?token=…`
#[handler]
pub async fn show_confirm(app: Data<&Arc<App>>, query: Option<Query<TokenForm>>) -> Result<Response> {
    let l = frame(&app).await?;
    let confirm = ConfirmPage {
        title: l.t("account.confirm").to_owned(),
        text: l.t("account.confirm_text").to_owned(),
        button: l.t("account.confirm_button").to_owned(),
        action: "/account/confirm",
        token: query.map(|q| q.0.token).unwrap_or_default(),
        l: l.clone().titled(l.t("account.confirm")),
    };
    Ok(same_origin_referrer(page::render(StatusCode::OK, &confirm)?))
}

/// `POST /account/confirm`
#[handler]
pub async fn submit_confirm(app: Data<&Arc<App>>, form: Form<TokenForm>) -> Result<Response> {
    let (work, token) = (app.clone(), form.0.token);
    match app.detached(async move { confirm_email(&work, &token).await }).await? {
        true => Ok(see_other("/account/login?done=confirmed")),
        false => show_dead_link(&app, "/account/register", "account.register").await,
    }
}
