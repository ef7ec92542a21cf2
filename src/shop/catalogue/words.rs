//! Brands, attributes and product types: words that stand on many pages. One that changes is announced for all of
//! them; a new one is on no page before a product that has it announces itself.

use super::record_change;
use crate::app::App;
use crate::db::{Tx, attributes, brands};
use crate::domain::catalogue::{Attribute, Brand, ProductType};
use crate::domain::tag::Tag;
use crate::error::Result;

/// Writes a brand in the caller's transaction; one with the same slug takes the new name. Gives its id.
pub async fn save_brand(app: &App, tx: &mut Tx, brand: &Brand) -> Result<String> {
    let known = brands::find_brand_by_slug(tx, &brand.slug).await?;
    let id = brands::upsert_brand(tx, brand).await?;
    if known.is_some_and(|known| known.name != brand.name) {
        record_change(tx, [Tag::site()], app.clock.now_ms()).await?;
    }
    Ok(id)
}

/// Writes an attribute in the caller's transaction; one with the same key is replaced. A new filter changes what the
/// addresses of listings mean.
pub async fn save_attribute(app: &App, tx: &mut Tx, attribute: &Attribute) -> Result<()> {
    let known = attributes::list_attributes(tx).await?.into_iter().find(|known| known.key == attribute.key);
    attributes::upsert_attribute(tx, attribute).await?;
    if known.map_or(attribute.facet, |known| known != *attribute) {
        record_change(tx, [Tag::site()], app.clock.now_ms()).await?;
    }
    Ok(())
}

/// Writes a product type in the caller's transaction; one with the same key is replaced. Gives its id.
pub async fn save_type(app: &App, tx: &mut Tx, product_type: &ProductType) -> Result<String> {
    let known = attributes::list_types(tx).await?.into_iter().find(|known| known.key == product_type.key);
    let id = attributes::upsert_type(tx, product_type).await?;
    let differs = |known: ProductType| {
        (&known.name, &known.attributes) != (&product_type.name, &product_type.attributes)
    };
    if known.is_some_and(differs) {
        record_change(tx, [Tag::site()], app.clock.now_ms()).await?;
    }
    Ok(id)
}
