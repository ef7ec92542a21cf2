//! `mercer import`: products from a CSV file.

use std::path::PathBuf;

use super::out::say;
use super::progress::Progress;
use super::{Failure, start};
use crate::config::Env;
use crate::outside::fetch::Fetcher;
use crate::shop::import::{Options, Report, import};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV in Mercer's, Shopify's or WooCommerce's dialect
    file: PathBuf,
    /// Says what would happen and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// The folder of the pictures that the file names
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,
    /// Fetches pictures named by URL, from public addresses only
    #[arg(long)]
    fetch_images: bool,
}

pub async fn run(env: Env, args: Args) -> Result<(), Failure> {
    let bytes = tokio::fs::read(&args.file).await.map_err(|e| {
        Failure::new(format!("{} can't be read: {e}; check the file's name", args.file.display()))
    })?;
    if let Some(folder) = args.images.as_deref().filter(|folder| !folder.is_dir()) {
        return Err(Failure::new(format!("--images {} is not a folder", folder.display())));
    }
    let app = start::store(env).await?;
    let options = Options {
        dry_run: args.dry_run,
        images: args.images,
        fetch_images: args.fetch_images,
        fetcher: Fetcher::default(),
    };
    let progress = Progress::new("products");
    let report = import(&app, &bytes, &options, |done, total| progress.show(done, total)).await;
    progress.finish();
    let report =
        report.map_err(|e| Failure::new(format!("{}: {}", args.file.display(), Failure::from(e))))?;
    print(&report, options.dry_run);
    match report.bad.len() {
        0 => Ok(()),
        1 => Err(Failure::new(
            "one mistake: the product it stands in was not imported; correct it and import the file again",
        )),
        count => Err(Failure::new(format!(
            "{count} mistakes: the products they stand in were not imported; correct them and import the file again"
        ))),
    }
}

fn print(report: &Report, dry_run: bool) {
    for bad in &report.bad {
        say!("line {}: {}: {}", bad.line, bad.field, bad.reason);
    }
    let would = if dry_run { "would be " } else { "" };
    say!(
        "{would}created {} · {would}updated {} · {would}skipped {}",
        report.created,
        report.updated,
        report.skipped
    );
}
