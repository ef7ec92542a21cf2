//! Password, e-mail address and devices.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::{DoneQuery, limited, require, show_check_mail};
use crate::app::App;
use crate::domain::password::PASSWORD_CHARS_MIN;
use crate::error::{Error, Result};
use crate::shop::accounts::{Device, LoggedIn, change_email, change_password, list_devices, log_out_others};
use crate::web::form::FormState;
use crate::web::guard::cookies::Cookie;
use crate::web::guard::session::CurrentCustomer;
use crate::web::layout::Layout;
use crate::web::{page, see_other};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SecurityForm {
    /// "password", "email" or "others".
    action: String,
    password_old: String,
    password_new: String,
    email_new: String,
    email_password: String,
}

#[derive(Template)]
#[template(path = "account/security.html")]
struct SecurityPage {
    l: Layout,
    section: &'static str,
    form: FormState,
    done: String,
    email: String,
    email_line: String,
    password_hint: String,
    devices: Vec<DeviceView>,
}

struct DeviceView {
    name: String,
    seen: String,
}

/// `GET /account/security`
#[handler]
pub async fn show_security(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    query: Option<Query<DoneQuery>>,
) -> Result<Response> {
    let who = match require(customer.0, "/account/security") {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    let query = query.map(|q| q.0).unwrap_or_default();
    show(&app, StatusCode::OK, &who, FormState::default(), query).await
}

/// `POST /account/security`
#[handler]
pub async fn submit_security(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    form: Form<SecurityForm>,
) -> Result<Response> {
    let who = match require(customer.0, "/account/security") {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    match change(&app, &who, &form).await {
        Ok(response) => Ok(response),
        Err(error) => {
            let kept = FormState::of([("email_new", form.email_new.as_str())]).rejected(limited(error)?);
            show(&app, StatusCode::UNPROCESSABLE_ENTITY, &who, kept, DoneQuery::default()).await
        }
    }
}

async fn change(app: &Arc<App>, who: &LoggedIn, form: &SecurityForm) -> Result<Response> {
    match form.action.as_str() {
        "password" => {
            let session = change_password(app, who, &form.password_old, form.password_new.clone()).await?;
            let mut response = see_other("/account/security?done=password_changed");
            Cookie::Session.write(&mut response, &app.config.server, &session.token);
            Ok(response)
        }
        "email" => {
            change_email(app, who, &form.email_new, &form.email_password).await?;
            show_check_mail(app, "account.check_mail_email", &form.email_new).await
        }
        "others" => {
            log_out_others(app, who).await?;
            Ok(see_other("/account/security?done=devices_done"))
        }
        _ => Err(Error::field("action", "order.error_action")),
    }
}

async fn show(
    app: &App,
    status: StatusCode,
    who: &LoggedIn,
    form: FormState,
    told: DoneQuery,
) -> Result<Response> {
    let devices = list_devices(app, who).await?;
    let l = super::frame(app).await?;
    let security = SecurityPage {
        section: "security",
        form,
        done: told.text(&l, &["password_changed", "devices_done"]),
        email: who.email.clone(),
        email_line: l.fill("account.email_now", "email", &who.email),
        password_hint: l.fill("account.password_hint", "min", PASSWORD_CHARS_MIN),
        devices: devices.iter().map(|device| device_view(&l, device)).collect(),
        l: l.clone().titled(l.t("account.security")),
    };
    page::render(status, &security)
}

fn device_view(l: &Layout, device: &Device) -> DeviceView {
    let name = if device.name.is_empty() { l.t("account.device_unknown") } else { &device.name };
    DeviceView {
        name: name.to_owned(),
        seen: match device.current {
            true => l.t("account.device_this").to_owned(),
            false => l.fill("account.device_seen", "date", l.date_time(&device.seen_at)),
        },
    }
}
