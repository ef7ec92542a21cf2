//! An order's page: whoever has its link sees it, guest or customer, until for ever.

use std::sync::Arc;

use askama::Template;
use poem::http::{HeaderName, HeaderValue, StatusCode};
use poem::web::{Data, Form, Path};
use poem::{Response, handler};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;

use super::address;
use super::checkout::line_detail;
use super::guard::session::{CurrentCart, write_cart, write_cart_count};
use super::layout::Layout;
use super::sums::{SmallLine, SumRow, Sums, sum_rows, tax_lines, thumbnail};
use super::{format, page, see_other};
use crate::app::App;
use crate::domain::money::Currency;
use crate::domain::order::{Actor, Order, OrderLine, State};
use crate::domain::payment::{Method, PaymentState, epc_qr_text, format_iban};
use crate::domain::withdrawal::{self, Outcome, Withdrawal, WithdrawnLine};
use crate::error::{Error, OrNotFound, Result};
use crate::shop::cart::{self, CartKey};
use crate::shop::orders;

/// Which button of the page it was: "cancel" or "reorder".
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct OrderForm {
    action: String,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    l: Layout,
    path: String,
    problem: Option<String>,
    number_line: String,
    heading: String,
    next_step: String,
    mail_line: Option<String>,
    bank: Option<BankView>,
    lines: Vec<SmallLine>,
    totals: Vec<SumRow>,
    taxes: Vec<String>,
    events: Vec<EventView>,
    address: Vec<String>,
    billing: Vec<String>,
    shipping: String,
    payment: String,
    note: String,
    can_cancel: bool,
    withdrawals: Vec<WithdrawalView>,
    withdraw: Option<WithdrawView>,
}

/// The way to the withdrawal.
struct WithdrawView {
    path: String,
    /// Until when; empty while the goods are not sent.
    until: String,
}

/// What was withdrawn from, and what follows.
struct WithdrawalView {
    title: String,
    next: String,
    lines: Vec<SmallLine>,
    receipt: String,
}

struct BankView {
    rows: Vec<BankRow>,
    code: Option<Code>,
}

struct BankRow {
    name: String,
    text: String,
    /// What the copy button copies.
    plain: String,
}

/// A QR code as one SVG path on a square of `size` units.
struct Code {
    size: usize,
    path: String,
}

struct EventView {
    name: String,
    time: String,
    iso: String,
    note: String,
    done: bool,
}

/// `GET /orders/{token}`
#[handler]
pub async fn show_order(app: Data<&Arc<App>>, token: Path<String>) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let order = orders::find_by_token(&mut conn, &token).await?.or_not_found("order")?;
    drop(conn);
    show(&app, StatusCode::OK, &order, None).await
}

/// `POST /orders/{token}`
#[handler]
pub async fn submit_order(
    app: Data<&Arc<App>>,
    token: Path<String>,
    key: CurrentCart,
    form: Form<OrderForm>,
) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let order = orders::find_by_token(&mut conn, &token).await?.or_not_found("order")?;
    drop(conn);
    match form.action.as_str() {
        "cancel" => cancel(&app, order).await,
        "reorder" => reorder(&app, key.0, &order).await,
        _ => show(&app, StatusCode::UNPROCESSABLE_ENTITY, &order, Some("order.error_action")).await,
    }
}

/// Shoppers cancel what is not paid yet; the rest is a talk with the shop.
async fn cancel(app: &Arc<App>, order: Order) -> Result<Response> {
    match orders::cancel(app, &order.id, "", Actor::Shopper).await {
        Ok(order) => Ok(see_other(&path(&order))),
        Err(Error::Conflict(_)) => show(app, StatusCode::CONFLICT, &order, Some("order.cancel_late")).await,
        Err(error) => Err(error),
    }
}

/// Puts what can still be bought into the cart, whose page tells what changed since.
async fn reorder(app: &App, key: Option<CartKey>, order: &Order) -> Result<Response> {
    let Some(again) = cart::reorder(app, key.as_ref(), order).await? else {
        return show(app, StatusCode::CONFLICT, order, Some("order.reordered_none")).await;
    };
    let mut response = see_other(&format!("/cart?again={}", again.left_out));
    if let Some(token) = again.token {
        write_cart(&mut response, app, &token);
    }
    write_cart_count(&mut response, app, again.pieces);
    Ok(response)
}

pub(super) async fn show(
    app: &App,
    status: StatusCode,
    order: &Order,
    problem: Option<&str>,
) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let l = Layout::load(app, &mut conn).await?;
    let withdraw =
        withdrawal::check(order, &l.zone, app.clock.now_ms()).is_ok().then(|| withdraw_view(&l, order));
    Ok(same_origin_referrer(page::render(status, &order_page(l, order, problem, withdraw))?))
}

