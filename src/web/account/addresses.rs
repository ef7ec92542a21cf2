//! The list of a customer's addresses.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form};
use poem::{Response, handler};
use serde::Deserialize;

use super::again::{self, Entry, Sent};
use super::require;
use crate::app::App;
use crate::db::addresses;
use crate::error::{Error, Result};
use crate::shop::accounts::{LoggedIn, delete_address, make_main_address};
use crate::web::address::lines;
use crate::web::guard::session::CurrentCustomer;
use crate::web::layout::Layout;
use crate::web::{page, see_other};

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct AddressesForm {
    /// "main" or "delete".
    action: String,
    address_id: String,
    password_again: Option<String>,
}

#[derive(Template)]
#[template(path = "account/addresses.html")]
struct AddressesPage {
    l: Layout,
    section: &'static str,
    addresses: Vec<AddressView>,
}

struct AddressView {
    id: String,
    main: bool,
    rows: Vec<String>,
    /// Tells the buttons of one address from those of another.
    label: String,
}

/// `GET /account/addresses`
#[handler]
pub async fn show_addresses(app: Data<&Arc<App>>, customer: CurrentCustomer) -> Result<Response> {
    let who = match require(customer.0, "/account/addresses") {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    let mut conn = app.db.read().await?;
    let l = Layout::load(&app, &mut conn).await?;
    let saved = addresses::list_addresses(&mut conn, &who.customer_id).await?;
    let view = |saved: addresses::SavedAddress| AddressView {
        rows: lines(l.texts, &saved.address),
        label: format!("{}, {}", saved.address.name, saved.address.line1),
        id: saved.address_id,
        main: saved.main,
    };
    let list = AddressesPage {
        section: "addresses",
        addresses: saved.into_iter().map(view).collect(),
        l: l.clone().titled(l.t("account.addresses")),
    };
    page::render(StatusCode::OK, &list)
}

/// `POST /account/addresses`
#[handler]
pub async fn submit_addresses(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    form: Form<AddressesForm>,
) -> Result<Response> {
    let who = match require(customer.0, "/account/addresses") {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    if !crate::shop::cart::is_id(&form.address_id) {
        return Err(Error::NotFound("address"));
    }
    let mut fields = vec![("action", form.action.as_str()), ("address_id", &form.address_id)];
    fields.extend(form.password_again.as_deref().map(|password| (again::PASSWORD, password)));
    let fresh = match again::enter(&app, who, Sent { action: "/account/addresses", fields }).await? {
        Entry::Fresh(fresh) => fresh,
        Entry::Asked(page) => return Ok(page),
    };
    let outcome = change(&app, &fresh.who, &form).await;
    fresh.finish(&app, outcome).await
}

async fn change(app: &App, who: &LoggedIn, form: &AddressesForm) -> Result<Response> {
    let outcome = match form.action.as_str() {
        "main" => make_main_address(app, who, &form.address_id).await,
        "delete" => delete_address(app, who, &form.address_id).await,
        _ => return Err(Error::field("action", "order.error_action")),
    };
    match outcome {
        // A second click, or another tab: what was asked for is so already.
        Ok(()) | Err(Error::NotFound(_)) => Ok(see_other("/account/addresses")),
        Err(error) => Err(error),
    }
}
