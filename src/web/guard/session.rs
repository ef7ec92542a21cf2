//! Who is asking: the login and the cart that a request carries, and the cookies that an answer hands out.
//!
//! Pages read cookies, the API reads `Authorization: Bearer` and never a cookie. Public pages use none of this: they are
//! the same for everybody.

use std::sync::Arc;

use poem::http::{HeaderMap, header};
use poem::{FromRequest, Request, RequestBody, Response, Result};

use super::cookies::Cookie;
use crate::app::App;
use crate::domain::device::device_name;
use crate::error::{self, Error};
use crate::shop::accounts::{LoggedIn, NewSession, SessionKind, find_login};
use crate::shop::cart::CartKey;

/// Who is logged in, if anybody.
pub struct CurrentCustomer(pub Option<LoggedIn>);

/// Who is logged in; nobody is an error: [`Error::Unauthenticated`].
pub struct RequiredCustomer(pub LoggedIn);

/// Whose cart a request means: the customer's when somebody is logged in, else the guest's of the token, if there is one.
pub struct CurrentCart(pub Option<CartKey>);

/// The guest's cart token itself, logged in or not: what a login merges into the account's cart.
pub struct GuestCart(pub Option<String>);

/// What the list of logins will call the device; empty when it says nothing known.
pub struct DeviceName(pub String);

/// Begins a login in the browser. The guest's cart is the account's now, so its cookie goes.
pub fn begin(response: &mut Response, app: &App, session: &NewSession) {
    let server = &app.config.server;
    Cookie::Session.write(response, server, &session.token);
    Cookie::SignedIn.write(response, server, "1");
    Cookie::Cart.clear(response, server);
}

/// Ends the login in the browser, and with it what its cart showed.
pub fn end(response: &mut Response, app: &App) {
    for cookie in [Cookie::Session, Cookie::SignedIn, Cookie::Cart, Cookie::CartCount] {
        cookie.clear(response, &app.config.server);
    }
}

/// Hands out the token of a guest's cart.
pub fn write_cart(response: &mut Response, app: &App, token: &str) {
    Cookie::Cart.write(response, &app.config.server, token);
}

/// Tells the badge how many pieces are in the cart.
pub fn write_cart_count(response: &mut Response, app: &App, pieces: i64) {
    if pieces > 0 {
        Cookie::CartCount.write(response, &app.config.server, &pieces.to_string());
    } else {
        Cookie::CartCount.clear(response, &app.config.server);
    }
}

/// Characters of a token: 256 bits in base64url.
const TOKEN_CHARS: usize = 43;

fn is_api(req: &Request) -> bool {
    let path = req.original_uri().path();
    path == "/api" || path.starts_with("/api/")
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// The request's token of the cookie's kind; under `/api` the bearer token is either. What is no token of ours never
/// reaches the database.
fn token<'a>(req: &'a Request, app: &App, cookie: Cookie) -> Option<&'a str> {
    let token =
        if is_api(req) { bearer(req.headers()) } else { cookie.read(req.headers(), app.config.server.https) };
    token.filter(|t| {
        t.len() == TOKEN_CHARS && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    })
}

fn app(req: &Request) -> error::Result<&Arc<App>> {
    req.data::<Arc<App>>().ok_or_else(|| Error::internal("the routes give every handler the app"))
}

async fn logged_in(req: &Request) -> error::Result<Option<LoggedIn>> {
    let app = app(req)?;
    let kind = if is_api(req) { SessionKind::Api } else { SessionKind::Web };
    match token(req, app, Cookie::Session) {
        Some(token) => find_login(app, token, kind).await,
        None => Ok(None),
    }
}

impl<'a> FromRequest<'a> for CurrentCustomer {
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> Result<CurrentCustomer> {
        Ok(CurrentCustomer(logged_in(req).await?))
    }
}

impl<'a> FromRequest<'a> for RequiredCustomer {
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> Result<RequiredCustomer> {
        Ok(RequiredCustomer(logged_in(req).await?.ok_or(Error::Unauthenticated)?))
    }
}

impl<'a> FromRequest<'a> for GuestCart {
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> Result<GuestCart> {
        Ok(GuestCart(token(req, app(req)?, Cookie::Cart).map(str::to_owned)))
    }
}

impl<'a> FromRequest<'a> for CurrentCart {
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> Result<CurrentCart> {
        if let Some(who) = logged_in(req).await? {
            return Ok(CurrentCart(Some(CartKey::Customer(who.customer_id))));
        }
        let token = token(req, app(req)?, Cookie::Cart);
        Ok(CurrentCart(token.map(|t| CartKey::Token(t.to_owned()))))
    }
}

impl<'a> FromRequest<'a> for DeviceName {
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> Result<DeviceName> {
        Ok(DeviceName(device_name(req.header(header::USER_AGENT).unwrap_or(""))))
    }
}
