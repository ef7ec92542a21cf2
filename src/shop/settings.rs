//! What a merchant sets once for the whole shop.

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::settings::ShopSettings;
use crate::domain::tag::Tag;
use crate::error::Result;
use crate::shop::catalogue::record_change;

/// Writes the settings in the caller's transaction; every page shows some of them.
pub async fn save_settings(app: &App, tx: &mut Tx, settings: &ShopSettings) -> Result<()> {
    let now_ms = app.clock.now_ms();
    db::settings::update_settings(tx, settings, now_ms).await?;
    record_change(tx, [Tag::site(), Tag::home(), Tag::search()], now_ms).await
}
