//! Where a copy lies, and how its files get there: only those whose bytes differ.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::address;
use super::manifest::{self, FileEntry, Manifest};
use crate::error::{Error, Result};
use crate::outside::objects::folder::is_left_aside;
use crate::outside::objects::{Label, Objects};

/// Folders that hold nothing but pages of the copy, and those that hold what never changes under its name.
const PAGES: [&str; 3] = ["p/", "c/", "pages/"];
const IMMUTABLES: [&str; 2] = [ASSETS, "media/"];
/// In a bucket they are shared with `assets publish` and with pages of other builds, so they are never removed there.
const ASSETS: &str = "assets/";

/// The label of what never changes under its name.
pub const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The label of pages. Nothing purges the copy's from the edge, so the edge asks again soon.
pub const BRIEF: &str = "public, max-age=0, s-maxage=10";

/// A place and what is known of it.
pub struct Place {
    objects: Objects,
    /// What the last run left; what it says of files holds only if it came to its end.
    before: Manifest,
    /// Whether there was a run before, complete or not.
    is_begun: bool,
    now: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    files: BTreeMap<String, FileEntry>,
    written: usize,
}

impl Place {
    /// Errors: [`Error::Conflict`] when something else lies there.
    pub async fn open(objects: Objects) -> Result<Place> {
        let (before, is_begun) = match objects.read(manifest::FILE).await? {
            Some(bytes) => (Manifest::parse(&bytes)?, true),
            None if is_free(&objects).await? => (Manifest::default(), false),
            None => {
                return Err(Error::Conflict(format!(
                    "it is not empty, and no {} says that Mercer made what lies there; name another place",
                    manifest::FILE
                )));
            }
        };
        Ok(Place { objects, before, is_begun, now: Mutex::default() })
    }

    pub fn before(&self) -> &Manifest {
        &self.before
    }

    /// The names of a page's files. A bucket is asked for the very address: the home page is then what is called as the
    /// prefix with its slash, and where there is none, it takes a default root object.
    pub fn keys_of(&self, page: &str) -> Vec<String> {
        match &self.objects {
            Objects::Folder(_) => vec![address::file_of(page)],
            Objects::S3(s3) if page == "/" && !s3.address().prefix.is_empty() => {
                vec![address::file_of(page), String::new()]
            }
            Objects::S3(_) => vec![address::key_of(page)],
        }
    }

    /// Takes a file over as the last run left it, unless it is not there as it was left; whether it was taken.
    pub async fn keep(&self, key: &str) -> Result<bool> {
        let Some(entry) = self.before.files.get(key).filter(|_| self.before.is_complete) else {
            return Ok(false);
        };
        let is_there = match &self.objects {
            Objects::Folder(folder) => folder.size(key).await? == Some(entry.size),
            Objects::S3(_) => true,
        };
        if is_there {
            self.note(key, entry.clone(), false);
        }
        Ok(is_there)
    }

    /// Puts a file there, unless it is there already.
    pub async fn put(&self, key: &str, bytes: Bytes, label: &Label) -> Result<()> {
        let entry = FileEntry::of(&bytes);
        let is_there = match &self.objects {
            Objects::Folder(_) => self.objects.read(key).await?.is_some_and(|there| there == *bytes),
            Objects::S3(_) if self.before.is_complete => self.before.files.get(key) == Some(&entry),
            // After a run that was cut off; a fresh place holds nothing anyway.
            Objects::S3(_) => {
                self.is_begun
                    && IMMUTABLES.iter().any(|folder| key.starts_with(folder))
                    && self.objects.exists(key).await?
            }
        };
        if !is_there {
            self.objects.write(key, bytes, label).await?;
        }
        self.note(key, entry, !is_there);
        Ok(())
    }

    fn note(&self, key: &str, entry: FileEntry, is_written: bool) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.files.insert(key.to_owned(), entry);
        now.written += usize::from(is_written);
    }

    /// Says that a run is under way: whatever happens now, the next run knows that Mercer made this, and trusts nothing.
    pub async fn begin(&self) -> Result<()> {
        let under_way = Manifest { is_complete: false, ..self.before.clone() };
        self.write_manifest(&under_way).await
    }

    /// Removes what was not put there in this run; how many files.
    pub async fn remove_others(&self) -> Result<usize> {
        let now = std::mem::take(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner).files);
        let mut gone: Vec<String> = self.before.files.keys().cloned().collect();
        if !self.before.is_complete {
            // A run that was cut off may have left what no manifest names.
            gone.extend(self.list_own().await?);
        }
        let is_shared = |key: &str| matches!(self.objects, Objects::S3(_)) && key.starts_with(ASSETS);
        gone.retain(|key| !now.contains_key(key) && !is_shared(key));
        gone.sort();
        gone.dedup();
        for key in &gone {
            self.objects.remove(key).await?;
        }
        self.now.lock().unwrap_or_else(PoisonError::into_inner).files = now;
        Ok(gone.len())
    }

    /// Files that can only be from a run of this command.
    async fn list_own(&self) -> Result<Vec<String>> {
        let mut keys = self.objects.list("").await?;
        keys.retain(|key| {
            let is_aside = is_left_aside(key.rsplit('/').next().unwrap_or_default());
            is_aside || PAGES.iter().chain(&IMMUTABLES).any(|folder| key.starts_with(folder))
        });
        Ok(keys)
    }

    /// Ends the run: `manifest` gets the files that lie there now. How many there are, and how many were written.
    pub async fn finish(&self, manifest: Manifest) -> Result<(usize, usize)> {
        let now = std::mem::take(&mut *self.now.lock().unwrap_or_else(PoisonError::into_inner));
        let count = now.files.len();
        self.write_manifest(&Manifest { is_complete: true, files: now.files, ..manifest }).await?;
        Ok((count, now.written))
    }

    async fn write_manifest(&self, manifest: &Manifest) -> Result<()> {
        let label = Label { content_type: "application/json".to_owned(), cache_control: "no-store" };
        self.objects.write(manifest::FILE, manifest.to_bytes()?.into(), &label).await
    }
}

async fn is_free(objects: &Objects) -> Result<bool> {
    let keys = objects.list("").await?;
    let is_bucket = matches!(objects, Objects::S3(_));
    Ok(keys.iter().all(|key| is_bucket && key.starts_with(ASSETS)))
}
