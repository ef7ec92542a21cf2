//! The pictures that a file names: by their hash in this store, as a file in the given folder, or by URL.

use std::collections::HashMap;
use std::path::{Component, Path};

use super::Options;
use crate::app::App;
use crate::db::media;
use crate::error::{Error, Result};
use crate::shop::media::store_file;
use crate::shop::media::upload::BYTES_MAX;

/// How pictures of this store are named.
pub const STORED: &str = "media:";

/// A media id, `None` for what is not to be had now, or the reason why it can't be had.
type Found = std::result::Result<Option<String>, String>;

/// Finds pictures, each once.
pub struct Pictures<'a> {
    app: &'a App,
    options: &'a Options,
    /// What came of each source, failures too: a host that does not answer is waited for once.
    known: HashMap<String, Found>,
}

impl<'a> Pictures<'a> {
    pub fn new(app: &'a App, options: &'a Options) -> Pictures<'a> {
        Pictures { app, options, known: HashMap::new() }
    }

    /// The media id of the picture, `None` where the options say that it is not to be had: URLs without
    /// `--fetch-images`. Else the reason why it can't be had. On a dry run files are looked at but not stored.
    pub async fn find(&mut self, source: &str) -> Result<Result<Option<String>, String>> {
        if let Some(known) = self.known.get(source) {
            return Ok(known.clone());
        }
        let found = if let Some(hash) = source.strip_prefix(STORED) {
            let row = media::find_media_by_hash(&mut self.app.db.read().await?, hash).await?;
            row.map(|m| Some(m.id)).ok_or_else(|| "this store has no such picture".to_owned())
        } else if source.starts_with("https://") || source.starts_with("http://") {
            self.find_url(source).await?
        } else {
            self.find_file(source).await?
        };
        self.known.insert(source.to_owned(), found.clone());
        Ok(found)
    }

    async fn find_url(&self, url: &str) -> Result<Result<Option<String>, String>> {
        // A picture that was put into the folder beforehand needs no fetching.
        if self.options.images.is_some() {
            let name =
                url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
            if let Ok(found) = self.find_file(name).await? {
                return Ok(Ok(found));
            }
        }
        if !self.options.fetch_images || self.options.dry_run {
            return Ok(Ok(None));
        }
        match self.options.fetcher.fetch(url, BYTES_MAX).await {
            Ok(bytes) => self.store(bytes).await,
            Err(reason) => Ok(Err(reason)),
        }
    }

    async fn find_file(&self, name: &str) -> Result<Result<Option<String>, String>> {
        let Some(folder) = &self.options.images else {
            return Ok(Err("is a file's name; say where it lies with --images DIR".to_owned()));
        };
        // Nothing outside of the folder, whatever a file says.
        let inside =
            !name.is_empty() && Path::new(name).components().all(|c| matches!(c, Component::Normal(_)));
        if !inside {
            return Ok(Err("is not a file's name".to_owned()));
        }
        match tokio::fs::read(folder.join(name)).await {
            Ok(bytes) => self.store(bytes).await,
            Err(error) => Ok(Err(format!("can't be read from {}: {error}", folder.display()))),
        }
    }

    async fn store(&self, bytes: Vec<u8>) -> Result<Result<Option<String>, String>> {
        if self.options.dry_run {
            return Ok(Ok(None));
        }
        match store_file(self.app, bytes).await {
            Ok(id) => Ok(Ok(Some(id))),
            Err(Error::Invalid(errors)) => Ok(Err(match errors.get("picture") {
                Some("picture.too_large") => "is too large (8 MiB or 24 megapixels at most)".to_owned(),
                _ => "is not a sound JPEG, PNG or WebP".to_owned(),
            })),
            Err(error) => Err(error),
        }
    }
}
