use mercer::domain::order::Actor;
use mercer::shop::orders;

use super::*;
use crate::shop::goods::{buy, expect_healthy, offer};

#[tokio::test]
async fn a_part_and_then_the_rest() {
    let store = open_store().await;
    let watch = offer(&store.app, "watch", 34_900, 9).await;
    let order = buy(&store.app, &[(&watch, 3)], "bank_transfer").await;
    orders::mark_paid(&store.app, &order.id, "", Actor::Operator).await.unwrap();
    let client = store.client();
    let path = format!("/api/v1/orders/{}/withdrawals", order.token);
    let part = json!({ "name": "Ada", "email": "ada@example.com", "lines": [{ "variant_id": watch, "quantity": 1 }] });
    let keyed = |body: &Value, key: &str| {
        let request = client.request(Method::POST, &path).header("content-type", "application/json");
        request.header("Idempotency-Key", key).body(body.to_string())
    };
    let first = client.send(keyed(&part, "k-1")).await.expect(201).json_body();
    assert_eq!(client.send(keyed(&part, "k-1")).await.expect(201).json_body(), first);
    assert_eq!(first["state"], "paid");
    assert_eq!(first["withdrawals"][0]["outcome"], "part_unsent");
    assert_eq!(first["withdrawals"][0]["refund"]["minor"], 34_900);
    assert_eq!(first["withdrawable_until"], Value::Null);
    let rest = json!({ "name": "Ada", "email": "ada@example.com" });
    assert_eq!(wrong_fields(client.send(keyed(&rest, "k-1")).await), ["Idempotency-Key"]);
    let all = client.json(Method::POST, &path, &rest).await.expect(201).json_body();
    assert_eq!(
        (all["state"].as_str(), all["withdrawals"][1]["whole"].as_bool()),
        (Some("cancelled"), Some(true))
    );
    problem(client.json(Method::POST, &path, &rest).await, 409);
    assert_eq!(client.get(&format!("/api/v1/orders/{}", order.token)).await.expect(200).json_body(), all);
    expect_healthy(&store.app).await;
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field() {
    let store = open_store().await;
    let watch = offer(&store.app, "watch", 34_900, 9).await;
    let order = buy(&store.app, &[(&watch, 3)], "bank_transfer").await;
    let client = store.client();
    let path = format!("/api/v1/orders/{}/withdrawals", order.token);
    let send = async |body: Value| client.json(Method::POST, &path, &body).await;
    assert_eq!(wrong_fields(send(json!({ "name": "\u{0}", "email": "ada" })).await), ["name", "email"]);
    let part = json!([{ "variant_id": watch, "quantity": 1 }]);
    let unpaid = send(json!({ "name": "Ada", "email": "ada@example.com", "lines": part })).await;
    assert_eq!(wrong_fields(unpaid), ["lines"]);
    let nobody = "/api/v1/orders/AAAAAAAAAAAAAAAAAAAAAA/withdrawals";
    problem(
        client.json(Method::POST, nobody, &json!({ "name": "Ada", "email": "ada@example.com" })).await,
        404,
    );
}
