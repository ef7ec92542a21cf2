//! Placing an order: once per idempotency key, in one short transaction without network.
//!
//! What can be read is read before the transaction; its statements then carry the guards (the key is new, the cart is
//! as read, prices stand, stock is there, the code has uses left), and whatever a guard refuses is looked at again.

mod draft;
mod wish;

use crate::app::App;
use crate::db::carts::Ordered;
use crate::db::jobs::{self, NewJob};
use crate::db::{Conn, Tx, Writes, carts, discounts, idempotency, orders, payments};
use crate::domain::address::Address;
use crate::domain::cart::{Cart, CartChange};
use crate::domain::order::Order;
use crate::domain::stock::{Pieces, sum_by_variant};
use crate::error::{Error, FieldErrors, OrNotFound, Result};
use crate::shop::attempts::{ATTEMPTS_MAX, pause, settled};
use crate::shop::cart::{CartKey, CartView, Choice, find_view};
use crate::shop::stock::{self, Outcome};

use draft::draft_order;
use wish::Wish;

/// What a shopper asks for, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOrder {
    pub cart: CartKey,
    pub email: String,
    pub shipping_address: Address,
    /// `None`: as the shipping address.
    pub billing_address: Option<Address>,
    pub shipping_key: String,
    /// `bank_transfer` or `pay_on_delivery`.
    pub payment_method: String,
    /// Made when the checkout was shown; printable, at most 255 characters.
    pub idempotency_key: String,
    pub note: String,
    /// The total that the shopper agreed to.
    pub seen_total_minor: i64,
    /// `CartView::digest` of what the shopper saw.
    pub seen_digest: String,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlaceOutcome {
    /// Placed now, or by an earlier request with the same key.
    Placed(Box<Order>),
    /// Nothing was placed: goods, prices or total are not those that were seen.
    Changed(Vec<CartChange>),
    /// Nothing was placed: nothing in the cart is there any more.
    SoldOut(Vec<CartChange>),
    /// Nothing was placed: see the fields (`email`, `name`, `line1` …, `billing_line1` …, `shipping_key`,
    /// `payment_method`, `note`, `idempotency_key`).
    Invalid(FieldErrors),
    /// There is nothing in the cart.
    Empty,
    /// The key stands for an order with other details.
    KeyReused,
}

/// Places the order. It ends even if the client goes away: the server gives each request a task of its own.
pub async fn place_order(app: &App, request: PlaceOrder) -> Result<PlaceOutcome> {
    let wish = match Wish::check(app, request) {
        Ok(wish) => wish,
        Err(errors) => return Ok(PlaceOutcome::Invalid(errors)),
    };
    for _ in 0..ATTEMPTS_MAX {
        if let Some(outcome) = settled(try_place(app, &wish).await) {
            return outcome;
        }
        pause(app).await;
    }
    Err(Error::Conflict("the cart or its goods are changing right now; please try again".to_owned()))
}

/// One try; `None` when a guard refused and everything is to be looked at again.
async fn try_place(app: &App, wish: &Wish) -> Result<Option<PlaceOutcome>> {
    let looked = look(app, &mut app.db.read().await?, wish).await;
    if let Ok(Ok((cart, view))) = looked {
        return commit(app, app.db.write().await?, wish, cart, view).await;
    }
    // A refusal is decided on the primary, with the key looked up first: an earlier request with the same key may have
    // emptied the cart.
    let mut tx = app.db.write().await?;
    if let Some(outcome) = find_earlier(&mut tx, wish).await? {
        return Ok(Some(outcome));
    }
    match look(app, &mut tx, wish).await? {
        Ok((cart, view)) => commit(app, tx, wish, cart, view).await,
        Err(refused) => Ok(Some(refused)),
    }
}

/// What the same key placed before.
async fn find_earlier(conn: &mut Conn, wish: &Wish) -> Result<Option<PlaceOutcome>> {
    let Some(known) = idempotency::find_key(conn, &wish.scope, &wish.idempotency_key).await? else {
        return Ok(None);
    };
    if known.request_hash != wish.request_hash {
        return Ok(Some(PlaceOutcome::KeyReused));
    }
    let order = orders::find_order(conn, &known.resource_id).await?.or_not_found("order")?;
    Ok(Some(PlaceOutcome::Placed(Box::new(order))))
}

