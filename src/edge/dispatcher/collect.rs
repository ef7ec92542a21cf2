//! Collects the changes that wait into one purge and freezes it.

use std::collections::BTreeSet;

use super::{Dispatcher, Tracked};
use crate::app::App;
use crate::db::purges::{self, NewPurge, OpenRound, Waiting};
use crate::db::{Conn, nodes};
use crate::domain::purge::batch::{self, InvalidateBy, Plan, Setting};
use crate::domain::purge::budget::Budget;
use crate::domain::tag::Tag;
use crate::edge::nodes::DEAD_AFTER_MS;
use crate::edge::status::{budget, month};
use crate::error::Result;

/// A purge waits this long for the processes that have not applied its changes.
const ACKNOWLEDGE_MS: i64 = 500;

/// What the collecting remembers, by the steady clock.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Collecting {
    /// When something was first seen to wait.
    noticed: Option<i64>,
    /// When nothing waited, for the last time.
    idle: Option<i64>,
    last_purge: Option<i64>,
}

impl Dispatcher {
    /// Makes a purge of what waits, when it is time. While CloudFront takes nothing, changes go on collecting.
    pub(super) async fn collect(&mut self, app: &App) -> Result<()> {
        let began = app.clock.monotonic_ms();
        if self.backoff.until > began {
            return Ok(());
        }
        // Looked at without the writer's turn: mostly nothing waits, or not long enough.
        let mut conn = app.db.read_primary().await?;
        let Some(waiting) = purges::find_waiting(&mut conn).await? else {
            metrics::gauge!("feed_lag_seconds").set(0.0);
            self.collecting = Collecting { noticed: None, idle: Some(began), ..self.collecting };
            return Ok(());
        };
        let age_ms = self.age_ms(app, &waiting);
        metrics::gauge!("feed_lag_seconds").set(age_ms as f64 / 1_000.0);
        let noticed = *self.collecting.noticed.get_or_insert(began);
        let open = purges::list_open_rounds(&mut conn).await?;
        let budget = budget(app, &mut conn, &open).await?;
        let tick_ms = budget.stance().tick_ms(in_progress(&open));
        if self.collecting.last_purge.is_some_and(|at| began - at < tick_ms) {
            return Ok(());
        }
        if began - noticed < ACKNOWLEDGE_MS && !is_acknowledged(app, &mut conn, &waiting).await? {
            return Ok(());
        }
        drop(conn);
        let mut tx = app.db.write().await?;
        let frozen = freeze(app, &mut tx, age_ms, budget).await?;
        tx.commit().await?;
        let now = app.clock.monotonic_ms();
        self.collecting = Collecting { noticed: None, idle: Some(began), last_purge: Some(now) };
        if let Some((id, seen)) = frozen {
            self.tracked.insert(id, Tracked { seen, completed: None });
        }
        Ok(())
    }

    /// How long the oldest change has waited: by the clocks, but no longer than since nothing waited.
    fn age_ms(&self, app: &App, waiting: &Waiting) -> i64 {
        let by_clocks = (app.clock.now_ms() - waiting.oldest_at).max(0);
        let bound = self.collecting.idle.map_or(i64::MAX, |idle| app.clock.monotonic_ms() - idle);
        by_clocks.min(bound)
    }
}

/// Takes the changes and writes their purge; its id, and when its changes were all committed by the steady clock.
async fn freeze(app: &App, tx: &mut Conn, age_ms: i64, budget: Budget) -> Result<Option<(String, i64)>> {
    let edge = &app.config.edge;
    let id = app.id();
    let changes = purges::take_changes(tx, &id).await?;
    // Read after the taking: every change that was taken had been committed by then.
    let (seen_at, seen) = (app.clock.now_ms(), app.clock.monotonic_ms());
    let Some(newest) = changes.iter().max_by_key(|change| change.id) else { return Ok(None) };
    let tags: BTreeSet<Tag> = changes.iter().map(|change| Tag::stored(change.tag.clone())).collect();
    let items = match edge.invalidate_by {
        InvalidateBy::Tags => batch::tag_items(&tags),
        InvalidateBy::Paths => purges::paths::list_paths(tx, &tags).await?,
    };
    let setting = Setting { by: edge.invalidate_by, mode: edge.mode, timing: &edge.timing, budget };
    let plan = batch::plan(items, age_ms, &setting);
    let purge = NewPurge {
        id: &id,
        items: &plan.items,
        mode: edge.mode,
        rounds: plan.rounds,
        reason: plan.reason,
        newest_change: newest.id,
        oldest_at: changes.iter().map(|change| change.at).min().unwrap_or(seen_at),
        seen_at,
    };
    purges::insert_purge(tx, &purge).await?;
    tell(&id, &plan, changes.len());
    Ok(Some((id, seen)))
}

fn tell(id: &str, plan: &Plan, changes: usize) {
    let (items, rounds, reason) = (plan.items.len(), plan.rounds, plan.reason.as_str());
    if rounds == 0 {
        metrics::counter!("edge_unpurged_changes_total").increment(changes as u64);
        tracing::warn!(
            purge = id,
            changes,
            "the month's budget of invalidations is used up: pages follow these changes as they expire; \
             raise MERCER_EDGE_BUDGET"
        );
    } else {
        tracing::info!(purge = id, changes, items, rounds, reason, "a purge of {items} items was made");
    }
}

/// Whether every living process has applied the newest change that waits.
async fn is_acknowledged(app: &App, conn: &mut Conn, waiting: &Waiting) -> Result<bool> {
    let living = nodes::list_nodes(conn, app.clock.now_ms() - DEAD_AFTER_MS).await?;
    Ok(living.iter().all(|node| node.acked >= waiting.newest))
}

/// Invalidations that were asked for and are not known to be complete.
fn in_progress(open: &[OpenRound]) -> usize {
    let ids: BTreeSet<&str> = open.iter().filter_map(|r| r.cloudfront_id.as_deref()).collect();
    ids.len() + open.iter().filter(|r| r.cloudfront_id.is_none() && r.attempts > 0).count()
}

/// The month's spending so far, for the metrics.
pub(super) async fn record_spending(app: &App, conn: &mut Conn, items: usize) -> Result<()> {
    let month = month(app.clock.now_ms());
    purges::add_spending(conn, &month, i64::try_from(items).unwrap_or(i64::MAX)).await?;
    let used = purges::find_spending(conn, &month).await?;
    metrics::gauge!("edge_month_items").set(used as f64);
    metrics::gauge!("edge_month_items_max").set(app.config.edge.budget_items as f64);
    Ok(())
}
