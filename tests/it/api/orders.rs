use super::checkout::{fill, wish};
use super::*;

#[tokio::test]
async fn an_order_is_shown_and_cancelled_by_its_token() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let buyer = store.client();
    let cart = fill(&buyer, 1).await;
    let order = buyer.json(Method::POST, "/api/v1/checkout", &wish(&cart)).await.expect(201).json_body();
    let path = format!("/api/v1/orders/{}", order["token"].as_str().unwrap());
    let anybody = store.client();
    assert_eq!(anybody.get(&path).await.expect(200).json_body(), order);
    let cancel = format!("{path}/cancel");
    let cancelled =
        anybody.send(anybody.request(Method::POST, &cancel).finish()).await.expect(200).json_body();
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(cancelled["events"][1]["kind"], "cancelled");
    problem(anybody.send(anybody.request(Method::POST, &cancel).finish()).await, 409);
    crate::shop::goods::expect_healthy(&store.app).await;
}

#[tokio::test]
async fn an_unknown_token_opens_nothing() {
    let store = open_store().await;
    let client = store.client();
    problem(client.get("/api/v1/orders/AAAAAAAAAAAAAAAAAAAAAA").await, 404);
    let cancel = client.request(Method::POST, "/api/v1/orders/AAAAAAAAAAAAAAAAAAAAAA/cancel").finish();
    problem(client.send(cancel).await, 404);
}
