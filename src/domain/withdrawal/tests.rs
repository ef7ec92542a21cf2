use super::*;
use crate::domain::address::Address;
use crate::domain::order::{Actor, OrderEvent};
use crate::domain::payment::{Method, Payment, PaymentState};

/// 2026-11-01 12:00 UTC.
const SENT_MS: i64 = 1_793_534_400_000;

/// Three pieces of `a` for 10.00 together, one of `b` for 5.00, delivery 4.90.
fn order(state: State, paid: bool) -> Order {
    let line = |variant_id: &str, quantity, total_minor| OrderLine {
        variant_id: variant_id.to_owned(),
        product_slug: String::new(),
        title: String::new(),
        variant_title: String::new(),
        sku: String::new(),
        media_hash: String::new(),
        quantity,
        unit_minor: total_minor / quantity,
        discount_minor: 0,
        total_minor,
        rate_bp: 1900,
        tax_minor: 0,
    };
    Order {
        id: "o".to_owned(),
        number: 1,
        token: String::new(),
        customer_id: None,
        email: String::new(),
        state,
        payment_method: Method::BankTransfer,
        shipping_key: String::new(),
        shipping_name: String::new(),
        country: "DE".to_owned(),
        currency: "EUR".to_owned(),
        items_minor: 1_500,
        discount_minor: 0,
        shipping_minor: 490,
        tax_minor: 0,
        total_minor: 1_990,
        taxes: Vec::new(),
        discount_code: String::new(),
        shipping_address: Address::default(),
        billing_address: None,
        note: String::new(),
        tracking: String::new(),
        expires_at: None,
        version: 0,
        placed_at: 0,
        updated_at: 0,
        lines: vec![line("a", 3, 1_000), line("b", 1, 500)],
        events: Vec::new(),
        payments: vec![Payment {
            id: "p".to_owned(),
            method: Method::BankTransfer,
            state: if paid { PaymentState::Captured } else { PaymentState::Pending },
            amount_minor: 1_990,
            currency: "EUR".to_owned(),
            reference: String::new(),
            created_at: 0,
            updated_at: 0,
        }],
        withdrawals: Vec::new(),
    }
}

fn happened(order: &mut Order, event: Event, at: i64) {
    order.events.push(OrderEvent {
        id: String::new(),
        kind: event.as_str().to_owned(),
        state: order.state,
        actor: Actor::Operator,
        note: String::new(),
        at,
    });
}

fn sent(state: State) -> Order {
    let mut order = order(state, true);
    happened(&mut order, Event::Ship, SENT_MS);
    order
}

fn pieces(variant_id: &str, quantity: i64) -> WithdrawnLine {
    WithdrawnLine { variant_id: variant_id.to_owned(), quantity }
}

/// Takes the plan into the order, as the shop does.
fn take(order: &mut Order, plan: &Plan) {
    order.withdrawals.push(Withdrawal {
        id: String::new(),
        outcome: plan.outcome,
        whole: plan.whole,
        refund_minor: plan.refund_minor,
        name: String::new(),
        email: String::new(),
        at: SENT_MS,
        lines: plan.lines.clone(),
    });
}

#[test]
fn the_period_ends_with_the_fourteenth_day_after_arrival() {
    const DAY: i64 = DAY_MS;
    let midnight = SENT_MS.div_euclid(DAY) * DAY;
    assert_eq!(ends_at(&order(State::Paid, true), &Zone::UTC), None, "it has not begun");
    let mut order = sent(State::Shipped);
    // Sent on 1 November, there on the 8th at the latest; the 22nd is the last day.
    assert_eq!(ends_at(&order, &Zone::UTC), Some(midnight + 22 * DAY));
    assert_eq!(check(&order, &Zone::UTC, midnight + 22 * DAY - 1), Ok(()));
    assert_eq!(check(&order, &Zone::UTC, midnight + 22 * DAY), Err(Refusal::Late));
    happened(&mut order, Event::Complete, SENT_MS + DAY);
    assert_eq!(
        ends_at(&order, &Zone::UTC),
        Some(midnight + 22 * DAY),
        "closing an order early shortens nothing"
    );
    happened(&mut order, Event::Complete, SENT_MS + 9 * DAY);
    assert_eq!(ends_at(&order, &Zone::UTC), Some(midnight + 24 * DAY));
}

