//! Requests that are refused before any route sees them, and connections before any request.

use hyper::{Request, Version};
use poem::Response;
use poem::http::{StatusCode, header};

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
    // HTTP/1.1 wants exactly one; with two, a proxy may have looked at the other.
    let hosts = request.headers().get_all(header::HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Some(problem(StatusCode::BAD_REQUEST, "The request must have one Host line."));
    }
    None
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
