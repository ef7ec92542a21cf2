//! Compresses text: what the client accepts decides, and each encoding of a body has an `ETag` of its own.

use std::io::Write as _;

use bytes::Bytes;
use flate2::write::GzEncoder;
use http_body_util::combinators::BoxBody;
use hyper::body::Body as _;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Body, Endpoint, IntoResponse, Middleware, Request, Response, Result};

use super::etag;

/// A body shorter than this (bytes) gains nothing: it fits into one packet anyway.
pub const BODY_MIN: usize = 1024;

/// Longer work than this (bytes of body) leaves the async threads alone.
const BLOCKING_MIN: usize = 128 * 1024;

/// How a body is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// For bodies made per request: about 1 ms for a page.
    Quick,
    /// For files that are compressed once.
    Best,
}

impl Encoding {
    /// The best encoding that the request accepts: Brotli, then gzip, then the body as it is. Asked for each hit of
    /// the page cache, so it allocates nothing.
    pub fn negotiate(headers: &HeaderMap) -> Encoding {
        let mut values = headers.get_all(header::ACCEPT_ENCODING).iter();
        if let (Some(only), None) = (values.next(), values.next())
            && let Some(encoding) = Encoding::of_known(only)
        {
            return encoding;
        }
        let mut brotli = None;
        let mut gzip = None;
        let mut other = None;
        for value in headers.get_all(header::ACCEPT_ENCODING) {
            for item in value.to_str().unwrap_or_default().split(',') {
                let mut parts = item.split(';').map(str::trim);
                let name = parts.next().unwrap_or_default();
                let is = |known: &str| name.eq_ignore_ascii_case(known);
                if is("br") {
                    brotli = Some(has_weight(parts));
                } else if is("gzip") || is("x-gzip") {
                    gzip = Some(has_weight(parts));
                } else if is("*") {
                    other = Some(has_weight(parts));
                }
            }
        }
        if brotli.or(other).unwrap_or(false) {
            Encoding::Brotli
        } else if gzip.or(other).unwrap_or(false) {
            Encoding::Gzip
        } else {
            Encoding::Identity
        }
    }

    /// What browsers and CloudFront ask for word for word, which need not be taken apart.
    fn of_known(accepted: &HeaderValue) -> Option<Encoding> {
        match accepted.as_bytes() {
            b"gzip, deflate, br, zstd" | b"gzip, deflate, br" | b"br,gzip" => Some(Encoding::Brotli),
            b"gzip" => Some(Encoding::Gzip),
            _ => None,
        }
    }

    /// The value of `Content-Encoding`; none for the body as it is.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Encoding::Brotli => Some("br"),
            Encoding::Gzip => Some("gzip"),
            Encoding::Identity => None,
        }
    }

    /// The body in this encoding.
    pub fn encode(self, body: &[u8], effort: Effort) -> Vec<u8> {
        match self {
            Encoding::Brotli => brotli(body, effort),
            Encoding::Gzip => gzip(body, effort),
            Encoding::Identity => body.to_vec(),
        }
    }
}

/// Whether the parameters of an item of `Accept-Encoding` leave it a weight above zero.
fn has_weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> bool {
    let weight = parameters.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
    weight.is_none_or(|w| w.trim().parse::<f32>().is_ok_and(|w| w > 0.0))
}

fn brotli(body: &[u8], effort: Effort) -> Vec<u8> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: if effort == Effort::Best { 11 } else { 4 },
        size_hint: body.len(),
        ..Default::default()
    };
    let mut out = Vec::with_capacity(body.len() / 3);
    brotli::BrotliCompress(&mut &body[..], &mut out, &params).expect("memory takes what is written to it");
    out
}

fn gzip(body: &[u8], effort: Effort) -> Vec<u8> {
    let level =
        if effort == Effort::Best { flate2::Compression::best() } else { flate2::Compression::new(5) };
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), level);
    encoder.write_all(body).expect("memory takes what is written to it");
    encoder.finish().expect("memory takes what is written to it")
}

/// The middleware: text of at least [`BODY_MIN`] bytes is compressed unless it already is.
pub struct Compression;

/// An endpoint behind [`Compression`].
pub struct Compressed<E>(E);

impl<E: Endpoint> Middleware<E> for Compression {
    type Output = Compressed<E>;

    fn transform(&self, endpoint: E) -> Compressed<E> {
        Compressed(endpoint)
    }
}

impl<E: Endpoint> Endpoint for Compressed<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let encoding = Encoding::negotiate(request.headers());
        let response = self.0.call(request).await?.into_response();
        Ok(compress(encoding, response).await)
    }
}

/// The response in `encoding`, or untouched when it is not text, short, streamed, partial or encoded already.
pub async fn compress(encoding: Encoding, mut response: Response) -> Response {
    if response.headers().contains_key(header::CONTENT_ENCODING) || !varies(&response) {
        return response;
    }
    add_vary(response.headers_mut());
    if encoding == Encoding::Identity || response.status() == StatusCode::NOT_MODIFIED {
        return response;
    }
    let body: BoxBody<Bytes, std::io::Error> = response.take_body().into();
    let length = body.size_hint().exact().and_then(|n| usize::try_from(n).ok());
    if length.is_none_or(|n| n < BODY_MIN) {
        response.set_body(Body::from(body));
        return response;
    }
    let bytes = match Body::from(body).into_bytes().await {
        Ok(bytes) => bytes,
        Err(error) => return broken(&error),
    };
    let encoded = encode_off_thread(encoding, bytes).await;
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    if let Some(name) = encoding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    etag::mark(headers, encoding, Effort::Quick);
    response.set_body(encoded);
    response
}

