//! Products: lists, one whole product, search, availability.

use std::sync::Arc;

use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Group;
use super::problem::Problem;
use super::views::{Availability, Image, Money, ProductSummary};
use crate::app::App;
use crate::db;
use crate::domain::catalogue::{Product, Variant};
use crate::error::{Error, OrNotFound as _};

/// Products in one answer unless the client asks for fewer or more.
const LIMIT_DEFAULT: u16 = 24;
/// SKUs in one question.
const SKUS_MAX: usize = 50;

/// A page of products.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct ProductPage {
    pub items: Vec<ProductSummary>,
    /// Pass it as `after` for the next page; none on the last.
    pub next: Option<String>,
}

/// A whole product.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct ProductView {
    pub id: String,
    pub slug: String,
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// What is in the box.
    pub box_contents: Vec<String>,
    pub brand: Option<String>,
    pub availability: Availability,
    pub options: Vec<OptionView>,
    pub variants: Vec<VariantView>,
    pub attributes: Vec<AttributeView>,
    pub images: Vec<Image>,
    /// Slugs of the categories that list it; the first is the primary one.
    pub categories: Vec<String>,
    pub related: Vec<ProductSummary>,
}

/// One way in which the variants differ.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct OptionView {
    pub name: String,
    /// In display order.
    pub values: Vec<String>,
}

/// What is put into a cart.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct VariantView {
    pub id: String,
    pub sku: String,
    /// One value per option, in the options' order.
    pub options: Vec<String>,
    /// Tax included.
    pub price: Money,
    /// The old price, when it is on sale.
    pub compare_at: Option<Money>,
    /// The lowest price of the 30 days before the reduction.
    pub lowest_price_30_days: Option<Money>,
    pub availability: Availability,
    /// In grams.
    pub weight_g: i64,
    /// GTIN; empty when there is none.
    pub barcode: String,
}

/// One line of the specification.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct AttributeView {
    pub key: String,
    pub name: String,
    /// Empty when there is none.
    pub unit: String,
    pub values: Vec<String>,
}

/// How much there is of one SKU.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct SkuAvailability {
    pub sku: String,
    pub availability: Availability,
    /// The price now, tax included.
    pub price: Money,
}

/// The known ones among the SKUs that were asked for.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct AvailabilityList {
    pub items: Vec<SkuAvailability>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct SearchResult {
    /// Best first.
    pub items: Vec<ProductSummary>,
    /// The query as it was understood, when words of it were unknown.
    pub corrected: Option<String>,
    /// How many products match in all.
    pub total: u64,
}

pub struct ProductsApi;

#[OpenApi]
impl ProductsApi {
    /// Published products, oldest first.
    #[oai(path = "/products", method = "get", operation_id = "list_products", tag = "Group::Catalogue")]
    async fn list(
        &self,
        app: Data<&Arc<App>>,
        /// Only products in this category or below it (its slug).
        #[oai(validator(max_length = 200))]
        category: Query<Option<String>>,
        /// At most this many.
        #[oai(default = "limit_default", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u16>,
        /// `next` of the page before.
        #[oai(validator(max_length = 64))]
        after: Query<Option<String>>,
    ) -> Result<Json<ProductPage>, Problem> {
        let mut conn = app.db.read().await?;
        let subtree = match &category.0 {
            None => None,
            Some(slug) => {
                let tree = db::categories::list_categories(&mut conn).await?;
                let id = tree.find_by_slug(slug).map(|c| c.category_id.clone()).or_not_found("category")?;
                Some(tree.subtree(&id))
            }
        };
        let after = after.0.unwrap_or_default();
        let wanted = i64::from(limit.0);
        let mut cards =
            db::cards::list_cards_after(&mut conn, subtree.as_deref(), &after, wanted + 1).await?;
        let more = cards.len() > usize::from(limit.0);
        cards.truncate(usize::from(limit.0));
        let next = if more { cards.last().map(|c| c.product_id.clone()) } else { None };
        Ok(Json(ProductPage { items: summaries(&app, cards), next }))
    }

