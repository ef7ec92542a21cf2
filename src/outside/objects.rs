//! Where files lie that outlive a process: a folder of this machine.
//!
//! A file's name is a key of parts between slashes, without one before it; it comes from the program, never from a
//! client as it is.

pub mod folder;

use bytes::Bytes;

use crate::error::Result;

pub use folder::Folder;

/// See the module.
#[derive(Clone)]
pub enum Objects {
    Folder(Folder),
}

/// How a file is labelled where it is served from its place; a folder keeps no labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub content_type: String,
    pub cache_control: &'static str,
}

impl Objects {
    /// The file's bytes; none if there is no such file.
    pub async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        match self {
            Objects::Folder(folder) => folder.read(key).await,
        }
    }

    pub async fn exists(&self, key: &str) -> Result<bool> {
        match self {
            Objects::Folder(folder) => Ok(folder.size(key).await?.is_some()),
        }
    }

    /// Writes a file unless it is there, on disk before this returns; what is there afterwards. Another process may
    /// have been faster: then its bytes are the ones that were already served, so they win.
    pub async fn write_new(&self, key: &str, bytes: Bytes, _label: &Label) -> Result<Vec<u8>> {
        match self {
            Objects::Folder(folder) => folder.write_new(key, bytes).await,
        }
    }

    /// Puts a file in the place of what was there; nobody ever sees half of it.
    pub async fn write(&self, key: &str, bytes: Bytes, _label: &Label) -> Result<()> {
        match self {
            Objects::Folder(folder) => folder.write(key, bytes).await,
        }
    }

    /// Removes the file, if it is there.
    pub async fn remove(&self, key: &str) -> Result<()> {
        match self {
            Objects::Folder(folder) => folder.remove(key).await,
        }
    }

    /// The keys of all files whose key begins with `prefix`, in no order.
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        match self {
            Objects::Folder(folder) => folder.list(prefix).await,
        }
    }
}
