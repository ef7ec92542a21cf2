//! The category tree: its order, what lies above and below, and the doors of the home page.

use std::collections::BTreeSet;

use mercer::db::categories::*;
use mercer::domain::catalogue::Category;
use mercer::domain::draft::PictureDraft;
use mercer::domain::tag::Tag;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::{both_engines, shelf};

fn category(id: &str, parent_id: Option<&str>, position: i64) -> Category {
    Category {
        category_id: id.to_owned(),
        parent_id: parent_id.map(str::to_owned),
        slug: format!("slug-{id}"),
        name: id.to_uppercase(),
        help: String::new(),
        fact_attribute: None,
        door: false,
        position,
    }
}

#[tokio::test]
async fn categories_are_replaced_by_their_slug() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let (top, low) = (category("top", None, 2), category("low", Some("top"), 1));
        for row in [&top, &low] {
            assert_eq!(upsert_category(&mut tx, row, 1).await.unwrap(), row.category_id);
        }
        assert_eq!(list_categories(&mut tx).await.unwrap().categories, [low.clone(), top.clone()]);
        let changed = Category { name: "New".to_owned(), door: true, position: 0, ..top.clone() };
        let again = Category { category_id: "ignored".to_owned(), ..changed.clone() };
        assert_eq!(upsert_category(&mut tx, &again, 2).await.unwrap(), "top");
        assert_eq!(list_categories(&mut tx).await.unwrap().categories, [changed.clone(), low]);
        tx.take_tags();
        assert_eq!(find_category_by_slug(&mut tx, "slug-top").await.unwrap(), Some(changed));
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::category("top")]));
        assert_eq!(find_category_by_slug(&mut tx, "none").await.unwrap(), None);
        update_slug(&mut tx, "top", "renamed", 3).await.unwrap();
        assert_eq!(find_category_by_slug(&mut tx, "slug-top").await.unwrap(), None);
        assert_eq!(find_category_by_slug(&mut tx, "renamed").await.unwrap().unwrap().category_id, "top");
        tx.commit().await.unwrap();

        let mut tx = t.app.db.write().await.unwrap();
        let taken = update_slug(&mut tx, "low", "renamed", 4).await;
        assert_eq!(refusal(taken), ErrorKind::UniqueViolation);
        drop(tx);
        let mut tx = t.app.db.write().await.unwrap();
        let orphan = upsert_category(&mut tx, &category("x", Some("nowhere"), 0), 1).await;
        assert_eq!(refusal(orphan), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn what_lies_above_is_found_once() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for row in [
            category("top", None, 0),
            category("mid", Some("top"), 0),
            category("a", Some("mid"), 0),
            category("b", Some("mid"), 1),
            category("other", None, 1),
        ] {
            upsert_category(&mut tx, &row, 1).await.unwrap();
        }
        let mut above = async |ids: &[&str]| {
            let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
            let mut found = list_categories_above(&mut tx, &ids).await.unwrap();
            found.sort();
            found
        };
        assert_eq!(above(&["a", "b"]).await, ["a", "b", "mid", "top"]);
        assert_eq!(above(&["other"]).await, ["other"]);
        assert!(above(&["gone"]).await.is_empty());
        assert!(above(&[]).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_door_shows_the_best_product_that_has_a_picture() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let door = Category { door: true, ..category("door", None, 0) };
        for row in [&door, &category("below", Some("door"), 0), &category("closed", None, 1)] {
            upsert_category(&mut tx, row, 1).await.unwrap();
        }
        let empty = Category { door: true, ..category("empty", None, 2) };
        upsert_category(&mut tx, &empty, 1).await.unwrap();
        seeds::picture(&mut tx, "m1").await;
        seeds::picture(&mut tx, "m2").await;
        tx.commit().await.unwrap();
        for (slug, popularity, picture, published) in [
            ("bare", 9, None, true),
            ("best", 5, Some("m1"), true),
            ("worse", 1, Some("m2"), true),
            ("hidden", 7, Some("m2"), false),
        ] {
            let mut draft = shelf::simple(slug);
            // In both: counted once.
            draft.categories = vec!["below".to_owned(), "door".to_owned()];
            (draft.popularity, draft.published) = (popularity, published);
            let shown = |id: &str| PictureDraft { media_id: id.to_owned(), alt: slug.to_owned() };
            draft.pictures = picture.map(shown).into_iter().collect();
            shelf::put(&t.app, &draft).await;
        }
        let mut conn = t.app.db.read().await.unwrap();
        let doors = list_doors(&mut conn).await.unwrap();
        let seen: Vec<_> = doors
            .iter()
            .map(|d| {
                (d.category.category_id.as_str(), d.picture.as_ref().map(|p| p.hash.as_str()), d.products)
            })
            .collect();
        assert_eq!(seen, [("door", Some("hash-m1"), 3), ("empty", None, 0)]);
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::home(), Tag::site()]));
    })
    .await;
}
