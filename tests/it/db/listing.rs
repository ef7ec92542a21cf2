//! Listings: filters, counts, orders and pages.

use std::collections::BTreeSet;

use mercer::app::App;
use mercer::db::listing::{list_facet_keys, list_products};
use mercer::domain::catalogue::AttributeKind;
use mercer::domain::listing::{Listing, ListingQuery, Sort};
use mercer::domain::tag::Tag;

use crate::support::both_engines;
use crate::support::shelf;

/// Cases below "phones": three of brand acme, one of bolt; the last is sold out.
async fn fill(app: &App) -> (String, String) {
    shelf::put_attribute(app, "material", AttributeKind::Choice, 0).await;
    shelf::put_attribute(app, "size", AttributeKind::Number, 1).await;
    shelf::put_attribute(app, "magnetic", AttributeKind::Flag, 2).await;
    let phones = shelf::put_category(app, "phones", None, Some("size")).await;
    let cases = shelf::put_category(app, "cases", Some(&phones), None).await;
    let acme = shelf::put_brand(app, "acme").await;
    let bolt = shelf::put_brand(app, "bolt").await;
    let rows = [
        ("a", &acme, 1000, 5, ["leather", "9", "true"], 10),
        ("b", &acme, 2000, 9, ["silicone", "10", "false"], 2),
        ("c", &acme, 3000, 1, ["silicone", "9", "true"], 10),
        ("d", &bolt, 4000, 7, ["leather", "100", "true"], 0),
    ];
    for (slug, brand, price_minor, popularity, [material, size, magnetic], stock) in rows {
        let mut draft = shelf::simple(slug);
        draft.brand_id = Some(brand.clone());
        draft.categories = vec![cases.clone()];
        draft.popularity = popularity;
        draft.variants[0].price_minor = price_minor;
        draft.variants[0].stock = Some(stock);
        draft.attributes = vec![
            shelf::attribute("material", &[material]),
            shelf::attribute("size", &[size]),
            shelf::attribute("magnetic", &[magnetic]),
        ];
        shelf::put(app, &draft).await;
        app.clock.advance(1000);
    }
    shelf::put(app, &shelf::simple("elsewhere")).await;
    (phones, cases)
}

fn slugs(listing: &Listing) -> Vec<&str> {
    listing.cards.iter().map(|c| c.slug.as_str()).collect()
}

/// "material: leather 2, silicone 2*" — a star marks what is selected.
fn facets(listing: &Listing) -> Vec<String> {
    let values = |f: &mercer::domain::listing::Facet| {
        let value = |v: &mercer::domain::listing::FacetValue| {
            format!("{} {}{}", v.value, v.count, if v.selected { "*" } else { "" })
        };
        f.values.iter().map(value).collect::<Vec<_>>().join(", ")
    };
    listing.facets.iter().map(|f| format!("{}: {}", f.key, values(f))).collect()
}

fn brands(listing: &Listing) -> Vec<(&str, i64, bool)> {
    listing.brands.iter().map(|b| (b.slug.as_str(), b.count, b.selected)).collect()
}

async fn ask(app: &App, query: ListingQuery) -> Listing {
    list_products(&mut app.db.read().await.unwrap(), &query).await.unwrap()
}

#[tokio::test]
async fn a_category_lists_what_is_below_it() {
    both_engines(async |store| {
        let (phones, cases) = fill(&store.app).await;
        let mut conn = store.app.db.read().await.unwrap();
        let query = ListingQuery { category_id: Some(phones.clone()), ..ListingQuery::default() };
        let listing = list_products(&mut conn, &query).await.unwrap();
        // Sold out comes last, then the most popular first.
        assert_eq!(slugs(&listing), ["b", "a", "c", "d"]);
        assert_eq!((listing.total, listing.page, listing.pages, listing.in_stock), (4, 1, 1, 3));
        assert_eq!(listing.price_range, Some((1000, 4000)));
        assert_eq!(
            facets(&listing),
            ["material: leather 2, silicone 2", "size: 9 2, 10 1, 100 1", "magnetic: true 3"]
        );
        assert_eq!(brands(&listing), [("acme", 3, false), ("bolt", 1, false)]);
        assert_eq!(listing.cards[0].fact.as_ref().unwrap().value, "10");
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::category(&phones), Tag::site()]));
        drop(conn);

        let inside =
            ask(&store.app, ListingQuery { category_id: Some(cases), ..ListingQuery::default() }).await;
        assert_eq!(inside.total, 4);
        let nowhere = ListingQuery { category_id: Some("none".to_owned()), ..ListingQuery::default() };
        let nothing = ask(&store.app, nowhere).await;
        assert_eq!((nothing.total, nothing.pages, nothing.price_range), (0, 1, None));
    })
    .await;
}

