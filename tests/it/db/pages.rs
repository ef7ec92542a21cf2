//! Information pages are known by their slug.

use std::collections::BTreeSet;

use mercer::db::pages::*;
use mercer::domain::catalogue::Page;
use mercer::domain::tag::Tag;
use sqlx::error::ErrorKind;

use super::seeds::refusal;
use crate::support::both_engines;

fn page(id: &str, slug: &str, footer: &str, position: i64) -> Page {
    Page {
        page_id: id.to_owned(),
        slug: slug.to_owned(),
        title: slug.to_uppercase(),
        body: "Text".to_owned(),
        footer: footer.to_owned(),
        position,
        updated_at: 1,
    }
}

#[tokio::test]
async fn pages_are_replaced_by_their_slug_and_listed_by_column() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(list_pages(&mut tx).await.unwrap(), []);
        let (imprint, returns) = (page("1", "imprint", "legal", 0), page("2", "returns", "help", 2));
        let delivery = page("3", "delivery", "help", 1);
        for row in [&imprint, &returns, &delivery] {
            assert_eq!(upsert_page(&mut tx, row).await.unwrap(), row.page_id);
        }
        assert_eq!(list_pages(&mut tx).await.unwrap(), [delivery.clone(), returns.clone(), imprint]);
        upsert_page(&mut tx, &page("9", "nowhere", "", 0)).await.unwrap();
        let links: Vec<_> = list_page_links(&mut tx).await.unwrap().into_iter().map(|l| l.slug).collect();
        assert_eq!(links, ["delivery", "returns", "imprint"]);
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::site()]));
        let changed = Page { title: "New".to_owned(), updated_at: 2, ..page("4", "returns", "help", 0) };
        assert_eq!(upsert_page(&mut tx, &changed).await.unwrap(), "2");
        let found = find_page_by_slug(&mut tx, "returns").await.unwrap();
        assert_eq!(found, Some(Page { page_id: "2".to_owned(), ..changed }));
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::page("2")]));
        assert_eq!(find_page_by_slug(&mut tx, "none").await.unwrap(), None);
        assert_eq!(find_page_by_slug(&mut tx, "delivery").await.unwrap(), Some(delivery));
        assert_eq!(refusal(upsert_page(&mut tx, &page("2", "new", "", 0)).await), ErrorKind::UniqueViolation);
    })
    .await;
}
