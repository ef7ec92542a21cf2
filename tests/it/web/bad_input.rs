//! Whatever is sent to whatever route: the answer says what is wrong with it (4xx), and is never a fault of ours (5xx).

use mercer::shop::demo::seed;
use poem::http::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestStore};

/// Ids and names that are none.
const NAMES: [&str; 14] = [
    "none",
    "%00",
    "%ff",
    "%ff%fe",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5c",
    "%27%20OR%201%3d1--",
    "%3Cscript%3E",
    "99999999999999999999999999",
    "-1",
    "0190c9a0-0000-7000-8000-000000000000",
    "%F0%9F%92%A9",
    "%0d%0aSet-Cookie:%20a=b",
    "a%20b+c;d=e,f",
];

/// Routes with a place for a name.
const PLACES: [&str; 14] = [
    "/{}",
    "/p/{}",
    "/c/{}",
    "/pages/{}",
    "/orders/{}",
    "/account/{}",
    "/assets/{}",
    "/media/{}/w320.webp",
    "/media/0123456789abcdef0123456789abcdef/{}",
    "/me/{}",
    "/feeds/{}",
    "/api/{}",
    "/api/v1/products/{}",
    "/api/v1/orders/{}",
];

/// Routes with queries, which may be wrong in any way and then mean nothing.
const QUERIES: [&str; 14] = [
    "/search?q={}",
    "/search?q=a&page={}",
    "/search/suggest?q={}",
    "/c/watches?page={}",
    "/c/watches?min={}&max={}",
    "/c/watches?sort={}&movement={}",
    "/p/perigee-38?sku={}",
    "/sitemap.xml?page={}",
    "/cart?removed={}&quantity={}",
    "/account/confirm?token={}",
    "/account/login?next={}&done={}",
    "/api/v1/products?after={}&limit={}",
    "/api/v1/search?q={}&limit={}",
    "/api/v1/availability?sku={}",
];

const FORMS: [&str; 11] = [
    "/cart",
    "/checkout",
    "/orders/none",
    "/account/login",
    "/account/logout",
    "/account/register",
    "/account/confirm",
    "/account/reset",
    "/account/email",
    "/account/addresses",
    "/account/security",
];

async fn shop() -> TestStore {
    let store = TestStore::sqlite().await;
    seed(&store.app, "watches").await.unwrap();
    store.app.reload_settings().await.unwrap();
    store.app.search.rebuild(&store.app.db).await.unwrap();
    store
}

/// Not a fault of ours; under /api a problem document when it failed.
#[track_caller]
fn expect_sound(what: &str, path: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    assert!(status < 500, "{what}: {status}: {}", String::from_utf8_lossy(&answer.body));
    assert!(!answer.header("cache-control").is_empty(), "{what}");
    assert!(!answer.header("set-cookie").contains("a=b"), "{what}");
    if status >= 400 && (path == "/api" || path.starts_with("/api/")) {
        assert!(answer.header("content-type").starts_with("application/problem+json"), "{what}");
        let document = answer.json_body();
        assert_eq!(document["status"], status, "{what}");
        assert!(document["title"].is_string() && document["detail"].is_string(), "{what}: {document}");
    }
}

#[tokio::test]
async fn unknown_names_are_not_found() {
    let store = shop().await;
    let client = store.client();
    for place in PLACES {
        for name in NAMES {
            // Every request is a new minute: limits are another test's affair.
            store.app.clock.advance(60_000);
            let path = place.replace("{}", name);
            let answer = client.get(&path).await;
            expect_sound(&path, &path, &answer);
            let status = answer.status.as_u16();
            assert!((400..500).contains(&status) || status == 303, "{path}: {status}");
        }
    }
}

#[tokio::test]
async fn wrong_queries_are_no_fault() {
    let store = shop().await;
    let client = store.client();
    let long = "x".repeat(7_000);
    for route in QUERIES {
        for value in NAMES.into_iter().chain(["", "0", "1e9", "NaN", "%", "%zz", long.as_str()]) {
            store.app.clock.advance(60_000);
            let path = route.replace("{}", value);
            let answer = client.get(&path).await;
            expect_sound(&path, &path, &answer);
        }
    }
}

async fn post(client: &Client, path: &str, kind: &str, body: Vec<u8>) -> Answer {
    let request = client
        .request(Method::POST, path)
        .header(header::CONTENT_TYPE, kind)
        .header("Sec-Fetch-Site", "same-origin");
    client.send(request.body(body)).await
}

