//! Lays what a file says over what is stored.

use std::collections::HashMap;

use super::item::{Item, ItemVariant, Stock};
use crate::domain::catalogue::{AttributeKind, Choice, OptionAxis};
use crate::domain::draft::{AttributeDraft, PictureDraft, ProductDraft, SKU_MAX, VariantDraft, parse_milli};
use crate::domain::slug::slug_from;

/// Pieces given to a new variant that the file sells without counting.
pub const UNCOUNTED_PIECES: i64 = 1000;

/// What names in the item stand for.
pub struct Resolved {
    /// `None`: the file is silent.
    pub brand_id: Option<Option<String>>,
    pub type_id: Option<Option<String>>,
    pub categories: Option<Vec<String>>,
    /// Media ids by source.
    pub pictures: HashMap<String, String>,
}

/// The product as it shall be. Mistakes are noted in the item.
pub fn overlay(item: &mut Item, stored: Option<&ProductDraft>, resolved: Resolved) -> ProductDraft {
    let mut draft = stored.cloned().unwrap_or(ProductDraft { published: true, ..ProductDraft::default() });
    if !(item.handle_is_made && stored.is_some()) {
        draft.slug = item.handle.clone();
    }
    set(&mut draft.title, item.title.clone().filter(|t| !t.is_empty() || stored.is_none()));
    set(&mut draft.summary, item.summary.clone());
    set(&mut draft.description, item.description.clone());
    set(&mut draft.box_contents, item.box_contents.clone());
    set(&mut draft.tax_class, item.tax_class.clone());
    set(&mut draft.published, item.published);
    set(&mut draft.popularity, item.popularity);
    set(&mut draft.brand_id, resolved.brand_id);
    set(&mut draft.type_id, resolved.type_id);
    set(&mut draft.categories, resolved.categories);
    draft.published_at = item.published_at.or(draft.published_at);
    overlay_attributes(item, &mut draft);
    overlay_pictures(item, &mut draft, &resolved.pictures);
    overlay_variants(item, &mut draft, &resolved.pictures);
    draft
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn overlay_attributes(item: &mut Item, draft: &mut ProductDraft) {
    let (line, mut wrong) = (item.line, Vec::new());
    for attribute in &item.attributes {
        draft.attributes.retain(|a| a.key != attribute.key);
        let first = attribute.values.first();
        let number_milli = match attribute.kind {
            AttributeKind::Number => first.and_then(|v| parse_milli(v)),
            _ => None,
        };
        let fits = match attribute.kind {
            AttributeKind::Number => {
                first.is_none() || (number_milli.is_some() && attribute.values.len() == 1)
            }
            AttributeKind::Flag => attribute.values.iter().all(|v| v == "true" || v == "false"),
            AttributeKind::Text | AttributeKind::Choice => true,
        };
        if !fits {
            wrong.push((attribute.key.clone(), attribute.kind.as_str()));
        }
        let (key, values) = (attribute.key.clone(), attribute.values.clone());
        draft.attributes.push(AttributeDraft { key, values, number_milli });
    }
    draft.attributes.sort_by(|a, b| a.key.cmp(&b.key));
    for (key, kind) in wrong {
        item.bad(line, &format!("attribute:{key}"), format!("must be one {kind}"));
    }
}

fn overlay_pictures(item: &Item, draft: &mut ProductDraft, media: &HashMap<String, String>) {
    let Some(pictures) = &item.pictures else { return };
    // Pictures named by URLs that were not to be fetched leave the gallery as it is.
    if !pictures.is_empty() && pictures.iter().all(|p| !media.contains_key(&p.source)) {
        return;
    }
    draft.pictures.clear();
    for picture in pictures {
        if let Some(media_id) = media.get(&picture.source) {
            let alt = if picture.alt.is_empty() { draft.title.clone() } else { picture.alt.clone() };
            draft.pictures.push(PictureDraft { media_id: media_id.clone(), alt });
        }
    }
}

fn overlay_variants(item: &mut Item, draft: &mut ProductDraft, media: &HashMap<String, String>) {
    let same_axes = draft.options.iter().map(|o| &o.name).eq(item.options.iter().map(|o| &o.name));
    let stored = std::mem::take(&mut draft.variants);
    let axes = std::mem::take(&mut draft.options);
    let mut missing = Vec::new();
    for (position, given) in item.variants.iter().enumerate() {
        let known = stored.iter().find(|v| match given.sku.as_str() {
            "" => same_axes && v.options == given.options,
            sku => v.sku == sku,
        });
        let variant = lay_variant(item, (position, given), known, media);
        if known.is_none() && given.price_minor.is_none() {
            missing.push(given.line);
        }
        draft.variants.push(variant);
    }
    draft.options = item.options.clone();
    for line in missing {
        item.bad(line, "price", "is missing");
    }
    if !same_axes && !item.variants.is_empty() {
        return;
    }
    // Variants that the file does not mention stay, unless another has taken their place.
    for kept in stored {
        let replaced = draft.variants.iter().any(|v| v.sku == kept.sku || v.options == kept.options);
        if !replaced {
            draft.variants.push(kept);
        }
    }
    merge_axes(&mut draft.options, axes, &draft.variants);
}

fn lay_variant(
    item: &Item,
    (position, given): (usize, &ItemVariant),
    known: Option<&VariantDraft>,
    media: &HashMap<String, String>,
) -> VariantDraft {
    let mut variant = known.cloned().unwrap_or_default();
    if variant.sku.is_empty() {
        variant.sku = if given.sku.is_empty() { make_sku(item, position, given) } else { given.sku.clone() };
    }
    variant.options = given.options.clone();
    set(&mut variant.price_minor, given.price_minor);
    set(&mut variant.compare_at_minor, given.compare_at_minor);
    set(&mut variant.weight_g, given.weight_g);
    set(&mut variant.barcode, given.barcode.clone());
    match given.picture.as_deref() {
        None => {}
        Some("") => variant.media_id = None,
        Some(source) => variant.media_id = media.get(source).cloned().or(variant.media_id),
    }
    variant.stock = match (given.stock, known) {
        (Stock::Pieces(pieces), _) => Some(pieces),
        (Stock::Uncounted, None) => Some(UNCOUNTED_PIECES),
        (Stock::Uncounted | Stock::Silent, Some(known)) => known.stock,
        (Stock::Silent, None) => Some(0),
    };
    variant
}

/// "CASE-RED-L": the same for the same options every time.
fn make_sku(item: &Item, position: usize, given: &ItemVariant) -> String {
    let mut sku = item.handle.to_uppercase();
    for value in &given.options {
        let part = slug_from(value).to_uppercase();
        sku = format!("{sku}-{}", if part.is_empty() { (position + 1).to_string() } else { part });
    }
    if sku.len() > SKU_MAX { format!("{}-{}", &sku[..SKU_MAX - 5], position + 1) } else { sku }
}

/// Values keep the colours that they had, and values still in use are not lost.
fn merge_axes(axes: &mut [OptionAxis], stored: Vec<OptionAxis>, variants: &[VariantDraft]) {
    for (position, (axis, old)) in axes.iter_mut().zip(stored).enumerate() {
        for Choice { value, swatch } in old.choices {
            let in_use = variants.iter().any(|v| v.options.get(position) == Some(&value));
            match axis.choices.iter_mut().find(|c| c.value == value) {
                Some(choice) => choice.swatch = choice.swatch.take().or(swatch),
                None if in_use => axis.choices.push(Choice { value, swatch }),
                None => {}
            }
        }
    }
}
