//! Writing products.

use std::collections::BTreeSet;

use super::bands::{StockMove, refresh_bands};
use super::record_product;
use crate::app::App;
use crate::db::products::rows;
use crate::db::redirects::{self, Renamed};
use crate::db::stock::{self, NewMovement};
use crate::db::variants::rows::{self as variants, StoredVariant};
use crate::db::{Conn, Tx};
use crate::domain::draft::{ProductDraft, VariantDraft};
use crate::domain::stock::{MovementKind, Pieces};
use crate::error::{Error, FieldErrors, OrNotFound, Result};

/// What writing a product did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Created,
    Updated,
    /// The store already held exactly this; nothing was written or announced.
    Unchanged,
}

/// A written product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    pub product_id: String,
    pub outcome: Outcome,
}

/// Writes a product in a transaction of its own; `product_id` names the one to change.
pub async fn save_product(app: &App, product_id: Option<&str>, draft: &ProductDraft) -> Result<Saved> {
    let mut tx = app.db.write().await?;
    let saved = write_product(app, &mut tx, product_id, draft).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Writes a product in the caller's transaction. A new slug leaves a redirect at the old one, a new price a row in
/// the price history, new stock a movement; variants that the draft does not name are removed.
/// Wrong fields, a taken slug or SKU, and the removal of a variant that was sold are [`Error::Invalid`].
pub async fn write_product(
    app: &App,
    tx: &mut Tx,
    product_id: Option<&str>,
    draft: &ProductDraft,
) -> Result<Saved> {
    let now_ms = app.clock.now_ms();
    let stored = match product_id {
        Some(id) => Some((id, rows::find_draft(tx, id).await?.or_not_found("product")?)),
        None => None,
    };
    let draft = complete(draft, stored.as_ref().map(|(_, stored)| stored), now_ms);
    draft.check().into_result()?;
    check_taken(tx, product_id, &draft).await?;
    match stored {
        None => create(app, tx, &draft).await,
        Some((id, stored)) => update(app, tx, (id, &stored), &draft).await,
    }
}

/// Takes a product out of the shop; its orders and its history stay.
pub async fn unpublish_product(app: &App, product_id: &str) -> Result<Saved> {
    let mut tx = app.db.write().await?;
    let mut draft = rows::find_draft(&mut tx, product_id).await?.or_not_found("product")?;
    draft.published = false;
    let saved = write_product(app, &mut tx, Some(product_id), &draft).await?;
    tx.commit().await?;
    Ok(saved)
}

/// Removes a product that was never sold; one that was can only be unpublished.
pub async fn delete_product(app: &App, product_id: &str) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    rows::find_draft(&mut tx, product_id).await?.or_not_found("product")?;
    let categories = rows::list_category_ids(&mut tx, product_id).await?;
    for variant in variants::list_stored_variants(&mut tx, product_id).await? {
        if variants::is_sold(&mut tx, &variant.id).await? {
            return Err(Error::Conflict(format!(
                "{} was sold; take the product off sale instead",
                variant.sku
            )));
        }
        variants::delete_variant(&mut tx, &variant.id).await?;
    }
    rows::delete_product(&mut tx, product_id).await?;
    record_product(&mut tx, product_id, &categories, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets a variant's price, in the history too. `compare_at_minor`, the old price, must be above it.
pub async fn set_price(
    app: &App,
    variant_id: &str,
    price_minor: i64,
    compare_at_minor: Option<i64>,
) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let variant = variants::find_stored_variant(&mut tx, variant_id).await?.or_not_found("variant")?;
    let mut draft = rows::find_draft(&mut tx, &variant.product_id).await?.or_not_found("product")?;
    for known in draft.variants.iter_mut().filter(|v| v.sku == variant.sku) {
        known.price_minor = price_minor;
        known.compare_at_minor = compare_at_minor;
    }
    draft.check().into_result()?;
    variants::update_price(&mut tx, variant_id, price_minor, compare_at_minor, now_ms).await?;
    if price_minor != variant.price_minor {
        variants::insert_price(&mut tx, &app.id(), variant_id, price_minor, now_ms).await?;
    }
    rows::update_derived(&mut tx, &variant.product_id).await?;
    record_product(&mut tx, &variant.product_id, &draft.categories, now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Fills in what a draft may leave open.
fn complete(draft: &ProductDraft, stored: Option<&ProductDraft>, now_ms: i64) -> ProductDraft {
    let mut draft = draft.clone();
    if draft.tax_class.is_empty() {
        draft.tax_class = "standard".to_owned();
    }
    if draft.published_at.is_none() {
        draft.published_at = stored.and_then(|s| s.published_at).or(draft.published.then_some(now_ms));
    }
    draft.attributes.retain(|a| !a.values.is_empty());
    draft.attributes.sort_by(|a, b| a.key.cmp(&b.key));
    for variant in &mut draft.variants {
        let known = stored.and_then(|s| s.variants.iter().find(|v| v.sku == variant.sku));
        variant.stock = variant.stock.or(known.map_or(Some(0), |v| v.stock));
    }
    draft
}

async fn check_taken(conn: &mut Conn, product_id: Option<&str>, draft: &ProductDraft) -> Result<()> {
    let mut errors = FieldErrors::default();
    let owner = rows::find_product_id(conn, &draft.slug).await?;
    if owner.is_some() && owner.as_deref() != product_id {
        errors.add("slug", "another product has this address");
    }
    let skus: Vec<&str> = draft.variants.iter().map(|v| v.sku.as_str()).collect();
    for (sku, owner) in variants::list_sku_owners(conn, &skus).await? {
        if Some(owner.as_str()) != product_id {
            errors.add(&format!("variants.{sku}.sku"), "another product has this SKU");
        }
    }
    errors.into_result()
}

async fn create(app: &App, tx: &mut Conn, draft: &ProductDraft) -> Result<Saved> {
    let now_ms = app.clock.now_ms();
    let product_id = app.id();
    write_content(app, tx, &product_id, draft).await?;
    // A new thing at an old address: the address is its own now.
    redirects::delete_redirect(tx, Renamed::Product, &draft.slug).await?;
    write_stock(app, tx, &product_id, draft).await?;
    rows::update_derived(tx, &product_id).await?;
    record_product(tx, &product_id, &draft.categories, now_ms).await?;
    Ok(Saved { product_id, outcome: Outcome::Created })
}

async fn update(
    app: &App,
    tx: &mut Conn,
    (product_id, stored): (&str, &ProductDraft),
    draft: &ProductDraft,
) -> Result<Saved> {
    let now_ms = app.clock.now_ms();
    let saved = |outcome| Saved { product_id: product_id.to_owned(), outcome };
    if stored == draft {
        return Ok(saved(Outcome::Unchanged));
    }
    if without_stock(stored) == without_stock(draft) {
        let moves = write_stock(app, tx, product_id, draft).await?;
        refresh_bands(tx, now_ms, &moves).await?;
        return Ok(saved(Outcome::Updated));
    }
    if stored.slug != draft.slug {
        redirects::delete_redirect(tx, Renamed::Product, &draft.slug).await?;
        redirects::insert_redirect(tx, Renamed::Product, &stored.slug, product_id, now_ms).await?;
    }
    write_content(app, tx, product_id, draft).await?;
    write_stock(app, tx, product_id, draft).await?;
    rows::update_derived(tx, product_id).await?;
    let places: BTreeSet<&String> = stored.categories.iter().chain(&draft.categories).collect();
    let places: Vec<String> = places.into_iter().cloned().collect();
    record_product(tx, product_id, &places, now_ms).await?;
    Ok(saved(Outcome::Updated))
}

fn without_stock(draft: &ProductDraft) -> ProductDraft {
    let mut draft = draft.clone();
    draft.variants.iter_mut().for_each(|v| v.stock = None);
    draft
}

/// Everything but the stock.
async fn write_content(app: &App, tx: &mut Conn, product_id: &str, draft: &ProductDraft) -> Result<()> {
    rows::upsert_product(tx, product_id, draft, app.clock.now_ms()).await?;
    rows::replace_options(tx, product_id, draft).await?;
    rows::replace_attributes(tx, product_id, draft).await?;
    rows::replace_pictures(tx, product_id, draft).await?;
    rows::replace_categories(tx, product_id, &draft.categories).await?;
    rows::replace_related(tx, product_id, &draft.related).await?;
    write_variants(app, tx, product_id, &draft.variants).await
}

async fn write_variants(app: &App, tx: &mut Conn, product_id: &str, drafts: &[VariantDraft]) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let stored = variants::list_stored_variants(tx, product_id).await?;
    for gone in stored.iter().filter(|s| drafts.iter().all(|d| d.sku != s.sku)) {
        remove_variant(tx, gone).await?;
    }
    if !stored.is_empty() {
        variants::free_options(tx, product_id).await?;
    }
    for (position, draft) in (0_i64..).zip(drafts) {
        let known = stored.iter().find(|s| s.sku == draft.sku);
        let id = known.map_or_else(|| app.id(), |k| k.id.clone());
        variants::upsert_variant(tx, &id, product_id, position, (draft, now_ms)).await?;
        if known.is_none_or(|k| k.price_minor != draft.price_minor) {
            variants::insert_price(tx, &app.id(), &id, draft.price_minor, now_ms).await?;
        }
    }
    Ok(())
}

async fn remove_variant(tx: &mut Conn, variant: &StoredVariant) -> Result<()> {
    if variants::is_sold(tx, &variant.id).await? {
        let field = format!("variants.{}.sku", variant.sku);
        return Err(Error::field(&field, "was sold and can't be removed; set its stock to 0 instead"));
    }
    variants::delete_variant(tx, &variant.id).await?;
    Ok(())
}

/// Brings the stock of each variant to what the draft says, by a movement of the difference.
async fn write_stock(
    app: &App,
    tx: &mut Conn,
    product_id: &str,
    draft: &ProductDraft,
) -> Result<Vec<StockMove>> {
    let mut moves = Vec::new();
    let mut movements = Vec::new();
    let mut stored = variants::list_stored_variants(tx, product_id).await?;
    // In the order in which orders lock them.
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    for variant in &stored {
        stock::insert_stock(tx, &variant.id).await?;
        let wanted = draft.variants.iter().find(|d| d.sku == variant.sku).and_then(|d| d.stock);
        let Some(wanted) = wanted.filter(|wanted| *wanted != variant.on_hand) else { continue };
        // Read again under the row's lock: what a sale takes in between would be taken once more.
        let known = stock::find_stock_locked(tx, &variant.id).await?.or_not_found("stock")?;
        let difference = wanted - known.on_hand;
        if difference == 0 {
            continue;
        }
        let pieces = [Pieces { variant_id: variant.id.clone(), quantity: difference }];
        if stock::add_stock(tx, &pieces).await?.is_empty() {
            let field = format!("variants.{}.stock", variant.sku);
            return Err(Error::field(&field, format!("{} pieces are reserved by orders", known.reserved)));
        }
        let kind = if known.on_hand == 0 { MovementKind::Receive } else { MovementKind::Adjust };
        let variant_id = variant.id.as_str();
        movements.push(NewMovement { id: app.id(), variant_id, kind, quantity: difference, order_id: None });
        let before = known.available();
        moves.push(StockMove { variant_id: variant.id.clone(), before, after: before + difference });
    }
    stock::insert_movements(tx, &movements, app.clock.now_ms()).await?;
    Ok(moves)
}
