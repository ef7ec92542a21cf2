//! Checkout: one page, guest first. Nothing typed is ever lost, and nothing is ordered that was not seen.

use std::sync::Arc;

use askama::Template;
use poem::http::StatusCode;
use poem::web::Data;
use poem::{Response, handler};

use super::address::{self, BILLING, SHIPPING, Typed, all_countries, delivery_countries};
use super::cart::change_text;
use super::form::{Choice as FormChoice, Field, FormState};
use super::guard::session::{CurrentCart, CurrentCustomer};
use super::layout::Layout;
use super::sums::{SmallLine, SumRow, Sums, sum_rows, tax_lines, thumbnail};
use super::{format, page, see_other};
use crate::app::App;
use crate::config::PaymentMethod;
use crate::db::addresses::{self, SavedAddress};
use crate::domain::cart::CartChange;
use crate::domain::payment::Method;
use crate::error::{FieldErrors, Result};
use crate::shop::accounts::LoggedIn;
use crate::shop::cart::{CartKey, CartView, Choice, view_cart_with};

mod place;

pub use place::submit_checkout;

/// The value of `address_id` for an address that is typed.
const TYPED_ADDRESS: &str = "new";

#[derive(Template)]
#[template(path = "checkout.html")]
struct CheckoutPage {
    l: Layout,
    form: FormState,
    /// Who is logged in: name or e-mail.
    customer: Option<String>,
    changes: Vec<String>,
    saved: Vec<Offer>,
    countries: Vec<FormChoice>,
    billing_countries: Vec<FormChoice>,
    deliveries: Vec<Offer>,
    payments: Vec<Offer>,
    lines: Vec<SmallLine>,
    totals: Vec<SumRow>,
    taxes: Vec<String>,
    total: String,
    order_button: String,
    idempotency_key: String,
    seen_total_minor: i64,
    seen_digest: String,
}

/// One of several to choose from.
struct Offer {
    value: String,
    label: String,
    detail: String,
    price: String,
    selected: bool,
}

/// Everything that decides how the page looks.
struct Asked<'a> {
    customer: Option<&'a LoggedIn>,
    key: Option<&'a CartKey>,
    form: FormState,
    changes: Vec<CartChange>,
    /// Kept over rejections, so that the same order stays the same order.
    idempotency_key: Option<String>,
}

impl CheckoutPage {
    fn address_fields(&self) -> Vec<Field<'_>> {
        SHIPPING.fields(&self.l, &self.form, &self.countries)
    }

    fn billing_fields(&self) -> Vec<Field<'_>> {
        BILLING.fields(&self.l, &self.form, &self.billing_countries)
    }

    /// What is wrong with a group of choices.
    fn error(&self, field: &str) -> Option<&str> {
        self.form.error(field).map(|reason| self.l.t(reason))
    }
}

/// `GET /checkout`
#[handler]
pub async fn show_checkout(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    key: CurrentCart,
) -> Result<Response> {
    let asked = Asked {
        customer: customer.0.as_ref(),
        key: key.0.as_ref(),
        form: FormState::default(),
        changes: Vec::new(),
        idempotency_key: None,
    };
    show(&app, StatusCode::OK, asked).await
}

/// The page for what was asked so far; an empty cart has nothing to check out.
async fn show(app: &App, status: StatusCode, asked: Asked<'_>) -> Result<Response> {
    let mut conn = app.db.read().await?;
    let saved = match asked.customer {
        Some(who) => addresses::list_addresses(&mut conn, &who.customer_id).await?,
        None => Vec::new(),
    };
    let mut form = asked.form;
    fill_defaults(&mut form, asked.customer, &saved);
    let country = chosen_country(app, &form, &saved);
    let choice = Choice { country: &country, shipping_key: form.value("shipping_key") };
    let view = view_cart_with(app, &mut conn, asked.key, choice).await?;
    if view.lines.is_empty() {
        return Ok(see_other("/cart"));
    }
    form_defaults_of_cart(&mut form, &view);
    let changes = if asked.changes.is_empty() { view.changes.clone() } else { asked.changes };
    let l = Layout::load(app, &mut conn).await?;
    let key = asked.idempotency_key.unwrap_or_else(|| app.random.token());
    let parts = Parts { form, changes, saved, customer: asked.customer, idempotency_key: key };
    page::render(status, &checkout_page(app, l, &view, parts))
}

struct Parts<'a> {
    form: FormState,
    changes: Vec<CartChange>,
    saved: Vec<SavedAddress>,
    customer: Option<&'a LoggedIn>,
    idempotency_key: String,
}

fn checkout_page(app: &App, l: Layout, view: &CartView, parts: Parts<'_>) -> CheckoutPage {
    let currency = view.currency.code();
    let total = format::money(view.totals.total_minor, currency, l.texts.language);
    let code = view.discount.as_ref().map(|d| d.code.as_str()).unwrap_or_default();
    let sums = Sums {
        items_minor: view.totals.items_minor,
        discount_minor: view.totals.discount_minor,
        discount_code: code,
        shipping: view.shipping.as_ref().map(|s| (s.name.as_str(), s.price_minor)),
        total_minor: view.totals.total_minor,
        currency,
    };
    let customer = parts.customer.map(|c| if c.name.is_empty() { c.email.clone() } else { c.name.clone() });
    CheckoutPage {
        customer,
        changes: parts.changes.iter().map(|c| change_text(l.texts, c, currency)).collect(),
        saved: saved_offers(&l, &parts.saved, parts.form.value("address_id")),
        countries: delivery_countries(&l),
        billing_countries: all_countries(&l),
        deliveries: delivery_offers(&l, view, parts.form.value("shipping_key")),
        payments: payment_offers(app, &l, parts.form.value("payment_method")),
        lines: small_lines(&l, view),
        totals: sum_rows(l.texts, &sums),
        taxes: tax_lines(l.texts, &view.totals.taxes, currency),
        order_button: l.fill("checkout.order", "total", &total),
        total,
        idempotency_key: parts.idempotency_key,
        seen_total_minor: view.totals.total_minor,
        seen_digest: view.digest(),
        form: parts.form,
        l: l.clone().titled(l.t("checkout.title")),
    }
}

