//! Removes what nobody needs any more of the feed, of purges and of assets.

use crate::app::App;
use crate::db::{assets, nodes, purges};
use crate::error::Result;

const DAY_MS: i64 = 24 * 3_600_000;
/// Changes that a purge took; followers have read them within seconds.
const CHANGES_KEPT_MS: i64 = DAY_MS;
/// Changes that none took, since there is no edge to tell, or none yet: longer than any cache keeps a page.
const UNTAKEN_CHANGES_KEPT_MS: i64 = 7 * DAY_MS;
/// Purges, for people to look at.
const PURGES_KEPT_MS: i64 = 7 * DAY_MS;
/// Processes that stopped without saying so.
const NODES_KEPT_MS: i64 = DAY_MS;
/// Rows in one transaction: other writers wait meanwhile.
const SLICE: i64 = 500;

/// Removes old rows, a slice per transaction. Two processes may do so at once.
pub async fn remove_old(app: &App) -> Result<()> {
    let now_ms = app.clock.now_ms();
    let (taken, untaken) = (now_ms - CHANGES_KEPT_MS, now_ms - UNTAKEN_CHANGES_KEPT_MS);
    loop {
        let mut tx = app.db.write().await?;
        let removed = purges::delete_old_changes(&mut tx, taken, untaken, SLICE).await?
            + purges::delete_old_purges(&mut tx, now_ms - PURGES_KEPT_MS, SLICE).await?
            + nodes::delete_old_nodes(&mut tx, now_ms - NODES_KEPT_MS).await?
            + assets::delete_old_assets(&mut tx, now_ms - super::assets::KEPT_MS).await?;
        tx.commit().await?;
        if removed == 0 {
            return Ok(());
        }
    }
}
