use super::*;

/// An order for a cart whose total is `total_minor`, delivered to Berlin.
pub fn wish(total_minor: i64) -> Value {
    json!({
        "email": "ada@example.com",
        "shipping_address": {
            "name": "Ada Lovelace", "line1": "Linienstraße 40", "postcode": "10119", "city": "Berlin", "country": "DE",
        },
        "delivery": "standard",
        "payment": "bank_transfer",
        "expected_total_minor": total_minor,
    })
}

/// Opens a cart with `quantity` pieces of "meridian"; its total.
pub async fn fill(client: &Client, quantity: i64) -> i64 {
    let variant = variant_of(client, "meridian").await;
    let cart = open_cart(client, json!([{ "variant_id": variant, "quantity": quantity }])).await;
    cart["totals"]["total"]["minor"].as_i64().unwrap()
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
    let total = fill(&client, 2).await;
    let order = place(&client, "key-1", &wish(total)).await.expect(201).json_body();
    assert_eq!((&order["state"], &order["payment"]), (&json!("pending_payment"), &json!("bank_transfer")));
    assert_eq!(order["total"], json!({ "minor": total, "currency": "EUR" }));
    assert_eq!(order["billing_address"], Value::Null);
    assert_eq!(order["events"][0]["kind"], "placed");
    let again = place(&client, "key-1", &wish(total)).await.expect(201).json_body();
    assert_eq!(again, order);
    let mut other = wish(total);
    other["note"] = json!("Ring twice");
    assert_eq!(wrong_fields(place(&client, "key-1", &other).await), ["Idempotency-Key"]);
    problem(place(&client, "key-2", &wish(total)).await, 409);
    assert_eq!(client.get("/api/v1/cart").await.expect(200).json_body()["lines"], json!([]));
    assert_eq!(store.mails().await.len(), 1);
}

#[tokio::test]
async fn what_changed_places_nothing() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let total = fill(&client, 1).await;
    let document = problem(client.json(Method::POST, "/api/v1/checkout", &wish(total - 1)).await, 409);
    assert_eq!(document["detail"], "the cart changed: total");
    assert_eq!(client.get("/api/v1/cart").await.json_body()["lines"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn wrong_fields_go_by_their_names_here() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let total = fill(&client, 1).await;
    let mut wrong = wish(total);
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
    problem(store.client().json(Method::POST, "/api/v1/checkout", &wish(1)).await, 401);
}

#[tokio::test]
async fn codes_are_counted_with_a_token_and_orders_never() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    for _ in 0..30 {
        problem(client.json(Method::POST, "/api/v1/checkout", &wish(1)).await, 401);
        problem(client.json(Method::PUT, "/api/v1/cart/discount", &json!({ "code": "TEN" })).await, 401);
    }
    let total = fill(&client, 1).await;
    client.json(Method::POST, "/api/v1/checkout", &wish(total)).await.expect(201);
    for _ in 1..30 {
        problem(client.json(Method::POST, "/api/v1/checkout", &wish(total)).await, 409);
    }
    let code = json!({ "code": "TEN" });
    for _ in 0..10 {
        problem(client.json(Method::PUT, "/api/v1/cart/discount", &code).await, 422);
    }
    problem(client.json(Method::PUT, "/api/v1/cart/discount", &code).await, 429);
}
