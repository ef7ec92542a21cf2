//! Withdrawing: each state of the order treated right, kept, told, and only once.

use mercer::app::App;
use mercer::domain::order::{Actor, Order, State};
use mercer::domain::payment::{PaymentEvent, PaymentState};
use mercer::domain::withdrawal::{Outcome, WithdrawnLine};
use mercer::error::Error;
use mercer::shop::orders::*;
use mercer::shop::setup;

use super::goods::*;
use crate::support::both_engines;

const DAY_MS: i64 = 24 * 3_600_000;

fn statement(lines: &[(&str, i64)]) -> Statement {
    let line =
        |(id, quantity): &(&str, i64)| WithdrawnLine { variant_id: (*id).to_owned(), quantity: *quantity };
    Statement {
        name: " Ada Lovelace ".to_owned(),
        email: "Ada@Example.com".to_owned(),
        lines: lines.iter().map(line).collect(),
        idempotency_key: None,
    }
}

fn kinds(order: &Order) -> Vec<&str> {
    order.events.iter().map(|event| event.kind.as_str()).collect()
}

async fn sent(app: &App, lines: &[(&str, i64)]) -> Order {
    let order = buy(app, lines, "bank_transfer").await;
    mark_paid(app, &order.id, "", Actor::Operator).await.unwrap();
    ship(app, &order.id, "JD1", Actor::Operator).await.unwrap()
}

#[tokio::test]
async fn unpaid_it_is_cancelled_and_the_stock_is_free() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        assert_eq!(stock_of(app, &watch).await, (5, 2));
        let part = withdraw(app, &order.id, statement(&[(&watch, 1)])).await.unwrap_err();
        assert!(
            matches!(&part, Error::Invalid(e) if e.get("lines") == Some("withdrawal.error_whole_only")),
            "{part}"
        );
        let after = withdraw(app, &order.id, statement(&[])).await.unwrap();
        assert_eq!((after.state, after.payments[0].state), (State::Cancelled, PaymentState::Cancelled));
        assert_eq!(kinds(&after), ["placed", "withdrawn"]);
        assert_eq!(after.events[1].note, "WATCH × 2");
        assert_eq!(stock_of(app, &watch).await, (5, 0));
        let [withdrawal] = &after.withdrawals[..] else { panic!("{after:?}") };
        assert_eq!((withdrawal.outcome, withdrawal.refund_minor), (Outcome::Cancelled, 0));
        assert_eq!(
            (withdrawal.name.as_str(), withdrawal.email.as_str()),
            ("Ada Lovelace", "ada@example.com")
        );
        assert!(matches!(withdraw(app, &order.id, statement(&[])).await, Err(Error::Conflict(_))));
        expect_healthy(app).await;
        // Jobs of one moment have no order.
        let mut mails = t.mails().await;
        mails.sort_by(|a, b| a.subject.cmp(&b.subject));
        let to: Vec<(&str, &str)> = mails.iter().map(|m| (m.to.as_str(), &m.subject[..15])).collect();
        let told = [
            ("shop@example.com", "Withdrawal from"),
            ("ada@example.com", "Your order 1000"),
            ("ada@example.com", "Your withdrawal"),
        ];
        assert_eq!(to, told);
        assert!(mails[2].text.contains("1\u{a0}November\u{a0}2026, 13:00 (UTC+1)"), "{}", mails[2].text);
        assert!(mails[2].text.contains("The watch") && mails[2].html.contains("The watch"));
    })
    .await;
}

