//! The follower of the change feed: brings this process's settings and search index up to what was committed.
//!
//! On PostgreSQL ids are drawn before their transaction commits, so a cursor of ids skips a slow transaction's rows.
//! The cursor is the oldest transaction that was still open at the last poll; rows after it are read again and those
//! already applied are left out by id. The order does not matter to an invalidation.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db::changes::{self, Cursor};
use crate::domain::tag::Tag;
use crate::error::Result;

/// A change is seen by every process within this, or as soon as the process itself committed it.
pub const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Copies that the process keeps by the feed count for this long after a poll; then the database is asked.
pub const LEASE_MS: i64 = 2_000;

/// How far this process has followed the feed.
#[derive(Default)]
pub struct Feed {
    cursor: Mutex<Option<Cursor>>,
    generation: AtomicI64,
    followed_at: AtomicI64,
    wake: tokio::sync::Notify,
}

impl Feed {
    /// The newest change that this process knows; pages tell it in `X-Mercer-Gen`.
    pub fn generation(&self) -> i64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether what this process keeps by the feed is younger than [`LEASE_MS`]. False without a follower.
    pub fn is_followed(&self, now_ms: i64) -> bool {
        let followed_at = self.followed_at.load(Ordering::Acquire);
        (0..=LEASE_MS).contains(&(now_ms - followed_at))
    }

    /// Asks for a poll now: this process has just committed a change.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Reads what is new and applies it; how many changes there were. The cursor advances only after the search
    /// index has taken the rows, so that a failure makes the next poll read them again.
    pub async fn poll(&self, app: &App) -> Result<usize> {
        let mut cursor = self.cursor.lock().await;
        let mut conn = app.db.read().await?;
        let Some(from) = cursor.as_ref() else {
            // Found before the index reads: what is committed meanwhile is read again, never missed.
            let found = changes::find_cursor(&mut conn).await?;
            let newest = changes::find_newest_change(&mut conn).await?;
            drop(conn);
            app.search.rebuild(&app.db).await?;
            app.reload_kept().await?;
            self.generation.store(newest, Ordering::Release);
            *cursor = Some(found);
            return Ok(0);
        };
        let (fresh, next) = changes::list_changes(&mut conn, from).await?;
        drop(conn);
        if !fresh.is_empty() {
            let tags: BTreeSet<Tag> = fresh.iter().map(|c| Tag::stored(c.tag.clone())).collect();
            apply(app, &tags).await?;
            let newest = fresh.iter().map(|c| c.id).max().unwrap_or(0);
            self.generation.fetch_max(newest, Ordering::AcqRel);
        }
        *cursor = Some(next);
        Ok(fresh.len())
    }
}

/// Brings the process's own copies up to date.
async fn apply(app: &App, tags: &BTreeSet<Tag>) -> Result<()> {
    if tags.contains(&Tag::site()) {
        app.reload_settings().await?;
        app.reload_kept().await?;
    }
    app.search.apply_tags(&app.db, tags).await?;
    Ok(())
}

/// Follows the feed until `shutdown`.
pub async fn follow(app: Arc<App>, shutdown: CancellationToken) {
    loop {
        // Before the poll: what is committed after this moment may not be in it.
        let now_ms = app.clock.now_ms();
        match app.feed.poll(&app).await {
            Ok(_) => app.feed.followed_at.store(now_ms, Ordering::Release),
            Err(error) => tracing::warn!(%error, "the change feed could not be read; trying again"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = app.feed.wake.notified() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}
