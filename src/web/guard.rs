//! What stands before every handler and behind every answer.
//!
//! From the outside in: [`Headers`] puts the security headers on whatever comes out, errors included; [`admit`] lets a
//! request in: who asks ([`client_ip`]), how much it may send ([`body_limit`]), whether a browser was tricked into
//! asking ([`csrf`]), how often it may ask ([`rate_limit`]), whether there is room for it ([`overload`]); and what
//! breaks inside costs one request only ([`panics`]). Cookies are [`session`]'s.

pub mod body_limit;
pub mod client_ip;
pub mod cookies;
pub mod csrf;
pub mod headers;
pub mod overload;
pub mod panics;
pub mod rate_limit;
pub mod session;

use std::sync::Arc;

use poem::{Endpoint, EndpointExt, Response};

use crate::app::App;

pub use client_ip::ClientIp;
pub use headers::Headers;

/// Puts the guards of the request around `endpoint`. What they refuse is an error, so that the layer around this one
/// answers it with a page or a problem document like any other.
pub fn admit<E>(app: &Arc<App>, endpoint: E) -> impl Endpoint<Output = Response> + use<E>
where
    E: Endpoint<Output = Response> + 'static,
{
    endpoint
        .with(overload::Overload::new(app.clone()))
        .with(rate_limit::RateLimit::new(app.clone()))
        .with(body_limit::BodyLimit)
        .with(csrf::Csrf::new(&app.config.server))
        .with(client_ip::Origin::new(&app.config.server))
        .with(panics::Panics)
}
