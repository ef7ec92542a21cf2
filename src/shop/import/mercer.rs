//! Mercer's own dialect: a row per variant; what belongs to the product stands in its first row.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Stop;
use super::cells::{split_all, split_list, split_places};
use super::item::{Item, ItemAttribute, ItemPicture, ItemVariant, Stock};
use super::table::{Row, Table};
use crate::domain::catalogue::{AttributeKind, Choice, OptionAxis};
use crate::domain::draft::OPTIONS_MAX;
use crate::domain::money::Currency;

/// The columns besides `attribute:…`, in the order of an export.
pub const COLUMNS: [&str; 31] = [
    "handle",
    "title",
    "summary",
    "description",
    "box",
    "brand",
    "type",
    "tax_class",
    "published",
    "published_at",
    "popularity",
    "categories",
    "related",
    "pictures",
    "picture_alts",
    "option1_name",
    "option1_values",
    "option1_value",
    "option2_name",
    "option2_values",
    "option2_value",
    "option3_name",
    "option3_values",
    "option3_value",
    "sku",
    "price",
    "compare_at",
    "weight_g",
    "barcode",
    "stock",
    "variant_picture",
];

/// Before an attribute's declaration in a column's name: `attribute:key:kind:unit:facet:Name`.
pub const ATTRIBUTE: &str = "attribute:";

/// Reads every product of the file.
pub fn read(table: &Table, currency: &Currency) -> Result<Vec<Item>, Stop> {
    let attributes = declared(table)?;
    let mut items: Vec<Item> = Vec::new();
    for row in &table.rows {
        let handle = table.cell(row, "handle").unwrap_or_default();
        let is_new = items.last().is_none_or(|last| last.handle != handle);
        if is_new {
            items.push(read_product((table, row), &attributes));
        }
        if let Some(item) = items.last_mut() {
            read_variant(item, (table, row), currency);
        }
    }
    Ok(items)
}

fn declared(table: &Table) -> Result<Vec<(String, ItemAttribute)>, Stop> {
    let mut attributes = Vec::new();
    for column in &table.header {
        let Some(declaration) = column.strip_prefix(ATTRIBUTE) else {
            if !COLUMNS.contains(&column.to_lowercase().as_str()) {
                return Err(Stop::new(format!("line 1: the column {column:?} is unknown")));
            }
            continue;
        };
        let mut parts = declaration.splitn(5, ':');
        let mut part = || parts.next().unwrap_or_default().trim().to_owned();
        let (key, kind, unit, facet, name) = (part(), part(), part(), part(), part());
        let kind = if kind.is_empty() { Some(AttributeKind::Text) } else { AttributeKind::parse(&kind) };
        let Some(kind) = kind.filter(|_| !key.is_empty()) else {
            return Err(Stop::new(format!(
                "line 1: {column:?} is not like attribute:key:kind:unit:facet:Name with the kind text, number, choice or flag"
            )));
        };
        let name = if name.is_empty() { key.clone() } else { name };
        let facet = facet == "facet";
        attributes.push((column.clone(), ItemAttribute { key, name, kind, unit, facet, values: Vec::new() }));
    }
    Ok(attributes)
}

fn read_product(at: (&Table, &Row), attributes: &[(String, ItemAttribute)]) -> Item {
    let (table, row) = at;
    let raw = |column: &str| table.raw(row, column).map(str::to_owned);
    let cell = |column: &str| table.cell(row, column);
    let mut item = Item {
        line: row.line,
        handle: cell("handle").unwrap_or_default().to_owned(),
        title: raw("title"),
        summary: raw("summary"),
        description: raw("description"),
        box_contents: cell("box").map(|c| split_list(c, '|')),
        brand: cell("brand").map(str::to_owned),
        type_name: cell("type").map(str::to_owned),
        tax_class: cell("tax_class").filter(|c| !c.is_empty()).map(str::to_owned),
        categories: cell("categories").map(|c| split_places(c, '|')),
        related: cell("related").map(|c| split_list(c, '|')),
        ..Item::default()
    };
    item.published = item.flag(at, "published");
    item.popularity = item.whole(at, "popularity");
    if let Some(text) = cell("published_at").filter(|c| !c.is_empty()) {
        match OffsetDateTime::parse(text, &Rfc3339) {
            Ok(at) => item.published_at = i64::try_from(at.unix_timestamp_nanos() / 1_000_000).ok(),
            Err(_) => {
                item.bad(row.line, "published_at", format!("{text:?} is not like 2026-11-01T12:00:00Z"))
            }
        }
    }
    item.pictures = cell("pictures").map(|sources| {
        let alts = split_all(cell("picture_alts").unwrap_or_default(), '|');
        let alt = |i: usize| alts.get(i).cloned().unwrap_or_default();
        let sources = split_list(sources, '|').into_iter().enumerate();
        sources.map(|(i, source)| ItemPicture { line: row.line, source, alt: alt(i) }).collect()
    });
    item.attributes = (attributes.iter())
        .map(|(column, declared)| {
            let values = split_list(cell(column).unwrap_or_default(), '|');
            ItemAttribute { values, ..declared.clone() }
        })
        .collect();
    for number in 1..=OPTIONS_MAX {
        let name = cell(&format!("option{number}_name")).unwrap_or_default();
        if !name.is_empty() {
            let choices = read_choices(cell(&format!("option{number}_values")).unwrap_or_default());
            item.options.push(OptionAxis { name: name.to_owned(), choices });
        }
    }
    item
}

/// "Black=#000000|Cream": values in display order, with their colours.
fn read_choices(cell: &str) -> Vec<Choice> {
    let choice = |text: String| match text.rsplit_once('=') {
        Some((value, swatch)) if swatch.starts_with('#') => {
            Choice { value: value.to_owned(), swatch: Some(swatch.to_owned()) }
        }
        _ => Choice { value: text, swatch: None },
    };
    split_list(cell, '|').into_iter().map(choice).collect()
}

fn read_variant(item: &mut Item, at: (&Table, &Row), currency: &Currency) {
    let (table, row) = at;
    if item.handle.is_empty() && item.bad.is_empty() {
        item.bad(row.line, "handle", "is missing");
    }
    let mut options = Vec::new();
    for position in 0..item.options.len() {
        let value = table.cell(row, &format!("option{}_value", position + 1)).unwrap_or_default().to_owned();
        let choices = &mut item.options[position].choices;
        if !value.is_empty() && !choices.iter().any(|c| c.value == value) {
            choices.push(Choice { value: value.clone(), swatch: None });
        }
        options.push(value);
    }
    let compare_at = item.price(at, "compare_at", currency);
    let variant = ItemVariant {
        line: row.line,
        sku: table.cell(row, "sku").unwrap_or_default().to_owned(),
        options,
        price_minor: item.price(at, "price", currency),
        compare_at_minor: table.has("compare_at").then_some(compare_at),
        weight_g: item.whole(at, "weight_g"),
        barcode: table.cell(row, "barcode").map(str::to_owned),
        picture: table.cell(row, "variant_picture").map(str::to_owned),
        stock: item.whole(at, "stock").map_or(Stock::Silent, Stock::Pieces),
    };
    item.variants.push(variant);
}
