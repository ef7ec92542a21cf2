use mercer::shop::accounts::{Registration, confirm_email, register};

use super::{DAY_MS, PASSWORD, enter, open_account, reason, registration, token_of, try_login};
use crate::support::both_engines;

#[tokio::test]
async fn an_account_is_open_once_its_address_is_confirmed() {
    both_engines(async |store| {
        let app = &store.app;
        register(app, registration(" Ada@Example.com ")).await.unwrap();
        assert_eq!(try_login(app, "ada@example.com", PASSWORD).await.unwrap().map(|_| ()), None);
        let mails = store.mails().await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "ada@example.com");
        let token = token_of(&mails[0].text);
        assert!(!confirm_email(app, "another").await.unwrap());
        assert!(confirm_email(app, &token).await.unwrap());
        assert!(!confirm_email(app, &token).await.unwrap(), "a link works once");
        let (_, who) = enter(app, "ADA@example.com", PASSWORD).await;
        assert_eq!((who.email.as_str(), who.name.as_str()), ("ada@example.com", "Ada Byron"));
    })
    .await;
}

#[tokio::test]
async fn a_known_address_gets_another_mail_and_the_same_answer() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, "ada@example.com").await;
        let again = Registration { password: "an-intruder-99".to_owned(), ..registration("ada@example.com") };
        register(app, again).await.unwrap();
        let mails = store.mails().await;
        assert_eq!(mails.len(), 1);
        assert!(!mails[0].text.contains("token="), "{}", mails[0].text);
        assert_eq!(try_login(app, "ada@example.com", "an-intruder-99").await.unwrap().map(|_| ()), None);
        enter(app, "ada@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn who_was_here_first_without_confirming_gets_nothing() {
    both_engines(async |store| {
        let app = &store.app;
        let intruder =
            Registration { password: "an-intruder-99".to_owned(), ..registration("ada@example.com") };
        register(app, intruder).await.unwrap();
        let first = token_of(&store.mails().await[0].text);
        register(app, registration("ada@example.com")).await.unwrap();
        let second = token_of(&store.mails().await[0].text);
        assert!(!confirm_email(app, &first).await.unwrap(), "only the newest link works");
        assert!(confirm_email(app, &second).await.unwrap());
        assert_eq!(try_login(app, "ada@example.com", "an-intruder-99").await.unwrap().map(|_| ()), None);
        enter(app, "ada@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn a_link_to_confirm_expires() {
    both_engines(async |store| {
        let app = &store.app;
        register(app, registration("ada@example.com")).await.unwrap();
        let token = token_of(&store.mails().await[0].text);
        app.clock.advance(3 * DAY_MS);
        assert!(!confirm_email(app, &token).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn mistakes_are_told_by_field_and_say_nothing_about_accounts() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, "ada@example.com").await;
        for email in ["ada@example.com", "new@example.com"] {
            let given = Registration { password: "short".to_owned(), ..registration(email) };
            assert_eq!(reason(register(app, given).await, "password"), "account.error_password_short");
        }
        let given = Registration { password: "password123".to_owned(), ..registration("nobody") };
        let both = register(app, given).await;
        assert_eq!(reason(both, "email"), "account.error_email");
        let given = Registration { password: "AdaByron-1815".to_owned(), ..registration("x@example.com") };
        assert_eq!(reason(register(app, given).await, "password"), "account.error_password_personal");
        assert_eq!(store.mails().await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn two_registrations_at_once_make_one_account() {
    both_engines(async |store| {
        let app = &store.app;
        let (a, b) = tokio::join!(
            register(app, registration("ada@example.com")),
            register(app, registration("ada@example.com"))
        );
        a.unwrap();
        b.unwrap();
        let alive = store.mails().await.iter().map(|m| token_of(&m.text)).collect::<Vec<_>>();
        assert_eq!(alive.len(), 2);
        let mut worked = 0;
        for token in &alive {
            worked += usize::from(confirm_email(app, token).await.unwrap());
        }
        assert_eq!(worked, 1);
    })
    .await;
}
