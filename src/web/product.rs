//! `GET /p/{slug}`: one product, with one of its variants chosen by the address or by the page's script.

mod choice;
mod structured;

use std::sync::Arc;

use askama::Template;
use poem::web::{Data, Path};
use poem::{Request, Response, handler};

use self::choice::{Axis, Chosen};
use super::card::{BandMark, Card, Place, PriceLine, Prices, cards, spec_value};
use super::layout::{Layout, Link};
use super::markdown;
use super::page::{CachePolicy, Page, Reading, moved, render_public};
use super::picture::Picture;
use crate::app::App;
use crate::config::EdgeConfig;
use crate::db::products;
use crate::db::redirects::{self, Renamed};
use crate::domain::catalogue::{self, Band, Product, Variant};
use crate::domain::shipping::{Parcel, ShippingMethod, cheapest, offers};
use crate::error::{OrNotFound, Result};

#[derive(Template)]
#[template(path = "product.html")]
struct ProductPage {
    l: Layout,
    path: String,
    title: String,
    summary: String,
    brand: Option<String>,
    breadcrumb: Vec<Link>,
    gallery: Vec<Shot>,
    axes: Vec<Axis>,
    /// The chosen variant; none when the product has no variants at all.
    offer: Option<Offer>,
    /// "With you in 2–4 working days · delivery 4.90 €, free from 150.00 €"
    delivery: String,
    /// Every variant, for the page's script.
    variants_json: String,
    description: String,
    specs: Vec<(String, String)>,
    box_contents: Vec<String>,
    related: Vec<Card>,
}

impl Page for ProductPage {
    fn cache(edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::Public { ttl_s: edge.page_ttl_s }
    }
}

/// A picture of the gallery: large, small, and at its own address.
struct Shot {
    hash: String,
    large: Picture,
    small: Picture,
    full: String,
}

/// What can be bought here.
struct Offer {
    variant_id: String,
    sku: String,
    price: PriceLine,
    band: BandMark,
    is_out: bool,
}

#[handler]
pub async fn show_product(req: &Request, Path(slug): Path<String>, app: Data<&Arc<App>>) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let conn = &mut reading.conn;
    let Some(product) = products::find_product_by_slug(conn, &slug).await? else {
        let present = redirects::find_redirect(conn, Renamed::Product, &slug).await?;
        return Ok(moved(&format!("/p/{}", present.or_not_found("product")?)));
    };
    let l = Layout::load(&app, conn).await?;
    let chosen = Chosen::of(&product, req.uri().query().unwrap_or(""));
    let terms = app.terms(conn).await?;
    let page = ProductPage::new(l, product, &chosen, &terms.methods, app.clock.now_ms());
    render_public(&app, req, &mut reading, &page)
}

impl ProductPage {
    fn new(
        l: Layout,
        product: Product,
        chosen: &Chosen,
        methods: &[ShippingMethod],
        now_ms: i64,
    ) -> ProductPage {
        let path = format!("/p/{}", product.slug);
        let variant = chosen.variant(&product);
        let l = framed(l, &product, &path, variant);
        ProductPage {
            gallery: gallery(&product, variant),
            axes: choice::axes(&product, variant),
            offer: variant.map(|v| Offer::new(&l, v)),
            delivery: variant.map_or_else(String::new, |v| delivery_text(&l, methods, v)),
            variants_json: choice::variants_json(&l, &product, methods),
            description: markdown::to_html(&product.description, l.texts),
            specs: specs(&l, &product),
            related: cards(&l, &product.related, now_ms, Place::Row),
            breadcrumb: product.breadcrumb.iter().map(Link::category).collect(),
            brand: product.brand.map(|b| b.name),
            title: product.title,
            summary: product.summary,
            box_contents: product.box_contents,
            path,
            l,
        }
    }

    /// The product with one variant needs no choice: its radio buttons would have one value each.
    fn has_choice(&self) -> bool {
        self.axes.iter().any(|axis| axis.choices.len() > 1)
    }
}

