//! Which requests are counted, and as whose.
//!
//! What depends on the form's content (an account's resets, discount codes) is counted by the business itself through
//! `app.limits`.

use std::sync::Arc;

use poem::http::{Method, header};
use poem::{Endpoint, Middleware, Request, Result};

use super::client_ip::ClientIp;
use crate::app::App;
use crate::error;
use crate::outside::limits::Limit;

/// The guard.
pub struct RateLimit {
    app: Arc<App>,
}

impl RateLimit {
    pub fn new(app: Arc<App>) -> RateLimit {
        RateLimit { app }
    }
}

async fn check_login(app: &App, client: ClientIp) -> error::Result<()> {
    app.limits.check(Limit::LoginAddress, &client.key()).await?;
    app.limits.check(Limit::LoginNetwork, &client.network_key()).await
}

async fn check(app: &App, req: &Request, client: ClientIp) -> error::Result<()> {
    let path = req.uri().path();
    if path.starts_with("/api/") {
        // By address even with a token: whoever invents tokens would be new with each.
        app.limits.check(Limit::Api, &client.key()).await?;
    }
    // The API names these things as the pages do.
    match (req.method(), path.strip_prefix("/api/v1").unwrap_or(path)) {
        (&Method::POST, "/account/login") => check_login(app, client).await,
        (&Method::POST, "/account/register") => app.limits.check(Limit::RegisterAddress, &client.key()).await,
        (&Method::POST, "/account/reset") => app.limits.check(Limit::ResetAddress, &client.key()).await,
        // Who brings no token is sent away by the API itself, and has used up nothing.
        (&Method::PUT, "/cart/discount") if !req.headers().contains_key(header::AUTHORIZATION) => Ok(()),
        // Orders are not counted here: the page does it itself, so that whoever is too fast keeps what was typed; a
        // client of the API orders for many shoppers from one address and repeats a request that got no answer.
        (&Method::PUT, "/cart/discount") => app.limits.check(Limit::Coupon, &client.key()).await,
        _ => Ok(()),
    }
}

impl<E: Endpoint> Middleware<E> for RateLimit {
    type Output = RateLimitEndpoint<E>;

    fn transform(&self, inner: E) -> RateLimitEndpoint<E> {
        RateLimitEndpoint { app: self.app.clone(), inner }
    }
}

pub struct RateLimitEndpoint<E> {
    app: Arc<App>,
    inner: E,
}

impl<E: Endpoint> Endpoint for RateLimitEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, req: Request) -> Result<E::Output> {
        let client = req.data::<ClientIp>().copied();
        if let Some(client) = client {
            check(&self.app, &req, client).await?;
        }
        self.inner.call(req).await
    }
}
