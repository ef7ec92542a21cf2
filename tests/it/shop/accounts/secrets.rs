//! New passwords and new addresses.

use mercer::error::Error;
use mercer::shop::accounts::{
    change_email, change_password, confirm_new_email, request_reset, reset_password,
};

use super::{MINUTE_MS, PASSWORD, enter, open_account, reason, registration, token_of, try_login, who};
use crate::support::{TestStore, both_engines};

const ADA: &str = "ada@example.com";
const NEW_PASSWORD: &str = "walrus-harp-93";

async fn reset_token(store: &TestStore) -> String {
    request_reset(&store.app, ADA).await.unwrap();
    let mails = store.mails().await;
    assert_eq!(mails.len(), 1);
    token_of(&mails[0].text)
}

#[tokio::test]
async fn a_reset_works_once_and_ends_all_logins() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (session, _) = enter(app, ADA, PASSWORD).await;
        let token = reset_token(&store).await;
        assert!(!reset_password(app, "another", NEW_PASSWORD.to_owned()).await.unwrap());
        let bad = reset_password(app, &token, "short".to_owned()).await;
        assert_eq!(reason(bad, "password"), "account.error_password_short");
        assert!(
            reset_password(app, &token, NEW_PASSWORD.to_owned()).await.unwrap(),
            "a mistake costs no link"
        );
        assert!(!reset_password(app, &token, PASSWORD.to_owned()).await.unwrap(), "a link works once");
        assert!(who(app, &session).await.is_none());
        assert!(try_login(app, ADA, PASSWORD).await.unwrap().is_none());
        enter(app, ADA, NEW_PASSWORD).await;
        let notice = store.mails().await;
        assert_eq!((notice.len(), notice[0].to.as_str()), (1, ADA));
        assert!(!notice[0].text.contains("token="));
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_expires_and_only_the_newest_works() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let first = reset_token(&store).await;
        let second = reset_token(&store).await;
        assert!(!reset_password(app, &first, NEW_PASSWORD.to_owned()).await.unwrap());
        app.clock.advance(30 * MINUTE_MS);
        assert!(!reset_password(app, &second, NEW_PASSWORD.to_owned()).await.unwrap());
        enter(app, ADA, PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn asking_for_a_reset_tells_nothing() {
    both_engines(async |store| {
        let app = &store.app;
        request_reset(app, "nobody@example.com").await.unwrap();
        assert_eq!(store.mails().await.len(), 0);
        assert_eq!(reason(request_reset(app, "nobody").await, "email"), "account.error_email");
        open_account(&store, ADA).await;
        for _ in 0..5 {
            request_reset(app, ADA).await.unwrap();
        }
        assert_eq!(store.mails().await.len(), 3, "three an hour");
    })
    .await;
}

#[tokio::test]
async fn a_reset_ends_the_throttle_and_opens_an_unconfirmed_account() {
    both_engines(async |store| {
        let app = &store.app;
        mercer::shop::accounts::register(app, registration(ADA)).await.unwrap();
        store.mails().await;
        for _ in 0..5 {
            try_login(app, ADA, "wrong-password").await.unwrap();
        }
        let token = reset_token(&store).await;
        assert!(reset_password(app, &token, NEW_PASSWORD.to_owned()).await.unwrap());
        enter(app, ADA, NEW_PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn changing_the_password_keeps_this_login_alone() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (other, _) = enter(app, ADA, PASSWORD).await;
        let (here, me) = enter(app, ADA, PASSWORD).await;
        let wrong = change_password(app, &me, "wrong-password", NEW_PASSWORD.to_owned()).await.map(|_| ());
        assert_eq!(reason(wrong, "password_old"), "account.error_password_wrong");
        let weak = change_password(app, &me, PASSWORD, "password1".to_owned()).await.map(|_| ());
        assert_eq!(reason(weak, "password_new"), "account.error_password_common");
        let link = reset_token(&store).await;
        let new = change_password(app, &me, PASSWORD, NEW_PASSWORD.to_owned()).await.unwrap();
        assert!(who(app, &other).await.is_none());
        assert!(who(app, &here).await.is_none(), "this login has a new token");
        assert!(who(app, &new.token).await.is_some());
        assert!(!reset_password(app, &link, PASSWORD.to_owned()).await.unwrap(), "an old link is dead");
        assert_eq!(store.mails().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn another_address_counts_once_it_is_confirmed() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (session, me) = enter(app, ADA, PASSWORD).await;
        let wrong = change_email(app, &me, "new@example.com", "wrong-password").await;
        assert_eq!(reason(wrong, "email_password"), "account.error_password_wrong");
        assert_eq!(reason(change_email(app, &me, "new", PASSWORD).await, "email_new"), "account.error_email");
        change_email(app, &me, "New@example.com", PASSWORD).await.unwrap();
        let mut mails = store.mails().await;
        mails.sort_by(|a, b| a.to.cmp(&b.to));
        assert_eq!(mails.iter().map(|m| m.to.as_str()).collect::<Vec<_>>(), [ADA, "new@example.com"]);
        assert!(mails[0].text.contains("new@example.com") && !mails[0].text.contains("token="));
        assert!(who(app, &session).await.is_some());
        let token = token_of(&mails[1].text);
        let wrong = confirm_new_email(app, &token, "wrong-password").await;
        assert_eq!(reason(wrong, "password"), "account.error_link_password");
        assert!(who(app, &session).await.is_some(), "nothing happened yet");
        let confirmed = confirm_new_email(app, &token, PASSWORD).await.unwrap();
        assert_eq!(confirmed.as_deref(), Some("new@example.com"));
        assert_eq!(confirm_new_email(app, &token, PASSWORD).await.unwrap(), None);
        assert!(who(app, &session).await.is_none());
        assert!(try_login(app, ADA, PASSWORD).await.unwrap().is_none());
        enter(app, "new@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn nobody_has_the_shop_write_to_strangers_without_end() {
    let store = TestStore::sqlite().await;
    let app = &store.app;
    open_account(&store, ADA).await;
    let (_, me) = enter(app, ADA, PASSWORD).await;
    for _ in 0..10 {
        change_email(app, &me, "stranger@example.com", PASSWORD).await.unwrap();
    }
    let more = change_email(app, &me, "stranger@example.com", PASSWORD).await;
    assert!(matches!(more, Err(Error::TooManyRequests { .. })), "{more:?}");
}

#[tokio::test]
async fn an_address_of_another_account_is_never_given_away() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        open_account(&store, "bob@example.com").await;
        let (_, me) = enter(app, ADA, PASSWORD).await;
        change_email(app, &me, "bob@example.com", PASSWORD).await.unwrap();
        assert!(store.mails().await.iter().all(|m| !m.text.contains("token=")));

        change_email(app, &me, "eve@example.com", PASSWORD).await.unwrap();
        let mails = store.mails().await;
        let token = token_of(&mails.iter().find(|m| m.to == "eve@example.com").unwrap().text);
        open_account(&store, "eve@example.com").await;
        assert_eq!(confirm_new_email(app, &token, PASSWORD).await.unwrap(), None, "taken meanwhile");
        enter(app, ADA, PASSWORD).await;
    })
    .await;
}
