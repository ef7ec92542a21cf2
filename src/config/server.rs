//! Where the server listens, under which public address, and whom it believes.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::Env;

/// API requests from one address in a minute, unless the operator says otherwise.
const API_RATE: u32 = 600;

/// Requests worked on at once. Two cores answer about a thousand a second: the last of these waits a quarter of one.
const REQUESTS: NonZeroUsize = NonZeroUsize::new(256).expect("not zero");

/// See the module.
#[derive(Clone)]
pub struct ServerConfig {
    /// `MERCER_LISTEN`
    pub listen: SocketAddr,
    /// `MERCER_PUBLIC_URL` without a trailing slash: the shop's own origin.
    pub public_url: String,
    /// Cookies are `Secure` and carry the `__Host-` prefix only over https.
    pub https: bool,
    /// `MERCER_TRUSTED_PROXIES`: peers whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `MERCER_ORIGIN_SECRET`: accepted values of `X-Origin-Secret`; empty: not required.
    pub origin_secrets: Vec<String>,
    /// `MERCER_METRICS_TOKEN`: the bearer token of `/metrics`; without one only the operator's own network sees it.
    pub metrics_token: Option<String>,
    /// `MERCER_CONNECTIONS`: open connections at most; without it what the limit of file descriptors leaves.
    pub connections: Option<NonZeroUsize>,
    /// `MERCER_REQUESTS`: requests that are worked on at once; orders and payments have room beside them.
    pub requests: NonZeroUsize,
    /// `MERCER_MIGRATE`
    pub migrate: bool,
    /// `MERCER_API_RATE`: API requests from one address in a minute; 0: not limited.
    pub api_rate: u32,
    /// `MERCER_DRAIN_DELAY_S`: how long a server that was told to stop serves on while it says "not ready".
    pub drain_delay: Duration,
}

/// The secrets are never printed.
impl std::fmt::Debug for ServerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerConfig")
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("trusted_proxies", &self.trusted_proxies)
            .finish_non_exhaustive()
    }
}

impl ServerConfig {
    pub fn from_env(env: &mut Env) -> ServerConfig {
        let listen = env.parse(
            "MERCER_LISTEN",
            SocketAddr::from(([127, 0, 0, 1], 8080)),
            "an address such as 127.0.0.1:8080",
        );
        let public = env.text("MERCER_PUBLIC_URL").unwrap_or_else(|| format!("http://{listen}"));
        let public_url = match origin_of(&public) {
            Some(origin) => origin,
            None => {
                env.wrong(
                    "MERCER_PUBLIC_URL",
                    "an http or https origin without a path, such as https://shop.example",
                );
                format!("http://{listen}")
            }
        };
        ServerConfig {
            listen,
            https: public_url.starts_with("https:"),
            public_url,
            trusted_proxies: proxies(env),
            origin_secrets: secrets(env),
            metrics_token: metrics_token(env),
            connections: connections(env),
            requests: env.parse("MERCER_REQUESTS", REQUESTS, "a number of requests such as 256"),
            migrate: switch(env, "MERCER_MIGRATE"),
            api_rate: env.parse("MERCER_API_RATE", API_RATE, "a number of requests per minute"),
            drain_delay: Duration::from_secs(env.parse("MERCER_DRAIN_DELAY_S", 1, "a number of seconds")),
        }
    }

    /// The public host, with its port when it has one.
    pub fn host(&self) -> &str {
        self.public_url.split_once("://").map_or("", |(_, host)| host)
    }
}

/// `scheme://host[:port]`, or `None` if `text` is not just an origin.
fn origin_of(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    bare.then(|| url.origin().ascii_serialization())
}

fn proxies(env: &mut Env) -> Vec<IpNet> {
    let text = env.text("MERCER_TRUSTED_PROXIES").unwrap_or_default();
    let parsed: Option<Vec<IpNet>> = list(&text).map(|item| item.parse().ok()).collect();
    parsed.unwrap_or_else(|| {
        env.wrong("MERCER_TRUSTED_PROXIES", "networks separated by commas, such as 10.0.0.0/8,fd00::/8");
        Vec::new()
    })
}

/// A short secret can be guessed; a header of 16 random characters can't.
const SECRET_MIN: usize = 16;

fn secrets(env: &mut Env) -> Vec<String> {
    let text = env.text("MERCER_ORIGIN_SECRET").unwrap_or_default();
    let secrets: Vec<String> = list(&text).map(str::to_owned).collect();
    if secrets.iter().any(|s| s.len() < SECRET_MIN) {
        env.wrong("MERCER_ORIGIN_SECRET", "values of at least 16 characters, separated by commas");
    }
    secrets
}

fn metrics_token(env: &mut Env) -> Option<String> {
    let token = env.text("MERCER_METRICS_TOKEN");
    if token.as_ref().is_some_and(|t| t.len() < SECRET_MIN) {
        env.wrong("MERCER_METRICS_TOKEN", "at least 16 random characters: openssl rand -hex 32");
    }
    token
}

fn connections(env: &mut Env) -> Option<NonZeroUsize> {
    let text = env.text("MERCER_CONNECTIONS")?;
    let number: Option<NonZeroUsize> = text.parse().ok();
    if number.is_none() {
        env.wrong("MERCER_CONNECTIONS", "a number of connections such as 4096");
    }
    number
}

fn switch(env: &mut Env, name: &'static str) -> bool {
    match env.text(name).as_deref() {
        None | Some("on") => true,
        Some("off") => false,
        Some(_) => {
            env.wrong(name, "on or off");
            true
        }
    }
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}
