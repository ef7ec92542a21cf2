//! Products from CSV files: Mercer's own dialect, Shopify's and WooCommerce's, told apart by their headers.
//!
//! A file is read whole into items (`item`), each product is then laid over what is stored (`overlay`) and written in
//! a transaction of its own, all or nothing. What a file does not mention stays as it is, so importing an export
//! changes nothing. A product is known by its handle, else by its SKUs.

pub mod cells;
mod item;
pub mod mercer;
mod overlay;
mod pictures;
mod shopify;
mod table;
mod woocommerce;
mod write;

use std::collections::HashMap;
use std::path::PathBuf;

use item::Item;
use table::Table;

use crate::app::App;
use crate::db::statistics::refresh_statistics;
use crate::domain::money::Currency;
use crate::error::{Error, Result};
use crate::outside::fetch::Fetcher;

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Says what would happen and changes nothing.
    pub dry_run: bool,
    /// Where the pictures that the file names lie.
    pub images: Option<PathBuf>,
    /// Pictures that the file names by URL are fetched, from public addresses only.
    pub fetch_images: bool,
    /// How they are fetched.
    pub fetcher: Fetcher,
}

/// A mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadRow {
    /// The header is line 1.
    pub line: u64,
    /// The column, or "row".
    pub field: String,
    pub reason: String,
}

/// What an import did, or on a dry run would do. Counts are products.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub created: usize,
    pub updated: usize,
    /// The store held exactly this already.
    pub skipped: usize,
    /// By line.
    pub bad: Vec<BadRow>,
}

/// Why a file can't be imported at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Stop(pub String);

impl Stop {
    fn new(text: impl Into<String>) -> Stop {
        Stop(text.into())
    }
}

/// Imports the file's bytes. `progress` is told how many of all products are done. A file that is no product CSV is
/// [`Error::Conflict`] with the reason.
pub async fn import(
    app: &App,
    bytes: &[u8],
    options: &Options,
    mut progress: impl FnMut(usize, usize),
) -> Result<Report> {
    let table = Table::read(bytes).map_err(|stop| Error::Conflict(stop.0))?;
    let mut items = read_items(app, &table)?;
    refuse_repeats(&mut items);
    let mut report = Report { bad: table.bad.clone(), ..Report::default() };
    mark_damaged(&table, &mut items);
    let mut writer = write::Writer::new(app, options).await?;
    let total = items.len();
    for (done, item) in items.iter_mut().enumerate() {
        progress(done, total);
        writer.write(item, &mut report).await?;
    }
    writer.write_related(&mut items, &mut report).await?;
    if !options.dry_run && report.created > 0 {
        let mut tx = app.db.write().await?;
        refresh_statistics(&mut tx).await?;
        tx.commit().await?;
    }
    progress(total, total);
    report.bad.sort();
    report.bad.dedup();
    Ok(report)
}

fn read_items(app: &App, table: &Table) -> Result<Vec<Item>> {
    let code = app.settings().currency.clone();
    let currency = Currency::parse(&code)
        .ok_or_else(|| Error::Conflict(format!("the shop's currency {code:?} is unknown")))?;
    if shopify::fits(table) {
        return Ok(shopify::read(table, &currency));
    }
    if woocommerce::fits(table) {
        let now =
            time::OffsetDateTime::from_unix_timestamp(app.clock.now_ms() / 1000).map_err(Error::internal)?;
        return Ok(woocommerce::read(table, &currency, &now.date().to_string()));
    }
    if table.has("handle") {
        return mercer::read(table, &currency).map_err(|stop| Error::Conflict(stop.0));
    }
    let shown = table.header.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
    Err(Error::Conflict(format!(
        "line 1 ({shown} …) is the header of no known dialect: Mercer's has handle, Shopify's Handle and Variant Price, WooCommerce's Type, Name and Regular price"
    )))
}

/// The same handle in two places, or the same SKU in two products, is a mistake of the later one.
fn refuse_repeats(items: &mut [Item]) {
    let mut handles: HashMap<String, u64> = HashMap::new();
    let mut skus: HashMap<String, (usize, u64)> = HashMap::new();
    for (position, item) in items.iter_mut().enumerate() {
        let (line, handle) = (item.line, item.handle.clone());
        let first = *handles.entry(handle.clone()).or_insert(line);
        if first != line && !handle.is_empty() {
            item.bad(
                line,
                "handle",
                format!("{handle:?} stands in line {first} already; its rows must follow each other"),
            );
        }
        let named: Vec<(u64, String)> = item.variants.iter().map(|v| (v.line, v.sku.clone())).collect();
        for (line, sku) in named.into_iter().filter(|(_, sku)| !sku.is_empty()) {
            let (owner, first) = *skus.entry(sku.clone()).or_insert((position, line));
            if owner != position {
                item.bad(line, "sku", format!("{sku:?} belongs to another product, in line {first}"));
            }
        }
    }
}

/// A row that could not be read spoils the product whose rows it stands among.
fn mark_damaged(table: &Table, items: &mut [Item]) {
    for bad in &table.bad {
        let before = items.iter_mut().filter(|item| item.line < bad.line).max_by_key(|item| item.line);
        if let Some(item) = before {
            item.bad.push(bad.clone());
        }
    }
}
