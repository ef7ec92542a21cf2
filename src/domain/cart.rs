//! A cart: its limits, how two become one, and what a shopper must be told.

use std::collections::BTreeMap;

/// Different variants in one cart.
pub const CART_LINES_MAX: usize = 100;
/// Pieces of one variant.
pub const QUANTITY_MAX: i64 = 999;
/// A guest's cart that nobody touched for this long is removed.
pub const GUEST_CART_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A cart as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cart {
    pub id: String,
    pub customer_id: Option<String>,
    /// ISO code; empty: not chosen.
    pub country: String,
    /// Empty: not chosen.
    pub shipping_key: String,
    /// Empty: none.
    pub discount_code: String,
    /// Moves with every change of the cart or its lines.
    pub version: i64,
    pub updated_at: i64,
}

/// A line as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartLine {
    pub variant_id: String,
    pub quantity: i64,
    /// The unit price that the shopper last saw.
    pub price_seen_minor: i64,
    pub added_at: i64,
}

/// What is different from what the shopper last saw. Told plainly, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartChange {
    PriceUp {
        variant_id: String,
        title: String,
        from_minor: i64,
        to_minor: i64,
    },
    PriceDown {
        variant_id: String,
        title: String,
        from_minor: i64,
        to_minor: i64,
    },
    /// Fewer are there than were wanted.
    Reduced {
        variant_id: String,
        title: String,
        from: i64,
        to: i64,
    },
    SoldOut {
        variant_id: String,
        title: String,
    },
    /// The product was taken off the shop.
    Gone {
        variant_id: String,
        title: String,
    },
    /// The discount code no longer applies.
    DiscountGone {
        code: String,
    },
    /// The chosen delivery is not offered for this cart.
    ShippingGone,
    /// Other goods or other prices than those that were shown, though the total is the same.
    Contents,
    /// The total moved for another reason: delivery, tax, the discount's terms, a change in another tab.
    Total {
        from_minor: i64,
        to_minor: i64,
    },
}

/// Why something can't be put into a cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CartRefusal {
    TooManyLines,
    /// Not a number from 1 (0 removes) to [`QUANTITY_MAX`].
    Quantity,
    SoldOut,
    NotSold,
}

impl CartRefusal {
    pub fn text_key(self) -> &'static str {
        match self {
            CartRefusal::TooManyLines => "cart.too_many_lines",
            CartRefusal::Quantity => "cart.quantity_invalid",
            CartRefusal::SoldOut => "cart.sold_out",
            CartRefusal::NotSold => "cart.not_sold",
        }
    }
}

/// Reads a typed quantity: 0 … [`QUANTITY_MAX`].
pub fn parse_quantity(typed: &str) -> Result<i64, CartRefusal> {
    let quantity = typed.trim().parse::<i64>().map_err(|_| CartRefusal::Quantity)?;
    if (0..=QUANTITY_MAX).contains(&quantity) { Ok(quantity) } else { Err(CartRefusal::Quantity) }
}

/// One cart out of two, when a guest logs in: quantities of the same variant add up, within the limits; what does not
/// fit any more is what came last. The guest's view of the price wins, it is the newer one.
pub fn merge(customer: Vec<CartLine>, guest: Vec<CartLine>) -> Vec<CartLine> {
    let mut merged: BTreeMap<String, CartLine> = BTreeMap::new();
    for line in customer.into_iter().chain(guest) {
        let full = merged.len() >= CART_LINES_MAX;
        match merged.get_mut(&line.variant_id) {
            Some(known) => {
                known.quantity = (known.quantity + line.quantity).min(QUANTITY_MAX);
                known.price_seen_minor = line.price_seen_minor;
            }
            None if full => {}
            None => {
                merged.insert(line.variant_id.clone(), line);
            }
        }
    }
    let mut lines: Vec<CartLine> = merged.into_values().collect();
    lines.sort_by(|a, b| (a.added_at, &a.variant_id).cmp(&(b.added_at, &b.variant_id)));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: usize, quantity: i64) -> CartLine {
        CartLine { variant_id: format!("v{id}"), quantity, price_seen_minor: 100, added_at: id as i64 }
    }

    #[test]
    fn merging_adds_up_within_the_limits() {
        let merged = merge(vec![line(1, 2), line(2, 998)], vec![line(2, 5), line(3, 1)]);
        assert_eq!(merged, [line(1, 2), line(2, QUANTITY_MAX), line(3, 1)]);
        let many = merge((0..80).map(|i| line(i, 1)).collect(), (60..140).map(|i| line(i, 1)).collect());
        assert_eq!(many.len(), CART_LINES_MAX);
        assert_eq!(many[79].quantity, 2);
    }

    #[test]
    fn quantities_are_read_strictly() {
        assert_eq!(parse_quantity(" 3 "), Ok(3));
        for bad in ["", "-1", "1000", "1.5", "99999999999999999999", "x", "1\0"] {
            assert_eq!(parse_quantity(bad), Err(CartRefusal::Quantity), "{bad:?}");
        }
    }
}
