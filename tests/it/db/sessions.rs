//! Logins are found while they live, by their own kind, and end one by one or together.

use mercer::db::Conn;
use mercer::db::sessions::*;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::both_engines;

fn session(hash: &str, customer_id: &str, seen_at: i64) -> Session {
    Session {
        hash: hash.to_owned(),
        customer_id: customer_id.to_owned(),
        kind: "web".to_owned(),
        device: "Firefox".to_owned(),
        created_at: 1,
        fresh_at: 1,
        seen_at,
        expires_at: 100,
    }
}

/// The hashes of the customer's logins, dead ones too.
async fn all(conn: &mut Conn, customer_id: &str) -> Vec<String> {
    let rows = list_sessions(conn, customer_id, i64::MIN, i64::MIN).await.unwrap();
    rows.into_iter().map(|s| s.hash).collect()
}

#[tokio::test]
async fn a_login_lives_until_it_expires_or_lies_idle() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        let ada = seeds::customer(&mut tx, "ada").await;
        insert_session(&mut tx, &session("h", "ada", 50)).await.unwrap();
        for (hash, kind, now, seen_after, lives) in [
            ("h", "web", 99, 49, true),
            ("h", "web", 100, 49, false),
            ("h", "web", 99, 50, false),
            ("h", "api", 99, 49, false),
            ("x", "web", 99, 49, false),
        ] {
            let found = find_session(&mut tx, hash, kind, now, seen_after).await.unwrap();
            assert_eq!(found.is_some(), lives, "{hash} {kind} {now} {seen_after}");
            assert!(found.is_none_or(|s| s.email == ada.email && s.name == "ADA" && s.seen_at == 50));
        }
        let live =
            async |conn: &mut Conn, now, after| list_sessions(conn, "ada", now, after).await.unwrap().len();
        assert_eq!(live(&mut tx, 99, 49).await, 1);
        assert_eq!((live(&mut tx, 100, 49).await, live(&mut tx, 99, 50).await), (0, 0));
        update_session_seen(&mut tx, "h", 40).await.unwrap();
        assert_eq!(
            list_sessions(&mut tx, "ada", 0, 0).await.unwrap()[0].seen_at,
            50,
            "it moves forward only"
        );
        update_session_seen(&mut tx, "h", 60).await.unwrap();
        assert_eq!(list_sessions(&mut tx, "ada", 0, 0).await.unwrap()[0].seen_at, 60);
        let orphan = insert_session(&mut tx, &session("o", "nobody", 1)).await;
        assert_eq!(refusal(orphan), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn a_new_token_replaces_the_old_one() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        seeds::customer(&mut tx, "ada").await;
        insert_session(&mut tx, &session("old", "ada", 5)).await.unwrap();
        insert_session(&mut tx, &session("other", "ada", 5)).await.unwrap();
        assert!(update_session_token(&mut tx, "old", "new", 9).await.unwrap());
        assert!(!update_session_token(&mut tx, "old", "newer", 9).await.unwrap());
        assert_eq!(find_session(&mut tx, "old", "web", 9, 0).await.unwrap(), None);
        let found = find_session(&mut tx, "new", "web", 9, 0).await.unwrap().unwrap();
        assert_eq!((found.fresh_at, found.seen_at), (9, 9));
        let other = find_session(&mut tx, "other", "web", 9, 0).await.unwrap().unwrap();
        assert_eq!((other.fresh_at, other.seen_at), (1, 5));
        let taken = update_session_token(&mut tx, "new", "other", 9).await;
        assert_eq!(refusal(taken), ErrorKind::UniqueViolation);
    })
    .await;
}

#[tokio::test]
async fn logins_end_one_by_one_and_together() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["ada", "eve"] {
            seeds::customer(&mut tx, id).await;
            for (n, seen) in [("1", 10), ("2", 30), ("3", 20)] {
                insert_session(&mut tx, &session(&format!("{id}{n}"), id, seen)).await.unwrap();
            }
        }
        assert_eq!(all(&mut tx, "ada").await, ["ada2", "ada3", "ada1"], "the one used last first");
        delete_session(&mut tx, "ada2").await.unwrap();
        assert_eq!(all(&mut tx, "ada").await, ["ada3", "ada1"]);
        assert_eq!(delete_sessions(&mut tx, "ada", "ada1").await.unwrap(), 1);
        assert_eq!(all(&mut tx, "ada").await, ["ada1"]);
        assert_eq!(delete_sessions(&mut tx, "ada", "").await.unwrap(), 1);
        assert_eq!(all(&mut tx, "eve").await.len(), 3);
        assert_eq!(delete_old_sessions(&mut tx, 99, 9).await.unwrap(), 0);
        assert_eq!(delete_old_sessions(&mut tx, 99, 10).await.unwrap(), 1, "idle");
        assert_eq!(all(&mut tx, "eve").await, ["eve2", "eve3"]);
        assert_eq!(delete_old_sessions(&mut tx, 100, 0).await.unwrap(), 2, "expired");
    })
    .await;
}

#[tokio::test]
async fn logins_that_are_kept_elsewhere_end_by_the_epoch() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["ada", "eve"] {
            seeds::customer(&mut tx, id).await;
        }
        let owner = find_session_owner(&mut tx, "ada").await.unwrap().unwrap();
        assert_eq!((owner.session_epoch, owner.email.is_empty()), (0, false));
        assert_eq!(update_session_epoch(&mut tx, "ada").await.unwrap(), Some(1));
        assert_eq!(update_session_epoch(&mut tx, "ada").await.unwrap(), Some(2));
        let moved = SessionOwner { session_epoch: 2, ..owner };
        assert_eq!(find_session_owner(&mut tx, "ada").await.unwrap(), Some(moved));
        assert_eq!(find_session_owner(&mut tx, "eve").await.unwrap().unwrap().session_epoch, 0);
        assert_eq!(update_session_epoch(&mut tx, "nobody").await.unwrap(), None);
        assert_eq!(find_session_owner(&mut tx, "nobody").await.unwrap(), None);
    })
    .await;
}
