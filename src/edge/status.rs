//! How the edge stands: what waits, who serves, which purges are under way, what the month has cost.

use super::nodes::DEAD_AFTER_MS;
use crate::app::App;
use crate::db::nodes::{self, Leader, Node};
use crate::db::purges::{self, OpenRound, PurgeSummary, RoundSummary, Waiting};
use crate::db::{Conn, changes};
use crate::domain::purge::budget::Budget;
use crate::error::Result;

/// Purges shown besides the open ones.
const PURGES_SHOWN: i64 = 20;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeStatus {
    pub newest_change: i64,
    pub waiting: Option<Waiting>,
    /// The living processes.
    pub nodes: Vec<Node>,
    pub leader: Option<Leader>,
    /// Open ones first, then the newest.
    pub purges: Vec<PurgeSummary>,
    /// Their rounds that exist so far.
    pub rounds: Vec<RoundSummary>,
    /// Such as `2026-11`.
    pub month: String,
    /// Items that CloudFront counted this month.
    pub spent: i64,
    /// The same with what open purges may still cost.
    pub budget: Budget,
}

/// Reads it all from the primary.
pub async fn read(app: &App) -> Result<EdgeStatus> {
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let open = purges::list_open_rounds(&mut tx).await?;
    let month = month(now_ms);
    let shown = PURGES_SHOWN + i64::try_from(open.len()).unwrap_or(0);
    let purges = purges::list_recent_purges(&mut tx, shown).await?;
    let ids: Vec<&str> = purges.iter().map(|purge| purge.id.as_str()).collect();
    let rounds = purges::list_rounds(&mut tx, &ids).await?;
    Ok(EdgeStatus {
        newest_change: changes::find_newest_change(&mut tx).await?,
        waiting: purges::find_waiting(&mut tx).await?,
        nodes: nodes::list_nodes(&mut tx, now_ms - DEAD_AFTER_MS).await?,
        leader: nodes::find_leader(&mut tx).await?,
        purges,
        rounds,
        spent: purges::find_spending(&mut tx, &month).await?,
        budget: budget(app, &mut tx, &open).await?,
        month,
    })
}

/// What is left of the month, when the open purges are done.
pub(super) async fn budget(app: &App, conn: &mut Conn, open: &[OpenRound]) -> Result<Budget> {
    let spent = purges::find_spending(conn, &month(app.clock.now_ms())).await?;
    let planned: i64 = open.iter().map(OpenRound::items_planned).sum();
    Ok(Budget { items_max: app.config.edge.budget_items, used: spent + planned })
}

/// The month (UTC) by which CloudFront counts, such as `2026-11`.
pub(super) fn month(now_ms: i64) -> String {
    let at = time::OffsetDateTime::from_unix_timestamp(now_ms.div_euclid(1_000))
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!("{:04}-{:02}", at.year(), u8::from(at.month()))
}

#[cfg(test)]
mod tests {
    #[test]
    fn months_are_utc() {
        assert_eq!(super::month(1_793_534_400_000), "2026-11");
        assert_eq!(super::month(1_796_083_199_999), "2026-11");
        assert_eq!(super::month(1_796_083_200_000), "2026-12");
        assert_eq!(super::month(-1), "1969-12");
    }
}
