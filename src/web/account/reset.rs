//! A forgotten password: asking for a link, and choosing a new one behind it.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::{TokenForm, frame, limited, same_origin_referrer, show_check_mail, show_dead_link};
use crate::app::App;
use crate::domain::password::PASSWORD_CHARS_MIN;
use crate::error::Result;
use crate::shop::accounts::{request_reset, reset_password};
use crate::web::form::FormState;
use crate::web::layout::Layout;
use crate::web::{page, see_other};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct ResetForm {
    email: String,
    token: String,
    password: String,
}

#[derive(Template)]
#[template(path = "account/reset.html")]
struct ResetPage {
    l: Layout,
    form: FormState,
    password_hint: String,
}

/// `GET /account/reset`, and with `?token=…` from the mail.
#[handler]
pub async fn show_reset(app: Data<&Arc<App>>, query: Option<Query<TokenForm>>) -> Result<Response> {
    let token = query.map(|q| q.0.token).unwrap_or_default();
    show(&app, StatusCode::OK, FormState::of([("token", token.as_str())])).await
}

/// `POST /account/reset`: asks for a link, or sets the password with one.
#[handler]
pub async fn submit_reset(app: Data<&Arc<App>>, form: Form<ResetForm>) -> Result<Response> {
    let kept = FormState::of([("email", form.email.as_str()), ("token", &form.token)]);
    if form.token.is_empty() {
        return match request_reset(&app, &form.email).await {
            Ok(()) => show_check_mail(&app, "account.check_mail_reset", &form.email).await,
            Err(error) => show(&app, StatusCode::UNPROCESSABLE_ENTITY, kept.rejected(limited(error)?)).await,
        };
    }
    match reset_password(&app, &form.token, form.password.clone()).await {
        Ok(true) => Ok(see_other("/account/login?done=reset_done")),
        Ok(false) => show_dead_link(&app, "/account/reset", "account.reset_send").await,
        Err(error) => show(&app, StatusCode::UNPROCESSABLE_ENTITY, kept.rejected(limited(error)?)).await,
    }
}

async fn show(app: &App, status: StatusCode, form: FormState) -> Result<Response> {
    let l = frame(app).await?;
    let password_hint = l.fill("account.password_hint", "min", PASSWORD_CHARS_MIN);
    let reset = ResetPage { l: l.clone().titled(l.t("account.reset")), form, password_hint };
    Ok(same_origin_referrer(page::render(status, &reset)?))
}
