//! What is public is the same bytes for everybody: whoever asks, with whatever cookies, browser and language.

use std::collections::BTreeSet;
use std::io::Cursor;

use image::{DynamicImage, ImageFormat, RgbImage};
use mercer::domain::draft::PictureDraft;
use mercer::shop::demo::seed;
use mercer::shop::media::store_file;
use poem::http::{HeaderMap, Method, header};
use scraper::{Html, Selector};

use super::buying;
use crate::support::shelf;
use crate::support::{Answer, Client, TestStore};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    connect-src 'self'; form-action 'self' https://checkout.stripe.com; frame-ancestors 'none'; base-uri 'none'; \
    object-src 'none'; manifest-src 'self'";

/// What stands in every answer, exactly.
fn expect_headers(path: &str, headers: &HeaderMap) {
    // A picture is shown, and runs nothing even where it is opened by itself.
    let policy = if path.starts_with("/media/") { "default-src 'none'; sandbox" } else { POLICY };
    let want = [
        ("content-security-policy", policy),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "geolocation=(), camera=(), microphone=(), payment=(), usb=()"),
    ];
    for (name, value) in want {
        assert_eq!(headers.get_all(name).iter().count(), 1, "{path}: {name}");
        assert_eq!(headers[name], value, "{path}: {name}");
    }
    assert_eq!(headers.get_all("cache-control").iter().count(), 1, "{path}");
    for name in ["strict-transport-security", "server", "x-powered-by"] {
        assert!(!headers.contains_key(name), "{path}: {name}: {:?}", headers[name]);
    }
}

/// A small shop with a login and a cart in it.
async fn shop() -> (TestStore, Vec<String>) {
    let store = TestStore::sqlite().await;
    seed(&store.app, "watches").await.unwrap();
    let mut picture = Cursor::new(Vec::new());
    DynamicImage::from(RgbImage::new(40, 40)).write_to(&mut picture, ImageFormat::Png).unwrap();
    let mut draft = shelf::simple("pictured");
    let media_id = store_file(&store.app, picture.into_inner()).await.unwrap();
    draft.pictures = vec![PictureDraft { media_id, alt: "A square".to_owned() }];
    shelf::put(&store.app, &draft).await;
    store.app.reload_settings().await.unwrap();
    store.app.feed.poll(&store.app).await.unwrap();
    store.app.search.rebuild(&store.app.db).await.unwrap();

    let customer = store.client();
    let (email, password) = ("ada@shop.test", "tulip-kettle-47");
    customer.post("/account/register", &[("name", "Ada"), ("email", email), ("password", password)]).await;
    let mails = store.mails().await;
    let (_, rest) = mails[0].text.split_once("/account/confirm?token=").expect("a link");
    let token = rest.split_whitespace().next().unwrap();
    customer.post("/account/confirm", &[("token", token), ("password", password)]).await.expect(303);
    customer.post("/account/login", &[("email", email), ("password", password)]).await.expect(303);
    let session = customer.cookie("session").expect("a login");
    let (guest, _) = buying::buyer(&store).await;
    let cart = guest.cookie("cart").expect("a cart");
    (store, cookies(&session, &cart))
}

/// Real ones, their names with other values, and what other programs leave behind.
fn cookies(session: &str, cart: &str) -> Vec<String> {
    vec![
        format!("session={session}"),
        format!("cart={cart}"),
        format!("session={session}; cart={cart}; cart_count=1; signed_in=1"),
        format!("__Host-session={session}; __Host-cart={cart}"),
        format!("admin={session}; __Host-admin={session}"),
        "session=x".to_owned(),
        "cart=; session=".to_owned(),
        "cart_count=99".to_owned(),
        "signed_in=1".to_owned(),
        "lang=de; currency=USD; theme=dark".to_owned(),
        "_ga=GA1.2.3.4; utm=x; __cf_bm=y".to_owned(),
        "=;;; =x; \"".to_owned(),
        format!("filler={}", "x".repeat(3_000)),
    ]
}

const BROWSERS: [&str; 6] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Amazon CloudFront",
    "curl/8.5.0",
    "",
];
const LANGUAGES: [&str; 4] = ["de-DE,de;q=0.9", "en-US,en;q=0.5", "zh-Hans", "*;q=0.1"];

