//! The link in the mail to a new address.

use std::sync::Arc;

use poem::http::StatusCode;
use poem::web::{Data, Form, Query};
use poem::{Response, handler};

use super::{ConfirmPage, TokenForm, frame, same_origin_referrer, show_dead_link};
use crate::app::App;
use crate::error::Result;
use crate::shop::accounts::confirm_new_email;
use crate::web::guard::session::end;
use crate::web::{page, see_other};

/// `GET /account/email?token=…`
#[handler]
pub async fn show_email(app: Data<&Arc<App>>, query: Option<Query<TokenForm>>) -> Result<Response> {
    let l = frame(&app).await?;
    let confirm = ConfirmPage {
        title: l.t("account.email_confirm").to_owned(),
        text: l.t("account.email_confirm_text").to_owned(),
        button: l.t("account.email_confirm_button").to_owned(),
        action: "/account/email",
        token: query.map(|q| q.0.token).unwrap_or_default(),
        l: l.clone().titled(l.t("account.email_confirm")),
    };
    Ok(same_origin_referrer(page::render(StatusCode::OK, &confirm)?))
}

/// `POST /account/email`: all logins end with the old address.
#[handler]
pub async fn submit_email(app: Data<&Arc<App>>, form: Form<TokenForm>) -> Result<Response> {
    let (work, token) = (app.clone(), form.0.token);
    if !app.detached(async move { confirm_new_email(&work, &token).await }).await? {
        return show_dead_link(&app, "/account/security", "account.security").await;
    }
    let mut response = see_other("/account/login?done=email_confirmed");
    end(&mut response, &app);
    Ok(response)
}
