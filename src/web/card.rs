//! What several pages print about a product: its card in a list, its price, its stock band.

use askama::Template;

use super::format;
use super::layout::Layout;
use super::picture::Picture;
use crate::domain::catalogue::{self, AttributeKind, Band, Fact, ProductCard};

/// How wide a card's picture is shown: two columns on phones, up to four on desks.
const ROW_SIZES: &str = "(width >= 84rem) 19rem, (width >= 60rem) 22vw, 44vw";
/// The same beside the filters, which take a fifth of a desk.
const LISTING_SIZES: &str = "(width >= 84rem) 15rem, (width >= 60rem) 30vw, 44vw";
/// The widest file that a card loads: two columns of the largest phone at its full density.
const CARD_WIDTH_MAX: i64 = 640;
/// More swatches than this are counted, not shown.
const SWATCHES_MAX: usize = 6;
/// Cards of a list's first rows, which are loaded at once.
const EAGER_CARDS: usize = 4;
/// Of those, a phone's first row, which is loaded before anything else.
const FIRST_CARDS: usize = 2;

/// Where cards stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Under other things, across the page.
    Row,
    /// The same, at the head of a page.
    FirstRow,
    /// Beside the filters, at the head of a page.
    Listing,
}

/// How a card's pictures are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Eager,
    Lazy,
}

/// A product in a list. Printed with `|safe`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/card.html")]
pub struct Card {
    path: String,
    title: String,
    picture: Option<Picture>,
    second: Option<Picture>,
    fact: String,
    swatches: Vec<String>,
    more_swatches: String,
    price: PriceLine,
    /// Nothing when the product is simply in stock.
    band: Option<BandMark>,
    /// A word on the picture, such as "New".
    flag: Option<Flag>,
}

#[derive(Debug, Clone)]
struct Flag {
    text: String,
    class: &'static str,
}

/// A price with what belongs to it. Printed with `|safe`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/price.html")]
pub struct PriceLine {
    /// "349.00 €", or "from 349.00 €".
    price: String,
    amount: String,
    old: Option<String>,
    lowest: Option<String>,
    old_label: String,
}

/// The stock band in words. Printed with `|safe`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/band.html")]
pub struct BandMark {
    word: &'static str,
    text: String,
}

/// The cards of a list; those that open the page load their pictures at once.
pub fn cards(l: &Layout, products: &[ProductCard], now_ms: i64, place: Place) -> Vec<Card> {
    let turn = |i| match place {
        Place::Row => Turn::Lazy,
        _ if i < FIRST_CARDS => Turn::First,
        _ if i < EAGER_CARDS => Turn::Eager,
        _ => Turn::Lazy,
    };
    let sizes = if place == Place::Listing { LISTING_SIZES } else { ROW_SIZES };
    products.iter().enumerate().map(|(i, p)| Card::new(l, p, now_ms, (sizes, turn(i)))).collect()
}

impl Card {
    fn new(l: &Layout, product: &ProductCard, now_ms: i64, (sizes, turn): (&'static str, Turn)) -> Card {
        let price = PriceLine::new(
            l,
            Prices {
                price_minor: product.price_min_minor,
                old_minor: product.compare_at_minor,
                lowest_minor: product.lowest_minor,
                is_from: product.price_max_minor > product.price_min_minor,
            },
        );
        let colours: Vec<&String> = product.swatches.iter().filter_map(|c| c.swatch.as_ref()).collect();
        let more = colours.len().saturating_sub(SWATCHES_MAX);
        Card {
            path: format!("/p/{}", product.slug),
            title: product.title.clone(),
            picture: product.picture.as_ref().map(|p| card_picture(p, sizes, turn)),
            second: product
                .second_picture
                .as_ref()
                .map(|p| card_picture(p, sizes, Turn::Lazy).decorative().class("second")),
            fact: product.fact.as_ref().map_or_else(String::new, |fact| fact_text(l, fact)),
            swatches: colours.iter().take(SWATCHES_MAX).map(|c| (*c).clone()).collect(),
            more_swatches: if more == 0 { String::new() } else { format!("+{more}") },
            price,
            band: (product.band != Band::In).then(|| BandMark::new(l, product.band)),
            flag: flag(l, product, now_ms),
        }
    }
}

/// The prices of a product or variant.
pub struct Prices {
    pub price_minor: i64,
    pub old_minor: Option<i64>,
    pub lowest_minor: Option<i64>,
    /// Other variants cost more.
    pub is_from: bool,
}

impl PriceLine {
    pub fn new(l: &Layout, prices: Prices) -> PriceLine {
        let text = l.money(&prices.price_minor);
        PriceLine {
            price: if prices.is_from { l.fill("card.from", "price", text) } else { text },
            amount: format::amount(prices.price_minor, &l.shop.currency),
            old: prices.old_minor.map(|old| l.money(&old)),
            lowest: prices
                .lowest_minor
                .filter(|_| prices.old_minor.is_some())
                .map(|lowest| l.fill("card.lowest", "price", l.money(&lowest))),
            old_label: l.t("card.old_price").to_owned(),
        }
    }
}

impl BandMark {
    pub fn new(l: &Layout, band: Band) -> BandMark {
        let word = band.as_str();
        BandMark { word, text: l.t(&format!("band.{word}")).to_owned() }
    }
}

/// "38 mm"; a flag that is set is the attribute's name.
fn fact_text(l: &Layout, fact: &Fact) -> String {
    match fact.kind {
        AttributeKind::Flag if fact.value == "true" => fact.name.clone(),
        AttributeKind::Flag => String::new(),
        _ => spec_value(l, &fact.value, &fact.unit),
    }
}

/// A value with its unit: "38 mm", "Automatic", "Yes".
pub fn spec_value(l: &Layout, value: &str, unit: &str) -> String {
    let value = match value {
        "true" => l.t("product.yes"),
        "false" => l.t("product.no"),
        value => value,
    };
    // Numbers are stored with a point.
    let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value =
        if is_number && l.texts.language == "de" { value.replace('.', ",") } else { value.to_owned() };
    if unit.is_empty() { value } else { format!("{value}\u{a0}{unit}") }
}

fn card_picture(p: &catalogue::Picture, sizes: &'static str, turn: Turn) -> Picture {
    let picture = Picture::new(&p.hash, &p.alt, p.width, p.height).sizes(sizes).up_to(CARD_WIDTH_MAX);
    match turn {
        Turn::First => picture.first(),
        Turn::Eager => picture.eager(),
        Turn::Lazy => picture,
    }
}

/// One word is enough: a reduction counts more than newness.
fn flag(l: &Layout, product: &ProductCard, now_ms: i64) -> Option<Flag> {
    if let Some(old) = product.compare_at_minor {
        let off = 100 - (product.price_min_minor * 100 + old / 2) / old.max(1);
        return (off > 0).then(|| Flag { text: format!("\u{2212}{off}\u{a0}%"), class: "" });
    }
    product.is_new(now_ms).then(|| Flag { text: l.t("card.new").to_owned(), class: "new" })
}
