//! The dispatcher: turns committed changes into invalidations, round after round, whatever crashes.
//!
//! Any serving process may run it; one at a time leads (`office`). A step collects what waits into a purge and
//! freezes it (`collect`), asks CloudFront for every round that is legal (`send`), and asks about those under way
//! (`poll`). What matters is in the database before CloudFront hears of it: a purge's items and the caller reference of
//! each round never change, so whoever resumes, and even two at once, make one invalidation per purge and round.
//!
//! Waiting is counted by the steady clock. The wall clock, which may jump, only carries elapsed time from a process to
//! the one that takes over, and never more of it than the rule is long.

mod builds;
mod collect;
mod office;
mod poll;
mod send;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use self::office::Office;
use super::prober;
use crate::app::App;
use crate::db::purges::{self, OpenRound};
use crate::domain::purge::{EdgeTiming, PurgeMode, not_before};
use crate::error::Result;

/// Between two steps.
const STEP_INTERVAL: Duration = Duration::from_millis(250);
/// Requests to CloudFront under way at once.
const CALLS_AT_ONCE: usize = 8;
/// Two processes' clocks may differ by this: one further than half of it from the database's is not ready.
const SKEW_MAX_MS: i64 = 4_000;
/// After a failed request, doubled with each further one,
const BACKOFF_MIN_MS: i64 = 1_000;
/// up to this.
const BACKOFF_MAX_MS: i64 = 60_000;

/// One process's view of the purges under way. It holds nothing that a successor could not find in the database.
pub struct Dispatcher {
    office: Office,
    /// By purge.
    tracked: HashMap<String, Tracked>,
    /// By CloudFront's id.
    polls: HashMap<String, poll::Poll>,
    backoff: Backoff,
    collecting: collect::Collecting,
    looked_for_builds: Option<i64>,
}

/// When things happened to a purge, by the steady clock; what was before this process's time is put as late as it may
/// have been.
#[derive(Debug, Clone, Copy)]
struct Tracked {
    /// Its changes were committed by then.
    seen: i64,
    /// The last completed round.
    completed: Option<(u32, i64)>,
}

/// How long to leave CloudFront alone.
#[derive(Debug, Default)]
struct Backoff {
    failures: u32,
    until: i64,
}

/// A round that CloudFront reports complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completed {
    pub purge_id: String,
    pub items: Vec<String>,
    pub newest_change: i64,
    pub oldest_at: i64,
    pub round: u32,
    /// No round of the purge follows.
    pub is_last: bool,
}

/// Dispatches until `shutdown`, where there is an edge to tell.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) {
    if !app.cdn.is_on() {
        return;
    }
    let mut dispatcher = Dispatcher::new(app.id());
    loop {
        match dispatcher.step(&app).await {
            Ok(completed) => {
                for round in completed {
                    app.tasks.spawn(prober::probe(app.clone(), round));
                }
            }
            Err(error) => tracing::warn!(%error, "purges could not be dispatched; trying again"),
        }
        tokio::select! {
            () = shutdown.cancelled() => break,
            () = tokio::time::sleep(STEP_INTERVAL) => {}
        }
    }
    if let Err(error) = dispatcher.office.leave(&app).await {
        tracing::debug!(%error, "the office of the dispatcher could not be left; it will be taken over");
    }
}

impl Dispatcher {
    /// `holder` names this process among those that may lead.
    pub fn new(holder: String) -> Dispatcher {
        Dispatcher {
            office: Office::new(holder),
            tracked: HashMap::new(),
            polls: HashMap::new(),
            backoff: Backoff::default(),
            collecting: collect::Collecting::default(),
            looked_for_builds: None,
        }
    }

    /// Does what is due now; the rounds that completed. Nothing, when another process leads.
    pub async fn step(&mut self, app: &App) -> Result<Vec<Completed>> {
        if !self.office.hold(app).await? {
            self.collecting = collect::Collecting::default();
            return Ok(Vec::new());
        }
        self.drop_gone_builds(app).await?;
        self.collect(app).await?;
        let mut open = self.list_open(app).await?;
        if self.send(app, &open).await? {
            open = self.list_open(app).await?;
        }
        self.poll(app, &open).await
    }

    /// The rounds under way and those that wait, this process's view of them brought up to date.
    async fn list_open(&mut self, app: &App) -> Result<Vec<OpenRound>> {
        let open = purges::list_open_rounds(&mut app.db.read_primary().await?).await?;
        self.track(app, &open);
        Ok(open)
    }

    /// Learns of purges that this process did not make, and forgets those that ended.
    fn track(&mut self, app: &App, open: &[OpenRound]) {
        let (wall, steady) = (app.clock.now_ms(), app.clock.monotonic_ms());
        let timing = &app.config.edge.timing;
        // How long ago it was at least, but never more than the rule could ask to wait, nor less than nothing.
        let ago = |at: i64, rule_ms: i64| steady - (wall - at - SKEW_MAX_MS).clamp(0, rule_ms);
        self.tracked.retain(|id, _| open.iter().any(|round| &round.purge_id == id));
        for round in open {
            let tracked = self.tracked.entry(round.purge_id.clone()).or_insert_with(|| Tracked {
                seen: ago(round.seen_at, timing.lease_ms + timing.completion_ms),
                completed: None,
            });
            let Some(previous) = round.round.checked_sub(1) else { continue };
            if tracked.completed.is_none_or(|(known, _)| known != previous) {
                let at = round.previous_completed_at.unwrap_or(wall);
                tracked.completed = Some((previous, ago(at, timing.completion_ms)));
            }
        }
    }

    /// When the round becomes legal, by the steady clock.
    fn legal_at(&self, timing: &EdgeTiming, round: &OpenRound) -> i64 {
        let Some(tracked) = self.tracked.get(&round.purge_id) else { return i64::MAX };
        // The purge has the rounds it was made with, whatever the configuration says today.
        let timing = EdgeTiming { tiers: timing.tiers.max(round.rounds), ..*timing };
        not_before(PurgeMode::Proved, &timing, round.round, tracked.seen, tracked.completed.map(|(_, at)| at))
    }
}

impl Completed {
    fn of(round: OpenRound) -> Completed {
        Completed {
            is_last: round.is_last(),
            purge_id: round.purge_id,
            items: round.items,
            newest_change: round.newest_change,
            oldest_at: round.oldest_at,
            round: round.round,
        }
    }
}

impl Backoff {
    fn fail(&mut self, now: i64) {
        let exponent = self.failures.min(16);
        self.until = now + (BACKOFF_MIN_MS << exponent).min(BACKOFF_MAX_MS);
        self.failures += 1;
    }

    fn succeed(&mut self) {
        *self = Backoff::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_a_minute() {
        let mut backoff = Backoff::default();
        let pauses = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000];
        for pause in pauses {
            backoff.fail(100);
            assert_eq!(backoff.until, 100 + pause);
        }
        backoff.succeed();
        assert_eq!((backoff.failures, backoff.until), (0, 0));
    }
}
