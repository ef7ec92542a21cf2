//! What wakes the follower of the change feed: every commit that appended to it, here or in another process.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

/// Rings when this process committed changes, or heard that another one did. One ring waits for whoever is not listening.
#[derive(Default)]
pub struct Bell {
    rung: Notify,
    /// This process has committed changes that the others were not told of.
    is_unannounced: AtomicBool,
}

impl Bell {
    /// This process has just committed changes.
    pub(super) fn committed(&self) {
        self.is_unannounced.store(true, Ordering::Release);
        self.rung.notify_one();
    }

    /// Another process says that it committed changes.
    pub fn heard(&self) {
        self.rung.notify_one();
    }

    /// Waits for the next ring.
    pub async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Whether the other processes are still to be told of changes; from now on they count as told.
    pub fn take_unannounced(&self) -> bool {
        self.is_unannounced.swap(false, Ordering::AcqRel)
    }
}
