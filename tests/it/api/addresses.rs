use super::account::{PASSWORD, log_in, log_in_customer};
use super::*;

const PATH: &str = "/api/v1/account/addresses";

fn address(line1: &str, main: bool) -> Value {
    let mut address = checkout::blind_wish()["shipping_address"].clone();
    address["line1"] = json!(line1);
    json!({ "address": address, "main": main })
}

async fn lines(client: &Client) -> Vec<(String, bool)> {
    let page = client.get(PATH).await.expect(200).json_body();
    assert_eq!(page["next"], Value::Null);
    let items = page["items"].as_array().unwrap().iter();
    items.map(|i| (i["address"]["line1"].as_str().unwrap().to_owned(), i["main"] == true)).collect()
}

#[tokio::test]
async fn addresses_are_kept_changed_and_forgotten() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    assert_eq!(lines(&client).await, []);
    let made = client.json(Method::POST, PATH, &address("A 1", false)).await.expect(201).json_body();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    client.json(Method::POST, PATH, &address("B 2", true)).await.expect(201);
    assert_eq!(lines(&client).await, [("B 2".to_owned(), true), ("A 1".to_owned(), false)]);
    client.json(Method::PUT, &path, &address("A 9", true)).await.expect(204);
    assert_eq!(lines(&client).await, [("A 9".to_owned(), true), ("B 2".to_owned(), false)]);
    let delete = async || client.send(client.request(Method::DELETE, &path).finish()).await;
    delete().await.expect(204);
    problem(delete().await, 404);
    problem(client.json(Method::PUT, &path, &address("A 9", true)).await, 404);
    problem(client.json(Method::PUT, &format!("{PATH}/x"), &address("A 9", true)).await, 404);
    assert_eq!(lines(&client).await, [("B 2".to_owned(), true)]);
}

#[tokio::test]
async fn mistakes_and_limits_are_told() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let mut wrong = address("A 1", false);
    wrong["address"]["postcode"] = json!("1");
    wrong["address"]["country"] = json!("XX");
    let got = wrong_fields(client.json(Method::POST, PATH, &wrong).await);
    assert!(got.contains(&"address.country".to_owned()), "{got:?}");
    let got = wrong_fields(client.json(Method::POST, PATH, &json!({ "address": { "name": 1 } })).await);
    assert!(got.contains(&"address.line1".to_owned()) && got.contains(&"address.name".to_owned()), "{got:?}");
    for i in 0..20 {
        client.json(Method::POST, PATH, &address(&format!("A {i}"), false)).await.expect(201);
    }
    problem(client.json(Method::POST, PATH, &address("A 20", false)).await, 409);
    let other = log_in_customer(&store, "eve@example.com").await;
    assert_eq!(lines(&other).await, []);
}

#[tokio::test]
async fn an_old_login_reads_and_does_not_write() {
    let store = open_store().await;
    let client = log_in_customer(&store, "ada@example.com").await;
    let made = client.json(Method::POST, PATH, &address("A 1", false)).await.expect(201).json_body();
    let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
    store.app.clock.advance(16 * 60_000);
    problem(client.json(Method::POST, PATH, &address("B 2", false)).await, 403);
    problem(client.json(Method::PUT, &path, &address("B 2", false)).await, 403);
    problem(client.send(client.request(Method::DELETE, &path).finish()).await, 403);
    assert_eq!(lines(&client).await, [("A 1".to_owned(), true)]);
    log_in(&client, json!({ "email": "ada@example.com", "password": PASSWORD })).await;
    client.json(Method::PUT, &path, &address("B 2", false)).await.expect(204);
    for answer in
        [store.client().get(PATH).await, store.client().json(Method::POST, PATH, &address("A 1", true)).await]
    {
        problem(answer, 401);
    }
}
