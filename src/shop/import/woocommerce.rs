//! WooCommerce's product CSV: a row per product, and for variable products a row per variation that names its parent.

use std::collections::HashMap;

use super::cells::{split_list, split_places};
use super::item::{Item, ItemAttribute, ItemPicture, ItemVariant, Stock};
use super::table::{Row, Table};
use crate::domain::catalogue::{AttributeKind, Choice, OptionAxis};
use crate::domain::draft::OPTIONS_MAX;
use crate::domain::money::Currency;
use crate::domain::slug::{free_slug, slug_from};

/// Attributes that a row can have there.
const ATTRIBUTES_MAX: usize = 40;

/// True for a header of this dialect.
pub fn fits(table: &Table) -> bool {
    table.has("Type") && table.has("Name") && table.has("Regular price")
}

/// Reads every product of the file. `today` is like "2026-11-01": sales have their dates.
pub fn read(table: &Table, currency: &Currency, today: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut by_reference: HashMap<String, usize> = HashMap::new();
    let mut handles = std::collections::HashSet::new();
    for row in &table.rows {
        let kind = table.cell(row, "Type").unwrap_or_default().to_lowercase();
        if kind.starts_with("variation") {
            continue;
        }
        let stem = slug_from(table.cell(row, "Name").unwrap_or_default());
        let handle = if stem.is_empty() { stem } else { free_slug(&stem, |s| handles.contains(s)) };
        handles.insert(handle.clone());
        let mut item = read_product((table, row), handle);
        match kind.split(',').next().unwrap_or_default().trim() {
            "simple" => {
                let variant = read_variant(&mut item, (table, row), (currency, today));
                item.variants.push(variant);
            }
            "variable" => {}
            other => {
                item.bad(row.line, "Type", format!("a product of the type {other:?} can't be sold here"))
            }
        }
        for reference in references(table, row) {
            by_reference.insert(reference, items.len());
        }
        items.push(item);
    }
    read_variations(table, (currency, today), &mut items, &by_reference);
    items
}

/// How variations can name this row.
fn references(table: &Table, row: &Row) -> Vec<String> {
    let id = table.filled(row, &["ID"]).map(|id| format!("id:{id}"));
    id.into_iter().chain(table.filled(row, &["SKU"]).map(str::to_owned)).collect()
}

fn read_variations(
    table: &Table,
    money: (&Currency, &str),
    items: &mut Vec<Item>,
    by_reference: &HashMap<String, usize>,
) {
    for row in &table.rows {
        if !table.cell(row, "Type").unwrap_or_default().to_lowercase().starts_with("variation") {
            continue;
        }
        let parent = table.cell(row, "Parent").unwrap_or_default();
        let Some(item) = by_reference.get(parent).and_then(|&position| items.get_mut(position)) else {
            let mut orphan = Item { line: row.line, ..Item::default() };
            orphan.bad(row.line, "Parent", format!("there is no product {parent:?} in this file"));
            items.push(orphan);
            continue;
        };
        let values = attribute_cells(table, row);
        let mut variant = read_variant(item, (table, row), money);
        for (name, cell) in values {
            choose(item, &mut variant, &name, &cell);
        }
        item.variants.push(variant);
    }
    for item in items {
        // What distinguishes variations is an option, no longer an attribute of the product.
        let options: Vec<String> = item.options.iter().map(|o| attribute_key(&o.name)).collect();
        item.attributes.retain(|a| !options.contains(&a.key));
    }
}

/// Notes a variation's value of one attribute: an option of the product.
fn choose(item: &mut Item, variant: &mut ItemVariant, name: &str, value: &str) {
    let position = item.options.iter().position(|o| o.name == name).unwrap_or_else(|| {
        let all = item.attributes.iter().find(|a| a.name == name).map(|a| a.values.clone());
        let choice = |value: String| Choice { value, swatch: None };
        let choices = all.unwrap_or_default().into_iter().map(choice).collect();
        item.options.push(OptionAxis { name: name.to_owned(), choices });
        item.options.len() - 1
    });
    if item.options.len() > OPTIONS_MAX {
        item.bad(
            variant.line,
            name,
            format!("is option {}; at most {OPTIONS_MAX} are possible", position + 1),
        );
        return;
    }
    let choices = &mut item.options[position].choices;
    if !choices.iter().any(|c| c.value == value) {
        choices.push(Choice { value: value.to_owned(), swatch: None });
    }
    if variant.options.len() <= position {
        variant.options.resize(position + 1, String::new());
    }
    variant.options[position] = value.to_owned();
}

