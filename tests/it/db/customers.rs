//! Customers by their address, and what is counted against guessers.

use mercer::db::customers::*;
use mercer::domain::customer::Failures;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::both_engines;

#[tokio::test]
async fn an_address_has_one_account() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let ada = seeds::customer(&mut tx, "ada").await;
        assert_eq!(find_customer(&mut tx, "ada").await.unwrap().as_ref(), Some(&ada));
        assert_eq!(find_customer_by_email(&mut tx, "ada@example.com").await.unwrap().as_ref(), Some(&ada));
        assert_eq!(find_customer(&mut tx, "eve").await.unwrap(), None);
        assert_eq!(find_customer_by_email(&mut tx, "ADA@example.com").await.unwrap(), None);
        let twin = Customer { id: "twin".to_owned(), password_hash: "other".to_owned(), ..ada.clone() };
        assert!(!insert_customer(&mut tx, &twin).await.unwrap());
        assert_eq!(find_customer_by_email(&mut tx, "ada@example.com").await.unwrap(), Some(ada.clone()));
        let same_id = Customer { email: "new@example.com".to_owned(), ..ada };
        assert_eq!(refusal(insert_customer(&mut tx, &same_id).await), ErrorKind::UniqueViolation);
    })
    .await;
}

#[tokio::test]
async fn each_change_touches_its_customer_alone() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let ada = seeds::customer(&mut tx, "ada").await;
        let eve = seeds::customer(&mut tx, "eve").await;
        update_customer_name(&mut tx, "ada", "Countess", 2).await.unwrap();
        update_customer_password(&mut tx, "ada", "second", 3).await.unwrap();
        assert!(!update_customer_hash(&mut tx, "ada", "hash of ada", "late").await.unwrap());
        assert!(update_customer_hash(&mut tx, "ada", "second", "third").await.unwrap());
        assert!(!update_customer_hash(&mut tx, "gone", "second", "third").await.unwrap());
        update_customer_confirmed(&mut tx, "ada", 4).await.unwrap();
        update_customer_confirmed(&mut tx, "ada", 5).await.unwrap();
        let (name, password_hash) = ("Countess".to_owned(), "third".to_owned());
        let changed = Customer { name, password_hash, email_confirmed_at: Some(4), ..ada };
        assert_eq!(
            find_customer(&mut tx, "ada").await.unwrap().as_ref(),
            Some(&changed),
            "the first time counts"
        );

        assert!(!update_customer_email(&mut tx, "ada", "eve@example.com", 6).await.unwrap());
        assert!(!update_customer_email(&mut tx, "gone", "gone@example.com", 6).await.unwrap());
        assert!(update_customer_email(&mut tx, "ada", "ada@new.example", 6).await.unwrap());
        let moved = find_customer(&mut tx, "ada").await.unwrap().unwrap();
        assert_eq!((moved.email.as_str(), moved.email_confirmed_at), ("ada@new.example", Some(6)));
        assert_eq!(find_customer(&mut tx, "eve").await.unwrap(), Some(eve));
        delete_customer(&mut tx, "ada").await.unwrap();
        assert_eq!(find_customer(&mut tx, "ada").await.unwrap(), None);
        assert!(find_customer(&mut tx, "eve").await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_customer_goes_last() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        seeds::customer(&mut tx, "ada").await;
        mercer::db::carts::insert_cart(&mut tx, "one", "token", "ada", 1).await.unwrap();
        assert_eq!(refusal(delete_customer(&mut tx, "ada").await), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_are_counted_by_account() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(find_failures(&mut tx, "a").await.unwrap(), Failures::default());
        for (account, count, at) in [("a", 1, 10), ("a", 2, 20), ("b", 7, 30), ("c", 1, 40)] {
            update_failures(&mut tx, account, Failures { count, at }).await.unwrap();
        }
        assert_eq!(find_failures(&mut tx, "a").await.unwrap(), Failures { count: 2, at: 20 });
        delete_failures(&mut tx, "a").await.unwrap();
        assert_eq!(find_failures(&mut tx, "a").await.unwrap(), Failures::default());
        assert_eq!(find_failures(&mut tx, "b").await.unwrap(), Failures { count: 7, at: 30 });
        assert_eq!(delete_old_failures(&mut tx, 30).await.unwrap(), 0);
        assert_eq!(delete_old_failures(&mut tx, 31).await.unwrap(), 1);
        assert_eq!(find_failures(&mut tx, "c").await.unwrap().count, 1);
    })
    .await;
}