/// The address is the key to the page: it must not reach other sites. Not `no-referrer`, under which browsers send the
/// page's own forms with `Origin: null`.
pub(super) fn same_origin_referrer(mut response: Response) -> Response {
    let name = HeaderName::from_static("referrer-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("same-origin"));
    response
}

fn path(order: &Order) -> String {
    format!("/orders/{}", order.token)
}

fn order_page(l: Layout, order: &Order, problem: Option<&str>, withdraw: Option<WithdrawView>) -> OrderPage {
    let number = order.number.to_string();
    let sums = Sums {
        items_minor: order.items_minor,
        discount_minor: order.discount_minor,
        discount_code: &order.discount_code,
        shipping: Some((&order.shipping_name, order.shipping_minor)),
        total_minor: order.total_minor,
        currency: &order.currency,
    };
    let asks = order.state == State::PendingPayment && order.payment_method == Method::BankTransfer;
    let placed = l.date(&order.placed_at);
    OrderPage {
        path: path(order),
        problem: problem.map(|key| l.t(key).to_owned()),
        number_line: l.texts.fill("order.number", &[("number", &number), ("date", &placed)]),
        heading: l.t(heading(order)).to_owned(),
        next_step: if order.withdrawals.iter().any(|w| w.whole) {
            String::new()
        } else {
            next_step(&l, order)
        },
        mail_line: (!order.email.is_empty()).then(|| l.fill("order.mail", "email", &order.email)),
        bank: (asks && !l.shop.bank.iban.is_empty()).then(|| bank(&l, order)),
        lines: lines(&l, order),
        totals: sum_rows(l.texts, &sums),
        taxes: tax_lines(l.texts, &order.taxes, &order.currency),
        events: events(&l, order),
        address: address::lines(l.texts, &order.shipping_address),
        billing: order.billing_address.as_ref().map(|a| address::lines(l.texts, a)).unwrap_or_default(),
        shipping: order.shipping_name.clone(),
        payment: l.t(payment_key(order.payment_method)).to_owned(),
        note: order.note.clone(),
        can_cancel: order.state == State::PendingPayment,
        withdrawals: order.withdrawals.iter().map(|w| withdrawal_view(&l, order, w)).collect(),
        withdraw,
        l: l.clone().titled(l.fill("order.title", "number", &number)),
    }
}

fn payment_key(method: Method) -> &'static str {
    match method {
        Method::BankTransfer => "checkout.pay_transfer",
        Method::PayOnDelivery => "checkout.pay_delivery",
    }
}

fn heading(order: &Order) -> &'static str {
    if order.withdrawals.iter().any(|w| w.whole) {
        return "order.head_withdrawn";
    }
    match order.state {
        State::PendingPayment => "order.head_pending",
        State::Fulfilling if order.payment_method == Method::PayOnDelivery => "order.head_confirmed",
        State::Paid | State::Fulfilling => "order.head_paid",
        State::Shipped => "order.head_shipped",
        State::Completed => "order.head_completed",
        State::Cancelled => "order.head_cancelled",
        State::Expired => "order.head_expired",
        State::PaidUnfulfillable => "order.head_unfulfillable",
    }
}

fn next_step(l: &Layout, order: &Order) -> String {
    let total = format::money(order.total_minor, &order.currency, l.texts.language);
    let date = order.expires_at.map(|at| l.date(&at)).unwrap_or_default();
    let key = match order.state {
        State::PendingPayment => "order.next_pending",
        State::Fulfilling if order.payment_method == Method::PayOnDelivery => "order.next_confirmed",
        State::Paid | State::Fulfilling => "order.next_paid",
        State::Shipped if order.tracking.is_empty() => "order.next_shipped",
        State::Shipped => "order.next_shipped_tracking",
        State::Completed => "order.next_completed",
        State::Cancelled => "order.next_cancelled",
        State::Expired => "order.next_expired",
        State::PaidUnfulfillable => "order.next_unfulfillable",
    };
    let facts = [
        ("total", total.as_str()),
        ("date", &date),
        ("shipping", &order.shipping_name),
        ("tracking", &order.tracking),
    ];
    l.texts.fill(key, &facts)
}

fn bank(l: &Layout, order: &Order) -> BankView {
    let bank = &l.shop.bank;
    let purpose = l.fill("order.pay_purpose", "number", order.number);
    let row = |key: &str, text: String, plain: String| BankRow { name: l.t(key).to_owned(), text, plain };
    let iban = bank.iban.split_whitespace().collect::<String>();
    let mut rows = vec![
        row("order.pay_holder", bank.holder.clone(), bank.holder.clone()),
        row("order.pay_iban", format_iban(&bank.iban), iban),
    ];
    if !bank.bic.is_empty() {
        rows.push(row("order.pay_bic", bank.bic.clone(), bank.bic.clone()));
    }
    let amount = format::money(order.total_minor, &order.currency, l.texts.language);
    let plain = Currency::parse(&order.currency).map(|c| c.decimal(order.total_minor)).unwrap_or_default();
    rows.push(row("order.pay_amount", amount, plain));
    rows.push(row("order.pay_reference", purpose.clone(), purpose.clone()));
    let text = Currency::parse(&order.currency)
        .and_then(|currency| epc_qr_text(bank, currency, order.total_minor, &purpose));
    BankView { rows, code: text.and_then(|text| code(&text)) }
}

