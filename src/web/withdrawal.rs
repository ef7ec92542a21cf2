//! Withdrawing from an order by its link, for guests and customers alike: a page that names the contract, the goods and
//! where the receipt goes, and one button that confirms. Whoever has lost the link comes by [`by_number`].

pub mod by_number;

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::{Data, Form, Path};
use poem::{Response, handler};

use super::address::Typed;
use super::checkout::line_detail;
use super::form::FormState;
use super::layout::Layout;
use super::order::{same_origin_referrer, show as show_order};
use super::picture::Picture;
use super::sums::thumbnail;
use super::{format, page, see_other};
use crate::app::App;
use crate::domain::order::{Order, OrderLine, State};
use crate::domain::withdrawal::{self, Refusal, WithdrawnLine};
use crate::error::{Error, FieldErrors, OrNotFound, Result};
use crate::shop::orders::{self, Statement};

/// Before the variant's id: how many pieces of it.
const PIECES: &str = "pieces_";

#[derive(Template)]
#[template(path = "withdrawal.html")]
struct WithdrawalPage {
    l: Layout,
    form: FormState,
    way: Way,
    path: String,
    /// The order's page; nobody is led there who has not shown its link.
    order_path: Option<String>,
    number_line: String,
    period: String,
    goods_hint: String,
    whole_only: bool,
    lines: Vec<GoodsView>,
    next: String,
    /// The page with the shop's terms, if it has one under the usual name.
    terms: Option<String>,
    terms_name: String,
    key: String,
}

/// How the shopper came to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By its link, the key to everything about it.
    Link,
    /// By its number and e-mail address. They show what was ordered and let it be withdrawn from; the name, the address
    /// and the link stay hidden, and the receipt goes where the order's other mails went.
    Number,
}

struct GoodsView {
    picture: Option<Picture>,
    title: String,
    detail: String,
    /// The field's name.
    name: String,
    left: i64,
    /// As typed; at first everything.
    pieces: String,
    checked: bool,
    label: String,
    of: String,
}

/// `GET /orders/{token}/withdraw`
#[handler]
pub async fn show_withdrawal(app: Data<&Arc<App>>, token: Path<String>) -> Result<Response> {
    let order = find(&app, &token).await?;
    let form =
        FormState::of([("name", order.shipping_address.name.as_str()), ("email", order.email.as_str())]);
    begin(&app, &order, form, Way::Link).await
}

/// `POST /orders/{token}/withdraw`
#[handler]
pub async fn submit_withdrawal(
    app: Data<&Arc<App>>,
    token: Path<String>,
    typed: Form<Typed>,
) -> Result<Response> {
    let order = find(&app, &token).await?;
    declare(&app, &order, form_of(&typed.0), Way::Link).await
}