fn attribute_cells(table: &Table, row: &Row) -> Vec<(String, String)> {
    let cell = |number: usize, what: &str| table.filled(row, &[&format!("Attribute {number} {what}")]);
    (1..=ATTRIBUTES_MAX)
        .filter_map(|n| Some((cell(n, "name")?.to_owned(), cell(n, "value(s)")?.to_owned())))
        .collect()
}

fn attribute_key(name: &str) -> String {
    slug_from(name).replace('-', "_")
}

fn read_product(at: (&Table, &Row), handle: String) -> Item {
    let (table, row) = at;
    let text = |column: &str| table.cell(row, column).map(|c| c.replace("\\n", "\n"));
    let mut item = Item {
        line: row.line,
        handle_is_made: true,
        title: text("Name"),
        summary: text("Short description").map(|html| plain(&html)),
        description: text("Description").map(|html| ammonia::clean(&html)),
        brand: table.cell(row, "Brands").map(|c| split_list(c, ',').into_iter().next().unwrap_or_default()),
        categories: table.cell(row, "Categories").map(|c| split_places(c, ',')),
        pictures: table.cell(row, "Images").map(|cell| {
            let sources = split_list(cell, ',').into_iter();
            sources.map(|source| ItemPicture { line: row.line, source, alt: String::new() }).collect()
        }),
        tax_class: table
            .filled(row, &["Tax class"])
            .filter(|c| c.starts_with("reduced"))
            .map(|_| "reduced".to_owned()),
        ..Item::default()
    };
    if handle.is_empty() {
        item.bad(row.line, "Name", "has no letter or digit");
    }
    item.handle = handle;
    item.published = item.flag(at, "Published");
    item.attributes = (attribute_cells(table, row).into_iter())
        .filter(|(name, _)| !attribute_key(name).is_empty())
        .map(|(name, cell)| ItemAttribute {
            key: attribute_key(&name),
            name,
            kind: AttributeKind::Choice,
            unit: String::new(),
            facet: false,
            values: split_list(&cell, ','),
        })
        .collect();
    item
}

fn read_variant(item: &mut Item, at: (&Table, &Row), (currency, today): (&Currency, &str)) -> ItemVariant {
    let (table, row) = at;
    let regular = item.price(at, "Regular price", currency);
    let sale =
        item.price(at, "Sale price", currency).filter(|sale| Some(*sale) < regular && is_on(at, today));
    let pieces = item.whole(at, "Stock");
    let in_stock = item.flag(at, "In stock?");
    ItemVariant {
        line: row.line,
        sku: table.cell(row, "SKU").unwrap_or_default().to_owned(),
        options: Vec::new(),
        price_minor: sale.or(regular),
        compare_at_minor: Some(sale.and(regular)),
        weight_g: weight(item, at),
        barcode: table.filled(row, &["GTIN, UPC, EAN, or ISBN"]).map(str::to_owned),
        picture: table
            .filled(row, &["Images"])
            .filter(|_| !item.variants.is_empty() || table.filled(row, &["Parent"]).is_some())
            .and_then(|cell| split_list(cell, ',').into_iter().next()),
        stock: match (pieces, in_stock) {
            (Some(pieces), _) => Stock::Pieces(pieces.max(0)),
            (None, Some(true)) => Stock::Uncounted,
            (None, Some(false)) => Stock::Pieces(0),
            (None, None) => Stock::Silent,
        },
    }
}

/// True when today lies in the sale's days, or it has none.
fn is_on((table, row): (&Table, &Row), today: &str) -> bool {
    let day = |column| table.filled(row, &[column]).map(|d| d.chars().take(10).collect::<String>());
    let began = day("Date sale price starts").is_none_or(|d| d.as_str() <= today);
    began && day("Date sale price ends").is_none_or(|d| d.as_str() >= today)
}

/// The column's name has the unit: "Weight (kg)".
fn weight(item: &mut Item, at: (&Table, &Row)) -> Option<i64> {
    let units = [("kg", 1000.0), ("g", 1.0), ("lbs", 453.592_37), ("oz", 28.349_523)];
    let found = units
        .iter()
        .map(|(unit, factor)| (format!("Weight ({unit})"), *factor))
        .find(|(c, _)| at.0.has(c))?;
    item.scaled(at, &found.0, found.1)
}

/// The words of an HTML text.
fn plain(html: &str) -> String {
    let text = ammonia::Builder::empty().clean(html).to_string();
    let text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