/// Whether the same request with another `Accept-Encoding` may get other bytes.
fn varies(response: &Response) -> bool {
    let status = response.status();
    if status == StatusCode::PARTIAL_CONTENT || status == StatusCode::NO_CONTENT || status.is_informational()
    {
        return false;
    }
    if status == StatusCode::NOT_MODIFIED {
        return true;
    }
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    is_text(kind)
}

/// Whether a media type compresses well.
fn is_text(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind.starts_with("text/")
        || kind.ends_with("+json")
        || kind.ends_with("+xml")
        || matches!(kind.as_str(), "application/json" | "application/xml" | "application/javascript")
}

fn add_vary(headers: &mut HeaderMap) {
    let names = header::ACCEPT_ENCODING.as_str();
    let has = headers
        .get_all(header::VARY)
        .iter()
        .any(|v| v.to_str().is_ok_and(|v| v.split(',').any(|item| item.trim().eq_ignore_ascii_case(names))));
    if !has {
        headers.append(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    }
}

async fn encode_off_thread(encoding: Encoding, bytes: Bytes) -> Bytes {
    if bytes.len() < BLOCKING_MIN {
        return encoding.encode(&bytes, Effort::Quick).into();
    }
    let work = tokio::task::spawn_blocking(move || encoding.encode(&bytes, Effort::Quick));
    work.await.expect("compressing does not panic").into()
}

/// A body that broke off while it was read can't be answered any more.
fn broken(error: &poem::error::ReadBodyError) -> Response {
    tracing::error!(%error, "a response's body broke off");
    Response::builder()
        .status(StatusCode::INTERNAL_SERVER_ERROR)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    fn page(content_type: &str, length: usize) -> Response {
        Response::builder()
            .content_type(content_type)
            .header(header::ETAG, "\"abc\"")
            .body("word ".repeat(length / 5))
    }

    #[test]
    fn negotiates_by_weight() {
        assert_eq!(Encoding::negotiate(&HeaderMap::new()), Encoding::Identity);
        assert_eq!(Encoding::negotiate(&accepting("gzip, deflate, br, zstd")), Encoding::Brotli);
        assert_eq!(Encoding::negotiate(&accepting("zstd, br, deflate, gzip")), Encoding::Brotli);
        assert_eq!(Encoding::negotiate(&accepting("gzip")), Encoding::Gzip);
        assert_eq!(Encoding::negotiate(&accepting("gzip, br;q=0")), Encoding::Gzip);
        assert_eq!(Encoding::negotiate(&accepting("GZIP;q=0.5")), Encoding::Gzip);
        assert_eq!(Encoding::negotiate(&accepting("*")), Encoding::Brotli);
        assert_eq!(Encoding::negotiate(&accepting("*;q=0, identity")), Encoding::Identity);
        assert_eq!(Encoding::negotiate(&accepting("br;q=nonsense")), Encoding::Identity);
    }

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let body = "tick tock ".repeat(500);
        let mut brotli = Vec::new();
        let encoded = Encoding::Brotli.encode(body.as_bytes(), Effort::Best);
        brotli::BrotliDecompress(&mut &encoded[..], &mut brotli).unwrap();
        assert_eq!(brotli, body.as_bytes());
        let mut gzip = String::new();
        let encoded = Encoding::Gzip.encode(body.as_bytes(), Effort::Quick);
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&encoded[..]), &mut gzip).unwrap();
        assert_eq!(gzip, body);
    }

    #[tokio::test]
    async fn long_text_is_compressed_under_its_own_tag() {
        let response = compress(Encoding::Brotli, page("text/html; charset=utf-8", 4000)).await;
        assert_eq!(response.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(response.headers()[header::VARY], "Accept-Encoding");
        assert_eq!(response.headers()[header::ETAG], "\"abc-br\"");
        assert!(response.into_body().into_bytes().await.unwrap().len() < 400);
    }

    #[tokio::test]
    async fn the_rest_is_left_alone() {
        let short = compress(Encoding::Gzip, page("text/html", 100)).await;
        assert_eq!(short.headers()[header::VARY], "Accept-Encoding", "a longer one would be compressed");
        assert_eq!(short.headers()[header::ETAG], "\"abc\"");
        assert_eq!(short.into_body().into_bytes().await.unwrap().len(), 100);

        let picture = compress(Encoding::Gzip, page("image/webp", 4000)).await;
        assert!(!picture.headers().contains_key(header::VARY));
        assert_eq!(picture.into_body().into_bytes().await.unwrap().len(), 4000);

        let mut encoded = page("text/css", 4000);
        encoded.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let encoded = compress(Encoding::Brotli, encoded).await;
        assert_eq!(encoded.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(encoded.into_body().into_bytes().await.unwrap().len(), 4000);
    }
}
