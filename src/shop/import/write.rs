//! Writes a file's products, each in a transaction of its own.

use std::collections::HashMap;

use super::item::Item;
use super::overlay::{Resolved, overlay};
use super::pictures::Pictures;
use super::{BadRow, Options, Report};
use crate::app::App;
use crate::db::products::rows;
use crate::db::variants::rows as variants;
use crate::db::{self, Conn, Tx};
use crate::domain::catalogue::{Attribute, Brand, CategoryTree, ProductType};
use crate::domain::slug::slug_from;
use crate::error::{Error, Result};
use crate::shop::catalogue::{
    Outcome, ensure_category, save_attribute, save_brand, save_type, write_product,
};

/// See the module.
pub struct Writer<'a> {
    app: &'a App,
    options: &'a Options,
    pictures: Pictures<'a>,
    known: Known,
    /// What happened to the product at each handle.
    outcomes: HashMap<String, (String, Outcome)>,
}

/// What the store has that files name.
struct Known {
    brands: Vec<Brand>,
    types: Vec<ProductType>,
    attributes: Vec<Attribute>,
    tree: CategoryTree,
}

impl Known {
    async fn load(conn: &mut Conn) -> Result<Known> {
        Ok(Known {
            brands: db::brands::list_brands(conn).await?,
            types: db::attributes::list_types(conn).await?,
            attributes: db::attributes::list_attributes(conn).await?,
            tree: db::categories::list_categories(conn).await?,
        })
    }

    fn size(&self) -> usize {
        self.brands.len() + self.types.len() + self.attributes.len() + self.tree.categories.len()
    }
}

impl<'a> Writer<'a> {
    pub async fn new(app: &'a App, options: &'a Options) -> Result<Writer<'a>> {
        let known = Known::load(&mut app.db.read().await?).await?;
        let pictures = Pictures::new(app, options);
        Ok(Writer { app, options, pictures, known, outcomes: HashMap::new() })
    }

    /// Writes one product, or notes in the report why not.
    pub async fn write(&mut self, item: &mut Item, report: &mut Report) -> Result<()> {
        let media = self.find_pictures(item).await?;
        if item.bad.is_empty() {
            let size = self.known.size();
            let mut tx = self.app.db.write().await?;
            let saved = self.write_in(&mut tx, item, media).await?;
            let kept = saved.is_some() && !self.options.dry_run;
            if kept {
                tx.commit().await?;
            } else {
                drop(tx);
                if self.known.size() != size {
                    self.known = Known::load(&mut self.app.db.read().await?).await?;
                }
            }
            if let Some((product_id, outcome)) = saved {
                count(report, outcome);
                self.outcomes.insert(item.handle.clone(), (product_id, outcome));
            }
        }
        report.bad.extend(item.bad.iter().cloned());
        Ok(())
    }

    /// Links products with each other, now that all are there.
    pub async fn write_related(&mut self, items: &mut [Item], report: &mut Report) -> Result<()> {
        for item in items.iter_mut().filter(|item| item.bad.is_empty()) {
            let Some(slugs) = item.related.clone() else { continue };
            let Some((product_id, outcome)) = self.outcomes.get(&item.handle).cloned() else { continue };
            if self.options.dry_run {
                continue;
            }
            let mut tx = self.app.db.write().await?;
            let related = rows::list_ids_of_slugs(&mut tx, &slugs).await?;
            if related.len() != slugs.len() {
                let reason = "a product in it does not exist; the others were kept";
                report.bad.push(BadRow {
                    line: item.line,
                    field: "related".to_owned(),
                    reason: reason.to_owned(),
                });
            }
            let Some(mut draft) = rows::find_draft(&mut tx, &product_id).await? else { continue };
            if draft.related == related {
                continue;
            }
            draft.related = related;
            write_product(self.app, &mut tx, Some(&product_id), &draft).await?;
            tx.commit().await?;
            if outcome == Outcome::Unchanged {
                report.skipped -= 1;
                report.updated += 1;
            }
        }
        Ok(())
    }

    async fn find_pictures(&mut self, item: &mut Item) -> Result<HashMap<String, String>> {
        let gallery = item.pictures.iter().flatten().map(|p| (p.line, p.source.clone()));
        let own =
            item.variants.iter().filter_map(|v| Some((v.line, v.picture.clone().filter(|s| !s.is_empty())?)));
        let wanted: Vec<(u64, String)> = gallery.chain(own).collect();
        let mut found = HashMap::new();
        for (line, source) in wanted {
            match self.pictures.find(&source).await? {
                Ok(Some(media_id)) => drop(found.insert(source, media_id)),
                Ok(None) => {}
                Err(reason) => item.bad(line, "pictures", format!("{source:?} {reason}")),
            }
        }
        Ok(found)
    }

    /// `None` when the product has mistakes, which are then noted in the item.
    async fn write_in(
        &mut self,
        tx: &mut Tx,
        item: &mut Item,
        pictures: HashMap<String, String>,
    ) -> Result<Option<(String, Outcome)>> {
        let Some(product_id) = find_known(tx, item).await? else { return Ok(None) };
        let stored = match &product_id {
            Some(id) => rows::find_draft(tx, id).await?,
            None => None,
        };
        let resolved = match self.resolve(tx, item, pictures).await {
            Ok(resolved) => resolved,
            Err(error) => return note(item, error),
        };
        let draft = overlay(item, stored.as_ref(), resolved);
        if !item.bad.is_empty() {
            return Ok(None);
        }
        match write_product(self.app, tx, product_id.as_deref(), &draft).await {
            Ok(saved) => Ok(Some((saved.product_id, saved.outcome))),
            Err(error) => note(item, error),
        }
    }

    /// Finds what the item names, and makes what the store does not have yet.
    async fn resolve(
        &mut self,
        tx: &mut Tx,
        item: &mut Item,
        pictures: HashMap<String, String>,
    ) -> Result<Resolved> {
        for position in 0..item.attributes.len() {
            self.declare(tx, item, position).await?;
        }
        let brand_id = match item.brand.as_deref() {
            None => None,
            Some("") => Some(None),
            Some(name) => Some(Some(self.find_brand(tx, name).await?)),
        };
        let type_id = match item.type_name.clone().as_deref() {
            None => None,
            Some("") => Some(None),
            Some(name) => Some(Some(self.find_type(tx, item, name).await?)),
        };
        let mut categories = None;
        for place in item.categories.iter().flatten() {
            let id = ensure_category(self.app, tx, &mut self.known.tree, place).await?;
            let ids: &mut Vec<String> = categories.get_or_insert_default();
            ids.extend(id.filter(|id| !ids.contains(id)));
        }
        if item.categories.is_some() {
            categories.get_or_insert_default();
        }
        Ok(Resolved { brand_id, type_id, categories, pictures })
    }

    /// An attribute that the store knows keeps its declaration there.
    async fn declare(&mut self, tx: &mut Tx, item: &mut Item, position: usize) -> Result<()> {
        let given = &mut item.attributes[position];
        if let Some(known) = self.known.attributes.iter().find(|a| a.key == given.key) {
            given.kind = known.kind;
            return Ok(());
        }
        let declared = Attribute {
            key: given.key.clone(),
            name: given.name.clone(),
            kind: given.kind,
            unit: given.unit.clone(),
            facet: given.facet,
            position: i64::try_from(self.known.attributes.len()).unwrap_or(i64::MAX),
        };
        save_attribute(self.app, tx, &declared).await?;
        self.known.attributes.push(declared);
        Ok(())
    }

    async fn find_brand(&mut self, tx: &mut Tx, name: &str) -> Result<String> {
        let slug = slug_from(name);
        if slug.is_empty() {
            return Err(Error::field("brand", format!("{name:?} has no letter or digit")));
        }
        let brands = &mut self.known.brands;
        if let Some(known) = brands.iter().find(|b| b.name == name).or(brands.iter().find(|b| b.slug == slug))
        {
            return Ok(known.brand_id.clone());
        }
        let brand = Brand { brand_id: self.app.id(), slug, name: name.to_owned() };
        save_brand(self.app, tx, &brand).await?;
        brands.push(brand.clone());
        Ok(brand.brand_id)
    }

    async fn find_type(&mut self, tx: &mut Tx, item: &Item, name: &str) -> Result<String> {
        let key = slug_from(name).replace('-', "_");
        if key.is_empty() {
            return Err(Error::field("type", format!("{name:?} has no letter or digit")));
        }
        let types = &mut self.known.types;
        if let Some(known) = types.iter().find(|t| t.name == name).or(types.iter().find(|t| t.key == key)) {
            return Ok(known.type_id.clone());
        }
        let filled = item.attributes.iter().filter(|a| !a.values.is_empty());
        let made = ProductType {
            type_id: self.app.id(),
            key,
            name: name.to_owned(),
            attributes: filled.map(|a| a.key.clone()).collect(),
        };
        save_type(self.app, tx, &made).await?;
        types.push(made.clone());
        Ok(made.type_id)
    }
}

