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
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::freshness::{Freshness, PollBegan};
use crate::app::App;
use crate::clock::Clock;
use crate::db::changes::{self, Change, Cursor};
use crate::db::{Conn, nodes};
use crate::domain::tag::Tag;
use crate::error::{Error, Result};

/// A change is seen by every process within this, or as soon as the process itself committed it.
pub const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// A feed that says nothing for this long can't be read. With [`POLL_INTERVAL`] it is less than the lease, so that a page
/// that is kept is shown without a gap.
const SILENCE_MAX: Duration = Duration::from_secs(1);

/// After the connection that listens was lost.
const RECONNECT_INTERVAL: Duration = Duration::from_secs(2);

/// How far this process has followed the feed.
pub struct Feed {
    /// What this process may vouch for, by what it has followed.
    pub freshness: Arc<Freshness>,
    cursor: Mutex<Option<Cursor>>,
    newest: AtomicI64,
    /// Monotonic: when the follower last came round, whether or not its poll succeeded.
    came_round_ms: AtomicI64,
}

impl Feed {
    /// A follower that has read nothing yet; `lease_ms` is how long one poll vouches for what this process says.
    pub fn new(clock: Clock, lease_ms: i64) -> Feed {
        Feed {
            freshness: Arc::new(Freshness::new(clock, lease_ms)),
            cursor: Mutex::default(),
            newest: AtomicI64::new(0),
            came_round_ms: AtomicI64::new(0),
        }
    }

    /// The newest change that this process knows; pages tell it in `X-Mercer-Gen`.
    pub fn newest(&self) -> i64 {
        self.newest.load(Ordering::Acquire)
    }

    /// Whether the follower came round within `silence`. A database that is away does not stop it; a process that hangs does.
    pub fn is_followed(&self, silence: Duration) -> bool {
        let silent_ms = self.freshness.monotonic_ms() - self.came_round_ms.load(Ordering::Acquire);
        silent_ms < i64::try_from(silence.as_millis()).unwrap_or(i64::MAX)
    }

    /// The follower, or the first poll before there is one, came round.
    fn note_round(&self) {
        self.came_round_ms.store(self.freshness.monotonic_ms(), Ordering::Release);
    }

    /// Reads what is new and applies it; how many changes there were. The cursor advances only after the search
    /// index has taken the rows, so that a failure makes the next poll read them again; the lease runs from before
    /// the rows were read.
    pub async fn poll(&self, app: &App) -> Result<usize> {
        let mut cursor = self.cursor.lock().await;
        let began = self.freshness.poll_begins();
        let Some(from) = cursor.as_ref() else {
            // Found before the index reads: what is committed meanwhile is read again, never missed.
            let mut conn = app.db.read_feed().await?;
            let complete = complete(app, &mut conn, began).await?;
            let found = changes::find_cursor(&mut conn).await?;
            let newest = changes::find_newest_change(&mut conn).await?;
            drop(conn);
            app.search.rebuild(&app.db).await?;
            app.reload_kept().await?;
            self.newest.store(newest, Ordering::Release);
            *cursor = Some(found);
            complete.iter().for_each(|began| self.freshness.grant(began));
            return Ok(0);
        };
        let read = timeout(SILENCE_MAX, read(app, from, began)).await.unwrap_or_else(|_| Err(silence()));
        self.freshness.note_blind(matches!(read, Err(Error::Unavailable(_))));
        let Read { fresh, next, complete } = read?;
        if !fresh.is_empty() {
            let tags: BTreeSet<Tag> = fresh.iter().map(|c| Tag::stored(c.tag.clone())).collect();
            self.freshness.apply(&tags);
            apply(app, &tags).await?;
            // Again, now that the process's own copies follow: a page made in between was made from the old ones.
            self.freshness.apply(tags.intersection(&BTreeSet::from([Tag::search(), Tag::site()])));
            let newest = fresh.iter().map(|c| c.id).max().unwrap_or(0);
            self.newest.fetch_max(newest, Ordering::AcqRel);
        }
        *cursor = Some(next);
        complete.iter().for_each(|began| self.freshness.grant(began));
        Ok(fresh.len())
    }
}

/// What one look at the feed brought.
struct Read {
    fresh: Vec<Change>,
    next: Cursor,
    /// Since when nothing is missing, if that is known.
    complete: Option<PollBegan>,
}

async fn read(app: &App, from: &Cursor, began: PollBegan) -> Result<Read> {
    let mut conn = app.db.read_feed().await?;
    let complete = complete(app, &mut conn, began).await?;
    let (fresh, next) = changes::list_changes(&mut conn, from).await?;
    Ok(Read { fresh, next, complete })
}

/// A replica lags: it is as complete as the newest sign of life of this very process that has arrived there.
async fn complete(app: &App, conn: &mut Conn, began: PollBegan) -> Result<Option<PollBegan>> {
    match app.config.database.read_url {
        None => Ok(Some(began)),
        Some(_) => Ok(nodes::find_beat(conn, &app.node_id).await?.map(PollBegan::at)),
    }
}

fn silence() -> Error {
    Error::Unavailable(format!("the database did not answer for {} s", SILENCE_MAX.as_secs()).into())
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
        app.feed.note_round();
        if app.db.bell().take_unannounced()
            && let Err(error) = changes::announce(&app.db).await
        {
            tracing::debug!(%error, "the other instances were not woken; they will see the change at their next poll");
        }
        if let Err(error) = app.feed.poll(&app).await {
            tracing::warn!(%error, "the change feed could not be read; trying again");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = app.db.bell().rung() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Listens for other instances' word that something changed, until `shutdown`. It only saves waiting for the next
/// poll: a lost word costs half a second, nothing else.
pub async fn listen(app: Arc<App>, shutdown: CancellationToken) {
    loop {
        let heard = async {
            let mut listener = changes::Listener::connect(&app.db).await?;
            loop {
                listener.next().await?;
                app.db.bell().heard();
            }
        };
        let lost: sqlx::Result<()> = tokio::select! {
            () = shutdown.cancelled() => return,
            lost = heard => lost,
        };
        if let Err(error) = lost {
            tracing::debug!(%error, "not listening for changes; polls go on");
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(RECONNECT_INTERVAL) => {}
        }
    }
}
