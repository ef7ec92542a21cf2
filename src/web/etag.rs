//! Strong validators: one per body and encoding, and the 304 that they save.

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Body, Response};
use sha2::{Digest, Sha256};

use super::compression::{Effort, Encoding};

/// The strong tag of an unencoded body, quotes included.
pub fn of(body: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(body));
    format!("\"{}\"", &digest[..32])
}

/// The tag of the same body in `encoding`: equal tags must mean equal bytes, so the effort is told too.
pub fn encoded(tag: &str, encoding: Encoding, effort: Effort) -> String {
    let best = if effort == Effort::Best { "-best" } else { "" };
    match (encoding.name(), tag.strip_suffix('"')) {
        (Some(name), Some(open)) => format!("{open}-{name}{best}\""),
        _ => tag.to_owned(),
    }
}

/// Turns the response's tag into that of its body in `encoding`.
pub fn mark(headers: &mut HeaderMap, encoding: Encoding, effort: Effort) {
    let Some(tag) = headers.get(header::ETAG).and_then(|v| v.to_str().ok()) else { return };
    if let Ok(value) = HeaderValue::from_str(&encoded(tag, encoding, effort)) {
        headers.insert(header::ETAG, value);
    }
}

/// The tag that the client holds, when that is still good: `tag` itself or `tag` in the encoding it would get now, with
/// whatever effort that was made.
pub fn held(request: &HeaderMap, tag: &str) -> Option<String> {
    let encoding = Encoding::negotiate(request);
    let (now, best) = (encoded(tag, encoding, Effort::Quick), encoded(tag, encoding, Effort::Best));
    let given = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok());
    // If-None-Match compares weakly: a proxy that compresses may have made our tag a weak one.
    let mut items = given.flat_map(|v| v.split(',')).map(|v| v.trim().trim_start_matches("W/"));
    items.find_map(|item| match item {
        "*" => Some(now.clone()),
        item if item == now || item == best || item == tag => Some(item.to_owned()),
        _ => None,
    })
}

/// Gives a complete 200 its strong tag (from the unencoded body, unless it has one), and answers 304 with the same
/// headers when the client holds that body. Everything else passes.
pub async fn conditional(request: &HeaderMap, mut response: Response) -> Response {
    if response.status() != StatusCode::OK || response.headers().contains_key(header::CONTENT_ENCODING) {
        return response;
    }
    let known = response.headers().get(header::ETAG).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let tag = match known {
        Some(tag) => tag,
        None => {
            let Ok(body) = response.take_body().into_bytes().await else {
                return Response::builder().status(StatusCode::INTERNAL_SERVER_ERROR).finish();
            };
            let tag = of(&body);
            response.set_body(body);
            tag
        }
    };
    if let Some(held) = held(request, &tag) {
        return not_modified(response, &held);
    }
    set(&mut response, &tag);
    response
}

/// The 304 that stands for `response`.
pub fn not_modified(mut response: Response, held: &str) -> Response {
    response.set_status(StatusCode::NOT_MODIFIED);
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::CONTENT_ENCODING] {
        response.headers_mut().remove(name);
    }
    set(&mut response, held);
    response.set_body(Body::empty());
    response
}

fn set(response: &mut Response, tag: &str) {
    if let Ok(value) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(if_none_match: &str, accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([
            (header::IF_NONE_MATCH, HeaderValue::from_str(if_none_match).unwrap()),
            (header::ACCEPT_ENCODING, HeaderValue::from_static(accept)),
        ])
    }

    fn page() -> Response {
        Response::builder()
            .content_type("text/html")
            .header("Cache-Control", "public, max-age=0")
            .body("hello")
    }

    #[tokio::test]
    async fn a_held_body_is_not_sent_again() {
        let first = conditional(&HeaderMap::new(), page()).await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(tag, of(b"hello"));
        let again = conditional(&request(&format!("\"other\", {tag}"), "br"), page()).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(again.headers()["Cache-Control"], "public, max-age=0");
        assert!(!again.headers().contains_key(header::CONTENT_TYPE));
        assert!(again.into_body().into_bytes().await.unwrap().is_empty());
        let other = conditional(&request("\"other\"", "br"), page()).await;
        assert_eq!(other.into_body().into_bytes().await.unwrap(), "hello");
    }

    #[test]
    fn a_tag_holds_for_the_encoding_that_would_be_sent() {
        assert_eq!(held(&request("\"a-br\"", "br"), "\"a\"").as_deref(), Some("\"a-br\""));
        assert_eq!(held(&request("W/\"a-gzip\"", "gzip"), "\"a\"").as_deref(), Some("\"a-gzip\""));
        assert_eq!(held(&request("\"a-br-best\"", "br"), "\"a\"").as_deref(), Some("\"a-br-best\""));
        assert_eq!(held(&request("\"a-br\"", "gzip"), "\"a\""), None);
        assert_eq!(held(&request("*", "gzip"), "\"a\"").as_deref(), Some("\"a-gzip\""));
        assert_eq!(held(&request("a", "gzip"), "\"a\""), None);
    }
}
