//! Media: originals and the sizes made from them, a folder per picture. A file, once there, never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::objects::{Label, Objects};
use crate::error::{Error, Result};

/// A picture never changes under its name.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Where pictures lie, and whose turn it is to make one.
#[derive(Clone)]
pub struct Media {
    objects: Objects,
    /// Making a picture takes a core and up to 128 MiB: one core is left for pages, whatever is asked for at once.
    turns: Arc<Semaphore>,
    flights: Arc<Mutex<Flights>>,
}

type Flights = HashMap<String, Weak<tokio::sync::Mutex<()>>>;

impl Media {
    pub fn new(objects: Objects) -> Media {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let turns = cores.saturating_sub(1).max(1);
        Media { objects, turns: Arc::new(Semaphore::new(turns)), flights: Arc::default() }
    }

    /// The file `name` of the picture `hash`; none if it does not exist. Both come from the program, never from a
    /// client as they are.
    pub async fn read(&self, hash: &str, name: &str) -> Result<Option<Vec<u8>>> {
        self.objects.read(&key(hash, name)).await
    }

    pub async fn exists(&self, hash: &str, name: &str) -> Result<bool> {
        self.objects.exists(&key(hash, name)).await
    }

    /// Writes a file unless it is there; what is there afterwards, see [`Objects::write_new`].
    pub async fn write_new(&self, hash: &str, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
        self.objects.write_new(&key(hash, name), bytes.into(), &label(name)).await
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
}

fn key(hash: &str, name: &str) -> String {
    format!("{hash}/{name}")
}

fn label(name: &str) -> Label {
    let content_type = match name.rsplit_once('.').map(|(_, ext)| ext) {
        Some("webp") => "image/webp",
        Some("jpg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    Label { content_type: content_type.to_owned(), cache_control: IMMUTABLE }
}

#[cfg(test)]
mod tests {
    use super::super::objects::Folder;
    use super::*;

    fn media_in(path: &std::path::Path) -> Media {
        Media::new(Objects::Folder(Folder::new(path.to_owned())))
    }

    #[tokio::test]
    async fn the_first_bytes_stay() {
        let dir = tempfile::tempdir().unwrap();
        let media = media_in(&dir.path().join("media"));
        assert_eq!(media.read("ab", "w160.webp").await.unwrap(), None);
        assert_eq!(media.write_new("ab", "w160.webp", b"one".to_vec()).await.unwrap(), b"one");
        assert_eq!(media.write_new("ab", "w160.webp", b"two".to_vec()).await.unwrap(), b"one");
        assert_eq!(media.read("ab", "w160.webp").await.unwrap().unwrap(), b"one");
        assert!(media.exists("ab", "w160.webp").await.unwrap());
        let left: Vec<_> = std::fs::read_dir(dir.path().join("media/ab")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing is left aside");
    }

    #[tokio::test]
    async fn one_at_a_time_per_key() {
        let media = media_in("/nowhere".as_ref());
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