/// Looks at the cart as it is now: what to place, or why not.
async fn look(
    app: &App,
    conn: &mut Conn,
    wish: &Wish,
) -> Result<std::result::Result<(Cart, CartView), PlaceOutcome>> {
    let choice = Choice { country: &wish.shipping_address.country, shipping_key: &wish.shipping_key };
    let Some((cart, mut view)) = find_view(app, conn, &wish.cart, choice).await? else {
        return Ok(Err(PlaceOutcome::Empty));
    };
    if view.lines.is_empty() {
        return Ok(Err(PlaceOutcome::Empty));
    }
    if view.pieces == 0 {
        return Ok(Err(PlaceOutcome::SoldOut(view.changes)));
    }
    if !view.shipping_chosen {
        let reason =
            if view.offers.is_empty() { "checkout.shipping.none" } else { "checkout.shipping.unknown" };
        let mut errors = FieldErrors::default();
        errors.add("shipping_key", reason);
        return Ok(Err(PlaceOutcome::Invalid(errors)));
    }
    let (from_minor, to_minor) = (wish.seen_total_minor, view.totals.total_minor);
    if from_minor != to_minor {
        view.changes.push(CartChange::Total { from_minor, to_minor });
        return Ok(Err(PlaceOutcome::Changed(view.changes)));
    }
    if wish.seen_digest != view.digest() {
        view.changes.push(CartChange::Contents);
        return Ok(Err(PlaceOutcome::Changed(view.changes)));
    }
    Ok(Ok((cart, view)))
}

/// Writes the order with everything that belongs to it; `None` when a guard refused, and nothing is written then.
async fn commit(
    app: &App,
    mut tx: Tx,
    wish: &Wish,
    cart: Cart,
    view: CartView,
) -> Result<Option<PlaceOutcome>> {
    let now_ms = app.clock.now_ms();
    let mut order = draft_order(app, wish, &view, now_ms);
    let key = idempotency::NewKey {
        scope: &wish.scope,
        key: &wish.idempotency_key,
        request_hash: &wish.request_hash,
        resource_id: &order.id,
    };
    let prices: Vec<(&str, i64)> =
        order.lines.iter().map(|l| (l.variant_id.as_str(), l.unit_minor)).collect();
    order.number = match carts::update_cart_ordered(&mut tx, &key, &cart, &prices, now_ms).await? {
        Ordered::Number(number) => number,
        Ordered::KeyTaken => return find_earlier(&mut tx, wish).await,
        Ordered::Changed => return Ok(None),
    };
    if write(app, &mut tx, &order, &cart, now_ms).await? == Outcome::Short {
        return Ok(None);
    }
    tx.commit().await?;
    app.jobs_wake.notify_one();
    Ok(Some(PlaceOutcome::Placed(Box::new(order))))
}

/// Writes the order with its goods, past the last guards: stock and uses of the discount.
async fn write(app: &App, tx: &mut Tx, order: &Order, cart: &Cart, now_ms: i64) -> Result<Outcome> {
    let mut writes = Writes::default();
    orders::add_order(&mut writes, order)?;
    for payment in &order.payments {
        payments::add_payment(&mut writes, &order.id, payment);
    }
    carts::add_no_cart_lines(&mut writes, &cart.id);
    let (id, payload) = (app.id(), order_mail("order_placed", &order.id));
    jobs::add_job(&mut writes, NewJob { id: &id, kind: "mail", payload: &payload, due_at: now_ms }, now_ms);
    let pieces = sum_by_variant(
        order.lines.iter().map(|l| Pieces { variant_id: l.variant_id.clone(), quantity: l.quantity }),
    );
    let taken = stock::take(app, tx, &order.id, (&pieces, order.state.reservation()), writes).await?;
    let code = order.discount_code.as_str();
    if taken == Outcome::Moved
        && !code.is_empty()
        && !discounts::update_discount_used(tx, code, now_ms).await?
    {
        return Ok(Outcome::Short);
    }
    Ok(taken)
}

/// Asks for a mail about an order, in the caller's transaction.
pub(super) async fn insert_order_mail(app: &App, tx: &mut Tx, template: &str, order_id: &str) -> Result<()> {
    let (id, payload, now_ms) = (app.id(), order_mail(template, order_id), app.clock.now_ms());
    jobs::insert_job(tx, NewJob { id: &id, kind: "mail", payload: &payload, due_at: now_ms }, now_ms).await?;
    Ok(())
}

fn order_mail(template: &str, order_id: &str) -> String {
    serde_json::json!({ "template": template, "order_id": order_id }).to_string()
}
