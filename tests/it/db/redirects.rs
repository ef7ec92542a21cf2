//! Old slugs lead to the thing that had them, and to nothing that is not public.

use std::collections::BTreeSet;

use mercer::db::redirects::*;
use mercer::domain::tag::Tag;
use mercer::shop::catalogue::unpublish_product;

use crate::support::{both_engines, shelf};

#[tokio::test]
async fn an_old_slug_leads_to_the_present_one() {
    both_engines(async |t| {
        let product = shelf::put(&t.app, &shelf::simple("cap")).await;
        let other = shelf::put(&t.app, &shelf::simple("hat")).await;
        let category = shelf::put_category(&t.app, "caps", None, None).await;
        let mut tx = t.app.db.write().await.unwrap();
        insert_redirect(&mut tx, Renamed::Product, "old", &other, 1).await.unwrap();
        insert_redirect(&mut tx, Renamed::Product, "old", &product, 2).await.unwrap();
        insert_redirect(&mut tx, Renamed::Category, "old", &category, 2).await.unwrap();
        insert_redirect(&mut tx, Renamed::Page, "old", "no-page", 2).await.unwrap();
        tx.commit().await.unwrap();
        let mut conn = t.app.db.read().await.unwrap();
        for (kind, slug, found, tag) in [
            (Renamed::Product, "old", Some("cap"), Some(Tag::product(&product))),
            (Renamed::Category, "old", Some("caps"), Some(Tag::category(&category))),
            (Renamed::Page, "old", None, None),
            (Renamed::Product, "cap", None, None),
        ] {
            assert_eq!(
                find_redirect(&mut conn, kind, slug).await.unwrap().as_deref(),
                found,
                "{kind:?} {slug}"
            );
            assert_eq!(conn.take_tags(), tag.into_iter().collect::<BTreeSet<_>>());
        }
        drop(conn);

        unpublish_product(&t.app, &product).await.unwrap();
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(find_redirect(&mut tx, Renamed::Product, "old").await.unwrap(), None);
        delete_redirect(&mut tx, Renamed::Product, "old").await.unwrap();
        delete_redirect(&mut tx, Renamed::Product, "never").await.unwrap();
        assert!(find_redirect(&mut tx, Renamed::Category, "old").await.unwrap().is_some());
        delete_redirect(&mut tx, Renamed::Category, "old").await.unwrap();
        assert_eq!(find_redirect(&mut tx, Renamed::Category, "old").await.unwrap(), None);
    })
    .await;
}
