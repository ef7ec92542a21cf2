//! `GET /search/suggest?q=`: what the search field offers while somebody types, as JSON for the page's script.

use std::sync::Arc;

use poem::web::{Data, Query};
use poem::{Request, Response, handler};
use serde::{Deserialize, Serialize};

use super::page::{Reading, respond_public};
use super::texts::Texts;
use super::{format, picture};
use crate::app::App;
use crate::db::cards;
use crate::domain::catalogue::ProductCard;
use crate::domain::settings::ShopSettings;
use crate::domain::tag::Tag;
use crate::error::{Error, Result};

/// What was typed so far.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    q: String,
}

#[derive(Serialize)]
struct Answer {
    items: Vec<Item>,
}

/// A line below the search field.
#[derive(Serialize)]
struct Item {
    title: String,
    path: String,
    /// Address of a small picture.
    picture: Option<String>,
    /// A product's price, or what else the line is.
    note: String,
}

/// Fewer letters say nothing.
const LETTERS_MIN: usize = 2;
/// Categories above the products.
const CATEGORIES_MAX: usize = 2;

#[handler]
pub async fn show_suggestions(
    req: &Request,
    app: Data<&Arc<App>>,
    typed: Option<Query<Typed>>,
) -> Result<Response> {
    let q = typed.map(|typed| typed.0.q).unwrap_or_default();
    let q = q.trim();
    let mut reading = Reading::begin(&app).await?;
    let items =
        if q.chars().count() < LETTERS_MIN { Vec::new() } else { find(&app, &mut reading, q).await? };
    let body = serde_json::to_string(&Answer { items }).map_err(Error::internal)?;
    let ttl_s = app.config.edge.search_ttl_s;
    Ok(respond_public(ttl_s, req, &mut reading, "application/json; charset=utf-8", body))
}

async fn find(app: &App, reading: &mut Reading, q: &str) -> Result<Vec<Item>> {
    let settings = app.settings();
    let texts = Texts::of(&settings.language);
    let found = app.search.suggest(q);
    // Which products are offered is the index's answer, not the database's: a new one must be noticed as well.
    reading.conn.record(Tag::search());
    let products = cards::list_cards(&mut reading.conn, &found.product_ids).await?;
    let categories = found.categories.into_iter().take(CATEGORIES_MAX).map(|category| Item {
        path: format!("/c/{}", category.slug),
        title: category.name,
        picture: None,
        note: texts.get("search.category").to_owned(),
    });
    Ok(categories.chain(products.iter().map(|product| Item::product(&settings, product))).collect())
}

impl Item {
    fn product(settings: &ShopSettings, product: &ProductCard) -> Item {
        Item {
            title: product.title.clone(),
            path: format!("/p/{}", product.slug),
            picture: product.picture.as_ref().map(|p| picture::url(&p.hash, 160)),
            note: format::money(product.price_min_minor, &settings.currency, &settings.language),
        }
    }
}
