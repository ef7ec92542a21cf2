//! `GET /media/{hash}/{preset}.{ext}`: pictures, which never change under their address.

use std::sync::Arc;

use poem::http::{HeaderMap, StatusCode, header};
use poem::web::{Data, Path};
use poem::{Request, Response, handler};

use super::etag;
use crate::app::App;
use crate::error::Result;
use crate::shop::media::preset::{Format, Preset};
use crate::shop::media::{find_variant, is_hash};

const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// `GET /media/:hash/:file`
#[handler]
pub async fn show_media(
    app: Data<&Arc<App>>,
    Path((hash, file)): Path<(String, String)>,
    request: &Request,
) -> Result<Response> {
    let Some((preset, format)) = Preset::of_file(&file).filter(|_| is_hash(&hash)) else {
        return Ok(missing());
    };
    Ok(match find_variant(&app, &hash, preset, format).await? {
        Some(bytes) => answer(request.headers(), bytes, format),
        None => missing(),
    })
}

fn answer(request: &HeaderMap, bytes: Vec<u8>, format: Format) -> Response {
    let tag = etag::of(&bytes);
    let held = etag::held(request, &tag);
    let mut response = Response::builder()
        .content_type(format.content_type())
        .header(header::CACHE_CONTROL, IMMUTABLE)
        .header(header::CONTENT_LENGTH, bytes.len())
        .header(header::ETAG, tag)
        // A picture opened by itself runs nothing, whatever a browser thinks it is.
        .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .finish();
    if let Some(held) = held {
        return etag::not_modified(response, &held);
    }
    response.set_body(bytes);
    response
}

fn missing() -> Response {
    Response::builder()
        .status(StatusCode::NOT_FOUND)
        .content_type("text/plain; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body("There is no such picture.")
}
