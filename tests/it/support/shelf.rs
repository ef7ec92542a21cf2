//! Products for tests, written the way the shop writes them.

use mercer::app::App;
use mercer::db::{attributes, brands};
use mercer::domain::catalogue::{Attribute, AttributeKind, Brand, Category, Choice, OptionAxis};
use mercer::domain::draft::{AttributeDraft, ProductDraft, VariantDraft, parse_milli};
use mercer::shop::catalogue::{save_category, save_product};

/// A draft of a product with one variant: slug as SKU, 10.00, 10 pieces.
pub fn simple(slug: &str) -> ProductDraft {
    let variant = VariantDraft {
        sku: slug.to_uppercase(),
        price_minor: 1000,
        stock: Some(10),
        ..VariantDraft::default()
    };
    ProductDraft {
        slug: slug.to_owned(),
        title: slug.to_owned(),
        published: true,
        variants: vec![variant],
        ..ProductDraft::default()
    }
}

/// A draft of a product with a variant per colour: SKU `SLUG-COLOUR`, 10.00, 10 pieces each.
pub fn coloured(slug: &str, colours: &[(&str, &str)]) -> ProductDraft {
    let mut draft = simple(slug);
    let choice = |(value, swatch): &(&str, &str)| Choice {
        value: (*value).to_owned(),
        swatch: Some((*swatch).to_owned()).filter(|s| !s.is_empty()),
    };
    draft.options =
        vec![OptionAxis { name: "Colour".to_owned(), choices: colours.iter().map(choice).collect() }];
    draft.variants = colours
        .iter()
        .map(|(value, _)| VariantDraft {
            sku: format!("{}-{}", slug.to_uppercase(), value.to_uppercase()),
            options: vec![(*value).to_owned()],
            price_minor: 1000,
            stock: Some(10),
            ..VariantDraft::default()
        })
        .collect();
    draft
}

/// An attribute's values; a single number also counts as one.
pub fn attribute(key: &str, values: &[&str]) -> AttributeDraft {
    AttributeDraft {
        key: key.to_owned(),
        values: values.iter().map(|v| (*v).to_owned()).collect(),
        number_milli: values.first().and_then(|v| parse_milli(v)),
    }
}

/// Stores a product; its id.
pub async fn put(app: &App, draft: &ProductDraft) -> String {
    save_product(app, None, draft).await.unwrap().product_id
}

/// Stores a category; its id.
pub async fn put_category(app: &App, slug: &str, parent_id: Option<&str>, fact: Option<&str>) -> String {
    let category = Category {
        category_id: app.id(),
        parent_id: parent_id.map(str::to_owned),
        slug: slug.to_owned(),
        name: slug.to_uppercase(),
        help: String::new(),
        fact_attribute: fact.map(str::to_owned),
        door: false,
        position: 0,
    };
    let mut tx = app.db.write().await.unwrap();
    let id = save_category(app, &mut tx, &category).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Declares an attribute that is a filter.
pub async fn put_attribute(app: &App, key: &str, kind: AttributeKind, position: i64) {
    let (key, name, unit) = (key.to_owned(), key.to_uppercase(), String::new());
    let mut tx = app.db.write().await.unwrap();
    let row = Attribute { key, name, kind, unit, facet: true, position };
    attributes::upsert_attribute(&mut tx, &row).await.unwrap();
    tx.commit().await.unwrap();
}

/// Stores a brand; its id.
pub async fn put_brand(app: &App, slug: &str) -> String {
    let brand = Brand { brand_id: app.id(), slug: slug.to_owned(), name: slug.to_uppercase() };
    let mut tx = app.db.write().await.unwrap();
    let id = brands::upsert_brand(&mut tx, &brand).await.unwrap();
    tx.commit().await.unwrap();
    id
}
