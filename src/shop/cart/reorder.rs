//! Ordering again: an order's lines go back into the cart as they were ordered. What is gone or changed since then the
//! cart tells by itself, since each line keeps the quantity that is wanted and the price that the shopper last saw.

use super::CartKey;
use super::line::lock_or_insert_cart;
use crate::app::App;
use crate::db::carts::{self, VariantOffer};
use crate::domain::cart::{CART_LINES_MAX, CartLine, QUANTITY_MAX};
use crate::domain::order::{Order, OrderLine};
use crate::error::Result;
use crate::random::token_hash;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reordered {
    /// Set when a guest's cart was made: the client keeps it from now on.
    pub token: Option<String>,
    /// Pieces in the whole cart now.
    pub pieces: i64,
    /// Lines of the order that the cart can't even name any more, or has no room for.
    pub left_out: usize,
}

/// Puts the order's lines into the cart; `None`, and nothing is changed, when none of them can be bought any more.
pub async fn reorder(app: &App, key: Option<&CartKey>, order: &Order) -> Result<Option<Reordered>> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let mut offers: Vec<(&OrderLine, VariantOffer)> = Vec::new();
    for line in &order.lines {
        if let Some(offer) = carts::find_variant_offer(&mut tx, &line.variant_id).await? {
            offers.push((line, offer));
        }
    }
    if !offers.iter().any(|(_, offer)| offer.sold && offer.available > 0) {
        return Ok(None);
    }
    // Prices of another currency say nothing about what changed.
    let same_currency = app.settings().currency == order.currency;
    let (lines, token, pieces) = match lock_or_insert_cart(app, &mut tx, key, now_ms).await? {
        Some(cart) => {
            let known = carts::list_cart_lines(&mut tx, &cart.id).await?;
            let lines = join(&known, &offers, same_currency, now_ms);
            if !lines.is_empty() {
                carts::insert_cart_lines(&mut tx, &cart.id, &lines).await?;
            }
            (lines, None, carts::count_cart_pieces(&mut tx, &cart.id).await?)
        }
        None => {
            let (lines, token) = (join(&[], &offers, same_currency, now_ms), app.random.token());
            carts::insert_guest_cart(&mut tx, &app.id(), &token_hash(&token), &lines, now_ms).await?;
            let pieces = lines.iter().map(|line| line.quantity).sum();
            (lines, Some(token), pieces)
        }
    };
    tx.commit().await?;
    Ok(Some(Reordered { token, pieces, left_out: order.lines.len() - lines.len() }))
}

/// The lines to write: those that are there already with their new quantities, then new ones while there is room.
fn join(
    known: &[CartLine],
    offers: &[(&OrderLine, VariantOffer)],
    same_currency: bool,
    now_ms: i64,
) -> Vec<CartLine> {
    let mut room = CART_LINES_MAX.saturating_sub(known.len());
    // Lines added within a millisecond keep their order.
    let mut added_at = now_ms.max(known.iter().map(|line| line.added_at + 1).max().unwrap_or(0));
    let mut lines = Vec::with_capacity(offers.len());
    for (line, offer) in offers {
        if let Some(there) = known.iter().find(|k| k.variant_id == line.variant_id) {
            let quantity = (there.quantity + line.quantity).min(QUANTITY_MAX);
            lines.push(CartLine { quantity, ..there.clone() });
        } else if room > 0 {
            room -= 1;
            lines.push(CartLine {
                variant_id: line.variant_id.clone(),
                quantity: line.quantity.min(QUANTITY_MAX),
                price_seen_minor: if same_currency { line.unit_minor } else { offer.unit_minor },
                added_at,
            });
            added_at += 1;
        }
    }
    lines
}
