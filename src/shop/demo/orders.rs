//! The demo customer's orders, made by the shop's own functions: stock, history and mails are what they would be. Only
//! the clock is moved: whoever calls passes an app whose clock stands still and can be set to the day of each order.

use super::format::{Demo, Fate, Item, Mistake, OrderFile};
use crate::app::App;
use crate::db::{self, customers::Customer};
use crate::domain::address::Address;
use crate::domain::order::{Actor, Order};
use crate::domain::withdrawal::WithdrawnLine;
use crate::error::{Error, OrNotFound, Result};
use crate::shop::cart::{self, CartKey, Choice};
use crate::shop::checkout::{PlaceOrder, PlaceOutcome, place_order};
use crate::shop::orders::{self, Statement};

const DAY_MS: i64 = 24 * 3_600_000;
/// An order of today was placed this long ago.
const TODAY_MS: i64 = 3_600_000;
/// More orders than any demo shop's customer has.
const ORDERS_MAX: i64 = 100;

/// How many of the demo's orders the customer `email` does not have yet. Whoever has bought something himself has them.
pub async fn count_missing_orders(app: &App, name: &str, email: &str) -> Result<usize> {
    let demo = Demo::load(name)?;
    let (_, present) = find_customer(app, email).await?;
    Ok(demo.shop.order.len().saturating_sub(present))
}

/// Places the missing orders of the demo shop `name` for the customer `email`, each on its day before `now_ms` but only
/// those of at least `days_ago_min` days ago, and lets happen to them what the demo says. How many.
pub async fn seed_orders(
    app: &App,
    name: &str,
    email: &str,
    now_ms: i64,
    days_ago_min: i64,
) -> Result<usize> {
    let demo = Demo::load(name)?;
    let (customer, present) = find_customer(app, email).await?;
    let missing = demo.shop.order.iter().enumerate().skip(present);
    let mut seeded = 0;
    for (index, file) in missing.filter(|(_, file)| file.days_ago >= days_ago_min) {
        let placed_at = now_ms - (file.days_ago * DAY_MS).max(TODAY_MS);
        app.clock.advance(placed_at - app.clock.now_ms());
        let order = place(app, &customer, file, index).await?;
        befall(app, file, &order).await?;
        seeded += 1;
    }
    app.clock.advance(now_ms - app.clock.now_ms());
    Ok(seeded)
}

/// The customer, and how many orders he has.
async fn find_customer(app: &App, email: &str) -> Result<(Customer, usize)> {
    let mut conn = app.db.read().await?;
    let customer = db::customers::find_customer_by_email(&mut conn, email).await?.or_not_found("customer")?;
    let present = orders::list_for_customer(&mut conn, &customer.id, None, ORDERS_MAX).await?.len();
    Ok((customer, present))
}

async fn place(app: &App, customer: &Customer, file: &OrderFile, index: usize) -> Result<Order> {
    let key = CartKey::Customer(customer.id.clone());
    for Item { sku, quantity } in &file.items {
        let mut conn = app.db.read().await?;
        let variant_id = db::variants::find_variant_id(&mut conn, sku).await?;
        drop(conn);
        let variant_id = variant_id.ok_or_else(|| Mistake(format!("order {index}: there is no {sku}")))?;
        cart::add_line(app, Some(&key), &variant_id, *quantity).await?;
    }
    let shipping_address = address(customer);
    let choice = Choice { country: &shipping_address.country, shipping_key: &file.delivery };
    let view = cart::view_cart_with(app, &mut app.db.read().await?, Some(&key), choice).await?;
    let request = PlaceOrder {
        cart: key,
        email: customer.email.clone(),
        shipping_address,
        billing_address: None,
        shipping_key: file.delivery.clone(),
        payment_method: file.payment.clone(),
        idempotency_key: format!("demo-{index}"),
        note: String::new(),
        seen_total_minor: view.totals.total_minor,
        seen_digest: view.digest(),
    };
    match place_order(app, request).await? {
        PlaceOutcome::Placed(order) => Ok(*order),
        other => Err(Mistake(format!("order {index} of the demo can't be placed: {other:?}")).into()),
    }
}

fn address(customer: &Customer) -> Address {
    Address {
        name: customer.name.clone(),
        line1: "Sternstraße 12".to_owned(),
        postcode: "10115".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        ..Address::default()
    }
}

/// Lets happen to the order what the demo says, a day or two between the steps.
async fn befall(app: &App, file: &OrderFile, order: &Order) -> Result<()> {
    let (id, operator) = (order.id.as_str(), Actor::Operator);
    match file.fate {
        Fate::Waiting => return Ok(()),
        Fate::Cancelled => {
            app.clock.advance(DAY_MS / 2);
            return orders::cancel(app, id, "", Actor::Shopper).await.map(drop);
        }
        _ => {}
    }
    app.clock.advance(DAY_MS);
    // What the carrier collects for is final without money.
    if order.payments.iter().all(|payment| payment.method.hold_ms().is_some()) {
        orders::mark_paid(app, id, "", operator).await?;
    }
    app.clock.advance(DAY_MS / 2);
    match file.fate {
        Fate::Paid => return Ok(()),
        Fate::Withdrawn => return withdraw(app, order, Vec::new()).await,
        _ => orders::ship(app, id, &file.tracking, operator).await?,
    };
    app.clock.advance(4 * DAY_MS);
    match file.fate {
        Fate::Arrived => orders::complete(app, id, operator).await.map(drop),
        Fate::Returned => {
            let first = order.lines.first().ok_or_else(|| Error::internal("an order has lines"))?;
            withdraw(app, order, vec![WithdrawnLine { variant_id: first.variant_id.clone(), quantity: 1 }])
                .await
        }
        _ => Ok(()),
    }
}

async fn withdraw(app: &App, order: &Order, lines: Vec<WithdrawnLine>) -> Result<()> {
    let statement = Statement {
        name: order.shipping_address.name.clone(),
        email: order.email.clone(),
        lines,
        idempotency_key: None,
    };
    orders::withdraw(app, &order.id, statement).await.map(drop)
}
