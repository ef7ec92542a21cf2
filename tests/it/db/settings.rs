//! The shop's settings are one document.

use std::collections::BTreeSet;

use mercer::db::settings::*;
use mercer::domain::settings::{Bank, Hero, ShopSettings};
use mercer::domain::tag::Tag;

use crate::support::both_engines;

#[tokio::test]
async fn settings_are_kept_whole_and_replaced() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(find_settings(&mut tx).await.unwrap(), None);
        assert_eq!(tx.take_tags(), BTreeSet::from([Tag::site()]), "what is not set yet may be set");
        let [holder, iban, bic] = ["Orrery \"Uhren\"", "DE02", "BYLA"].map(str::to_owned);
        let [title, text, link, link_text, alt, media_hash] =
            ["a", "b", "c", "d", "e", "f"].map(str::to_owned);
        let settings = ShopSettings {
            name: "Orrery".to_owned(),
            currency: "JPY".to_owned(),
            company: vec!["One".to_owned(), "Two".to_owned()],
            bank: Bank { holder, iban, bic },
            hero: Hero { title, text, link, link_text, alt, media_hash },
            why: vec![("Fast".to_owned(), "Really".to_owned())],
            countries: vec!["JP".to_owned()],
            time_zone: "Asia/Tokyo".to_owned(),
            ..ShopSettings::default()
        };
        update_settings(&mut tx, &ShopSettings::default(), 1).await.unwrap();
        assert_eq!(find_settings(&mut tx).await.unwrap(), Some(ShopSettings::default()));
        update_settings(&mut tx, &settings, 2).await.unwrap();
        assert_eq!(find_settings(&mut tx).await.unwrap(), Some(settings));
        drop(tx);
        let mut conn = t.app.db.read().await.unwrap();
        assert_eq!(find_settings(&mut conn).await.unwrap(), None, "a dropped transaction leaves nothing");
        let denied = update_settings(&mut conn, &ShopSettings::default(), 1).await;
        assert!(denied.is_err(), "the read side refuses writes");
    })
    .await;
}
