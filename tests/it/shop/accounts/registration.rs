use mercer::error::Error;
use mercer::shop::accounts::{Registration, confirm_email, register, request_reset, reset_password};

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
        assert!(confirm_email(app, "another", PASSWORD).await.unwrap().is_none());
        assert!(confirm_email(app, &token, PASSWORD).await.unwrap().is_some());
        assert!(confirm_email(app, &token, PASSWORD).await.unwrap().is_none(), "a link works once");
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
        assert!(confirm_email(app, &first, PASSWORD).await.unwrap().is_none(), "only the newest link works");
        assert!(confirm_email(app, &second, PASSWORD).await.unwrap().is_some());
        assert_eq!(try_login(app, "ada@example.com", "an-intruder-99").await.unwrap().map(|_| ()), None);
        enter(app, "ada@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn a_stranger_who_registers_an_address_never_gets_in() {
    both_engines(async |store| {
        let app = &store.app;
        let intruder =
            Registration { password: "an-intruder-99".to_owned(), ..registration("ada@example.com") };
        register(app, intruder).await.unwrap();
        let token = token_of(&store.mails().await[0].text);
        // The owner of the address, unsuspecting, opens the link; she does not know the intruder's password.
        let wrong = confirm_email(app, &token, PASSWORD).await;
        assert_eq!(reason(wrong, "password"), "account.error_link_password");
        assert_eq!(reason(confirm_email(app, &token, "").await, "password"), "account.error_link_password");
        assert_eq!(try_login(app, "ada@example.com", "an-intruder-99").await.unwrap().map(|_| ()), None);
        // She chooses a password of her own by the way for forgotten ones: the intruder's is gone.
        request_reset(app, "ada@example.com").await.unwrap();
        let reset = token_of(&store.mails().await[0].text);
        assert!(reset_password(app, &reset, PASSWORD.to_owned()).await.unwrap());
        store.mails().await;
        assert_eq!(confirm_email(app, &token, "an-intruder-99").await.unwrap(), None, "the old link is dead");
        assert_eq!(try_login(app, "ada@example.com", "an-intruder-99").await.unwrap().map(|_| ()), None);
        enter(app, "ada@example.com", PASSWORD).await;
    })
    .await;
}

#[tokio::test]
async fn passwords_are_not_guessed_at_the_link_either() {
    both_engines(async |store| {
        let app = &store.app;
        register(app, registration("ada@example.com")).await.unwrap();
        let token = token_of(&store.mails().await[0].text);
        for _ in 0..5 {
            let wrong = confirm_email(app, &token, "wrong-password").await;
            assert_eq!(reason(wrong, "password"), "account.error_link_password");
        }
        let slowed = confirm_email(app, &token, PASSWORD).await;
        assert!(matches!(slowed, Err(Error::TooManyRequests { retry_after_s: 1 })), "{slowed:?}");
        app.clock.advance(1_000);
        assert!(confirm_email(app, &token, PASSWORD).await.unwrap().is_some(), "mistakes cost no link");
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
        assert!(confirm_email(app, &token, PASSWORD).await.unwrap().is_none());
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
            worked += usize::from(confirm_email(app, token, PASSWORD).await.unwrap().is_some());
        }
        assert_eq!(worked, 1);
    })
    .await;
}
