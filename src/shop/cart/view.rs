//! Seeing a cart: what it costs now, what is there now, and what changed since the shopper last looked.

use super::CartKey;
use crate::app::App;
use crate::db::carts::{self, CartRow};
use crate::db::{Conn, discounts};
use crate::domain::cart::{Cart, CartChange, QUANTITY_MAX};
use crate::domain::discount::{Discount, DiscountKind, DiscountRefusal};
use crate::domain::money::Currency;
use crate::domain::pricing::{LineTotals, PricingInput, PricingLine, Totals, price};
use crate::domain::shipping::{Parcel, ShippingOffer, cheapest, offers};
use crate::domain::stock::Band;
use crate::domain::tax::{CountryRates, TaxClass};
use crate::error::{Error, Result};

/// A cart as it stands now. Nothing is stored by looking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartView {
    /// `None`: there is no cart yet; everything else is empty then.
    pub cart: Option<Cart>,
    pub lines: Vec<CartViewLine>,
    /// Pieces that can be bought.
    pub pieces: i64,
    pub changes: Vec<CartChange>,
    pub totals: Totals,
    pub currency: Currency,
    /// Chosen, else the shop's own.
    pub country: String,
    /// What delivers this cart to this country; empty for an empty cart.
    pub offers: Vec<ShippingOffer>,
    /// The chosen delivery, else the cheapest; the totals contain it.
    pub shipping: Option<ShippingOffer>,
    /// Whether `shipping` is the shopper's choice and not an estimate.
    pub shipping_chosen: bool,
    pub discount: Option<CartDiscount>,
    /// How much more to buy for free delivery.
    pub missing_to_free_minor: Option<i64>,
}

/// The cart's code; refused codes count for nothing in the totals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartDiscount {
    pub code: String,
    pub refusal: Option<DiscountRefusal>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartViewLine {
    pub variant_id: String,
    pub product_id: String,
    pub product_slug: String,
    pub title: String,
    pub variant_title: String,
    pub sku: String,
    /// Empty: no picture.
    pub media_hash: String,
    /// What can be bought of what is wanted.
    pub quantity: i64,
    pub wanted: i64,
    pub unit_minor: i64,
    pub compare_at_minor: Option<i64>,
    pub rate_bp: i64,
    pub band: Band,
    pub state: LineState,
    pub totals: LineTotals,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineState {
    Sellable,
    SoldOut,
    /// Taken off the shop.
    Gone,
}

/// Where to and how; empty texts: as the cart says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice<'a> {
    pub country: &'a str,
    pub shipping_key: &'a str,
}

/// The cart of a key, with the country and delivery that it remembers.
pub async fn view_cart(app: &App, conn: &mut Conn, key: Option<&CartKey>) -> Result<CartView> {
    view_cart_with(app, conn, key, Choice::default()).await
}

/// The cart of a key, as it would cost with another country or delivery.
pub async fn view_cart_with(
    app: &App,
    conn: &mut Conn,
    key: Option<&CartKey>,
    choice: Choice<'_>,
) -> Result<CartView> {
    match key {
        Some(key) => Ok(find_view(app, conn, key, choice).await?.map_or(empty(app)?, |(_, view)| view)),
        None => empty(app),
    }
}

/// The cart of a key and how it stands; `None`: there is none.
pub(in crate::shop) async fn find_view(
    app: &App,
    conn: &mut Conn,
    key: &CartKey,
    choice: Choice<'_>,
) -> Result<Option<(Cart, CartView)>> {
    let Some((cart, rows)) = carts::find_cart_with_rows(conn, key.hashed().owner()).await? else {
        return Ok(None);
    };
    let view = assess_rows(app, conn, &cart, rows, choice).await?;
    Ok(Some((cart, view)))
}

/// The shop's currency; the settings hold only known ones.
fn settings_currency(app: &App) -> Result<Currency> {
    let code = &app.settings().currency;
    Currency::parse(code).ok_or_else(|| Error::internal(format!("the shop's currency {code:?} is unknown")))
}

/// Looks at every line again, chooses delivery and adds up.
pub(super) async fn assess(app: &App, conn: &mut Conn, cart: &Cart, choice: Choice<'_>) -> Result<CartView> {
    let rows = carts::list_cart_rows(conn, &cart.id).await?;
    assess_rows(app, conn, cart, rows, choice).await
}

async fn assess_rows(
    app: &App,
    conn: &mut Conn,
    cart: &Cart,
    rows: Vec<CartRow>,
    choice: Choice<'_>,
) -> Result<CartView> {
    let now_ms = app.clock.now_ms();
    let mut view = empty(app)?;
    if let Some(country) = [choice.country, &cart.country].into_iter().find(|c| !c.is_empty()) {
        view.country = country.to_owned();
    }
    let terms = app.terms(conn).await?;
    let rates = terms.rates(&view.country);
    let weight_g = add_lines(&mut view, rows, rates);
    let items_minor = price_lines(&view, None, 0, rates)?.items_minor;

    let discount = match cart.discount_code.as_str() {
        "" => None,
        code => Some((code, discounts::find_discount(conn, code).await?)),
    };
    let kind = discount.and_then(|(code, found)| apply(&mut view, code, found, items_minor, now_ms));
    if view.pieces > 0 {
        let off_minor = kind.map_or(Ok(0), |k| k.off_items(items_minor)).map_err(Error::internal)?;
        let parcel = Parcel { country: &view.country, weight_g, items_minor: items_minor - off_minor };
        let all = offers(&terms.methods, parcel);
        let wanted = [choice.shipping_key, &cart.shipping_key].into_iter().find(|k| !k.is_empty());
        choose_shipping(&mut view, all, wanted);
    }
    let shipping_minor = view.shipping.as_ref().map_or(0, |s| s.price_minor);
    view.totals = price_lines(&view, kind, shipping_minor, rates)?;
    for (line, totals) in view.lines.iter_mut().zip(&view.totals.lines) {
        line.totals = *totals;
    }
    view.cart = Some(cart.clone());
    Ok(view)
}