/// Draws the code with the quiet zone of four units that readers need. Banks want error correction level M.
fn code(text: &str) -> Option<Code> {
    const QUIET: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (i, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", i % width + QUIET, i / width + QUIET));
        }
    }
    Some(Code { size: width + 2 * QUIET, path })
}

fn lines(l: &Layout, order: &Order) -> Vec<SmallLine> {
    order.lines.iter().map(|line| small_line(l, order, line, line.quantity)).collect()
}

/// `quantity` pieces of an order's line.
fn small_line(l: &Layout, order: &Order, line: &OrderLine, quantity: i64) -> SmallLine {
    let money = |minor: i64| format::money(minor, &order.currency, l.texts.language);
    SmallLine {
        picture: thumbnail(&line.media_hash),
        title: line.title.clone(),
        href: format!("/p/{}", line.product_slug),
        variant: line_detail(l, &line.variant_title, quantity, &money(line.unit_minor)),
        total: money(line.unit_minor.saturating_mul(quantity)),
    }
}

/// What happened, then what is still to come.
fn events(l: &Layout, order: &Order) -> Vec<EventView> {
    let mut events: Vec<EventView> = order
        .events
        .iter()
        .map(|event| EventView {
            name: event_name(l, &event.kind),
            time: l.date_time(&event.at),
            iso: format::iso_date(event.at, &l.zone),
            // An operator's note about money is for the books, not for the shopper.
            note: if event.kind == "shipped" { order.tracking.clone() } else { String::new() },
            done: true,
        })
        .collect();
    let to_come: &[&str] = match order.state {
        State::PendingPayment => &["paid", "shipped"],
        State::Paid | State::Fulfilling => &["shipped"],
        _ => &[],
    };
    events.extend(to_come.iter().map(|kind| EventView {
        name: event_name(l, kind),
        time: String::new(),
        iso: String::new(),
        note: String::new(),
        done: false,
    }));
    events
}

fn event_name(l: &Layout, kind: &str) -> String {
    let key = format!("order.event_{kind}");
    l.texts.find(&key).unwrap_or_else(|| l.t("order.event_other")).to_owned()
}

/// The way to the withdrawal, while the law or the shop's rule lets it.
fn withdraw_view(l: &Layout, order: &Order) -> WithdrawView {
    WithdrawView {
        path: format!("{}/withdraw", path(order)),
        // The last moment lies in the last day.
        until: withdrawal::ends_at(order, &l.zone)
            .map(|end| l.fill("order.withdraw_until", "date", l.date(&(end - 1))))
            .unwrap_or_default(),
    }
}

/// A withdrawal as the page tells of it.
fn withdrawal_view(l: &Layout, order: &Order, withdrawal: &Withdrawal) -> WithdrawalView {
    let moment = format::exact_time(withdrawal.at, &l.zone, l.texts);
    let line = |w: &WithdrawnLine| {
        let line = order.lines.iter().find(|line| line.variant_id == w.variant_id)?;
        Some(small_line(l, order, line, w.quantity))
    };
    let paid_back = order.payments.last().is_some_and(|p| p.state == PaymentState::Refunded);
    let goods_to = l.shop.company.join(", ");
    let facts = [
        ("refund", format::money(withdrawal.refund_minor, &order.currency, l.texts.language)),
        ("date", l.date(&withdrawal.settled_by(&l.zone))),
        ("number", order.number.to_string()),
        ("goods_to", goods_to.clone()),
    ];
    let key = match withdrawal.outcome {
        _ if paid_back => "order.withdrawn_refunded",
        Outcome::Cancelled if withdrawal.refund_minor == 0 => "order.withdrawn_cancelled",
        Outcome::Cancelled => "order.withdrawn_stopped",
        Outcome::PartUnsent => "order.withdrawn_part_unsent",
        Outcome::Return if goods_to.is_empty() => "order.withdrawn_return_ask",
        Outcome::Return => "order.withdrawn_return",
    };
    let facts: Vec<(&str, &str)> = facts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    WithdrawalView {
        title: l.fill("order.withdrawn_title", "moment", moment),
        next: l.texts.fill(key, &facts),
        lines: withdrawal.lines.iter().filter_map(line).collect(),
        receipt: match withdrawal.email.as_str() {
            "" => String::new(),
            email => l.fill("order.withdrawn_receipt", "email", email),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_quiet_zone() {
        let code = code("BCD\n002").unwrap();
        // A code of version 1 has 21 units; its corner is dark.
        assert_eq!(code.size, 21 + 8);
        assert!(code.path.starts_with("M4 4h1v1h-1z"), "{}", &code.path[..40]);
    }
}
