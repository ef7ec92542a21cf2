//! The guards, through all the routes.

use mercer::config::{Env, ServerConfig};
use mercer::outside::limits::Limit;
use mercer::web::guard::client_ip::{ClientIp, Origin};
use poem::http::{HeaderMap, Method};
use poem::test::TestClient;
use poem::{EndpointExt, Request, handler};

use crate::support::{Client, TestStore};

fn form(client: &Client, path: &str) -> poem::RequestBuilder {
    client.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded")
}

#[tokio::test]
async fn every_answer_has_the_headers() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    for path in ["/", "/healthz", "/no/such/page", "/api/v1/nothing", "/account/login", "/search?q=x"] {
        let answer = client.get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'; "), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}: the test shop is plain http");
        assert_ne!(answer.header("cache-control"), "", "{path}");
        assert_eq!(answer.header("server"), "", "{path}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let status = async |request: Request| client.send(request).await.status.as_u16();
    let cross = form(&client, "/cart").header("sec-fetch-site", "cross-site").body("a=b");
    assert_eq!(status(cross).await, 403);
    let elsewhere = form(&client, "/cart").header("origin", "https://evil.example").body("a=b");
    assert_eq!(status(elsewhere).await, 403);
    client.set_cookie("cart", "x");
    assert_eq!(status(form(&client, "/cart").body("a=b")).await, 403);
    let own = form(&client, "/cart").header("origin", "http://shop.test").body("a=b");
    assert_ne!(status(own).await, 403);
    assert_ne!(status(form(&client, "/api/v1/carts").body("a=b")).await, 403, "no cookie is read there");
}

#[tokio::test]
async fn too_much_and_no_form_are_refused() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let long = form(&client, "/cart").header("sec-fetch-site", "same-origin").body("a".repeat(70_000));
    assert_eq!(client.send(long).await.status.as_u16(), 413);
    let json = client.request(Method::POST, "/cart").header("content-type", "application/json");
    let json = json.header("sec-fetch-site", "same-origin").body("{}");
    assert_eq!(client.send(json).await.status.as_u16(), 415);
}

#[tokio::test]
async fn logins_from_one_address_are_limited() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    for i in 0..20 {
        let answer = client.post("/account/login", &[("email", "a"), ("password", "b")]).await;
        assert_ne!(answer.status.as_u16(), 429, "{i}");
    }
    client.post("/account/login", &[("email", "a"), ("password", "b")]).await.expect(429);
    store.app.clock.advance(3_000);
    let later = client.post("/account/login", &[("email", "a"), ("password", "b")]).await;
    assert_ne!(later.status.as_u16(), 429);
    for _ in 0..10 {
        client.post("/account/register", &[]).await;
    }
    client.post("/account/register", &[]).await.expect(429);
}

#[handler]
fn tell(ClientIp(ip): ClientIp, headers: &HeaderMap) -> String {
    let mut names: Vec<&str> = headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    format!("{ip} {}", names.join(","))
}

fn server(vars: &[(&str, &str)]) -> ServerConfig {
    ServerConfig::from_env(&mut Env::of(vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))))
}

#[tokio::test]
async fn no_forwarding_header_gets_past_the_guard() {
    let config = server(&[("MERCER_TRUSTED_PROXIES", "10.0.0.0/8")]);
    let client = TestClient::new(tell.with(Origin::new(&config)));
    let request = client
        .get("/")
        .header("x-forwarded-for", "1.1.1.1")
        .header("x-forwarded-host", "evil.example")
        .header("x-forwarded-proto", "http")
        .header("forwarded", "host=evil.example")
        .header("x-original-url", "/admin")
        .header("x-rewrite-url", "/admin")
        .header("x-http-method-override", "DELETE")
        .header("cloudfront-viewer-address", "1.1.1.1:1")
        .header("x-origin-secret", "guess")
        .header("accept", "text/html");
    request.send().await.assert_text("127.0.0.1 accept").await;
}

#[tokio::test]
async fn only_the_edge_gets_in_where_there_is_a_secret() {
    let config = server(&[
        ("MERCER_TRUSTED_PROXIES", "127.0.0.0/8"),
        ("MERCER_ORIGIN_SECRET", "old-secret-0123456789,new-secret-0123456789"),
    ]);
    let client = TestClient::new(tell.with(Origin::new(&config)));
    client.get("/").send().await.assert_status(poem::http::StatusCode::FORBIDDEN);
    for secret in ["old-secret-0123456789", "new-secret-0123456789"] {
        let request = client.get("/").header("x-origin-secret", secret);
        let request = request.header("cloudfront-viewer-address", "2001:db8::7:443");
        request.send().await.assert_text("2001:db8::7 ").await;
    }
    client.get("/readyz").send().await.assert_status_is_ok();
}

#[tokio::test]
async fn the_api_is_refused_with_problem_documents() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let long = client.request(Method::POST, "/api/v1/carts").header("content-type", "application/json");
    let answer = client.send(long.body(" ".repeat(300_000))).await.expect(413);
    assert_eq!(answer.header("content-type"), "application/problem+json; charset=utf-8");
    assert_eq!(answer.json_body()["status"], 413);
    let unknown = client.get("/api/nothing").await.expect(404);
    assert_eq!(unknown.json_body()["status"], 404);
    for _ in 0..700 {
        store.app.limits.check(Limit::Api, "127.0.0.1").await.ok();
    }
    let busy = client.get("/api/v1/products").await.expect(429);
    assert_eq!(busy.header("retry-after"), "1");
    assert_eq!(busy.json_body()["status"], 429);
}

#[tokio::test]
async fn a_refused_page_says_when_to_come_back() {
    let store = TestStore::sqlite().await;
    for _ in 0..20 {
        store.app.limits.check(Limit::RegisterAddress, "127.0.0.1").await.ok();
    }
    let answer = store.client().post("/account/register", &[("email", "a")]).await.expect(429);
    assert_eq!(answer.header("retry-after"), "360");
    assert!(answer.header("content-type").starts_with("text/html"));
}
