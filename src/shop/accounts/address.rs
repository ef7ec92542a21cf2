//! The addresses that a customer keeps.

use super::LoggedIn;
use crate::app::App;
use crate::db::addresses::{self, NewAddress};
use crate::domain::address::Address;
use crate::domain::customer::ADDRESSES_MAX;
use crate::error::{Error, FieldErrors, OrNotFound, Result};

/// Keeps an address: a new one, or in place of `address_id`. The first is the main one. Its id.
/// Errors: [`Error::Invalid`] by field; [`Error::NotFound`]; [`Error::Conflict`] beyond [`ADDRESSES_MAX`];
/// [`Error::LoginTooOld`].
pub async fn save_address(
    app: &App,
    who: &LoggedIn,
    address_id: Option<&str>,
    address: Address,
    main: bool,
) -> Result<String> {
    who.require_fresh(app.clock.now_ms())?;
    write_address(app, who, address_id, address, main).await
}

/// Keeps the address of an order that was just placed. It needs no fresh login: it is added after those that are there
/// and changes none of them, so no later parcel goes elsewhere than its owner sees.
/// Errors: [`Error::Invalid`] by field; [`Error::Conflict`] beyond [`ADDRESSES_MAX`].
pub async fn keep_address(app: &App, who: &LoggedIn, address: Address) -> Result<()> {
    write_address(app, who, None, address, false).await?;
    Ok(())
}

async fn write_address(
    app: &App,
    who: &LoggedIn,
    address_id: Option<&str>,
    address: Address,
    main: bool,
) -> Result<String> {
    let address = address.cleaned();
    let mut errors = FieldErrors::default();
    for fault in address.faults(&app.settings().countries) {
        errors.add(fault.field, fault.reason);
    }
    errors.into_result()?;
    let mut tx = app.db.write().await?;
    let own = addresses::list_addresses(&mut tx, &who.customer_id).await?;
    let old = own.iter().find(|a| Some(a.address_id.as_str()) == address_id);
    let new_id = address_id.map_or_else(|| app.id(), str::to_owned);
    let main_now = own.is_empty() || old.is_some_and(|a| a.main);
    let row =
        NewAddress { address_id: &new_id, customer_id: &who.customer_id, main: main_now, address: &address };
    if address_id.is_some() {
        old.or_not_found("address")?;
        addresses::update_address(&mut tx, row).await?;
    } else if own.len() >= ADDRESSES_MAX {
        return Err(Error::Conflict("an account keeps no more addresses than this".to_owned()));
    } else {
        addresses::insert_address(&mut tx, row, app.clock.now_ms()).await?;
    }
    if main {
        addresses::update_main_address(&mut tx, &who.customer_id, &new_id).await?;
    }
    tx.commit().await?;
    Ok(new_id)
}

/// Makes it the address that checkout offers first.
/// Errors: [`Error::NotFound`]; [`Error::LoginTooOld`].
pub async fn make_main_address(app: &App, who: &LoggedIn, address_id: &str) -> Result<()> {
    who.require_fresh(app.clock.now_ms())?;
    let mut tx = app.db.write().await?;
    let found = addresses::update_main_address(&mut tx, &who.customer_id, address_id).await?;
    found.then_some(()).or_not_found("address")?;
    Ok(tx.commit().await?)
}

/// Forgets an address; if it was the main one, the newest of the others is.
/// Errors: [`Error::NotFound`]; [`Error::LoginTooOld`].
pub async fn delete_address(app: &App, who: &LoggedIn, address_id: &str) -> Result<()> {
    who.require_fresh(app.clock.now_ms())?;
    let mut tx = app.db.write().await?;
    let found = addresses::delete_address(&mut tx, &who.customer_id, address_id).await?;
    found.then_some(()).or_not_found("address")?;
    let rest = addresses::list_addresses(&mut tx, &who.customer_id).await?;
    if let Some(first) = rest.first().filter(|a| !a.main) {
        addresses::update_main_address(&mut tx, &who.customer_id, &first.address_id).await?;
    }
    Ok(tx.commit().await?)
}
