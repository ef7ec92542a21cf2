//! The cart page. Product pages post here too: `POST /cart` adds, and answers a script in JSON.

use std::sync::Arc;

use askama::Template;
use poem::http::{HeaderMap, StatusCode, header};
use poem::web::{Data, Form, Query};
use poem::{Response, handler};
use serde::Deserialize;

use super::address::country_name;
use super::guard::session::{CurrentCart, write_cart_count};
use super::layout::Layout;
use super::picture::Picture;
use super::sums::{SumRow, Sums, sum_rows, tax_lines, thumbnail};
use super::texts::Texts;
use super::{format, page, see_other};
use crate::app::App;
use crate::db::{Conn, carts};
use crate::domain::cart::{CartChange, parse_quantity};
use crate::domain::discount::DiscountRefusal;
use crate::error::{Error, FieldErrors, Result};
use crate::shop::cart::{self, CartKey, CartView, CartViewLine, LineState};

mod change;

pub use change::submit_cart;

/// Every form of the page: `action` says which button it was.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CartForm {
    /// "add" (also when empty), "quantity", "remove", "discount", "discount_remove" or "understood".
    pub action: String,
    pub variant_id: String,
    pub quantity: String,
    pub code: String,
    /// The options as chosen on a product's page; they count more than `variant_id`, which only a script keeps up.
    pub o0: String,
    pub o1: String,
    pub o2: String,
}

/// `?removed=<variant>&quantity=2`: what the page offers to put back.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CartQuery {
    removed: String,
    quantity: String,
    /// `?added=1`: fewer than asked for were there.
    added: String,
    /// `?again=2`: an order was put back into the cart, except this many of its lines.
    again: String,
}

#[derive(Template)]
#[template(path = "cart.html")]
struct CartPage {
    l: Layout,
    /// In all lines, for the badge.
    pieces: i64,
    problem: Option<String>,
    /// That fewer were added than asked for, or that an order is back in the cart.
    short: Option<String>,
    removed: Option<Removed>,
    changes: Vec<String>,
    lines: Vec<LineView>,
    free_delivery: Option<FreeDelivery>,
    totals: Vec<SumRow>,
    taxes: Vec<String>,
    delivery: String,
    can_order: bool,
    discount_code: Option<String>,
    discount_error: Option<String>,
    discount_typed: String,
}

struct Removed {
    variant_id: String,
    quantity: i64,
    text: String,
}

struct FreeDelivery {
    text: String,
    percent: i64,
}

struct LineView {
    variant_id: String,
    href: String,
    picture: Option<Picture>,
    title: String,
    variant: String,
    unit: String,
    total: String,
    /// As typed, when that was wrong.
    quantity: String,
    quantity_label: String,
    remove_label: String,
    warning: Option<String>,
    error: Option<String>,
    sellable: bool,
}

/// What was typed and refused, for the page to show again.
#[derive(Default)]
pub(super) struct Refused<'a> {
    form: Option<&'a CartForm>,
    errors: FieldErrors,
}

/// `GET /cart`
#[handler]
pub async fn show_cart(
    app: Data<&Arc<App>>,
    key: CurrentCart,
    query: Option<Query<CartQuery>>,
) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let query = query.map(|q| q.0).unwrap_or_default();
    let removed = find_removed(&app, &mut conn, &query).await?;
    let mut cart_page = load(&app, &mut conn, key.0.as_ref(), &Refused::default()).await?;
    cart_page.removed = removed;
    cart_page.short = short_text(&cart_page.l, &query);
    answer(&app, key.0.as_ref(), StatusCode::OK, &cart_page)
}

/// The page with what was refused.
async fn show_refused(
    app: &App,
    key: Option<&CartKey>,
    form: &CartForm,
    errors: FieldErrors,
) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let cart_page = load(app, &mut conn, key, &Refused { form: Some(form), errors }).await?;
    answer(app, key, StatusCode::UNPROCESSABLE_ENTITY, &cart_page)
}

/// The page, and the badge put right: the cart may have changed on another device.
fn answer(app: &App, key: Option<&CartKey>, status: StatusCode, cart_page: &CartPage) -> Result<Response> {
    let mut response = page::render(status, cart_page)?;
    if key.is_some() {
        write_cart_count(&mut response, app, cart_page.pieces);
    }
    Ok(response)
}

