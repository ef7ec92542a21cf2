//! `mercer export`: the whole public shop as static files, or all products as CSV.

use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::out::say;
use super::progress::Progress;
use super::{Failure, start};
use crate::app::App;
use crate::config::Env;
use crate::config::media::{S3_FORM, S3Address};
use crate::export::{self, Report, Step};
use crate::outside::objects::{Folder, Objects};
use crate::shop::export_csv::export_csv;

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct Args {
    /// Writes the public shop as static files to a folder, or to a bucket as s3://BUCKET[/PREFIX]; again: only what
    /// changed since
    #[arg(value_name = "DIR")]
    place: Option<String>,
    /// Writes all products to FILE, as CSV that `import` reads
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

pub async fn run(env: Env, args: Args) -> Result<(), Failure> {
    let app = start::store(env).await?;
    let outcome = match (&args.csv, &args.place) {
        (Some(file), _) => write_csv(&app, file).await,
        (None, Some(place)) => write_copy(&app, place).await,
        (None, None) => Err(Failure::new("name a folder, or a file with --csv")),
    };
    app.db.close().await;
    outcome
}

async fn write_copy(app: &Arc<App>, place: &str) -> Result<(), Failure> {
    let objects = match place.starts_with("s3:") {
        true => Objects::bucket(&bucket(place)?).await?,
        false if Path::new(place).is_file() => {
            return Err(Failure(format!("{place} is a file; name a folder")));
        }
        false => Objects::Folder(Folder::new(PathBuf::from(place))),
    };
    let (pages, pictures) = (Progress::new("pages"), Progress::new("pictures"));
    let report = export::export(app, objects, |step, done, total| match step {
        Step::Pages => pages.show(done, total),
        Step::Pictures => pictures.show(done, total),
    })
    .await;
    pages.finish();
    pictures.finish();
    let report = report.map_err(|error| Failure(format!("{place}: {}", Failure::from(error))))?;
    print(place, &report);
    Ok(())
}

/// The bucket that an argument names.
pub(super) fn bucket(text: &str) -> Result<S3Address, Failure> {
    S3Address::parse(text).ok_or_else(|| Failure(format!("{text} is no bucket; write {S3_FORM}")))
}

fn print(place: &str, report: &Report) {
    if report.missing > 0 {
        say!("{} pictures are missing in the shop itself; its log names them", report.missing);
    }
    say!(
        "{place}: {} pages, {} rendered · {} files, {} written, {} removed",
        report.pages,
        report.rendered,
        report.files,
        report.written,
        report.removed
    );
}

async fn write_csv(app: &App, path: &Path) -> Result<(), Failure> {
    // Beside the target first: a failed export never leaves half a file under the name that was asked for.
    let partial = path.with_extension("csv.partial");
    let file = std::fs::File::create(&partial).map_err(|e| broken(&partial, &e))?;
    let products = export_csv(app, BufWriter::new(file)).await?;
    std::fs::rename(&partial, path).map_err(|e| broken(path, &e))?;
    say!("{products} products are in {}", path.display());
    Ok(())
}

fn broken(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} can't be written: {error}; choose another place", path.display()))
}
