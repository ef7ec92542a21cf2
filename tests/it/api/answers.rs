//! `Idempotency-Key`: a repeated request gets the first answer and does nothing.

use std::sync::Arc;

use mercer::random::token_hash;
use mercer::shop::answers::{Asked, Begun, KEPT_MS, LEASE_MS, begin};

use super::account::log_in_customer;
use super::*;
use crate::support::both_engines;

const POST: Method = Method::POST;
const KEY: &str = "0b7c3a1e-4f5d-4c1a-9a55-0f3d0a4b1c2d";

/// Sends a JSON document under a key.
async fn keyed(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    let request = client.request(POST, path).header("content-type", "application/json");
    client.send(request.header("idempotency-key", key).body(body.to_string())).await
}

/// A store that sells "meridian", a client with an empty cart, and the variant.
async fn open(store: &TestStore) -> (Client, String) {
    setup::ensure_defaults(&store.app).await.unwrap();
    publish(store, "meridian", &[]).await;
    let client = store.client();
    let variant = variant_of(&client, "meridian").await;
    open_cart(&client, json!([])).await;
    (client, variant)
}

#[tokio::test]
async fn a_repetition_gets_the_first_answer_and_does_nothing() {
    both_engines(async |store| {
        let (client, variant) = open(&store).await;
        let line = json!({ "variant_id": variant, "quantity": 1 });
        let first = keyed(&client, "/api/v1/cart/lines", KEY, &line).await.expect(200);
        assert_eq!(first.header("idempotent-replayed"), "");
        // The cart moves on; the answer does not.
        client.json(POST, "/api/v1/cart/lines", &line).await.expect(200);
        let again = keyed(&client, "/api/v1/cart/lines", KEY, &line).await.expect(200);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.body, first.body);
        for header in ["content-type", "cache-control"] {
            assert_eq!(again.header(header), first.header(header), "{header}");
        }
        let cart = client.get("/api/v1/cart").await.expect(200).json_body();
        assert_eq!(cart["lines"][0]["quantity"], 2, "the repetition added nothing");

        let more = json!({ "variant_id": variant, "quantity": 2 });
        let other = keyed(&client, "/api/v1/cart/lines", KEY, &more).await;
        assert_eq!(wrong_fields(other), ["Idempotency-Key"]);
    })
    .await;
}

#[tokio::test]
async fn twenty_at_once_do_it_once() {
    both_engines(async |store| {
        let (client, variant) = open(&store).await;
        let client = Arc::new(client);
        let line = json!({ "variant_id": variant, "quantity": 1 });
        let tries = (0..20).map(|_| {
            let (client, line) = (client.clone(), line.clone());
            tokio::spawn(async move { keyed(&client, "/api/v1/cart/lines", KEY, &line).await })
        });
        let mut bodies = std::collections::BTreeSet::new();
        for answer in tries.collect::<Vec<_>>() {
            let answer = answer.await.unwrap();
            match answer.status.as_u16() {
                200 => drop(bodies.insert(answer.body)),
                _ => drop(problem(answer, 409)),
            }
        }
        assert_eq!(bodies.len(), 1, "one answer, however often");
        let cart = client.get("/api/v1/cart").await.expect(200).json_body();
        assert_eq!(cart["lines"][0]["quantity"], 1);
        keyed(&client, "/api/v1/cart/lines", KEY, &line).await.expect(200);
    })
    .await;
}

#[tokio::test]
async fn every_operation_that_takes_a_key_does_its_work_once() {
    both_engines(async |store| {
        let (_, variant) = open(&store).await;
        let customer = log_in_customer(&store, "ada@example.com").await;
        let address = json!({ "address": checkout::blind_wish()["shipping_address"] });
        let account = json!({ "email": "eve@example.com", "password": "tulip-kettle-47" });
        let email = json!({ "email": "new@example.com", "password": account::PASSWORD });
        let cart = json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] });
        for (path, body, status) in [
            ("/api/v1/account/addresses", address, 201),
            ("/api/v1/account/register", account, 202),
            ("/api/v1/account/email", email, 202),
            ("/api/v1/account/reset", json!({ "email": "ada@example.com" }), 202),
            ("/api/v1/carts", cart, 201),
        ] {
            let first = keyed(&customer, path, KEY, &body).await.expect(status);
            let mails = store.mails().await.len();
            let again = keyed(&customer, path, KEY, &body).await.expect(status);
            assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &first.body), "{path}");
            assert_eq!(again.header("content-type"), first.header("content-type"), "{path}");
            assert!(mails <= 2 && store.mails().await.is_empty(), "{path}");
        }
        let kept = customer.get("/api/v1/account/addresses").await.expect(200).json_body();
        assert_eq!(kept["items"].as_array().map(Vec::len), Some(1));
    })
    .await;
}

