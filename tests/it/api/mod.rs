//! The JSON API, by URL: every operation's good path and its failures.

mod account;
mod addresses;
mod answers;
mod carts;
mod categories;
mod checkout;
mod credentials;
mod docs;
mod orders;
mod problems;
mod products;
mod search;
mod withdrawals;

use mercer::domain::draft::{ProductDraft, VariantDraft};
use mercer::shop::catalogue::save_product;
use mercer::shop::setup;
use poem::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestStore};

/// A store that can sell.
async fn open_store() -> TestStore {
    let store = TestStore::sqlite().await;
    setup::ensure_defaults(&store.app).await.unwrap();
    store
}

/// A published product of one variant with 5 pieces, in these categories; the index knows it.
async fn publish(store: &TestStore, slug: &str, categories: &[&str]) {
    let variant = VariantDraft {
        sku: format!("SKU-{slug}"),
        price_minor: 34_900,
        weight_g: 90,
        stock: Some(5),
        ..VariantDraft::default()
    };
    let draft = ProductDraft {
        slug: slug.to_owned(),
        title: format!("The {slug}"),
        published: true,
        categories: categories.iter().map(|c| (*c).to_owned()).collect(),
        variants: vec![variant],
        ..ProductDraft::default()
    };
    // Ids of one millisecond have no order: each product gets one of its own.
    store.app.clock.advance(1);
    save_product(&store.app, None, &draft).await.unwrap();
    store.app.feed.poll(&store.app).await.unwrap();
}

/// The id of a product's only variant, as a client finds it.
async fn variant_of(client: &Client, slug: &str) -> String {
    let product = client.get(&format!("/api/v1/products/{slug}")).await.expect(200).json_body();
    product["variants"][0]["id"].as_str().unwrap().to_owned()
}

/// Makes a cart with these lines and goes on with its token; the cart.
async fn open_cart(client: &Client, lines: Value) -> Value {
    let made = client.json(Method::POST, "/api/v1/carts", &json!({ "lines": lines })).await.expect(201);
    let made = made.json_body();
    client.set_bearer(made["token"].as_str().unwrap());
    made["cart"].clone()
}

/// The answer must be a problem document of `status` that nobody keeps and that sets no cookie.
#[track_caller]
fn problem(answer: Answer, status: u16) -> Value {
    let answer = answer.expect(status);
    assert_eq!(answer.header("content-type").split(';').next(), Some("application/problem+json"));
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("set-cookie"), "");
    let document = answer.json_body();
    assert_eq!(document["status"], status);
    assert_eq!(document["type"], "about:blank");
    for text in ["title", "detail"] {
        assert!(document[text].as_str().is_some_and(|t| !t.is_empty()), "{text} in {document}");
    }
    match status {
        401 => assert_eq!(answer.header("www-authenticate"), "Bearer"),
        405 => assert!(!answer.header("allow").is_empty()),
        429 => assert!(answer.header("retry-after").parse::<u64>().is_ok()),
        _ => {}
    }
    document
}

/// The names of the wrong fields of a 422, each with a reason in words.
#[track_caller]
fn wrong_fields(answer: Answer) -> Vec<String> {
    let document = problem(answer, 422);
    let errors = document["errors"].as_array().unwrap_or_else(|| panic!("no errors in {document}"));
    for error in errors {
        let reason = error["reason"].as_str().unwrap();
        assert!(reason.contains(' '), "{reason:?} is no sentence");
    }
    errors.iter().map(|e| e["field"].as_str().unwrap().to_owned()).collect()
}
