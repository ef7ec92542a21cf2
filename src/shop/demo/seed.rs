//! Puts a demo shop into a fresh store. Every step can be done again, and the settings come last: a seeding that was
//! cut off goes on where it stopped.

use std::collections::HashMap;

use super::format::{Demo, Mistake};
use super::pictures::plan;
use super::products::{Names, draft};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::catalogue::{Attribute, AttributeKind, Brand, Category, Page, ProductType};
use crate::domain::draft::PictureDraft;
use crate::domain::money::Currency;
use crate::domain::settings::{Bank, Hero, ShopSettings};
use crate::domain::shipping::{ShippingMethod, ShippingRate};
use crate::domain::tag::Tag;
use crate::error::{Error, Result};
use crate::shop::catalogue::{
    record_change, save_attribute, save_brand, save_category, save_page, save_type, write_product,
};
use crate::shop::settings::save_settings;
use crate::shop::shipping::save_shipping_method;
use crate::shop::{media, setup};

const DAY_MS: i64 = 24 * 3_600_000;
/// Products that are not new are this old, so that they carry no sign of novelty.
const OLD_MS: i64 = 90 * DAY_MS;
/// The old price of what is on sale was in force since then.
const OLD_PRICE_MS: i64 = 60 * DAY_MS;
/// Statements of one slice when many small rows are written; a slice stays well under 20 ms.
const SLICE: usize = 20;

/// Makes the store the demo shop `name`, unless the store has settings already. True when it did.
pub async fn seed(app: &App, name: &str) -> Result<bool> {
    let mut conn = app.db.read().await?;
    if db::settings::find_settings(&mut conn).await?.is_some() {
        return Ok(false);
    }
    drop(conn);
    let demo = Demo::load(name)?;
    let names = write_basics(app, &demo).await?;
    for (position, product) in demo.products.iter().enumerate() {
        write_one(app, &names, (position, product)).await?;
    }
    write_related(app, &demo).await?;
    write_pages(app, &demo).await?;
    write_shipping(app, &demo, &names).await?;
    setup::ensure_defaults(app).await?;
    write_settings(app, &demo).await?;
    app.reload_settings().await?;
    let mut tx = app.db.write().await?;
    db::statistics::refresh_statistics(&mut tx).await?;
    tx.commit().await?;
    Ok(true)
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Error {
        Error::internal(mistake)
    }
}

async fn write_basics(app: &App, demo: &Demo) -> Result<Names> {
    let currency = Currency::parse(&demo.shop.currency)
        .ok_or_else(|| Mistake(format!("currency {:?} is unknown", demo.shop.currency)))?;
    let attributes = write_attributes(app, demo).await?;
    let mut tx = app.db.write().await?;
    let mut types = HashMap::new();
    for t in &demo.shop.r#type {
        let (key, name) = (t.key.clone(), t.name.clone());
        let row = ProductType { type_id: app.id(), key, name, attributes: t.attributes.clone() };
        types.insert(t.key.clone(), save_type(app, &mut tx, &row).await?);
    }
    tx.commit().await?;
    let mut tx = app.db.write().await?;
    let mut brands = HashMap::new();
    for b in &demo.shop.brand {
        let row = Brand { brand_id: app.id(), slug: b.slug.clone(), name: b.name.clone() };
        brands.insert(b.slug.clone(), save_brand(app, &mut tx, &row).await?);
    }
    tx.commit().await?;
    let categories = write_categories(app, demo).await?;
    Ok(Names { currency, brands, types, categories, attributes })
}

async fn write_attributes(app: &App, demo: &Demo) -> Result<HashMap<String, AttributeKind>> {
    let mut kinds = HashMap::new();
    let mut tx = app.db.write().await?;
    for (position, a) in (0_i64..).zip(&demo.shop.attribute) {
        let kind = AttributeKind::parse(&a.kind)
            .ok_or_else(|| Mistake(format!("attribute {}: {:?} is not a kind", a.key, a.kind)))?;
        let (key, name, unit) = (a.key.clone(), a.name.clone(), a.unit.clone());
        let row = Attribute { key, name, kind, unit, facet: a.facet, position };
        save_attribute(app, &mut tx, &row).await?;
        kinds.insert(a.key.clone(), kind);
    }
    tx.commit().await?;
    Ok(kinds)
}

async fn write_categories(app: &App, demo: &Demo) -> Result<HashMap<String, String>> {
    let mut ids: HashMap<String, String> = HashMap::new();
    for (slice, categories) in demo.shop.category.chunks(SLICE).enumerate() {
        let mut tx = app.db.write().await?;
        for (position, c) in (slice * SLICE..).zip(categories) {
            let parent_id = match &c.parent {
                Some(slug) => Some(ids.get(slug).cloned().ok_or_else(|| {
                    Mistake(format!("category {}: its parent {slug:?} must stand before it", c.slug))
                })?),
                None => None,
            };
            let category = Category {
                category_id: app.id(),
                parent_id,
                slug: c.slug.clone(),
                name: c.name.clone(),
                help: c.help.clone(),
                fact_attribute: c.fact.clone(),
                door: c.door,
                position: i64::try_from(position).unwrap_or(i64::MAX),
            };
            ids.insert(c.slug.clone(), save_category(app, &mut tx, &category).await?);
        }
        tx.commit().await?;
    }
    Ok(ids)
}

