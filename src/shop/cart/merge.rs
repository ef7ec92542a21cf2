//! What becomes of guests' carts: a customer's at login, or nothing after a while.

use super::CartKey;
use super::line::lock_cart;
use crate::app::App;
use crate::db::carts;
use crate::domain::cart::{GUEST_CART_MS, merge};
use crate::error::{Error, Result};

/// Carts removed in one transaction, so that other writers get their turn.
const REMOVE_BATCH: i64 = 100;

/// At login: the guest's cart becomes the customer's, or its lines join those that the customer has.
pub async fn merge_into_customer(app: &App, guest_token: &str, customer_id: &str) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let guest_key = CartKey::Token(guest_token.to_owned());
    let guest = match lock_cart(&mut tx, &guest_key, now_ms).await {
        // There is none, or a login at the same moment has just taken it over.
        Err(Error::NotFound(_)) => return Ok(()),
        locked => locked?,
    };
    let Some(mut own) = carts::find_cart_by_customer(&mut tx, customer_id).await? else {
        carts::update_cart_owner(&mut tx, &guest.id, customer_id, now_ms).await?;
        tx.commit().await?;
        return Ok(());
    };
    carts::update_cart_version(&mut tx, &own.id, now_ms).await?;
    let customers = carts::list_cart_lines(&mut tx, &own.id).await?;
    let guests = carts::list_cart_lines(&mut tx, &guest.id).await?;
    let lines = merge(customers, guests);
    carts::delete_cart(&mut tx, &guest.id).await?;
    carts::insert_cart_lines(&mut tx, &own.id, &lines).await?;
    for (own, guests) in [
        (&mut own.country, guest.country),
        (&mut own.shipping_key, guest.shipping_key),
        (&mut own.discount_code, guest.discount_code),
    ] {
        if !guests.is_empty() {
            *own = guests;
        }
    }
    carts::update_cart_choices(&mut tx, &own, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes guests' carts that nobody touched for 30 days; how many.
pub async fn remove_old_carts(app: &App) -> Result<usize> {
    let before_ms = app.clock.now_ms() - GUEST_CART_MS;
    let mut removed = 0;
    loop {
        let mut tx = app.db.write().await?;
        let batch = carts::delete_old_guest_carts(&mut tx, before_ms, REMOVE_BATCH).await?;
        tx.commit().await?;
        removed += batch;
        if batch < usize::try_from(REMOVE_BATCH).unwrap_or(usize::MAX) {
            return Ok(removed);
        }
    }
}
