//! From a product's page to an order's page, as a browser without JavaScript walks it.

use mercer::shop::demo::seed;
use scraper::{Html, Selector};

use crate::support::{Answer, Client, TestStore};

pub async fn shop() -> TestStore {
    let store = TestStore::sqlite().await;
    seed(&store.app, "watches").await.unwrap();
    store.app.reload_settings().await.unwrap();
    store
}

/// The values of all elements that match.
fn values(answer: &Answer, selector: &str, attribute: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let html = Html::parse_document(answer.text());
    html.select(&selector).filter_map(|e| e.value().attr(attribute)).map(str::to_owned).collect()
}

fn value(answer: &Answer, selector: &str) -> String {
    values(answer, selector, "value").into_iter().next().unwrap_or_else(|| panic!("no {selector}"))
}

/// A variant that the shop can sell, found on its pages.
pub async fn some_variant(client: &Client) -> String {
    let home = client.get("/").await.expect(200);
    for path in values(&home, "a[href^='/p/']", "href") {
        let product = client.get(&path).await.expect(200);
        if let Some(variant) = values(&product, "[name=variant_id]", "value").into_iter().next() {
            return variant;
        }
    }
    panic!("the shop sells nothing");
}

/// A client with one piece in the cart.
pub async fn buyer(store: &TestStore) -> (Client, String) {
    let client = store.client();
    let variant = some_variant(&client).await;
    let added = client.post("/cart", &[("variant_id", &variant), ("quantity", "1")]).await.expect(303);
    assert_eq!(added.location(), "/cart");
    assert_eq!(client.cookie("cart_count").as_deref(), Some("1"));
    (client, variant)
}

/// The checkout as a guest fills it in; `change` replaces fields.
pub async fn order_form(client: &Client, change: &[(&str, &str)]) -> Vec<(String, String)> {
    let page = client.get("/checkout").await.expect(200);
    assert_eq!(page.header("cache-control"), "no-store");
    let mut fields: Vec<(String, String)> = [
        ("action", "order"),
        ("email", "ada@example.com"),
        ("name", "Ada Lovelace"),
        ("line1", "Linienstraße 40"),
        ("postcode", "10119"),
        ("city", "Berlin"),
        ("country", "DE"),
        ("payment_method", "bank_transfer"),
    ]
    .map(|(k, v)| (k.to_owned(), v.to_owned()))
    .into();
    for hidden in ["idempotency_key", "seen_total", "seen_digest"] {
        fields.push((hidden.to_owned(), value(&page, &format!("[name={hidden}]"))));
    }
    fields.push(("shipping_key".to_owned(), value(&page, "[name=shipping_key][checked]")));
    for (name, new) in change {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*new).to_owned()));
    }
    fields
}

async fn submit(client: &Client, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    client.post(path, &fields).await
}

#[tokio::test]
async fn a_guest_buys_and_gets_a_mail() {
    let store = shop().await;
    let (client, _) = buyer(&store).await;
    let form = order_form(&client, &[]).await;
    let placed = submit(&client, "/checkout", &form).await.expect(303);
    let path = placed.location();
    assert!(path.starts_with("/orders/"), "{path}");

    // The same form again is the same order: a double click buys once.
    assert_eq!(submit(&client, "/checkout", &form).await.expect(303).location(), path);

    let page = store.client().get(&path).await.expect(200);
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.text().contains("DE02 1203 0000 0000 2020 51") && page.text().contains("Linienstraße 40"));
    assert!(page.text().contains("name=\"robots\" content=\"noindex\""));
    let mails = store.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].text.contains(&path) && mails[0].to == "ada@example.com");
    assert!(client.get("/cart").await.expect(200).text().contains("Nothing in here"));

    // Cancelled while unpaid, once; ordered again into a new cart.
    let cancelled = client.post(&path, &[("action", "cancel")]).await.expect(303);
    assert_eq!(cancelled.location(), path);
    client.post(&path, &[("action", "cancel")]).await.expect(409);
    client.post(&path, &[("action", "dance")]).await.expect(422);
    let again = store.client();
    assert_eq!(again.post(&path, &[("action", "reorder")]).await.expect(303).location(), "/cart?again=0");
    assert!(again.get("/cart?again=0").await.expect(200).text().contains("in your cart again"));
    assert_eq!(again.cookie("cart_count").as_deref(), Some("1"));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost() {
    let store = shop().await;
    let (client, _) = buyer(&store).await;
    let long = "x".repeat(5000);
    for (field, bad, told_at) in [
        ("postcode", "1011", "postcode"),
        ("email", "ada", "email"),
        ("email", "a\0@b.example", "email"),
        ("name", "", "name"),
        ("line1", &long, "line1"),
        ("country", "US", "country"),
        ("country", "Absurdistan", "country"),
        ("phone", "call me", "phone"),
        ("shipping_key", "", "shipping_key"),
        ("shipping_key", "rocket", "shipping_key"),
        ("payment_method", "gold", "payment_method"),
        ("note", &long, "note"),
    ] {
        // A buyer each: one may order a few times a minute only.
        let (client, _) = buyer(&store).await;
        let form = order_form(&client, &[("city", "Köln <3"), (field, bad)]).await;
        let key = form.iter().find(|(k, _)| k == "idempotency_key").unwrap().1.clone();
        let page = submit(&client, "/checkout", &form).await.expect(422);
        assert_eq!(values(&page, &format!("#{told_at}-error"), "id").len(), 1, "{field}: {bad:.20}");
        assert_eq!(value(&page, "#city"), "Köln <3", "{field}");
        assert_eq!(value(&page, "[name=idempotency_key]"), key, "the same order stays the same");
    }
    for key in ["", "\0", &long] {
        let form = order_form(&client, &[("idempotency_key", key)]).await;
        let page = submit(&client, "/checkout", &form).await.expect(422);
        assert!(value(&page, "[name=idempotency_key]").len() > 20, "a new key is made");
    }
    let form = order_form(&client, &[("seen_total", "1")]).await;
    let page = submit(&client, "/checkout", &form).await.expect(409);
    assert!(page.text().contains("we have not ordered yet") && value(&page, "#name") == "Ada Lovelace");
    assert!(store.mails().await.is_empty(), "nothing was ordered");
}

