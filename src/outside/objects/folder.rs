//! Files in a folder of this machine.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::error::{Error, Result};

/// See the module.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The folder need not exist: it is made with its first file.
    pub fn new(root: PathBuf) -> Folder {
        Folder { root }
    }

    pub fn path(&self, key: &str) -> PathBuf {
        self.root.join(key)
    }

    pub(super) async fn read(&self, key: &str) -> Result<Option<Vec<u8>>> {
        if_there(tokio::fs::read(self.path(key)).await)
    }

    /// Bytes; none if there is no such file.
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        let found = if_there(tokio::fs::metadata(self.path(key)).await)?;
        Ok(found.filter(fs::Metadata::is_file).map(|found| found.len()))
    }

    pub(super) async fn write_new(&self, key: &str, bytes: Bytes) -> Result<Vec<u8>> {
        let path = self.path(key);
        on_blocking_thread(move || write_new(&path, &bytes)).await
    }

    pub(super) async fn write(&self, key: &str, bytes: Bytes) -> Result<()> {
        let path = self.path(key);
        on_blocking_thread(move || write(&path, &bytes)).await
    }

    /// Removes the file, and the folders that it leaves empty.
    pub(super) async fn remove(&self, key: &str) -> Result<()> {
        let (root, path) = (self.root.clone(), self.path(key));
        on_blocking_thread(move || {
            match fs::remove_file(&path) {
                Err(error) if !is_absent(&error) => return Err(error),
                _ => {}
            }
            for folder in path.ancestors().skip(1).take_while(|folder| **folder != *root) {
                // One that is not empty stays, and so do those above it.
                if fs::remove_dir(folder).is_err() {
                    break;
                }
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let (root, prefix) = (self.root.clone(), prefix.to_owned());
        on_blocking_thread(move || {
            let mut keys = Vec::new();
            collect(&root, &root, &mut keys)?;
            keys.retain(|key| key.starts_with(&prefix));
            Ok(keys)
        })
        .await
    }
}

async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?.map_err(Error::internal)
}

/// A file that is not there is an absence; everything else that goes wrong is an error.
fn if_there<T>(found: io::Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::internal(error)),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// A half-written file must never be seen, and a file that is there never replaced: so it is written aside, then
/// linked to its name, which fails if the name exists.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let aside = aside(path)?;
    let linked = write_aside(&aside, bytes).and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    match linked {
        Ok(()) => removed.map(|()| bytes.to_vec()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::read(path),
        Err(error) => Err(error),
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = aside(path)?;
    let written = write_aside(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        drop(fs::remove_file(&aside));
    }
    written
}

/// Whether a file of this name was written aside by a process that did not come to its end.
pub fn is_left_aside(name: &str) -> bool {
    let middle = name.strip_prefix('.').and_then(|rest| rest.strip_suffix(".part"));
    middle.is_some_and(|middle| middle.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}

/// A name beside `path` that nobody else uses; its folder is made.
fn aside(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().ok_or_else(|| io::Error::other("a file lies in a folder"))?;
    fs::create_dir_all(folder)?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    Ok(folder.join(format!(".{}-{count}.part", std::process::id())))
}

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// The keys of the files below `folder`; what has a name that is no text is none of ours.
fn collect(root: &Path, folder: &Path, keys: &mut Vec<String>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if is_absent(&error) => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            collect(root, &entry.path(), keys)?;
        } else if let Some(key) = entry.path().strip_prefix(root).ok().and_then(Path::to_str) {
            keys.push(key.to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(mut keys: Vec<String>) -> Vec<String> {
        keys.sort();
        keys
    }

    #[tokio::test]
    async fn files_come_and_go_with_their_folders() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path().join("copy"));
        assert_eq!(folder.read("p/a/index.html").await.unwrap(), None);
        assert!(folder.list("").await.unwrap().is_empty(), "what is not there holds nothing");
        for key in ["p/a/index.html", "p/b/index.html", "index.html"] {
            folder.write(key, Bytes::from_static(b"one")).await.unwrap();
        }
        folder.write("index.html", Bytes::from_static(b"two!")).await.unwrap();
        assert_eq!(folder.read("index.html").await.unwrap().unwrap(), b"two!");
        assert_eq!(folder.size("index.html").await.unwrap(), Some(4));
        assert_eq!(folder.size("p/a").await.unwrap(), None, "a folder is no file");
        assert_eq!(folder.read("index.html/x").await.unwrap(), None);
        assert_eq!(sorted(folder.list("p/").await.unwrap()), ["p/a/index.html", "p/b/index.html"]);
        folder.remove("p/a/index.html").await.unwrap();
        folder.remove("p/none/index.html").await.unwrap();
        assert!(!dir.path().join("copy/p/a").exists() && dir.path().join("copy/p/b").exists());
        assert_eq!(sorted(folder.list("").await.unwrap()), ["index.html", "p/b/index.html"]);
    }
}
