//! Assets across builds. A page outlives the process that made it: in caches, in a browser, in a tab that was left open.
//! What it links to is kept in the database by every process that has it, so that each can answer for the others.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db::assets;
use crate::error::Result;

/// A process says what it has this often.
const SAY_EVERY: Duration = Duration::from_secs(24 * 3_600);
/// A file that no process has any more is kept this long: no cache keeps a page for so long.
pub(super) const KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// The last part of an asset's address, and its content.
pub type AssetFile = (&'static str, &'static [u8]);

/// Keeps this build's files for others. Done before the process receives traffic: from then on its pages are about.
pub async fn publish(app: &App, files: &[AssetFile]) -> Result<()> {
    let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
    let now_ms = app.clock.now_ms();
    let mut tx = app.db.write().await?;
    let known = assets::update_assets_seen(&mut tx, &names, now_ms).await?;
    for (file, body) in files.iter().filter(|(file, _)| !known.contains(*file)) {
        assets::insert_asset(&mut tx, file, body, now_ms).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Goes on saying so until `shutdown`.
pub async fn keep(app: Arc<App>, files: Vec<AssetFile>, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(SAY_EVERY) => {}
        }
        if let Err(error) = publish(&app, &files).await {
            tracing::warn!(%error, "this build's assets could not be kept for others; trying again tomorrow");
        }
    }
}