#[tokio::test]
async fn forms_take_anything_and_keep_their_feet() {
    const FORM: &str = "application/x-www-form-urlencoded";
    let store = shop().await;
    let client = store.client();
    let bodies: Vec<Vec<u8>> = [
        "",
        "&&&===",
        "action=%00&variant_id=%00&quantity=%00&email=%00&password=%00&token=%00",
        "action=quantity&variant_id=x&quantity=-1",
        "action=add&variant_id=x&quantity=99999999999999999999",
        "action=discount&code=%ff%fe",
        "email=a@b.example&email=c@d.example&password=1&password=2",
        "action=order&seen_total=-9223372036854775808&idempotency_key=x&country=%F0%9F%92%A9",
        "seen_total=1e400&action=order",
        "%zz=%zz&%=%",
    ]
    .iter()
    .map(|body| body.as_bytes().to_vec())
    .chain([b"\xff\xfe\x00\x01".to_vec(), [b"a".repeat(1_000), b"=1&".repeat(15_000)].concat()])
    .collect();
    for path in FORMS {
        for body in &bodies {
            store.app.clock.advance(3_600_000);
            let what = format!("{path} {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
            let answer = post(&client, path, FORM, body.clone()).await;
            expect_sound(&what, path, &answer);
            assert!(answer.status.as_u16() != 200 || path.starts_with("/account/"), "{what} is accepted");
        }
        post(&client, path, FORM, vec![b'a'; 1_000_000]).await.expect(413);
        for kind in ["application/json", "multipart/form-data; boundary=x", "text/plain", "", "nonsense"] {
            post(&client, path, kind, b"{}".to_vec()).await.expect(415);
        }
    }
}

/// `depth` arrays in each other.
fn deep(depth: usize) -> Vec<u8> {
    ["[".repeat(depth), "]".repeat(depth)].concat().into_bytes()
}

fn bodies() -> Vec<Vec<u8>> {
    let line =
        |quantity: Value| json!({"lines": [{"variant_id": "x", "quantity": quantity}], "quantity": quantity});
    let mut bodies: Vec<Vec<u8>> = [json!(null), json!(7), json!([]), json!("x"), json!({"x": null})]
        .into_iter()
        .chain([json!(-1), json!(1.5), json!(i64::MAX), json!("many"), json!(null), json!(1e300)].map(line))
        .chain([json!({"email": "\u{0}", "password": "\u{0}", "name": "\u{0}", "code": "\u{0}"})])
        .map(|body| body.to_string().into_bytes())
        .collect();
    bodies.extend([deep(50), deep(100_000), b"{\"lines\":".to_vec(), b"\xff\xfe".to_vec(), Vec::new()]);
    bodies.push([&b"{\"lines\":"[..], &deep(10_000), b"}"].concat());
    bodies.push([&b"{\"quantity\":"[..], &b"9".repeat(5_000), b"}"].concat());
    bodies
}

#[tokio::test]
async fn the_api_takes_anything_and_says_what_is_wrong() {
    let store = shop().await;
    let client = store.client();
    let document = client.get("/api/v1/openapi.json").await.expect(200).json_body();
    let cart = client.json(Method::POST, "/api/v1/carts", &json!({})).await.expect(201).json_body();
    let bearer = store.client();
    bearer.set_bearer(cart["token"].as_str().unwrap());
    let mut operations = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys().filter(|method| *method != "parameters") {
            operations += 1;
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let path = format!("/api/v1{}", filled(template, "none"));
            for client in [&client, &bearer] {
                for body in bodies() {
                    store.app.clock.advance(3_600_000);
                    let what =
                        format!("{method} {path} {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
                    let request = client.request(method.clone(), &path);
                    let request = request.header(header::CONTENT_TYPE, "application/json").body(body);
                    expect_sound(&what, &path, &client.send(request).await);
                }
            }
            for name in NAMES {
                store.app.clock.advance(60_000);
                let path = format!("/api/v1{}", filled(template, name));
                let request = bearer.request(method.clone(), &path);
                let request = request.header(header::CONTENT_TYPE, "application/json").body("{}");
                expect_sound(&format!("{method} {path}"), &path, &bearer.send(request).await);
            }
            if method != Method::GET {
                let path = format!("/api/v1{}", filled(template, "none"));
                let request =
                    client.request(method.clone(), &path).header(header::CONTENT_TYPE, "application/json");
                let answer = client.send(request.body(vec![b' '; 1_000_000])).await.expect(413);
                expect_sound(&path, &path, &answer);
            }
        }
    }
    assert!(operations >= 20, "the document lists them all: {operations}");
}

/// `/products/{slug}` with a name in its places.
fn filled(template: &str, name: &str) -> String {
    let parts = template.split('/').map(|part| if part.starts_with('{') { name } else { part });
    parts.collect::<Vec<_>>().join("/")
}
