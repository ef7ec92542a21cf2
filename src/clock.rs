//! The one clock. Nothing else in the program reads the time, so that a test can hold or move it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

/// What monotonic time is counted from.
static PROCESS_BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    System,
    /// Stands still until a test moves it.
    Fixed {
        wall: Arc<AtomicI64>,
        steady: Arc<AtomicI64>,
    },
}

impl Clock {
    /// A clock that stands at `now_ms`.
    pub fn fixed(now_ms: i64) -> Clock {
        Clock::Fixed { wall: Arc::new(AtomicI64::new(now_ms)), steady: Arc::default() }
    }

    /// Milliseconds since 1970-01-01 UTC. It may jump, when somebody sets the machine's clock.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everybody else is sent to")]
    pub fn now_ms(&self) -> i64 {
        match self {
            Clock::System => std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
            Clock::Fixed { wall, .. } => wall.load(Ordering::Relaxed),
        }
    }

    /// Milliseconds that only ever grow, whoever sets the machine's clock; for leases and deadlines in this process. They
    /// mean nothing to another process.
    pub fn monotonic_ms(&self) -> i64 {
        match self {
            Clock::System => i64::try_from(PROCESS_BEGAN.elapsed().as_millis()).unwrap_or(i64::MAX),
            Clock::Fixed { steady, .. } => steady.load(Ordering::Relaxed),
        }
    }

    /// Lets time pass on a fixed clock; the system's clock is nobody's to move.
    pub fn advance(&self, by_ms: i64) {
        if let Clock::Fixed { wall, steady } = self {
            wall.fetch_add(by_ms, Ordering::Relaxed);
            steady.fetch_add(by_ms, Ordering::Relaxed);
        }
    }

    /// Sets a fixed clock forward or back, without time passing.
    pub fn jump(&self, by_ms: i64) {
        if let Clock::Fixed { wall, .. } = self {
            wall.fetch_add(by_ms, Ordering::Relaxed);
        }
    }
}
