//! What happens to orders: each move once, with stock, history and mail.

use mercer::db::Db;
use mercer::domain::order::{Actor, Event, State};
use mercer::domain::payment::{PaymentEvent, PaymentState};
use mercer::error::Error;
use mercer::shop::orders::*;
use mercer::shop::{setup, stock};

use super::goods::*;
use crate::support::{TestStore, both_engines};

const WEEK_MS: i64 = 7 * 24 * 3_600_000;

#[tokio::test]
async fn from_the_transfer_to_the_doorstep() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        assert_eq!(ship(app, &order.id, "", Actor::Operator).await.unwrap_err().status(), 409);
        let paid = mark_paid(app, &order.id, "statement 7", Actor::Operator).await.unwrap();
        assert_eq!((paid.state, paid.payments[0].state), (State::Paid, PaymentState::Captured));
        assert_eq!(paid.payments[0].reference, "statement 7");
        assert_eq!(stock_of(app, &watch).await, (3, 0));
        let twice = mark_paid(app, &order.id, "statement 8", Actor::Operator).await.unwrap();
        assert_eq!(twice, paid, "money told twice is told once");
        let shipped = ship(app, &order.id, " JD0001 ", Actor::Operator).await.unwrap();
        assert_eq!((shipped.state, shipped.tracking.as_str()), (State::Shipped, "JD0001"));
        let done = complete(app, &order.id, Actor::System).await.unwrap();
        let kinds: Vec<&str> = done.events.iter().map(|e| e.kind.as_str()).collect();
        assert_eq!(kinds, ["placed", "paid", "shipped", "completed"]);
        assert!(matches!(cancel(app, &order.id, "", Actor::Operator).await, Err(Error::Conflict(_))));
        expect_healthy(app).await;
        assert_eq!(t.mails().await.len(), 3, "placed, paid, shipped");
    })
    .await;
}