/// The product that the item means, by handle, else by its SKUs: `Some(None)` is a new one. `None` when its SKUs
/// belong to several products.
async fn find_known(tx: &mut Tx, item: &mut Item) -> Result<Option<Option<String>>> {
    let skus: Vec<&str> = item.variants.iter().map(|v| v.sku.as_str()).filter(|s| !s.is_empty()).collect();
    let mut owners: Vec<String> =
        variants::list_sku_owners(tx, &skus).await?.into_iter().map(|(_, product_id)| product_id).collect();
    owners.sort();
    owners.dedup();
    // A made handle says less than a SKU.
    if !(item.handle_is_made && owners.len() == 1)
        && let Some(id) = rows::find_product_id(tx, &item.handle).await?
    {
        return Ok(Some(Some(id)));
    }
    if owners.len() > 1 {
        item.bad(item.line, "sku", "the SKUs belong to several products");
        return Ok(None);
    }
    Ok(Some(owners.pop()))
}

/// Turns wrong fields into bad rows; every other error stops the import.
fn note<T>(item: &mut Item, error: Error) -> Result<Option<T>> {
    let Error::Invalid(errors) = error else { return Err(error) };
    for wrong in errors.0 {
        let variant = item.variants.iter().find(|v| wrong.field.starts_with(&format!("variants.{}.", v.sku)));
        let line = variant.map_or(item.line, |v| v.line);
        let field =
            if wrong.field == "slug" { "handle" } else { wrong.field.rsplit('.').next().unwrap_or_default() };
        let field = field.to_owned();
        item.bad(line, &field, wrong.reason);
    }
    Ok(None)
}

fn count(report: &mut Report, outcome: Outcome) {
    match outcome {
        Outcome::Created => report.created += 1,
        Outcome::Updated => report.updated += 1,
        Outcome::Unchanged => report.skipped += 1,
    }
}
