//! What needs a login of the last 15 minutes.

use mercer::domain::address::Address;
use mercer::error::{Error, Result};
use mercer::shop::accounts::{
    delete_account, delete_address, export_account, keep_address, log_out, make_main_address, prove_again,
    renew_login, save_address,
};

use super::{MINUTE_MS, PASSWORD, enter, open_account, reason, who};
use crate::support::both_engines;

const ADA: &str = "ada@example.com";

fn home(line1: &str) -> Address {
    Address {
        name: "Ada Byron".to_owned(),
        line1: line1.to_owned(),
        postcode: "10115".to_owned(),
        city: "Berlin".to_owned(),
        country: "DE".to_owned(),
        ..Address::default()
    }
}

#[track_caller]
fn too_old<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::LoginTooOld)), "{result:?}");
}

#[tokio::test]
async fn an_old_login_changes_and_reveals_nothing_grave() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (token, me) = enter(app, ADA, PASSWORD).await;
        let id = save_address(app, &me, None, home("A 1"), false).await.unwrap();
        app.clock.advance(15 * MINUTE_MS);
        save_address(app, &me, Some(&id), home("A 2"), false).await.unwrap();
        app.clock.advance(1);
        let me = who(app, &token).await.expect("still logged in");
        too_old(save_address(app, &me, None, home("B 2"), true).await);
        too_old(save_address(app, &me, Some(&id), home("B 2"), true).await);
        too_old(make_main_address(app, &me, &id).await);
        too_old(delete_address(app, &me, &id).await);
        too_old(export_account(app, &me).await);
        too_old(delete_account(app, &me).await);
        keep_address(app, &me, home("C 3")).await.unwrap();

        let fresh = prove_again(app, &me, "password", PASSWORD).await.unwrap();
        let export = export_account(app, &fresh).await.unwrap();
        let lines: Vec<_> =
            export["addresses"].as_array().unwrap().iter().map(|a| &a["address"]["line1"]).collect();
        assert_eq!(lines, ["A 2", "C 3"], "the main one is the old one");
    })
    .await;
}

#[tokio::test]
async fn the_password_makes_a_login_fresh_with_a_new_token() {
    both_engines(async |store| {
        let app = &store.app;
        open_account(&store, ADA).await;
        let (old, me) = enter(app, ADA, PASSWORD).await;
        app.clock.advance(20 * MINUTE_MS);
        let wrong = renew_login(app, &me, "password", "wrong-password").await.map(|_| ());
        assert_eq!(reason(wrong, "password"), "account.error_password_wrong");
        assert!(who(app, &old).await.is_some_and(|me| !me.is_fresh(app.clock.now_ms())));
        let (session, renewed) = renew_login(app, &me, "password", PASSWORD).await.unwrap();
        assert_eq!(who(app, &old).await, None, "the old token is dead");
        assert_eq!(who(app, &session.token).await.as_ref(), Some(&renewed));
        assert!(renewed.is_fresh(app.clock.now_ms()));
        export_account(app, &renewed).await.unwrap();
        log_out(app, &renewed).await.unwrap();
        let gone = renew_login(app, &renewed, "password", PASSWORD).await.map(|_| ());
        assert!(matches!(gone, Err(Error::Unauthenticated)), "{gone:?}");
    })
    .await;
}