async fn load(app: &App, conn: &mut Conn, key: Option<&CartKey>, refused: &Refused<'_>) -> Result<CartPage> {
    let l = Layout::load(app, conn).await?;
    let view = cart::view_cart(app, conn, key).await?;
    Ok(CartPage::new(l, &view, refused))
}

impl CartPage {
    fn new(l: Layout, view: &CartView, refused: &Refused<'_>) -> CartPage {
        let currency = view.currency.code();
        let code = view.discount.as_ref().map(|d| d.code.clone()).unwrap_or_default();
        let shipping = view.shipping.as_ref().map(|s| (s.name.as_str(), s.price_minor));
        let sums = Sums {
            items_minor: view.totals.items_minor,
            discount_minor: view.totals.discount_minor,
            discount_code: &code,
            shipping,
            total_minor: view.totals.total_minor,
            currency,
        };
        let typed = refused.form.map(|f| f.code.clone()).unwrap_or_default();
        let discount_error = refused.errors.get("discount_code").map(|key| l.t(key).to_owned());
        CartPage {
            problem: problem(&l, view, refused),
            short: None,
            removed: None,
            changes: view.changes.iter().map(|c| change_text(l.texts, c, currency)).collect(),
            lines: view.lines.iter().map(|line| line_view(&l, line, currency, refused)).collect(),
            free_delivery: free_delivery(&l, view),
            totals: sum_rows(l.texts, &sums),
            taxes: tax_lines(l.texts, &view.totals.taxes, currency),
            delivery: delivery(&l, view),
            pieces: view.lines.iter().map(|line| line.quantity).sum(),
            can_order: view.pieces > 0 && view.shipping.is_some(),
            discount_code: view.discount.as_ref().map(|d| discount_text(&l, &d.code, d.refusal, currency)),
            discount_error,
            discount_typed: typed,
            l: l.clone().titled(l.t("cart.title")),
        }
    }
}

/// A mistake that belongs to no line on the page.
fn problem(l: &Layout, view: &CartView, refused: &Refused<'_>) -> Option<String> {
    let variant_id = refused.form.map_or("", |form| form.variant_id.as_str());
    let at_line = view.lines.iter().any(|line| line.variant_id == variant_id);
    let key = match refused.errors.get("quantity") {
        Some(key) if !at_line => Some(key),
        _ => refused.errors.get("variant_id").or_else(|| refused.errors.get("action")),
    };
    key.map(|key| l.t(key).to_owned())
}

fn line_view(l: &Layout, line: &CartViewLine, currency: &str, refused: &Refused<'_>) -> LineView {
    let money = |minor: i64| format::money(minor, currency, l.texts.language);
    let mine = refused.form.filter(|form| form.variant_id == line.variant_id);
    let error = mine.and_then(|_| refused.errors.get("quantity"));
    let warning = match line.state {
        LineState::SoldOut => Some(l.t("cart.line_sold_out").to_owned()),
        LineState::Gone => Some(l.t("cart.line_gone").to_owned()),
        LineState::Sellable if line.quantity < line.wanted => {
            Some(l.fill("cart.line_reduced", "available", line.quantity))
        }
        LineState::Sellable => None,
    };
    let quantity = match (error, mine) {
        (Some(_), Some(form)) => form.quantity.clone(),
        _ => line.quantity.to_string(),
    };
    LineView {
        variant_id: line.variant_id.clone(),
        href: format!("/p/{}", line.product_slug),
        picture: thumbnail(&line.media_hash),
        title: line.title.clone(),
        variant: line.variant_title.clone(),
        unit: money(line.unit_minor),
        total: money(line.totals.items_minor),
        quantity,
        quantity_label: l.fill("cart.quantity_of", "title", &line.title),
        remove_label: l.fill("cart.remove_of", "title", &line.title),
        warning,
        error: error.map(|key| l.t(key).to_owned()),
        sellable: line.state == LineState::Sellable,
    }
}

fn free_delivery(l: &Layout, view: &CartView) -> Option<FreeDelivery> {
    if view.pieces == 0 {
        return None;
    }
    let Some(missing) = view.missing_to_free_minor else {
        let free = view.shipping.as_ref().is_some_and(|s| s.price_minor == 0);
        let text = l.t("cart.free_reached").to_owned();
        return free.then_some(FreeDelivery { text, percent: 100 });
    };
    let have = view.totals.items_minor - view.totals.discount_minor;
    let amount = format::money(missing, view.currency.code(), l.texts.language);
    Some(FreeDelivery {
        text: l.fill("cart.free_missing", "amount", amount),
        percent: have * 100 / (have + missing).max(1),
    })
}

