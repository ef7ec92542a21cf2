//! The headers of every answer: what browsers must not do with it, and that no cache keeps what is personal.

use poem::http::{HeaderMap, HeaderName, HeaderValue, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response, Result};

use crate::config::ServerConfig;
use crate::web::assets;

const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "geolocation=(), camera=(), microphone=(), payment=(), usb=()",
    ),
];

/// No inline script or style anywhere; a form may lead to the hosted payment page.
macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; ",
            "connect-src 'self'; form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'; ",
            "base-uri 'none'; object-src 'none'; manifest-src 'self'",
            $more
        )
    };
}
const POLICY: &str = policy!("");
const POLICY_HTTPS: &str = policy!("; upgrade-insecure-requests");

/// Two years.
const HSTS: &str = "max-age=63072000; includeSubDomains";

/// The headers of an answer that the server gives before any route, whatever the shop's address is: those that hold
/// over plain http too, and `no-store`.
pub fn strictest() -> HeaderMap {
    let mut headers = HeaderMap::new();
    Headers { https: false }.complete(&mut headers);
    headers
}

/// The guard of the answers; the outermost layer, since errors are answers too.
#[derive(Debug, Clone, Copy)]
pub struct Headers {
    /// Over plain http (demo, loopback) nothing may tell a browser to insist on https.
    https: bool,
}

impl Headers {
    pub fn new(config: &ServerConfig) -> Headers {
        Headers { https: config.https }
    }

    /// Completes the answer. A handler's own value stays: a picture may be shared, a page may be stricter.
    pub(super) fn complete(self, headers: &mut HeaderMap) {
        for (name, value) in ALWAYS {
            headers.entry(name).or_insert(HeaderValue::from_static(value));
        }
        let policy = if self.https { POLICY_HTTPS } else { POLICY };
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
        if self.https {
            headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HSTS));
        }
        headers.remove(header::SERVER);
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        add_charset(headers);
        add_speculation_rules(headers);
        if is_cacheable(headers) && headers.contains_key(header::SET_COOKIE) {
            debug_assert!(false, "a handler set a cookie on an answer that caches may keep");
            headers.remove(header::SET_COOKIE);
        }
    }
}

/// Whether a shared cache might keep the answer: everything but a plain `no-store` or `private`.
fn is_cacheable(headers: &HeaderMap) -> bool {
    !headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|word| matches!(word.trim(), "no-store" | "private"))
}

/// Text without a charset is read in whatever the browser guesses.
fn add_charset(headers: &mut HeaderMap) {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else { return };
    let kind = value.split(';').next().unwrap_or("").trim();
    let is_text = kind.starts_with("text/")
        || kind.ends_with("/xml")
        || kind.ends_with("+xml")
        || kind.ends_with("/json")
        || kind.ends_with("+json")
        || kind == "application/javascript";
    if is_text
        && !value.to_ascii_lowercase().contains("charset=")
        && let Ok(value) = HeaderValue::from_str(&format!("{value}; charset=utf-8"))
    {
        headers.insert(header::CONTENT_TYPE, value);
    }
}

/// Public pages lead to public pages, which a browser may load ahead of the click. The rules come from a file, so that
/// the policy needs to allow no script in pages.
fn add_speculation_rules(headers: &mut HeaderMap) {
    let is_html =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_html
        && is_cacheable(headers)
        && let Ok(rules) = HeaderValue::from_str(&format!("\"{}\"", assets::url(assets::SPECULATION_RULES)))
    {
        headers.entry("speculation-rules").or_insert(rules);
    }
}

impl<E: Endpoint> Middleware<E> for Headers {
    type Output = HeadersEndpoint<E>;

    fn transform(&self, inner: E) -> HeadersEndpoint<E> {
        HeadersEndpoint { guard: *self, inner }
    }
}

pub struct HeadersEndpoint<E> {
    guard: Headers,
    inner: E,
}

impl<E: Endpoint> Endpoint for HeadersEndpoint<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let mut response = match self.inner.call(req).await {
            Ok(answer) => answer.into_response(),
            Err(error) => error.into_response(),
        };
        self.guard.complete(response.headers_mut());
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(https: bool, lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        Headers { https }.complete(&mut headers);
        headers
    }

    #[test]
    fn over_https_everything() {
        let headers = completed(true, &[("server", "mercer/1")]);
        let want = [
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            (
                "content-security-policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                 connect-src 'self'; form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'; \
                 base-uri 'none'; object-src 'none'; manifest-src 'self'; upgrade-insecure-requests",
            ),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "strict-origin-when-cross-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "geolocation=(), camera=(), microphone=(), payment=(), usb=()"),
            ("cache-control", "no-store"),
        ];
        for (name, value) in want {
            assert_eq!(headers.get(name).map(|v| v.to_str().unwrap()), Some(value), "{name}");
        }
        assert_eq!(headers.len(), want.len(), "{headers:?}");
    }

    #[test]
    fn over_http_nothing_insists_on_https() {
        let headers = completed(false, &[]);
        assert!(!headers.contains_key("strict-transport-security"));
        assert!(!headers["content-security-policy"].to_str().unwrap().contains("upgrade"));
    }

    #[test]
    fn a_handlers_own_value_stays() {
        let own = [
            ("cache-control", "public, max-age=0, s-maxage=300"),
            ("cross-origin-resource-policy", "cross-origin"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "sandbox"),
        ];
        let headers = completed(true, &own);
        for (name, value) in own {
            assert_eq!(headers[name], value);
        }
    }

    #[test]
    fn text_has_a_charset() {
        for (given, want) in [
            ("text/html", "text/html; charset=utf-8"),
            ("text/html; charset=utf-8", "text/html; charset=utf-8"),
            ("application/problem+json", "application/problem+json; charset=utf-8"),
            ("image/svg+xml", "image/svg+xml; charset=utf-8"),
            ("image/png", "image/png"),
            ("application/octet-stream", "application/octet-stream"),
        ] {
            assert_eq!(completed(true, &[("content-type", given)])["content-type"], want);
        }
    }

    #[test]
    fn public_pages_alone_load_others_ahead() {
        let rules = |kind, control| {
            let headers = completed(true, &[("content-type", kind), ("cache-control", control)]);
            headers.get("speculation-rules").map(|rules| rules.to_str().unwrap().to_owned())
        };
        let public = "public, max-age=0, s-maxage=300";
        let named = rules("text/html; charset=utf-8", public).unwrap();
        assert!(named.starts_with("\"/assets/speculation.") && named.ends_with(".json\""), "{named}");
        assert_eq!(rules("text/html; charset=utf-8", "no-store"), None);
        assert_eq!(rules("application/json", public), None);
    }

    #[test]
    fn cookies_stay_on_what_no_cache_keeps() {
        for control in ["no-store", "private", "private, max-age=60", "public, no-store"] {
            let headers = completed(true, &[("cache-control", control), ("set-cookie", "a=b")]);
            assert!(headers.contains_key("set-cookie"), "{control}");
        }
        assert!(completed(true, &[("set-cookie", "a=b")]).contains_key("set-cookie"));
    }

    #[test]
    #[cfg_attr(debug_assertions, should_panic(expected = "set a cookie on an answer that caches may keep"))]
    fn a_cookie_never_leaves_on_what_a_cache_keeps() {
        let headers = completed(true, &[("cache-control", "public, s-maxage=300"), ("set-cookie", "a=b")]);
        assert!(!headers.contains_key("set-cookie"));
    }
}