    /// One product with its variants.
    #[oai(path = "/products/:slug", method = "get", operation_id = "get_product", tag = "Group::Catalogue")]
    async fn get(
        &self,
        app: Data<&Arc<App>>,
        #[oai(validator(max_length = 200))] slug: Path<String>,
    ) -> Result<Json<ProductView>, Problem> {
        let mut conn = app.db.read().await?;
        let product = db::products::find_product_by_slug(&mut conn, &slug).await?.or_not_found("product")?;
        Ok(Json(view(&app, product)))
    }

    /// Products that match words; beginnings and mistakes are forgiven.
    #[oai(path = "/search", method = "get", operation_id = "search_products", tag = "Group::Catalogue")]
    async fn search(
        &self,
        app: Data<&Arc<App>>,
        /// What is looked for.
        #[oai(validator(max_length = 200))]
        q: Query<String>,
        /// At most this many.
        #[oai(default = "limit_default", validator(minimum(value = "1"), maximum(value = "100")))]
        limit: Query<u16>,
    ) -> Result<Json<SearchResult>, Problem> {
        let mut found = app.search.find(&q);
        let total = found.product_ids.len() as u64;
        found.product_ids.truncate(usize::from(limit.0));
        let mut conn = app.db.read().await?;
        let cards = db::cards::list_cards(&mut conn, &found.product_ids).await?;
        Ok(Json(SearchResult { items: summaries(&app, cards), corrected: found.corrected, total }))
    }

    /// Availability and price of up to 50 SKUs.
    #[oai(
        path = "/availability",
        method = "get",
        operation_id = "list_availability",
        tag = "Group::Catalogue"
    )]
    async fn list_availability(
        &self,
        app: Data<&Arc<App>>,
        /// SKUs separated by commas.
        #[oai(validator(max_length = 2000))]
        sku: Query<String>,
    ) -> Result<Json<AvailabilityList>, Problem> {
        let skus: Vec<String> =
            sku.split(',').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect();
        if skus.len() > SKUS_MAX {
            return Err(Error::field("sku", "at most 50 SKUs").into());
        }
        let mut conn = app.db.read().await?;
        let found = db::availability::list_availability(&mut conn, &skus).await?;
        let currency = &app.settings().currency;
        let items = found.into_iter().map(|a| SkuAvailability {
            sku: a.sku,
            availability: a.band.into(),
            price: Money::new(a.price_minor, currency),
        });
        Ok(Json(AvailabilityList { items: items.collect() }))
    }
}

fn limit_default() -> u16 {
    LIMIT_DEFAULT
}

/// Cards as the API shows them.
fn summaries(app: &App, cards: Vec<crate::domain::catalogue::ProductCard>) -> Vec<ProductSummary> {
    let settings = app.settings();
    let public_url = &app.config.server.public_url;
    cards.into_iter().map(|card| ProductSummary::of(card, &settings.currency, public_url)).collect()
}

fn view(app: &App, product: Product) -> ProductView {
    let settings = app.settings();
    let public_url = &app.config.server.public_url;
    ProductView {
        id: product.product_id,
        slug: product.slug,
        title: product.title,
        summary: product.summary,
        description: product.description,
        box_contents: product.box_contents,
        brand: product.brand.map(|b| b.name),
        availability: product.band.into(),
        options: product
            .options
            .into_iter()
            .map(|o| OptionView { name: o.name, values: o.choices.into_iter().map(|c| c.value).collect() })
            .collect(),
        variants: product.variants.into_iter().map(|v| variant_view(v, &settings.currency)).collect(),
        attributes: product
            .specs
            .into_iter()
            .map(|s| AttributeView { key: s.key, name: s.name, unit: s.unit, values: s.values })
            .collect(),
        images: product.pictures.iter().map(|p| Image::of(p, public_url)).collect(),
        categories: product.categories.into_iter().map(|c| c.slug).collect(),
        related: summaries(app, product.related),
    }
}

fn variant_view(variant: Variant, currency: &str) -> VariantView {
    VariantView {
        id: variant.variant_id,
        sku: variant.sku,
        options: variant.options,
        price: Money::new(variant.price_minor, currency),
        compare_at: variant.compare_at_minor.map(|minor| Money::new(minor, currency)),
        lowest_price_30_days: variant.lowest_minor.map(|minor| Money::new(minor, currency)),
        availability: variant.band.into(),
        weight_g: variant.weight_g,
        barcode: variant.barcode,
    }
}
