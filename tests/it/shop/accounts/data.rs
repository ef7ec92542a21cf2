//! Guest orders, export, deletion.

use mercer::db::orders::{find_order, insert_order, list_orders_by_customer};
use mercer::domain::address::Address;
use mercer::domain::order::{Order, OrderLine, State};
use mercer::domain::payment::Method;
use mercer::shop::accounts::{delete_account, export_account, log_out_others, prove_again, save_address};
use mercer::shop::cart::{create_cart, merge_into_customer};

use super::{PASSWORD, enter, open_account, reason, try_login, who};
use crate::support::{TestStore, both_engines};

const MARKER: &str = "zebrafinch";

fn home() -> Address {
    Address {
        name: format!("Ada {MARKER}"),
        line1: "A 1".to_owned(),
        postcode: "10115".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        ..Address::default()
    }
}

fn order(store: &TestStore, number: i64, email: &str, customer_id: Option<String>) -> Order {
    Order {
        id: store.app.id(),
        number,
        token: store.app.random.link(),
        customer_id,
        email: email.to_owned(),
        state: State::Shipped,
        payment_method: Method::BankTransfer,
        shipping_key: "standard".to_owned(),
        shipping_name: "Standard".to_owned(),
        country: "DE".to_owned(),
        currency: "EUR".to_owned(),
        items_minor: 1_000,
        discount_minor: 0,
        shipping_minor: 0,
        tax_minor: 160,
        total_minor: 1_000,
        taxes: Vec::new(),
        discount_code: String::new(),
        shipping_address: home(),
        billing_address: None,
        note: format!("ring at {MARKER}"),
        tracking: String::new(),
        expires_at: None,
        version: 0,
        placed_at: store.app.clock.now_ms(),
        updated_at: store.app.clock.now_ms(),
        lines: vec![OrderLine {
            variant_id: store.app.id(),
            product_slug: "thing".to_owned(),
            title: "Thing".to_owned(),
            variant_title: String::new(),
            sku: "T-1".to_owned(),
            media_hash: String::new(),
            quantity: 1,
            unit_minor: 1_000,
            discount_minor: 0,
            total_minor: 1_000,
            rate_bp: 1_900,
            tax_minor: 160,
        }],
        events: Vec::new(),
        payments: Vec::new(),
        withdrawals: Vec::new(),
    }
}

async fn place(store: &TestStore, order: &Order) {
    let mut tx = store.app.db.write().await.unwrap();
    insert_order(&mut tx, order).await.unwrap();
    tx.commit().await.unwrap();
}

async fn numbers(store: &TestStore, customer_id: &str) -> Vec<i64> {
    let mut conn = store.app.db.read().await.unwrap();
    let orders = list_orders_by_customer(&mut conn, customer_id, None, 10).await.unwrap();
    orders.iter().map(|o| o.number).collect()
}

#[tokio::test]
async fn guest_orders_join_the_account_of_their_confirmed_address() {
    both_engines(async |store| {
        place(&store, &order(&store, 1, "ada@example.com", None)).await;
        place(&store, &order(&store, 2, "eve@example.com", None)).await;
        open_account(&store, "ada@example.com").await;
        let (_, me) = enter(&store.app, "ada@example.com", PASSWORD).await;
        assert_eq!(numbers(&store, &me.customer_id).await, [1]);
        place(&store, &order(&store, 3, "ada@example.com", None)).await;
        enter(&store.app, "ada@example.com", PASSWORD).await;
        assert_eq!(numbers(&store, &me.customer_id).await, [3, 1], "and at the next login");
    })
    .await;
}

#[tokio::test]
async fn the_export_has_everything_and_no_secret() {
    both_engines(async |store| {
        let app = &store.app;
        place(&store, &order(&store, 1, "ada@example.com", None)).await;
        open_account(&store, "ada@example.com").await;
        let (token, me) = enter(app, "ada@example.com", PASSWORD).await;
        save_address(app, &me, None, home(), false).await.unwrap();
        let export = export_account(app, &me).await.unwrap();
        assert_eq!(export["account"]["email"], "ada@example.com");
        assert_eq!(export["account"]["created_at"], "2026-11-01T12:00:00Z");
        assert_eq!(export["addresses"][0]["address"]["name"], format!("Ada {MARKER}"));
        assert_eq!(export["orders"][0]["number"], 1);
        assert_eq!(export["orders"][0]["lines"][0]["sku"], "T-1");
        assert_eq!(export["logins"][0]["device"], "Firefox, Linux");
        let text = export.to_string();
        for secret in ["argon2", &token, &me.session_hash] {
            assert!(!text.contains(secret), "{secret}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_deleted_account_leaves_the_books_and_nothing_else() {
    both_engines(async |store| {
        let app = &store.app;
        let email = format!("ada.{MARKER}@example.com");
        open_account(&store, &email).await;
        let (token, me) = enter(app, &email, PASSWORD).await;
        let placed = order(&store, 1, &email, Some(me.customer_id.clone()));
        place(&store, &placed).await;
        save_address(app, &me, None, home(), false).await.unwrap();
        let cart = app.random.token();
        create_cart(app, &[], &cart).await.unwrap();
        merge_into_customer(app, &cart, &me.customer_id).await.unwrap();
        try_login(app, &email, "wrong-password").await.unwrap();
        let wrong = prove_again(app, &me, "password", "wrong-password").await;
        assert_eq!(reason(wrong, "password"), "account.error_password_wrong");
        assert!(store.dump().await.contains(&me.customer_id));

        delete_account(app, &me).await.unwrap();
        let mails = store.mails().await;
        assert_eq!((mails.len(), mails[0].to.as_str()), (1, email.as_str()));
        assert!(who(app, &token).await.is_none());
        assert!(try_login(app, &email, PASSWORD).await.unwrap().is_none());
        let kept = find_order(&mut app.db.read().await.unwrap(), &placed.id).await.unwrap().unwrap();
        assert_eq!((kept.email.as_str(), kept.note.as_str(), kept.customer_id), ("", "", None));
        assert_eq!(kept.shipping_address, home(), "the law wants it on the invoice");
        let dump = store.dump().await;
        assert_eq!(dump.matches(MARKER).count(), 1, "only in the order's address");
        assert!(!dump.contains(&me.customer_id));
        assert_eq!(log_out_others(app, &me).await.unwrap(), 0);
    })
    .await;
}
