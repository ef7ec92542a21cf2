use super::*;

#[tokio::test]
async fn words_are_found_and_mistakes_forgiven() {
    let store = open_store().await;
    let client = store.client();
    for slug in ["meridian", "meridian-gold", "compass"] {
        publish(&store, slug, &[]).await;
    }
    let found = client.get("/api/v1/search?q=meridian&limit=1").await.expect(200).json_body();
    assert_eq!((found["total"].as_u64(), found["items"].as_array().map(Vec::len)), (Some(2), Some(1)));
    assert_eq!(found["corrected"], Value::Null);
    let found = client.get("/api/v1/search?q=meridain").await.expect(200).json_body();
    assert_eq!(found["corrected"], "meridian");
    assert_eq!(found["total"], 2);
    let nothing = client.get("/api/v1/search?q=xylophone").await.expect(200).json_body();
    assert_eq!((&nothing["items"], &nothing["total"]), (&json!([]), &json!(0)));
}

#[tokio::test]
async fn a_search_without_words_or_with_too_many_is_refused() {
    let store = open_store().await;
    let client = store.client();
    problem(client.get("/api/v1/search").await, 400);
    let long = "a".repeat(201);
    let document = problem(client.get(&format!("/api/v1/search?q={long}")).await, 400);
    assert_eq!(document["errors"][0]["field"], "q");
}
