//! Every serving process says what it has applied of the change feed, so that a purge can wait for those that still
//! answer from before the change.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::{App, BUILD};
use crate::db::nodes::{self, Node};
use crate::db::purges;
use crate::error::Result;

/// A process that was not seen for this long is dead.
pub const DEAD_AFTER_MS: i64 = 30_000;

/// Changes that the edge has not been told of for this long: purges are late.
const BEHIND_AFTER_MS: i64 = 30_000;

/// A process says something this often, and at once when it has applied something.
const BEAT_MS: i64 = 1_000;
/// Where pages are read from a replica, whose lag shortens the lease (`edge::feed`).
const REPLICA_BEAT_MS: i64 = 500;
/// Where nobody waits for it, it spares the disk.
const QUIET_BEAT_MS: i64 = 10_000;
/// Between two looks whether something was applied.
const LOOK: Duration = Duration::from_millis(100);

/// Says that this process has applied all changes up to the feed's newest, and lives; sees who else does, and whether the
/// edge is behind.
pub async fn report(app: &App) -> Result<()> {
    let node = Node {
        id: app.node_id.clone(),
        build: BUILD.to_owned(),
        acked: app.feed.newest(),
        beat_ms: app.clock.monotonic_ms(),
        seen_at: app.clock.now_ms(),
    };
    let mut tx = app.db.write().await?;
    nodes::upsert_node(&mut tx, &node).await?;
    nodes::upsert_build(&mut tx, &node.build).await?;
    let living = nodes::list_nodes(&mut tx, node.seen_at - DEAD_AFTER_MS).await?;
    let owed = if app.cdn.is_on() { purges::find_owed(&mut tx).await? } else { None };
    tx.commit().await?;
    app.limits.set_instances(living.len());
    let is_behind = owed.is_some_and(|oldest_at| node.seen_at - oldest_at > BEHIND_AFTER_MS);
    app.feed.freshness.note_edge_behind(is_behind);
    Ok(())
}

/// Reports until `shutdown`, then takes the process's row away.
pub async fn beat(app: Arc<App>, shutdown: CancellationToken) {
    let interval_ms = match app.config.database.read_url {
        Some(_) => REPLICA_BEAT_MS,
        None if app.cdn.is_on() => BEAT_MS,
        None => QUIET_BEAT_MS,
    };
    let mut last: Option<(i64, i64)> = None;
    while !shutdown.is_cancelled() {
        let (generation, now) = (app.feed.newest(), app.clock.monotonic_ms());
        let is_news = |told: i64| app.cdn.is_on() && told != generation;
        if last.is_none_or(|(told, at)| is_news(told) || now - at >= interval_ms) {
            if let Err(error) = report(&app).await {
                tracing::debug!(%error, "this process could not report what it has applied");
            }
            last = Some((generation, now));
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    if let Err(error) = leave(&app).await {
        tracing::debug!(%error, "this process could not take its row away");
    }
}

async fn leave(app: &App) -> Result<()> {
    let mut tx = app.db.write().await?;
    nodes::delete_node(&mut tx, &app.node_id).await?;
    tx.commit().await?;
    Ok(())
}
