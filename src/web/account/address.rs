//! One address of a customer: a new one, or one to change.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Path};
use poem::{Response, handler};

use super::again::{self, Entry, Sent};
use super::require;
use crate::app::App;
use crate::db::addresses::find_address;
use crate::domain::customer::ADDRESSES_MAX;
use crate::error::{Error, FieldErrors, OrNotFound, Result};
use crate::shop::accounts::{LoggedIn, save_address};
use crate::web::address::{SHIPPING, Typed, delivery_countries};
use crate::web::form::{Choice, Field, FormState};
use crate::web::guard::session::CurrentCustomer;
use crate::web::layout::Layout;
use crate::web::{page, see_other};

/// The id in the path of an address that is not kept yet.
const NEW: &str = "new";

#[derive(Template)]
#[template(path = "account/address.html")]
struct AddressPage {
    l: Layout,
    form: FormState,
    heading: String,
    action: String,
    countries: Vec<Choice>,
}

impl AddressPage {
    fn address_fields(&self) -> Vec<Field<'_>> {
        SHIPPING.fields(&self.l, &self.form, &self.countries)
    }
}

fn path(id: &str) -> String {
    format!("/account/addresses/{id}")
}

fn check_id(id: &str) -> Result<()> {
    let known = id == NEW || crate::shop::cart::is_id(id);
    known.then_some(()).or_not_found("address")
}

/// `GET /account/addresses/{id}`, `…/new`
#[handler]
pub async fn show_address(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    id: Path<String>,
) -> Result<Response> {
    check_id(&id)?;
    let who = match require(customer.0, &path(&id)) {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    let mut form = FormState::default();
    if id.as_str() == NEW {
        form.set("name", &who.name);
        form.set("country", app.settings().countries.first().cloned().unwrap_or_default());
    } else {
        let mut conn = app.db.read().await?;
        let saved = find_address(&mut conn, &who.customer_id, &id).await?.or_not_found("address")?;
        SHIPPING.fill(&mut form, &saved.address);
        if saved.main {
            form.set("main", "1");
        }
    }
    show(&app, StatusCode::OK, &id, form).await
}

/// `POST /account/addresses/{id}`
#[handler]
pub async fn submit_address(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    id: Path<String>,
    typed: Form<Typed>,
) -> Result<Response> {
    check_id(&id)?;
    let who = match require(customer.0, &path(&id)) {
        Ok(who) => who,
        Err(login) => return Ok(login),
    };
    let form = FormState::of(typed.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    if form.value("action") != "save" {
        return show(&app, StatusCode::OK, &id, form).await;
    }
    let action = path(&id);
    let fields = typed.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let fresh = match again::enter(&app, who, Sent { action: &action, fields }).await? {
        Entry::Fresh(fresh) => fresh,
        Entry::Asked(page) => return Ok(page),
    };
    let outcome = save(&app, &fresh.who, &id, &typed, form).await;
    fresh.finish(&app, outcome).await
}

async fn save(app: &App, who: &LoggedIn, id: &str, typed: &Typed, form: FormState) -> Result<Response> {
    let address_id = (id != NEW).then_some(id);
    match save_address(app, who, address_id, SHIPPING.read(typed), form.is_checked("main")).await {
        Ok(_) => Ok(see_other("/account/addresses")),
        Err(Error::Invalid(errors)) => {
            show(app, StatusCode::UNPROCESSABLE_ENTITY, id, form.rejected(errors)).await
        }
        Err(Error::Conflict(_)) => {
            let l = super::frame(app).await?;
            let mut errors = FieldErrors::default();
            errors.add("country", l.fill("account.address_limit", "max", ADDRESSES_MAX));
            show(app, StatusCode::UNPROCESSABLE_ENTITY, id, form.rejected(errors)).await
        }
        Err(error) => Err(error),
    }
}

async fn show(app: &App, status: StatusCode, id: &str, form: FormState) -> Result<Response> {
    let l = super::frame(app).await?;
    let key = if id == NEW { "account.address_new" } else { "account.address_change" };
    let address = AddressPage {
        heading: l.t(key).to_owned(),
        action: path(id),
        countries: delivery_countries(&l),
        form,
        l: l.clone().titled(l.t(key)),
    };
    page::render(status, &address)
}
