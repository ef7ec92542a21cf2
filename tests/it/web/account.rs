//! The account's pages: opening one, getting in and out, and what only its owner may see.

use mercer::domain::order::Actor;
use mercer::domain::withdrawal::WithdrawnLine;
use mercer::shop::demo::seed;
use mercer::shop::{orders, setup};
use scraper::{Html, Selector};

use crate::shop::goods::{buy, offer};
use crate::support::{Client, TestStore};

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery";

/// The token of the one mail that was sent.
async fn mailed_token(store: &TestStore, path: &str) -> String {
    let mails = store.mails().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    let (_, rest) = mails[0].text.split_once(&format!("{path}?token=")).expect("the mail has the link");
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn registered(store: &TestStore) -> Client {
    let client = store.client();
    let fields = [("name", "Ada"), ("email", EMAIL), ("password", PASSWORD)];
    client.post("/account/register", &fields).await.expect(200);
    let token = mailed_token(store, "/account/confirm").await;
    // Looking at the link is not using it: mail programs look too.
    client.get(&format!("/account/confirm?token={token}")).await.expect(200);
    let confirm = [("token", token.as_str()), ("password", PASSWORD)];
    let confirmed = client.post("/account/confirm", &confirm).await.expect(303);
    assert_eq!(confirmed.location(), "/account?done=confirmed");
    client.get("/account").await.expect(200);
    client.post("/account/confirm", &confirm).await.expect(422);
    log_in(&client, PASSWORD, "/account/addresses").await;
    client
}

async fn log_in(client: &Client, password: &str, next: &str) {
    let fields = [("email", EMAIL), ("password", password), ("next", next)];
    assert_eq!(client.post("/account/login", &fields).await.expect(303).location(), next);
    assert!(client.cookie("session").is_some() && client.cookie("signed_in").is_some());
}

#[tokio::test]
async fn every_page_of_the_account_asks_for_a_login_and_comes_back() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    for path in
        ["/account", "/account/addresses", "/account/addresses/new", "/account/security", "/account/data"]
    {
        let answer = client.get(path).await.expect(303);
        assert_eq!(answer.header("cache-control"), "no-store");
        let next = path.replace('/', "%2F");
        assert_eq!(answer.location(), format!("/account/login?next={next}"));
    }
    let client = registered(&store).await;
    for path in
        ["/account", "/account/addresses", "/account/addresses/new", "/account/security", "/account/data"]
    {
        let page = client.get(path).await.expect(200);
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert!(page.text().contains("noindex"), "{path}");
    }
    let out = client.post("/account/logout", &[]).await.expect(303);
    assert_eq!(out.location(), "/account/login?done=logged_out");
    assert!(client.cookie("session").is_none() && client.cookie("signed_in").is_none());
    client.get("/account").await.expect(303);
}

