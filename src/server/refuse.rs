//! Requests that are refused before any route sees them, and connections before any request.

use hyper::{Request, Version};
use poem::Response;
use poem::http::{StatusCode, header};

use super::HEAD_BYTES_MAX;
use crate::api::problem::RETRY_AFTER_S;
use crate::web::guard::headers::strictest;

/// More header lines than this are refused.
pub const HEADERS_MAX: usize = 64;
/// A longer request target is refused; CloudFront's own limit is 8,192.
pub const TARGET_BYTES_MAX: usize = 8_192;

/// The refusal of a request whose head is too large or does not say where it wants to go, `None` if it may go on.
pub fn check<B>(request: &Request<B>) -> Option<Response> {
    let target = request.uri().path_and_query().map_or(0, |p| p.as_str().len());
    if target > TARGET_BYTES_MAX {
        return Some(problem(StatusCode::URI_TOO_LONG, "The address is longer than 8192 bytes."));
    }
    if request.headers().len() > HEADERS_MAX {
        let detail = "The request has more than 64 header lines.";
        return Some(problem(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    // HTTP/1.1's reader has counted them already.
    if request.version() == Version::HTTP_2 && head_bytes(request) > HEAD_BYTES_MAX {
        let detail = "The request's head is too large.";
        return Some(problem(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    // HTTP/1.1 wants exactly one; with two, a proxy may have looked at the other. HTTP/2 has its own form of it.
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let is_named = match request.version() {
        Version::HTTP_11 => hosts == 1,
        Version::HTTP_2 => hosts == 1 || request.uri().authority().is_some(),
        _ => true,
    };
    if hosts > 1 || !is_named {
        return Some(problem(StatusCode::BAD_REQUEST, "The request must have one Host line."));
    }
    None
}

fn head_bytes<B>(request: &Request<B>) -> usize {
    request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}

/// The answer to a client of HTTP/2 that has more requests worked on than it may have open.
pub fn too_many_at_once() -> Response {
    problem(StatusCode::SERVICE_UNAVAILABLE, "This connection has too many requests under way.")
}

/// The answer to a client of the API for whom there is no room.
pub fn busy() -> Response {
    let mut response =
        problem(StatusCode::SERVICE_UNAVAILABLE, "Too many requests are under way. Try again in a moment.");
    response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER_S.into());
    response.headers_mut().remove(header::CONNECTION);
    response
}

/// The answer to a request by plain http that only https may ask; `origin` is where.
pub fn plain(origin: &str) -> Response {
    problem(StatusCode::FORBIDDEN, &format!("This is answered over https only: {origin}"))
}

/// The answer to plain HTTP at the port that speaks TLS, as it goes over the wire.
pub fn not_tls() -> Vec<u8> {
    raw(StatusCode::BAD_REQUEST, "This port speaks TLS: ask with https.", "")
}

/// The answer when a task panicked outside of the guard that catches it: the process lives on.
pub fn after_panic() -> Response {
    problem(StatusCode::INTERNAL_SERVER_ERROR, "The store made a mistake. It has been noted.")
}

/// The answer to a head that could not be read, as it goes over the wire.
pub fn broken_head(status: StatusCode) -> Vec<u8> {
    let detail = match status {
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "The request's head is too large.",
        StatusCode::URI_TOO_LONG => "The address is too long.",
        _ => "The request's head is not HTTP/1.1.",
    };
    raw(status, detail, "")
}

/// The answer to a connection for which there is no room, as it goes over the wire.
pub fn crowded() -> Vec<u8> {
    let detail = "Too many connections are open. Try again in a moment.";
    raw(StatusCode::SERVICE_UNAVAILABLE, detail, "retry-after: 1\r\n")
}

const CONTENT_TYPE: &str = "application/problem+json; charset=utf-8";

fn problem(status: StatusCode, detail: &str) -> Response {
    let mut response = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, CONTENT_TYPE)
        .header(header::CONNECTION, "close")
        .body(document(status, detail));
    response.headers_mut().extend(strictest());
    response
}

fn raw(status: StatusCode, detail: &str, more: &str) -> Vec<u8> {
    let body = document(status, detail);
    let lines: String = strictest()
        .iter()
        .filter_map(|(name, value)| Some(format!("{name}: {}\r\n", value.to_str().ok()?)))
        .collect();
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {CONTENT_TYPE}\r\n{lines}{more}connection: close\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

fn document(status: StatusCode, detail: &str) -> String {
    let (title, code) = (status.canonical_reason().unwrap_or("Error"), status.as_u16());
    format!(r#"{{"type":"about:blank","title":"{title}","status":{code},"detail":"{detail}"}}"#)
}
