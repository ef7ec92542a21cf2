use std::collections::BTreeSet;

use mercer::db::{availability, cards};
use mercer::domain::catalogue::Band;

use super::categories::plant;
use super::*;
use crate::support::both_engines;

/// The slugs of all pages, `limit` at a time; `between` runs after the first.
async fn walk(client: &Client, path: &str, limit: usize, between: impl AsyncFn()) -> Vec<String> {
    let mut slugs = Vec::new();
    let mut after = String::new();
    loop {
        let page = client.get(&format!("{path}limit={limit}{after}")).await.expect(200).json_body();
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= limit);
        slugs.extend(items.iter().map(|item| item["slug"].as_str().unwrap().to_owned()));
        if after.is_empty() {
            between().await;
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return slugs,
        }
    }
}

#[tokio::test]
async fn pages_neither_skip_nor_repeat() {
    let store = open_store().await;
    let client = store.client();
    let field = plant(&store).await;
    for i in 0..7 {
        let categories: &[&str] = if i % 2 == 0 { &[&field] } else { &[] };
        publish(&store, &format!("w{i}"), categories).await;
    }
    let late = async || publish(&store, "late", &[]).await;
    let all = walk(&client, "/api/v1/products?", 3, late).await;
    assert_eq!(all.len(), 8, "{all:?}: what was added meanwhile comes last, nothing twice");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 8);
    let exact = walk(&client, "/api/v1/products?", 8, async || {}).await;
    assert_eq!(exact, all, "a full last page has no next");
    let field = walk(&client, "/api/v1/products?category=watches&", 2, async || {}).await;
    assert_eq!(field, ["w0", "w2", "w4", "w6"], "what is below the category counts");
}

#[tokio::test]
async fn a_list_refuses_what_it_does_not_know() {
    let store = open_store().await;
    let client = store.client();
    problem(client.get("/api/v1/products?category=nothing").await, 404);
    for query in [
        "limit=0",
        "limit=101",
        "limit=many",
        "after=0123456789012345678901234567890123456789012345678901234567890123456789",
    ] {
        let document = problem(client.get(&format!("/api/v1/products?{query}")).await, 400);
        let name = query.split('=').next().unwrap();
        assert_eq!(document["errors"][0]["field"], name, "{document}");
    }
}

#[tokio::test]
async fn a_product_is_whole() {
    let store = open_store().await;
    let client = store.client();
    publish(&store, "meridian", &[]).await;
    let product = client.get("/api/v1/products/meridian").await.expect(200).json_body();
    assert_eq!(product["title"], "The meridian");
    assert_eq!(product["brand"], Value::Null);
    assert!(product.as_object().unwrap().contains_key("brand"), "an optional field is null, not left out");
    let variant = &product["variants"][0];
    assert_eq!(variant["price"], json!({ "minor": 34_900, "currency": "EUR" }));
    assert_eq!((&variant["compare_at"], &variant["lowest_price_30_days"]), (&Value::Null, &Value::Null));
    assert_eq!(variant["availability"], "in_stock");
    problem(client.get("/api/v1/products/nothing").await, 404);
}

#[tokio::test]
async fn availability_by_sku() {
    let store = open_store().await;
    let client = store.client();
    publish(&store, "one", &[]).await;
    publish(&store, "two", &[]).await;
    let body =
        client.get("/api/v1/availability?sku=SKU-two,%20SKU-one,SKU-none").await.expect(200).json_body();
    let skus: Vec<&str> =
        body["items"].as_array().unwrap().iter().map(|i| i["sku"].as_str().unwrap()).collect();
    assert_eq!(skus, ["SKU-one", "SKU-two"]);
    assert_eq!(client.get("/api/v1/availability?sku=").await.expect(200).json_body(), json!({ "items": [] }));
    let many = vec!["x"; 51].join(",");
    assert_eq!(wrong_fields(client.get(&format!("/api/v1/availability?sku={many}")).await), ["sku"]);
    problem(client.get("/api/v1/availability").await, 400);
}

#[tokio::test]
async fn both_engines_list_after_an_id_and_by_sku() {
    both_engines(async |store| {
        let field = plant(&store).await;
        publish(&store, "in", &[&field]).await;
        publish(&store, "out", &[]).await;
        let mut conn = store.app.db.read().await.unwrap();
        let all = cards::list_cards_after(&mut conn, None, "", 10).await.unwrap();
        let slugs: Vec<&str> = all.iter().map(|c| c.slug.as_str()).collect();
        assert_eq!(slugs, ["in", "out"]);
        let rest = cards::list_cards_after(&mut conn, None, &all[0].product_id, 10).await.unwrap();
        assert_eq!(rest, all[1..]);
        let ids = [field];
        let within = cards::list_cards_after(&mut conn, Some(&ids), "", 10).await.unwrap();
        assert_eq!(within, all[..1]);
        assert_eq!(cards::list_cards_after(&mut conn, None, "", 1).await.unwrap(), all[..1]);

        let skus = ["SKU-out".to_owned(), "SKU-none".to_owned()];
        let found = availability::list_availability(&mut conn, &skus).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].price_minor, found[0].band), (34_900, Band::In));
        assert_eq!(availability::list_availability(&mut conn, &[]).await.unwrap(), []);
    })
    .await;
}
