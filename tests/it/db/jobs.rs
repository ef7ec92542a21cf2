//! The durable queue: one worker per job, the oldest first, and no job lost with its worker.

use mercer::db::Conn;
use mercer::db::jobs::*;
use sqlx::error::ErrorKind;

use super::seeds::refusal;
use crate::support::both_engines;

async fn put(conn: &mut Conn, id: &str, due_at: i64) -> sqlx::Result<()> {
    insert_job(conn, NewJob { id, kind: "mail", payload: "{}", due_at }, 1).await
}

async fn claim(conn: &mut Conn, now_ms: i64, lease_until: i64) -> Option<(String, i64)> {
    let claimed = claim_jobs(conn, now_ms, lease_until, 1).await.unwrap();
    claimed.into_iter().next().map(|job| (job.id, job.attempts))
}

#[tokio::test]
async fn a_claimed_job_is_due_again_when_its_lease_ends() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        assert_eq!(claim(&mut tx, 99, 199).await, None);
        put(&mut tx, "late", 20).await.unwrap();
        put(&mut tx, "early", 10).await.unwrap();
        assert!(!exists_due_job(&mut tx, 9).await.unwrap());
        assert!(exists_due_job(&mut tx, 10).await.unwrap());
        assert_eq!(claim(&mut tx, 9, 100).await, None);
        assert_eq!(claim(&mut tx, 20, 100).await, Some(("early".to_owned(), 1)));
        assert_eq!(claim(&mut tx, 20, 100).await, Some(("late".to_owned(), 1)));
        assert_eq!(claim(&mut tx, 99, 200).await, None);
        assert!(!exists_due_job(&mut tx, 99).await.unwrap());
        assert_eq!(claim(&mut tx, 100, 200).await, Some(("early".to_owned(), 2)));
        delete_job(&mut tx, "early").await.unwrap();
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (1, 0));
        delete_job(&mut tx, "late").await.unwrap();
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn a_failed_job_waits_or_is_set_aside() {
    both_engines(async |t| {
        let mut tx = t.app.db.write().await.unwrap();
        put(&mut tx, "a", 1).await.unwrap();
        put(&mut tx, "b", 2).await.unwrap();
        claim(&mut tx, 5, 100).await;
        update_failed_job(&mut tx, "a", "no route", Some(50)).await.unwrap();
        assert_eq!(claim(&mut tx, 49, 100).await, Some(("b".to_owned(), 1)));
        update_failed_job(&mut tx, "b", "gone", None).await.unwrap();
        assert_eq!(count_jobs(&mut tx).await.unwrap(), (1, 1));
        assert_eq!(claim(&mut tx, 500, 600).await, Some(("a".to_owned(), 2)), "a dead job is not claimed");
        assert_eq!(claim(&mut tx, 500, 600).await, None);
        assert_eq!(refusal(put(&mut tx, "a", 1).await), ErrorKind::UniqueViolation);
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
                let more = exists_due_job(&mut tx, 100).await.unwrap();
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
        assert!(all.iter().all(|(_, attempts)| *attempts == 1), "{all:?}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 20);
        let mut tx = t.app.db.write().await.unwrap();
        for (id, _) in &all {
            delete_job(&mut tx, id).await.unwrap();
        }
        tx.commit().await.unwrap();
    })
    .await;
}
