//! Poisoning and deception, through a cache that keeps whatever an answer allows and sends every header and cookie to
//! the origin: the shop must be safe by its answers alone.
//!
//! - Poisoning: no header that a request may carry changes what others get at a public address.
//! - Deception: whatever is hung on a personal address, what comes back personal is never kept.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::client::{self, Answer};
use super::load;
use super::shop::{self, Instance};
use super::varnish::{Behaviours, Varnish};

/// What differs between any two answers and means nothing.
const VOLATILE: [&str; 9] = [
    "age",
    "date",
    "x-varnish",
    "via",
    "x-cache",
    "x-cache-above",
    "connection",
    "x-request-id",
    "cache-status",
];

const PUBLIC: [&str; 21] = [
    "/",
    "/c/field",
    "/c/watches?page=2",
    "/c/watches?movement=Quartz&sort=price-up",
    "/p/perigee-38",
    "/search",
    "/search?q=diver",
    "/search?q=",
    "/search/suggest?q=chron",
    "/pages/delivery",
    "/sitemap.xml",
    "/robots.txt",
    "/feeds/google.xml",
    "/.well-known/security.txt",
    "/api/v1/products?limit=5",
    "/api/v1/products/perigee-38",
    "/api/v1/categories",
    "/api/v1/openapi.json",
    "/api/docs",
    "/nope",
    "/p/nope",
];

/// Headers that have changed answers somewhere.
const HEADERS: [&str; 42] = [
    "Host",
    "Forwarded",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Scheme",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Forwarded-Server",
    "X-Forwarded-Path",
    "X-Host",
    "X-HTTP-Host-Override",
    "X-Original-URL",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-Method-Override",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "CloudFront-Viewer-Address",
    "CloudFront-Forwarded-Proto",
    "X-Amz-Cf-Id",
    "X-Request-Id",
    "Traceparent",
    "X-Origin-Secret",
    "X-Mercer-Gen",
    "Cache-Tag",
    "Cache-Control",
    "Pragma",
    "Cookie",
    "Authorization",
    "Accept",
    "Accept-Language",
    "User-Agent",
    "Referer",
    "Origin",
    "Sec-Fetch-Site",
    "Purpose",
    "Via",
    "TE",
];

const VALUES: [&str; 3] = ["evil.example", "\"><script>alert(1)</script>", "session=1; cart=1; lang=de"];

/// What is hung on a personal address so that a cache takes it for a file.
const DELIMITERS: [&str; 20] = [
    "/",
    "//",
    "/./",
    ";",
    "%3b",
    "%23",
    "%3f",
    "?",
    "&",
    "%00",
    "%0a",
    "%09",
    "%20",
    "%2f",
    "%5c",
    "%2e%2e%2f",
    "!",
    ",",
    "@",
    "~",
];
const FILES: [&str; 3] = ["x.css", "app.js", "robots.txt"];

