//! Making a cart for a client that keeps the token itself: all lines in one transaction, once per idempotency key.

use std::collections::BTreeMap;

use super::is_id;
use super::line::{refused, sellable};
use crate::app::App;
use crate::db::{Tx, carts, idempotency};
use crate::domain::cart::{CART_LINES_MAX, CartLine, CartRefusal, QUANTITY_MAX};
use crate::error::{Error, Result};
use crate::random::token_hash;

/// Keys of new carts; they never meet those of orders.
const SCOPE: &str = "carts";
/// Whoever repeats a key with the same lines gets the cart's token, so a key must not be guessable.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 16..=255;

/// Makes a guest's cart with these lines (variant and quantity); its token. The same `key` with the same lines gives
/// the same token again.
/// Errors: `Invalid` at `variant_id`, `quantity` or `Idempotency-Key`.
pub async fn create_cart(app: &App, lines: &[(String, i64)], key: Option<&str>) -> Result<String> {
    let wanted = sum(lines)?;
    let token = app.random.token();
    let mut tx = app.db.write().await?;
    if let Some(key) = key
        && let Some(earlier) = take_key(app, &mut tx, key, &wanted, &token).await?
    {
        return Ok(earlier);
    }
    let now_ms = app.clock.now_ms();
    let ids: Vec<&str> = wanted.keys().map(String::as_str).filter(|id| is_id(id)).collect();
    let mut offers = carts::list_variant_offers(&mut tx, &ids).await?;
    let mut cart_lines = Vec::with_capacity(wanted.len());
    for (variant_id, quantity) in wanted {
        let offer = sellable(offers.remove(&variant_id))?;
        let (quantity, price_seen_minor) = (quantity.min(offer.available), offer.unit_minor);
        cart_lines.push(CartLine { variant_id, quantity, price_seen_minor, added_at: now_ms });
    }
    carts::insert_guest_cart(&mut tx, &app.id(), &token_hash(&token), &cart_lines, now_ms).await?;
    tx.commit().await?;
    Ok(token)
}

/// The quantities by variant, within the limits.
fn sum(lines: &[(String, i64)]) -> Result<BTreeMap<String, i64>> {
    let mut wanted = BTreeMap::new();
    for (variant_id, quantity) in lines {
        if !(1..=QUANTITY_MAX).contains(quantity) {
            return Err(refused("quantity", CartRefusal::Quantity));
        }
        let sum: &mut i64 = wanted.entry(variant_id.clone()).or_default();
        *sum = (*sum + quantity).min(QUANTITY_MAX);
    }
    if wanted.len() > CART_LINES_MAX {
        return Err(refused("variant_id", CartRefusal::TooManyLines));
    }
    Ok(wanted)
}

/// Takes the key in the caller's transaction; the token of the cart that an earlier request made under it.
async fn take_key(
    app: &App,
    tx: &mut Tx,
    key: &str,
    wanted: &BTreeMap<String, i64>,
    token: &str,
) -> Result<Option<String>> {
    if !KEY_BYTES.contains(&key.len()) || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::field("Idempotency-Key", "cart.key_invalid"));
    }
    let request_hash = token_hash(&format!("{wanted:?}"));
    // The token itself: what a repetition is to get. It goes with the key, after two days.
    let new = idempotency::NewKey { scope: SCOPE, key, request_hash: &request_hash, resource_id: token };
    if idempotency::insert_key(tx, new, app.clock.now_ms()).await? {
        return Ok(None);
    }
    match idempotency::find_key(tx, SCOPE, key).await? {
        Some(known) if known.request_hash == request_hash => Ok(Some(known.resource_id)),
        _ => Err(Error::field("Idempotency-Key", "cart.key_reused")),
    }
}