#[tokio::test]
async fn answers_tell_nobody_who_has_an_account() {
    let store = TestStore::sqlite().await;
    registered(&store).await;
    let page = |client: Client, path: &'static str, email: &'static str| async move {
        let fields = [("email", email), ("password", "not the password"), ("name", "")];
        let answer = client.post(path, &fields).await;
        (answer.status, answer.text().replace(email, "*"))
    };
    for path in ["/account/login", "/account/register", "/account/reset"] {
        let known = page(store.client(), path, EMAIL).await;
        let unknown = page(store.client(), path, "eve@example.com").await;
        assert_eq!(known, unknown, "{path}");
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_mails_link() {
    let store = TestStore::sqlite().await;
    let elsewhere = registered(&store).await;
    let client = store.client();
    client.post("/account/reset", &[("email", EMAIL)]).await.expect(200);
    let token = mailed_token(&store, "/account/reset").await;
    let page = client.get(&format!("/account/reset?token={token}")).await.expect(200);
    assert_eq!(page.header("referrer-policy"), "same-origin");
    client.post("/account/reset", &[("token", &token), ("password", "short")]).await.expect(422);
    let new = "another long password";
    client.post("/account/reset", &[("token", &token), ("password", new)]).await.expect(303);
    client.post("/account/reset", &[("token", &token), ("password", new)]).await.expect(422);
    elsewhere.get("/account").await.expect(303);
    log_in(&client, new, "/account").await;
}

#[tokio::test]
async fn addresses_are_kept_changed_and_deleted() {
    let store = TestStore::sqlite().await;
    let client = registered(&store).await;
    let mut fields = vec![
        ("action", "save"),
        ("name", "Ada Lovelace"),
        ("line1", "Linienstraße 40"),
        ("postcode", "1011"),
        ("city", "Berlin"),
        ("country", "DE"),
    ];
    let page = client.post("/account/addresses/new", &fields).await.expect(422);
    assert!(page.text().contains("id=\"postcode-error\"") && page.text().contains("Linienstraße 40"));
    fields[3].1 = "10119";
    client.post("/account/addresses/new", &fields).await.expect(303);
    let list = client.get("/account/addresses").await.expect(200);
    let (_, rest) = list.text().split_once("name=\"address_id\" value=\"").expect("the address is listed");
    let id = rest.split('"').next().unwrap().to_owned();
    let path = format!("/account/addresses/{id}");
    fields[4].1 = "Potsdam";
    client.post(&path, &fields).await.expect(303);
    assert!(client.get(&path).await.expect(200).text().contains("Potsdam"));
    store.client().get(&path).await.expect(303);
    for unknown in ["/account/addresses/x", "/account/addresses/0190c9a0-0000-7000-8000-000000000000"] {
        client.get(unknown).await.expect(404);
    }
    let delete = [("action", "delete"), ("address_id", id.as_str())];
    client.post("/account/addresses", &delete).await.expect(303);
    client.post("/account/addresses", &delete).await.expect(303);
    client.get(&path).await.expect(404);
}

#[tokio::test]
async fn security_and_data_need_the_password() {
    let store = TestStore::sqlite().await;
    let client = registered(&store).await;
    let wrong = [("action", "password"), ("password_old", "nonsense"), ("password_new", "a good new one")];
    let page = client.post("/account/security", &wrong).await.expect(422);
    assert!(page.text().contains("id=\"password_old-error\""));
    let right = [("action", "password"), ("password_old", PASSWORD), ("password_new", "a good new one")];
    client.post("/account/security", &right).await.expect(303);
    client.get("/account").await.expect(200);
    assert_eq!(store.mails().await.len(), 1);

    let export = client.post("/account/data", &[("action", "export")]).await.expect(200);
    assert!(export.header("content-type").starts_with("application/json"));
    assert_eq!(export.json_body()["account"]["email"], EMAIL);
    client.post("/account/data", &[("action", "delete"), ("password", "nonsense")]).await.expect(422);
    client.post("/account/data", &[("action", "delete"), ("password", "a good new one")]).await.expect(200);
    client.get("/account").await.expect(303);
    assert_eq!(store.mails().await.len(), 1);
}

#[tokio::test]
async fn the_guests_cart_becomes_the_customers() {
    let store = TestStore::sqlite().await;
    seed(&store.app, "watches").await.unwrap();
    let client = registered(&store).await;
    client.post("/account/logout", &[]).await.expect(303);
    let variant = super::buying::some_variant(&client).await;
    client.post("/cart", &[("variant_id", &variant), ("quantity", "2")]).await.expect(303);
    log_in(&client, PASSWORD, "/checkout").await;
    assert!(client.cookie("cart").is_none(), "the guest's cart has gone into the account's");
    assert_eq!(client.cookie("cart_count").as_deref(), Some("2"));
    let other = store.client();
    log_in(&other, PASSWORD, "/cart").await;
    assert_eq!(other.cookie("cart_count").as_deref(), Some("2"));
    let one = [("action", "quantity"), ("variant_id", variant.as_str()), ("quantity", "1")];
    client.post("/cart", &one).await.expect(303);
    other.get("/cart").await.expect(200);
    assert_eq!(other.cookie("cart_count").as_deref(), Some("1"), "the badge follows the cart");
}

#[tokio::test]
async fn a_link_alone_opens_no_account() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let stranger = [("name", "Mallory"), ("email", EMAIL), ("password", "the stranger's own words")];
    client.post("/account/register", &stranger).await.expect(200);
    let token = mailed_token(&store, "/account/confirm").await;
    let page = client.get(&format!("/account/confirm?token={token}")).await.expect(200);
    assert_eq!(page.header("referrer-policy"), "same-origin");
    assert!(page.text().contains("name=\"password\""));
    for password in ["", PASSWORD] {
        let page = client.post("/account/confirm", &[("token", &token), ("password", password)]).await;
        let page = page.expect(422);
        assert!(page.text().contains("id=\"password-error\"") && page.text().contains(&token));
        assert!(client.cookie("session").is_none());
    }
    let login = [("email", EMAIL), ("password", "the stranger's own words")];
    client.post("/account/login", &login).await.expect(422);
}

const ADDRESS: [(&str, &str); 6] = [
    ("action", "save"),
    ("name", "Ada \"Countess\" Lovelace"),
    ("line1", "Linienstraße 40"),
    ("postcode", "10119"),
    ("city", "Berlin"),
    ("country", "DE"),
];

/// The hidden fields of a page's last form, with the password put in.
fn sent_again(page: &crate::support::Answer, password: &str) -> Vec<(String, String)> {
    let html = scraper::Html::parse_document(page.text());
    let hidden = scraper::Selector::parse("main form input[type=hidden]").unwrap();
    let mut fields: Vec<(String, String)> = html
        .select(&hidden)
        .map(|e| (e.attr("name").unwrap().to_owned(), e.attr("value").unwrap().to_owned()))
        .collect();
    fields.push(("password_again".to_owned(), password.to_owned()));
    fields
}

async fn send_again(client: &Client, path: &str, fields: &[(String, String)]) -> crate::support::Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    client.post(path, &fields).await
}