#[tokio::test]
async fn cancelling_gives_the_stock_and_the_code_back() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        add_discount(app, &ten_percent("ONCE", Some(1))).await;
        // What the carrier collects for is final at once: only the shop cancels it.
        for (method, actor) in [("bank_transfer", Actor::Shopper), ("pay_on_delivery", Actor::Operator)] {
            let key = guest_cart(app, &[(&watch, 5)]).await;
            mercer::shop::cart::apply_discount(app, &key, "once").await.unwrap();
            let request = wish(app, &key, method).await;
            let order = placed(mercer::shop::checkout::place_order(app, request).await.unwrap());
            assert_eq!(order.discount_minor, 17_450);
            let cancelled = cancel(app, &order.id, "changed my mind", actor).await.unwrap();
            assert_eq!(cancelled.payments[0].state, PaymentState::Cancelled);
            assert_eq!(stock_of(app, &watch).await, (5, 0), "{method}");
            expect_healthy(app).await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_unpaid_order_expires_once() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        let paid = buy(app, &[(&watch, 1)], "bank_transfer").await;
        mark_paid(app, &paid.id, "", Actor::Operator).await.unwrap();
        app.clock.advance(WEEK_MS - 1);
        assert_eq!(expire_due(app).await.unwrap(), 0);
        app.clock.advance(1);
        let (one, two) = tokio::join!(expire_due(app), expire_due(app));
        assert_eq!(one.unwrap() + two.unwrap(), 1);
        let expired = reload(app, &order).await;
        assert_eq!((expired.state, expired.expires_at), (State::Expired, None));
        assert_eq!(expired.events.iter().filter(|e| e.kind == "expired").count(), 1);
        assert_eq!(stock_of(app, &watch).await, (4, 0));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn an_order_that_can_not_expire_keeps_no_other_from_it() {
    let t = TestStore::sqlite().await;
    let app = &t.app;
    setup::ensure_defaults(app).await.unwrap();
    let broken = offer(app, "broken", 34_900, 5).await;
    let watch = offer(app, "watch", 34_900, 5).await;
    buy(app, &[(&broken, 2)], "bank_transfer").await;
    app.clock.advance(1);
    buy(app, &[(&watch, 2)], "bank_transfer").await;
    let Db::Sqlite { write, .. } = &app.db else { unreachable!() };
    let sql = "UPDATE stock SET reserved = 0 WHERE variant_id = $1";
    sqlx::query(sql).bind(&broken).execute(write).await.unwrap();
    app.clock.advance(WEEK_MS);
    assert_eq!(expire_due(app).await.unwrap(), 1);
    assert_eq!(stock_of(app, &watch).await, (5, 0));
}

#[tokio::test]
async fn money_that_comes_late() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 2).await;
        let lucky = buy(app, &[(&watch, 1)], "bank_transfer").await;
        let unlucky = buy(app, &[(&watch, 1)], "bank_transfer").await;
        app.clock.advance(WEEK_MS);
        assert_eq!(expire_due(app).await.unwrap(), 2);
        stock::adjust(app, &watch, 1).await.unwrap();

        let filled = mark_paid(app, &lucky.id, "", Actor::System).await.unwrap();
        assert_eq!((filled.state, stock_of(app, &watch).await), (State::Paid, (0, 0)));
        let owed = mark_paid(app, &unlucky.id, "", Actor::System).await.unwrap();
        assert_eq!(owed.state, State::PaidUnfulfillable);
        expect_healthy(app).await;
        let refunded = apply_payment_event(app, &unlucky.id, PaymentEvent::RefundAll, "r1", Actor::Operator)
            .await
            .unwrap();
        assert_eq!((refunded.state, refunded.payments[0].state), (State::Cancelled, PaymentState::Refunded));
        assert_eq!(refunded.events.last().unwrap().kind, Event::Refund.as_str());
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn money_that_comes_late_takes_the_codes_use_again() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        let mut code = ten_percent("TWICE", Some(2));
        code.ends_at = Some(app.clock.now_ms() + 1_000);
        add_discount(app, &code).await;
        let mut orders = Vec::new();
        for _ in 0..2 {
            orders.push(buy_with_code(app, &watch, "twice").await);
        }
        let uses = async || {
            let mut conn = app.db.read().await.unwrap();
            mercer::db::discounts::find_discount(&mut conn, "TWICE").await.unwrap().unwrap().uses
        };
        app.clock.advance(WEEK_MS);
        assert_eq!((expire_due(app).await.unwrap(), uses().await), (2, 0));

        // The code's own time is over, but this use was agreed before.
        let filled = mark_paid(app, &orders[0].id, "", Actor::System).await.unwrap();
        assert_eq!((filled.state, uses().await), (State::Paid, 1));
        // Somebody else took the last use meanwhile.
        let mut tx = app.db.write().await.unwrap();
        assert!(mercer::db::discounts::update_discount_used_again(&mut tx, "TWICE").await.unwrap());
        tx.commit().await.unwrap();
        let owed = mark_paid(app, &orders[1].id, "", Actor::System).await.unwrap();
        assert_eq!((owed.state, uses().await), (State::PaidUnfulfillable, 2));
        assert_eq!(stock_of(app, &watch).await, (8, 0), "nothing was taken for it");
        // That somebody has no order here.
        let mut tx = app.db.write().await.unwrap();
        mercer::db::discounts::update_discount_unused(&mut tx, "TWICE").await.unwrap();
        tx.commit().await.unwrap();
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_code_taken_again_by_late_money_is_given_back_once() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 9).await;
        add_discount(app, &ten_percent("TWICE", Some(9))).await;
        let revived = buy_with_code(app, &watch, "TWICE").await;
        let uses = async || {
            let mut conn = app.db.read().await.unwrap();
            mercer::db::discounts::find_discount(&mut conn, "TWICE").await.unwrap().unwrap().uses
        };
        app.clock.advance(WEEK_MS);
        assert_eq!((expire_due(app).await.unwrap(), uses().await), (1, 0));
        // Another order's use, that nobody may give back for the first.
        buy_with_code(app, &watch, "TWICE").await;
        mark_paid(app, &revived.id, "", Actor::System).await.unwrap();
        assert_eq!(uses().await, 2);
        cancel(app, &revived.id, "", Actor::Operator).await.unwrap();
        assert_eq!(uses().await, 1);
        for _ in 0..2 {
            let refund =
                apply_payment_event(app, &revived.id, PaymentEvent::RefundAll, "r1", Actor::Operator).await;
            assert_eq!(refund.unwrap().state, State::Cancelled);
            assert_eq!(uses().await, 1);
        }
        assert_eq!((expire_due(app).await.unwrap(), uses().await), (0, 1));
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn two_operators_at_once() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 5).await;
        let order = buy(app, &[(&watch, 2)], "bank_transfer").await;
        let (paid, cancelled) = tokio::join!(
            mark_paid(app, &order.id, "", Actor::Operator),
            cancel(app, &order.id, "", Actor::Operator)
        );
        assert!(paid.is_ok() || cancelled.is_ok());
        expect_healthy(app).await;
        let ships =
            futures_util::future::join_all((0..8).map(|_| ship(app, &order.id, "", Actor::Operator))).await;
        assert!(ships.iter().filter(|s| s.is_ok()).count() <= 1);
        expect_healthy(app).await;
    })
    .await;
}

#[tokio::test]
async fn lists_go_from_new_to_old_page_by_page() {
    both_engines(async |t| {
        let app = &t.app;
        setup::ensure_defaults(app).await.unwrap();
        let watch = offer(app, "watch", 34_900, 50).await;
        let mut numbers = Vec::new();
        for _ in 0..5 {
            numbers.push(buy(app, &[(&watch, 1)], "bank_transfer").await.number);
        }
        let mut conn = app.db.read().await.unwrap();
        let mut seen = Vec::new();
        let mut filter = mercer::db::orders::OrderFilter { limit: 2, ..Default::default() };
        loop {
            let page = mercer::db::orders::list_orders(&mut conn, &filter).await.unwrap();
            let Some(last) = page.last() else { break };
            filter.before_number = Some(last.number);
            seen.extend(page.iter().map(|o| (o.number, o.pieces)));
        }
        numbers.reverse();
        assert_eq!(seen, numbers.iter().map(|n| (*n, 1)).collect::<Vec<_>>());
        filter =
            mercer::db::orders::OrderFilter { state: Some(State::Shipped), limit: 9, ..Default::default() };
        assert_eq!(mercer::db::orders::list_orders(&mut conn, &filter).await.unwrap(), []);
        for strange in ["", "short", "0123456789012345678901\0", "ÄÄÄÄÄÄÄÄÄÄÄ"] {
            assert_eq!(find_by_token(&mut conn, strange).await.unwrap(), None);
        }
    })
    .await;
}