/// Writes one product in a transaction of its own; one that is there already is complete.
async fn write_one(
    app: &App,
    names: &Names,
    (position, product): (usize, &super::format::Product),
) -> Result<()> {
    let mut tx = app.db.write().await?;
    if db::products::rows::find_product_id(&mut tx, &product.slug).await?.is_some() {
        return Ok(());
    }
    let gallery = plan(product);
    let mut pictures = Vec::new();
    for picture in &gallery.pictures {
        let media_id = media::store_drawing(app, &mut tx, &picture.params)
            .await
            .map_err(|e| Mistake(format!("{}: {:?}: {e:?}", product.slug, picture.params)))?;
        pictures.push(PictureDraft { media_id, alt: picture.alt.clone() });
    }
    let mut draft = draft(names, product, pictures, &gallery.fronts)?;
    let now_ms = app.clock.now_ms();
    let step = i64::try_from(position).unwrap_or(0) * 3_600_000;
    draft.published_at = Some(if product.new { now_ms - step / 24 } else { now_ms - OLD_MS - step });
    let saved = write_product(app, &mut tx, None, &draft)
        .await
        .map_err(|e| Mistake(format!("{}: {e:?}", product.slug)))?;
    write_old_prices(app, &mut tx, &saved.product_id, &draft).await?;
    tx.commit().await?;
    Ok(())
}

/// What is on sale had its old price before.
async fn write_old_prices(
    app: &App,
    tx: &mut Tx,
    product_id: &str,
    draft: &crate::domain::draft::ProductDraft,
) -> Result<()> {
    let since = app.clock.now_ms() - OLD_PRICE_MS;
    let stored = db::variants::rows::list_stored_variants(tx, product_id).await?;
    for (stored, variant) in stored.iter().zip(&draft.variants) {
        if let Some(old) = variant.compare_at_minor {
            db::variants::rows::insert_price(tx, &app.id(), &stored.id, old, since).await?;
        }
    }
    Ok(())
}

/// Links the products with each other, now that all exist; a test sees to it that none is missing.
async fn write_related(app: &App, demo: &Demo) -> Result<()> {
    for products in demo.products.chunks(SLICE / 4) {
        let mut tx = app.db.write().await?;
        for product in products {
            let id =
                db::products::rows::list_ids_of_slugs(&mut tx, std::slice::from_ref(&product.slug)).await?;
            let related = db::products::rows::list_ids_of_slugs(&mut tx, &product.related).await?;
            for id in id {
                db::products::rows::replace_related(&mut tx, &id, &related).await?;
                record_change(&mut tx, [Tag::product(&id)], app.clock.now_ms()).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn write_pages(app: &App, demo: &Demo) -> Result<()> {
    let mut tx = app.db.write().await?;
    for file in &demo.pages {
        let page = Page {
            page_id: app.id(),
            slug: file.slug.clone(),
            title: file.head.title.clone(),
            body: file.body.clone(),
            footer: file.head.footer.clone(),
            position: file.head.position,
            updated_at: app.clock.now_ms(),
        };
        save_page(app, &mut tx, &page).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn write_shipping(app: &App, demo: &Demo, names: &Names) -> Result<()> {
    let mut tx = app.db.write().await?;
    for (position, s) in (0_i64..).zip(&demo.shop.shipping) {
        let rates = (s.rates.iter())
            .map(|rate| {
                Ok(ShippingRate {
                    countries: rate.countries.clone(),
                    weight_max_g: rate.weight_max_g,
                    price_minor: names.price(&s.key, &rate.price)?,
                    free_above_minor: rate
                        .free_above
                        .as_deref()
                        .map(|p| names.price(&s.key, p))
                        .transpose()?,
                })
            })
            .collect::<Result<_, Mistake>>()?;
        let method = ShippingMethod {
            id: app.id(),
            key: s.key.clone(),
            name: s.name.clone(),
            note: s.note.clone(),
            days_min: s.days[0],
            days_max: s.days[1],
            rates,
        };
        save_shipping_method(app, &mut tx, &method, position).await?;
    }
    record_change(&mut tx, [Tag::site()], app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

async fn write_settings(app: &App, demo: &Demo) -> Result<()> {
    let shop = &demo.shop;
    let mut tx = app.db.write().await?;
    let drawing = media::store_drawing(app, &mut tx, &shop.hero.drawing)
        .await
        .map_err(|e| Mistake(format!("hero: {e:?}")))?;
    let hero = db::media::find_media(&mut tx, &drawing).await?;
    let settings = ShopSettings {
        name: shop.name.clone(),
        language: shop.language.clone(),
        currency: shop.currency.clone(),
        time_zone: shop.time_zone.clone(),
        theme: shop.theme.clone(),
        tagline: shop.tagline.clone(),
        announcement: shop.announcement.clone(),
        email: shop.email.clone(),
        phone: shop.phone.clone(),
        company: shop.company.clone(),
        bank: Bank {
            holder: shop.bank.holder.clone(),
            iban: shop.bank.iban.clone(),
            bic: shop.bank.bic.clone(),
        },
        hero: Hero {
            title: shop.hero.title.clone(),
            text: shop.hero.text.clone(),
            link: shop.hero.link.clone(),
            link_text: shop.hero.link_text.clone(),
            alt: shop.hero.alt.clone(),
            media_hash: hero.map(|m| m.hash).unwrap_or_default(),
        },
        why: shop.why.iter().map(|w| (w.title.clone(), w.text.clone())).collect(),
        ..ShopSettings::default()
    };
    save_settings(app, &mut tx, &settings).await?;
    tx.commit().await?;
    Ok(())
}
