//! Plain HTTP where the shop speaks TLS too: it leads there, and answers what must not be led away.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::{Method, Request};
use ipnet::IpNet;
use poem::Response;
use poem::http::{StatusCode, header};

use super::refuse;
use crate::config::ServerConfig;
use crate::tls::Tls;
use crate::web::guard::headers::strictest;

/// Where an authority asks for a proof by HTTP (RFC 8555, 8.3).
const PROOFS: &str = "/.well-known/acme-challenge/";

/// See the module.
pub struct Plain {
    /// The shop's own address, without a slash.
    origin: String,
    trusted: Vec<IpNet>,
    tls: Arc<Tls>,
}

impl Plain {
    pub fn new(config: &ServerConfig, tls: Arc<Tls>) -> Plain {
        Plain { origin: config.public_url.clone(), trusted: config.trusted_proxies.clone(), tls }
    }

    /// The answer to a request that the shop itself is not to see, `None` if it is.
    pub fn answer<B>(&self, request: &Request<B>, peer: IpAddr) -> Option<Response> {
        let path = request.uri().path();
        if let Some(token) = path.strip_prefix(PROOFS) {
            return Some(self.proof(token));
        }
        // The machine's own, which have no secrets to lose: a balancer or a person asks them by address.
        let is_machinery = matches!(path, "/healthz" | "/readyz" | "/metrics");
        // A trusted proxy has spoken TLS with the visitor itself.
        let peer = peer.to_canonical();
        if is_machinery || self.trusted.iter().any(|net| net.contains(&peer)) {
            return None;
        }
        // A form that came in the clear has been read by others already: it must not look as if all were well.
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Some(refuse::plain(&self.origin));
        }
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        Some(answered(StatusCode::MOVED_PERMANENTLY, |response| {
            response.header(header::LOCATION, format!("{}{target}", self.origin)).finish()
        }))
    }

    fn proof(&self, token: &str) -> Response {
        match self.tls.proof(token) {
            Some(proof) => answered(StatusCode::OK, |response| {
                response.header(header::CONTENT_TYPE, "application/octet-stream").body(proof)
            }),
            None => answered(StatusCode::NOT_FOUND, poem::ResponseBuilder::finish),
        }
    }
}

fn answered(status: StatusCode, complete: impl FnOnce(poem::ResponseBuilder) -> Response) -> Response {
    let mut response = complete(Response::builder().status(status));
    response.headers_mut().extend(strictest());
    response
}
