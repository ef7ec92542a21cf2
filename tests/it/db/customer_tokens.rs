//! Links in mails: for one purpose, once, until they expire.

use mercer::db::Conn;
use mercer::db::customer_tokens::*;
use sqlx::error::ErrorKind;

use super::seeds::{self, refusal};
use crate::support::both_engines;

async fn put(conn: &mut Conn, hash: &str, customer_id: &str, purpose: TokenPurpose) -> sqlx::Result<()> {
    insert_token(conn, NewToken { hash, customer_id, purpose, new_email: "new@example.com", expires_at: 100 })
        .await
}

#[tokio::test]
async fn a_link_works_once_for_its_purpose_until_it_expires() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        seeds::customer(&mut tx, "ada").await;
        put(&mut tx, "h", "ada", TokenPurpose::Reset).await.unwrap();
        let said = CustomerToken { customer_id: "ada".to_owned(), new_email: "new@example.com".to_owned() };
        for (hash, purpose, now, works) in [
            ("h", TokenPurpose::Reset, 99, true),
            ("h", TokenPurpose::Reset, 100, false),
            ("h", TokenPurpose::Email, 99, false),
            ("H", TokenPurpose::Reset, 99, false),
        ] {
            let found = find_token(&mut tx, hash, purpose, now).await.unwrap();
            assert_eq!(found, works.then(|| said.clone()), "{hash} {purpose:?} {now}");
        }
        assert_eq!(delete_token(&mut tx, "h", TokenPurpose::Reset, 100).await.unwrap(), None);
        assert_eq!(delete_token(&mut tx, "h", TokenPurpose::Confirm, 99).await.unwrap(), None);
        assert_eq!(delete_token(&mut tx, "h", TokenPurpose::Reset, 99).await.unwrap(), Some(said));
        assert_eq!(delete_token(&mut tx, "h", TokenPurpose::Reset, 99).await.unwrap(), None);
        let nobodys = put(&mut tx, "x", "nobody", TokenPurpose::Reset).await;
        assert_eq!(refusal(nobodys), ErrorKind::ForeignKeyViolation);
    })
    .await;
}

#[tokio::test]
async fn links_are_withdrawn_by_customer_and_purpose() {
    use TokenPurpose::{Confirm, Email, Reset};
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for id in ["ada", "eve"] {
            seeds::customer(&mut tx, id).await;
            for purpose in [Confirm, Reset, Email] {
                put(&mut tx, &format!("{id} {}", purpose.as_str()), id, purpose).await.unwrap();
            }
        }
        let live = async |conn: &mut Conn| {
            let mut live = Vec::new();
            for id in ["ada", "eve"] {
                for purpose in [Confirm, Reset, Email] {
                    let hash = format!("{id} {}", purpose.as_str());
                    live.extend(find_token(conn, &hash, purpose, 0).await.unwrap().map(|_| hash));
                }
            }
            live
        };
        delete_tokens(&mut tx, "ada", Reset).await.unwrap();
        assert_eq!(
            live(&mut tx).await,
            ["ada confirm", "ada email", "eve confirm", "eve reset", "eve email"]
        );
        // A newer link ends the older one of its kind.
        put(&mut tx, "newer", "ada", Email).await.unwrap();
        assert_eq!(live(&mut tx).await, ["ada confirm", "eve confirm", "eve reset", "eve email"]);
        delete_all_tokens(&mut tx, "ada").await.unwrap();
        assert_eq!(live(&mut tx).await, ["eve confirm", "eve reset", "eve email"]);
        assert_eq!(find_token(&mut tx, "newer", Email, 0).await.unwrap(), None);
        assert_eq!(delete_old_tokens(&mut tx, 99).await.unwrap(), 0);
        assert_eq!(delete_old_tokens(&mut tx, 100).await.unwrap(), 3);
    })
    .await;
}
