//! The cart: found by its key, seen with live prices and stock, changed line by line.
//!
//! A guest's cart belongs to a random token (cookie or bearer) of which the database has the hash; a customer's cart
//! belongs to the account. Every change moves the cart's version, which checkout compares.

mod change;
mod create;
mod digest;
mod line;
mod merge;
mod reorder;
mod view;

pub use change::{acknowledge, apply_discount, choose, remove_discount};
pub use create::create_cart;
pub use line::{Added, add_line, remove_line, set_quantity};
pub use merge::{merge_into_customer, remove_old_carts};
pub use reorder::{Reordered, reorder};
pub use view::{CartDiscount, CartView, CartViewLine, Choice, LineState, view_cart, view_cart_with};

pub(super) use change::is_shipping_key;
pub(super) use view::find_view;

use view::assess;

use crate::db::Conn;
use crate::db::carts::{self, Owner};
use crate::domain::cart::Cart;
use crate::error::{Error, Result};
use crate::random::token_hash;

/// Whose cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CartKey {
    /// A guest's: the token itself.
    Token(String),
    /// A customer's: the customer's id.
    Customer(String),
}

impl CartKey {
    fn hashed(&self) -> HashedKey<'_> {
        match self {
            CartKey::Token(token) => HashedKey::Token(token_hash(token)),
            CartKey::Customer(customer_id) => HashedKey::Customer(customer_id),
        }
    }

    /// As whom its shopper is counted.
    pub fn as_str(&self) -> &str {
        match self {
            CartKey::Token(token) => token,
            CartKey::Customer(customer_id) => customer_id,
        }
    }
}

/// The cart of a key. A guest's token finds nothing once a customer has taken the cart over.
pub async fn find_cart(conn: &mut Conn, key: &CartKey) -> Result<Option<Cart>> {
    Ok(carts::find_cart(conn, key.hashed().owner()).await?)
}

/// A key as the database knows it.
enum HashedKey<'a> {
    Token(String),
    Customer(&'a str),
}

impl HashedKey<'_> {
    fn owner(&self) -> Owner<'_> {
        match self {
            HashedKey::Token(token_hash) => Owner::Guest { token_hash },
            HashedKey::Customer(customer_id) => Owner::Customer { customer_id },
        }
    }
}

/// Pieces in the cart, for the badge.
pub async fn count_pieces(conn: &mut Conn, key: &CartKey) -> Result<i64> {
    match find_cart(conn, key).await? {
        Some(cart) => Ok(carts::count_cart_pieces(conn, &cart.id).await?),
        None => Ok(0),
    }
}

/// Ids that can be ours; anything else (a NUL byte above all) never reaches the database.
pub fn is_id(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

fn cart_not_found() -> Error {
    Error::NotFound("cart")
}
