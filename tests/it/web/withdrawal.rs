//! Withdrawing as a browser does it, from the order's page to the receipt.

mod by_number;

use mercer::domain::order::{Actor, Order, State};
use mercer::shop::orders;
use mercer::shop::setup;
use scraper::{Html, Selector};

use crate::shop::goods::{buy, expect_healthy, offer, reload};
use crate::support::{Answer, Client, TestStore};

fn value(page: &Answer, name: &str) -> String {
    let selector = Selector::parse(&format!("[name=\"{name}\"]")).unwrap();
    let html = Html::parse_document(page.text());
    let field = html.select(&selector).next().unwrap_or_else(|| panic!("no {name}"));
    field.value().attr("value").unwrap_or_default().to_owned()
}

async fn sent_order(store: &TestStore) -> (Order, String) {
    setup::ensure_defaults(&store.app).await.unwrap();
    let watch = offer(&store.app, "watch", 34_900, 9).await;
    let order = buy(&store.app, &[(&watch, 3)], "bank_transfer").await;
    orders::mark_paid(&store.app, &order.id, "", Actor::Operator).await.unwrap();
    (orders::ship(&store.app, &order.id, "", Actor::Operator).await.unwrap(), watch)
}

#[tokio::test]
async fn a_guest_withdraws_from_a_part() {
    let store = TestStore::sqlite().await;
    let (order, watch) = sent_order(&store).await;
    store.mails().await;
    let (path, guest) = (format!("/orders/{}", order.token), store.client());
    let order_page = guest.get(&path).await.expect(200);
    assert!(order_page.text().contains("Withdraw from contract here"));
    assert!(order_page.text().contains("Until 22\u{a0}November\u{a0}2026"), "the last day");
    let withdraw = format!("{path}/withdraw");
    let form = guest.get(&withdraw).await.expect(200);
    assert_eq!((form.header("cache-control"), form.header("referrer-policy")), ("no-store", "same-origin"));
    let pieces = format!("pieces_{watch}");
    assert_eq!((value(&form, &pieces), value(&form, "email")), ("3".into(), "ada@example.com".into()));
    assert!(form.text().contains("Confirm withdrawal") && form.text().contains(&order.number.to_string()));

    let key = value(&form, "key");
    let fields =
        [("name", "Ada L."), ("email", "ada@home.example"), (pieces.as_str(), "2"), ("key", key.as_str())];
    let done = guest.post(&withdraw, &fields).await.expect(303);
    assert_eq!(done.location(), format!("{path}#withdrawal"));
    guest.post(&withdraw, &fields).await.expect(303);
    let after = reload(&store.app, &order).await;
    assert_eq!((after.withdrawals.len(), after.withdrawals[0].refund_minor), (1, 69_800));
    let page = guest.get(&path).await.expect(200);
    assert!(page.text().contains("Your withdrawal of 1\u{a0}November\u{a0}2026, 13:00 (UTC+1)"));
    assert!(page.text().contains("698.00") && page.text().contains("ada@home.example"));
    let mails = store.mails().await;
    let mut to: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    to.sort_unstable();
    assert_eq!(to, ["ada@home.example", "shop@example.com"]);
    expect_healthy(&store.app).await;
}

