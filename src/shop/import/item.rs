//! A product as a file describes it. `None` says that the file is silent on it, and what is stored stays.

use super::BadRow;
use super::table::{Row, Table};
use crate::domain::catalogue::{AttributeKind, OptionAxis};
use crate::domain::money::Currency;

/// See the module.
#[derive(Debug, Default)]
pub struct Item {
    /// Where the product begins.
    pub line: u64,
    pub handle: String,
    /// The handle was made from the name; a product that is known by its SKU keeps its own.
    pub handle_is_made: bool,
    pub title: Option<String>,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub box_contents: Option<Vec<String>>,
    /// A name; empty: none.
    pub brand: Option<String>,
    /// A product type's name; empty: none.
    pub type_name: Option<String>,
    pub tax_class: Option<String>,
    pub published: Option<bool>,
    pub published_at: Option<i64>,
    pub popularity: Option<i64>,
    pub categories: Option<Vec<Vec<String>>>,
    /// Handles.
    pub related: Option<Vec<String>>,
    pub attributes: Vec<ItemAttribute>,
    pub options: Vec<OptionAxis>,
    pub variants: Vec<ItemVariant>,
    pub pictures: Option<Vec<ItemPicture>>,
    /// Mistakes in the product's rows; it is not written when there is one.
    pub bad: Vec<BadRow>,
}

#[derive(Debug, Clone)]
pub struct ItemAttribute {
    pub key: String,
    /// How the attribute is declared if the shop does not know it yet.
    pub name: String,
    pub kind: AttributeKind,
    pub unit: String,
    pub facet: bool,
    pub values: Vec<String>,
}

#[derive(Debug, Default)]
pub struct ItemVariant {
    pub line: u64,
    /// Empty: made from handle and options.
    pub sku: String,
    pub options: Vec<String>,
    pub price_minor: Option<i64>,
    /// `Some(None)`: no longer on sale.
    pub compare_at_minor: Option<Option<i64>>,
    pub weight_g: Option<i64>,
    pub barcode: Option<String>,
    /// Empty: none.
    pub picture: Option<String>,
    pub stock: Stock,
}

/// What a file says about stock.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Stock {
    /// Nothing.
    #[default]
    Silent,
    Pieces(i64),
    /// For sale, but not counted.
    Uncounted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPicture {
    pub line: u64,
    /// `media:<hash>`, a file's name, or a URL.
    pub source: String,
    /// Empty: the product's title.
    pub alt: String,
}

impl Item {
    pub fn bad(&mut self, line: u64, field: &str, reason: impl Into<String>) {
        self.bad.push(BadRow { line, field: field.to_owned(), reason: reason.into() });
    }

    /// An amount; `None` when the cell is empty or missing. A wrong one is noted.
    pub fn price(&mut self, (table, row): (&Table, &Row), column: &str, currency: &Currency) -> Option<i64> {
        let text = table.cell(row, column).filter(|t| !t.is_empty())?;
        let price = currency.parse_decimal(text).ok();
        if price.is_none() {
            self.bad(row.line, column, format!("{text:?} is not an amount like 12.50"));
        }
        price
    }

    /// A whole number; as [`Item::price`].
    pub fn whole(&mut self, (table, row): (&Table, &Row), column: &str) -> Option<i64> {
        let text = table.cell(row, column).filter(|t| !t.is_empty())?;
        let number = text.parse::<i64>().ok().or_else(|| text.strip_suffix(".0")?.parse().ok());
        if number.is_none() {
            self.bad(row.line, column, format!("{text:?} is not a whole number"));
        }
        number
    }

    /// A decimal number times `factor`, rounded; as [`Item::price`].
    pub fn scaled(&mut self, (table, row): (&Table, &Row), column: &str, factor: f64) -> Option<i64> {
        let text = table.cell(row, column).filter(|t| !t.is_empty())?;
        let number = text.replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite() && n.abs() < 1e9);
        if number.is_none() {
            self.bad(row.line, column, format!("{text:?} is not a number"));
        }
        number.map(|n| (n * factor).round() as i64)
    }

    /// Yes or no; as [`Item::price`].
    pub fn flag(&mut self, (table, row): (&Table, &Row), column: &str) -> Option<bool> {
        let text = table.cell(row, column).filter(|t| !t.is_empty())?;
        match text.to_lowercase().as_str() {
            "true" | "yes" | "1" | "active" => Some(true),
            "false" | "no" | "0" | "-1" | "draft" | "archived" | "unlisted" => Some(false),
            _ => {
                self.bad(row.line, column, format!("{text:?} is neither true nor false"));
                None
            }
        }
    }
}
