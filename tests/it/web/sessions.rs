//! Logins in the browser: their cookies, and that no answer tells which accounts exist.

use poem::http::header;

use crate::support::{Answer, Client, TestStore};

const PASSWORD: &str = "tulip-kettle-47";

async fn open_account(store: &TestStore, email: &str) {
    let client = store.client();
    let fields = [("name", "Ada"), ("email", email), ("password", PASSWORD)];
    client.post("/account/register", &fields).await;
    let mails = store.mails().await;
    let (_, rest) = mails[0].text.split_once("/account/confirm?token=").expect("a link");
    let token = rest.split_whitespace().next().unwrap();
    client.post("/account/confirm", &[("token", token), ("password", PASSWORD)]).await;
}

async fn log_in(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/account/login", &[("email", email), ("password", password)]).await
}

fn cookies(answer: &Answer) -> Vec<String> {
    let lines = answer.headers.get_all(header::SET_COOKIE).iter();
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_login_is_a_cookie_that_scripts_cannot_read() {
    let store = TestStore::sqlite().await;
    open_account(&store, "ada@example.com").await;
    let client = store.client();
    let answer = log_in(&client, "ada@example.com", PASSWORD).await.expect(303);
    let lines = cookies(&answer);
    let session = lines.iter().find(|l| l.starts_with("session=")).expect("a session");
    assert!(session.ends_with("; Path=/; Max-Age=2592000; SameSite=Lax; HttpOnly"), "{session}");
    let badge = lines.iter().find(|l| l.starts_with("signed_in=1;")).expect("a badge");
    assert!(!badge.contains("HttpOnly"), "{badge}");
    client.get("/account").await.expect(200);
    let old = client.cookie("session").unwrap();

    log_in(&client, "ada@example.com", PASSWORD).await.expect(303);
    assert_ne!(client.cookie("session").unwrap(), old);
    let stolen = store.client();
    stolen.set_cookie("session", &old);
    assert_eq!(stolen.get("/account").await.status.as_u16(), 303, "the replaced login is dead");

    let kept = client.cookie("session").unwrap();
    client.post("/account/logout", &[]).await.expect(303);
    assert_eq!((client.cookie("session"), client.cookie("signed_in")), (None, None));
    stolen.set_cookie("session", &kept);
    assert_eq!(stolen.get("/account").await.status.as_u16(), 303, "dead in the database too");
}

#[tokio::test]
async fn public_pages_set_no_cookie_and_read_none() {
    let store = TestStore::sqlite().await;
    open_account(&store, "ada@example.com").await;
    let (guest, customer) = (store.client(), store.client());
    log_in(&customer, "ada@example.com", PASSWORD).await.expect(303);
    for path in ["/", "/search?q=x", "/pages/none", "/c/none", "/p/none"] {
        let (a, b) = (guest.get(path).await, customer.get(path).await);
        assert_eq!(a.text(), b.text(), "{path}");
        assert_eq!((cookies(&a), cookies(&b)), (Vec::new(), Vec::new()), "{path}");
    }
}

/// What differs is what was typed, and nothing else.
fn assert_same(known: &Answer, unknown: &Answer) {
    assert_eq!(known.status, unknown.status);
    assert_eq!(known.text().replace("ada@example.com", "eve@example.com"), unknown.text());
    let names = |a: &Answer| a.headers.keys().map(|k| k.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(known), names(unknown));
    assert_eq!(known.location().replace("ada", "eve"), unknown.location());
}

#[tokio::test]
async fn no_answer_tells_which_accounts_exist() {
    let store = TestStore::sqlite().await;
    open_account(&store, "ada@example.com").await;
    let ask = async |path: &str, email: &str, password: &str| {
        let fields = [("name", "Ada"), ("email", email), ("password", password)];
        store.client().post(path, &fields).await
    };
    for (path, password) in [
        ("/account/login", "wrong-password"),
        ("/account/register", PASSWORD),
        ("/account/register", "short"),
        ("/account/reset", ""),
    ] {
        let known = ask(path, "ada@example.com", password).await;
        let unknown = ask(path, "eve@example.com", password).await;
        assert_same(&known, &unknown);
    }
    for _ in 0..5 {
        log_in(&store.client(), "ada@example.com", "wrong-password").await;
        log_in(&store.client(), "eve@example.com", "wrong-password").await;
    }
    let known = log_in(&store.client(), "ada@example.com", PASSWORD).await;
    let unknown = log_in(&store.client(), "eve@example.com", PASSWORD).await;
    assert_same(&known, &unknown);
    assert_eq!(known.status.as_u16(), 429);
}

#[tokio::test]
async fn discount_codes_are_tried_ten_times_an_hour() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    for _ in 0..10 {
        let answer = client.post("/cart", &[("action", "discount"), ("code", "GUESS")]).await;
        assert_ne!(answer.status.as_u16(), 429);
    }
    client.post("/cart", &[("action", "discount"), ("code", "GUESS")]).await.expect(429);
    client.get("/cart").await.expect(200);
}
