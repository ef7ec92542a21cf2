//! Shopify's product CSV, in its older and its newer column names: a row per variant, and rows that only add pictures.

use super::item::{Item, ItemPicture, ItemVariant, Stock};
use super::table::{Row, Table};
use crate::domain::catalogue::{Choice, OptionAxis};
use crate::domain::draft::OPTIONS_MAX;
use crate::domain::money::Currency;

const HANDLE: [&str; 2] = ["Handle", "URL handle"];
const BODY: [&str; 2] = ["Body (HTML)", "Description"];
const SKU: [&str; 2] = ["Variant SKU", "SKU"];
const PRICE: [&str; 2] = ["Variant Price", "Price"];
const COMPARE_AT: [&str; 2] = ["Variant Compare At Price", "Compare-at price"];
const GRAMS: [&str; 2] = ["Variant Grams", "Weight value (grams)"];
const BARCODE: [&str; 2] = ["Variant Barcode", "Barcode"];
const QUANTITY: [&str; 2] = ["Variant Inventory Qty", "Inventory quantity"];
const TRACKER: [&str; 2] = ["Variant Inventory Tracker", "Inventory tracker"];
const PICTURE: [&str; 2] = ["Image Src", "Product image URL"];
const PICTURE_ALT: [&str; 2] = ["Image Alt Text", "Image alt text"];
const VARIANT_PICTURE: [&str; 2] = ["Variant Image", "Variant image URL"];
const PUBLISHED: [&str; 2] = ["Published", "Published on online store"];

/// True for a header of this dialect.
pub fn fits(table: &Table) -> bool {
    HANDLE.iter().any(|c| table.has(c))
        && table.has("Title")
        && PRICE.iter().any(|c| table.has(c))
        && (table.has("Variant Price") || table.has("URL handle"))
}

/// Reads every product of the file.
pub fn read(table: &Table, currency: &Currency) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for row in &table.rows {
        let handle = table.filled(row, &HANDLE).unwrap_or_default();
        if items.last().is_none_or(|last| last.handle != handle) {
            items.push(read_product((table, row), handle));
        }
        if let Some(item) = items.last_mut() {
            read_row(item, (table, row), currency);
        }
    }
    items
}

fn read_product(at: (&Table, &Row), handle: &str) -> Item {
    let (table, row) = at;
    let text = |columns: &[&str]| table.filled(row, columns).unwrap_or_default().to_owned();
    let place = table.filled(row, &["Type"]).or(table.filled(row, &["Product Category", "Product category"]));
    let mut item = Item {
        line: row.line,
        handle: handle.to_owned(),
        title: Some(text(&["Title"])),
        summary: table.filled(row, &["SEO Description", "SEO description"]).map(str::to_owned),
        description: Some(ammonia::clean(&text(&BODY))),
        brand: table.has("Vendor").then(|| text(&["Vendor"])),
        categories: place.map(|place| {
            vec![place.split('>').map(|name| name.trim().to_owned()).filter(|n| !n.is_empty()).collect()]
        }),
        pictures: PICTURE.iter().any(|c| table.has(c)).then(Vec::new),
        ..Item::default()
    };
    if handle.is_empty() {
        item.bad(row.line, "Handle", "is missing");
    }
    let shown = PUBLISHED.iter().find(|c| table.has(c)).and_then(|c| item.flag(at, c));
    let active = item.flag(at, "Status");
    item.published = match (shown, active) {
        (None, None) => None,
        (shown, active) => Some(shown.unwrap_or(true) && active.unwrap_or(true)),
    };
    for number in 1..=OPTIONS_MAX {
        let name = table.filled(row, &[&format!("Option{number} Name")]);
        let value = table.filled(row, &[&format!("Option{number} Value")]);
        // A product without options is written with this one.
        if let Some(name) = name.filter(|n| !(*n == "Title" && value == Some("Default Title"))) {
            item.options.push(OptionAxis { name: name.to_owned(), choices: Vec::new() });
        }
    }
    item
}

fn read_row(item: &mut Item, at: (&Table, &Row), currency: &Currency) {
    let (table, row) = at;
    if let (Some(source), Some(pictures)) = (table.filled(row, &PICTURE), &mut item.pictures) {
        let alt = table.filled(row, &PICTURE_ALT).unwrap_or_default().to_owned();
        pictures.push(ItemPicture { line: row.line, source: source.to_owned(), alt });
    }
    let has = |columns: &[&str]| table.filled(row, columns).is_some();
    if !has(&PRICE) && !has(&SKU) && !has(&["Option1 Value"]) {
        return;
    }
    let mut options = Vec::new();
    for position in 0..item.options.len() {
        let value = table.filled(row, &[&format!("Option{} Value", position + 1)]).unwrap_or_default();
        let choices = &mut item.options[position].choices;
        if !value.is_empty() && !choices.iter().any(|c| c.value == value) {
            choices.push(Choice { value: value.to_owned(), swatch: None });
        }
        options.push(value.to_owned());
    }
    let column = |names: &[&'static str; 2]| *names.iter().find(|c| table.has(c)).unwrap_or(&names[0]);
    let price_minor = item.price(at, column(&PRICE), currency);
    // An old price that is not above the price means "not on sale" there.
    let old = item.price(at, column(&COMPARE_AT), currency).filter(|old| Some(*old) > price_minor);
    let quantity = item.whole(at, column(&QUANTITY));
    let is_counted = !TRACKER.iter().any(|c| table.has(c)) || has(&TRACKER);
    let variant = ItemVariant {
        line: row.line,
        sku: table.filled(row, &SKU).unwrap_or_default().trim_start_matches('\'').to_owned(),
        options,
        price_minor,
        compare_at_minor: Some(old),
        weight_g: item.scaled(at, column(&GRAMS), 1.0),
        barcode: table.filled(row, &BARCODE).map(|b| b.trim_start_matches('\'').to_owned()),
        picture: table.filled(row, &VARIANT_PICTURE).map(str::to_owned),
        stock: match quantity {
            // Sold below nothing there; nothing is left here.
            Some(pieces) if is_counted => Stock::Pieces(pieces.max(0)),
            None if is_counted => Stock::Silent,
            _ => Stock::Uncounted,
        },
    };
    item.variants.push(variant);
}