/// The values of an attribute of the elements that match.
fn attributes(answer: &Answer, selector: &str, name: &str) -> Vec<String> {
    let page = Html::parse_document(answer.text());
    let found = Selector::parse(selector).unwrap();
    page.select(&found).filter_map(|e| e.value().attr(name)).map(str::to_owned).collect()
}

/// Every public path: what the sitemap lists, what machines read, and the files that the pages name.
async fn public_paths(client: &Client) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = [
        "/robots.txt",
        "/sitemap.xml",
        "/sitemap.xml?page=1",
        "/feeds/google.xml",
        "/.well-known/security.txt",
        "/search",
        "/search?q=diver",
        "/search?q=xyzzyqq",
        "/search/suggest?q=chron",
        "/c/watches?movement=Quartz",
        "/api/docs",
        "/api/v1/openapi.json",
        "/api/v1/products",
        "/api/v1/products?limit=2",
        "/api/v1/products/perigee-38",
        "/api/v1/categories",
        "/api/v1/search?q=diver",
        "/api/v1/availability?sku=PICTURED",
        "/healthz",
    ]
    .map(str::to_owned)
    .into();
    let sitemap = client.get("/sitemap.xml").await.expect(200);
    let locations = sitemap.text().split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap());
    paths.extend(locations.map(|url| url.strip_prefix("http://shop.test").unwrap().to_owned()));
    assert!(paths.len() > 60, "the sitemap is complete: {}", paths.len());
    let pages = ["/", "/p/pictured", "/api/docs"];
    for page in pages {
        let page = client.get(page).await.expect(200);
        for (selector, name) in
            [("link[href^='/assets/']", "href"), ("script[src]", "src"), ("img[src]", "src")]
        {
            paths.extend(
                attributes(&page, selector, name).into_iter().filter(|path| path.starts_with("/assets/")),
            );
        }
    }
    let pictured = client.get("/p/pictured").await.expect(200);
    let pictures = attributes(&pictured, "img[src^='/media/']", "src");
    assert!(!pictures.is_empty(), "the product has a picture");
    paths.extend(pictures);
    paths
}

/// A conditional GET with what a cache holds.
async fn expect_revalidation(client: &Client, path: &str, plain: &Answer) {
    let held = plain.header("etag");
    assert!(held.starts_with('"') && held.ends_with('"') && held.len() > 10, "{path}: {held:?}");
    let again = client.request(Method::GET, path).header(header::IF_NONE_MATCH, held).finish();
    let again = client.send(again).await.expect(304);
    assert!(again.body.is_empty() && again.header("set-cookie").is_empty(), "{path}");
    assert_eq!(again.header("etag"), held, "{path}");
    assert_eq!(again.header("cache-control"), plain.header("cache-control"), "{path}");
    assert_eq!(again.header("cache-tag"), plain.header("cache-tag"), "{path}");
    expect_headers(path, &again.headers);
    let other = client.request(Method::GET, path).header(header::IF_NONE_MATCH, "\"another\"").finish();
    assert_eq!(client.send(other).await.expect(200).body, plain.body, "{path}");
}

/// Without what differs by its nature from answer to answer.
fn lasting(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut lines: Vec<_> = headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date", "cache-status"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn every_public_path_is_the_same_for_everybody() {
    let (store, cookies) = shop().await;
    let client = store.client();
    for path in public_paths(&client).await {
        let plain = client.get(&path).await.expect(200);
        expect_headers(&path, &plain.headers);
        assert!(!plain.headers.contains_key(header::SET_COOKIE), "{path}");
        let kept = plain.header("cache-control").to_owned();
        if path.starts_with("/assets/") || path.starts_with("/media/") {
            assert_eq!(kept, "public, max-age=31536000, immutable", "{path}");
        } else if !path.starts_with("/api/")
            && !["/healthz", "/search/suggest?q=chron"].contains(&path.as_str())
        {
            assert!(kept.starts_with("public, max-age=0, s-maxage="), "{path}: {kept}");
        }
        if kept.starts_with("public") && !path.starts_with("/api/") {
            expect_revalidation(&client, &path, &plain).await;
        }
        for (number, cookie) in cookies.iter().enumerate() {
            let request = client
                .request(Method::GET, &path)
                .header(header::COOKIE, cookie)
                .header(header::USER_AGENT, BROWSERS[number % BROWSERS.len()])
                .header(header::ACCEPT_LANGUAGE, LANGUAGES[number % LANGUAGES.len()])
                .header("X-Forwarded-Host", "evil.example")
                .header("X-Forwarded-For", "203.0.113.9");
            let answer = client.send(request.finish()).await;
            assert_eq!(answer.status, plain.status, "{path} with {cookie}");
            assert!(answer.body == plain.body, "{path} is another page with {cookie}");
            assert_eq!(lasting(&answer.headers), lasting(&plain.headers), "{path} with {cookie}");
        }
    }
}