#[test]
fn the_last_day_ends_at_midnight_of_the_shop() {
    const HOUR: i64 = 3_600_000;
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    let midnight = SENT_MS.div_euclid(DAY_MS) * DAY_MS;
    assert_eq!(ends_at(&sent(State::Shipped), &berlin), Some(midnight + 22 * DAY_MS - HOUR));
    // Noted as arrived on 9 March 2027 at 23:30 UTC, which is the 10th in Berlin. The 24th is the last day, before
    // summer time begins on the 28th; five days later it is the 29th, and the clocks have moved.
    let arrived = 1_804_635_000_000;
    for (noted, ends) in [
        (arrived, arrived + 15 * DAY_MS - HOUR / 2),
        (arrived + 5 * DAY_MS, arrived + 20 * DAY_MS - HOUR - HOUR / 2),
    ] {
        let mut order = sent(State::Shipped);
        happened(&mut order, Event::Complete, noted);
        assert_eq!(ends_at(&order, &berlin), Some(ends));
    }
}

#[test]
fn goods_and_money_have_fourteen_whole_days() {
    let berlin = Zone::parse("Europe/Berlin").unwrap();
    let mut order = sent(State::Shipped);
    let plan = plan(&order, &[], &berlin, SENT_MS).unwrap();
    take(&mut order, &plan);
    order.withdrawals[0].at = SENT_MS;
    let by = berlin.local(order.withdrawals[0].settled_by(&berlin)).unwrap();
    assert_eq!((by.month, by.day, by.hour, by.minute), (11, 15, 23, 59));
}

#[test]
fn each_state_has_its_outcome() {
    for (state, paid, outcome, event, refund_minor) in [
        (State::PendingPayment, false, Outcome::Cancelled, Event::Withdraw, 0),
        (State::Paid, true, Outcome::Cancelled, Event::Withdraw, 1_990),
        (State::Fulfilling, true, Outcome::Cancelled, Event::Withdraw, 1_990),
        // Pay on delivery: nobody has paid before the parcel comes.
        (State::Fulfilling, false, Outcome::Cancelled, Event::Withdraw, 0),
    ] {
        let plan = plan(&order(state, paid), &[], &Zone::UTC, SENT_MS).unwrap();
        assert_eq!(
            (plan.outcome, plan.event, plan.refund_minor),
            (outcome, event, refund_minor),
            "{state:?}"
        );
        assert!(plan.whole);
        assert_eq!(plan.lines, [pieces("a", 3), pieces("b", 1)]);
    }
    for state in [State::Shipped, State::Completed] {
        let plan = plan(&sent(state), &[], &Zone::UTC, SENT_MS).unwrap();
        assert_eq!((plan.outcome, plan.event, plan.refund_minor), (Outcome::Return, Event::Withdraw, 1_990));
    }
    for state in [State::Cancelled, State::Expired, State::PaidUnfulfillable] {
        assert_eq!(plan(&order(state, true), &[], &Zone::UTC, SENT_MS), Err(Refusal::Ended));
    }
}

#[test]
fn parts_add_up_to_the_whole_and_the_last_one_brings_the_delivery() {
    let mut order = sent(State::Shipped);
    let mut paid_back = 0;
    for (wanted, whole) in [(pieces("a", 1), false), (pieces("b", 1), false), (pieces("a", 2), true)] {
        let plan = plan(&order, &[wanted], &Zone::UTC, SENT_MS).unwrap();
        assert_eq!(plan.whole, whole);
        assert_eq!(plan.event, if whole { Event::Withdraw } else { Event::WithdrawPart });
        paid_back += plan.refund_minor;
        take(&mut order, &plan);
    }
    assert_eq!(paid_back, order.total_minor);
    assert_eq!(plan(&order, &[], &Zone::UTC, SENT_MS), Err(Refusal::Done));
}

#[test]
fn goods_that_are_not_there() {
    let mut order = order(State::Paid, true);
    for wrong in [
        vec![pieces("a", 4)],
        vec![pieces("a", 0)],
        vec![pieces("a", -1)],
        vec![pieces("z", 1)],
        vec![pieces("a", 2), pieces("a", 2)],
    ] {
        assert_eq!(plan(&order, &wrong, &Zone::UTC, SENT_MS), Err(Refusal::Goods), "{wrong:?}");
    }
    let part = plan(&order, &[pieces("a", 2)], &Zone::UTC, SENT_MS).unwrap();
    assert_eq!((part.outcome, part.event), (Outcome::PartUnsent, Event::WithdrawPart));
    take(&mut order, &part);
    assert_eq!(plan(&order, &[pieces("a", 2)], &Zone::UTC, SENT_MS), Err(Refusal::Goods));
    for state in [State::PendingPayment, State::Fulfilling] {
        let unpaid = self::order(state, false);
        assert_eq!(
            plan(&unpaid, &[pieces("a", 1)], &Zone::UTC, SENT_MS),
            Err(Refusal::WholeOnly),
            "{state:?}"
        );
    }
}

#[test]
fn names_are_read_back() {
    for outcome in Outcome::ALL {
        assert_eq!(Outcome::parse(outcome.as_str()), Some(outcome));
    }
}
