//! How many requests are worked on at once. What comes beyond waits a moment and is then told to come back: a store that
//! takes on more than it can do answers nobody in time.
//!
//! Orders and what payment providers say have places of their own, so that people who look around keep nobody from
//! buying; the questions of load balancers need none.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Error;

/// A longer queue would only be answered after its clients have given up.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// For so long after somebody waited in vain nobody else is let wait: to wait and be refused costs more than to be refused.
const CROWDED_MS: u64 = 1_000;
/// Places for orders and payments: one for this many others.
const RESERVED_SHARE: usize = 4;

/// The places; all of a process share them.
pub struct Room {
    open: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
    began: Instant,
    /// When somebody waited in vain, in milliseconds since `began`; 0: never.
    in_vain_ms: AtomicU64,
}

impl Room {
    /// With places for `requests` at once, and a quarter more for orders and payments.
    pub fn new(requests: NonZeroUsize) -> Room {
        let requests = requests.get().min(Semaphore::MAX_PERMITS);
        Room {
            open: Arc::new(Semaphore::new(requests)),
            reserved: Arc::new(Semaphore::new(requests.div_ceil(RESERVED_SHARE))),
            began: Instant::now(),
            in_vain_ms: AtomicU64::new(0),
        }
    }

    /// A place for a request of `path`, kept until it is dropped; `None` where none is needed. It waits at most 100 ms.
    ///
    /// Errors: [`Error::Unavailable`] if there is none.
    pub async fn place(&self, path: &str) -> Result<Option<OwnedSemaphorePermit>, Error> {
        if needs_none(path) {
            return Ok(None);
        }
        if let Ok(place) = self.open.clone().try_acquire_owned() {
            return Ok(Some(place));
        }
        let queue = if is_money(path) { &self.reserved } else { &self.open };
        let is_hopeless = self.is_crowded_for(path);
        if !is_hopeless
            && let Ok(Ok(place)) = tokio::time::timeout(WAIT_MAX, queue.clone().acquire_owned()).await
        {
            return Ok(Some(place));
        }
        if !is_hopeless && !is_money(path) {
            self.note_in_vain();
        }
        count_refusal();
        Err(Error::Unavailable("too many requests are under way".into()))
    }

    /// Whether a request of `path` would be refused at once: there is no place, and others waited for one in vain.
    pub fn is_crowded_for(&self, path: &str) -> bool {
        if self.open.available_permits() > 0 || is_money(path) || needs_none(path) {
            return false;
        }
        let in_vain_ms = self.in_vain_ms.load(Ordering::Relaxed);
        in_vain_ms > 0 && self.now_ms() < in_vain_ms + CROWDED_MS
    }

    /// Says so once for as long as it lasts: those who are refused at the door leave no line in the log.
    fn note_in_vain(&self) {
        let now_ms = self.now_ms();
        let before_ms = self.in_vain_ms.swap(now_ms, Ordering::Relaxed);
        if before_ms == 0 || now_ms > before_ms + CROWDED_MS {
            tracing::warn!("more requests than can be worked on: what finds no place gets 503");
        }
    }

    fn now_ms(&self) -> u64 {
        1 + self.began.elapsed().as_millis() as u64
    }
}

/// Notes that a request found no room.
pub fn count_refusal() {
    metrics::counter!("http_requests_shed_total").increment(1);
}

/// What load balancers and monitors ask.
fn needs_none(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}

/// Whether an order or a payment depends on the request.
fn is_money(path: &str) -> bool {
    path.starts_with("/webhooks/")
        || matches!(path, "/checkout" | "/api/v1/checkout" | "/api/v1/orders")
        || path.starts_with("/orders/")
        || path.starts_with("/api/v1/orders/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUYING: [&str; 3] = ["/checkout", "/webhooks/stripe", "/api/v1/orders"];

    #[tokio::test]
    async fn who_looks_around_leaves_room_for_who_buys() {
        let room = Room::new(NonZeroUsize::new(2).unwrap());
        let looking = (room.place("/a").await.unwrap(), room.place("/b").await.unwrap());
        assert!(room.place("/").await.is_err());
        for path in BUYING {
            assert!(room.place(path).await.unwrap().is_some(), "{path}");
        }
        assert!(room.place("/readyz").await.unwrap().is_none());
        drop(looking);
        assert!(room.place("/").await.unwrap().is_some(), "the places are free again");
    }

    #[tokio::test]
    async fn nobody_waits_behind_who_waited_in_vain() {
        let mut room = Room::new(NonZeroUsize::new(1).unwrap());
        let place = room.place("/a").await.unwrap();
        assert!(!room.is_crowded_for("/"), "the first is let wait");
        assert!(room.place("/").await.is_err());
        assert!(room.is_crowded_for("/"));
        for path in BUYING.into_iter().chain(["/readyz"]) {
            assert!(!room.is_crowded_for(path), "{path}");
        }
        drop(place);
        assert!(!room.is_crowded_for("/"), "there is a place");
        let _place = room.place("/a").await.unwrap();
        assert!(room.is_crowded_for("/"));
        room.began -= Duration::from_millis(CROWDED_MS);
        assert!(!room.is_crowded_for("/"), "it was long ago");
    }
}
