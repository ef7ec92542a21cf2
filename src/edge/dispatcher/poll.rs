//! Asks about invalidations under way, and opens the round that follows.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::send::replace;
use super::{CALLS_AT_ONCE, Completed, Dispatcher};
use crate::app::App;
use crate::db::Conn;
use crate::db::purges::{self, Ending, OpenRound};
use crate::domain::purge::{EdgeTiming, PurgeMode, not_before};
use crate::error::Result;
use crate::outside::cloudfront::CdnError;

/// Between two questions at first; half as much again after each,
const PAUSE_MIN_MS: i64 = 1_000;
/// up to this.
const PAUSE_MAX_MS: i64 = 5_000;
/// An invalidation that CloudFront denies so often in a row is lost, as those of another distribution are.
const UNKNOWN_MAX: u32 = 3;

/// One invalidation under way, by the steady clock.
pub(super) struct Poll {
    next: i64,
    pause_ms: i64,
    /// `None`: another process asked for it.
    asked: Option<i64>,
    unknown: u32,
}

impl Dispatcher {
    /// An invalidation was just made.
    pub(super) fn watch(&mut self, cloudfront_id: String, asked: i64) {
        let poll =
            Poll { next: asked + PAUSE_MIN_MS, pause_ms: PAUSE_MIN_MS, asked: Some(asked), unknown: 0 };
        self.polls.insert(cloudfront_id, poll);
    }

    pub(super) async fn poll(&mut self, app: &App, open: &[OpenRound]) -> Result<Vec<Completed>> {
        let now = app.clock.monotonic_ms();
        let due = self.due_polls(open, now);
        let answers = join_all(due.iter().map(|id| app.cdn.is_complete(id))).await;
        let mut completed = Vec::new();
        for (id, answer) in due.iter().zip(answers) {
            match answer {
                Ok(true) => completed.extend(self.complete(app, id).await?),
                Ok(false) => self.ask_later(app, id),
                Err(CdnError::Unknown) => self.miss(app, id, open).await?,
                Err(error) => {
                    tracing::warn!(invalidation = id, %error, "an invalidation could not be asked about");
                    self.ask_later(app, id);
                }
            }
        }
        Ok(completed)
    }

    /// The invalidations to ask about now, at most so many that a step stays short. Those that end are forgotten.
    fn due_polls(&mut self, open: &[OpenRound], now: i64) -> Vec<String> {
        let under_way: BTreeSet<&str> =
            open.iter().filter_map(|round| round.cloudfront_id.as_deref()).collect();
        self.polls.retain(|id, _| under_way.contains(id.as_str()));
        for id in under_way {
            self.polls.entry(id.to_owned()).or_insert(Poll {
                next: now,
                pause_ms: PAUSE_MIN_MS,
                asked: None,
                unknown: 0,
            });
        }
        let mut due: Vec<(i64, &String)> = self
            .polls
            .iter()
            .filter(|(_, poll)| poll.next <= now)
            .map(|(id, poll)| (poll.next, id))
            .collect();
        due.sort();
        due.into_iter().take(CALLS_AT_ONCE).map(|(_, id)| id.clone()).collect()
    }

    fn ask_later(&mut self, app: &App, id: &str) {
        if let Some(poll) = self.polls.get_mut(id) {
            poll.unknown = 0;
            poll.pause_ms = (poll.pause_ms * 3 / 2).min(PAUSE_MAX_MS);
            poll.next = app.clock.monotonic_ms() + poll.pause_ms;
        }
    }

    /// Ends the rounds that the invalidation served, and opens those that follow them.
    async fn complete(&mut self, app: &App, id: &str) -> Result<Vec<Completed>> {
        let (now_ms, now) = (app.clock.now_ms(), app.clock.monotonic_ms());
        let mut completed = Vec::new();
        let mut tx = app.db.write().await?;
        let open = purges::list_open_rounds(&mut tx).await?;
        for round in open.into_iter().filter(|round| round.cloudfront_id.as_deref() == Some(id)) {
            if purges::update_round_completed(&mut tx, &round.purge_id, round.round, now_ms).await? {
                follow(app, &mut tx, &round, now_ms).await?;
                completed.push(Completed::of(round));
            }
        }
        tx.commit().await?;
        for round in &completed {
            if let Some(tracked) = self.tracked.get_mut(&round.purge_id) {
                tracked.completed = Some((round.round, now));
            }
        }
        if let Some(asked) = self.polls.remove(id).and_then(|poll| poll.asked) {
            metrics::histogram!("purge_complete_seconds").record((now - asked) as f64 / 1_000.0);
        }
        Ok(completed)
    }

    /// CloudFront knows no such invalidation. Asked once more it might; when it is lost for good, nothing is known of
    /// its rounds and their purges are replaced.
    async fn miss(&mut self, app: &App, id: &str, open: &[OpenRound]) -> Result<()> {
        self.ask_later_unknown(app, id);
        if self.polls.get(id).is_none_or(|poll| poll.unknown < UNKNOWN_MAX) {
            return Ok(());
        }
        tracing::warn!(invalidation = id, "CloudFront does not know an invalidation that it made");
        let mut tx = app.db.write().await?;
        for round in open.iter().filter(|round| round.cloudfront_id.as_deref() == Some(id)) {
            replace(app, &mut tx, round).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    fn ask_later_unknown(&mut self, app: &App, id: &str) {
        if let Some(poll) = self.polls.get_mut(id) {
            poll.unknown += 1;
            poll.next = app.clock.monotonic_ms() + PAUSE_MIN_MS;
        }
    }
}

/// What comes after a completed round: the next one, or the purge's end.
async fn follow(app: &App, tx: &mut Conn, round: &OpenRound, now_ms: i64) -> Result<()> {
    if round.is_last() {
        purges::update_purge_ended(tx, &round.purge_id, Ending::Done, now_ms).await?;
        return Ok(());
    }
    let timing = EdgeTiming { tiers: round.rounds, ..app.config.edge.timing };
    let next = round.round + 1;
    let not_before_ms = not_before(PurgeMode::Proved, &timing, next, round.seen_at, Some(now_ms));
    purges::insert_round(tx, &round.purge_id, next, not_before_ms).await?;
    Ok(())
}