fn empty(app: &App) -> Result<CartView> {
    Ok(CartView {
        cart: None,
        lines: Vec::new(),
        pieces: 0,
        changes: Vec::new(),
        totals: Totals::default(),
        currency: settings_currency(app)?,
        country: app.settings().countries.first().cloned().unwrap_or_default(),
        offers: Vec::new(),
        shipping: None,
        shipping_chosen: false,
        discount: None,
        missing_to_free_minor: None,
    })
}

/// Fills in the lines and what changed about them; the weight of what can be bought.
fn add_lines(view: &mut CartView, rows: Vec<CartRow>, rates: CountryRates) -> i64 {
    let mut weight_g = 0_i64;
    for row in rows {
        view.changes.extend(changes_of(&row));
        let line = line_of(row, rates, &mut weight_g);
        view.pieces += line.quantity;
        view.lines.push(line);
    }
    weight_g
}

fn line_of(row: CartRow, rates: CountryRates, weight_g: &mut i64) -> CartViewLine {
    let state = match (row.sold, row.available) {
        (false, _) => LineState::Gone,
        (true, ..=0) => LineState::SoldOut,
        (true, _) => LineState::Sellable,
    };
    let there = if state == LineState::Sellable { row.available.min(QUANTITY_MAX) } else { 0 };
    let quantity = row.quantity.min(there);
    *weight_g = weight_g.saturating_add(row.weight_g.saturating_mul(quantity));
    CartViewLine {
        rate_bp: rates.rate_bp(TaxClass::parse(&row.tax_class)),
        band: Band::of(if row.sold { row.available } else { 0 }),
        variant_id: row.variant_id,
        product_id: row.product_id,
        product_slug: row.product_slug,
        title: row.title,
        variant_title: row.variant_title,
        sku: row.sku,
        media_hash: row.media_hash,
        quantity,
        wanted: row.quantity,
        unit_minor: row.unit_minor,
        compare_at_minor: row.compare_at_minor,
        state,
        totals: LineTotals::default(),
    }
}

fn changes_of(row: &CartRow) -> Vec<CartChange> {
    let variant_id = row.variant_id.clone();
    let title = match row.variant_title.as_str() {
        "" => row.title.clone(),
        variant => format!("{}, {variant}", row.title),
    };
    if !row.sold {
        return vec![CartChange::Gone { variant_id, title }];
    }
    if row.available <= 0 {
        return vec![CartChange::SoldOut { variant_id, title }];
    }
    let mut changes = Vec::new();
    if row.available < row.quantity {
        let (variant_id, title) = (variant_id.clone(), title.clone());
        changes.push(CartChange::Reduced { variant_id, title, from: row.quantity, to: row.available });
    }
    let (from_minor, to_minor) = (row.price_seen_minor, row.unit_minor);
    if to_minor > from_minor {
        changes.push(CartChange::PriceUp { variant_id, title, from_minor, to_minor });
    } else if to_minor < from_minor {
        changes.push(CartChange::PriceDown { variant_id, title, from_minor, to_minor });
    }
    changes
}

/// Notes the code with its refusal; what it gives, if it applies.
fn apply(
    view: &mut CartView,
    code: &str,
    found: Option<Discount>,
    items_minor: i64,
    now_ms: i64,
) -> Option<DiscountKind> {
    let outcome = match &found {
        Some(discount) => discount.check(items_minor, now_ms).map(|()| discount.kind),
        None => Err(DiscountRefusal::Unknown),
    };
    if outcome.is_err() {
        view.changes.push(CartChange::DiscountGone { code: code.to_owned() });
    }
    view.discount = Some(CartDiscount { code: code.to_owned(), refusal: outcome.err() });
    outcome.ok()
}

fn choose_shipping(view: &mut CartView, all: Vec<ShippingOffer>, wanted: Option<&str>) {
    let chosen = wanted.and_then(|key| all.iter().find(|offer| offer.key == key)).cloned();
    if wanted.is_some() && chosen.is_none() {
        view.changes.push(CartChange::ShippingGone);
    }
    view.shipping_chosen = chosen.is_some();
    view.shipping = chosen.or_else(|| cheapest(&all).cloned());
    view.missing_to_free_minor = all.iter().filter_map(|o| o.missing_to_free_minor).min();
    if all.iter().any(|offer| offer.price_minor == 0) {
        view.missing_to_free_minor = None;
    }
    view.offers = all;
}

fn price_lines(
    view: &CartView,
    discount: Option<DiscountKind>,
    shipping_minor: i64,
    rates: CountryRates,
) -> Result<Totals> {
    let lines: Vec<PricingLine> = view
        .lines
        .iter()
        .map(|l| PricingLine { unit_minor: l.unit_minor, quantity: l.quantity, rate_bp: l.rate_bp })
        .collect();
    let shipping_rate_bp = rates.standard_bp;
    // Not internal: a shopper can fill a cart beyond what the store counts.
    price(PricingInput { lines: &lines, discount, shipping_minor, shipping_rate_bp })
        .map_err(|_| Error::Conflict("this cart is worth more than the shop can sell at once".to_owned()))
}
