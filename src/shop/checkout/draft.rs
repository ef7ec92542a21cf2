//! The order that a cart becomes.

use super::wish::Wish;
use crate::app::App;
use crate::domain::order::{Actor, Order, OrderEvent, OrderLine, State};
use crate::domain::payment::{Method, Payment, PaymentState};
use crate::shop::cart::{CartView, CartViewLine};

/// The order as it will be written, its number still to be drawn.
pub(super) fn draft_order(app: &App, wish: &Wish, view: &CartView, now_ms: i64) -> Order {
    let totals = &view.totals;
    let state = first_state(wish.method, totals.total_minor);
    let shipping = view.shipping.as_ref();
    Order {
        id: app.id(),
        number: 0,
        token: app.random.link(),
        customer_id: wish.customer_id.clone(),
        email: wish.email.clone(),
        state,
        payment_method: wish.method,
        shipping_key: shipping.map(|s| s.key.clone()).unwrap_or_default(),
        shipping_name: shipping.map(|s| s.name.clone()).unwrap_or_default(),
        country: view.country.clone(),
        currency: view.currency.code().to_owned(),
        items_minor: totals.items_minor,
        discount_minor: totals.discount_minor,
        shipping_minor: totals.shipping_minor,
        tax_minor: totals.tax_minor,
        total_minor: totals.total_minor,
        taxes: totals.taxes.clone(),
        discount_code: applied_code(view),
        shipping_address: wish.shipping_address.clone(),
        billing_address: wish.billing_address.clone(),
        note: wish.note.clone(),
        tracking: String::new(),
        expires_at: wish.method.hold_ms().filter(|_| state == State::PendingPayment).map(|ms| now_ms + ms),
        version: 0,
        placed_at: now_ms,
        updated_at: now_ms,
        lines: view.lines.iter().filter(|line| line.quantity > 0).map(order_line).collect(),
        events: vec![OrderEvent {
            id: app.id(),
            kind: "placed".to_owned(),
            state,
            actor: Actor::Shopper,
            note: String::new(),
            at: now_ms,
        }],
        payments: vec![Payment {
            id: app.id(),
            method: wish.method,
            state: if totals.total_minor == 0 { PaymentState::Captured } else { PaymentState::Pending },
            amount_minor: totals.total_minor,
            currency: view.currency.code().to_owned(),
            reference: String::new(),
            created_at: now_ms,
            updated_at: now_ms,
        }],
        withdrawals: Vec::new(),
    }
}

/// An order that costs nothing is paid; one that the carrier collects for is final.
fn first_state(method: Method, total_minor: i64) -> State {
    match method.hold_ms() {
        _ if total_minor == 0 => State::Paid,
        Some(_) => State::PendingPayment,
        None => State::Fulfilling,
    }
}

/// The code, if it counted.
fn applied_code(view: &CartView) -> String {
    let applied = view.discount.as_ref().filter(|discount| discount.refusal.is_none());
    applied.map(|discount| discount.code.clone()).unwrap_or_default()
}

fn order_line(line: &CartViewLine) -> OrderLine {
    OrderLine {
        variant_id: line.variant_id.clone(),
        product_slug: line.product_slug.clone(),
        title: line.title.clone(),
        variant_title: line.variant_title.clone(),
        sku: line.sku.clone(),
        media_hash: line.media_hash.clone(),
        quantity: line.quantity,
        unit_minor: line.unit_minor,
        discount_minor: line.totals.discount_minor,
        total_minor: line.totals.total_minor,
        rate_bp: line.rate_bp,
        tax_minor: line.totals.tax_minor,
    }
}
