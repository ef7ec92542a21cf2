//! How a kept page is sent: the form that the client accepts, or 304 if it holds that page.

use bytes::Bytes;
use poem::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::super::compression::{BODY_MIN, Effort, Encoding};
use super::super::etag;
use crate::edge::pages::{FORMS, Form, Kept};

/// RFC 9211.
pub const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");
pub const HIT: HeaderValue = HeaderValue::from_static("mercer; hit");

const ENCODINGS: [Encoding; FORMS] = [Encoding::Brotli, Encoding::Gzip, Encoding::Identity];

/// A page on its way to one client.
pub struct Reply<'a> {
    form: &'a Form,
    is_held: bool,
}

impl<'a> Reply<'a> {
    /// What the request's `Accept-Encoding` and `If-None-Match` ask for.
    pub fn to(kept: &'a Kept, request: &HeaderMap) -> Reply<'a> {
        let encoding = Encoding::negotiate(request);
        let form = kept.forms[slot(encoding)].get_or_init(|| form(kept, encoding, Effort::Quick));
        Reply { form, is_held: is_held(form, kept, request) }
    }

    pub fn into_parts(self) -> (StatusCode, &'a HeaderMap, Bytes) {
        if self.is_held {
            return (StatusCode::NOT_MODIFIED, &self.form.headers_304, Bytes::new());
        }
        (StatusCode::OK, &self.form.headers, self.form.body.clone())
    }
}

fn slot(encoding: Encoding) -> usize {
    ENCODINGS.iter().position(|e| *e == encoding).unwrap_or(FORMS - 1)
}

/// A browser sends back the very tag it was given; whatever else stands there is read with care.
fn is_held(form: &Form, kept: &Kept, request: &HeaderMap) -> bool {
    if !request.contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    if form.headers.get(header::ETAG) == request.get(header::IF_NONE_MATCH) {
        return true;
    }
    let tag = kept.headers.get(header::ETAG).and_then(|v| v.to_str().ok());
    tag.is_some_and(|tag| etag::held(request, tag).is_some())
}

/// The page with all its forms compressed as well as can be.
pub fn best(kept: &Kept) -> Kept {
    kept.with_forms(ENCODINGS.map(|encoding| form(kept, encoding, Effort::Best)))
}

fn form(kept: &Kept, encoding: Encoding, effort: Effort) -> Form {
    let encoding = if kept.plain.len() < BODY_MIN { Encoding::Identity } else { encoding };
    let body = match encoding {
        Encoding::Identity => kept.plain.clone(),
        _ => encoding.encode(&kept.plain, effort).into(),
    };
    let mut headers = kept.headers.clone();
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    headers.insert(CACHE_STATUS, HIT);
    etag::mark(&mut headers, encoding, effort);
    let mut headers_304 = headers.clone();
    headers_304.remove(header::CONTENT_TYPE);
    if let Some(name) = encoding.name() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    Form { headers, headers_304, body }
}
