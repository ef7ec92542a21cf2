//! Fetches files from addresses that a stranger may have written: public hosts only, with bounds on time and size.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use url::{Host, Url};

/// For one hop, answer included.
const TIMEOUT: Duration = Duration::from_secs(15);
/// Redirects followed.
const HOPS_MAX: usize = 3;

/// How files are fetched. The default is the only way outside of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetcher {
    pub reach: Reach,
    /// For one hop.
    pub timeout: Duration,
}

/// Which hosts may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The public internet.
    Public,
    /// The public internet and the one server that a test runs itself; every other private address stays refused.
    PublicAnd(SocketAddr),
}

impl Default for Fetcher {
    fn default() -> Fetcher {
        Fetcher { reach: Reach::Public, timeout: TIMEOUT }
    }
}

impl Reach {
    fn allows(self, address: SocketAddr) -> bool {
        is_public(address.ip()) || self == Reach::PublicAnd(address)
    }
}

impl Fetcher {
    /// The bytes at `url`, at most `bytes_max`. The error is a reason for people. Every hop's host is resolved first
    /// and the connection goes to the addresses that were judged, so a name that changes its mind gains nothing.
    pub async fn fetch(&self, url: &str, bytes_max: usize) -> Result<Vec<u8>, String> {
        let mut url = Url::parse(url).map_err(|_| "is not a URL".to_owned())?;
        for _ in 0..=HOPS_MAX {
            match self.fetch_hop(&url, bytes_max).await? {
                Hop::Body(bytes) => return Ok(bytes),
                Hop::Redirect(next) => url = url.join(&next).map_err(|_| "leads to no URL".to_owned())?,
            }
        }
        Err("redirects too often".to_owned())
    }

    async fn fetch_hop(&self, url: &Url, bytes_max: usize) -> Result<Hop, String> {
        let addresses = self.allowed_addresses(url).await?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let client = reqwest::Client::builder()
            .timeout(self.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve_to_addrs(&host, &addresses)
            .build()
            .map_err(|e| format!("can't be fetched: {e}"))?;
        let failed = |e: reqwest::Error| format!("can't be fetched: {}", e.without_url());
        let mut response = client.get(url.clone()).send().await.map_err(failed)?;
        if response.status().is_redirection() {
            let next = response.headers().get("location").and_then(|v| v.to_str().ok());
            return next.map(|n| Hop::Redirect(n.to_owned())).ok_or_else(|| "redirects nowhere".to_owned());
        }
        if !response.status().is_success() {
            return Err(format!("answers {}", response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if bytes.len() + chunk.len() > bytes_max {
                return Err(format!("is larger than {bytes_max} bytes"));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Hop::Body(bytes))
    }

    async fn allowed_addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err("is neither http nor https".to_owned());
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
            Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
                .await
                .map_err(|_| format!("{name} can't be resolved"))?
                .collect(),
            None => return Err("has no host".to_owned()),
        };
        if addresses.is_empty() || !addresses.iter().all(|a| self.reach.allows(*a)) {
            return Err("does not lie at a public address".to_owned());
        }
        Ok(addresses)
    }
}

enum Hop {
    Body(Vec<u8>),
    Redirect(String),
}

/// True for addresses of the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or_else(|| is_public_v6(ip), is_public_v4),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let reserved =
        matches!((a, b, c), (0 | 240..=255, ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _));
    !(reserved
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation())
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    // Only global unicast, without documentation and the two tunnels that carry an IPv4 address of anybody's choice.
    a & 0xe000 == 0x2000 && !(a == 0x2001 && (b == 0x0db8 || b == 0)) && a != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let check = |ip: &str, public: bool| assert_eq!(is_public(ip.parse().unwrap()), public, "{ip}");
        for ip in
            ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"]
        {
            check(ip, false);
        }
        for ip in
            ["224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fd00::1"]
        {
            check(ip, false);
        }
        for ip in ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "ff02::1"] {
            check(ip, false);
        }
        for ip in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"] {
            check(ip, true);
        }
    }

    #[tokio::test]
    async fn private_hosts_and_other_schemes_are_refused() {
        for url in
            ["http://127.0.0.1/a.png", "http://localhost/a.png", "http://[::1]/a.png", "file:///etc/passwd"]
        {
            let reason = Fetcher::default().fetch(url, 100).await.unwrap_err();
            assert!(reason.contains("public address") || reason.contains("neither http"), "{url}: {reason}");
        }
    }
}
