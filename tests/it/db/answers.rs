//! `db::answers`: keys are taken once, taken over once, answered once and forgotten.

use mercer::db::answers::{
    NewAttempt, delete_attempt, delete_old_answers, find_answer, insert_attempt, update_answer,
    update_attempt,
};

use crate::support::both_engines;

fn attempt<'a>(nonce: &'a str, locked_until: i64) -> NewAttempt<'a> {
    NewAttempt { key_hash: "k", request_hash: "r", nonce, locked_until }
}

#[tokio::test]
async fn a_key_is_taken_once_and_answered_once() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(find_answer(&mut tx, "k").await.unwrap(), None);
        assert!(insert_attempt(&mut tx, &attempt("a", 10), 1).await.unwrap());
        assert!(!insert_attempt(&mut tx, &attempt("b", 20), 2).await.unwrap());
        let kept = find_answer(&mut tx, "k").await.unwrap().unwrap();
        assert_eq!((kept.nonce.as_str(), kept.request_hash.as_str()), ("a", "r"));
        assert_eq!((kept.locked_until, kept.status), (10, None));
        assert!(!update_answer(&mut tx, "k", "b", 201, "{}").await.unwrap(), "another attempt's answer");
        assert!(update_answer(&mut tx, "k", "a", 201, "{}").await.unwrap());
        assert!(!update_answer(&mut tx, "k", "a", 500, "").await.unwrap(), "the first answer stays");
        let kept = find_answer(&mut tx, "k").await.unwrap().unwrap();
        assert_eq!((kept.status, kept.body.as_str()), (Some(201), "{}"));
        assert!(!update_attempt(&mut tx, &attempt("b", 20), "a").await.unwrap(), "it is answered");
        delete_attempt(&mut tx, "k", "a").await.unwrap();
        assert!(find_answer(&mut tx, "k").await.unwrap().is_some(), "an answer is not freed");
    })
    .await;
}

#[tokio::test]
async fn a_key_without_an_answer_is_taken_over_or_freed() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        insert_attempt(&mut tx, &attempt("a", 10), 1).await.unwrap();
        assert!(update_attempt(&mut tx, &attempt("b", 20), "a").await.unwrap());
        assert!(!update_attempt(&mut tx, &attempt("c", 30), "a").await.unwrap(), "somebody was faster");
        delete_attempt(&mut tx, "k", "a").await.unwrap();
        assert_eq!(find_answer(&mut tx, "k").await.unwrap().unwrap().locked_until, 20);
        delete_attempt(&mut tx, "k", "b").await.unwrap();
        assert_eq!(find_answer(&mut tx, "k").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn old_answers_are_forgotten() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for (key_hash, at) in [("old", 1), ("new", 2)] {
            let new = NewAttempt { key_hash, ..attempt("a", 10) };
            insert_attempt(&mut tx, &new, at).await.unwrap();
        }
        assert_eq!(delete_old_answers(&mut tx, 2).await.unwrap(), 1);
        assert_eq!(find_answer(&mut tx, "old").await.unwrap(), None);
        assert!(find_answer(&mut tx, "new").await.unwrap().is_some());
    })
    .await;
}
