//! A product's band, derived from the stock of its variants.

use crate::db::{Tx, changes, stock};
use crate::domain::stock::Band;
use crate::domain::tag::Tag;
use crate::error::Result;

/// Derives a product's band anew and records the change: the product's own page shows its variants' bands; lists
/// show the product's, so they are told only when that one moved.
pub async fn refresh_band(tx: &mut Tx, product_id: &str, now_ms: i64) -> Result<()> {
    let available = stock::lock_product_stock(tx, product_id).await?;
    let band = Band::best(available.into_iter().map(Band::of));
    let mut tags = vec![Tag::product(product_id)];
    if stock::update_band(tx, product_id, band).await? {
        let categories = stock::list_categories_of(tx, product_id).await?;
        tags.extend(categories.iter().map(|id| Tag::category(id)));
        tags.extend([Tag::home(), Tag::search()]);
    }
    changes::insert_changes(tx, &tags, now_ms).await?;
    Ok(())
}