/// What a customer need not type.
fn fill_defaults(form: &mut FormState, customer: Option<&LoggedIn>, saved: &[SavedAddress]) {
    if let Some(who) = customer {
        if !form.has("email") {
            form.set("email", &who.email);
        }
        if !form.has("name") {
            form.set("name", &who.name);
        }
    }
    if !form.has("address_id") {
        let main = saved.first().map_or(TYPED_ADDRESS, |a| a.address_id.as_str());
        form.set("address_id", main);
    }
}

/// The country of the chosen address; empty: as the cart says.
fn chosen_country(app: &App, form: &FormState, saved: &[SavedAddress]) -> String {
    let id = form.value("address_id");
    let country = match saved.iter().find(|a| a.address_id == id) {
        Some(saved) => saved.address.country.clone(),
        None => form.value("country").to_owned(),
    };
    let sold_to = app.settings().countries.contains(&country);
    if sold_to { country } else { String::new() }
}

/// The cart's own country and delivery, where the form has none yet.
fn form_defaults_of_cart(form: &mut FormState, view: &CartView) {
    for field in ["country", "billing_country"] {
        if form.value(field).is_empty() {
            form.set(field, &view.country);
        }
    }
    if let Some(offer) = &view.shipping {
        form.set("shipping_key", &offer.key);
    }
    if !form.has("payment_method") {
        form.set("payment_method", Method::BankTransfer.as_str());
    }
}

fn saved_offers(l: &Layout, saved: &[SavedAddress], chosen: &str) -> Vec<Offer> {
    let offer = |value: &str, label: String| Offer {
        value: value.to_owned(),
        label,
        detail: String::new(),
        price: String::new(),
        selected: value == chosen,
    };
    let mut offers: Vec<Offer> =
        saved.iter().map(|a| offer(&a.address_id, address::lines(l.texts, &a.address).join(", "))).collect();
    if !offers.is_empty() {
        offers.push(offer(TYPED_ADDRESS, l.t("checkout.other_address").to_owned()));
    }
    offers
}

fn delivery_offers(l: &Layout, view: &CartView, chosen: &str) -> Vec<Offer> {
    let offer = |offer: &crate::domain::shipping::ShippingOffer| {
        let detail = match (offer.note.as_str(), offer.days_max) {
            ("", ..=1) => l.t("checkout.delivery_day").to_owned(),
            ("", _) => l.texts.fill(
                "checkout.delivery_days",
                &[("min", &offer.days_min.to_string()), ("max", &offer.days_max.to_string())],
            ),
            (note, _) => note.to_owned(),
        };
        let free = offer.price_minor == 0;
        Offer {
            value: offer.key.clone(),
            label: offer.name.clone(),
            detail,
            price: match free {
                true => l.t("checkout.free").to_owned(),
                false => format::money(offer.price_minor, view.currency.code(), l.texts.language),
            },
            selected: offer.key == chosen,
        }
    };
    view.offers.iter().map(offer).collect()
}

fn payment_offers(app: &App, l: &Layout, chosen: &str) -> Vec<Offer> {
    let methods = app.config.payment.methods.iter().flat_map(|provider| match provider {
        PaymentMethod::Manual => Method::ALL,
    });
    let offer = |method: Method| {
        let (label, detail) = match method {
            Method::BankTransfer => ("checkout.pay_transfer", "checkout.pay_transfer_detail"),
            Method::PayOnDelivery => ("checkout.pay_delivery", "checkout.pay_delivery_detail"),
        };
        Offer {
            value: method.as_str().to_owned(),
            label: l.t(label).to_owned(),
            detail: l.t(detail).to_owned(),
            price: String::new(),
            selected: method.as_str() == chosen,
        }
    };
    methods.map(offer).collect()
}

/// What will be ordered: lines that can't be bought are told as changes instead.
fn small_lines(l: &Layout, view: &CartView) -> Vec<SmallLine> {
    let money = |minor: i64| format::money(minor, view.currency.code(), l.texts.language);
    let line = |line: &crate::shop::cart::CartViewLine| SmallLine {
        picture: thumbnail(&line.media_hash),
        title: line.title.clone(),
        href: format!("/p/{}", line.product_slug),
        variant: line_detail(l, &line.variant_title, line.quantity, &money(line.unit_minor)),
        total: money(line.totals.items_minor),
    };
    view.lines.iter().filter(|line| line.quantity > 0).map(line).collect()
}

/// "Steel", and in a line of its own "2 × 349.00 €"
pub(super) fn line_detail(l: &Layout, variant: &str, quantity: i64, price: &str) -> String {
    let quantity = quantity.to_string();
    let facts = [("variant", variant), ("quantity", quantity.as_str()), ("price", price)];
    l.texts.fill(if variant.is_empty() { "order.line" } else { "order.line_variant" }, &facts)
}
