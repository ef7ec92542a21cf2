use super::*;

const PUT: Method = Method::PUT;

#[tokio::test]
async fn a_cart_is_made_filled_and_emptied() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let variant = variant_of(&client, "meridian").await;
    let cart = open_cart(&client, json!([{ "variant_id": variant, "quantity": 2 }])).await;
    assert_eq!(cart["lines"][0]["quantity"], 2);
    assert_eq!(cart["totals"]["items"], json!({ "minor": 69_800, "currency": "EUR" }));
    assert_eq!(cart["discount_code"], Value::Null);
    assert_eq!(cart["deliveries"][0]["key"], "standard");

    let line = json!({ "variant_id": variant, "quantity": 1 });
    let cart = client.json(Method::POST, "/api/v1/cart/lines", &line).await.expect(200).json_body();
    assert_eq!(cart["lines"][0]["quantity"], 3);
    let path = format!("/api/v1/cart/lines/{variant}");
    let cart = client.json(PUT, &path, &json!({ "quantity": 1 })).await.expect(200).json_body();
    assert_eq!(cart["lines"][0]["quantity"], 1);
    assert_eq!(client.get("/api/v1/cart").await.expect(200).json_body(), cart);
    let cart = client.send(client.request(Method::DELETE, &path).finish()).await.expect(200).json_body();
    assert_eq!(cart["lines"], json!([]));
    client.json(Method::POST, "/api/v1/cart/lines", &line).await.expect(200);
    let cart = client.json(PUT, &path, &json!({ "quantity": 0 })).await.expect(200).json_body();
    assert_eq!(cart["lines"], json!([]), "0 removes the line");
}

#[tokio::test]
async fn country_and_delivery_are_chosen() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let variant = variant_of(&client, "meridian").await;
    open_cart(&client, json!([{ "variant_id": variant, "quantity": 1 }])).await;
    let choice = json!({ "country": "FR", "shipping": "standard" });
    let cart = client.json(PUT, "/api/v1/cart/delivery", &choice).await.expect(200).json_body();
    assert_eq!((&cart["country"], &cart["delivery"]), (&json!("FR"), &json!("standard")));
    let kept = client.json(PUT, "/api/v1/cart/delivery", &json!({ "country": null })).await.expect(200);
    assert_eq!(kept.json_body()["country"], "FR", "null and left out are the same: as before");
    let wrong = client.json(PUT, "/api/v1/cart/delivery", &json!({ "country": "XX" })).await;
    assert_eq!(wrong_fields(wrong), ["country"]);
    let wrong = client.json(PUT, "/api/v1/cart/delivery", &json!({ "shipping": "by pigeon" })).await;
    assert_eq!(wrong_fields(wrong), ["shipping"]);
}

#[tokio::test]
async fn a_discount_code_is_entered_and_taken_out() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    crate::shop::goods::add_discount(&store.app, &crate::shop::goods::ten_percent("TEN", None)).await;
    let client = store.client();
    let variant = variant_of(&client, "meridian").await;
    open_cart(&client, json!([{ "variant_id": variant, "quantity": 1 }])).await;
    let wrong = client.json(PUT, "/api/v1/cart/discount", &json!({ "code": "NONE" })).await;
    assert_eq!(wrong_fields(wrong), ["code"]);
    let cart =
        client.json(PUT, "/api/v1/cart/discount", &json!({ "code": "ten" })).await.expect(200).json_body();
    assert_eq!(
        (&cart["discount_code"], &cart["totals"]["discount"]["minor"]),
        (&json!("TEN"), &json!(3_490))
    );
    let request = client.request(Method::DELETE, "/api/v1/cart/discount").finish();
    assert_eq!(client.send(request).await.expect(200).json_body()["discount_code"], Value::Null);
}

#[tokio::test]
async fn every_wrong_field_is_named() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let variant = variant_of(&client, "meridian").await;
    let lines = json!([{ "variant_id": 7, "quantity": 0 }, { "variant_id": variant, "quantity": 1.5 }, {}]);
    let answer = client.json(Method::POST, "/api/v1/carts", &json!({ "lines": lines })).await;
    let want = [
        "lines[0].quantity",
        "lines[0].variant_id",
        "lines[1].quantity",
        "lines[2].quantity",
        "lines[2].variant_id",
    ];
    let mut got = wrong_fields(answer);
    got.sort();
    assert_eq!(got, want);
    let unknown = json!({ "lines": [{ "variant_id": "no-such-variant", "quantity": 1 }] });
    assert_eq!(wrong_fields(client.json(Method::POST, "/api/v1/carts", &unknown).await), ["variant_id"]);
    let answer = client.json(Method::POST, "/api/v1/carts", &json!("cart")).await;
    assert_eq!(wrong_fields(answer), ["body"]);
}

#[tokio::test]
async fn a_cart_opens_to_its_token_alone() {
    let store = open_store().await;
    let client = store.client();
    problem(client.get("/api/v1/cart").await, 401);
    problem(client.json(PUT, "/api/v1/cart/discount", &json!({ "code": 1 })).await, 401);
    client.set_bearer("made-up");
    problem(client.get("/api/v1/cart").await, 401);
    problem(
        client.json(Method::POST, "/api/v1/cart/lines", &json!({ "variant_id": "x", "quantity": 1 })).await,
        401,
    );
}

#[tokio::test]
async fn one_key_makes_one_cart() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let client = store.client();
    let variant = variant_of(&client, "meridian").await;
    let create = async |key: &str, quantity: i64| {
        let body = json!({ "lines": [{ "variant_id": variant, "quantity": quantity }] });
        let request = client
            .request(Method::POST, "/api/v1/carts")
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .body(body.to_string());
        client.send(request).await
    };
    let first = create("a-key-that-nobody-guesses", 2).await.expect(201).json_body();
    let again = create("a-key-that-nobody-guesses", 2).await.expect(201).json_body();
    assert_eq!(again, first, "the same cart with the same token");
    let other = create("another-key-nobody-knows", 2).await.expect(201).json_body();
    assert_ne!(other["token"], first["token"]);
    assert_eq!(wrong_fields(create("a-key-that-nobody-guesses", 1).await), ["Idempotency-Key"]);
    create("short", 1).await.expect(400);
}
