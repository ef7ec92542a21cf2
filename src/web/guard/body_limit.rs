//! How much a request may send, and in which form.

use poem::error::ReadBodyError;
use poem::http::{HeaderMap, Method, StatusCode, header};
use poem::{Body, Endpoint, Error, Middleware, Request, Result};

/// Forms of pages, in bytes.
const FORM_MAX: usize = 64 * 1024;
/// JSON documents, in bytes.
const JSON_MAX: usize = 256 * 1024;
/// Everything else, in bytes.
const OTHER_MAX: usize = 8 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

/// The guard.
pub struct BodyLimit;

/// The content type without its parameters, in lower case.
fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    value.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn limit(content_type: &str) -> usize {
    match content_type {
        FORM => FORM_MAX,
        "application/json" => JSON_MAX,
        _ if content_type.ends_with("+json") => JSON_MAX,
        _ => OTHER_MAX,
    }
}

/// What a path accepts: the API and webhooks judge for themselves, small personal things may be JSON, pages take forms.
fn is_accepted(path: &str, content_type: &str) -> bool {
    let own_judgement = path.starts_with("/api/") || path.starts_with("/webhooks/");
    own_judgement || content_type == FORM || (path.starts_with("/me/") && content_type == "application/json")
}

/// The declared length; `Some(None)` would be a length that is no number, which the server refused before.
fn declared(headers: &HeaderMap) -> Option<usize> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Checks the request and leaves its body in memory, bounded.
async fn admit(req: &mut Request) -> Result<()> {
    let content_type = content_type(req.headers());
    let limit = limit(&content_type);
    let declared = declared(req.headers());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    if declared.is_none() && !req.headers().contains_key(header::TRANSFER_ENCODING) && !has_body(req) {
        return Ok(());
    }
    if declared != Some(0) && !is_accepted(req.uri().path(), &content_type) {
        return Err(Error::from_string("send a form", StatusCode::UNSUPPORTED_MEDIA_TYPE));
    }
    let bytes = req.take_body().into_bytes_limit(limit).await.map_err(|error| match error {
        ReadBodyError::PayloadTooLarge => too_large(),
        other => other.into(),
    })?;
    req.set_body(bytes);
    Ok(())
}

fn has_body(req: &mut Request) -> bool {
    let body = req.take_body();
    let has_body = !body.is_empty();
    req.set_body(if has_body { body } else { Body::empty() });
    has_body
}

fn too_large() -> Error {
    Error::from_string("more than this form may hold", StatusCode::PAYLOAD_TOO_LARGE)
}

impl<E: Endpoint> Middleware<E> for BodyLimit {
    type Output = BodyLimitEndpoint<E>;

    fn transform(&self, inner: E) -> BodyLimitEndpoint<E> {
        BodyLimitEndpoint { inner }
    }
}

pub struct BodyLimitEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for BodyLimitEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, mut req: Request) -> Result<E::Output> {
        if !matches!(*req.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            admit(&mut req).await?;
        }
        self.inner.call(req).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::test::TestClient;
    use poem::{EndpointExt, handler};

    #[handler]
    async fn echo_length(body: Vec<u8>) -> String {
        body.len().to_string()
    }

    async fn status(path: &str, kind: Option<&str>, length: usize, declare: bool) -> u16 {
        let client = TestClient::new(endpoint());
        let mut request = client.post(path);
        if let Some(kind) = kind {
            request = request.content_type(kind);
        }
        if declare {
            request = request.header("content-length", length);
        }
        let chunks = vec![Ok::<_, std::io::Error>(vec![b'a'; length])];
        let body = Body::from_bytes_stream(futures_util::stream::iter(chunks));
        request.body(body).send().await.0.status().as_u16()
    }

    fn endpoint() -> impl Endpoint {
        echo_length.with(BodyLimit)
    }

    #[tokio::test]
    async fn too_much_is_413_declared_or_not() {
        for declare in [true, false] {
            assert_eq!(status("/cart", Some(FORM), FORM_MAX, declare).await, 200);
            assert_eq!(status("/cart", Some(FORM), FORM_MAX + 1, declare).await, 413);
            assert_eq!(status("/api/v1/carts", Some("application/json"), JSON_MAX, declare).await, 200);
            assert_eq!(status("/api/v1/carts", Some("application/json"), JSON_MAX + 1, declare).await, 413);
            assert_eq!(status("/api/v1/carts", Some("text/csv"), OTHER_MAX + 1, declare).await, 413);
            assert_eq!(status("/webhooks/stripe", Some("application/json"), 1000, declare).await, 200);
        }
    }

    #[tokio::test]
    async fn a_form_that_is_no_form_is_415() {
        for declare in [true, false] {
            assert_eq!(status("/cart", Some("application/json"), 5, declare).await, 415);
            assert_eq!(status("/cart", Some("multipart/form-data; boundary=x"), 5, declare).await, 415);
            assert_eq!(status("/cart", None, 5, declare).await, 415);
            assert_eq!(
                status("/cart", Some("Application/X-WWW-Form-Urlencoded; charset=utf-8"), 5, declare).await,
                200
            );
            assert_eq!(status("/me/cart", Some("application/json"), 5, declare).await, 200);
        }
    }

    #[tokio::test]
    async fn an_empty_post_and_reading_pass() {
        let client = TestClient::new(endpoint());
        client.post("/account/logout").send().await.assert_status_is_ok();
        client.post("/account/logout").header("content-length", 0).send().await.assert_status_is_ok();
        client.get("/cart").send().await.assert_status_is_ok();
    }
}
