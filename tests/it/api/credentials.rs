use super::account::{PASSWORD, log_in, log_in_customer, mailed_token};
use super::*;

const POST: Method = Method::POST;
const NEW_PASSWORD: &str = "walrus-harp-93";

#[tokio::test]
async fn a_password_is_changed_by_the_present_one() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let change = async |password: &str, new: &str| {
        let body = json!({ "password": password, "new_password": new });
        client.json(Method::PUT, "/api/v1/account/password", &body).await
    };
    // An old login will do: the password comes with the request.
    store.app.clock.advance(16 * 60_000);
    assert_eq!(wrong_fields(change("wrong-password", NEW_PASSWORD).await), ["password"]);
    assert_eq!(wrong_fields(change(PASSWORD, "short").await), ["new_password"]);
    let changed = change(PASSWORD, NEW_PASSWORD).await.expect(200).json_body();
    problem(client.get("/api/v1/account").await, 401);
    client.set_bearer(changed["token"].as_str().unwrap());
    client.get("/api/v1/account").await.expect(200);
    client.get("/api/v1/account/export").await.expect(200);
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_by_the_mails_token() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    client.json(POST, "/api/v1/account/reset", &json!({ "email": "ada@example.com" })).await.expect(202);
    let token = mailed_token(&store).await;
    let reset = async |token: &str, password: &str| {
        let body = json!({ "token": token, "password": password });
        client.json(POST, "/api/v1/account/reset/confirm", &body).await
    };
    assert_eq!(wrong_fields(reset(&token, "short").await), ["password"]);
    assert_eq!(wrong_fields(reset("made-up", NEW_PASSWORD).await), ["token"]);
    reset(&token, NEW_PASSWORD).await.expect(204);
    assert_eq!(wrong_fields(reset(&token, NEW_PASSWORD).await), ["token"]);
    problem(client.get("/api/v1/account").await, 401);
    log_in(&client, json!({ "email": "ada@example.com", "password": NEW_PASSWORD })).await;
}

#[tokio::test]
async fn another_address_is_confirmed_with_the_password() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let ask = async |email: &str, password: &str| {
        client.json(POST, "/api/v1/account/email", &json!({ "email": email, "password": password })).await
    };
    assert_eq!(wrong_fields(ask("new@example.com", "wrong-password").await), ["password"]);
    assert_eq!(wrong_fields(ask("no address", PASSWORD).await), ["email"]);
    ask("new@example.com", PASSWORD).await.expect(202);
    let mails = store.mails().await;
    let mail = mails.iter().find(|m| m.to == "new@example.com").unwrap();
    let (_, rest) = mail.text.split_once("?token=").unwrap();
    let token = rest.split_whitespace().next().unwrap();
    let confirm = async |password: &str| {
        let body = json!({ "token": token, "password": password });
        client.json(POST, "/api/v1/account/email/confirm", &body).await
    };
    assert_eq!(wrong_fields(confirm("wrong-password").await), ["password"]);
    confirm(PASSWORD).await.expect(204);
    assert_eq!(wrong_fields(confirm(PASSWORD).await), ["token"]);
    problem(client.get("/api/v1/account").await, 401);
    log_in(&client, json!({ "email": "new@example.com", "password": PASSWORD })).await;
}
