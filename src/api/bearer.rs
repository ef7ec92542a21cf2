//! Who asks: the bearer of a cart's or a customer's token.

use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::app::App;
use crate::error::{Error, Result};
use crate::shop::cart::{self, CartKey};

/// A token, as `POST /carts` or `POST /account/login` gave it. Whether it is valid is for the operation to say.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "token")]
pub struct Token(Bearer);

impl Token {
    pub fn text(&self) -> &str {
        &self.0.token
    }

    /// The cart that the token opens: its own, or that of the customer who logged in with it.
    /// Errors: [`Error::Unauthenticated`] for a token that opens none.
    pub async fn cart(&self, app: &App) -> Result<CartKey> {
        let key = CartKey::Token(self.0.token.clone());
        match cart::find_cart(&mut app.db.read().await?, &key).await? {
            Some(_) => Ok(key),
            None => Err(Error::Unauthenticated),
        }
    }
}