struct Visitor {
    cookie: String,
    /// Words that only this visitor's pages hold.
    marks: [&'static str; 2],
}

struct Target {
    _instance: Instance,
    cache: Varnish,
    visitors: [Visitor; 2],
    /// A guest's order: who knows the address may see it, and no cache may.
    order: String,
}

pub async fn run() {
    let target = Arc::new(prepare().await);
    poison(&target).await;
    deceive(&target).await;
}

const PEOPLE: [(&str, &str); 2] =
    [("xenia.quill@example.com", "Xenia Quillfeather"), ("boris.vane@example.com", "Boris Vaneweather")];
const PASSWORD: &str = "tulip-kettle-47";

/// A demo shop with two customers who are logged in and have something in their carts.
async fn prepare() -> Target {
    let data = tempfile::tempdir().unwrap();
    let database_url = format!("sqlite://{}", data.path().join("store.db").display());
    let app = shop::open(&database_url, &data).await;
    mercer::shop::demo::seed(&app, "watches").await.unwrap();
    for (email, name) in PEOPLE {
        mercer::shop::accounts::ensure_account(&app, email, name, PASSWORD).await.unwrap();
    }
    app.db.close().await;
    let (port, cache_port) = (load::free_port(), load::free_port());
    let cache = Varnish::start(cache_port, &[port], Duration::from_secs(10), Behaviours::Careless).await;
    let mut instance = Instance::new(port, &database_url, &format!("http://127.0.0.1:{cache_port}"), &[]);
    instance.keep(data);
    instance.start().await;
    let mut visitors = Vec::new();
    for (email, name) in PEOPLE {
        visitors.push(Visitor { cookie: log_in(port, email).await, marks: [email, name] });
    }
    let order = place_order(port).await;
    Target { _instance: instance, cache, visitors: visitors.try_into().ok().unwrap(), order }
}

async fn log_in(port: u16, email: &str) -> String {
    let form = format!("email={}&password={PASSWORD}", email.replace('@', "%40"));
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let answer = client::send(port, "POST", "/account/login", &headers, form.as_bytes()).await.unwrap();
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookie: Vec<&str> = cookies.filter_map(|(_, line)| line.split(';').next()).collect();
    let cookie = cookie.join("; ");
    assert!(cookie.contains("session="), "{cookie}");
    cookie
}

async fn place_order(port: u16) -> String {
    let mut http = super::load::Http::connect(port).await.unwrap();
    let (_, product) = http.get("/api/v1/products/perigee-38").await.unwrap();
    let product: serde_json::Value = serde_json::from_slice(&product).unwrap();
    let variant = product["variants"][0]["id"].as_str().unwrap().to_owned();
    let placed = super::load::place_order(&mut http, &variant, "the-order").await.unwrap();
    let (_, token) = placed.expect("a guest orders");
    format!("/orders/{token}")
}

impl Target {
    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        client::get(self.cache.port, path, headers)
            .await
            .unwrap_or_else(|_| panic!("no answer to {path} {headers:?}"))
    }

    /// The answer that caches keep, if there is one: a process without a lease has none at the moment.
    async fn ask_plainly(&self, path: &str) -> Answer {
        for _ in 0..8 {
            self.forget(path).await;
            let plain = self.ask(path, &[]).await;
            if is_kept(&plain) {
                return plain;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        self.ask(path, &[]).await
    }

    async fn forget(&self, path: &str) {
        let purged = client::send(self.cache.port, "PURGE", path, &[], b"").await.unwrap();
        assert_eq!(purged.status, 200, "{}", purged.text());
    }
}

/// What of an answer others would get, without what always differs.
fn essence(answer: &Answer) -> (u16, Vec<(String, String)>, &[u8]) {
    let mut headers: Vec<(String, String)> =
        answer.headers.iter().filter(|(name, _)| !VOLATILE.contains(&name.as_str())).cloned().collect();
    headers.sort();
    (answer.status, headers, &answer.body)
}

fn is_kept(answer: &Answer) -> bool {
    let control = answer.header("cache-control").to_ascii_lowercase();
    control.contains("max-age") && !(control.contains("no-store") || control.contains("private"))
}

async fn poison(target: &Arc<Target>) {
    let home = target.ask("/", &[]).await.text();
    let mut paths: Vec<String> = PUBLIC.iter().map(|path| (*path).to_owned()).collect();
    for start in ["/assets/", "/media/"] {
        let at = home.find(start).expect("the home page names an asset and a picture");
        let end = home[at..].find(['"', ' ', ',']).unwrap();
        paths.push(home[at..at + end].to_owned());
    }
    let places = Arc::new(Semaphore::new(4));
    let mut attacks = JoinSet::new();
    for path in paths {
        let (target, places) = (target.clone(), places.clone());
        attacks.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            poison_path(&target, &path).await
        });
    }
    let kept = attacks.join_all().await.into_iter().filter(|kept| *kept).count();
    assert!(kept >= 14, "only {kept} of the public paths are kept by caches at all");
    println!(
        "ok poisoning: {} paths ({kept} of them kept) × {} headers × {} values",
        PUBLIC.len() + 2,
        HEADERS.len(),
        VALUES.len()
    );
}

