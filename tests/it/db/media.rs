//! Pictures are known by their hash, and products show them in order.

use mercer::db::media::*;
use mercer::domain::draft::PictureDraft;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::{both_engines, shelf};

#[tokio::test]
async fn a_picture_is_stored_once_per_hash() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let b = seeds::picture(&mut tx, "b").await;
        let a = seeds::picture(&mut tx, "a").await;
        let again = Media { id: "c".to_owned(), width: 1, ..b.clone() };
        assert_eq!(insert_media(&mut tx, &again, 9).await.unwrap(), "b");
        assert_eq!(find_media(&mut tx, "b").await.unwrap().as_ref(), Some(&b));
        assert_eq!(find_media(&mut tx, "c").await.unwrap(), None);
        assert_eq!(find_media_by_hash(&mut tx, "hash-a").await.unwrap().as_ref(), Some(&a));
        assert_eq!(find_media_by_hash(&mut tx, "hash-c").await.unwrap(), None);
        assert_eq!(list_media(&mut tx).await.unwrap(), [a, b.clone()]);
        tx.commit().await.unwrap();
        for bad in [
            Media { id: "d".to_owned(), hash: "d".to_owned(), width: 0, ..b.clone() },
            Media { id: "e".to_owned(), hash: "e".to_owned(), kind: "film".to_owned(), ..b.clone() },
        ] {
            let mut tx = t.app.db.write().await.unwrap();
            assert_eq!(refusal(insert_media(&mut tx, &bad, 1).await), ErrorKind::CheckViolation);
        }
    })
    .await;
}

#[tokio::test]
async fn a_gallery_has_its_order_and_the_best_sold_come_first() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["m1", "m2", "m3"] {
            seeds::picture(&mut tx, id).await;
        }
        tx.commit().await.unwrap();
        let mut ids = Vec::new();
        for (slug, popularity, published, pictures) in [
            ("slow", 1, true, &["m2", "m1"][..]),
            ("fast", 5, true, &["m3"]),
            ("hidden", 9, false, &["m1"]),
            ("bare", 7, true, &[]),
        ] {
            let mut draft = shelf::simple(slug);
            (draft.popularity, draft.published) = (popularity, published);
            let shown = |id: &&str| PictureDraft { media_id: (*id).to_owned(), alt: format!("alt {id}") };
            draft.pictures = pictures.iter().map(shown).collect();
            ids.push(shelf::put(&t.app, &draft).await);
        }
        let mut conn = t.app.db.read().await.unwrap();
        let gallery = list_product_pictures(&mut conn, &ids[0]).await.unwrap();
        let seen: Vec<_> = gallery.iter().map(|p| (p.hash.as_str(), p.alt.as_str(), p.width)).collect();
        assert_eq!(seen, [("hash-m2", "alt m2", 64), ("hash-m1", "alt m1", 64)]);
        assert_eq!(list_product_pictures(&mut conn, &ids[3]).await.unwrap(), []);
        assert_eq!(list_shown_hashes(&mut conn, 0, 9).await.unwrap(), ["hash-m3", "hash-m2"]);
        assert_eq!(list_shown_hashes(&mut conn, 0, 1).await.unwrap(), ["hash-m3"]);
        assert_eq!(list_shown_hashes(&mut conn, 1, 9).await.unwrap(), ["hash-m1"]);
        assert!(list_shown_hashes(&mut conn, 2, 9).await.unwrap().is_empty());
    })
    .await;
}
