//! The link in the mail to a new address.

use std::sync::Arc;

use poem::web::{Data, Form, Query};
use poem::{Response, handler};

use super::login::{Visitor, enter};
use super::{ProveForm, TokenForm, limited, show_dead_link, show_prove};
use crate::app::App;
use crate::error::{FieldErrors, Result};
use crate::shop::accounts::confirm_new_email;
use crate::web::guard::session::{DeviceName, GuestCart};

/// The texts and the path of this page.
const CONFIRM: (&str, &str) = ("email_confirm", "/account/email");

/// `GET /account/email?token=…`
#[handler]
pub async fn show_email(app: Data<&Arc<App>>, query: Option<Query<TokenForm>>) -> Result<Response> {
    let token = query.map(|q| q.0.token).unwrap_or_default();
    show_prove(&app, CONFIRM, &token, FieldErrors::default()).await
}

/// `POST /account/email`: all logins end with the old address; the password that was given begins a new one here.
#[handler]
pub async fn submit_email(
    app: Data<&Arc<App>>,
    guest: GuestCart,
    device: DeviceName,
    form: Form<ProveForm>,
) -> Result<Response> {
    let email = match confirm_new_email(&app, &form.token, &form.password).await {
        Ok(Some(email)) => email,
        Ok(None) => return show_dead_link(&app, "/account/security", "account.security").await,
        Err(error) => return show_prove(&app, CONFIRM, &form.token, limited(error)?).await,
    };
    let visitor = Visitor { customer: None, guest: guest.0, device: device.0 };
    enter(&app, visitor, (&email, &form.password), "/account?done=email_confirmed").await
}
