//! Requests that are refused before any route sees them.

use hyper::Request;
use poem::Response;
use poem::http::{StatusCode, header};

/// More header lines than this are refused.
pub const HEADERS_MAX: usize = 64;
/// A longer request target is refused; CloudFront's own limit is 8,192.
pub const TARGET_BYTES_MAX: usize = 8_192;

/// The refusal of a request that is too large in its head, `None` if it may go on.
pub fn check<B>(request: &Request<B>) -> Option<Response> {
    let target = request.uri().path_and_query().map_or(0, |p| p.as_str().len());
    if target > TARGET_BYTES_MAX {
        return Some(problem(
            StatusCode::URI_TOO_LONG,
            "URI Too Long",
            "The address is longer than 8192 bytes.",
        ));
    }
    if request.headers().len() > HEADERS_MAX {
        let detail = "The request has more than 64 header lines.";
        return Some(problem(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "Request Header Fields Too Large",
            detail,
        ));
    }
    None
}

/// The answer when a handler panicked: the process lives on.
pub fn after_panic() -> Response {
    problem(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Internal Server Error",
        "The store made a mistake. It has been noted.",
    )
}

fn problem(status: StatusCode, title: &str, detail: &str) -> Response {
    let body = format!(
        r#"{{"type":"about:blank","title":"{title}","status":{},"detail":"{detail}"}}"#,
        status.as_u16()
    );
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/problem+json")
        .header(header::CACHE_CONTROL, "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .header(header::CONNECTION, "close")
        .body(body)
}
