//! Taking one's data along, and deleting the account.

use std::sync::Arc;

use askama::Template;
use poem::http::{StatusCode, header};
use poem::web::{Data, Form};
use poem::{Response, handler};
use serde::Deserialize;

use super::again::{self, Entry, Sent};
use super::{MessagePage, limited, require};
use crate::app::App;
use crate::error::{Error, Result};
use crate::shop::accounts::{LoggedIn, delete_account, export_account, prove_again};
use crate::web::form::FormState;
use crate::web::guard::session::{CurrentCustomer, end};
use crate::web::layout::{Layout, Link};
use crate::web::page;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct DataForm {
    /// "export" or "delete".
    action: String,
    password: String,
    password_again: Option<String>,
}

#[derive(Template)]
#[template(path = "account/data.html")]
struct DataPage {
    l: Layout,
    section: &'static str,
    form: FormState,
}

/// `GET /account/data`
#[handler]
pub async fn show_data(app: Data<&Arc<App>>, customer: CurrentCustomer) -> Result<Response> {
    match require(customer.0, "/account/data") {
        Ok(_) => show(&app, StatusCode::OK, FormState::default()).await,
        Err(login) => Ok(login),
    }
}

/// `POST /account/data`
#[handler]
pub async fn submit_data(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    form: Form<DataForm>,
) -> Result<Response> {
    let who = match require(customer.0, "/account/data") {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    let outcome = match form.action.as_str() {
        "export" => export(&app, who, &form).await,
        "delete" => delete(&app, &who, &form.password).await,
        _ => Err(Error::field("action", "order.error_action")),
    };
    match outcome {
        Ok(response) => Ok(response),
        Err(error) => {
            let form = FormState::default().rejected(limited(error)?);
            show(&app, StatusCode::UNPROCESSABLE_ENTITY, form).await
        }
    }
}

async fn export(app: &Arc<App>, who: LoggedIn, form: &DataForm) -> Result<Response> {
    let mut fields = vec![("action", form.action.as_str())];
    fields.extend(form.password_again.as_deref().map(|password| (again::PASSWORD, password)));
    match again::enter(app, who, Sent { action: "/account/data", fields }).await? {
        Entry::Fresh(fresh) => {
            let outcome = download(app, &fresh.who).await;
            fresh.finish(app, outcome).await
        }
        Entry::Asked(page) => Ok(page),
    }
}

async fn download(app: &App, who: &LoggedIn) -> Result<Response> {
    let document = export_account(app, who).await?;
    let body = serde_json::to_string_pretty(&document).map_err(Error::internal)?;
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"account.json\"")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body))
}

async fn delete(app: &Arc<App>, who: &LoggedIn, password: &str) -> Result<Response> {
    let who = prove_again(app, who, "password", password).await?;
    delete_account(app, &who).await?;
    let l = super::frame(app).await?;
    let message = MessagePage {
        title: l.t("account.deleted").to_owned(),
        text: l.t("account.deleted_text").to_owned(),
        hint: String::new(),
        link: Some(Link { name: l.t("cart.empty_link").to_owned(), path: "/".to_owned() }),
        l: l.clone().titled(l.t("account.deleted")),
    };
    let mut response = page::render(StatusCode::OK, &message)?;
    end(&mut response, app);
    Ok(response)
}

async fn show(app: &App, status: StatusCode, form: FormState) -> Result<Response> {
    let l = super::frame(app).await?;
    page::render(status, &DataPage { section: "data", form, l: l.clone().titled(l.t("account.data")) })
}
