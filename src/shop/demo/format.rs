//! The files of a demo shop. Unknown keys are errors, so that a typo is found by the test that loads every shop.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::drawing::Params;

/// What is wrong with a demo's files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mistake(pub String);

/// A demo shop as its files describe it.
#[derive(Debug, Default)]
pub struct Demo {
    pub shop: Shop,
    pub pages: Vec<PageFile>,
    pub products: Vec<Product>,
}

/// `shop.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shop {
    pub name: String,
    pub language: String,
    pub currency: String,
    #[serde(default)]
    pub time_zone: String,
    pub theme: String,
    pub tagline: String,
    pub announcement: String,
    pub email: String,
    pub phone: String,
    pub company: Vec<String>,
    pub bank: Bank,
    #[serde(default)]
    pub home_category: Option<String>,
    pub hero: Hero,
    #[serde(default)]
    pub why: Vec<Why>,
    #[serde(default)]
    pub attribute: Vec<Attribute>,
    #[serde(default)]
    pub r#type: Vec<Type>,
    #[serde(default)]
    pub brand: Vec<Brand>,
    #[serde(default)]
    pub category: Vec<Category>,
    #[serde(default)]
    pub shipping: Vec<Shipping>,
    /// Of the demo customer, oldest first.
    #[serde(default)]
    pub order: Vec<OrderFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    pub holder: String,
    pub iban: String,
    pub bic: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hero {
    pub title: String,
    pub text: String,
    pub link: String,
    pub link_text: String,
    pub alt: String,
    pub drawing: Params,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Why {
    pub title: String,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    pub key: String,
    pub name: String,
    pub kind: String,
    #[serde(default)]
    pub unit: String,
    #[serde(default)]
    pub facet: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    pub key: String,
    pub name: String,
    pub attributes: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    pub slug: String,
    pub name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub slug: String,
    pub name: String,
    #[serde(default)]
    pub parent: Option<String>,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub fact: Option<String>,
    #[serde(default)]
    pub door: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shipping {
    pub key: String,
    pub name: String,
    #[serde(default)]
    pub note: String,
    /// Fewest and most working days.
    pub days: [i64; 2],
    pub rates: Vec<Rate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    pub countries: Vec<String>,
    pub weight_max_g: i64,
    pub price: String,
    #[serde(default)]
    pub free_above: Option<String>,
}

/// An order to look at.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFile {
    pub days_ago: i64,
    pub payment: String,
    pub delivery: String,
    pub fate: Fate,
    #[serde(default)]
    pub tracking: String,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub sku: String,
    pub quantity: i64,
}

/// What became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Waits for its money.
    Waiting,
    Paid,
    Sent,
    Arrived,
    Cancelled,
    /// Paid, and withdrawn from before it was sent.
    Withdrawn,
    /// Sent, and one piece of the first item comes back.
    Returned,
}

/// `pages/<slug>.md`.
#[derive(Debug)]
pub struct PageFile {
    pub slug: String,
    pub head: PageHead,
    pub body: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageHead {
    pub title: String,
    #[serde(default)]
    pub position: i64,
    #[serde(default)]
    pub footer: String,
}

/// A `[[product]]` of `products/<family>.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    pub slug: String,
    pub title: String,
    pub brand: String,
    pub r#type: String,
    pub categories: Vec<String>,
    pub summary: String,
    pub description: String,
    #[serde(default)]
    pub r#box: Vec<String>,
    #[serde(default)]
    pub related: Vec<String>,
    #[serde(default)]
    pub new: bool,
    #[serde(default)]
    pub popular: i64,
    pub drawing: Params,
    pub views: Vec<String>,
    pub alt: String,
    #[serde(default)]
    pub attributes: BTreeMap<String, Value>,
    #[serde(default)]
    pub option: Vec<Options>,
    pub variant: Vec<Variant>,
}

/// An attribute's value.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    List(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    pub name: String,
    pub values: Vec<String>,
    #[serde(default)]
    pub swatches: Vec<String>,
    /// The value changes the picture.
    #[serde(default)]
    pub draws: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    pub sku: String,
    #[serde(default)]
    pub options: Vec<String>,
    pub price: String,
    #[serde(default)]
    pub compare_at: Option<String>,
    pub stock: i64,
    #[serde(default)]
    pub weight_g: i64,
    #[serde(default)]
    pub barcode: String,
    #[serde(default)]
    pub drawing: Params,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    #[serde(default)]
    product: Vec<Product>,
}

pub(super) fn parse_shop(name: &str, text: &str) -> Result<Shop, Mistake> {
    toml::from_str(text).map_err(|e| Mistake(format!("assets/demo/{name}/shop.toml: {e}")))
}

pub(super) fn parse_products(path: &str, text: &str) -> Result<Vec<Product>, Mistake> {
    let family: Family = toml::from_str(text).map_err(|e| Mistake(format!("assets/demo/{path}: {e}")))?;
    Ok(family.product)
}

pub(super) fn parse_page(path: &str, slug: &str, text: &str) -> Result<PageFile, Mistake> {
    let parts = text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n"));
    let Some((head, body)) = parts else {
        return Err(Mistake(format!("assets/demo/{path}: begins without a head between +++ lines")));
    };
    let head = toml::from_str(head).map_err(|e| Mistake(format!("assets/demo/{path}: {e}")))?;
    Ok(PageFile { slug: slug.to_owned(), head, body: body.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_an_error_that_names_file_and_key() {
        let error = parse_products("watches/products/x.toml", "[[product]]\nslugg = \"a\"").unwrap_err();
        assert!(error.0.contains("watches/products/x.toml") && error.0.contains("slugg"), "{error}");
    }

    #[test]
    fn a_page_has_a_head_and_a_body() {
        let page = parse_page("p.md", "p", "+++\ntitle = \"T\"\nfooter = \"help\"\n+++\n\nHello\n").unwrap();
        assert_eq!(
            (page.head.title.as_str(), page.head.footer.as_str(), page.body.as_str()),
            ("T", "help", "Hello")
        );
        assert!(parse_page("p.md", "p", "Hello").is_err());
    }
}
