//! One move of an order: its state, its stock, its history, its mail.

use crate::app::App;
use crate::db::orders::{self, OrderMove};
use crate::db::{Tx, discounts, payments};
use crate::domain::order::{Actor, Event, Order, OrderEvent, Reservation, State};
use crate::domain::payment::PaymentEvent;
use crate::error::{Error, OrNotFound, Result};
use crate::shop::attempts::{ATTEMPTS_MAX, pause, settled};
use crate::shop::checkout::insert_order_mail;
use crate::shop::stock::{self, Outcome};

/// What is to happen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step<'a> {
    pub event: Event,
    pub actor: Actor,
    pub note: &'a str,
    pub tracking: Option<&'a str>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Applied {
    Done,
    /// The order moved since it was read; the caller rolls back and tries again.
    Raced,
    /// The stock that the step needs, or a use of the order's code, is not there any more; the caller rolls back.
    Unfillable,
}

impl Step<'_> {
    pub fn new(event: Event, actor: Actor) -> Step<'static> {
        Step { event, actor, note: "", tracking: None }
    }
}

/// Makes the step in a transaction of its own. Errors: `Conflict` if it is not legal now.
pub(super) async fn make(app: &App, order_id: &str, step: Step<'_>) -> Result<Order> {
    for _ in 0..ATTEMPTS_MAX {
        if let Some(outcome) = settled(try_make(app, order_id, step).await) {
            return outcome;
        }
        pause(app).await;
    }
    Err(busy())
}

async fn try_make(app: &App, order_id: &str, step: Step<'_>) -> Result<Option<Order>> {
    let mut tx = app.db.write().await?;
    let order = orders::find_order(&mut tx, order_id).await?.or_not_found("order")?;
    if apply(app, &mut tx, &order, step).await? != Applied::Done {
        return Ok(None);
    }
    let order = orders::find_order(&mut tx, order_id).await?.or_not_found("order")?;
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(Some(order))
}

/// Somebody else moves the same order again and again.
pub(super) fn busy() -> Error {
    Error::Conflict("the order is being changed by somebody else; please try again".to_owned())
}

/// Makes the step in the caller's transaction.
pub(super) async fn apply(app: &App, tx: &mut Tx, order: &Order, step: Step<'_>) -> Result<Applied> {
    let to = order.state.after(step.event).ok_or_else(|| illegal(order, step.event))?;
    // Once money came or packing began, a person decides; the guard on state and version below keeps this true.
    if (step.event, step.actor) == (Event::Cancel, Actor::Shopper) && order.state != State::PendingPayment {
        return Err(illegal(order, step.event));
    }
    let now_ms = app.clock.now_ms();
    let change = OrderMove {
        order_id: &order.id,
        from: order.state,
        to,
        version: order.version,
        tracking: step.tracking,
    };
    if !orders::update_order_state(tx, change, now_ms).await? {
        return Ok(Applied::Raced);
    }
    let (held, wanted) = (order.state.reservation(), to.reservation());
    if stock::move_reservations(app, tx, &order.id, held, wanted).await? == Outcome::Short {
        return Ok(Applied::Unfillable);
    }
    if (held, wanted) == (Reservation::Released, Reservation::Taken) && !use_code_again(tx, order).await? {
        return Ok(Applied::Unfillable);
    }
    if wanted == Reservation::Released && held != Reservation::Released {
        give_up(tx, order, now_ms).await?;
    }
    let event = OrderEvent {
        id: app.id(),
        kind: step.event.as_str().to_owned(),
        state: to,
        actor: step.actor,
        note: step.note.to_owned(),
        // Two events within a millisecond keep their order.
        at: now_ms.max(order.events.last().map_or(0, |last| last.at + 1)),
    };
    orders::insert_order_event(tx, &order.id, &event).await?;
    if let Some(template) = mail_about(step.event, order.state) {
        insert_order_mail(app, tx, template, &order.id).await?;
    }
    Ok(Applied::Done)
}

/// A cancelled or expired order gives its discount code's use back and waits for no money any more.
async fn give_up(tx: &mut Tx, order: &Order, now_ms: i64) -> Result<()> {
    if !order.discount_code.is_empty() {
        discounts::update_discount_unused(tx, &order.discount_code).await?;
    }
    for payment in &order.payments {
        if let Some(to) = payment.state.after(PaymentEvent::Cancel) {
            payments::update_payment(tx, payment, to, "", now_ms).await?;
        }
    }
    Ok(())
}

/// An order that is filled after it gave everything up takes its code's use again. False when others used it up.
async fn use_code_again(tx: &mut Tx, order: &Order) -> Result<bool> {
    if order.discount_code.is_empty() {
        return Ok(true);
    }
    Ok(discounts::update_discount_used_again(tx, &order.discount_code).await?)
}

/// The mail that tells the shopper, if there is something to tell. Money that a carrier brings is no news.
fn mail_about(event: Event, from: State) -> Option<&'static str> {
    match event {
        Event::Pay if from.reservation() != Reservation::Taken => Some("order_paid"),
        Event::Ship => Some("order_shipped"),
        Event::Cancel => Some("order_cancelled"),
        Event::Expire => Some("order_expired"),
        _ => None,
    }
}

fn illegal(order: &Order, event: Event) -> Error {
    let (number, state) = (order.number, order.state.as_str().replace('_', " "));
    Error::Conflict(format!(
        "order {number} is {state}: it can't become {}",
        event.as_str().replace('_', " ")
    ))
}
