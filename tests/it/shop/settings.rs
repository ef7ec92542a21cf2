//! The shop's settings: what can't be is refused, and what people read follows them.

use mercer::domain::catalogue::Page;
use mercer::domain::settings::ShopSettings;
use mercer::error::{Error, Result};
use mercer::shop::catalogue::save_page;
use mercer::shop::settings::save_settings;

use crate::support::TestStore;

async fn save(store: &TestStore, time_zone: &str, country: &str) -> Result<()> {
    let settings = ShopSettings {
        time_zone: time_zone.to_owned(),
        countries: vec![country.to_owned()],
        ..ShopSettings::default()
    };
    let mut tx = store.app.db.write().await.unwrap();
    save_settings(&store.app, &mut tx, &settings).await?;
    tx.commit().await.unwrap();
    store.app.reload_settings().await
}

#[tokio::test]
async fn dates_are_those_of_the_shops_own_clocks() {
    let store = TestStore::sqlite().await;
    // Half an hour before midnight in UTC.
    store.app.clock.advance(11 * 3_600_000 + 1_800_000);
    let page = Page {
        page_id: store.app.id(),
        slug: "about".to_owned(),
        title: "About us".to_owned(),
        body: String::new(),
        footer: String::new(),
        position: 0,
        updated_at: store.app.clock.now_ms(),
    };
    let mut tx = store.app.db.write().await.unwrap();
    save_page(&store.app, &mut tx, &page).await.unwrap();
    tx.commit().await.unwrap();
    for (time_zone, country, day) in
        [("", "DE", 2), ("", "US", 1), ("America/New_York", "DE", 1), ("Asia/Tokyo", "US", 2)]
    {
        save(&store, time_zone, country).await.unwrap();
        let page = store.client().get("/pages/about").await.expect(200);
        let date = format!("Last changed on {day}\u{a0}November\u{a0}2026");
        assert!(page.text().contains(&date), "{time_zone} {country}");
    }
}

#[tokio::test]
async fn a_time_zone_that_there_is_not_is_refused() {
    let store = TestStore::sqlite().await;
    let refused = save(&store, "Europe/Atlantis", "DE").await.unwrap_err();
    assert!(
        matches!(&refused, Error::Invalid(e) if e.get("time_zone") == Some("settings.error_time_zone")),
        "{refused}"
    );
}