#[tokio::test]
async fn failed_answers_have_the_headers_too() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let form = |path: &str| {
        client
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("Sec-Fetch-Site", "same-origin")
    };
    let typed = |path: &str, kind: &str, body: &'static str| {
        let request = client.request(Method::POST, path).header(header::CONTENT_TYPE, kind);
        request.header("Sec-Fetch-Site", "same-origin").body(body)
    };
    let get = |path: &str| client.request(Method::GET, path).finish();
    let long = "a=".to_owned() + &"b".repeat(300_000);
    let requests = vec![
        (404, "/none", get("/none")),
        (404, "/p/none", get("/p/none")),
        (404, "/assets/none.css", get("/assets/none.css")),
        (404, "/api/v1/none", get("/api/v1/none")),
        (405, "/", form("/").body("a=b")),
        (405, "/api/v1/products", typed("/api/v1/products", "application/json", "{}")),
        (413, "/cart", form("/cart").body(long.clone())),
        (413, "/api/v1/carts", form("/api/v1/carts").body(long)),
        (415, "/cart", typed("/cart", "text/plain", "a")),
        (415, "/api/v1/carts", typed("/api/v1/carts", "text/plain", "a")),
        (422, "/cart", form("/cart").body("variant_id=x")),
        (422, "/api/v1/carts", typed("/api/v1/carts", "application/json", "{\"lines\":7}")),
        (403, "/cart", client.request(Method::POST, "/cart").header("Sec-Fetch-Site", "cross-site").finish()),
    ];
    for (status, path, request) in requests {
        let answer = client.send(request).await.expect(status);
        expect_headers(path, &answer.headers);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.headers.contains_key(header::SET_COOKIE), "{path}");
        assert_eq!(answer.headers.contains_key(header::ALLOW), status == 405, "{path}");
    }
    // A fault of the store: a table is gone.
    let mercer::db::Db::Sqlite { write, .. } = &store.app.db else { panic!("it is SQLite") };
    sqlx::query("ALTER TABLE products RENAME TO vanished").execute(write).await.unwrap();
    for path in ["/p/none", "/api/v1/products", "/sitemap.xml"] {
        let answer = client.get(path).await.expect(500);
        expect_headers(path, &answer.headers);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(!answer.text().contains("table"), "{path} tells its secrets");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    for (method, path, allow) in [
        (Method::POST, "/", "GET, HEAD"),
        (Method::POST, "/p/none", "GET, HEAD"),
        (Method::DELETE, "/cart", "GET, HEAD, POST"),
        (Method::PUT, "/checkout", "GET, HEAD, POST"),
        (Method::PATCH, "/orders/x", "GET, HEAD, POST"),
        (Method::TRACE, "/account", "GET, HEAD"),
        (Method::OPTIONS, "/account/login", "GET, HEAD, POST"),
        (Method::DELETE, "/me/summary", "GET, HEAD"),
        (Method::DELETE, "/robots.txt", "GET, HEAD"),
        (Method::DELETE, "/assets/x.css", "GET, HEAD"),
        (Method::DELETE, "/media/x/y.webp", "GET, HEAD"),
        (Method::POST, "/healthz", "GET, HEAD"),
    ] {
        let request = client.request(method.clone(), path).header("Sec-Fetch-Site", "same-origin").finish();
        let answer = client.send(request).await.expect(405);
        assert_eq!(answer.header("allow"), allow, "{method} {path}");
    }
    // What is listed is true.
    client.send(client.request(Method::HEAD, "/").finish()).await.expect(200);
}
