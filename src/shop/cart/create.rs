//! Making a cart for a client that keeps the token itself: all lines in one transaction.

use std::collections::BTreeMap;

use super::is_id;
use super::line::{refused, sellable};
use crate::app::App;
use crate::db::{carts, is_unknown_reference};
use crate::domain::cart::{CART_LINES_MAX, CartLine, CartRefusal, QUANTITY_MAX};
use crate::error::Result;
use crate::random::token_hash;

/// Makes a guest's cart with these lines (variant and quantity), which `token` opens from now on.
/// Errors: `Invalid` at `variant_id` or `quantity`.
pub async fn create_cart(app: &App, lines: &[(String, i64)], token: &str) -> Result<()> {
    let wanted = sum(lines)?;
    let now_ms = app.clock.now_ms();
    let ids: Vec<&str> = wanted.keys().map(String::as_str).filter(|id| is_id(id)).collect();
    // Looked up before the writer's turn: a cart only notes what was seen, and is looked at again whenever it is shown.
    let mut offers = carts::list_variant_offers(&mut app.db.read().await?, &ids).await?;
    let mut cart_lines = Vec::with_capacity(wanted.len());
    for (variant_id, quantity) in wanted {
        let offer = sellable(offers.remove(&variant_id))?;
        let (quantity, price_seen_minor) = (quantity.min(offer.available), offer.unit_minor);
        cart_lines.push(CartLine { variant_id, quantity, price_seen_minor, added_at: now_ms });
    }
    let mut tx = app.db.write().await?;
    let made = carts::insert_guest_cart(&mut tx, &app.id(), &token_hash(token), &cart_lines, now_ms).await;
    if made.as_ref().is_err_and(is_unknown_reference) {
        return Err(refused("variant_id", CartRefusal::NotSold));
    }
    made?;
    Ok(tx.commit().await?)
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