#[tokio::test]
async fn each_filter_is_counted_with_the_others_applied() {
    both_engines(async |store| {
        let (phones, _) = fill(&store.app).await;
        let all = ListingQuery { category_id: Some(phones), sort: Sort::PriceUp, ..ListingQuery::default() };

        let mut query = all.clone();
        query.facets.insert("material".to_owned(), vec!["silicone".to_owned()]);
        let listing = ask(&store.app, query.clone()).await;
        assert_eq!(slugs(&listing), ["b", "c"]);
        assert_eq!(
            facets(&listing),
            ["material: leather 2, silicone 2*", "size: 9 1, 10 1", "magnetic: true 1"]
        );
        assert_eq!(brands(&listing), [("acme", 2, false)]);
        assert_eq!(listing.price_range, Some((2000, 3000)));

        query.brands = vec!["bolt".to_owned()];
        let listing = ask(&store.app, query).await;
        assert_eq!((slugs(&listing), listing.total), (vec![], 0));
        assert_eq!(brands(&listing), [("acme", 2, false)]);
        assert_eq!(facets(&listing), ["material: leather 1, silicone 0*"]);

        let mut query = all.clone();
        query.price_min_minor = Some(1500);
        query.price_max_minor = Some(3500);
        let listing = ask(&store.app, query.clone()).await;
        assert_eq!(slugs(&listing), ["b", "c"]);
        assert_eq!(listing.price_range, Some((1000, 4000)));
        assert_eq!(listing.in_stock, 2);

        let mut query = all;
        query.in_stock_only = true;
        let listing = ask(&store.app, query).await;
        assert_eq!(slugs(&listing), ["a", "b", "c"]);
        assert_eq!((listing.in_stock, listing.price_range), (3, Some((1000, 3000))));
    })
    .await;
}

#[tokio::test]
async fn listings_are_sorted_and_paged() {
    both_engines(async |store| {
        let (phones, _) = fill(&store.app).await;
        let sorted = async |sort| {
            let query = ListingQuery { category_id: Some(phones.clone()), sort, ..ListingQuery::default() };
            slugs(&ask(&store.app, query).await).join("")
        };
        assert_eq!(sorted(Sort::Newest).await, "dcba");
        assert_eq!(sorted(Sort::PriceUp).await, "abcd");
        assert_eq!(sorted(Sort::PriceDown).await, "dcba");
        assert_eq!(sorted(Sort::Relevance).await, "bacd");

        for number in 0..25 {
            shelf::put(&store.app, &shelf::simple(&format!("x{number:02}"))).await;
        }
        let page = |page| ListingQuery { page, sort: Sort::PriceUp, ..ListingQuery::default() };
        let pages =
            [ask(&store.app, page(1)).await, ask(&store.app, page(2)).await, ask(&store.app, page(3)).await];
        assert_eq!(pages.each_ref().map(|p| p.cards.len()), [24, 6, 0]);
        assert_eq!((pages[0].total, pages[0].pages), (30, 2));
        let seen: BTreeSet<&str> = pages.iter().flat_map(slugs).collect();
        assert_eq!(seen.len(), 30);
    })
    .await;
}

#[tokio::test]
async fn a_search_keeps_its_order_and_its_filters() {
    both_engines(async |store| {
        fill(&store.app).await;
        let mut conn = store.app.db.read().await.unwrap();
        let all = list_products(&mut conn, &ListingQuery::default()).await.unwrap();
        conn.take_tags();
        let id = |slug: &str| all.cards.iter().find(|c| c.slug == slug).unwrap().product_id.clone();
        let mut query = ListingQuery {
            ids: Some(vec![id("d"), "gone".to_owned(), id("a"), id("c")]),
            sort: Sort::Relevance,
            ..ListingQuery::default()
        };
        let listing = list_products(&mut conn, &query).await.unwrap();
        assert_eq!((slugs(&listing), listing.total), (vec!["d", "a", "c"], 3));
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::search()]));
        query.facets.insert("material".to_owned(), vec!["leather".to_owned()]);
        assert_eq!(slugs(&list_products(&mut conn, &query).await.unwrap()), ["d", "a"]);
        query.ids = Some(Vec::new());
        assert_eq!(list_products(&mut conn, &query).await.unwrap().total, 0);
    })
    .await;
}

#[tokio::test]
async fn what_filters_is_known_by_its_key() {
    both_engines(async |store| {
        let mut conn = store.app.db.read().await.unwrap();
        assert!(list_facet_keys(&mut conn).await.unwrap().is_empty());
        drop(conn);
        fill(&store.app).await;
        let mut tx = store.app.db.write().await.unwrap();
        let hidden = mercer::domain::catalogue::Attribute {
            key: "hidden".to_owned(),
            name: "Hidden".to_owned(),
            kind: AttributeKind::Text,
            unit: String::new(),
            facet: false,
            position: 0,
        };
        mercer::db::attributes::upsert_attribute(&mut tx, &hidden).await.unwrap();
        tx.take_tags();
        assert_eq!(list_facet_keys(&mut tx).await.unwrap(), ["magnetic", "material", "size"]);
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::site()]));
    })
    .await;
}
