//! What a shopper chooses for the whole cart.

use super::line::lock_cart;
use super::{CartKey, Choice, LineState, assess};
use crate::app::App;
use crate::db::{carts, discounts};
use crate::domain::cart::CartLine;
use crate::domain::discount::{DiscountRefusal, fold_code};
use crate::error::{Error, Result};

/// The longest shipping key that a form may send.
const SHIPPING_KEY_BYTES_MAX: usize = 64;

/// Puts a discount code on the cart. A code whose minimum is not reached yet stays, and counts once it is.
/// Errors: `Invalid` at `discount_code` with the text key of a [`DiscountRefusal`].
pub async fn apply_discount(app: &App, key: &CartKey, typed: &str) -> Result<()> {
    let refused = |refusal: DiscountRefusal| Error::field("discount_code", refusal.text_key());
    let code = fold_code(typed).ok_or_else(|| refused(DiscountRefusal::Unknown))?;
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut cart = lock_cart(&mut tx, key, now_ms).await?;
    let found = discounts::find_discount(&mut tx, &code).await?;
    let discount = found.ok_or_else(|| refused(DiscountRefusal::Unknown))?;
    discount.check(i64::MAX, now_ms).map_err(refused)?;
    cart.discount_code = code;
    carts::update_cart_choices(&mut tx, &cart, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes the discount code off the cart.
pub async fn remove_discount(app: &App, key: &CartKey) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut cart = lock_cart(&mut tx, key, now_ms).await?;
    cart.discount_code.clear();
    carts::update_cart_choices(&mut tx, &cart, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Remembers country and delivery; an empty text leaves what was chosen before.
/// Errors: `Invalid` at `country` for a country that the shop does not deliver to, at `shipping_key` for a key that
/// can't be one.
pub async fn choose(app: &App, key: &CartKey, choice: Choice<'_>) -> Result<()> {
    if !choice.country.is_empty() && !app.settings().countries.iter().any(|c| c == choice.country) {
        return Err(Error::field("country", "address.country.not_delivered"));
    }
    if !is_shipping_key(choice.shipping_key) {
        return Err(Error::field("shipping_key", "checkout.shipping.unknown"));
    }
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut cart = lock_cart(&mut tx, key, now_ms).await?;
    if !choice.country.is_empty() {
        cart.country = choice.country.to_owned();
    }
    if !choice.shipping_key.is_empty() {
        cart.shipping_key = choice.shipping_key.to_owned();
    }
    carts::update_cart_choices(&mut tx, &cart, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// The shopper has seen what changed: prices count as seen, quantities become what is there, what can't be bought
/// leaves the cart, and so do a refused code and a delivery that is not offered.
pub async fn acknowledge(app: &App, key: &CartKey) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut cart = lock_cart(&mut tx, key, now_ms).await?;
    let view = assess(app, &mut tx, &cart, Choice::default()).await?;
    let mut lines = Vec::new();
    for line in &view.lines {
        if line.state == LineState::Sellable {
            lines.push(CartLine {
                variant_id: line.variant_id.clone(),
                quantity: line.quantity,
                price_seen_minor: line.unit_minor,
                added_at: now_ms,
            });
        } else {
            carts::delete_cart_line(&mut tx, &cart.id, &line.variant_id).await?;
        }
    }
    carts::insert_cart_lines(&mut tx, &cart.id, &lines).await?;
    if view.discount.is_some_and(|d| d.refusal.is_some()) {
        cart.discount_code.clear();
    }
    if !view.shipping_chosen {
        cart.shipping_key.clear();
    }
    carts::update_cart_choices(&mut tx, &cart, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Words of letters, digits, `-` and `_`; the empty one chooses nothing.
pub(in crate::shop) fn is_shipping_key(key: &str) -> bool {
    key.len() <= SHIPPING_KEY_BYTES_MAX && key.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}
