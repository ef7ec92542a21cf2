//! What the store knows about a customer: given to him as a file, or forgotten.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::insert_mail;
use super::sessions::{self, LoggedIn};
use crate::app::App;
use crate::db::{Conn, addresses, carts, customer_tokens, customers, orders, withdrawals};
use crate::domain::address::Address;
use crate::domain::order::{Order, OrderLine};
use crate::domain::withdrawal::{Withdrawal, WithdrawnLine};
use crate::error::{Error, OrNotFound, Result};
use crate::random::token_hash;
use crate::shop::mails::MailJob;

/// Orders read at once.
const ORDERS_PAGE: i64 = 100;

/// Everything that is kept about the customer, as a document that people and programs can read.
/// Errors: [`Error::LoginTooOld`].
pub async fn export_account(app: &App, who: &LoggedIn) -> Result<Value> {
    who.require_fresh(app.clock.now_ms())?;
    let devices = sessions::list_devices(app, who).await?;
    let mut conn = app.db.read().await?;
    let customer =
        customers::find_customer(&mut conn, &who.customer_id).await?.ok_or(Error::Unauthenticated)?;
    let addresses = addresses::list_addresses(&mut conn, &who.customer_id).await?;
    Ok(json!({
        "shop": app.settings().name,
        "exported_at": moment(app.clock.now_ms()),
        "account": {
            "email": customer.email,
            "email_confirmed_at": customer.email_confirmed_at.map(moment),
            "name": customer.name,
            "created_at": moment(customer.created_at),
        },
        "addresses": addresses
            .iter()
            .map(|a| json!({ "main": a.main, "address": address_json(&a.address) }))
            .collect::<Vec<_>>(),
        "logins": devices
            .iter()
            .map(|d| json!({ "device": d.name, "seen_at": moment(d.seen_at) }))
            .collect::<Vec<_>>(),
        "cart": cart_json(&mut conn, &who.customer_id).await?,
        "orders": orders_json(&mut conn, &who.customer_id).await?,
    }))
}

async fn cart_json(conn: &mut Conn, customer_id: &str) -> Result<Vec<Value>> {
    let Some(cart) = carts::find_cart_by_customer(conn, customer_id).await? else { return Ok(Vec::new()) };
    let rows = carts::list_cart_rows(conn, &cart.id).await?;
    Ok(rows
        .iter()
        .map(
            |r| json!({ "title": r.title, "variant": r.variant_title, "sku": r.sku, "quantity": r.quantity }),
        )
        .collect())
}

async fn orders_json(conn: &mut Conn, customer_id: &str) -> Result<Vec<Value>> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = orders::list_orders_by_customer(conn, customer_id, before, ORDERS_PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        before = Some(last.number);
        for summary in &page {
            let order = orders::find_order(conn, &summary.id).await?.or_not_found("order")?;
            found.push(order_json(&order));
        }
    }
}

fn order_json(order: &Order) -> Value {
    json!({
        "number": order.number,
        "placed_at": moment(order.placed_at),
        "state": order.state.as_str(),
        "email": order.email,
        "currency": order.currency,
        "items_minor": order.items_minor,
        "discount_minor": order.discount_minor,
        "shipping_minor": order.shipping_minor,
        "tax_minor": order.tax_minor,
        "total_minor": order.total_minor,
        "delivery": order.shipping_name,
        "tracking": order.tracking,
        "note": order.note,
        "shipping_address": address_json(&order.shipping_address),
        "billing_address": order.billing_address.as_ref().map(address_json),
        "lines": order.lines.iter().map(line_json).collect::<Vec<_>>(),
        "withdrawals": order.withdrawals.iter().map(|w| withdrawal_json(order, w)).collect::<Vec<_>>(),
    })
}

fn line_json(line: &OrderLine) -> Value {
    json!({
        "title": line.title,
        "variant": line.variant_title,
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_minor": line.unit_minor,
        "total_minor": line.total_minor,
    })
}

fn withdrawal_json(order: &Order, withdrawal: &Withdrawal) -> Value {
    let sku =
        |variant_id: &str| order.lines.iter().find(|l| l.variant_id == variant_id).map(|l| l.sku.as_str());
    let line = |l: &WithdrawnLine| json!({ "sku": sku(&l.variant_id), "quantity": l.quantity });
    json!({
        "at": moment(withdrawal.at),
        "name": withdrawal.name,
        "email": withdrawal.email,
        "refund_minor": withdrawal.refund_minor,
        "lines": withdrawal.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn address_json(address: &Address) -> Value {
    json!({
        "name": address.name,
        "company": address.company,
        "line1": address.line1,
        "line2": address.line2,
        "postcode": address.postcode,
        "city": address.city,
        "region": address.region,
        "country": address.country,
        "phone": address.phone,
    })
}

fn moment(at_ms: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(at_ms) * 1_000_000).ok()?;
    at.format(&Rfc3339).ok()
}

/// Deletes the account at once: logins, addresses, cart, links, name and address are gone. Orders stay for the books,
/// with the addresses that the law wants on an invoice, but without account, e-mail and note.
/// Errors: [`Error::LoginTooOld`].
pub async fn delete_account(app: &App, who: &LoggedIn) -> Result<()> {
    who.require_fresh(app.clock.now_ms())?;
    let customer = customers::find_customer(&mut app.db.read().await?, &who.customer_id).await?;
    let customer = customer.ok_or(Error::Unauthenticated)?;
    let mut tx = app.db.write().await?;
    withdrawals::update_withdrawals_forgotten(&mut tx, &customer.id).await?;
    orders::update_orders_forgotten(&mut tx, &customer.id, app.clock.now_ms()).await?;
    if let Some(cart) = carts::find_cart_by_customer(&mut tx, &customer.id).await? {
        carts::delete_cart(&mut tx, &cart.id).await?;
    }
    addresses::delete_addresses(&mut tx, &customer.id).await?;
    sessions::end_all(&mut tx, &customer.id).await?;
    customer_tokens::delete_all_tokens(&mut tx, &customer.id).await?;
    customers::delete_failures(&mut tx, &token_hash(&customer.email)).await?;
    customers::delete_customer(&mut tx, &customer.id).await?;
    insert_mail(app, &mut tx, &MailJob::AccountDeleted { to: customer.email }).await?;
    tx.commit().await?;
    sessions::tidy(app, &customer.id).await;
    app.jobs_wake.notify_one();
    Ok(())
}
