//! `mercer export --csv FILE`: all products as CSV.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::out::say;
use super::{Failure, start};
use crate::config::Env;
use crate::shop::export_csv::export_csv;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Writes all products to FILE, as CSV that `import` reads
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
}

pub async fn run(env: Env, args: Args) -> Result<(), Failure> {
    let app = start::store(env).await?;
    // Beside the target first: a failed export never leaves half a file under the name that was asked for.
    let partial = args.csv.with_extension("csv.partial");
    let file = std::fs::File::create(&partial).map_err(|e| broken(&partial, &e))?;
    let products = export_csv(&app, BufWriter::new(file)).await?;
    std::fs::rename(&partial, &args.csv).map_err(|e| broken(&args.csv, &e))?;
    say!("{products} products are in {}", args.csv.display());
    Ok(())
}

fn broken(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} can't be written: {error}; choose another place", path.display()))
}
