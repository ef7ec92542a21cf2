//! The addresses that a customer keeps. Changing them needs a fresh login: they decide where parcels go.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::types::Example;
use poem_openapi::{ApiResponse, Object, OpenApi};

use super::Group;
use super::account::Done;
use super::bearer::Token;
use super::orders::AddressView;
use super::problem::Problem;
use crate::app::App;
use crate::db::addresses::{self, SavedAddress};
use crate::error::{Error, FieldErrors, Result};
use crate::shop::accounts::{LoggedIn, delete_address, save_address};
use crate::shop::cart::is_id;

/// An address to keep.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct NewAddress {
    address: AddressView,
    /// Whether checkout is to offer it first. There is always one such address.
    #[oai(default)]
    main: bool,
}

impl Example for NewAddress {
    fn example() -> NewAddress {
        NewAddress { address: AddressView::example(), main: true }
    }
}

/// An address that is kept.
#[derive(Debug, Clone, Object)]
pub struct KeptAddress {
    /// Names it in `/account/addresses/{id}`.
    id: String,
    /// Offered first at checkout.
    main: bool,
    address: AddressView,
}

impl KeptAddress {
    fn of(saved: SavedAddress) -> KeptAddress {
        KeptAddress { id: saved.address_id, main: saved.main, address: AddressView::of(&saved.address) }
    }
}

/// All addresses of the customer, the main one first. There are at most 20, so one page has them.
#[derive(Debug, Object)]
pub struct AddressPage {
    items: Vec<KeptAddress>,
    /// There is no further page.
    next: Option<String>,
}

/// The name of a new address.
#[derive(Debug, Clone, Object)]
pub struct NewAddressId {
    /// Names it in `/account/addresses/{id}`.
    id: String,
}

/// An address was added.
#[derive(ApiResponse)]
pub enum AddressCreated {
    /// It is kept.
    #[oai(status = 201)]
    Created(Json<NewAddressId>),
}

pub struct AddressesApi;

#[OpenApi]
impl AddressesApi {
    /// The customer's addresses.
    #[oai(
        path = "/account/addresses",
        method = "get",
        operation_id = "list_addresses",
        tag = "Group::Account"
    )]
    async fn list(&self, app: Data<&Arc<App>>, token: Token) -> Result<Json<AddressPage>, Problem> {
        let who = token.customer(&app).await?;
        let mut conn = app.db.read().await?;
        let items = addresses::list_addresses(&mut conn, &who.customer_id).await?;
        Ok(Json(AddressPage { items: items.into_iter().map(KeptAddress::of).collect(), next: None }))
    }

    /// Keeps another address; 409 when there are 20. Needs a login of the last 15 minutes.
    #[oai(
        path = "/account/addresses",
        method = "post",
        operation_id = "create_address",
        tag = "Group::Account"
    )]
    async fn create(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        body: Json<NewAddress>,
    ) -> Result<AddressCreated, Problem> {
        let who = token.customer(&app).await?;
        let id = save(&app, &who, None, body.0).await?;
        Ok(AddressCreated::Created(Json(NewAddressId { id })))
    }

    /// Changes an address. Needs a login of the last 15 minutes.
    #[oai(
        path = "/account/addresses/:id",
        method = "put",
        operation_id = "update_address",
        tag = "Group::Account"
    )]
    async fn update(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        #[oai(validator(max_length = 64))] id: Path<String>,
        body: Json<NewAddress>,
    ) -> Result<Done, Problem> {
        let who = token.customer(&app).await?;
        save(&app, &who, Some(known(&id)?), body.0).await?;
        Ok(Done::Done)
    }

    /// Forgets an address. Needs a login of the last 15 minutes.
    #[oai(
        path = "/account/addresses/:id",
        method = "delete",
        operation_id = "delete_address",
        tag = "Group::Account"
    )]
    async fn delete(
        &self,
        app: Data<&Arc<App>>,
        token: Token,
        #[oai(validator(max_length = 64))] id: Path<String>,
    ) -> Result<Done, Problem> {
        let who = token.customer(&app).await?;
        delete_address(&app, &who, known(&id)?).await?;
        Ok(Done::Done)
    }
}

async fn save(app: &App, who: &LoggedIn, id: Option<&str>, body: NewAddress) -> Result<String> {
    let saved = save_address(app, who, id, body.address.into_address(), body.main).await;
    saved.map_err(|error| match error {
        Error::Invalid(errors) => Error::Invalid(below_address(errors)),
        error => error,
    })
}

/// The fields under their names in this document.
fn below_address(mut errors: FieldErrors) -> FieldErrors {
    for wrong in &mut errors.0 {
        wrong.field = format!("address.{}", wrong.field);
    }
    errors
}

/// What is no id of ours names no address, and never reaches the database.
fn known(id: &str) -> Result<&str> {
    if is_id(id) { Ok(id) } else { Err(Error::NotFound("address")) }
}
