//! Who asks: the bearer of a cart's or a customer's token, and the address that requests are counted by.

use std::sync::Arc;

use poem::{FromRequest, Request, RequestBody};
use poem_openapi::auth::Bearer;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, SecurityScheme};

use crate::app::App;
use crate::error::{Error, Result};
use crate::outside::limits::Limit;
use crate::shop::accounts::{self, LoggedIn, SessionKind};
use crate::shop::cart::{self, CartKey};
use crate::web::guard::ClientIp;

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

/// The address that a request is counted by.
pub struct Caller(ClientIp);

impl Caller {
    pub fn count_login(&self, app: &App) -> Result<()> {
        app.limits.check(Limit::LoginAddress, &self.0.key())?;
        app.limits.check(Limit::LoginNetwork, &self.0.network_key())
    }

    pub fn count_registration(&self, app: &App) -> Result<()> {
        app.limits.check(Limit::RegisterAddress, &self.0.key())
    }

    pub fn count_reset(&self, app: &App) -> Result<()> {
        app.limits.check(Limit::ResetAddress, &self.0.key())
    }
}

/// It is no parameter of the document.
impl<'a> ApiExtractor<'a> for Caller {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::PoemExtractor];

    type ParamType = ();
    type ParamRawType = ();

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _options: ExtractParamOptions<()>,
    ) -> poem::Result<Caller> {
        Ok(Caller(<ClientIp as FromRequest>::from_request(request, body).await?))
    }
}