fn form_of(typed: &Typed) -> FormState {
    FormState::of(typed.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The first step: the contract, everything of it chosen.
async fn begin(app: &App, order: &Order, mut form: FormState, way: Way) -> Result<Response> {
    if let Err(refusal) = withdrawal::check(order, &app.settings().zone(), app.clock.now_ms()) {
        return refused(app, order, refusal, way).await;
    }
    form.set("key", app.id());
    for line in &order.lines {
        form.set(&field(line), withdrawal::left_of(order, line).to_string());
    }
    show(app, StatusCode::OK, order, form, way).await
}

/// The second step: the statement as it was confirmed.
async fn declare(app: &App, order: &Order, form: FormState, way: Way) -> Result<Response> {
    let lines = match chosen(order, &form) {
        Ok(lines) => lines,
        Err(errors) => {
            return show(app, StatusCode::UNPROCESSABLE_ENTITY, order, form.rejected(errors), way).await;
        }
    };
    let statement = Statement {
        name: form.value("name").to_owned(),
        email: form.value("email").to_owned(),
        lines,
        idempotency_key: Some(form.value("key").to_owned()).filter(|key| !key.is_empty()),
    };
    match orders::withdraw(app, &order.id, statement).await {
        Ok(order) if way == Way::Link => Ok(see_other(&format!("{}#withdrawal", path(&order)))),
        Ok(_) => Ok(see_other(by_number::DONE)),
        Err(Error::Invalid(errors)) => reject(app, order, form, errors, way).await,
        Err(Error::Conflict(_)) => {
            let order = find(app, &order.token).await?;
            let why = withdrawal::check(&order, &app.settings().zone(), app.clock.now_ms())
                .err()
                .unwrap_or(Refusal::Ended);
            refused(app, &order, why, way).await
        }
        Err(error) => Err(error),
    }
}

async fn find(app: &App, token: &str) -> Result<Order> {
    let mut conn = app.db.read().await?;
    orders::find_by_token(&mut conn, token).await?.or_not_found("order")
}

/// A key that can't be one, or that stands for another statement, is replaced: it is the page's own, not the shopper's.
async fn reject(
    app: &App,
    order: &Order,
    mut form: FormState,
    mut errors: FieldErrors,
    way: Way,
) -> Result<Response> {
    if errors.get("idempotency_key").is_some() {
        form.set("key", app.id());
        errors.0.retain(|error| error.field != "idempotency_key");
        if errors.is_empty() {
            errors.add("lines", "withdrawal.error_goods");
        }
    }
    show(app, StatusCode::UNPROCESSABLE_ENTITY, order, form.rejected(errors), way).await
}

/// There is nothing to withdraw from: the order's page says why. Whoever comes twice sees that it is done.
async fn refused(app: &App, order: &Order, refusal: Refusal, way: Way) -> Result<Response> {
    match (way, refusal) {
        (Way::Link, Refusal::Done) => Ok(see_other(&format!("{}#withdrawal", path(order)))),
        (Way::Link, _) => show_order(app, StatusCode::CONFLICT, order, Some("order.withdraw_late")).await,
        (Way::Number, Refusal::Done) => by_number::show_refused(app, "withdrawal.done_before").await,
        (Way::Number, _) => by_number::show_refused(app, "order.withdraw_late").await,
    }
}

/// What was chosen. More than was ordered can't be meant; more than is left may be the same statement sent twice.
fn chosen(order: &Order, form: &FormState) -> std::result::Result<Vec<WithdrawnLine>, FieldErrors> {
    let mut errors = FieldErrors::default();
    if withdrawal::is_whole_only(order) {
        return Ok(Vec::new());
    }
    let mut lines = Vec::new();
    for line in &order.lines {
        let quantity = match form.value(&field(line)).trim() {
            "" => Some(0),
            typed => typed.parse::<i64>().ok().filter(|pieces| (0..=line.quantity).contains(pieces)),
        };
        match quantity {
            Some(0) => {}
            Some(quantity) => lines.push(WithdrawnLine { variant_id: line.variant_id.clone(), quantity }),
            None => errors.add("lines", "withdrawal.error_goods"),
        }
    }
    if lines.is_empty() && errors.is_empty() {
        errors.add("lines", "withdrawal.error_lines");
    }
    errors.0.dedup();
    if errors.is_empty() { Ok(lines) } else { Err(errors) }
}

async fn show(app: &App, status: StatusCode, order: &Order, form: FormState, way: Way) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let l = Layout::load(app, &mut conn).await?;
    Ok(same_origin_referrer(page::render(status, &withdrawal_page(l, order, form, way))?))
}

fn withdrawal_page(l: Layout, order: &Order, form: FormState, way: Way) -> WithdrawalPage {
    let whole_only = withdrawal::is_whole_only(order);
    let (number, placed) = (order.number.to_string(), l.date(&order.placed_at));
    let terms = l.legal_pages.iter().find(|page| page.path == "/pages/withdrawal");
    WithdrawalPage {
        way,
        path: match way {
            Way::Link => format!("{}/withdraw", path(order)),
            Way::Number => by_number::PATH.to_owned(),
        },
        order_path: (way == Way::Link).then(|| path(order)),
        number_line: l.texts.fill("order.number", &[("number", &number), ("date", &placed)]),
        period: match withdrawal::ends_at(order, &l.zone) {
            // The last moment lies in the last day.
            Some(end) => l.fill("withdrawal.period", "date", l.date(&(end - 1))),
            None => l.t("withdrawal.period_open").to_owned(),
        },
        goods_hint: l
            .t(if whole_only { "withdrawal.goods_whole" } else { "withdrawal.goods_hint" })
            .to_owned(),
        whole_only,
        lines: order.lines.iter().filter_map(|line| goods(&l, order, line, &form)).collect(),
        next: l.t(next(order, whole_only)).to_owned(),
        terms: terms.map(|page| page.path.clone()),
        terms_name: terms.map(|page| page.name.clone()).unwrap_or_default(),
        key: form.value("key").to_owned(),
        form,
        l: l.clone().titled(l.t("withdrawal.title")),
    }
}

fn next(order: &Order, whole_only: bool) -> &'static str {
    match order.state {
        State::Shipped | State::Completed => "withdrawal.next_sent",
        _ if whole_only => "withdrawal.next_unpaid",
        _ => "withdrawal.next_paid",
    }
}

/// A line of which something is left.
fn goods(l: &Layout, order: &Order, line: &OrderLine, form: &FormState) -> Option<GoodsView> {
    let left = withdrawal::left_of(order, line);
    let name = field(line);
    let pieces = form.value(&name).to_owned();
    let unit = format::money(line.unit_minor, &order.currency, l.texts.language);
    (left > 0).then(|| GoodsView {
        picture: thumbnail(&line.media_hash),
        title: line.title.clone(),
        detail: line_detail(l, &line.variant_title, left, &unit),
        left,
        checked: pieces == "1",
        pieces,
        label: l.fill("withdrawal.quantity", "title", &line.title),
        of: l.fill("withdrawal.of", "count", left),
        name,
    })
}

fn field(line: &OrderLine) -> String {
    format!("{PIECES}{}", line.variant_id)
}

fn path(order: &Order) -> String {
    format!("/orders/{}", order.token)
}
