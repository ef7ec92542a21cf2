//! `mercer import`: products from a CSV file.

use std::path::{Path, PathBuf};

use super::out::say;
use super::progress::Progress;
use super::{Failure, start};
use crate::config::Env;
use crate::config::media::S3Address;
use crate::outside::fetch::Fetcher;
use crate::outside::objects::Objects;
use crate::shop::import::{Options, Report, import};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// CSV in Mercer's, Shopify's or WooCommerce's dialect; in a bucket: s3://BUCKET/FILE
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
    let bytes = read(&args.file).await?;
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

/// The file's bytes, from the disk or, for processes that have no files of their operator's, from a bucket.
async fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    match file.to_str().filter(|text| text.starts_with("s3:")) {
        Some(text) => read_from_bucket(text).await,
        None => tokio::fs::read(file).await.map_err(|e| {
            Failure::new(format!("{} can't be read: {e}; check the file's name", file.display()))
        }),
    }
}

async fn read_from_bucket(text: &str) -> Result<Vec<u8>, Failure> {
    let form = || Failure(format!("{text} names no file in a bucket; write s3://BUCKET/FILE"));
    let S3Address { bucket, prefix: key } = S3Address::parse(text).ok_or_else(form)?;
    if key.is_empty() {
        return Err(form());
    }
    let objects = Objects::bucket(&S3Address { bucket, prefix: String::new() }).await?;
    let found = objects.read(&key).await.map_err(|e| Failure(format!("{text}: {}", Failure::from(e))))?;
    found.ok_or_else(|| Failure(format!("{text} is not there; check the file's name")))
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
