//! What must happen as time passes, without anybody asking for it.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::edge;
use crate::error::Result;
use crate::shop;

/// Between two sweeps.
const INTERVAL: Duration = Duration::from_secs(60);

/// Sweeps once a minute until `shutdown`.
pub async fn repeat(app: Arc<App>, shutdown: CancellationToken) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(INTERVAL) => {}
        }
        if let Err(error) = sweep(&app).await {
            tracing::warn!(%error, "a periodic sweep failed; trying again in a minute");
        }
    }
}

/// One sweep. Every step is guarded in its own statement, so two processes may sweep at once.
pub async fn sweep(app: &App) -> Result<()> {
    shop::orders::expire_due(app).await?;
    shop::cart::remove_old_carts(app).await?;
    shop::orders::forget_keys(app).await?;
    shop::answers::forget_answers(app).await?;
    shop::accounts::remove_expired(app).await?;
    edge::sweep::remove_old(app).await?;
    Ok(())
}
