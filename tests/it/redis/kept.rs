//! What Redis holds of a login, and for how long.

use mercer::domain::customer::{SESSION_IDLE_MS, SESSION_MS};
use redis::AsyncCommands;

use super::server::Server;
use super::{ADA, PASSWORD, customer, log_in};
use crate::support::TestStore;

#[tokio::test]
async fn a_login_is_kept_under_its_hash_for_as_long_as_it_may_live() {
    let server = Server::start().await;
    let store = TestStore::sqlite_with(server.config()).await;
    let client = customer(&store).await;
    let token = client.cookie("session").unwrap();
    let mut own = server.connect().await;
    let key = format!("own:session:{}", mercer::random::token_hash(&token));
    let value: String = own.get(&key).await.unwrap();
    assert!(!value.contains(&token) && !value.contains(ADA) && !value.contains("Ada"), "{value}");
    let left_ms: i64 = own.pttl(&key).await.unwrap();
    assert!((1..=SESSION_IDLE_MS).contains(&left_ms), "{left_ms}");
    let lists: Vec<String> = own.keys("own:sessions:*").await.unwrap();
    assert_eq!(lists.len(), 1, "{lists:?}");
    let left_ms: i64 = own.pttl(&lists[0]).await.unwrap();
    assert!((1..=SESSION_MS).contains(&left_ms), "{left_ms}");
    assert!(!store.dump().await.contains(&mercer::random::token_hash(&token)), "there is one place");

    client.post("/account/logout", &[]).await.expect(303);
    let left: Vec<String> = own.keys("own:session*").await.unwrap();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test]
async fn a_login_that_is_given_up_for_another_leaves_nothing() {
    let server = Server::start().await;
    let store = TestStore::sqlite_with(server.config()).await;
    let client = customer(&store).await;
    log_in(&client).await.expect(303);
    let mut own = server.connect().await;
    let kept: Vec<String> = own.keys("own:session:*").await.unwrap();
    assert_eq!(kept.len(), 1, "the browser's old login is gone");
    let other = store.client();
    log_in(&other).await.expect(303);
    let new = "orange-violet-93";
    let fields =
        [("action", "password"), ("password_old", PASSWORD), ("password_new", new), ("password_repeat", new)];
    let answer = client.post("/account/security", &fields).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.text());
    client.get("/account").await.expect(200);
    assert_eq!(other.get("/account").await.status.as_u16(), 303, "the other device is out");
    let kept: Vec<String> = own.keys("own:session:*").await.unwrap();
    assert_eq!(kept.len(), 1, "{kept:?}");
}
