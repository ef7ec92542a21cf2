//! Addresses belong to one customer, and one of them is the main one.

use mercer::db::Conn;
use mercer::db::addresses::*;
use mercer::domain::address::Address;
use sqlx::error::ErrorKind;

use super::seeds;
use crate::shop::goods::berlin;
use crate::support::both_engines;

async fn put(conn: &mut Conn, id: &str, customer_id: &str, main: bool, at: i64) -> sqlx::Result<()> {
    let new = NewAddress { address_id: id, customer_id, main, address: &berlin() };
    insert_address(conn, new, at).await
}

async fn ids(conn: &mut Conn, customer_id: &str) -> Vec<(String, bool)> {
    let rows = list_addresses(conn, customer_id).await.unwrap();
    rows.into_iter().map(|a| (a.address_id, a.main)).collect()
}

fn row(id: &str, main: bool) -> (String, bool) {
    (id.to_owned(), main)
}

#[tokio::test]
async fn the_main_one_comes_first_and_another_customers_is_not_found() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["ada", "eve"] {
            seeds::customer(&mut tx, id).await;
        }
        for (id, main, at) in [("old", false, 1), ("main", true, 2), ("new", false, 3)] {
            put(&mut tx, id, "ada", main, at).await.unwrap();
        }
        put(&mut tx, "hers", "eve", true, 9).await.unwrap();
        assert_eq!(ids(&mut tx, "ada").await, [row("main", true), row("new", false), row("old", false)]);
        assert_eq!(list_addresses(&mut tx, "nobody").await.unwrap(), []);

        let found = find_address(&mut tx, "ada", "main").await.unwrap().unwrap();
        assert_eq!((found.address, found.main), (berlin(), true));
        assert_eq!(find_address(&mut tx, "eve", "main").await.unwrap(), None);

        let elsewhere = Address { line1: "Elsewhere 1".to_owned(), ..berlin() };
        let change =
            |customer_id| NewAddress { address_id: "old", customer_id, main: false, address: &elsewhere };
        assert!(update_address(&mut tx, change("ada")).await.unwrap());
        assert!(!update_address(&mut tx, change("eve")).await.unwrap());
        assert_eq!(find_address(&mut tx, "ada", "old").await.unwrap().unwrap().address, elsewhere);
        assert_eq!(find_address(&mut tx, "ada", "new").await.unwrap().unwrap().address, berlin());

        assert!(update_main_address(&mut tx, "ada", "new").await.unwrap());
        assert!(!update_main_address(&mut tx, "ada", "hers").await.unwrap());
        assert_eq!(ids(&mut tx, "ada").await, [row("new", true), row("main", false), row("old", false)]);
        assert_eq!(ids(&mut tx, "eve").await, [row("hers", true)]);
    })
    .await;
}

#[tokio::test]
async fn addresses_are_removed_one_by_one_and_all_at_once() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["ada", "eve"] {
            seeds::customer(&mut tx, id).await;
            for place in ["a", "b"] {
                put(&mut tx, &format!("{id}-{place}"), id, false, 1).await.unwrap();
            }
        }
        assert!(!delete_address(&mut tx, "eve", "ada-a").await.unwrap());
        assert!(delete_address(&mut tx, "ada", "ada-a").await.unwrap());
        assert!(!delete_address(&mut tx, "ada", "ada-a").await.unwrap());
        assert_eq!(ids(&mut tx, "ada").await, [row("ada-b", false)]);
        delete_addresses(&mut tx, "ada").await.unwrap();
        assert_eq!((ids(&mut tx, "ada").await.len(), ids(&mut tx, "eve").await.len()), (0, 2));
        assert_eq!(
            seeds::refusal(put(&mut tx, "x", "nobody", false, 1).await),
            ErrorKind::ForeignKeyViolation
        );
    })
    .await;
}
