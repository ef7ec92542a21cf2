use super::checkout::{fill, wish};
use super::*;

const POST: Method = Method::POST;
pub const PASSWORD: &str = "tulip-kettle-47";

/// The token of the link in the only mail.
pub async fn mailed_token(store: &TestStore) -> String {
    let mails = store.mails().await;
    let (_, rest) = mails[0].text.split_once("?token=").unwrap();
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect()
}

/// Registers, confirms by the mail's token, and logs in: all by the API.
pub async fn log_in_customer(store: &TestStore, email: &str) -> Client {
    let client = store.client();
    let account = json!({ "email": email, "password": PASSWORD, "name": "Ada" });
    let answer = client.json(POST, "/api/v1/account/register", &account).await.expect(202);
    assert!(answer.body.is_empty());
    let token = mailed_token(store).await;
    let login = json!({ "email": email, "password": PASSWORD });
    problem(client.json(POST, "/api/v1/account/login", &login).await, 401);
    let wrong = json!({ "token": token, "password": "wrong-password" });
    assert_eq!(wrong_fields(client.json(POST, "/api/v1/account/confirm", &wrong).await), ["password"]);
    let confirm = json!({ "token": token, "password": PASSWORD });
    let answer = client.json(POST, "/api/v1/account/confirm", &confirm).await.expect(204);
    assert!(answer.body.is_empty());
    assert_eq!(wrong_fields(client.json(POST, "/api/v1/account/confirm", &confirm).await), ["token"]);
    log_in(&client, login).await;
    client
}

pub async fn log_in(client: &Client, login: Value) {
    let answer = client.json(POST, "/api/v1/account/login", &login).await.expect(200);
    assert_eq!(answer.header("set-cookie"), "");
    client.set_bearer(answer.json_body()["token"].as_str().unwrap());
}

#[tokio::test]
async fn an_account_is_opened_used_and_left() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let account = client.get("/api/v1/account").await.expect(200).json_body();
    assert_eq!(account, json!({ "email": "ada@example.com", "name": "Ada" }));
    let left = client.send(client.request(POST, "/api/v1/account/logout").finish()).await.expect(204);
    assert!(left.body.is_empty());
    problem(client.get("/api/v1/account").await, 401);
}

#[tokio::test]
async fn a_guests_cart_comes_along_and_orders_are_listed_by_pages() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let mut numbers = Vec::new();
    for _ in 0..3 {
        let guest = store.client();
        let cart = fill(&guest, 1).await;
        let variant = variant_of(&guest, "meridian").await;
        let line = json!({ "variant_id": variant, "quantity": 1 });
        client.json(POST, "/api/v1/cart/lines", &line).await.expect(200);
        let order = client.json(POST, "/api/v1/checkout", &wish(&cart)).await.expect(201).json_body();
        numbers.insert(0, order["number"].as_i64().unwrap());
    }
    let first = client.get("/api/v1/account/orders?limit=2").await.expect(200).json_body();
    let next = first["next"].as_i64().unwrap();
    let last =
        client.get(&format!("/api/v1/account/orders?limit=2&after={next}")).await.expect(200).json_body();
    assert_eq!(last["next"], Value::Null);
    let items =
        [first["items"].as_array().unwrap().clone(), last["items"].as_array().unwrap().clone()].concat();
    let got: Vec<i64> = items.iter().map(|i| i["number"].as_i64().unwrap()).collect();
    assert_eq!(got, numbers, "newest first, none twice");

    let guest = store.client();
    let variant = variant_of(&guest, "meridian").await;
    let line = json!({ "variant_id": variant, "quantity": 1 });
    let made = guest.json(POST, "/api/v1/carts", &json!({ "lines": [line] })).await.expect(201).json_body();
    let login = json!({ "email": "ada@example.com", "password": PASSWORD, "cart_token": made["token"] });
    log_in(&guest, login).await;
    assert_eq!(guest.get("/api/v1/cart").await.expect(200).json_body()["lines"][0]["quantity"], 1);
}

#[tokio::test]
async fn wrong_logins_and_registrations_are_told() {
    let store = open_store().await;
    let client = store.client();
    let wrong = json!({ "email": "nobody@example.com", "password": "wrong-wrong-wrong" });
    problem(client.json(POST, "/api/v1/account/login", &wrong).await, 401);
    let short = json!({ "email": "no address", "password": "short" });
    assert_eq!(
        wrong_fields(client.json(POST, "/api/v1/account/register", &short).await),
        ["email", "password"]
    );
    let none = client.json(POST, "/api/v1/account/register", &json!({ "password": 5 })).await;
    assert_eq!(wrong_fields(none), ["email", "password"]);
    for path in ["/api/v1/account", "/api/v1/account/orders"] {
        problem(client.get(path).await, 401);
    }
    problem(client.send(client.request(POST, "/api/v1/account/logout").finish()).await, 401);
}

#[tokio::test]
async fn a_reset_answers_the_same_for_everybody() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    for (email, mails) in [("ada@example.com", 1), ("nobody@example.com", 0)] {
        let answer = client.json(POST, "/api/v1/account/reset", &json!({ "email": email })).await.expect(202);
        assert!(answer.body.is_empty());
        assert_eq!(store.mails().await.len(), mails, "{email}");
    }
    let wrong = client.json(POST, "/api/v1/account/reset", &json!({ "email": "no address" })).await;
    assert_eq!(wrong_fields(wrong), ["email"]);
}

#[tokio::test]
async fn twenty_logins_a_minute_are_enough() {
    let store = open_store().await;
    let client = store.client();
    // Each tries another account: one account's wrong passwords are counted more strictly.
    let wrong = |i| json!({ "email": format!("nobody{i}@example.com"), "password": "wrong-wrong-wrong" });
    for i in 0..20 {
        problem(client.json(POST, "/api/v1/account/login", &wrong(i)).await, 401);
    }
    problem(client.json(POST, "/api/v1/account/login", &wrong(20)).await, 429);
}

#[tokio::test]
async fn data_is_taken_along_and_the_account_deleted_by_a_fresh_login() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let delete = async || client.send(client.request(Method::DELETE, "/api/v1/account").finish()).await;
    store.app.clock.advance(15 * 60_000 + 1);
    for answer in [client.get("/api/v1/account/export").await, delete().await] {
        let document = problem(answer, 403);
        assert!(document["detail"].as_str().unwrap().contains("15 minutes"));
        assert_eq!(document["errors"][0]["field"], "Authorization");
    }
    client.get("/api/v1/account").await.expect(200);
    log_in(&client, json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    let export = client.get("/api/v1/account/export").await.expect(200);
    assert_eq!(export.header("cache-control"), "no-store");
    assert_eq!(export.json_body()["account"]["email"], "ada@example.com");
    delete().await.expect(204);
    problem(client.get("/api/v1/account").await, 401);
    problem(
        client
            .json(POST, "/api/v1/account/login", &json!({ "email": "ada@example.com", "password": PASSWORD }))
            .await,
        401,
    );
    assert_eq!(store.mails().await.len(), 1);
}
