//! Whose request it is, behind proxies that are trusted and through headers that are not.
//!
//! Only a peer in `MERCER_TRUSTED_PROXIES` may speak for others. After this guard no forwarding header is left in the
//! request: nothing behind it can be led astray by one, and a public page is the same bytes whatever they said.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;
use poem::http::header::{self, FORWARDED, HeaderMap, HeaderName};
use poem::web::RemoteAddr;
use poem::{Addr, Endpoint, FromRequest, Middleware, Request, RequestBody, Result};

use crate::config::ServerConfig;
use crate::error::Error;
use crate::random::token_hash;

/// The shopper's address, as far as it can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientIp(pub IpAddr);

impl ClientIp {
    /// Whom a limit counts: an IPv4 address, or the /64 that one IPv6 customer has to himself.
    pub fn key(&self) -> String {
        match self.0 {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("{}/64", prefix(ip, 64)),
        }
    }

    /// The neighbourhood: IPv4 /24, IPv6 /48.
    pub fn network_key(&self) -> String {
        match self.0 {
            IpAddr::V4(ip) => format!("{}/24", Ipv4Addr::from_bits(ip.to_bits() & 0xffff_ff00)),
            IpAddr::V6(ip) => format!("{}/48", prefix(ip, 48)),
        }
    }
}

fn prefix(ip: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - bits)))
}

/// Whether the request comes from the operator's own network: a peer on this machine or among the trusted proxies
/// that speaks for itself, and not one that hands a stranger's request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnNetwork(pub bool);

impl<'a> FromRequest<'a> for ClientIp {
    /// Without the guard (a handler under test) nobody is known: the unspecified address.
    async fn from_request(req: &'a Request, _body: &mut RequestBody) -> Result<ClientIp> {
        Ok(req.data::<ClientIp>().copied().unwrap_or(ClientIp(IpAddr::V4(Ipv4Addr::UNSPECIFIED))))
    }
}

/// The guard. See the module.
pub struct Origin {
    trusted: Vec<IpNet>,
    /// SHA-256 of each accepted secret: comparing digests tells nothing by its time.
    secrets: Vec<String>,
}

impl Origin {
    pub fn new(config: &ServerConfig) -> Origin {
        Origin {
            trusted: config.trusted_proxies.clone(),
            secrets: config.origin_secrets.iter().map(|s| token_hash(s)).collect(),
        }
    }

    /// Without secrets everybody may knock. With them only the edge may, and the fleet's own machinery, which asks
    /// for three paths directly.
    pub fn may_enter(&self, path: &str, headers: &HeaderMap) -> bool {
        self.secrets.is_empty()
            || matches!(path, "/healthz" | "/readyz" | "/metrics")
            || headers
                .get_all("x-origin-secret")
                .iter()
                .any(|value| value.to_str().is_ok_and(|v| self.secrets.contains(&token_hash(v))))
    }

    /// The viewer's address. `CloudFront-Viewer-Address` is believed only where a secret proves that CloudFront is in
    /// front: any other proxy hands on what the viewer wrote there himself.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.is_trusted(peer) {
            return peer;
        }
        let viewer = if self.secrets.is_empty() { None } else { viewer_address(headers) };
        viewer.or_else(|| self.forwarded_for(headers)).unwrap_or(peer)
    }

    /// The rightmost hop that is not one of ours: everything left of it may be invented.
    fn forwarded_for(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines = headers.get_all("x-forwarded-for");
        let hops: Vec<&str> = lines
            .iter()
            .map(|l| l.to_str().unwrap_or(""))
            .flat_map(|l| l.split(','))
            .map(str::trim)
            .collect();
        for hop in hops.iter().rev() {
            let ip = hop_address(hop)?;
            if !self.is_trusted(ip) {
                return Some(ip);
            }
        }
        hops.first().and_then(|hop| hop_address(hop))
    }

    fn is_trusted(&self, ip: IpAddr) -> bool {
        self.trusted.iter().any(|net| net.contains(&ip))
    }
}

