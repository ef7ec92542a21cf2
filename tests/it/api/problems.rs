use super::*;

#[tokio::test]
async fn an_unknown_path_is_a_problem() {
    let store = open_store().await;
    let client = store.client();
    for path in ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/products", "/api/v1/products/a/b"] {
        problem(client.get(path).await, 404);
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let store = open_store().await;
    let client = store.client();
    for (method, path, allow) in [
        (Method::POST, "/api/v1/products", "GET, HEAD"),
        (Method::GET, "/api/v1/carts", "POST"),
        (Method::PATCH, "/api/v1/cart/lines/x", "DELETE, PUT"),
        (Method::DELETE, "/api/v1/openapi.json", "GET, HEAD"),
        (Method::POST, "/api/docs", "GET, HEAD"),
    ] {
        let answer = client.send(client.request(method, path).finish()).await;
        assert_eq!(answer.header("allow"), allow, "{path}");
        problem(answer, 405);
    }
}

#[tokio::test]
async fn bodies_that_are_no_json_too_large_or_of_another_type() {
    let store = open_store().await;
    let client = store.client();
    let send = async |content_type: &str, body: String| {
        let request = client.request(Method::POST, "/api/v1/carts").header("content-type", content_type);
        client.send(request.body(body)).await
    };
    problem(send("application/json", "{\"lines\": [".to_owned()).await, 400);
    problem(send("application/json", String::new()).await, 400);
    problem(send("text/plain", "{}".to_owned()).await, 415);
    problem(send("application/x-www-form-urlencoded", "lines=1".to_owned()).await, 415);
    problem(send("application/json", format!("{{\"x\": \"{}\"}}", "a".repeat(300_000))).await, 413);
    send("application/json; charset=utf-8", "{}".to_owned()).await.expect(201);
}

#[tokio::test]
async fn cookies_are_neither_read_nor_set() {
    let store = open_store().await;
    publish(&store, "meridian", &[]).await;
    let api = store.client();
    let made = api.json(Method::POST, "/api/v1/carts", &json!({})).await.expect(201);
    assert_eq!(made.header("set-cookie"), "");
    assert_eq!(made.header("cache-control"), "no-store");
    let token = made.json_body()["token"].as_str().unwrap().to_owned();
    let browser = store.client();
    for name in ["cart", "session", "__Host-cart", "__Host-session"] {
        browser.set_cookie(name, &token);
    }
    problem(browser.get("/api/v1/cart").await, 401);
    problem(browser.get("/api/v1/account").await, 401);
    for path in ["/api/v1/products", "/api/v1/categories", "/api/v1/openapi.json", "/api/docs"] {
        assert_eq!(browser.get(path).await.expect(200).header("set-cookie"), "", "{path}");
    }
}

#[tokio::test]
async fn the_document_describes_what_is_there() {
    let store = open_store().await;
    let document = store.client().get("/api/v1/openapi.json").await.expect(200).json_body();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name =
                operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
            assert!(names.insert(name.to_owned()), "{name} stands twice");
            assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name} has no summary");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert_ne!(answer["description"], "", "{name} {status}");
            }
            if let Some(body) = operation["requestBody"]["content"].as_object() {
                let schema = body.values().next().unwrap()["schema"]["$ref"].as_str().unwrap();
                let schema = &document["components"]["schemas"][schema.rsplit('/').next().unwrap()];
                assert!(schema["example"].is_object(), "{name}'s body has no example");
            }
        }
    }
    assert_eq!(document["components"]["schemas"]["OrderState"]["enum"].as_array().map(Vec::len), Some(8));
}
