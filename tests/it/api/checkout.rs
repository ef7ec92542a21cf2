use super::*;

/// An order for what `cart` shows, delivered to Berlin.
pub fn wish(cart: &Value) -> Value {
    json!({
        "email": "ada@example.com",
        "shipping_address": {
            "name": "Ada Lovelace", "line1": "Linienstraße 40", "postcode": "10119", "city": "Berlin", "country": "DE",
        },
        "delivery": "standard",
        "payment": "bank_transfer",
        "expected_total_minor": cart["totals"]["total"]["minor"],
        "expected_digest": cart["digest"],
    })
}

/// Opens a cart with `quantity` pieces of "meridian".
pub async fn fill(client: &Client, quantity: i64) -> Value {
    let variant = variant_of(client, "meridian").await;
    open_cart(client, json!([{ "variant_id": variant, "quantity": quantity }])).await
}

/// An order of somebody who saw no cart.
pub fn blind_wish() -> Value {
    wish(&json!({ "totals": { "total": { "minor": 1 } }, "digest": "none" }))
}

async fn place(client: &Client, key: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, "/api/v1/checkout").header("content-type", "application/json");
    client.send(request.header("idempotency-key", key).body(body.to_string())).await
}

#[tokio::test]
async fn one_key_places_one_order() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let cart = fill(&client, 2).await;
    let order = place(&client, "key-1", &wish(&cart)).await.expect(201).json_body();
    assert_eq!((&order["state"], &order["payment"]), (&json!("pending_payment"), &json!("bank_transfer")));
    assert_eq!(order["total"], cart["totals"]["total"]);
    assert_eq!(order["billing_address"], Value::Null);
    assert_eq!(order["events"][0]["kind"], "placed");
    let again = place(&client, "key-1", &wish(&cart)).await.expect(201).json_body();
    assert_eq!(again, order);
    let mut other = wish(&cart);
    other["note"] = json!("Ring twice");
    assert_eq!(wrong_fields(place(&client, "key-1", &other).await), ["Idempotency-Key"]);
    problem(place(&client, "key-2", &wish(&cart)).await, 409);
    assert_eq!(client.get("/api/v1/cart").await.expect(200).json_body()["lines"], json!([]));
    assert_eq!(store.mails().await.len(), 1);
}

#[tokio::test]
async fn what_changed_places_nothing() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let cart = fill(&client, 1).await;
    let mut less = wish(&cart);
    less["expected_total_minor"] = json!(1);
    let document = problem(client.json(Method::POST, "/api/v1/checkout", &less).await, 409);
    assert_eq!(document["detail"], "the cart changed: total");
    let mut other = wish(&cart);
    other["expected_digest"] = json!("what another cart offers");
    let document = problem(client.json(Method::POST, "/api/v1/checkout", &other).await, 409);
    assert_eq!(document["detail"], "the cart changed: contents");
    other.as_object_mut().unwrap().remove("expected_digest");
    assert_eq!(
        wrong_fields(client.json(Method::POST, "/api/v1/checkout", &other).await),
        ["expected_digest"]
    );
    assert_eq!(client.get("/api/v1/cart").await.json_body()["lines"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn wrong_fields_go_by_their_names_here() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let cart = fill(&client, 1).await;
    let mut wrong = wish(&cart);
    wrong["email"] = json!("nobody");
    wrong["shipping_address"]["postcode"] = json!("1");
    wrong["delivery"] = json!("");
    let got = wrong_fields(client.json(Method::POST, "/api/v1/checkout", &wrong).await);
    for field in ["email", "shipping_address.postcode", "delivery"] {
        assert!(got.contains(&field.to_owned()), "{field} in {got:?}");
    }
    wrong["payment"] = json!("cash");
    wrong["shipping_address"] = json!({ "name": "Ada" });
    let got = wrong_fields(client.json(Method::POST, "/api/v1/checkout", &wrong).await);
    assert_eq!(
        got,
        ["payment", "shipping_address.city", "shipping_address.country", "shipping_address.line1"]
    );
}

#[tokio::test]
async fn an_order_needs_a_cart() {
    let store = open_store().await;
    problem(store.client().json(Method::POST, "/api/v1/checkout", &blind_wish()).await, 401);
}

#[tokio::test]
async fn codes_are_counted_with_a_token_and_orders_never() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    for _ in 0..30 {
        problem(client.json(Method::POST, "/api/v1/checkout", &blind_wish()).await, 401);
        problem(client.json(Method::PUT, "/api/v1/cart/discount", &json!({ "code": "TEN" })).await, 401);
    }
    let cart = fill(&client, 1).await;
    client.json(Method::POST, "/api/v1/checkout", &wish(&cart)).await.expect(201);
    for _ in 1..30 {
        problem(client.json(Method::POST, "/api/v1/checkout", &wish(&cart)).await, 409);
    }
    let code = json!({ "code": "TEN" });
    for _ in 0..10 {
        problem(client.json(Method::PUT, "/api/v1/cart/discount", &code).await, 422);
    }
    problem(client.json(Method::PUT, "/api/v1/cart/discount", &code).await, 429);
}
