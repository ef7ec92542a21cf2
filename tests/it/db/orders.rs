//! Orders are found by id, link and number, move from where they are, and are counted once.

use mercer::db::orders::*;
use mercer::db::withdrawals::insert_withdrawal;
use mercer::domain::order::{Actor, Order, OrderEvent, State};
use mercer::domain::withdrawal::{Extent, Outcome, Withdrawal, WithdrawnLine};
use mercer::shop::setup;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::shop::goods::{buy, offer, reload};
use crate::support::{TestStore, both_engines};

async fn order(t: &TestStore) -> Order {
    setup::ensure_defaults(&t.app).await.unwrap();
    let watch = offer(&t.app, "watch", 100, 9).await;
    buy(&t.app, &[(&watch, 2)], "bank_transfer").await
}

/// The same order once more, under another id, number and link.
fn copy(order: &Order, name: &str, number: i64) -> Order {
    let mut copy = Order { id: name.to_owned(), number, token: format!("link {name}"), ..order.clone() };
    copy.payments.clear();
    copy.events.iter_mut().for_each(|event| event.id = format!("{} of {name}", event.id));
    copy
}

fn withdrawal(order: &Order) -> Withdrawal {
    Withdrawal {
        id: String::new(),
        outcome: Outcome::Cancelled,
        whole: false,
        refund_minor: 0,
        name: "Ada".to_owned(),
        email: order.email.clone(),
        at: 5,
        lines: vec![WithdrawnLine { variant_id: order.lines[0].variant_id.clone(), quantity: 1 }],
    }
}

#[tokio::test]
async fn what_is_written_is_read_back() {
    both_engines(async |t| {
        let first = order(&t).await;
        let mut tx = t.app.db.write().await.unwrap();
        let mut second = copy(&first, "second", first.number + 5);
        second.billing_address = Some(second.shipping_address.clone());
        (second.tracking, second.expires_at) = ("JD1".to_owned(), None);
        insert_order(&mut tx, &second).await.unwrap();
        assert_eq!(find_order(&mut tx, "second").await.unwrap().as_ref(), Some(&second));
        assert_eq!(find_order_by_token(&mut tx, "link second").await.unwrap().as_ref(), Some(&second));
        assert_eq!(find_order_by_number(&mut tx, first.number).await.unwrap().as_ref(), Some(&first));
        assert_eq!(find_order(&mut tx, "none").await.unwrap(), None);
        assert_eq!(find_order_by_token(&mut tx, "none").await.unwrap(), None);
        assert_eq!(find_order_by_number(&mut tx, 1).await.unwrap(), None);
        let of_email = find_order_of_email(&mut tx, first.number, &first.email).await.unwrap();
        assert_eq!(of_email.as_ref(), Some(&first));
        for (number, email) in [(first.number, "other@example.com"), (1, first.email.as_str())] {
            assert_eq!(find_order_of_email(&mut tx, number, email).await.unwrap(), None);
        }
        tx.commit().await.unwrap();
        let same_number = copy(&first, "third", first.number);
        let same_link = Order { token: first.token.clone(), ..copy(&first, "fourth", 99_999) };
        for twin in [same_number, same_link] {
            let mut tx = t.app.db.write().await.unwrap();
            assert_eq!(refusal(insert_order(&mut tx, &twin).await), ErrorKind::UniqueViolation);
        }
    })
    .await;
}

#[tokio::test]
async fn a_move_starts_where_the_order_is() {
    both_engines(async |t| {
        let order = order(&t).await;
        let mut tx = t.app.db.write().await.unwrap();
        insert_order(&mut tx, &copy(&order, "other", 99_999)).await.unwrap();
        let step =
            |from, to, version, tracking| OrderMove { order_id: &order.id, from, to, version, tracking };
        let wrong_state = step(State::Paid, State::Shipped, 0, None);
        assert!(!update_order_state(&mut tx, wrong_state, 5).await.unwrap());
        let wrong_version = step(State::PendingPayment, State::Paid, 1, None);
        assert!(!update_order_state(&mut tx, wrong_version, 5).await.unwrap());
        let stay = step(State::PendingPayment, State::PendingPayment, 0, Some("JD1"));
        assert!(update_order_state(&mut tx, stay, 6).await.unwrap());
        let waiting = find_order(&mut tx, &order.id).await.unwrap().unwrap();
        assert_eq!((waiting.version, waiting.updated_at, waiting.expires_at), (1, 6, order.expires_at));
        assert!(
            update_order_state(&mut tx, step(State::PendingPayment, State::Paid, 1, None), 7).await.unwrap()
        );
        let paid = find_order(&mut tx, &order.id).await.unwrap().unwrap();
        assert_eq!((paid.state, paid.expires_at, paid.tracking.as_str()), (State::Paid, None, "JD1"));
        let other = find_order(&mut tx, "other").await.unwrap().unwrap();
        assert_eq!((other.state, other.version), (State::PendingPayment, 0));

        let event = OrderEvent {
            id: "event".to_owned(),
            kind: "paid".to_owned(),
            state: State::Paid,
            actor: Actor::Operator,
            note: "by hand".to_owned(),
            at: order.events[0].at + 1,
        };
        insert_order_event(&mut tx, &order.id, &event).await.unwrap();
        let events = find_order(&mut tx, &order.id).await.unwrap().unwrap().events;
        assert_eq!((events.len(), &events[1]), (2, &event), "oldest first");
        assert_eq!(refusal(insert_order_event(&mut tx, "gone", &event).await), ErrorKind::UniqueViolation);
    })
    .await;
}

