//! Everything that is heard about money goes through one function: from an operator, and later from a provider's
//! webhook or the shopper's return. The order's row is locked first, then stock, then its payment.

use super::step::{Applied, Step, apply, busy};
use crate::app::App;
use crate::db::{orders, payments};
use crate::domain::order::{Actor, Event, Order, State};
use crate::domain::payment::PaymentEvent;
use crate::error::{Error, OrNotFound, Result};
use crate::shop::attempts::{ATTEMPTS_MAX, pause, settled};

/// What was heard, and from whom.
#[derive(Clone, Copy)]
struct News<'a> {
    event: PaymentEvent,
    reference: &'a str,
    actor: Actor,
}

/// Applies what was heard about an order's payment. News that changes nothing (told twice, or overtaken by newer
/// news) leaves the order as it is. Money for an expired order fills it if the stock and its discount code's use are
/// still there; else the order waits as `paid_unfulfillable` for the money to be given back.
/// Errors: `Conflict` if the order can't take it now.
pub async fn apply_payment_event(
    app: &App,
    order_id: &str,
    event: PaymentEvent,
    reference: &str,
    actor: Actor,
) -> Result<Order> {
    let news = News { event, reference, actor };
    let mut unfillable = false;
    for _ in 0..ATTEMPTS_MAX {
        match settled(try_apply(app, order_id, news, unfillable).await.map(Some)) {
            Some(Ok(Tried::Done(order))) => return Ok(*order),
            Some(Ok(Tried::Unfillable)) => unfillable = true,
            Some(Ok(Tried::Raced)) | None => pause(app).await,
            Some(Err(error)) => return Err(error),
        }
    }
    Err(busy())
}

enum Tried {
    Done(Box<Order>),
    Raced,
    Unfillable,
}

async fn try_apply(app: &App, order_id: &str, news: News<'_>, unfillable: bool) -> Result<Tried> {
    let mut tx = app.db.write().await?;
    let order = orders::find_order(&mut tx, order_id).await?.or_not_found("order")?;
    let payment = order.payments.last().or_not_found("payment")?;
    let Some(to) = payment.state.after(news.event) else { return Ok(Tried::Done(Box::new(order))) };
    if let Some(step) = order_step(&order, news, unfillable)? {
        match apply(app, &mut tx, &order, step).await? {
            Applied::Done => {}
            Applied::Raced => return Ok(Tried::Raced),
            Applied::Unfillable => return Ok(Tried::Unfillable),
        }
    }
    if !payments::update_payment(&mut tx, payment, to, news.reference, app.clock.now_ms()).await? {
        return Ok(Tried::Raced);
    }
    let order = orders::find_order(&mut tx, order_id).await?.or_not_found("order")?;
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(Tried::Done(Box::new(order)))
}

/// What the news means for the order; `None`: nothing.
fn order_step<'a>(order: &Order, news: News<'a>, unfillable: bool) -> Result<Option<Step<'a>>> {
    let event = match (news.event, order.state) {
        (PaymentEvent::Capture, State::Cancelled) => Event::PayUnfulfillable,
        (PaymentEvent::Capture, State::Expired) if unfillable => Event::PayUnfulfillable,
        (PaymentEvent::Capture, _) => Event::Pay,
        (PaymentEvent::RefundAll, _) => Event::Refund,
        _ => return Ok(None),
    };
    if order.state.after(event).is_none() {
        let (number, state) = (order.number, order.state.as_str().replace('_', " "));
        let why = match event {
            Event::Refund => "cancel it before its money is given back",
            _ => "it takes no money now",
        };
        return Err(Error::Conflict(format!("order {number} is {state}: {why}")));
    }
    Ok(Some(Step { note: news.reference, ..Step::new(event, news.actor) }))
}