/// `ip:port`; an IPv6 address stands there without brackets.
fn viewer_address(headers: &HeaderMap) -> Option<IpAddr> {
    let mut values = headers.get_all("cloudfront-viewer-address").iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let (ip, port) = value.to_str().ok()?.rsplit_once(':')?;
    port.parse::<u16>().ok()?;
    Some(ip.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok()?.to_canonical())
}

/// One entry of X-Forwarded-For: an address, and with some proxies its port.
fn hop_address(hop: &str) -> Option<IpAddr> {
    let ip = hop
        .parse::<IpAddr>()
        .or_else(|_| hop.parse::<SocketAddr>().map(|a| a.ip()))
        .or_else(|_| hop.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>());
    ip.ok().map(|ip| ip.to_canonical())
}

/// Headers by which a proxy, or somebody who plays one, speaks about the request; none may be read further in.
fn is_forwarding(name: &HeaderName) -> bool {
    const NAMES: [&str; 13] = [
        "x-real-ip",
        "x-client-ip",
        "x-original-url",
        "x-original-host",
        "x-rewrite-url",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-host",
        "x-origin-secret",
        "true-client-ip",
        "cf-connecting-ip",
        "x-cluster-client-ip",
    ];
    let name_text = name.as_str();
    name == FORWARDED
        || name_text.starts_with("x-forwarded")
        || name_text.starts_with("cloudfront-")
        || NAMES.contains(&name_text)
}

