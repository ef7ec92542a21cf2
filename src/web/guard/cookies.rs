//! Reading and writing cookies: the few that there are.
//!
//! Over https the secret ones carry the `__Host-` prefix, which no neighbouring host can overwrite; over plain http
//! (demo, loopback) browsers refuse the prefix, so they go without.

use poem::Response;
use poem::http::{HeaderMap, HeaderValue, header};

use crate::config::ServerConfig;

/// A cookie of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The login. Secret.
    Session,
    /// The cart. Secret.
    Cart,
    /// How many things are in the cart: the badge that a script paints on public pages.
    CartCount,
    /// `1` while somebody is logged in, for the same script.
    SignedIn,
}

const DAY_S: i64 = 86_400;

impl Cookie {
    fn is_secret(self) -> bool {
        matches!(self, Cookie::Session | Cookie::Cart)
    }

    /// The name on the wire.
    pub fn name(self, https: bool) -> &'static str {
        match (self, https) {
            (Cookie::Session, true) => "__Host-session",
            (Cookie::Session, false) => "session",
            (Cookie::Cart, true) => "__Host-cart",
            (Cookie::Cart, false) => "cart",
            (Cookie::CartCount, _) => "cart_count",
            (Cookie::SignedIn, _) => "signed_in",
        }
    }

    /// Seconds that a browser keeps it: the login's absolute age, and a season for a cart.
    fn max_age_s(self) -> i64 {
        match self {
            Cookie::Session | Cookie::SignedIn => 30 * DAY_S,
            Cookie::Cart | Cookie::CartCount => 90 * DAY_S,
        }
    }

    /// The request's value.
    pub fn read(self, headers: &HeaderMap, https: bool) -> Option<&str> {
        let name = self.name(https);
        pairs(headers).find(|(n, _)| *n == name).map(|(_, value)| value)
    }

    /// Adds `Set-Cookie` to an answer that no cache may keep. `value` is ours: letters, digits, `-` and `_`.
    pub fn write(self, response: &mut Response, server: &ServerConfig, value: &str) {
        self.append(response, server, value, self.max_age_s());
    }

    /// Has the browser forget it.
    pub fn clear(self, response: &mut Response, server: &ServerConfig) {
        self.append(response, server, "", 0);
    }

    fn append(self, response: &mut Response, server: &ServerConfig, value: &str, max_age_s: i64) {
        debug_assert!(value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)), "{value}");
        let name = self.name(server.https);
        let secure = if server.https { "; Secure" } else { "" };
        let http_only = if self.is_secret() { "; HttpOnly" } else { "" };
        // Lax, not Strict: a shopper who comes back from a mail or a payment page is still himself.
        let line = format!("{name}={value}; Path=/; Max-Age={max_age_s}; SameSite=Lax{secure}{http_only}");
        if let Ok(line) = HeaderValue::from_str(&line) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
}

/// Whether the request carries a login or a cart, under either name.
pub fn has_personal(headers: &HeaderMap) -> bool {
    let personal = [Cookie::Session, Cookie::Cart];
    pairs(headers).any(|(name, _)| personal.iter().any(|c| name == c.name(true) || name == c.name(false)))
}

/// All cookies of all lines.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(public_url: &str) -> ServerConfig {
        let vars = [("MERCER_PUBLIC_URL".to_owned(), public_url.to_owned())];
        ServerConfig::from_env(&mut crate::config::Env::of(vars))
    }

    fn written(cookie: Cookie, public_url: &str) -> String {
        let mut response = Response::default();
        cookie.write(&mut response, &server(public_url), "abc-_9");
        response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[test]
    fn attributes() {
        let https = "https://shop.example";
        let http = "http://127.0.0.1:8080";
        assert_eq!(
            written(Cookie::Session, https),
            "__Host-session=abc-_9; Path=/; Max-Age=2592000; SameSite=Lax; Secure; HttpOnly"
        );
        assert_eq!(
            written(Cookie::Session, http),
            "session=abc-_9; Path=/; Max-Age=2592000; SameSite=Lax; HttpOnly"
        );
        assert_eq!(
            written(Cookie::Cart, https),
            "__Host-cart=abc-_9; Path=/; Max-Age=7776000; SameSite=Lax; Secure; HttpOnly"
        );
        assert_eq!(
            written(Cookie::CartCount, https),
            "cart_count=abc-_9; Path=/; Max-Age=7776000; SameSite=Lax; Secure"
        );
        let mut response = Response::default();
        Cookie::SignedIn.clear(&mut response, &server(http));
        assert_eq!(response.headers()[header::SET_COOKIE], "signed_in=; Path=/; Max-Age=0; SameSite=Lax");
    }

    #[test]
    fn reading() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b;cart=one; __Host-cart=two"));
        headers.append(header::COOKIE, HeaderValue::from_static("session=three"));
        assert_eq!(Cookie::Cart.read(&headers, false), Some("one"));
        assert_eq!(Cookie::Cart.read(&headers, true), Some("two"));
        assert_eq!(Cookie::Session.read(&headers, false), Some("three"));
        assert_eq!(Cookie::Session.read(&headers, true), None);
        assert!(has_personal(&headers));
    }
}
