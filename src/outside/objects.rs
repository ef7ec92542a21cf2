//! Where files lie that outlive a process: a folder of this machine, or a bucket that all machines share.
//!
//! A file's name is a key of parts between slashes, without one before it; it comes from the program, never from a
//! client as it is.

pub mod folder;
mod s3;

use std::sync::Arc;

use bytes::Bytes;

use crate::config::MediaConfig;
use crate::config::media::S3Address;
use crate::error::{Error, Result};

pub use folder::Folder;
pub use s3::S3;

/// See the module.
#[derive(Clone)]
pub enum Objects {
    Folder(Folder),
    S3(Arc<S3>),
}

/// How a file is labelled where it is served from its place; a folder keeps no labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub content_type: String,
    pub cache_control: &'static str,
}

/// The files by which a place is tried.
const PROBE: &str = ".mercer-check";
const NO_FILE: &str = ".mercer-no-such-file";

impl Objects {
    /// The bucket at `address`.
    pub async fn bucket(address: &S3Address) -> Result<Objects> {
        Ok(Objects::S3(Arc::new(S3::new(address).await?)))
    }

    /// Where the configuration keeps pictures.
    pub async fn of_media(config: &MediaConfig) -> Result<Objects> {
        match config {
            MediaConfig::Folder(folder) => Ok(Objects::Folder(Folder::new(folder.clone()))),
            MediaConfig::S3(address) => Objects::bucket(address).await,
        }
    }

    /// Whether the place can be written and read, and says of what is missing that it is.
    pub async fn check(&self) -> Result<()> {
        let label = Label { content_type: "text/plain".to_owned(), cache_control: "no-store" };
        self.write(PROBE, Bytes::from_static(b"ok"), &label).await?;
        let read = self.read(PROBE).await?;
        if read.as_deref() != Some(b"ok") || self.exists(NO_FILE).await? {
            return Err(Error::Unavailable("what was written is not what is read".into()));
        }
        Ok(())
    }

    /// The file's bytes; none if there is no such file.
    pub async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Objects::Folder(folder) => folder.read(key).await,
            Objects::S3(s3) => s3.read(key).await,
        }
    }

    pub async fn exists(&self, key: &str) -> Result<bool> {
        match self {
            Objects::Folder(folder) => Ok(folder.size(key).await?.is_some()),
            Objects::S3(s3) => s3.exists(key).await,
        }
    }

    /// Writes a file unless it is there, on disk before this returns; what is there afterwards. Another process may
    /// have been faster: then its bytes are the ones that were already served, so they win.
    pub async fn write_new(&self, key: &str, bytes: Bytes, label: &Label) -> Result<Vec<u8>> {
        match self {
            Objects::Folder(folder) => folder.write_new(key, bytes).await,
            Objects::S3(s3) => s3.write_new(key, bytes, label).await,
        }
    }

    /// Puts a file in the place of what was there; nobody ever sees half of it.
    pub async fn write(&self, key: &str, bytes: Bytes, label: &Label) -> Result<()> {
        match self {
            Objects::Folder(folder) => folder.write(key, bytes).await,
            Objects::S3(s3) => s3.write(key, bytes, label).await,
        }
    }

    /// Removes the file, if it is there.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match self {
            Objects::Folder(folder) => folder.remove(key).await,
            Objects::S3(s3) => s3.remove(key).await,
        }
    }

    /// The keys of all files whose key begins with `prefix`, in no order.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        match self {
            Objects::Folder(folder) => folder.list(prefix).await,
            Objects::S3(s3) => s3.list(prefix).await,
        }
    }
}
