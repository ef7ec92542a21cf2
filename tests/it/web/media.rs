//! Uploaded pictures: what is stored, what is served, and what is refused.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use mercer::db::media;
use mercer::error::Error;
use mercer::shop::media::store_file;
use poem::http::Method;

use crate::support::{TestStore, both_engines};

fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 90]));
    let mut out = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

async fn upload(store: &TestStore, bytes: Vec<u8>) -> String {
    let id = store_file(&store.app, bytes.clone()).await.unwrap();
    let hash = mercer::shop::media::hash(&bytes);
    let mut conn = store.app.db.read().await.unwrap();
    let row = media::find_media_by_hash(&mut conn, &hash).await.unwrap().unwrap();
    assert_eq!(row.id, id);
    hash
}

#[tokio::test]
async fn the_same_file_is_stored_once() {
    both_engines(async |store| {
        let first = store_file(&store.app, png(20, 10)).await.unwrap();
        assert_eq!(store_file(&store.app, png(20, 10)).await.unwrap(), first);
        assert_ne!(store_file(&store.app, png(10, 20)).await.unwrap(), first);
    })
    .await;
}

#[tokio::test]
async fn sizes_are_made_once_and_never_change() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let hash = upload(&store, png(800, 400)).await;
    let path = format!("/media/{hash}/w320.webp");
    let first = client.get(&path).await.expect(200);
    assert_eq!(first.header("content-type"), "image/webp");
    assert_eq!(first.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(first.header("content-length"), first.body.len().to_string());
    let picture = image::load_from_memory(&first.body).unwrap();
    assert_eq!((picture.width(), picture.height()), (320, 160));
    assert!(store.app.media.exists(&hash, "w320.webp").await.unwrap(), "it is kept");

    assert_eq!(client.get(&path).await.expect(200).body, first.body);
    let conditional = client.request(Method::GET, &path).header("if-none-match", first.header("etag"));
    let again = client.send(conditional.finish()).await.expect(304);
    assert!(again.body.is_empty());
    let jpeg = client.get(&format!("/media/{hash}/og.jpg")).await.expect(200);
    assert_eq!(jpeg.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn many_visitors_at_once_get_the_same_bytes() {
    let store = TestStore::sqlite().await;
    let hash = upload(&store, png(900, 900)).await;
    let path = format!("/media/{hash}/w640.webp");
    let clients: Vec<_> = (0..12).map(|_| store.client()).collect();
    let answers = futures_util::future::join_all(clients.iter().map(|client| client.get(&path))).await;
    for answer in &answers {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body, answers[0].body);
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_cached() {
    let store = TestStore::sqlite().await;
    let client = store.client();
    let hash = upload(&store, png(30, 30)).await;
    let none = "0".repeat(32);
    for path in [
        format!("/media/{none}/w320.webp"),
        format!("/media/{hash}/w321.webp"),
        format!("/media/{hash}/original.png"),
        format!("/media/{hash}/og.webp"),
        format!("/media/{}/w320.webp", hash.to_uppercase()),
        "/media/..%2f..%2fstore.db/w320.webp".to_owned(),
    ] {
        let answer = client.get(&path).await.expect(404);
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn a_broken_upload_is_told_apart() {
    let store = TestStore::sqlite().await;
    let mut cut = png(300, 300);
    cut.truncate(cut.len() / 2);
    for (bytes, key) in [
        (cut, "picture.broken"),
        (b"<svg/>".to_vec(), "picture.wrong_kind"),
        (vec![0; 9 * 1024 * 1024], "picture.too_large"),
    ] {
        match store_file(&store.app, bytes).await {
            Err(Error::Invalid(fields)) => assert_eq!(fields.get("picture"), Some(key)),
            other => panic!("{key}: {other:?}"),
        }
    }
}
