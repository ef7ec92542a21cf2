//! Who asks: the bearer of a cart's or a customer's token.

use std::sync::Arc;

use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use crate::app::App;
use crate::error::{Error, Result};
use crate::shop::accounts::{self, LoggedIn, SessionKind};
use crate::shop::cart::{self, CartKey};

/// A token, as `POST /carts` or `POST /account/login` gave it. Whether it is valid is for the operation to say.
#[derive(SecurityScheme)]
#[oai(ty = "bearer", rename = "token")]
pub struct Token(Bearer);

impl Token {
    /// The cart that the token opens: its own, or that of the customer who logged in with it.
    /// Errors: [`Error::Unauthenticated`] for a token that opens none.
    pub async fn cart(&self, app: &Arc<App>) -> Result<CartKey> {
        let key = CartKey::Token(self.0.token.clone());
        if cart::find_cart(&mut app.db.read().await?, &key).await?.is_some() {
            return Ok(key);
        }
        Ok(CartKey::Customer(self.customer(app).await?.customer_id))
    }

    /// The customer who logged in with the token.
    /// Errors: [`Error::Unauthenticated`] if nobody did, or the login ended.
    pub async fn customer(&self, app: &Arc<App>) -> Result<LoggedIn> {
        accounts::find_login(app, &self.0.token, SessionKind::Api).await?.ok_or(Error::Unauthenticated)
    }
}
