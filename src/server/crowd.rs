//! How many connections are open. Beyond the limit, those that rest are asked to go; where none does, who comes is told
//! to come back, since a process without file descriptors can't even do that.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

/// File descriptors that are not for visitors: databases, files, logs, and who waits for a place.
const DESCRIPTORS_KEPT: usize = 192;
/// More would only be memory: an edge cache in front needs a fraction.
const CONNECTIONS_DEFAULT_MAX: usize = 10_000;
/// Where the limit of file descriptors is not known or very low.
const CONNECTIONS_DEFAULT_MIN: usize = 64;
/// Connections that wait for a place; what comes beyond is closed without a word.
const WAITING_MAX: usize = 64;
/// How long a connection waits for one.
const WAIT_MAX: Duration = Duration::from_millis(200);
/// A connection that rested for this long must make room.
const REST_MAX: Duration = Duration::from_secs(2);
/// Between two requests to make room.
const ASK_EVERY: Duration = Duration::from_millis(500);
/// How long a refused client may take to read why.
pub const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The places of all acceptors.
pub struct Crowd {
    places: Arc<Semaphore>,
    waiting: Semaphore,
    make_room: Notify,
    asked: Mutex<Option<Instant>>,
}

/// A connection's place; free again when dropped.
pub type Place = OwnedSemaphorePermit;

/// What becomes of a connection that has come.
pub enum Admission<'a> {
    Place(Place),
    /// It is to be told that there is none, within [`REFUSAL_TIMEOUT`].
    Refused(SemaphorePermit<'a>),
    /// It is closed without a word: too many are being told already.
    Dropped,
}

impl Crowd {
    /// Room for `max` connections; without a number, for what the limit of file descriptors leaves.
    pub fn new(max: Option<NonZeroUsize>) -> Arc<Crowd> {
        let max = max.map_or_else(default_max, NonZeroUsize::get).min(Semaphore::MAX_PERMITS);
        Arc::new(Crowd {
            places: Arc::new(Semaphore::new(max)),
            waiting: Semaphore::new(WAITING_MAX),
            make_room: Notify::new(),
            asked: Mutex::new(None),
        })
    }

    /// A place for a connection that has come; it waits for one a moment.
    pub async fn admit(&self) -> Admission<'_> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Admission::Place(place);
        }
        metrics::counter!("connections_over_limit_total").increment(1);
        let Ok(waiting) = self.waiting.try_acquire() else { return Admission::Dropped };
        self.ask_for_room();
        match timeout(WAIT_MAX, self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => Admission::Place(place),
            _ => Admission::Refused(waiting),
        }
    }

    /// Not for everybody who comes: each time, all connections are woken.
    fn ask_for_room(&self) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.is_none_or(|at| at.elapsed() >= ASK_EVERY) {
            *asked = Some(Instant::now());
            self.make_room.notify_waiters();
        }
    }

    /// Ends when the connection must make room.
    pub async fn must_leave(&self, has_rested: impl Fn(Duration) -> bool) {
        loop {
            self.make_room.notified().await;
            if has_rested(REST_MAX) {
                return;
            }
        }
    }
}

/// Sends a last `word`, then waits until the client has closed: closing first could reset the connection before it has
/// read. Whether it reads is its own affair.
pub async fn say_goodbye<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, word: &[u8]) {
    let said = async {
        stream.write_all(word).await?;
        stream.shutdown().await?;
        let mut scratch = [0; 1024];
        while stream.read(&mut scratch).await? > 0 {}
        std::io::Result::Ok(())
    };
    drop(timeout(REFUSAL_TIMEOUT, said).await);
}

fn default_max() -> usize {
    let descriptors = std::fs::read_to_string("/proc/self/limits").ok().and_then(|text| soft_limit(&text));
    let left = descriptors.unwrap_or(0).saturating_sub(DESCRIPTORS_KEPT);
    left.clamp(CONNECTIONS_DEFAULT_MIN, CONNECTIONS_DEFAULT_MAX)
}

/// The process's limit of open files, as Linux prints it.
fn soft_limit(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    match line.split_whitespace().next()? {
        "unlimited" => Some(usize::MAX),
        number => number.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::soft_limit;

    #[test]
    fn the_limit_of_descriptors_is_read() {
        let text = |value: &str| {
            format!(
                "Limit   Soft   Hard   Units\nMax open files            {value}                 1048576   files\n"
            )
        };
        assert_eq!(soft_limit(&text("1024")), Some(1024));
        assert_eq!(soft_limit(&text("unlimited")), Some(usize::MAX));
        assert_eq!(soft_limit("something else"), None);
    }
}
