//! What a merchant sets once for the whole shop.

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::settings::ShopSettings;
use crate::domain::tag::Tag;
use crate::domain::zone::Zone;
use crate::error::{Error, Result};
use crate::shop::catalogue::record_change;

/// Writes the settings in the caller's transaction; every page shows some of them.
/// Errors: `Invalid` at `time_zone` for a name that the database of zones does not have.
pub async fn save_settings(app: &App, tx: &mut Tx, settings: &ShopSettings) -> Result<()> {
    if !settings.time_zone.is_empty() && Zone::parse(&settings.time_zone).is_none() {
        return Err(Error::field("time_zone", "settings.error_time_zone"));
    }
    let now_ms = app.clock.now_ms();
    db::settings::update_settings(tx, settings, now_ms).await?;
    record_change(tx, [Tag::site(), Tag::home(), Tag::search()], now_ms).await
}
