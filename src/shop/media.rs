//! Pictures: takes uploads, and makes the sizes that pages show from originals and drawings when first asked for.

pub mod paint;
pub mod preset;
pub mod upload;
pub mod warm;

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::Tx;
use crate::db::media::{self, Media};
use crate::drawing::{self, Params};
use crate::error::{Error, Result};
use paint::{Picture, Source};
use preset::{Format, Preset};

pub use upload::store_file;
pub use warm::warm;

/// The file that pages show of the picture `hash`; none when there is no such picture. Made once, then kept.
pub async fn find_variant(
    app: &App,
    hash: &str,
    preset: &'static Preset,
    format: Format,
) -> Result<Option<Vec<u8>>> {
    if let Some(bytes) = app.media.read(hash, &preset.file(format)).await? {
        return Ok(Some(bytes));
    }
    let row = media::find_media_by_hash(&mut app.db.read().await?, hash).await?;
    let Some(row) = row else { return Ok(None) };
    make(app, &row, preset, format).await
}

/// Stores a drawing in the caller's transaction; its media id. Its address comes from the finished drawing, so a
/// changed drawing gets another address. Errors: [`Error::Invalid`] names the wrong parameter.
pub async fn store_drawing(app: &App, tx: &mut Tx, params: &Params) -> Result<String> {
    let drawing = drawing::draw(params).map_err(|reason| Error::field("drawing", reason))?;
    let row = Media {
        id: app.id(),
        hash: hash(drawing.svg.as_bytes()),
        kind: "drawing".to_owned(),
        source: serde_json::to_string(params).map_err(Error::internal)?,
        width: i64::from(drawing.width),
        height: i64::from(drawing.height),
    };
    Ok(media::insert_media(tx, &row, app.clock.now_ms()).await?)
}

/// A picture's name in addresses: 128 bits of its source's digest, in hex.
pub fn hash(source: &[u8]) -> String {
    let digest = hex::encode(Sha256::digest(source));
    digest[..32].to_owned()
}

/// Whether `text` can be a picture's hash.
pub fn is_hash(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// Makes one file; a second request for it waits and takes the first one's.
async fn make(app: &App, row: &Media, preset: &'static Preset, format: Format) -> Result<Option<Vec<u8>>> {
    let file = preset.file(format);
    let _alone = app.media.alone(&format!("{}/{file}", row.hash)).await;
    if let Some(bytes) = app.media.read(&row.hash, &file).await? {
        return Ok(Some(bytes));
    }
    let Some(source) = source(app, row).await? else {
        tracing::error!(hash = row.hash, "the original of a picture is missing from the media folder");
        return Ok(None);
    };
    let turn = app.media.turn().await?;
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        Picture::open(source, preset).and_then(|picture| picture.encode(format))
    });
    let bytes = work.await.map_err(Error::internal)?.map_err(Error::internal)?;
    app.media.write_new(&row.hash, &file, bytes).await.map(Some)
}

/// What the picture is made from; none when its original is missing.
async fn source(app: &App, row: &Media) -> Result<Option<Source>> {
    if row.kind == "drawing" {
        let params: Params = serde_json::from_str(&row.source).map_err(Error::internal)?;
        let drawing = drawing::draw(&params).map_err(Error::internal)?;
        return Ok(Some(Source::Drawing(drawing)));
    }
    let original = app.media.read(&row.hash, &upload::original(&row.source)).await?;
    Ok(original.map(Source::File))
}
