//! Makes the pictures that listings show before anybody asks, so that first visits are fast.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::find_variant;
use super::preset::{Format, Preset};
use crate::app::App;
use crate::db::media;
use crate::error::Result;

/// The best sold products of a large shop; the rest is made when first asked for.
const PRODUCTS_MAX: i64 = 500;
/// Between two pictures, so that visitors' requests come first.
const PAUSE: Duration = Duration::from_millis(20);

/// Of the home page's picture: phones, then desks.
const HERO: [&str; 4] = ["w750", "w960", "w1100", "w1280"];
/// The picture's place in the product's gallery, and the sizes that cards (first and second picture: phones show no
/// second one) and the product page (first) load.
const ROUNDS: [(i64, &[&str]); 3] =
    [(0, &["w320", "w480", "w640"]), (1, &["w320"]), (0, &["w750", "w960", "w160"])];

/// Makes what is missing, one picture at a time, until done or `shutdown`. How many files were made.
pub async fn warm(app: Arc<App>, shutdown: CancellationToken) -> Result<usize> {
    let mut made = 0;
    let hero = app.settings().hero.media_hash.clone();
    if !hero.is_empty() {
        for preset in HERO {
            made += usize::from(make_one(&app, &hero, preset).await?);
        }
    }
    for (position, presets) in ROUNDS {
        let hashes = media::list_shown_hashes(&mut app.db.read().await?, position, PRODUCTS_MAX).await?;
        for hash in hashes {
            for preset in presets {
                if shutdown.is_cancelled() {
                    return Ok(made);
                }
                made += usize::from(make_one(&app, &hash, preset).await?);
            }
        }
    }
    Ok(made)
}

/// Whether the file was missing. A picture that can't be made is logged and must not stop the others.
async fn make_one(app: &Arc<App>, hash: &str, preset: &str) -> Result<bool> {
    let Some(preset) = Preset::find(preset) else { return Ok(false) };
    if app.media.exists(hash, &preset.file(Format::Webp)).await? {
        return Ok(false);
    }
    if let Err(error) = find_variant(app, hash, preset, Format::Webp).await {
        tracing::warn!(hash, preset = preset.name, %error, "a picture could not be made ahead");
    }
    tokio::time::sleep(PAUSE).await;
    Ok(true)
}