fn delivery(l: &Layout, view: &CartView) -> String {
    let country = country_name(l.texts, &view.country);
    match &view.shipping {
        Some(offer) if offer.days_max <= 1 => l.fill("cart.delivery_day", "country", country),
        Some(offer) => l.texts.fill(
            "cart.delivery",
            &[
                ("country", &country),
                ("min", &offer.days_min.to_string()),
                ("max", &offer.days_max.to_string()),
            ],
        ),
        None if view.pieces == 0 => l.t("cart.nothing_orderable").to_owned(),
        None => l.fill("cart.no_shipping", "country", country),
    }
}

fn discount_text(l: &Layout, code: &str, refusal: Option<DiscountRefusal>, currency: &str) -> String {
    match refusal {
        None => l.fill("cart.discount_applied", "code", code),
        Some(DiscountRefusal::BelowMinimum { minimum_minor }) => {
            let minimum = format::money(minimum_minor, currency, l.texts.language);
            format!("{code}: {}", l.fill("discount.below_minimum", "minimum", minimum))
        }
        Some(refusal) => format!("{code}: {}", l.t(refusal.text_key())),
    }
}

/// What changed, in a sentence.
pub(super) fn change_text(texts: &Texts, change: &CartChange, currency: &str) -> String {
    let money = |minor: i64| format::money(minor, currency, texts.language);
    match change {
        CartChange::PriceUp { title, from_minor, to_minor, .. } => texts.fill(
            "cart.change_price_up",
            &[("title", title), ("new", &money(*to_minor)), ("old", &money(*from_minor))],
        ),
        CartChange::PriceDown { title, from_minor, to_minor, .. } => texts.fill(
            "cart.change_price_down",
            &[("title", title), ("new", &money(*to_minor)), ("old", &money(*from_minor))],
        ),
        CartChange::Reduced { title, to, .. } => {
            texts.fill("cart.change_reduced", &[("title", title), ("available", &to.to_string())])
        }
        CartChange::SoldOut { title, .. } => texts.fill("cart.change_sold_out", &[("title", title)]),
        CartChange::Gone { title, .. } => texts.fill("cart.change_gone", &[("title", title)]),
        CartChange::DiscountGone { code } => texts.fill("cart.change_discount", &[("code", code)]),
        CartChange::ShippingGone => texts.get("cart.change_shipping").to_owned(),
        CartChange::Contents => texts.get("cart.change_contents").to_owned(),
        CartChange::Total { from_minor, to_minor } => {
            texts.fill("cart.change_total", &[("new", &money(*to_minor)), ("old", &money(*from_minor))])
        }
    }
}

/// The thing that was just removed, if it can be put back.
async fn find_removed(app: &App, conn: &mut Conn, query: &CartQuery) -> Result<Option<Removed>> {
    let quantity = parse_quantity(&query.quantity).unwrap_or(0);
    if quantity == 0 {
        return Ok(None);
    }
    let Some(title) = find_title(conn, &query.removed).await? else { return Ok(None) };
    let texts = Texts::of(&app.settings().language);
    Ok(Some(Removed {
        variant_id: query.removed.clone(),
        quantity,
        text: texts.fill("cart.removed", &[("title", &title)]),
    }))
}

/// What a shop's variant is called, if there is one of this id that is sold.
async fn find_title(conn: &mut Conn, variant_id: &str) -> Result<Option<String>> {
    if !cart::is_id(variant_id) {
        return Ok(None);
    }
    let offer = carts::find_variant_offer(conn, variant_id).await?;
    Ok(offer.filter(|offer| offer.sold).map(|offer| offer.title))
}

fn short_text(l: &Layout, query: &CartQuery) -> Option<String> {
    if let Ok(left_out) = query.again.parse::<u8>() {
        return Some(match left_out {
            0 => l.t("cart.again").to_owned(),
            _ => format!("{} {}", l.t("cart.again"), l.count("cart.again_left_out", &left_out.into())),
        });
    }
    match query.added.as_str() {
        "" => None,
        "0" => Some(l.t("cart.added_none").to_owned()),
        typed => parse_quantity(typed).ok().map(|added| l.fill("cart.added_some", "added", added)),
    }
}
