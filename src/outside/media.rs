//! The media folder: originals and the sizes made from them, a folder per picture. A file, once there, never changes.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};

/// Where pictures lie, and whose turn it is to make one.
#[derive(Clone)]
pub struct Media {
    folder: PathBuf,
    /// Making a picture takes a core and up to 128 MiB: one core is left for pages, whatever is asked for at once.
    turns: Arc<Semaphore>,
    flights: Arc<Mutex<Flights>>,
}

type Flights = HashMap<String, Weak<tokio::sync::Mutex<()>>>;

impl Media {
    pub fn new(folder: PathBuf) -> Media {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let turns = cores.saturating_sub(1).max(1);
        Media { folder, turns: Arc::new(Semaphore::new(turns)), flights: Arc::default() }
    }

    /// The file `name` of the picture `hash`; none if it does not exist. Both come from the program, never from a
    /// client as they are.
    pub async fn read(&self, hash: &str, name: &str) -> Result<Option<Vec<u8>>> {
        match tokio::fs::read(self.path(hash, name)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::internal(error)),
        }
    }

    pub async fn exists(&self, hash: &str, name: &str) -> Result<bool> {
        tokio::fs::try_exists(self.path(hash, name)).await.map_err(Error::internal)
    }

    /// Writes a file unless it is there, on disk before this returns; what is there afterwards. Another process may
    /// have been faster: then its bytes are the ones that were already served, so they win.
    pub async fn write_new(&self, hash: &str, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
        let path = self.path(hash, name);
        let work = tokio::task::spawn_blocking(move || write_new(&path, bytes));
        work.await.map_err(Error::internal)?.map_err(Error::internal)
    }

    /// Waits for a core. Hold it while a picture is decoded, drawn or encoded.
    pub async fn turn(&self) -> Result<OwnedSemaphorePermit> {
        self.turns.clone().acquire_owned().await.map_err(Error::internal)
    }

    /// Waits until nobody else in this process makes the file `key`.
    pub async fn alone(&self, key: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
            flights.retain(|_, lock| lock.strong_count() > 0);
            match flights.get(key).and_then(Weak::upgrade) {
                Some(lock) => lock,
                None => {
                    let lock = Arc::new(tokio::sync::Mutex::new(()));
                    flights.insert(key.to_owned(), Arc::downgrade(&lock));
                    lock
                }
            }
        };
        lock.lock_owned().await
    }

    fn path(&self, hash: &str, name: &str) -> PathBuf {
        self.folder.join(hash).join(name)
    }
}

/// A half-written file must never be seen, and a file that is there never replaced: so it is written aside, then
/// linked to its name, which fails if the name exists.
fn write_new(path: &Path, bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let folder = path.parent().ok_or_else(|| io::Error::other("a media file lies in a folder"))?;
    fs::create_dir_all(folder)?;
    let aside =
        folder.join(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let linked = write_aside(&aside, &bytes).and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    match linked {
        Ok(()) => removed.map(|()| bytes),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read(path),
        Err(error) => Err(error),
    }
}

fn write_aside(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_bytes_stay() {
        let dir = tempfile::tempdir().unwrap();
        let media = Media::new(dir.path().join("media"));
        assert_eq!(media.read("ab", "w160.webp").await.unwrap(), None);
        assert_eq!(media.write_new("ab", "w160.webp", b"one".to_vec()).await.unwrap(), b"one");
        assert_eq!(media.write_new("ab", "w160.webp", b"two".to_vec()).await.unwrap(), b"one");
        assert_eq!(media.read("ab", "w160.webp").await.unwrap().unwrap(), b"one");
        assert!(media.exists("ab", "w160.webp").await.unwrap());
        let left: Vec<_> = fs::read_dir(dir.path().join("media/ab")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left aside");
    }

    #[tokio::test]
    async fn one_at_a_time_per_key() {
        let media = Media::new(PathBuf::from("/nowhere"));
        let first = media.alone("a").await;
        let other = media.alone("b").await;
        let waiting = tokio::spawn({
            let media = media.clone();
            async move { drop(media.alone("a").await) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        waiting.await.unwrap();
        drop(other);
        drop(media.alone("c").await);
        assert_eq!(media.flights.lock().unwrap().len(), 1, "finished flights are forgotten");
    }
}
