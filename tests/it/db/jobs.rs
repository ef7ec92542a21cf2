//! The durable queue: one worker per job, the oldest first, and no job lost with its worker.

use mercer::db::Conn;
use mercer::db::jobs::*;
use sqlx::error::ErrorKind;

use super::seeds::refusal;
use crate::support::both_engines;

async fn put(conn: &mut Conn, id: &str, due_at: i64) -> sqlx::Result<()> {
    insert_job(conn, NewJob { id, kind: "mail", payload: "{}", due_at }, 1).await
}

async fn claim(conn: &mut Conn, now_ms: i64, lease_until: i64) -> Option<Job> {
    claim_jobs(conn, now_ms, lease_until, 1, &[]).await.unwrap().into_iter().next()
}

/// What is claimed is this job, for this time.
fn expect(claimed: Option<Job>, id: &str, attempts: i64) -> Job {
    let job = claimed.expect("a job is due");
    assert_eq!((job.id.as_str(), job.attempts), (id, attempts));
    job
}

#[tokio::test]
async fn a_claimed_job_is_due_again_when_its_lease_ends() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(claim(&mut tx, 99, 199).await, None);
        put(&mut tx, "late", 20).await.unwrap();
        put(&mut tx, "early", 10).await.unwrap();
        assert!(!exists_due_job(&mut tx, 9, &[]).await.unwrap());
        assert!(exists_due_job(&mut tx, 10, &[]).await.unwrap());
        assert_eq!(claim(&mut tx, 9, 100).await, None);
        let lost = expect(claim(&mut tx, 20, 100).await, "early", 1);
        let late = expect(claim(&mut tx, 20, 100).await, "late", 1);
        assert_eq!(claim(&mut tx, 99, 200).await, None);
        assert!(!exists_due_job(&mut tx, 99, &[]).await.unwrap());
        let early = expect(claim(&mut tx, 100, 200).await, "early", 2);
        assert_eq!(delete_jobs(&mut tx, &[&lost]).await.unwrap(), 0, "who lost the lease has no say");
        assert!(!update_failed_job(&mut tx, &lost, "late", None).await.unwrap());
        assert_eq!(delete_jobs(&mut tx, &[&lost, &early]).await.unwrap(), 1);
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (1, 0));
        assert_eq!(delete_jobs(&mut tx, &[]).await.unwrap(), 0);
        assert_eq!(delete_jobs(&mut tx, &[&late]).await.unwrap(), 1);
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_kind_with_enough_at_hand_is_passed_over() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        put(&mut tx, "letter", 1).await.unwrap();
        for (full, is_due) in [(&["other"][..], true), (&["mailbox"], true), (&["other", "mail"], false)] {
            assert_eq!(exists_due_job(&mut tx, 5, full).await.unwrap(), is_due, "{full:?}");
        }
        assert_eq!(claim_jobs(&mut tx, 5, 9, 8, &["other", "mail"]).await.unwrap(), []);
        let rest = NewJob { id: "rest", kind: "other", payload: "{}", due_at: 2 };
        insert_job(&mut tx, rest, 1).await.unwrap();
        let claimed = claim_jobs(&mut tx, 5, 9, 8, &["mail"]).await.unwrap();
        assert_eq!(claimed.iter().map(|job| job.id.as_str()).collect::<Vec<_>>(), ["rest"]);
        assert_eq!(claim_jobs(&mut tx, 5, 9, 8, &["other"]).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_waits_or_is_set_aside() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        put(&mut tx, "a", 1).await.unwrap();
        put(&mut tx, "b", 2).await.unwrap();
        let a = expect(claim(&mut tx, 5, 100).await, "a", 1);
        assert!(update_failed_job(&mut tx, &a, "no route", Some(50)).await.unwrap());
        let b = expect(claim(&mut tx, 49, 100).await, "b", 1);
        assert!(update_failed_job(&mut tx, &b, "gone", None).await.unwrap());
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (1, 1));
        expect(claim(&mut tx, 500, 600).await, "a", 2);
        assert_eq!(claim(&mut tx, 500, 600).await, None, "a dead job is not claimed");
        assert_eq!(refusal(put(&mut tx, "a", 1).await), ErrorKind::UniqueViolation);
    })
    .await;
}

#[tokio::test]
async fn a_dead_job_is_shown_tried_again_or_removed() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for (id, due_at) in [("waits", 90), ("a", 1), ("b", 2)] {
            put(&mut tx, id, due_at).await.unwrap();
        }
        for job in claim_jobs(&mut tx, 5, 100, 8, &[]).await.unwrap() {
            assert!(update_failed_job(&mut tx, &job, "gone", None).await.unwrap());
        }
        let shown = list_jobs(&mut tx, 10).await.unwrap();
        let shown: Vec<_> = shown.iter().map(|j| (&*j.id, &*j.state, &*j.last_error)).collect();
        assert_eq!(shown, [("a", "dead", "gone"), ("b", "dead", "gone"), ("waits", "ready", "")]);
        assert_eq!(list_jobs(&mut tx, 1).await.unwrap().len(), 1);

        assert_eq!(update_dead_jobs(&mut tx, Some("waits"), 7).await.unwrap(), 0, "it is not dead");
        assert!(!delete_dead_job(&mut tx, "waits").await.unwrap());
        assert_eq!(update_dead_jobs(&mut tx, Some("a"), 7).await.unwrap(), 1);
        let again = expect(claim(&mut tx, 7, 100).await, "a", 1);
        assert!(update_failed_job(&mut tx, &again, "gone", None).await.unwrap());
        assert_eq!(update_dead_jobs(&mut tx, None, 8).await.unwrap(), 2, "all");
        let a = expect(claim(&mut tx, 8, 100).await, "a", 1);
        assert!(update_failed_job(&mut tx, &a, "gone", None).await.unwrap());
        assert!(delete_dead_job(&mut tx, "a").await.unwrap());
        assert!(!delete_dead_job(&mut tx, "a").await.unwrap());
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (2, 0));
    })
    .await;
}

#[tokio::test]
async fn two_workers_never_get_the_same_job() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        for n in 0..20 {
            put(&mut tx, &format!("job-{n}"), n).await.unwrap();
        }
        tx.commit().await.unwrap();
        let work = async || {
            let mut got = Vec::new();
            // A worker that loses a race for a job tries again while any is due.
            loop {
                let mut tx = t.app.db.write().await.unwrap();
                let claimed = claim(&mut tx, 100, 1000).await;
                let more = exists_due_job(&mut tx, 100, &[]).await.unwrap();
                tx.commit().await.unwrap();
                let none = claimed.is_none();
                got.extend(claimed);
                if none && !more {
                    return got;
                }
            }
        };
        let (a, b, c) = tokio::join!(work(), work(), work());
        let mut all = [a, b, c].concat();
        assert!(all.iter().all(|job| job.attempts == 1), "{all:?}");
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all.dedup();
        assert_eq!(all.len(), 20);
        let mut tx = t.app.db.write().await.unwrap();
        let all: Vec<&Job> = all.iter().collect();
        assert_eq!(delete_jobs(&mut tx, &all).await.unwrap(), 20);
        tx.commit().await.unwrap();
    })
    .await;
}