fn peer(req: &Request) -> IpAddr {
    match req.remote_addr() {
        RemoteAddr(Addr::SocketAddr(addr)) => addr.ip().to_canonical(),
        // A socket file: whoever may open it is on this machine.
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

impl<E: Endpoint> Middleware<E> for Origin {
    type Output = OriginEndpoint<E>;

    fn transform(&self, inner: E) -> OriginEndpoint<E> {
        let guard = Origin { trusted: self.trusted.clone(), secrets: self.secrets.clone() };
        OriginEndpoint { guard, inner }
    }
}

pub struct OriginEndpoint<E> {
    guard: Origin,
    inner: E,
}

impl<E: Endpoint> Endpoint for OriginEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, mut req: Request) -> Result<E::Output> {
        if !self.guard.may_enter(req.uri().path(), req.headers()) {
            return Err(Error::Forbidden("this address is reached through its edge only").into());
        }
        let peer = peer(&req);
        let client = self.guard.client(peer, req.headers());
        let forwarding: Vec<HeaderName> =
            req.headers().keys().filter(|name| is_forwarding(name)).cloned().collect();
        let speaks_for_itself = forwarding.is_empty() && !req.headers().contains_key(header::VIA);
        req.set_data(OwnNetwork(speaks_for_itself && (peer.is_loopback() || self.guard.is_trusted(peer))));
        for name in forwarding {
            req.headers_mut().remove(name);
        }
        req.set_data(ClientIp(client));
        self.inner.call(req).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::http::HeaderValue;

    fn origin(secret: bool) -> Origin {
        let trusted = ["10.0.0.0/8", "127.0.0.0/8", "fd00::/8", "130.176.0.0/16"];
        Origin {
            trusted: trusted.iter().map(|n| n.parse().unwrap()).collect(),
            secrets: if secret { vec![token_hash("0123456789abcdef")] } else { Vec::new() },
        }
    }

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in lines {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    /// The peer, whether it knows the secret, its headers, and the client that follows.
    type Case = (&'static str, bool, &'static [(&'static str, &'static str)], &'static str);

    #[test]
    fn the_client_is_who_the_trusted_say() {
        let cases: &[Case] = &[
            // A stranger's headers are ignored.
            ("198.51.100.7", true, &[("x-forwarded-for", "1.1.1.1")], "198.51.100.7"),
            ("198.51.100.7", true, &[("cloudfront-viewer-address", "1.1.1.1:80")], "198.51.100.7"),
            // CloudFront's own header, IPv6 without brackets.
            ("10.0.0.1", true, &[("cloudfront-viewer-address", "203.0.113.9:41000")], "203.0.113.9"),
            ("10.0.0.1", true, &[("cloudfront-viewer-address", "2001:db8::7:41000")], "2001:db8::7"),
            ("10.0.0.1", true, &[("cloudfront-viewer-address", "[2001:db8::7]:41000")], "2001:db8::7"),
            ("10.0.0.1", true, &[("cloudfront-viewer-address", "nonsense")], "10.0.0.1"),
            (
                "10.0.0.1",
                true,
                &[("cloudfront-viewer-address", "1.1.1.1:80"), ("cloudfront-viewer-address", "2.2.2.2:80")],
                "10.0.0.1",
            ),
            // Without the secret nothing says that CloudFront wrote it.
            (
                "10.0.0.1",
                false,
                &[("cloudfront-viewer-address", "1.1.1.1:80"), ("x-forwarded-for", "203.0.113.9")],
                "203.0.113.9",
            ),
            // The rightmost stranger; what is left of him is invented.
            ("10.0.0.1", false, &[("x-forwarded-for", "1.1.1.1, 203.0.113.9, 130.176.1.1")], "203.0.113.9"),
            (
                "10.0.0.1",
                false,
                &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.9,130.176.1.1")],
                "203.0.113.9",
            ),
            ("10.0.0.1", false, &[("x-forwarded-for", "10.9.9.9, 10.8.8.8")], "10.9.9.9"),
            ("10.0.0.1", false, &[("x-forwarded-for", "203.0.113.9:5555")], "203.0.113.9"),
            ("10.0.0.1", false, &[("x-forwarded-for", "[2001:db8::7]:5555")], "2001:db8::7"),
            ("10.0.0.1", false, &[("x-forwarded-for", "[2001:db8::7]")], "2001:db8::7"),
            ("10.0.0.1", false, &[("x-forwarded-for", "::ffff:203.0.113.9")], "203.0.113.9"),
            // What can't be read is not guessed at.
            ("10.0.0.1", false, &[("x-forwarded-for", "203.0.113.9, unknown")], "10.0.0.1"),
            ("10.0.0.1", false, &[("x-forwarded-for", "")], "10.0.0.1"),
            ("10.0.0.1", false, &[], "10.0.0.1"),
        ];
        for (peer, secret, lines, want) in cases {
            let lines: Vec<_> = lines.to_vec();
            let got = origin(*secret).client(peer.parse().unwrap(), &headers(&lines));
            assert_eq!(got, want.parse::<IpAddr>().unwrap(), "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_secret_is_required_when_there_is_one() {
        let right = headers(&[("x-origin-secret", "0123456789abcdef")]);
        let wrong = headers(&[("x-origin-secret", "0123456789abcdeg")]);
        assert!(origin(false).may_enter("/", &HeaderMap::new()));
        assert!(origin(true).may_enter("/", &right));
        assert!(!origin(true).may_enter("/", &wrong));
        assert!(!origin(true).may_enter("/", &HeaderMap::new()));
        assert!(!origin(true).may_enter("/healthz/x", &HeaderMap::new()));
        assert!(origin(true).may_enter("/healthz", &HeaderMap::new()));
    }

    #[test]
    fn limits_count_networks_of_one_customer() {
        let ip = |text: &str| ClientIp(text.parse().unwrap());
        assert_eq!(ip("203.0.113.9").key(), "203.0.113.9");
        assert_eq!(ip("203.0.113.9").network_key(), "203.0.113.0/24");
        assert_eq!(ip("2001:db8:1:2:3::4").key(), ip("2001:db8:1:2:ffff::1").key());
        assert_ne!(ip("2001:db8:1:2::4").key(), ip("2001:db8:1:3::4").key());
        assert_eq!(ip("2001:db8:1:2::4").network_key(), "2001:db8:1::/48");
    }
}
