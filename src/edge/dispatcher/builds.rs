//! Drops the pages of builds that serve no more: what they link to goes with them sooner or later.

use super::Dispatcher;
use crate::app::{App, BUILD};
use crate::db::nodes;
use crate::db::purges::{self, NewPurge};
use crate::domain::purge::SITE_PATH;
use crate::domain::purge::batch::{InvalidateBy, Reason};
use crate::domain::tag::Tag;
use crate::edge::nodes::DEAD_AFTER_MS;
use crate::edge::status::budget;
use crate::error::Result;

/// Between two looks.
const LOOK_EVERY_MS: i64 = 10_000;

impl Dispatcher {
    /// Makes a purge for each build that is gone. This process's own lives, whatever it has reported yet.
    pub(super) async fn drop_gone_builds(&mut self, app: &App) -> Result<()> {
        let now = app.clock.monotonic_ms();
        if self.looked_for_builds.is_some_and(|at| now - at < LOOK_EVERY_MS) {
            return Ok(());
        }
        self.looked_for_builds = Some(now);
        let mut tx = app.db.write().await?;
        let mut gone = nodes::list_gone_builds(&mut tx, app.clock.now_ms() - DEAD_AFTER_MS).await?;
        gone.retain(|build| build != BUILD);
        for build in &gone {
            let open = purges::list_open_rounds(&mut tx).await?;
            let (edge, now_ms) = (&app.config.edge, app.clock.now_ms());
            let item = match edge.invalidate_by {
                InvalidateBy::Tags => format!("#{}", Tag::build(build)),
                InvalidateBy::Paths => SITE_PATH.to_owned(),
            };
            let purge = NewPurge {
                id: &app.id(),
                items: &[item],
                mode: edge.mode,
                rounds: budget(app, &mut tx, &open).await?.rounds(edge.mode, &edge.timing, 1),
                reason: Reason::Build,
                newest_change: 0,
                oldest_at: now_ms,
                seen_at: now_ms,
            };
            purges::insert_purge(&mut tx, &purge).await?;
            nodes::update_build_purged(&mut tx, build, purge.id).await?;
            tracing::info!(build, purge = purge.id, "no process of a build serves any more; its pages go");
        }
        tx.commit().await?;
        Ok(())
    }
}