#[tokio::test]
async fn an_old_login_gives_the_password_and_loses_nothing() {
    let store = TestStore::sqlite().await;
    let client = registered(&store).await;
    store.app.clock.advance(15 * 60_000 + 1);
    let old = client.cookie("session").unwrap();
    let path = "/account/addresses/new";
    let page = client.post(path, &ADDRESS).await.expect(422);
    assert!(page.text().contains("name=\"password_again\"") && !page.text().contains("class=\"error\""));
    let page = send_again(&client, path, &sent_again(&page, "nonsense")).await.expect(422);
    assert!(page.text().contains("id=\"password_again-error\""));
    assert_eq!(client.cookie("session").as_deref(), Some(old.as_str()));
    assert!(!page.text().contains("nonsense"), "a password is not sent back");
    let saved = send_again(&client, path, &sent_again(&page, PASSWORD)).await.expect(303);
    assert_eq!(saved.location(), "/account/addresses");
    assert_ne!(client.cookie("session").as_deref(), Some(old.as_str()), "the login has a new token");
    let list = client.get("/account/addresses").await.expect(200);
    assert!(list.text().contains("Ada &#34;Countess&#34; Lovelace"), "{}", list.text());
    client.post(path, &ADDRESS).await.expect(303);
    let stolen = store.client();
    stolen.set_cookie("session", &old);
    stolen.get("/account").await.expect(303);
}

#[tokio::test]
async fn a_mistake_behind_the_password_keeps_the_login() {
    let store = TestStore::sqlite().await;
    let client = registered(&store).await;
    store.app.clock.advance(16 * 60_000);
    let mut fields = ADDRESS;
    fields[3].1 = "1";
    let page = client.post("/account/addresses/new", &fields).await.expect(422);
    let page = send_again(&client, "/account/addresses/new", &sent_again(&page, PASSWORD)).await.expect(422);
    assert!(page.text().contains("id=\"postcode-error\"") && page.text().contains("Linienstraße 40"));
    client.get("/account").await.expect(200);
    client.post("/account/addresses/new", &ADDRESS).await.expect(303);
}

