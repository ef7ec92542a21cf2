//! How many connections are open. Beyond the limit, those that rest are asked to go; where none does, who comes is told
//! to come back, since a process without file descriptors can't even do that.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::refuse;
use super::stream::Phase;

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
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(1);

/// The places of all acceptors.
pub struct Crowd {
    places: Arc<Semaphore>,
    waiting: Semaphore,
    make_room: Notify,
    asked: Mutex<Option<Instant>>,
}

/// A connection's place; free again when dropped.
pub type Place = OwnedSemaphorePermit;

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

    /// A place for `stream`, which is answered and closed when there is none.
    pub async fn admit(&self, stream: TcpStream) -> Option<(TcpStream, Place)> {
        if let Ok(place) = self.places.clone().try_acquire_owned() {
            return Some((stream, place));
        }
        metrics::counter!("connections_over_limit_total").increment(1);
        let Ok(_waiting) = self.waiting.try_acquire() else { return None };
        self.ask_for_room();
        if let Ok(Ok(place)) = timeout(WAIT_MAX, self.places.clone().acquire_owned()).await {
            return Some((stream, place));
        }
        // Whether the client reads it is its own affair.
        drop(timeout(REFUSAL_TIMEOUT, say_goodbye(stream)).await);
        None
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
    pub async fn must_leave(&self, phase: &Phase) {
        loop {
            self.make_room.notified().await;
            if phase.has_rested(REST_MAX) {
                return;
            }
        }
    }
}

/// Says why, then waits until the client has closed: closing first could reset the connection before it has read.
async fn say_goodbye(mut stream: TcpStream) -> std::io::Result<()> {
    stream.write_all(&refuse::crowded()).await?;
    stream.shutdown().await?;
    let mut scratch = [0; 1024];
    while stream.read(&mut scratch).await? > 0 {}
    Ok(())
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
