//! Writing categories and printed pages. Their names stand in every page's menu or footer, so a change of one is a
//! change of the whole site.

use super::record_change;
use crate::app::App;
use crate::db::redirects::{self, Renamed};
use crate::db::{self, Tx};
use crate::domain::catalogue::{Category, CategoryTree, Page};
use crate::domain::slug::{check_slug, free_slug, slug_from};
use crate::domain::tag::Tag;
use crate::error::{Error, OrNotFound, Result};

/// A way down the tree by names: `["Phones", "Cases"]`.
pub type Place = Vec<String>;

/// Writes a category in the caller's transaction; one with the same slug is replaced. Gives its id.
pub async fn save_category(app: &App, tx: &mut Tx, category: &Category) -> Result<String> {
    check_slug(&category.slug).map_err(|e| Error::field("slug", e.to_string()))?;
    let now_ms = app.clock.now_ms();
    let id = db::categories::upsert_category(tx, category, now_ms).await?;
    redirects::delete_redirect(tx, Renamed::Category, &category.slug).await?;
    record_change(tx, [Tag::category(&id), Tag::site()], now_ms).await?;
    Ok(id)
}

/// Finds the category at `place`, and makes what is missing on the way. Gives its id.
pub async fn ensure_category(
    app: &App,
    tx: &mut Tx,
    tree: &mut CategoryTree,
    place: &[String],
) -> Result<Option<String>> {
    let mut parent_id: Option<String> = None;
    for name in place {
        let known = tree.categories.iter().find(|c| c.parent_id == parent_id && &c.name == name);
        if let Some(known) = known {
            parent_id = Some(known.category_id.clone());
            continue;
        }
        let stem = slug_from(name);
        if stem.is_empty() {
            return Err(Error::field("categories", format!("{name:?} has no letter or digit")));
        }
        let category = Category {
            category_id: app.id(),
            parent_id: parent_id.clone(),
            slug: free_slug(&stem, |slug| tree.find_by_slug(slug).is_some()),
            name: name.clone(),
            help: String::new(),
            fact_attribute: None,
            door: false,
            position: i64::try_from(tree.categories.len()).unwrap_or(i64::MAX),
        };
        save_category(app, tx, &category).await?;
        parent_id = Some(category.category_id.clone());
        tree.categories.push(category);
    }
    Ok(parent_id)
}

/// Gives a category a new slug; the old one leads to it from now on.
pub async fn rename_category(app: &App, category_id: &str, slug: &str) -> Result<()> {
    check_slug(slug).map_err(|e| Error::field("slug", e.to_string()))?;
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let tree = db::categories::list_categories(&mut tx).await?;
    let category = tree.find(category_id).or_not_found("category")?;
    if category.slug == slug {
        return Ok(());
    }
    if tree.find_by_slug(slug).is_some() {
        return Err(Error::field("slug", "another category has this address"));
    }
    db::categories::update_slug(&mut tx, category_id, slug, now_ms).await?;
    redirects::delete_redirect(&mut tx, Renamed::Category, slug).await?;
    redirects::insert_redirect(&mut tx, Renamed::Category, &category.slug, category_id, now_ms).await?;
    record_change(&mut tx, [Tag::category(category_id), Tag::site()], now_ms).await?;
    tx.commit().await?;
    Ok(())
}

/// Writes a printed page in the caller's transaction; one with the same slug is replaced.
pub async fn save_page(app: &App, tx: &mut Tx, page: &Page) -> Result<String> {
    check_slug(&page.slug).map_err(|e| Error::field("slug", e.to_string()))?;
    let id = db::pages::upsert_page(tx, page).await?;
    redirects::delete_redirect(tx, Renamed::Page, &page.slug).await?;
    record_change(tx, [Tag::page(&id), Tag::site()], app.clock.now_ms()).await?;
    Ok(id)
}
