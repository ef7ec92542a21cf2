//! The durable queue: several at once, each job once at a time, and nothing lost.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mercer::app::App;
use mercer::config::MailConfig;
use mercer::db::jobs::{
    self as rows, Job, NewJob, claim_jobs, delete_dead_job, delete_jobs, list_jobs, update_dead_jobs,
    update_failed_job,
};
use mercer::jobs::{ATTEMPTS_MAX, LEASE_MS, drain, remove_dead, revive, work};
use mercer::outside::mail::{Mail, Mailer};
use mercer::random::Random;
use mercer::shop::doctor::examine;
use mercer::shop::mails::MailJob;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{TestStore, both_engines};

/// Enqueues a mail to `to`; the job's id.
async fn enqueue(app: &App, to: &str) -> String {
    let (id, now_ms) = (app.id(), app.clock.now_ms());
    let payload = serde_json::to_string(&MailJob::AccountPasswordChanged { to: to.to_owned() }).unwrap();
    let mut tx = app.db.write().await.unwrap();
    let job = NewJob { id: &id, kind: "mail", payload: &payload, due_at: now_ms };
    rows::insert_job(&mut tx, job, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Another process on the same database.
async fn another(store: &TestStore, mailer: Mailer) -> Arc<App> {
    let (config, db) = (store.app.config.clone(), store.app.db.clone());
    let mut app = App::new(config, db, store.app.clock.clone(), Random::System).await.unwrap();
    app.mailer = mailer;
    Arc::new(app)
}

async fn claim(app: &App) -> Option<Job> {
    let mut tx = app.db.write().await.unwrap();
    let now_ms = app.clock.now_ms();
    let jobs = claim_jobs(&mut tx, now_ms, now_ms + LEASE_MS, 1, &[]).await.unwrap();
    tx.commit().await.unwrap();
    jobs.into_iter().next()
}

/// A mailer whose server at `port` may do what it likes.
fn smtp(port: u16) -> Mailer {
    let url = Some(format!("smtp://127.0.0.1:{port}"));
    Mailer::new(&MailConfig { smtp_url: url, outbox: std::env::temp_dir(), from: None }).unwrap()
}

#[tokio::test]
async fn a_mail_server_that_hangs_holds_up_mails_only() {
    both_engines(async |store| {
        // It takes every connection and never says a word.
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let app = another(&store, smtp(silent.local_addr().unwrap().port())).await;
        for number in 0..12 {
            enqueue(&app, &format!("{number}@shop.test")).await;
        }
        store.client().post("/account/reset", &[("email", "nobody@shop.test")]).await.expect(200);
        let stop = CancellationToken::new();
        let working = tokio::spawn(work(app.clone(), stop.clone()));
        loop {
            let waiting = list_jobs(&mut app.db.read().await.unwrap(), 100).await.unwrap();
            let failed: Vec<_> = waiting.iter().filter(|job| !job.last_error.is_empty()).collect();
            assert!(failed.is_empty(), "the other job waited for the mail server: {failed:?}");
            if waiting.iter().all(|job| job.kind == "mail") {
                assert_eq!(waiting.len(), 12);
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
        working.abort();
        drop(working.await);
        drop(silent);
        store.app.clock.advance(LEASE_MS);
        assert_eq!(store.mails().await.len(), 12, "with another server they go out");
    })
    .await;
}

#[tokio::test]
async fn two_processes_share_a_queue_and_no_job() {
    both_engines(async |store| {
        let wanted: BTreeSet<String> = (0..60).map(|number| format!("{number}@shop.test")).collect();
        for to in &wanted {
            enqueue(&store.app, to).await;
        }
        let sent = Arc::new(Mutex::new(Vec::<Mail>::new()));
        let stop = CancellationToken::new();
        let mut processes = Vec::new();
        for _ in 0..2 {
            let app = another(&store, Mailer::Fake(sent.clone())).await;
            processes.push(tokio::spawn(work(app, stop.clone())));
        }
        while rows::count_jobs(&mut store.app.db.read().await.unwrap()).await.unwrap() != (0, 0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
        for process in processes {
            process.await.unwrap();
        }
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), wanted.len(), "a job ran twice");
        assert_eq!(sent.iter().map(|mail| mail.to.clone()).collect::<BTreeSet<_>>(), wanted);
    })
    .await;
}

#[tokio::test]
async fn a_crash_gives_the_job_back() {
    both_engines(async |store| {
        let app = &store.app;
        let id = enqueue(app, "ada@shop.test").await;
        let lost = claim(app).await.expect("it is due");
        assert_eq!((lost.id.as_str(), lost.attempts), (id.as_str(), 1));
        assert_eq!(drain(app).await.unwrap(), 0, "it is leased");
        assert!(claim(app).await.is_none());
        app.clock.advance(LEASE_MS);
        let again = claim(app).await.expect("the lease has ended");
        assert_eq!((again.id.as_str(), again.attempts), (id.as_str(), 2));

        // The first worker was not dead, only slow: it has no say any more.
        let mut tx = app.db.write().await.unwrap();
        assert_eq!(delete_jobs(&mut tx, &[&lost]).await.unwrap(), 0);
        assert!(!update_failed_job(&mut tx, &lost, "late", None).await.unwrap());
        assert!(update_failed_job(&mut tx, &again, "no luck", Some(app.clock.now_ms())).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(store.mails().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_fails_too_often_waits_for_a_person() {
    both_engines(async |store| {
        // A port that nobody listens on any more.
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let broken = another(&store, smtp(port)).await;
        let id = enqueue(&broken, "ada@shop.test").await;
        for attempt in 1..=ATTEMPTS_MAX {
            assert_eq!(drain(&broken).await.unwrap(), 1, "try {attempt}");
            assert_eq!(drain(&broken).await.unwrap(), 0, "there is a pause after try {attempt}");
            store.app.clock.advance(3_600_000);
        }
        assert_eq!(drain(&broken).await.unwrap(), 0, "it is given up");
        let app = &store.app;
        let given_up = list_jobs(&mut app.db.read().await.unwrap(), 10).await.unwrap();
        assert_eq!(given_up.len(), 1);
        assert_eq!((given_up[0].id.as_str(), given_up[0].state.as_str()), (id.as_str(), "dead"));
        assert!(given_up[0].last_error.contains("temporarily unavailable"), "{given_up:?}");
        let findings = examine(app).await.unwrap();
        let finding = findings.iter().find(|f| f.name == "no job was given up").unwrap();
        assert_eq!((finding.broken, finding.example.as_str()), (1, id.as_str()));

        assert_eq!(revive(app, Some("another")).await.unwrap(), 0);
        assert_eq!(revive(app, None).await.unwrap(), 1);
        assert_eq!(store.mails().await.len(), 1, "with another server it goes out");
    })
    .await;
}

#[tokio::test]
async fn only_what_was_given_up_is_dropped() {
    both_engines(async |store| {
        let app = &store.app;
        let (lives, dies) = (enqueue(app, "ada@shop.test").await, enqueue(app, "eve@shop.test").await);
        let claimed = [claim(app).await.unwrap(), claim(app).await.unwrap()];
        let dying = claimed.iter().find(|job| job.id == dies).unwrap();
        let mut tx = app.db.write().await.unwrap();
        assert!(update_failed_job(&mut tx, dying, "never", None).await.unwrap());
        assert!(!delete_dead_job(&mut tx, &lives).await.unwrap());
        assert_eq!(update_dead_jobs(&mut tx, Some(&lives), 0).await.unwrap(), 0);
        tx.commit().await.unwrap();
        assert!(!remove_dead(app, &lives).await.unwrap());
        assert!(remove_dead(app, &dies).await.unwrap());
        assert!(!remove_dead(app, &dies).await.unwrap());
        app.clock.advance(LEASE_MS);
        assert_eq!(store.mails().await[0].to, "ada@shop.test");
    })
    .await;
}
