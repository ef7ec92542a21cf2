//! Changes of the catalogue. Each appends to the change feed, in its own transaction, the tags of every page that
//! shows what changed: a product its own, those of its old and new categories with all their ancestors, the home
//! page's and the search's.

mod bands;
mod categories;
mod products;
mod words;

use std::collections::BTreeSet;

pub use bands::{StockMove, refresh_band, refresh_bands};
pub use categories::{Place, ensure_category, rename_category, save_category, save_page};
pub use products::{
    Outcome, Saved, delete_product, save_product, set_price, unpublish_product, write_product,
};
pub use words::{save_attribute, save_brand, save_type};

use crate::db::{self, Conn};
use crate::domain::tag::Tag;
use crate::error::Result;

/// Appends to the feed that a product changed which stands or stood in these categories.
async fn record_product(
    conn: &mut Conn,
    product_id: &str,
    category_ids: &[String],
    now_ms: i64,
) -> Result<()> {
    let mut tags = BTreeSet::from([Tag::product(product_id), Tag::home(), Tag::search()]);
    for id in db::categories::list_categories_above(conn, category_ids).await? {
        tags.insert(Tag::category(&id));
    }
    record_change(conn, tags, now_ms).await
}

/// Appends tags to the feed, in the caller's transaction.
pub async fn record_change(conn: &mut Conn, tags: impl IntoIterator<Item = Tag>, now_ms: i64) -> Result<()> {
    let tags: Vec<Tag> = tags.into_iter().collect();
    db::changes::insert_changes(conn, &tags, now_ms).await?;
    Ok(())
}
