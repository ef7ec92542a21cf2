//! `mercer assets publish`: this build's styles, scripts and icons in a bucket, from where an edge may serve them.

use super::Failure;
use super::export::bucket;
use super::out::say;
use super::progress::Progress;
use crate::export::place::IMMUTABLE;
use crate::outside::objects::{Label, Objects};
use crate::web::assets;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Uploads them to s3://BUCKET[/PREFIX] as assets/NAME; what is there stays
    Publish {
        #[arg(value_name = "s3://BUCKET[/PREFIX]")]
        place: String,
    },
}

/// Needs no shop: the files are the binary's own. They go as they are, since CloudFront compresses.
pub async fn run(command: Command) -> Result<(), Failure> {
    let Command::Publish { place } = command;
    let objects = Objects::bucket(&bucket(&place)?).await?;
    let files: Vec<_> = assets::list_files().collect();
    let progress = Progress::new("assets");
    let mut uploaded = 0;
    for (done, (file, body)) in files.iter().enumerate() {
        progress.show(done, files.len());
        let key = format!("assets/{file}");
        if !objects.exists(&key).await? {
            let content_type = assets::content_type_of(file).to_owned();
            let label = Label { content_type, cache_control: IMMUTABLE };
            objects.write(&key, bytes::Bytes::from_static(body), &label).await?;
            uploaded += 1;
        }
    }
    progress.finish();
    say!("{place}: {} assets, {uploaded} uploaded", files.len());
    Ok(())
}
