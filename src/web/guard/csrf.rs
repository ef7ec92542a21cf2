//! Cross-site request forgery: a form of another site must not act in a shopper's name.
//!
//! Cached pages hold forms, so there are no tokens in them: browsers say themselves where a request comes from, by
//! `Sec-Fetch-Site` and, where that is missing (older ones, plain http), by `Origin`, which is compared with the
//! configured origin and never with `Host`.

use poem::http::{HeaderMap, Method, header};
use poem::{Endpoint, Middleware, Request, Result};

use crate::config::ServerConfig;
use crate::error::Error;
use crate::web::guard::cookies;

/// The guard.
pub struct Csrf {
    /// `scheme://host[:port]`
    public_url: String,
}

impl Csrf {
    pub fn new(config: &ServerConfig) -> Csrf {
        Csrf { public_url: config.public_url.clone() }
    }
}

/// Whether the request may go on.
fn is_allowed(method: &Method, path: &str, headers: &HeaderMap, public_url: &str) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) || reads_no_cookies(path) {
        return true;
    }
    match (one(headers, "sec-fetch-site"), one(headers, header::ORIGIN.as_str())) {
        (Value::One("same-origin" | "none"), _) => true,
        (Value::None, Value::One(origin)) => origin.eq_ignore_ascii_case(public_url),
        // Not a browser, for every browser sends one of the two with a POST; but then it has no shopper's cookies.
        (Value::None, Value::None) => !cookies::has_personal(headers),
        _ => false,
    }
}

/// Webhooks are signed and the API has bearer tokens: a browser can't be tricked into either.
fn reads_no_cookies(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path.starts_with("/webhooks/")
}

enum Value<'a> {
    None,
    One(&'a str),
    /// Several, or not text: no browser sends that.
    Odd,
}

fn one<'a>(headers: &'a HeaderMap, name: &str) -> Value<'a> {
    let mut values = headers.get_all(name).iter();
    match (values.next().map(|v| v.to_str()), values.next()) {
        (None, _) => Value::None,
        (Some(Ok(value)), None) => Value::One(value),
        _ => Value::Odd,
    }
}

impl<E: Endpoint> Middleware<E> for Csrf {
    type Output = CsrfEndpoint<E>;

    fn transform(&self, inner: E) -> CsrfEndpoint<E> {
        CsrfEndpoint { public_url: self.public_url.clone(), inner }
    }
}

pub struct CsrfEndpoint<E> {
    public_url: String,
    inner: E,
}

impl<E: Endpoint> Endpoint for CsrfEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, req: Request) -> Result<E::Output> {
        if !is_allowed(req.method(), req.uri().path(), req.headers(), &self.public_url) {
            return Err(Error::Forbidden("this form was not sent from the shop's own pages").into());
        }
        self.inner.call(req).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    const HTTPS: &str = "https://shop.example";
    const LOGIN: Option<&str> = Some("__Host-session=x");

