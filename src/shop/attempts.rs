//! Trying a transaction again that lost a race.

use std::time::Duration;

use crate::app::App;
use crate::error::Result;

/// Tries, the first one included.
pub(super) const ATTEMPTS_MAX: usize = 4;
/// Pauses are shorter than this, at random, so that two losers do not meet again.
const PAUSE_MAX_MS: u64 = 20;

/// What a try settled; `None` when it is to be made again: it said so itself, or the database did.
pub(super) fn settled<T>(tried: Result<Option<T>>) -> Option<Result<T>> {
    match tried {
        Ok(done) => done.map(Ok),
        Err(error) if error.is_retryable() => None,
        Err(error) => Some(Err(error)),
    }
}

/// Waits a moment before the next try.
pub(super) async fn pause(app: &App) {
    tokio::time::sleep(Duration::from_millis(app.random.below(PAUSE_MAX_MS))).await;
}
