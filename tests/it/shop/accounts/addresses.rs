use mercer::db::addresses::{SavedAddress, list_addresses};
use mercer::domain::address::Address;
use mercer::domain::customer::ADDRESSES_MAX;
use mercer::error::Error;
use mercer::shop::accounts::{LoggedIn, delete_address, make_main_address, save_address};

use super::{PASSWORD, enter, open_account, reason};
use crate::support::{TestStore, both_engines};

fn address(line1: &str) -> Address {
    Address {
        name: "Ada Byron".to_owned(),
        line1: line1.to_owned(),
        postcode: "10115".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        ..Address::default()
    }
}

async fn kept(store: &TestStore, who: &LoggedIn) -> Vec<SavedAddress> {
    list_addresses(&mut store.app.db.read().await.unwrap(), &who.customer_id).await.unwrap()
}

/// First lines, the main one with a star.
async fn lines(store: &TestStore, who: &LoggedIn) -> Vec<String> {
    let star = |a: SavedAddress| format!("{}{}", a.address.line1, if a.main { "*" } else { "" });
    kept(store, who).await.into_iter().map(star).collect()
}

#[tokio::test]
async fn there_is_always_one_main_address() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, "ada@example.com").await;
        let (_, me) = enter(app, "ada@example.com", PASSWORD).await;
        let a = save_address(app, &me, None, address("A 1"), false).await.unwrap();
        app.clock.advance(1);
        let b = save_address(app, &me, None, address("B 2"), false).await.unwrap();
        app.clock.advance(1);
        let c = save_address(app, &me, None, address("C 3"), true).await.unwrap();
        assert_eq!(lines(&store, &me).await, ["C 3*", "B 2", "A 1"]);
        assert_eq!(save_address(app, &me, Some(&c), address("C 4"), false).await.unwrap(), c);
        assert_eq!(lines(&store, &me).await, ["C 4*", "B 2", "A 1"], "changing it keeps it main");
        make_main_address(app, &me, &a).await.unwrap();
        assert_eq!(lines(&store, &me).await, ["A 1*", "C 4", "B 2"]);
        delete_address(app, &me, &a).await.unwrap();
        assert_eq!(lines(&store, &me).await, ["C 4*", "B 2"]);
        delete_address(app, &me, &b).await.unwrap();
        delete_address(app, &me, &c).await.unwrap();
        assert_eq!(lines(&store, &me).await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn an_address_is_its_owners_alone() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, "ada@example.com").await;
        open_account(&store, "eve@example.com").await;
        let (_, ada) = enter(app, "ada@example.com", PASSWORD).await;
        let (_, eve) = enter(app, "eve@example.com", PASSWORD).await;
        let id = save_address(app, &ada, None, address("A 1"), false).await.unwrap();
        let missing = |result: Result<(), Error>| assert!(matches!(result, Err(Error::NotFound("address"))));
        missing(save_address(app, &eve, Some(&id), address("E 6"), true).await.map(|_| ()));
        missing(make_main_address(app, &eve, &id).await);
        missing(delete_address(app, &eve, &id).await);
        assert_eq!(lines(&store, &ada).await, ["A 1*"]);
    })
    .await;
}

#[tokio::test]
async fn mistakes_and_limits() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, "ada@example.com").await;
        let (_, me) = enter(app, "ada@example.com", PASSWORD).await;
        let wrong =
            save_address(app, &me, None, Address { city: String::new(), ..address("A 1") }, false).await;
        reason(wrong, "city");
        for i in 0..ADDRESSES_MAX {
            save_address(app, &me, None, address(&format!("A {i}")), false).await.unwrap();
        }
        let over = save_address(app, &me, None, address("A 99"), false).await;
        assert!(matches!(over, Err(Error::Conflict(_))));
        assert_eq!(kept(&store, &me).await.len(), ADDRESSES_MAX);
    })
    .await;
}