#[tokio::test]
async fn another_country_keeps_what_was_typed() {
    let store = shop().await;
    let (client, _) = buyer(&store).await;
    let form = order_form(&client, &[("action", "update"), ("country", "IT"), ("city", "Roma")]).await;
    let page = submit(&client, "/checkout", &form).await.expect(200);
    assert_eq!((value(&page, "#city"), value(&page, "#email")), ("Roma".into(), "ada@example.com".into()));
    assert_eq!(values(&page, "#region[required]", "id").len(), 1, "Italian addresses have a province");
    assert!(page.text().contains("22\u{a0}%"), "Italian VAT");
}

#[tokio::test]
async fn the_cart_takes_quantities_and_gives_back_what_was_removed() {
    let store = shop().await;
    let (client, variant) = buyer(&store).await;
    for bad in ["", "-1", "1000", "1.5", "many", "99999999999999999999"] {
        let page = client
            .post("/cart", &[("action", "quantity"), ("variant_id", &variant), ("quantity", bad)])
            .await
            .expect(422);
        assert_eq!(value(&page, "[name=quantity]"), bad, "what was typed stays");
        assert!(page.text().contains("whole number from 1 to 999"));
    }
    let removed = client.post("/cart", &[("action", "remove"), ("variant_id", &variant)]).await.expect(303);
    assert_eq!(client.cookie("cart_count"), None);
    let page = client.get(&removed.location()).await.expect(200);
    let undo = (value(&page, ".undo [name=variant_id]"), value(&page, ".undo [name=quantity]"));
    assert_eq!(undo, (variant.clone(), "1".to_owned()));
    client
        .post("/cart", &[("action", "add"), ("variant_id", &undo.0), ("quantity", &undo.1)])
        .await
        .expect(303);
    assert_eq!(client.cookie("cart_count").as_deref(), Some("1"));

    for (action, code) in [("discount", "NO-SUCH-CODE"), ("discount", ""), ("dance", "")] {
        client.post("/cart", &[("action", action), ("code", code)]).await.expect(422);
    }
    for bad in ["", "x", "\0", "0190c9a0-0000-7000-8000-000000000000"] {
        store.client().post("/cart", &[("variant_id", bad)]).await.expect(422);
        client
            .get(&format!(
                "/cart?removed={}&quantity=2",
                url::form_urlencoded::byte_serialize(bad.as_bytes()).collect::<String>()
            ))
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_script_is_answered_in_json() {
    let store = shop().await;
    let client = store.client();
    let variant = some_variant(&client).await;
    let add = |body: String| {
        let request = client
            .request(poem::http::Method::POST, "/cart")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("sec-fetch-site", "same-origin");
        client.send(request.body(body))
    };
    let added = add(format!("variant_id={variant}&quantity=2")).await.expect(200);
    assert_eq!(added.json_body()["pieces"], 2);
    let refused = add("variant_id=nothing".to_owned()).await.expect(422);
    assert_eq!(refused.json_body()["pieces"], 2);
    let me = client.get("/me/summary").await.expect(200).json_body();
    assert_eq!((me["cart_count"].as_i64(), me["signed_in"].as_bool()), (Some(2), Some(false)));
}

#[tokio::test]
async fn unknown_orders_are_not_found() {
    let store = shop().await;
    for path in ["/orders/x", "/orders/AAAAAAAAAAAAAAAAAAAAAA", "/orders/%00", "/orders/10001"] {
        store.client().get(path).await.expect(404);
        store.client().post(path, &[("action", "cancel")]).await.expect(404);
    }
    assert_eq!(store.client().get("/checkout").await.expect(303).location(), "/cart");
    assert_eq!(
        store.client().post("/checkout", &[("action", "order")]).await.expect(303).location(),
        "/cart"
    );
}

#[tokio::test]
async fn whoever_orders_too_often_keeps_what_was_typed() {
    let store = shop().await;
    let (client, _) = buyer(&store).await;
    let form = order_form(&client, &[("postcode", "1")]).await;
    for _ in 0..40 {
        let page = submit(&client, "/checkout", &form).await;
        if page.status.as_u16() == 429 {
            assert_eq!(value(&page, "#name"), "Ada Lovelace");
            return;
        }
        page.expect(422);
    }
    panic!("nobody may order that often");
}

#[tokio::test]
async fn one_address_orders_with_many_carts_only_so_often() {
    let store = shop().await;
    let (_, variant) = buyer(&store).await;
    for number in 0..=100 {
        // Each with a cart of its own.
        let client = store.client();
        client.post("/cart", &[("variant_id", &variant), ("quantity", "1")]).await.expect(303);
        let page = client.post("/checkout", &[("action", "order"), ("name", "Ada Lovelace")]).await;
        if number < 100 {
            page.expect(422);
        } else {
            assert_eq!(value(&page.expect(429), "#name"), "Ada Lovelace", "what was typed is kept");
        }
    }
}