/// Whether the path's plain answer is one that caches keep.
async fn poison_path(target: &Target, path: &str) -> bool {
    let plain = target.ask_plainly(path).await;
    for name in HEADERS {
        for value in VALUES {
            target.forget(path).await;
            let attacked = target.ask(path, &[(name, value)]).await;
            assert!(
                !is_kept(&attacked) || essence(&attacked) == essence(&plain),
                "{path} with {name}: {value} is another page that caches keep: {:?} instead of {:?}",
                essence(&attacked).1,
                essence(&plain).1
            );
            let after = target.ask(path, &[]).await;
            // A process that lost its lease for a moment says `no-store` on the same page; that is no poison.
            let same = match (is_kept(&plain), is_kept(&after)) {
                (true, true) => essence(&after) == essence(&plain),
                (true, false) => (after.status, &after.body) == (plain.status, &plain.body),
                (false, false) => after.status == plain.status && after.header("x-cache") != "HIT",
                (false, true) => false,
            };
            assert!(same, "{path} was poisoned by {name}: {value}: {:?}", after.headers);
        }
    }
    is_kept(&plain)
}

/// The addresses that somebody may be lured to.
fn variants(route: &str) -> Vec<String> {
    let mut paths = vec![route.to_owned()];
    for delimiter in DELIMITERS {
        paths.extend(FILES.iter().map(|file| format!("{route}{delimiter}{file}")));
    }
    let bare = route.trim_start_matches('/');
    paths.extend([
        format!("{route}.css"),
        format!("{route}/"),
        format!("{route}?"),
        format!("{route}#x.css"),
        format!("//{bare}"),
        format!("/./{bare}"),
        format!("/assets/..{route}"),
        format!("/assets/%2e%2e/{bare}"),
        format!("/assets/..%2f{bare}"),
        format!("/c/..%2f{bare}"),
        format!("/%{:02x}{}", bare.as_bytes()[0], &bare[1..]),
        format!("/{}", bare.to_ascii_uppercase()),
        format!("{route}%2fx.css%3f"),
        format!("{route}/%2e%2e/assets/x.css"),
    ]);
    paths
}

async fn deceive(target: &Target) {
    let routes = [
        "/account",
        "/account/addresses",
        "/account/security",
        "/account/data",
        "/account/login",
        "/cart",
        "/checkout",
        "/me/summary",
        &target.order,
    ];
    let (mut tried, mut personal) = (0, 0);
    for route in routes {
        for path in variants(route) {
            tried += 1;
            personal += usize::from(deceive_at(target, route, &path).await);
        }
    }
    assert!(personal >= routes.len() - 2, "hardly an answer was personal ({personal}): nothing was proved");
    println!("ok deception: {tried} addresses, {personal} with something personal, none of them kept");
}

/// The first visitor is lured there, then the second and a stranger look what was kept. True when the first one's
/// answer was personal.
async fn deceive_at(target: &Target, route: &str, path: &str) -> bool {
    let [victim, other] = &target.visitors;
    let lured = target.ask(path, &[("Cookie", victim.cookie.as_str())]).await;
    let text = lured.text();
    let is_personal = victim.marks.iter().any(|mark| text.contains(mark))
        || lured.headers.iter().any(|(name, _)| name == "set-cookie")
        || (route == target.order && lured.status == 200 && text.contains("Ada Buyer"));
    if is_personal {
        assert!(!is_kept(&lured), "{path} is personal and may be kept: {:?}", lured.headers);
        assert_ne!(lured.header("x-cache"), "HIT", "{path}");
    }
    for cookie in [Some(&other.cookie), None] {
        let headers: Vec<(&str, &str)> = cookie.iter().map(|cookie| ("Cookie", cookie.as_str())).collect();
        let seen = target.ask(path, &headers).await;
        let text = seen.text();
        assert!(!victim.marks.iter().any(|mark| text.contains(mark)), "{path} shows one customer to others");
        let replayed =
            seen.header("x-cache") == "HIT" && seen.headers.iter().any(|(name, _)| name == "set-cookie");
        assert!(!replayed, "{path} gives one customer's cookie to others");
    }
    is_personal
}
