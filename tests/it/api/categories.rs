use mercer::domain::catalogue::CategoryTree;
use mercer::shop::catalogue::ensure_category;

use super::*;

/// Makes Watches and, in it, Field; the id of Field.
pub async fn plant(store: &TestStore) -> String {
    let app = &store.app;
    let mut tree = CategoryTree::default();
    let mut tx = app.db.write().await.unwrap();
    let place = ["Watches".to_owned(), "Field".to_owned()];
    let id = ensure_category(app, &mut tx, &mut tree, &place).await.unwrap();
    tx.commit().await.unwrap();
    id.unwrap()
}

#[tokio::test]
async fn the_tree_comes_whole() {
    let store = open_store().await;
    let client = store.client();
    assert_eq!(client.get("/api/v1/categories").await.expect(200).json_body(), json!({ "items": [] }));
    let field = plant(&store).await;
    let body = client.get("/api/v1/categories").await.expect(200).json_body();
    let items = body["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["parent_id"], Value::Null, "the top has none above it, and says so");
    assert_eq!(items[1]["parent_id"], items[0]["id"], "parents come before children");
    assert_eq!((&items[1]["id"], &items[1]["slug"]), (&json!(field), &json!("field")));
}
