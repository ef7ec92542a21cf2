use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use mercer::db::customers;
use mercer::error::Error;
use mercer::shop::accounts::{
    Credentials, SessionKind, Sessions, find_login, list_devices, log_in, log_out, log_out_others,
    remove_expired,
};

use super::{DAY_MS, MINUTE_MS, PASSWORD, credentials, enter, open_account, try_login, who};
use crate::support::{TestStore, both_engines};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn wrong_and_unknown_are_the_same() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        for (email, password) in
            [(ADA, "wrong-password"), ("nobody@example.com", PASSWORD), ("no address", PASSWORD), (ADA, "")]
        {
            assert!(try_login(app, email, password).await.unwrap().is_none(), "{email} {password}");
        }
    })
    .await;
}

#[tokio::test]
async fn wrong_passwords_slow_down_known_and_unknown_accounts_alike() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        for email in [ADA, "nobody@example.com"] {
            for _ in 0..5 {
                assert!(try_login(app, email, "wrong-password").await.unwrap().is_none());
            }
            assert_eq!(wait_s(&store, email, PASSWORD).await, Some(1), "{email}");
            app.clock.advance(1_000);
            assert_eq!(wait_s(&store, email, "wrong-password").await, None);
            assert_eq!(wait_s(&store, email, PASSWORD).await, Some(2), "{email}");
        }
        app.clock.advance(2_000);
        enter(app, ADA, PASSWORD).await;
        assert_eq!(wait_s(&store, ADA, "wrong-password").await, None, "a success forgets the failures");
        assert_eq!(wait_s(&store, ADA, PASSWORD).await, None);
    })
    .await;
}

async fn wait_s(store: &TestStore, email: &str, password: &str) -> Option<u64> {
    match try_login(&store.app, email, password).await {
        Err(Error::TooManyRequests { retry_after_s }) => Some(retry_after_s),
        Ok(_) => None,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_password_changed_meanwhile_opens_nothing() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        // The change is made but not committed: the login reads and compares the old password, and then has to wait.
        // Should it be so slow that it reads only after the commit, the old password is simply wrong.
        let mut tx = app.db.write().await.unwrap();
        let ada = customers::find_customer_by_email(&mut tx, ADA).await.unwrap().unwrap();
        customers::update_customer_password(&mut tx, &ada.id, "changed", 0).await.unwrap();
        let change = async {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            tx.commit().await.unwrap();
        };
        let (login, ()) = tokio::join!(try_login(app, ADA, PASSWORD), change);
        assert!(login.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_login_ends_when_idle_and_in_any_case() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (token, _) = enter(app, ADA, PASSWORD).await;
        app.clock.advance(7 * DAY_MS);
        assert!(who(app, &token).await.is_none(), "idle for seven days");

        let (token, _) = enter(app, ADA, PASSWORD).await;
        for _ in 0..4 {
            app.clock.advance(6 * DAY_MS);
            assert!(who(app, &token).await.is_some());
            settle(&store).await;
        }
        app.clock.advance(6 * DAY_MS - 1);
        assert!(who(app, &token).await.is_some(), "used, and not yet thirty days old");
        settle(&store).await;
        app.clock.advance(1);
        assert!(who(app, &token).await.is_none(), "thirty days are enough");
        let removed = remove_expired(app).await.unwrap();
        // Redis removes its own.
        assert!(removed >= 2 || matches!(app.sessions, Sessions::Redis(_)), "{removed}");
    })
    .await;
}

/// Waits until what runs beside the requests is done.
async fn settle(store: &TestStore) {
    while !store.app.tasks.is_empty() {
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn logging_out_here_and_elsewhere() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (first, _) = enter(app, ADA, PASSWORD).await;
        app.clock.advance(MINUTE_MS);
        let (second, me) = enter(app, ADA, PASSWORD).await;
        let devices = list_devices(app, &me).await.unwrap();
        assert_eq!(devices.iter().map(|d| d.current).collect::<Vec<_>>(), [true, false]);
        assert_eq!(devices[0].name, "Firefox, Linux");
        assert_eq!(log_out_others(app, &me).await.unwrap(), 1);
        assert!(who(app, &first).await.is_none());
        assert!(who(app, &second).await.is_some());
        log_out(app, &me).await.unwrap();
        assert!(who(app, &second).await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_new_login_ends_the_one_it_replaces() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (old, me) = enter(app, ADA, PASSWORD).await;
        let again = Credentials { replaces: Some(me.session_hash), ..credentials(ADA, PASSWORD) };
        let new = log_in(app, again).await.unwrap().unwrap();
        assert_ne!(old, new.token);
        assert!(who(app, &old).await.is_none());
        assert!(who(app, &new.token).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_cookie_is_no_bearer_token() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (token, _) = enter(app, ADA, PASSWORD).await;
        assert!(find_login(app, &token, SessionKind::Api).await.unwrap().is_none());
        let api = Credentials { kind: SessionKind::Api, ..credentials(ADA, PASSWORD) };
        let api = log_in(app, api).await.unwrap().unwrap();
        assert!(find_login(app, &api.token, SessionKind::Api).await.unwrap().is_some());
        assert!(find_login(app, &api.token, SessionKind::Web).await.unwrap().is_none());
        assert!(find_login(app, "\0", SessionKind::Web).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn tokens_are_stored_as_hashes_only() {
    let store = TestStore::sqlite().await;
    open_account(&store, ADA).await;
    let (token, me) = enter(&store.app, ADA, PASSWORD).await;
    assert!(!store.dump().await.contains(&token));
    let is_stored = matches!(store.app.sessions, Sessions::Database);
    assert_eq!(store.dump().await.contains(&me.session_hash), is_stored, "there is one place");
}

#[tokio::test]
async fn an_old_hash_is_renewed_at_the_login() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let find = async || {
            let mut conn = app.db.read().await.unwrap();
            customers::find_customer_by_email(&mut conn, ADA).await.unwrap().unwrap()
        };
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
        let weak: PasswordHash = weak.hash_password_with_salt(PASSWORD.as_bytes(), &[7; 16]).unwrap();
        let mut tx = app.db.write().await.unwrap();
        customers::update_customer_password(&mut tx, &find().await.id, &weak.to_string(), 0).await.unwrap();
        tx.commit().await.unwrap();
        try_login(app, ADA, "wrong-password").await.unwrap();
        assert!(find().await.password_hash.contains("m=64,"), "a wrong password changes nothing");
        enter(app, ADA, PASSWORD).await;
        assert!(find().await.password_hash.contains("m=19456,t=2,p=1"));
        enter(app, ADA, PASSWORD).await;
    })
    .await;
}
