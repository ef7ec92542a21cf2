//! SIGKILL at any moment of a dispatcher's work: every change gets its rounds, and no purge has two invalidations for
//! one round.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use mercer::app::App;
use mercer::db::purges::{self, PurgeSummary, RoundSummary};
use rand::RngExt;

use super::cloudfront::{CloudFront, Fault};
use super::load;
use super::shop::{self, Instance, PRODUCTS, Shelf};

/// After its start a process waits 3 s for its killed predecessor to give up the lead. Then it collects, freezes, asks,
/// polls and opens the next round within this.
const TAKEOVER_MS: u64 = 2_800;
const WORK_MS: u64 = 3_000;
/// R and P: short, so that all steps follow each other closely.
const COMPLETION: Duration = Duration::from_millis(500);
const PURGE: Duration = Duration::from_millis(300);
/// By when everything must be done once nobody is killed any more.
const PATIENCE: Duration = Duration::from_secs(60);

pub async fn run() {
    let kills = if std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty()) { 60 } else { 8 };
    let url = shop::create_database().await;
    let data = tempfile::tempdir().unwrap();
    let app = shop::open(&url, &data).await;
    mercer::shop::setup::ensure_defaults(&app).await.unwrap();
    let shelf = Shelf::fill(&app).await;
    let fake = CloudFront::start(Vec::new(), PURGE).await;
    let settings = shop::edge_settings(fake.port, "practical", COMPLETION, 300);
    let port = load::free_port();
    let mut instance = Instance::new(port, &url, &format!("http://127.0.0.1:{port}"), &settings);
    instance.start().await;
    for kill in 1..=kills {
        shelf.set_version(&app, kill % PRODUCTS, kill).await;
        if kill % 3 == 0 {
            fake.will(&[Fault::LostAnswer]);
        }
        let moment_ms = TAKEOVER_MS + rand::rng().random_range(0..WORK_MS);
        tokio::time::sleep(Duration::from_millis(moment_ms)).await;
        instance.kill();
        instance.start().await;
    }
    let began = Instant::now();
    let purges = loop {
        let (owed, purges) = look(&app).await;
        if owed.is_none() && purges.iter().all(|purge| purge.state != "open") {
            break purges;
        }
        assert!(began.elapsed() < PATIENCE, "not done after {PATIENCE:?}: {purges:?}\n{}", instance.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    judge(&app, &fake, &purges).await;
    println!(
        "ok killed: {kills} times, {} purges, {} invalidations",
        purges.len(),
        fake.invalidations().len()
    );
    drop(instance);
    app.db.close().await;
    shop::drop_database(&url).await;
}

async fn look(app: &App) -> (Option<i64>, Vec<PurgeSummary>) {
    let mut tx = app.db.write().await.unwrap();
    (purges::find_owed(&mut tx).await.unwrap(), purges::list_recent_purges(&mut tx, 10_000).await.unwrap())
}

/// Every round of every purge was served by an invalidation of its items that is complete, and no caller reference has
/// two.
async fn judge(app: &App, fake: &CloudFront, all: &[PurgeSummary]) {
    let made = fake.invalidations();
    let references: BTreeSet<&str> = made.iter().map(|i| i.reference.as_str()).collect();
    assert_eq!(references.len(), made.len(), "a purge has two invalidations for one round");
    let by_id: BTreeMap<&str, _> = made.iter().map(|i| (i.id.as_str(), i)).collect();
    let ids: Vec<&str> = all.iter().map(|purge| purge.id.as_str()).collect();
    let rounds = purges::list_rounds(&mut app.db.read().await.unwrap(), &ids).await.unwrap();
    for purge in all {
        assert_eq!(purge.state, "done", "{purge:?}");
        let items: Vec<String> = serde_json::from_str(&purge.items).unwrap();
        let own: Vec<&RoundSummary> = rounds.iter().filter(|round| round.purge_id == purge.id).collect();
        assert_eq!(i64::try_from(own.len()).unwrap(), purge.rounds, "{purge:?}");
        for round in own {
            let invalidation = by_id.get(round.cloudfront_id.as_str()).expect("CloudFront made it");
            assert!(round.state == "done" && invalidation.completed.is_some(), "{round:?}");
            assert!(items.iter().all(|item| invalidation.items.contains(item)), "{round:?} {items:?}");
        }
    }
    // What was made is known: none was made that nobody waits for.
    let known: BTreeSet<&str> = rounds.iter().map(|round| round.cloudfront_id.as_str()).collect();
    let lost: Vec<&&str> = by_id.keys().filter(|id| !known.contains(**id)).collect();
    assert!(lost.is_empty(), "invalidations that no purge knows: {lost:?}");
    assert!(fake.refusals().is_empty(), "{:?}", fake.refusals());
}
