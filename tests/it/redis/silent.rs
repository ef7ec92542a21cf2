//! What each request gets while Redis gives no answer: public pages and guests are served, whoever carries a login gets
//! 503 and is neither let in nor taken for a guest, and afterwards everything goes on.

use mercer::shop::accounts::{request_reset, reset_password};
use mercer::shop::demo::seed;

use super::server::Server;
use super::{ADA, customer, log_in};
use crate::support::{Client, TestStore};
use crate::web::buying::{order_form, some_variant};

/// Failures in a row after which nobody waits for Redis.
const FAILURES: usize = 5;
const TRIES: usize = 20;

async fn shop(redis: mercer::config::RedisConfig) -> TestStore {
    let store = TestStore::sqlite_with(redis).await;
    seed(&store.app, "watches").await.unwrap();
    store.app.reload_settings().await.unwrap();
    store
}

async fn put_into_cart(client: &Client) {
    let variant = some_variant(client).await;
    client.post("/cart", &[("variant_id", &variant), ("quantity", "1")]).await.expect(303);
}

/// The matrix while Redis is silent.
async fn expect_silence(store: &TestStore, customer: &Client) {
    for path in ["/account", "/account/security", "/account/login", "/cart", "/checkout", "/me/summary"] {
        let answer = customer.get(path).await;
        assert_eq!(answer.status.as_u16(), 503, "{path}");
        assert_ne!(answer.header("retry-after"), "", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert!(answer.headers.get("set-cookie").is_none(), "{path}: the login stays in the browser");
    }
    customer.post("/account/logout", &[]).await.expect(503);
    let api = store.client();
    api.set_bearer(&customer.cookie("session").unwrap());
    api.get("/api/v1/account").await.expect(503);
    let guest = store.client();
    for path in ["/", "/search?q=watch", "/cart", "/account/login", "/sitemap.xml", "/healthz", "/me/summary"]
    {
        guest.get(path).await.expect(200);
        // Public pages do not look at the cookie.
        if ["/", "/search?q=watch", "/sitemap.xml", "/healthz"].contains(&path) {
            customer.get(path).await.expect(200);
        }
    }
    log_in(&guest).await.expect(503);
    assert_eq!(guest.cookie("session"), None);
    assert_eq!(guest.get("/account").await.status.as_u16(), 303, "to the login");
}

/// A guest's whole order.
async fn expect_order(store: &TestStore) {
    let guest = store.client();
    put_into_cart(&guest).await;
    let form = order_form(&guest, &[]).await;
    let fields: Vec<(&str, &str)> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let placed = guest.post("/checkout", &fields).await.expect(303);
    guest.get(&placed.location()).await.expect(200);
    assert_eq!(store.mails().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_and_wiped() {
    let mut server = Server::start().await;
    let store = shop(server.config()).await;
    let client = customer(&store).await;
    put_into_cart(&client).await;
    server.kill();
    expect_silence(&store, &client).await;
    expect_order(&store).await;

    server.restart().await;
    store.app.clock.advance(1_000);
    let sent_away = client.get("/account").await.expect(303);
    assert!(sent_away.location().starts_with("/account/login"), "nobody is logged in any more");
    log_in(&client).await.expect(303);
    client.get("/account").await.expect(200);
    assert_eq!(client.cookie("cart_count").as_deref(), Some("1"), "the cart is the customer's still");
}

#[tokio::test(flavor = "multi_thread")]
async fn hanging() {
    let server = Server::start().await;
    let store = shop(server.config()).await;
    let client = customer(&store).await;
    server.hang();
    expect_silence(&store, &client).await;
    expect_order(&store).await;

    server.go_on();
    client.get("/account").await.expect(503);
    store.app.clock.advance(1_000);
    client.get("/account").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow() {
    let server = Server::start().await;
    let wire = server.behind_a_wire().await;
    let store = shop(wire.config()).await;
    let client = customer(&store).await;
    wire.slow_down(2_000);
    for _ in 0..FAILURES {
        client.get("/account").await.expect(503);
    }
    let sent = wire.sent().await;
    expect_silence(&store, &client).await;
    assert_eq!(wire.sent().await, sent, "nobody asks a Redis that does not answer");
    store.app.clock.advance(1_000);
    client.get("/account").await.expect(503);
    let probed = wire.sent().await;
    assert!(probed > sent, "one probe");
    for _ in 0..FAILURES {
        client.get("/account").await.expect(503);
    }
    assert_eq!(wire.sent().await, probed, "and no other");

    wire.slow_down(0);
    // What is on the wire still arrives late, and each look is the probe of another second.
    for attempt in 1..=TRIES {
        wire.sent().await;
        store.app.clock.advance(1_000);
        if client.get("/account").await.status.as_u16() == 200 {
            break;
        }
        assert!(attempt < TRIES, "it never comes back");
    }
    client.get("/account").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted() {
    let mut server = Server::start().await;
    let store = shop(server.config()).await;
    customer(&store).await;
    server.kill();
    let mut statuses = Vec::new();
    for n in 0..25 {
        let email = format!("nobody{n}@example.com");
        let guess = [("email", email.as_str()), ("password", "wrong-password")];
        statuses.push(store.client().post("/account/login", &guess).await.status.as_u16());
    }
    assert_eq!(statuses, [[422; 20].as_slice(), &[429; 5]].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_all_logins_ends_them_though_redis_hangs() {
    let server = Server::start().await;
    let store = shop(server.config()).await;
    let client = customer(&store).await;
    request_reset(&store.app, ADA).await.unwrap();
    let mails = store.mails().await;
    let (_, rest) = mails[0].text.split_once("?token=").expect("a link");
    let token = rest.split_whitespace().next().unwrap();
    server.hang();
    assert!(reset_password(&store.app, token, "orange-violet-93".to_owned()).await.unwrap());
    server.go_on();
    store.app.clock.advance(1_000);
    let sent_away = client.get("/account").await.expect(303);
    assert!(sent_away.location().starts_with("/account/login"), "Redis has the login still, and it is none");
}
