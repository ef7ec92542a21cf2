//! Changing a cart's lines.

use super::{CartKey, cart_not_found, is_id};
use crate::app::App;
use crate::db::carts::{self, VariantOffer};
use crate::db::{Conn, Tx};
use crate::domain::cart::{CART_LINES_MAX, Cart, CartLine, CartRefusal, QUANTITY_MAX};
use crate::error::{Error, Result};
use crate::random::token_hash;

/// What came of adding to a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// Set when a guest's cart was made: the client keeps it from now on.
    pub token: Option<String>,
    /// Pieces that were added: fewer than asked for if there are no more, 0 if all there are were in the cart.
    pub added: i64,
    /// Pieces of this variant in the cart now.
    pub quantity: i64,
    /// Pieces in the whole cart now.
    pub pieces: i64,
}

/// Adds pieces of a variant; a guest without a cart gets one.
/// Errors: `Invalid` at `variant_id` or `quantity`, with the text key of a [`CartRefusal`].
pub async fn add_line(app: &App, key: Option<&CartKey>, variant_id: &str, quantity: i64) -> Result<Added> {
    if !(1..=QUANTITY_MAX).contains(&quantity) {
        return Err(refused("quantity", CartRefusal::Quantity));
    }
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let offer = find_sellable(&mut tx, variant_id).await?;
    let Some(cart) = lock_or_insert_cart(app, &mut tx, key, now_ms).await? else {
        return begin_cart(app, tx, variant_id, (quantity, &offer), now_ms).await;
    };
    let lines = carts::list_cart_lines(&mut tx, &cart.id).await?;
    let known = lines.iter().find(|line| line.variant_id == variant_id);
    if known.is_none() && lines.len() >= CART_LINES_MAX {
        return Err(refused("variant_id", CartRefusal::TooManyLines));
    }
    let before = known.map_or(0, |line| line.quantity);
    let total = (before + quantity).min(offer.available).min(QUANTITY_MAX).max(before);
    let line = CartLine {
        variant_id: variant_id.to_owned(),
        quantity: total,
        price_seen_minor: offer.unit_minor,
        // Two lines added within a millisecond keep their order.
        added_at: now_ms.max(lines.iter().map(|l| l.added_at + 1).max().unwrap_or(0)),
    };
    carts::insert_cart_lines(&mut tx, &cart.id, &[line]).await?;
    tx.commit().await?;
    let others: i64 = lines.iter().filter(|l| l.variant_id != variant_id).map(|l| l.quantity).sum();
    Ok(Added { token: None, added: total - before, quantity: total, pieces: others + total })
}

/// Sets the quantity of a line, at most what is there; 0 removes it. The quantity that it has now.
/// Errors: `NotFound` without such a cart or line, `Invalid` at `quantity`.
pub async fn set_quantity(app: &App, key: &CartKey, variant_id: &str, quantity: i64) -> Result<i64> {
    if quantity == 0 {
        remove_line(app, key, variant_id).await?;
        return Ok(0);
    }
    if !(1..=QUANTITY_MAX).contains(&quantity) {
        return Err(refused("quantity", CartRefusal::Quantity));
    }
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let offer = find_sellable(&mut tx, variant_id).await?;
    let cart = lock_cart(&mut tx, key, now_ms).await?;
    let lines = carts::list_cart_lines(&mut tx, &cart.id).await?;
    let known = lines.into_iter().find(|line| line.variant_id == variant_id);
    let known = known.ok_or(Error::NotFound("cart line"))?;
    let line =
        CartLine { quantity: quantity.min(offer.available), price_seen_minor: offer.unit_minor, ..known };
    carts::insert_cart_lines(&mut tx, &cart.id, std::slice::from_ref(&line)).await?;
    tx.commit().await?;
    Ok(line.quantity)
}

/// Removes a line; removing what is not there is no mistake, a second click does it.
pub async fn remove_line(app: &App, key: &CartKey, variant_id: &str) -> Result<()> {
    if !is_id(variant_id) {
        return Err(Error::NotFound("cart line"));
    }
    let mut tx = app.db.write().await?;
    let cart = lock_cart(&mut tx, key, app.clock.now_ms()).await?;
    carts::delete_cart_line(&mut tx, &cart.id, variant_id).await?;
    tx.commit().await?;
    Ok(())
}

/// The cart as it is once its row is locked, its version moved.
pub(super) async fn lock_cart(tx: &mut Tx, key: &CartKey, now_ms: i64) -> Result<Cart> {
    carts::lock_cart(tx, key.hashed().owner(), now_ms).await?.ok_or_else(cart_not_found)
}

/// The cart of the key, made if it is a customer's; `None`: a guest has none yet.
pub(super) async fn lock_or_insert_cart(
    app: &App,
    tx: &mut Tx,
    key: Option<&CartKey>,
    now_ms: i64,
) -> Result<Option<Cart>> {
    let Some(key) = key else { return Ok(None) };
    match (lock_cart(tx, key, now_ms).await, key) {
        (Err(Error::NotFound(_)), CartKey::Token(_)) => Ok(None),
        (Err(Error::NotFound(_)), CartKey::Customer(customer_id)) => {
            // Nobody has the token: the cart answers to its customer. Another tab may have made it just before.
            let token_hash = token_hash(&app.random.token());
            carts::insert_cart(tx, &app.id(), &token_hash, customer_id, now_ms).await?;
            lock_cart(tx, key, now_ms).await.map(Some)
        }
        (found, _) => found.map(Some),
    }
}

/// A guest's first piece: the cart and its line are new, and nobody else can know of them.
async fn begin_cart(
    app: &App,
    mut tx: Tx,
    variant_id: &str,
    (quantity, offer): (i64, &VariantOffer),
    now_ms: i64,
) -> Result<Added> {
    let token = app.random.token();
    let quantity = quantity.min(offer.available);
    let line = CartLine {
        variant_id: variant_id.to_owned(),
        quantity,
        price_seen_minor: offer.unit_minor,
        added_at: now_ms,
    };
    carts::insert_guest_cart(&mut tx, &app.id(), &token_hash(&token), &[line], now_ms).await?;
    tx.commit().await?;
    Ok(Added { token: Some(token), added: quantity, quantity, pieces: quantity })
}

pub(super) async fn find_sellable(conn: &mut Conn, variant_id: &str) -> Result<VariantOffer> {
    if !is_id(variant_id) {
        return Err(refused("variant_id", CartRefusal::NotSold));
    }
    sellable(carts::find_variant_offer(conn, variant_id).await?)
}

/// The offer, if it can be put into a cart.
pub(super) fn sellable(offer: Option<VariantOffer>) -> Result<VariantOffer> {
    match offer {
        Some(offer) if !offer.sold => Err(refused("variant_id", CartRefusal::NotSold)),
        Some(offer) if offer.available <= 0 => Err(refused("variant_id", CartRefusal::SoldOut)),
        Some(offer) => Ok(offer),
        None => Err(refused("variant_id", CartRefusal::NotSold)),
    }
}

pub(super) fn refused(field: &str, refusal: CartRefusal) -> Error {
    Error::field(field, refusal.text_key())
}
