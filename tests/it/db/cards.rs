//! Cards: which products a list shows, in which order, and what the page then depends on.

use std::collections::BTreeSet;

use mercer::app::App;
use mercer::db::availability::{Availability, list_availability};
use mercer::db::cards::*;
use mercer::domain::catalogue::{Band, ProductCard};
use mercer::domain::tag::Tag;

use crate::support::{both_engines, shelf};

fn slugs(cards: &[ProductCard]) -> Vec<&str> {
    cards.iter().map(|card| card.slug.as_str()).collect()
}

/// "a" is the oldest and sells best but is sold out; "hidden" is not published.
async fn fill(app: &App) -> Vec<String> {
    let mut ids = Vec::new();
    for (slug, popularity, stock, published) in
        [("a", 9, 0, true), ("b", 1, 10, true), ("c", 5, 2, true), ("hidden", 7, 10, false)]
    {
        let mut draft = shelf::simple(slug);
        (draft.popularity, draft.published, draft.variants[0].stock) = (popularity, published, Some(stock));
        ids.push(shelf::put(app, &draft).await);
        app.clock.advance(1000);
    }
    ids
}

#[tokio::test]
async fn lists_show_what_is_published_in_their_order() {
    both_engines(async |t| {
        let ids = fill(&t.app).await;
        let mut conn = t.app.db.read().await.unwrap();
        assert_eq!(slugs(&list_new(&mut conn, 9).await.unwrap()), ["c", "b", "a"]);
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::home()]));
        assert_eq!(slugs(&list_new(&mut conn, 1).await.unwrap()), ["c"]);
        conn.take_tags();
        assert_eq!(slugs(&list_popular(&mut conn, 9).await.unwrap()), ["c", "b", "a"], "sold out comes last");
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::home()]));
        assert_eq!(list_popular(&mut conn, 0).await.unwrap(), []);

        let wanted = [ids[2].clone(), "gone".to_owned(), ids[3].clone(), ids[0].clone()];
        conn.take_tags();
        let cards = list_cards(&mut conn, &wanted).await.unwrap();
        assert_eq!(slugs(&cards), ["c", "a"]);
        assert_eq!((cards[0].band, cards[1].band), (Band::Low, Band::Out));
        let each: BTreeSet<Tag> = wanted.iter().map(|id| Tag::product(id)).collect();
        assert_eq!(conn.take_tags(), each, "a product that is hidden now may be shown later");
        assert_eq!(list_cards(&mut conn, &[]).await.unwrap(), []);
        // Twelve are recorded one by one, thirteen as a list.
        let many: Vec<String> = (0..13).map(|n| format!("id-{n}")).collect();
        list_cards(&mut conn, &many[..12]).await.unwrap();
        assert_eq!(conn.take_tags().len(), 12);
        list_cards(&mut conn, &many).await.unwrap();
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::search()]));
    })
    .await;
}

#[tokio::test]
async fn pages_by_id_neither_skip_nor_repeat() {
    both_engines(async |t| {
        let ids = fill(&t.app).await;
        let sale = shelf::put_category(&t.app, "sale", None, None).await;
        let mut draft = shelf::simple("d");
        draft.categories = vec![sale.clone()];
        shelf::put(&t.app, &draft).await;
        let mut conn = t.app.db.read().await.unwrap();
        assert_eq!(slugs(&list_cards_after(&mut conn, None, "", 2).await.unwrap()), ["a", "b"]);
        assert_eq!(slugs(&list_cards_after(&mut conn, None, &ids[1], 2).await.unwrap()), ["c", "d"]);
        conn.take_tags();
        let inside = list_cards_after(&mut conn, Some(std::slice::from_ref(&sale)), "", 9).await.unwrap();
        assert_eq!(slugs(&inside), ["d"]);
        assert_eq!(conn.take_tags(), BTreeSet::from([Tag::home(), Tag::category(&sale)]));
        assert_eq!(list_cards_after(&mut conn, Some(&[]), "", 9).await.unwrap(), []);
        assert_eq!(list_cards_after(&mut conn, None, "zzz", 9).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn availability_is_told_of_what_is_published() {
    both_engines(async |t| {
        fill(&t.app).await;
        let mut conn = t.app.db.read().await.unwrap();
        let skus = ["C", "HIDDEN", "NONE", "A", "B"].map(str::to_owned);
        let row = |sku: &str, band| Availability { sku: sku.to_owned(), price_minor: 1000, band };
        assert_eq!(
            list_availability(&mut conn, &skus).await.unwrap(),
            [row("A", Band::Out), row("B", Band::In), row("C", Band::Low)]
        );
        assert_eq!(list_availability(&mut conn, &[]).await.unwrap(), []);
    })
    .await;
}
