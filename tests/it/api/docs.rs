use super::*;

#[tokio::test]
async fn the_page_shows_every_operation_and_type() {
    let store = open_store().await;
    let client = store.client();
    let page = client.get("/api/docs").await.expect(200);
    assert!(page.header("cache-control").starts_with("public"));
    let html = page.text();
    let document = client.get("/api/v1/openapi.json").await.json_body();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(html.contains(&format!("<article id=\"{id}\"")), "{id}");
            let form = format!("data-method=\"{}\" data-path=\"/api/v1{path}\"", method.to_uppercase());
            assert!(html.contains(&form), "{form}");
        }
    }
    for name in document["components"]["schemas"].as_object().unwrap().keys() {
        assert!(html.contains(&format!("id=\"type-{name}\"")), "{name}");
    }
}

#[tokio::test]
async fn the_page_loads_hashed_files_and_holds_no_script() {
    let store = open_store().await;
    let client = store.client();
    let page = client.get("/api/docs").await.expect(200);
    let html = page.text();
    assert_eq!(html.matches("<script").count(), 1);
    assert!(!html.contains("<style") && !html.contains(" style=") && !html.contains(" onclick="));
    for kind in ["docs.", "theme-"] {
        let at = html.find(&format!("/assets/{kind}")).unwrap();
        let address: String = html[at..].chars().take_while(|c| *c != '"').collect();
        let file = client.get(&address).await.expect(200);
        assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
    }
    let tag = page.header("etag").to_owned();
    let again = client.request(Method::GET, "/api/docs").header("if-none-match", tag).finish();
    client.send(again).await.expect(304);
}