#[tokio::test]
async fn what_is_typed_wrong_is_kept_and_told() {
    let store = TestStore::sqlite().await;
    let (order, watch) = sent_order(&store).await;
    let (withdraw, guest) = (format!("/orders/{}/withdraw", order.token), store.client());
    let pieces = format!("pieces_{watch}");
    for (name, email, wanted, told_at) in [
        ("", "ada@example.com", "1", "name"),
        ("Ada <3", "ada", "1", "email"),
        ("Ada <3", "ada@example.com", "4", "lines"),
        ("Ada <3", "ada@example.com", "-1", "lines"),
        ("Ada <3", "ada@example.com", "many\0", "lines"),
        ("Ada <3", "ada@example.com", "0", "lines"),
        ("Ada <3", "ada@example.com", "", "lines"),
    ] {
        let page =
            guest.post(&withdraw, &[("name", name), ("email", email), (&pieces, wanted)]).await.expect(422);
        assert!(page.text().contains(&format!("id=\"{told_at}-error\"")), "{told_at}: {wanted}");
        assert_eq!((value(&page, "name"), value(&page, "email")), (name.to_owned(), email.to_owned()));
    }
    let reused = format!("{} ", order.id);
    let fields =
        [("name", "Ada"), ("email", "ada@example.com"), (pieces.as_str(), "1"), ("key", reused.as_str())];
    let page = guest.post(&withdraw, &fields).await.expect(422);
    assert_ne!(value(&page, "key"), reused, "a key that can't be one is replaced");
    assert_eq!(reload(&store.app, &order).await.withdrawals, []);
}

#[tokio::test]
async fn an_unpaid_order_is_withdrawn_from_as_a_whole() {
    let store = TestStore::sqlite().await;
    setup::ensure_defaults(&store.app).await.unwrap();
    let watch = offer(&store.app, "watch", 34_900, 9).await;
    let order = buy(&store.app, &[(&watch, 3)], "bank_transfer").await;
    let (path, guest) = (format!("/orders/{}", order.token), store.client());
    let withdraw = format!("{path}/withdraw");
    let form = guest.get(&withdraw).await.expect(200);
    assert!(form.text().contains("neither paid nor sent"));
    let key = value(&form, "key");
    let fields = [("name", "Ada"), ("email", "ada@example.com"), ("key", key.as_str())];
    guest.post(&withdraw, &fields).await.expect(303);
    assert_eq!(reload(&store.app, &order).await.state, State::Cancelled);
    let page = guest.get(&path).await.expect(200);
    assert!(page.text().contains("You have withdrawn from this order") && !page.text().contains("IBAN"));
    assert!(!page.text().contains("Withdraw from contract here"));
    // Whoever comes again sees that it is done.
    assert_eq!(guest.get(&withdraw).await.expect(303).location(), format!("{path}#withdrawal"));
    assert_eq!(
        guest.post(&withdraw, &fields[..2]).await.expect(303).location(),
        format!("{path}#withdrawal")
    );
}

#[tokio::test]
async fn too_late_and_unknown() {
    let store = TestStore::sqlite().await;
    let (order, _) = sent_order(&store).await;
    let (path, guest) = (format!("/orders/{}", order.token), store.client());
    store.app.clock.advance(30 * 24 * 3_600_000);
    let page = guest.get(&path).await.expect(200);
    assert!(!page.text().contains("Withdraw from contract here"));
    let late = guest.get(&format!("{path}/withdraw")).await.expect(409);
    assert!(late.text().contains("fourteen days"));
    guest.post(&format!("{path}/withdraw"), &[]).await.expect(422);
    guest.get("/orders/AAAAAAAAAAAAAAAAAAAAAA/withdraw").await.expect(404);
    guest.post("/orders/AAAAAAAAAAAAAAAAAAAAAA/withdraw", &[]).await.expect(404);
}

#[tokio::test]
async fn a_german_shop_says_it_as_its_law_does() {
    let store = TestStore::sqlite().await;
    let german = mercer::domain::settings::ShopSettings { language: "de".to_owned(), ..Default::default() };
    let mut tx = store.app.db.write().await.unwrap();
    mercer::db::settings::update_settings(&mut tx, &german, store.app.clock.now_ms()).await.unwrap();
    tx.commit().await.unwrap();
    store.app.reload_settings().await.unwrap();
    let (order, _) = sent_order(&store).await;
    let guest = store.client();
    let path = format!("/orders/{}", order.token);
    assert!(guest.get(&path).await.expect(200).text().contains("Vertrag widerrufen"));
    let form = guest.get(&format!("{path}/withdraw")).await.expect(200);
    assert!(form.text().contains("Widerruf bestätigen"));
}