    /// (method, path, Sec-Fetch-Site, Origin, Cookie) → allowed?
    type Row =
        (&'static str, &'static str, Option<&'static str>, Option<&'static str>, Option<&'static str>, bool);

    const ROWS: &[Row] = &[
        // Reading is nobody's harm, wherever it comes from.
        ("GET", "/cart", Some("cross-site"), Some("https://evil.example"), LOGIN, true),
        ("GET", "/", Some("cross-site"), None, None, true),
        ("GET", "/account", None, None, LOGIN, true),
        ("HEAD", "/cart", Some("cross-site"), None, LOGIN, true),
        ("OPTIONS", "/cart", Some("cross-site"), Some("https://evil.example"), LOGIN, true),
        // The browser says: same origin, or typed by the user.
        ("POST", "/cart", Some("same-origin"), Some(HTTPS), LOGIN, true),
        ("POST", "/cart", Some("same-origin"), None, LOGIN, true),
        ("POST", "/cart", Some("same-origin"), Some("null"), LOGIN, true),
        ("POST", "/cart", Some("same-origin"), Some("https://alias.example"), LOGIN, true),
        ("POST", "/cart", Some("none"), None, LOGIN, true),
        ("POST", "/cart", Some("same-origin"), None, None, true),
        ("PUT", "/cart", Some("same-origin"), None, LOGIN, true),
        ("DELETE", "/cart", Some("same-origin"), None, LOGIN, true),
        // The browser says: another site, or a neighbour.
        ("POST", "/cart", Some("cross-site"), None, None, false),
        ("POST", "/cart", Some("cross-site"), None, LOGIN, false),
        ("POST", "/cart", Some("cross-site"), Some("https://evil.example"), LOGIN, false),
        ("POST", "/cart", Some("cross-site"), Some("null"), LOGIN, false),
        ("POST", "/cart", Some("cross-site"), Some(HTTPS), LOGIN, false),
        ("POST", "/cart", Some("same-site"), None, LOGIN, false),
        ("POST", "/cart", Some("same-site"), Some("https://blog.shop.example"), LOGIN, false),
        ("POST", "/cart", Some("same-site"), Some(HTTPS), LOGIN, false),
        ("PUT", "/cart", Some("cross-site"), None, LOGIN, false),
        ("PATCH", "/cart", Some("cross-site"), None, LOGIN, false),
        ("DELETE", "/account", Some("cross-site"), None, LOGIN, false),
        ("POST", "/account/login", Some("cross-site"), Some("https://evil.example"), None, false),
        ("POST", "/account/register", Some("same-site"), None, None, false),
        // Words that no browser uses are no permission.
        ("POST", "/cart", Some("SAME-ORIGIN"), None, LOGIN, false),
        ("POST", "/cart", Some("same-origin, cross-site"), None, LOGIN, false),
        ("POST", "/cart", Some("same-origin "), None, LOGIN, false),
        ("POST", "/cart", Some(""), None, LOGIN, false),
        ("POST", "/cart", Some(""), Some(HTTPS), LOGIN, false),
        ("POST", "/cart", Some("trusted"), None, None, false),
        ("BREW", "/cart", Some("cross-site"), None, LOGIN, false),
        // No fetch metadata: the origin decides.
        ("POST", "/cart", None, Some(HTTPS), LOGIN, true),
        ("POST", "/cart", None, Some("HTTPS://SHOP.example"), LOGIN, true),
        ("POST", "/cart", None, Some(HTTPS), None, true),
        ("PUT", "/cart", None, Some(HTTPS), LOGIN, true),
        ("POST", "/cart", None, Some("http://shop.example"), LOGIN, false),
        ("POST", "/cart", None, Some("https://shop.example:8443"), LOGIN, false),
        ("POST", "/cart", None, Some("https://shop.example/"), LOGIN, false),
        ("POST", "/cart", None, Some("https://shop.example.evil.example"), LOGIN, false),
        ("POST", "/cart", None, Some("https://evilshop.example"), LOGIN, false),
        ("POST", "/cart", None, Some("https://blog.shop.example"), LOGIN, false),
        ("POST", "/cart", None, Some("https://evil.example"), LOGIN, false),
        ("POST", "/cart", None, Some("https://evil.example"), None, false),
        ("POST", "/cart", None, Some("null"), LOGIN, false),
        ("POST", "/cart", None, Some("null"), None, false),
        ("POST", "/cart", None, Some(""), LOGIN, false),
        ("POST", "/cart", None, Some("shop.example"), LOGIN, false),
        // Neither header: a program may, a shopper's cookies may not.
        ("POST", "/cart", None, None, None, true),
        ("POST", "/account/login", None, None, None, true),
        ("POST", "/cart", None, None, LOGIN, false),
        ("POST", "/cart", None, None, Some("session=x"), false),
        ("POST", "/cart", None, None, Some("cart=x"), false),
        ("POST", "/cart", None, None, Some("__Host-cart=x"), false),
        ("POST", "/cart", None, None, Some("theme=dark; cart=x"), false),
        ("POST", "/cart", None, None, Some("theme=dark"), true),
        ("POST", "/cart", None, None, Some("cart_count=2"), true),
        ("POST", "/cart", None, None, Some("my_session=x"), true),
        ("DELETE", "/cart", None, None, LOGIN, false),
        // Where cookies are not read.
        ("POST", "/webhooks/stripe", None, None, LOGIN, true),
        ("POST", "/webhooks/stripe", Some("cross-site"), Some("https://evil.example"), None, true),
        ("POST", "/api/v1/carts", Some("cross-site"), Some("https://app.example"), LOGIN, true),
        ("DELETE", "/api/v1/carts/1", None, None, LOGIN, true),
        ("POST", "/api", None, None, LOGIN, true),
        ("POST", "/apis", None, None, LOGIN, false),
        ("POST", "/webhooks", None, None, LOGIN, false),
        ("POST", "/cart/api/v1", None, None, LOGIN, false),
    ];

    #[test]
    fn the_table() {
        for (method, path, site, origin, cookie, want) in ROWS {
            let mut headers = HeaderMap::new();
            for (name, value) in [("sec-fetch-site", site), ("origin", origin), ("cookie", cookie)] {
                if let Some(value) = value {
                    headers.append(name, HeaderValue::from_static(value));
                }
            }
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let got = is_allowed(&method, path, &headers, HTTPS);
            assert_eq!(got, *want, "{method} {path} site {site:?} origin {origin:?} cookie {cookie:?}");
        }
        assert!(ROWS.len() >= 60);
    }

    #[test]
    fn plain_http_and_doubled_headers() {
        let allowed = |lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(*name, HeaderValue::from_static(value));
            }
            is_allowed(&Method::POST, "/cart", &headers, "http://127.0.0.1:8080")
        };
        assert!(allowed(&[("origin", "http://127.0.0.1:8080"), ("cookie", "session=x")]));
        assert!(!allowed(&[("origin", "http://localhost:8080"), ("cookie", "session=x")]));
        assert!(!allowed(&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]));
        assert!(!allowed(&[("origin", "http://127.0.0.1:8080"), ("origin", "https://evil.example")]));
        assert!(!allowed(&[("cookie", "a=b"), ("cookie", "cart=x")]), "several cookie lines");
    }
}
