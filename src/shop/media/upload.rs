//! Takes pictures from outside: judged by their first bytes and header before anything is decoded.

use std::io::Cursor;

use image::{ImageFormat, ImageReader};

use super::paint::{self, SIDE_MAX};
use crate::app::App;
use crate::db::media::{self, Media};
use crate::error::{Error, Result};

/// Of an uploaded file.
pub const BYTES_MAX: usize = 8 * 1024 * 1024;
/// Width × height.
pub const PIXELS_MAX: u64 = 24_000_000;

/// Stores a picture; its media id, the old one if the same bytes came before. The original is kept and never served:
/// pages get sizes made from it, so nothing that hides in a file reaches a visitor.
/// Errors: [`Error::Invalid`] at the field `picture` with a text key, when the file is too large, no JPEG, PNG or
/// WebP, or broken.
pub async fn store_file(app: &App, bytes: Vec<u8>) -> Result<String> {
    let ext = check(&bytes).map_err(|key| Error::field("picture", key))?;
    let turn = app.media.turn().await?;
    let work = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let size = paint::decode(&bytes).map(|picture| (picture.width(), picture.height()));
        (bytes, size)
    });
    let (bytes, size) = work.await.map_err(Error::internal)?;
    let (width, height) = size.map_err(|_| Error::field("picture", "picture.broken"))?;
    let row = Media {
        id: app.id(),
        hash: super::hash(&bytes),
        kind: "file".to_owned(),
        source: ext.to_owned(),
        width: i64::from(width),
        height: i64::from(height),
    };
    // The file first: a row must never name an original that does not exist.
    app.media.write_new(&row.hash, &original(ext), bytes).await?;
    let mut tx = app.db.write().await?;
    let media_id = media::insert_media(&mut tx, &row, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(media_id)
}

/// The original's name in its folder. No preset is called so, hence it has no address.
pub fn original(ext: &str) -> String {
    format!("original.{ext}")
}

/// The file's extension, or the text key of what is wrong with it.
fn check(bytes: &[u8]) -> Result<&'static str, &'static str> {
    if bytes.len() > BYTES_MAX {
        return Err("picture.too_large");
    }
    let format = image::guess_format(bytes).map_err(|_| "picture.wrong_kind")?;
    let ext = match format {
        ImageFormat::Jpeg => "jpg",
        ImageFormat::Png => "png",
        ImageFormat::WebP => "webp",
        _ => return Err("picture.wrong_kind"),
    };
    let header = ImageReader::with_format(Cursor::new(bytes), format).into_dimensions();
    let (width, height) = header.map_err(|_| "picture.broken")?;
    if width > SIDE_MAX || height > SIDE_MAX || u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err("picture.too_many_pixels");
    }
    Ok(ext)
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, GrayImage};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        DynamicImage::from(GrayImage::new(width, height)).write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    #[test]
    fn limits_are_read_from_the_header() {
        assert_eq!(check(&png(10, 10)), Ok("png"));
        assert_eq!(check(&png(6001, 1)), Err("picture.too_many_pixels"));
        assert_eq!(check(&png(5000, 5000)), Err("picture.too_many_pixels"));
        assert_eq!(check(&vec![0; BYTES_MAX + 1]), Err("picture.too_large"));
        assert_eq!(check(b"GIF89a\x01\x00\x01\x00"), Err("picture.wrong_kind"));
        assert_eq!(check(b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), Err("picture.wrong_kind"));
        assert_eq!(check(&png(10, 10)[..20]), Err("picture.broken"));
        assert_eq!(check(b""), Err("picture.wrong_kind"));
    }
}
