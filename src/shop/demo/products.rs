//! A demo product made into a draft.

use std::collections::HashMap;

use super::format::{Mistake, Product, Value};
use crate::domain::catalogue::{AttributeKind, Choice, OptionAxis};
use crate::domain::draft::{AttributeDraft, PictureDraft, ProductDraft, VariantDraft, parse_milli};
use crate::domain::money::Currency;

/// What names in the files stand for in the store.
pub(super) struct Names {
    pub currency: Currency,
    pub brands: HashMap<String, String>,
    pub types: HashMap<String, String>,
    pub categories: HashMap<String, String>,
    pub attributes: HashMap<String, AttributeKind>,
}

impl Names {
    /// An amount; the error names the place.
    pub fn price(&self, place: &str, text: &str) -> Result<i64, Mistake> {
        self.currency.parse_decimal(text).map_err(|_| Mistake(format!("{place}: {text:?} is not an amount")))
    }
}

/// The product without its related ones, which may come later. `pictures` are stored; `fronts` has the position of
/// each variant's own among them.
pub(super) fn draft(
    names: &Names,
    product: &Product,
    pictures: Vec<PictureDraft>,
    fronts: &[usize],
) -> Result<ProductDraft, Mistake> {
    let slug = &product.slug;
    let find = |map: &HashMap<String, String>, kind: &str, key: &String| {
        map.get(key).cloned().ok_or_else(|| Mistake(format!("{slug}: {kind} {key:?} does not exist")))
    };
    let variants = (product.variant.iter().zip(fronts))
        .map(|(variant, &front)| {
            let compare_at = variant.compare_at.as_deref();
            Ok(VariantDraft {
                sku: variant.sku.clone(),
                options: variant.options.clone(),
                price_minor: names.price(&variant.sku, &variant.price)?,
                compare_at_minor: compare_at.map(|old| names.price(&variant.sku, old)).transpose()?,
                weight_g: variant.weight_g,
                barcode: variant.barcode.clone(),
                media_id: pictures.get(front).map(|p| p.media_id.clone()),
                stock: Some(variant.stock),
            })
        })
        .collect::<Result<_, Mistake>>()?;
    Ok(ProductDraft {
        slug: product.slug.clone(),
        title: product.title.clone(),
        summary: product.summary.clone(),
        description: product.description.trim().to_owned(),
        box_contents: product.r#box.clone(),
        brand_id: Some(find(&names.brands, "brand", &product.brand)?),
        type_id: Some(find(&names.types, "type", &product.r#type)?),
        published: true,
        popularity: product.popular,
        categories: (product.categories.iter())
            .map(|key| find(&names.categories, "category", key))
            .collect::<Result<_, Mistake>>()?,
        attributes: (product.attributes.iter())
            .map(|(key, value)| attribute(names, slug, key, value))
            .collect::<Result<_, Mistake>>()?,
        options: options(product),
        variants,
        pictures,
        ..ProductDraft::default()
    })
}

fn options(product: &Product) -> Vec<OptionAxis> {
    let axis = |option: &super::format::Options| OptionAxis {
        name: option.name.clone(),
        choices: (option.values.iter().enumerate())
            .map(|(i, value)| Choice { value: value.clone(), swatch: option.swatches.get(i).cloned() })
            .collect(),
    };
    product.option.iter().map(axis).collect()
}

fn attribute(names: &Names, slug: &str, key: &str, value: &Value) -> Result<AttributeDraft, Mistake> {
    let Some(kind) = names.attributes.get(key) else {
        return Err(Mistake(format!("{slug}: attribute {key:?} is not declared")));
    };
    let wrong = || Mistake(format!("{slug}: attribute {key:?} is a {}", kind.as_str()));
    let (values, number_milli) = match (kind, value) {
        (AttributeKind::Flag, Value::Flag(on)) => (vec![on.to_string()], None),
        (AttributeKind::Number, Value::Whole(number)) => {
            number_value(&number.to_string()).ok_or_else(wrong)?
        }
        (AttributeKind::Number, Value::Number(number)) => {
            number_value(&number.to_string()).ok_or_else(wrong)?
        }
        (AttributeKind::Text | AttributeKind::Choice, Value::Text(text)) => (vec![text.clone()], None),
        (AttributeKind::Text | AttributeKind::Choice, Value::List(list)) => (list.clone(), None),
        _ => return Err(wrong()),
    };
    Ok(AttributeDraft { key: key.to_owned(), values, number_milli })
}

fn number_value(text: &str) -> Option<(Vec<String>, Option<i64>)> {
    let milli = parse_milli(text)?;
    Some((vec![text.to_owned()], Some(milli)))
}
