//! What happens to an order after it was placed. Every move is legal by `domain::order`, happens once, is written to
//! the order's history and mailed in one transaction, and brings the stock along.

mod payment;
mod step;
mod withdrawal;

pub use payment::apply_payment_event;
pub use withdrawal::{Statement, withdraw};

use crate::app::App;
use crate::db::{Conn, idempotency, orders};
use crate::domain::customer::Email;
use crate::domain::order::{Actor, Event, Order, OrderSummary, TRACKING_CHARS_MAX};
use crate::domain::payment::PaymentEvent;
use crate::error::{Error, FieldErrors, Result};
use crate::outside::limits::Limit;

use step::{Step, make};

/// Orders that expire in one sweep go in portions, so that a long list does not hold memory.
const EXPIRE_BATCH: i64 = 100;
/// After this an idempotency key is a new one again.
const KEY_MS: i64 = 48 * 60 * 60 * 1000;
/// Links have 22 characters; anything else is none of ours.
const TOKEN_BYTES: usize = 22;
/// People type a number as they read it: "No. 10001".
const NUMBER_BYTES_MAX: usize = 40;

/// Money came, as an operator says; `reference` is what the statement of account says about it, or empty.
/// Errors: `Conflict` if the order can't take money now.
pub async fn mark_paid(app: &App, order_id: &str, reference: &str, actor: Actor) -> Result<Order> {
    apply_payment_event(app, order_id, PaymentEvent::Capture, reference, actor).await
}

/// The parcel left; `tracking` is a number or link, or empty.
pub async fn ship(app: &App, order_id: &str, tracking: &str, actor: Actor) -> Result<Order> {
    let tracking = tracking.trim();
    if tracking.chars().count() > TRACKING_CHARS_MAX || tracking.chars().any(char::is_control) {
        return Err(Error::field("tracking", "order.tracking.invalid"));
    }
    let step = Step { tracking: Some(tracking).filter(|t| !t.is_empty()), ..Step::new(Event::Ship, actor) };
    make(app, order_id, step).await
}

/// The parcel arrived, or nothing more is to be done.
pub async fn complete(app: &App, order_id: &str, actor: Actor) -> Result<Order> {
    make(app, order_id, Step::new(Event::Complete, actor)).await
}

/// Packing began.
pub async fn pack(app: &App, order_id: &str, actor: Actor) -> Result<Order> {
    make(app, order_id, Step::new(Event::Pack, actor)).await
}

/// Cancels an order that was not shipped, for a shopper only one that is not paid; its stock goes back. Money that came is to be refunded by the caller.
pub async fn cancel(app: &App, order_id: &str, note: &str, actor: Actor) -> Result<Order> {
    make(app, order_id, Step { note, ..Step::new(Event::Cancel, actor) }).await
}

/// Expires the orders whose money did not come in time; how many. Two processes may sweep at once: each order
/// expires once.
pub async fn expire_due(app: &App) -> Result<usize> {
    let mut expired = 0;
    loop {
        let now_ms = app.clock.now_ms();
        let due = orders::list_due_orders(&mut app.db.read().await?, now_ms, EXPIRE_BATCH).await?;
        let mut progress = false;
        for order_id in &due {
            match make(app, order_id, Step::new(Event::Expire, Actor::System)).await {
                Ok(_) => {
                    expired += 1;
                    progress = true;
                }
                // It was paid, cancelled or expired by somebody else in the meantime.
                Err(Error::Conflict(_)) => {}
                // One order that can't be moved must not keep the goods of all others: the next sweep tries it again.
                Err(error @ Error::Internal(_)) => {
                    tracing::error!(order_id, ?error, "an order could not expire")
                }
                Err(error) => return Err(error),
            }
        }
        if !progress {
            return Ok(expired);
        }
    }
}

/// Forgets idempotency keys of which no client can still think; how many.
pub async fn forget_keys(app: &App) -> Result<u64> {
    let mut tx = app.db.write().await?;
    let forgotten = idempotency::delete_old_keys(&mut tx, app.clock.now_ms() - KEY_MS).await?;
    tx.commit().await?;
    Ok(forgotten)
}

/// The order behind a public link.
pub async fn find_by_token(conn: &mut Conn, token: &str) -> Result<Option<Order>> {
    let ours = token.len() == TOKEN_BYTES
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if !ours {
        return Ok(None);
    }
    Ok(orders::find_order_by_token(conn, token).await?)
}

/// The order of somebody who has lost its link, by its number and the e-mail address that it was placed with. `None`:
/// there is no such pair; whether one half of it is right, neither the answer nor its time tells.
/// Errors: `Invalid` at `number` or `email` for what can't be one; `TooManyRequests` when one address is asked for too
/// often, whether it has orders or not.
pub async fn find_by_number(app: &App, number: &str, email: &str) -> Result<Option<Order>> {
    let mut errors = FieldErrors::default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse::<i64>().ok().filter(|_| number.len() <= NUMBER_BYTES_MAX);
    if number.is_none() {
        errors.add("number", "withdrawal.error_number");
    }
    let email = Email::parse(email);
    if let Err(fault) = &email {
        errors.add("email", fault.reason());
    }
    let (Some(number), Ok(email)) = (number, email) else { return Err(Error::Invalid(errors)) };
    app.limits.check(Limit::OrderEmail, email.as_str()).await?;
    Ok(orders::find_order_of_email(&mut app.db.read().await?, number, email.as_str()).await?)
}

/// A customer's orders, newest first, from before `before_number` on.
pub async fn list_for_customer(
    conn: &mut Conn,
    customer_id: &str,
    before_number: Option<i64>,
    limit: i64,
) -> Result<Vec<OrderSummary>> {
    Ok(orders::list_orders_by_customer(conn, customer_id, before_number, limit).await?)
}