#[tokio::test]
async fn paid_but_not_sent_it_is_cancelled_and_the_money_is_owed() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        mark_paid(app, &order.id, "", Actor::Operator).await.unwrap();
        pack(app, &order.id, Actor::Operator).await.unwrap();
        let after = withdraw(app, &order.id, statement(&[])).await.unwrap();
        assert_eq!(after.state, State::Cancelled);
        assert_eq!(after.withdrawals[0].refund_minor, order.total_minor);
        assert_eq!(stock_of(app, &watch).await, (5, 0));
        expect_healthy(app).await;
        assert!(matches!(ship(app, &order.id, "", Actor::Operator).await, Err(Error::Conflict(_))));
        let event = PaymentEvent::RefundAll;
        let refunded = apply_payment_event(app, &order.id, event, "", Actor::Operator).await.unwrap();
        assert_eq!(refunded.payments[0].state, PaymentState::Refunded);
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn pay_on_delivery_before_the_parcel_left_owes_nothing() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "pay_on_delivery").await;
        let after = withdraw(app, &order.id, statement(&[])).await.unwrap();
        assert_eq!((after.state, after.withdrawals[0].refund_minor), (State::Cancelled, 0));
        assert_eq!(stock_of(app, &watch).await, (5, 0));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn sent_it_comes_back_part_by_part_until_the_period_ends() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let strap = offer(app, "strap", 4_500, 5).await;
        let order = sent(app, &[(&watch, 2), (&strap, 1)]).await;
        let part = withdraw(app, &order.id, statement(&[(&watch, 1)])).await.unwrap();
        assert_eq!((part.state, part.withdrawals[0].outcome), (State::Shipped, Outcome::Return));
        assert_eq!((part.withdrawals[0].whole, part.withdrawals[0].refund_minor), (false, 34_900));
        assert_eq!(stock_of(app, &watch).await, (3, 0), "the goods are not back yet");
        let more = withdraw(app, &order.id, statement(&[(&watch, 2)])).await.unwrap_err();
        assert!(
            matches!(&more, Error::Invalid(e) if e.get("lines") == Some("withdrawal.error_goods")),
            "{more}"
        );
        app.clock.advance(21 * DAY_MS);
        let rest = withdraw(app, &order.id, statement(&[])).await.unwrap();
        assert_eq!(kinds(&rest)[3..], ["withdrawn_part", "withdrawn"]);
        let refunds: i64 = rest.withdrawals.iter().map(|w| w.refund_minor).sum();
        assert_eq!((rest.withdrawals[1].whole, refunds), (true, order.total_minor));
        let late = sent(app, &[(&watch, 1)]).await;
        app.clock.advance(22 * DAY_MS);
        assert!(matches!(withdraw(app, &late.id, statement(&[])).await, Err(Error::Conflict(_))));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_double_click_withdraws_once() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        let order = sent(app, &[(&watch, 5)]).await;
        t.mails().await;
        let keyed = Statement { idempotency_key: Some("one-form".to_owned()), ..statement(&[(&watch, 2)]) };
        let clicks = (0..8).map(|_| withdraw(app, &order.id, keyed.clone()));
        for outcome in futures_util::future::join_all(clicks).await {
            assert_eq!(outcome.unwrap().withdrawals.len(), 1);
        }
        assert_eq!(t.mails().await.len(), 2, "one receipt, one notice");
        let other = Statement { lines: statement(&[(&watch, 1)]).lines, ..keyed };
        let reused = withdraw(app, &order.id, other).await.unwrap_err();
        assert!(matches!(&reused, Error::Invalid(e) if e.get("idempotency_key").is_some()), "{reused}");
        // Two forms at once never withdraw more than there is.
        let forms = (0..4).map(|_| withdraw(app, &order.id, statement(&[(&watch, 2)])));
        let done = futures_util::future::join_all(forms).await;
        assert!(done.iter().filter(|outcome| outcome.is_ok()).count() <= 1);
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn an_operator_who_sends_it_at_the_same_moment() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        mark_paid(app, &order.id, "", Actor::Operator).await.unwrap();
        let (withdrawn, _) =
            tokio::join!(withdraw(app, &order.id, statement(&[])), ship(app, &order.id, "", Actor::Operator));
        // Whoever was second found the order where the first one had left it.
        let after = reload(app, &order).await;
        let outcome = withdrawn.unwrap().withdrawals[0].outcome;
        assert_eq!(outcome == Outcome::Return, after.state == State::Shipped, "{after:?}");
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn what_is_typed_wrong_is_told() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        let order = sent(app, &[(&watch, 2)]).await;
        for (field, wrong) in [
            ("name", Statement { name: "  ".to_owned(), ..statement(&[]) }),
            ("name", Statement { name: "a\0b".to_owned(), ..statement(&[]) }),
            ("name", Statement { name: "x".repeat(201), ..statement(&[]) }),
            ("email", Statement { email: "ada".to_owned(), ..statement(&[]) }),
            ("lines", statement(&[("no-such-variant\0", 1)])),
            ("lines", statement(&[(&watch, 0)])),
            ("idempotency_key", Statement { idempotency_key: Some("a b".to_owned()), ..statement(&[]) }),
        ] {
            let error = withdraw(app, &order.id, wrong).await.unwrap_err();
            assert!(matches!(&error, Error::Invalid(e) if e.get(field).is_some()), "{field}: {error:?}");
        }
        assert_eq!(reload(app, &order).await.withdrawals, []);
        let cancelled = buy(app, &[(&watch, 1)], "bank_transfer").await;
        cancel(app, &cancelled.id, "", Actor::Shopper).await.unwrap();
        assert!(matches!(withdraw(app, &cancelled.id, statement(&[])).await, Err(Error::Conflict(_))));
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_customer_leaves_no_name_in_his_withdrawals() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        mercer::shop::accounts::ensure_account(app, "ada@example.com", "Ada", "orbit-lantern-42")
            .await
            .unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        let order = sent(app, &[(&watch, 2)]).await;
        withdraw(app, &order.id, statement(&[(&watch, 1)])).await.unwrap();
        t.mails().await;
        let mut tx = app.db.write().await.unwrap();
        let found = mercer::db::customers::find_customer_by_email(&mut tx, "ada@example.com").await.unwrap();
        let customer_id = found.unwrap().id;
        mercer::db::orders::update_guest_orders(&mut tx, &customer_id, "ada@example.com").await.unwrap();
        let forgotten =
            mercer::db::withdrawals::update_withdrawals_forgotten(&mut tx, &customer_id).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(forgotten, 1);
        let withdrawal = &reload(app, &order).await.withdrawals[0];
        assert_eq!((withdrawal.name.as_str(), withdrawal.email.as_str()), ("", ""));
    })
    .await;
}