#[tokio::test]
async fn what_waits_too_long_is_due() {
    both_engines(async |t| {
        let order = order(&t).await;
        let mut tx = t.app.db.write().await.unwrap();
        for (name, number, state, expires_at) in [
            ("soon", 1, State::PendingPayment, Some(10)),
            ("later", 2, State::PendingPayment, Some(20)),
            ("paid", 3, State::Paid, Some(5)),
            ("never", 4, State::PendingPayment, None),
        ] {
            insert_order(&mut tx, &Order { state, expires_at, ..copy(&order, name, number) }).await.unwrap();
        }
        assert!(list_due_orders(&mut tx, 9, 9).await.unwrap().is_empty());
        assert_eq!(list_due_orders(&mut tx, 20, 9).await.unwrap(), ["soon", "later"]);
        assert_eq!(list_due_orders(&mut tx, 20, 1).await.unwrap(), ["soon"]);
    })
    .await;
}

#[tokio::test]
async fn lists_go_by_number_and_orders_change_hands() {
    both_engines(async |t| {
        let order = order(&t).await;
        let mut tx = t.app.db.write().await.unwrap();
        seeds::customer(&mut tx, "ada").await;
        seeds::customer(&mut tx, "eve").await;
        for (name, number, email) in
            [("a", 1, "ada@example.org"), ("b", 2, "ada@example.org"), ("c", 3, "x@y.z")]
        {
            insert_order(&mut tx, &Order { email: email.to_owned(), ..copy(&order, name, number) })
                .await
                .unwrap();
        }
        assert_eq!(update_guest_orders(&mut tx, "ada", "ada@example.org").await.unwrap(), 2);
        assert_eq!(
            update_guest_orders(&mut tx, "eve", "ada@example.org").await.unwrap(),
            0,
            "they are Ada's now"
        );
        let numbers = |list: &[mercer::domain::order::OrderSummary]| {
            list.iter().map(|o| (o.number, o.pieces)).collect::<Vec<_>>()
        };
        let hers = list_orders_by_customer(&mut tx, "ada", None, 9).await.unwrap();
        assert_eq!(numbers(&hers), [(2, 2), (1, 2)]);
        let page = list_orders_by_customer(&mut tx, "ada", Some(2), 9).await.unwrap();
        assert_eq!(numbers(&page), [(1, 2)]);
        let part = Withdrawal { id: "w1".to_owned(), whole: false, ..withdrawal(&order) };
        insert_withdrawal(&mut tx, "a", &part).await.unwrap();
        for whole in [false, true] {
            let id = format!("whole {whole}");
            insert_withdrawal(&mut tx, "b", &Withdrawal { id, whole, ..part.clone() }).await.unwrap();
        }
        let filter = OrderFilter { state: Some(State::PendingPayment), before_number: Some(4), limit: 9 };
        for list in [
            list_orders_by_customer(&mut tx, "ada", None, 9).await.unwrap(),
            list_orders(&mut tx, &filter).await.unwrap(),
        ] {
            let withdrawn = |number| list.iter().find(|o| o.number == number).map(|o| o.withdrawn);
            assert_eq!((withdrawn(1), withdrawn(2)), (Some(Extent::Part), Some(Extent::Whole)));
            assert!(matches!(withdrawn(3), None | Some(Extent::Nothing)));
        }
        let filter = OrderFilter { state: Some(State::PendingPayment), before_number: Some(3), limit: 1 };
        assert_eq!(numbers(&list_orders(&mut tx, &filter).await.unwrap()), [(2, 2)]);
        let none = OrderFilter { state: Some(State::Expired), before_number: None, limit: 9 };
        assert_eq!(list_orders(&mut tx, &none).await.unwrap(), []);

        assert_eq!(update_orders_forgotten(&mut tx, "ada", 9).await.unwrap(), 2);
        let forgotten = find_order(&mut tx, "a").await.unwrap().unwrap();
        assert_eq!((forgotten.customer_id, forgotten.email.as_str(), forgotten.version), (None, "", 1));
        assert_eq!(find_order(&mut tx, "c").await.unwrap().unwrap().email, "x@y.z");
        drop(tx);
        assert_eq!(reload(&t.app, &order).await, order);
    })
    .await;
}