fn framed(l: Layout, product: &Product, path: &str, variant: Option<&Variant>) -> Layout {
    let l = l.titled(product.title.clone()).described(product.summary.clone()).indexed(path);
    let first = variant.and_then(|v| v.picture.as_ref()).or(product.pictures.first());
    let l = match first {
        Some(picture) => l.pictured(&picture.hash),
        None => l,
    };
    let data = structured::data(&l, product, path);
    l.structured(&data)
}

/// More pictures than this are nobody's wish: then only the chosen variant's own one stays beside the common ones, and
/// the page's script exchanges it.
const GALLERY_MAX: usize = 12;

/// The product's pictures, the chosen variant's own one first.
fn gallery(product: &Product, variant: Option<&Variant>) -> Vec<Shot> {
    let mut pictures: Vec<&catalogue::Picture> = Vec::new();
    let own = variant.and_then(|v| v.picture.as_ref());
    let others: Vec<&catalogue::Picture> =
        product.variants.iter().filter_map(|v| v.picture.as_ref()).collect();
    for picture in own.into_iter().chain(&product.pictures).chain(others.iter().copied()) {
        if !pictures.iter().any(|p| p.hash == picture.hash) {
            pictures.push(picture);
        }
    }
    if pictures.len() > GALLERY_MAX {
        let is_others = |hash: &str| others.iter().any(|p| p.hash == hash);
        let own_hash = own.map(|p| p.hash.as_str());
        pictures.retain(|p| own_hash == Some(p.hash.as_str()) || !is_others(&p.hash));
        pictures.truncate(GALLERY_MAX);
    }
    pictures.into_iter().enumerate().map(|(i, p)| Shot::new(p, i == 0)).collect()
}

impl Shot {
    fn new(p: &catalogue::Picture, is_first: bool) -> Shot {
        let large = Picture::new(&p.hash, &p.alt, p.width, p.height)
            .sizes("(width >= 84rem) 43rem, (width >= 60rem) 51vw, 100vw");
        Shot {
            hash: p.hash.clone(),
            large: if is_first { large.first() } else { large },
            small: Picture::new(&p.hash, &p.alt, p.width, p.height).sizes("5rem").up_to(320),
            full: super::picture::url(&p.hash, 1600),
        }
    }
}

impl Offer {
    fn new(l: &Layout, variant: &Variant) -> Offer {
        Offer {
            variant_id: variant.variant_id.clone(),
            sku: variant.sku.clone(),
            price: variant_price(l, variant),
            band: BandMark::new(l, variant.band),
            is_out: variant.band == Band::Out,
        }
    }
}

/// How long the cheapest delivery to the shop's own country takes, and what it costs for one piece alone.
fn delivery_text(l: &Layout, methods: &[ShippingMethod], variant: &Variant) -> String {
    let Some(country) = l.shop.countries.first() else { return String::new() };
    let parcel = Parcel { country, weight_g: variant.weight_g, items_minor: variant.price_minor };
    let offers = offers(methods, parcel);
    let Some(offer) = cheapest(&offers) else { return String::new() };
    let days = match (offer.days_min, offer.days_max) {
        (min, max) if min == max => max.to_string(),
        (min, max) => format!("{min}–{max}"),
    };
    let cost = match offer.price_minor {
        0 => l.t("product.delivery_free").to_owned(),
        price => l.fill("product.delivery_cost", "price", l.money(&price)),
    };
    format!("{} · {cost}", l.fill("product.delivery_days", "days", days))
}

fn variant_price(l: &Layout, variant: &Variant) -> PriceLine {
    let prices = Prices {
        price_minor: variant.price_minor,
        old_minor: variant.compare_at_minor,
        lowest_minor: variant.lowest_minor,
        is_from: false,
    };
    PriceLine::new(l, prices)
}

/// The specification table: the attribute's name and its values.
fn specs(l: &Layout, product: &Product) -> Vec<(String, String)> {
    let row = |spec: &catalogue::Spec| {
        let values: Vec<String> = spec.values.iter().map(|v| spec_value(l, v, &spec.unit)).collect();
        (spec.name.clone(), values.join(", "))
    };
    product.specs.iter().map(row).collect()
}
