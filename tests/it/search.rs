//! The search index follows what is committed, the same on both databases.

use std::sync::Mutex;

use mercer::app::App;
use mercer::db::products::rows::find_draft;
use mercer::domain::catalogue::Category;
use mercer::domain::draft::{ProductDraft, VariantDraft};
use mercer::shop::catalogue::{delete_product, save_category, save_product};

use crate::support::both_engines;

fn draft(slug: &str, title: &str, popularity: i64) -> ProductDraft {
    ProductDraft {
        slug: slug.to_owned(),
        title: title.to_owned(),
        summary: "Reads well in the dark.".to_owned(),
        published: true,
        popularity,
        variants: vec![VariantDraft {
            sku: format!("SKU-{slug}"),
            price_minor: 1000,
            stock: Some(5),
            ..VariantDraft::default()
        }],
        ..ProductDraft::default()
    }
}

fn category(app: &App, slug: &str, name: &str, parent_id: Option<&str>) -> Category {
    Category {
        category_id: app.id(),
        parent_id: parent_id.map(str::to_owned),
        slug: slug.to_owned(),
        name: name.to_owned(),
        help: String::new(),
        fact_attribute: None,
        door: false,
        position: 0,
    }
}

async fn save(app: &App, category: &Category) -> String {
    let mut tx = app.db.write().await.unwrap();
    let id = save_category(app, &mut tx, category).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// The slugs of what `query` finds, once the feed was followed.
async fn found(app: &App, query: &str) -> Vec<String> {
    app.feed.poll(app).await.unwrap();
    let mut conn = app.db.read().await.unwrap();
    let mut slugs = Vec::new();
    for id in app.search.find(query).product_ids {
        slugs.push(find_draft(&mut conn, &id).await.unwrap().unwrap().slug);
    }
    slugs
}

#[tokio::test]
async fn the_index_follows_the_feed() {
    both_engines(async |store| {
        let app = &store.app;
        assert!(found(app, "meridian").await.is_empty());
        let saved = save_product(app, None, &draft("meridian", "Meridian 38", 1)).await.unwrap();
        assert_eq!(found(app, "meridain").await, ["meridian"]);
        assert_eq!(found(app, "sku-meridian").await, ["meridian"]);

        let renamed = ProductDraft { title: "Almanac".to_owned(), ..draft("meridian", "", 1) };
        save_product(app, Some(&saved.product_id), &renamed).await.unwrap();
        assert!(found(app, "38").await.is_empty());
        assert_eq!(found(app, "almanac").await, ["meridian"]);

        let hidden = ProductDraft { published: false, ..renamed };
        save_product(app, Some(&saved.product_id), &hidden).await.unwrap();
        assert!(found(app, "almanac").await.is_empty());
        save_product(app, Some(&saved.product_id), &ProductDraft { published: true, ..hidden })
            .await
            .unwrap();
        assert_eq!(found(app, "almanac").await, ["meridian"]);
        delete_product(app, &saved.product_id).await.unwrap();
        assert!(found(app, "almanac").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_renamed_category_is_found_with_what_is_below_it() {
    both_engines(async |store| {
        let app = &store.app;
        let watches = save(app, &category(app, "watches", "Watches", None)).await;
        let field = save(app, &category(app, "field", "Field", Some(&watches))).await;
        let product = ProductDraft { categories: vec![field], ..draft("meridian", "Meridian 38", 1) };
        save_product(app, None, &product).await.unwrap();
        assert_eq!(found(app, "watches").await, ["meridian"]);

        let mut renamed = category(app, "watches", "Timepieces", None);
        renamed.category_id = watches;
        save(app, &renamed).await;
        assert_eq!(found(app, "timepieces").await, ["meridian"]);
        assert!(found(app, "watches").await.is_empty());
        let suggestions = app.search.suggest("timep");
        assert_eq!(suggestions.categories[0].slug, "watches");
        assert_eq!(suggestions.product_ids.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn both_databases_find_the_same() {
    let results = Mutex::new(Vec::new());
    both_engines(async |store| {
        let app = &store.app;
        let titles = ["Field watch", "Diver watch", "Dress watch", "Watch strap", "Uhrenarmband Größe L"];
        for (n, title) in titles.into_iter().enumerate() {
            save_product(app, None, &draft(&format!("p{n}"), title, (n % 2) as i64)).await.unwrap();
        }
        let mut all = Vec::new();
        for query in [
            "watch",
            "wacth",
            "strap",
            "groesse",
            "dark",
            "d",
            "sku p",
            "Watches in the dark",
            "wacth in the drak",
            "uhr",
            "xq",
            "qkc",
        ] {
            all.push((query, found(app, query).await));
        }
        assert_eq!(all[0].1, ["p1", "p3", "p2", "p0"]);
        assert_eq!(all[3].1, ["p4"]);
        results.lock().unwrap().push(all);
    })
    .await;
    let results = results.into_inner().unwrap();
    assert_eq!(results[0], results[1]);
}