#[tokio::test]
async fn a_kept_answer_opens_nothing() {
    both_engines(async |store| {
        let (client, variant) = open(&store).await;
        let body = json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] });
        let made = keyed(&client, "/api/v1/carts", KEY, &body).await.expect(201).json_body();
        let again = keyed(&client, "/api/v1/carts", KEY, &body).await.expect(201).json_body();
        assert_eq!(made, again);
        let token = made["token"].as_str().unwrap();
        let dump = store.dump().await;
        assert!(!dump.contains(token) && !dump.contains(KEY), "neither the token nor the key is stored");
        assert!(dump.contains(&token_hash(token)));
        client.set_bearer(token);
        assert_eq!(client.get("/api/v1/cart").await.expect(200).json_body()["lines"][0]["quantity"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_refusal_leaves_the_key_free() {
    both_engines(async |store| {
        let (client, variant) = open(&store).await;
        let unknown = json!({ "variant_id": "no-such-variant", "quantity": 1 });
        let refused = keyed(&client, "/api/v1/cart/lines", KEY, &unknown).await;
        assert_eq!(wrong_fields(refused), ["variant_id"]);
        let line = json!({ "variant_id": variant, "quantity": 1 });
        let mended = keyed(&client, "/api/v1/cart/lines", KEY, &line).await.expect(200);
        assert_eq!(mended.header("idempotent-replayed"), "");
        let nobody = store.client();
        problem(keyed(&nobody, "/api/v1/cart/lines", KEY, &line).await, 401);
        assert_eq!(client.get("/api/v1/cart").await.json_body()["lines"][0]["quantity"], 1);
    })
    .await;
}

#[tokio::test]
async fn keys_of_different_askers_and_operations_never_meet() {
    both_engines(async |store| {
        let (client, variant) = open(&store).await;
        let line = json!({ "variant_id": variant, "quantity": 1 });
        keyed(&client, "/api/v1/cart/lines", KEY, &line).await.expect(200);
        let cart = keyed(&client, "/api/v1/carts", KEY, &json!({ "lines": [line] })).await.expect(201);
        assert_eq!(cart.header("idempotent-replayed"), "");
        let other = store.client();
        other.set_bearer(cart.json_body()["token"].as_str().unwrap());
        let answer = keyed(&other, "/api/v1/cart/lines", KEY, &line).await.expect(200);
        assert_eq!(answer.header("idempotent-replayed"), "");
        assert_eq!(answer.json_body()["lines"][0]["quantity"], 2);
    })
    .await;
}

#[tokio::test]
async fn one_that_runs_is_waited_for_and_one_that_was_cut_off_runs_again() {
    both_engines(async |store| {
        let app = &store.app;
        let asked = |body: &'static [u8]| Asked {
            who: "Bearer x",
            operation: "add_cart_line",
            key: KEY,
            request: [b"/cart/lines", body],
        };
        let Begun::Run(_cut_off) = begin(app, &asked(b"{}")).await.unwrap() else { panic!("a new key") };
        assert!(matches!(begin(app, &asked(b"{}")).await.unwrap(), Begun::Running));
        assert!(matches!(begin(app, &asked(b"[]")).await.unwrap(), Begun::OtherRequest));
        app.clock.advance(LEASE_MS - 1);
        assert!(matches!(begin(app, &asked(b"{}")).await.unwrap(), Begun::Running));
        app.clock.advance(1);
        let (a, b) = (begin(app, &asked(b"{}")).await.unwrap(), begin(app, &asked(b"{}")).await.unwrap());
        assert!(matches!((a, b), (Begun::Run(_), Begun::Running)), "it runs again, once");
    })
    .await;
}

#[tokio::test]
async fn keys_are_forgotten_after_two_days() {
    both_engines(async |store| {
        let (client, variant) = open(&store).await;
        let body = json!({ "lines": [{ "variant_id": variant, "quantity": 1 }] });
        let made = keyed(&client, "/api/v1/carts", KEY, &body).await.expect(201).json_body();
        store.app.clock.advance(KEPT_MS);
        mercer::jobs::periodic::sweep(&store.app).await.unwrap();
        assert_eq!(keyed(&client, "/api/v1/carts", KEY, &body).await.expect(201).json_body(), made);
        store.app.clock.advance(1);
        mercer::jobs::periodic::sweep(&store.app).await.unwrap();
        let new = keyed(&client, "/api/v1/carts", KEY, &body).await.expect(201).json_body();
        assert_ne!(new["token"], made["token"], "another cart, another token");
    })
    .await;
}

#[tokio::test]
async fn what_can_be_no_key_is_refused() {
    let store = open_store().await;
    let client = store.client();
    for bad in ["", "short", "spaces in between them", &"k".repeat(256)] {
        let document = problem(keyed(&client, "/api/v1/carts", bad, &json!({})).await, 400);
        assert_eq!(document["errors"][0]["field"], "Idempotency-Key", "{bad}");
    }
    let request = client.request(POST, "/api/v1/carts").header("content-type", "application/json");
    let twice = request.header("idempotency-key", KEY).header("idempotency-key", KEY).body("{}");
    problem(client.send(twice).await, 400);
    // Elsewhere the header says nothing.
    let request = client.request(Method::GET, "/api/v1/products").header("idempotency-key", "short");
    client.send(request.finish()).await.expect(200);
}

/// Why an operation that is sent by POST takes no key.
const WITHOUT_KEY: [(&str, &str); 6] = [
    ("log_in", "an answer kept for repetitions would hold a login's token"),
    ("log_out", "it creates nothing"),
    ("confirm_account", "the link works once"),
    ("confirm_email", "the link works once"),
    ("reset_password", "the link works once"),
    ("cancel_order", "it creates nothing; its repetition says that it is done"),
];

#[tokio::test]
async fn the_document_offers_a_key_wherever_something_is_created() {
    let store = open_store().await;
    let document = store.client().get("/api/v1/openapi.json").await.expect(200).json_body();
    let mut keyed = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(operation) = item.get("post") else { continue };
        let name = operation["operationId"].as_str().unwrap();
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let keys: Vec<&Value> = parameters.filter(|p| p["name"] == "Idempotency-Key").collect();
        let exempt = WITHOUT_KEY.iter().any(|(exempt, _)| *exempt == name);
        assert_eq!(keys.len(), usize::from(!exempt), "{path}: {name}");
        for status in ["409", "422", "400"] {
            assert!(operation["responses"][status].is_object(), "{name} {status}");
        }
        keyed += keys.len();
    }
    assert_eq!(keyed, 8);
}