#[tokio::test]
async fn lists_and_exports_ask_an_old_login_too() {
    let store = TestStore::sqlite().await;
    let client = registered(&store).await;
    for _ in 0..2 {
        client.post("/account/addresses/new", &ADDRESS).await.expect(303);
    }
    let list = client.get("/account/addresses").await.expect(200);
    let (_, rest) = list.text().split_once("name=\"address_id\" value=\"").expect("the address is listed");
    let id = rest.split('"').next().unwrap().to_owned();
    store.app.clock.advance(16 * 60_000);
    let delete = [("action", "delete"), ("address_id", id.as_str())];
    let page = client.post("/account/addresses", &delete).await.expect(422);
    client.get(&format!("/account/addresses/{id}")).await.expect(200);
    send_again(&client, "/account/addresses", &sent_again(&page, PASSWORD)).await.expect(303);
    client.get(&format!("/account/addresses/{id}")).await.expect(404);

    store.app.clock.advance(16 * 60_000);
    let page = client.post("/account/data", &[("action", "export")]).await.expect(422);
    let export = send_again(&client, "/account/data", &sent_again(&page, PASSWORD)).await.expect(200);
    assert_eq!(export.json_body()["account"]["email"], EMAIL);
    client.get("/account").await.expect(200);
    // A form that asks for the password itself asks once.
    store.app.clock.advance(16 * 60_000);
    let change = [("action", "password"), ("password_old", PASSWORD), ("password_new", "a good new one")];
    client.post("/account/security", &change).await.expect(303);
    store.app.clock.advance(16 * 60_000);
    client.post("/account/data", &[("action", "delete"), ("password", "a good new one")]).await.expect(200);
}

#[tokio::test]
async fn another_address_takes_the_password_of_the_account() {
    let store = TestStore::sqlite().await;
    let client = registered(&store).await;
    let change = [("action", "email"), ("email_new", "new@example.com"), ("email_password", PASSWORD)];
    client.post("/account/security", &change).await.expect(200);
    let mails = store.mails().await;
    let mail = mails.iter().find(|m| m.to == "new@example.com").unwrap();
    let (_, rest) = mail.text.split_once("/account/email?token=").unwrap();
    let token = rest.split_whitespace().next().unwrap();
    // Whoever gets the mail and is not the account's owner has no password to give.
    let stranger = store.client();
    stranger.post("/account/email", &[("token", token), ("password", "mine")]).await.expect(422);
    let done = client.post("/account/email", &[("token", token), ("password", PASSWORD)]).await.expect(303);
    assert_eq!(done.location(), "/account?done=email_confirmed");
    assert!(client.get("/account/security").await.expect(200).text().contains("new@example.com"));
}

#[tokio::test]
async fn what_was_withdrawn_from_says_so_in_the_list() {
    let store = TestStore::sqlite().await;
    let app = &store.app;
    setup::ensure_defaults(app).await.unwrap();
    let watch = offer(app, "watch", 34_900, 9).await;
    for wanted in [None, Some(1), Some(2)] {
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        orders::mark_paid(app, &order.id, "", Actor::Operator).await.unwrap();
        orders::ship(app, &order.id, "", Actor::Operator).await.unwrap();
        let Some(quantity) = wanted else { continue };
        let statement = orders::Statement {
            name: "Ada".to_owned(),
            email: EMAIL.to_owned(),
            lines: vec![WithdrawnLine { variant_id: watch.clone(), quantity }],
            idempotency_key: None,
        };
        orders::withdraw(app, &order.id, statement).await.unwrap();
    }
    store.mails().await;
    let page = registered(&store).await.get("/account").await.expect(200);
    let (html, states) = (Html::parse_document(page.text()), Selector::parse(".order-list .state").unwrap());
    let states: Vec<String> = html.select(&states).map(|state| state.text().collect()).collect();
    assert_eq!(states, ["Withdrawn", "Sent, partly withdrawn", "Sent"]);
}
