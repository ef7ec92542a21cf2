//! A store with CloudFront's rules in front of it, changes to commit, and the oracle: every change got its rounds, at
//! legal times, and no round two invalidations.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use mercer::app::App;
use mercer::config::EdgeConfig;
use mercer::db::changes::insert_changes;
use mercer::db::purges::{self, PurgeSummary, RoundSummary};
use mercer::db::{Conn, Raw};
use mercer::domain::purge::{ITEMS_IN_PROGRESS_MAX, WILDCARDS_IN_PROGRESS_MAX, covers};
use mercer::domain::tag::Tag;
use mercer::edge::dispatcher::{Completed, Dispatcher};
use mercer::outside::cloudfront::{Cdn, FakeCloudFront, Invalidation};
use mercer::random::Random;

use crate::support::TestStore;

/// As `edge::dispatcher` has it.
pub const STEP_MS: i64 = 250;
/// How long an invalidation takes here.
pub const COMPLETE_MS: i64 = 1_500;

pub struct World {
    pub app: Arc<App>,
    pub fake: Arc<FakeCloudFront>,
    /// What was committed, and when by the steady clock.
    committed: Vec<(String, i64)>,
}

impl World {
    /// The edge of `store`, configured by `change`.
    pub async fn new(store: &TestStore, change: impl FnOnce(&mut EdgeConfig)) -> World {
        let mut config = store.app.config.clone();
        config.edge.budget_items = 1_000_000;
        change(&mut config.edge);
        let clock = store.app.clock.clone();
        let mut app = App::new(config, store.app.db.clone(), clock.clone(), Random::System).await.unwrap();
        let fake = Arc::new(FakeCloudFront::new(clock, COMPLETE_MS));
        app.cdn = Cdn::Fake(fake.clone());
        World { app: Arc::new(app), fake, committed: Vec::new() }
    }

    pub async fn commit(&mut self, tags: &[&str]) {
        let list: Vec<Tag> = tags.iter().map(|tag| Tag::stored((*tag).to_owned())).collect();
        let mut tx = self.app.db.write().await.unwrap();
        insert_changes(&mut tx, &list, self.app.clock.now_ms()).await.unwrap();
        tx.commit().await.unwrap();
        let now = self.app.clock.monotonic_ms();
        self.committed.extend(tags.iter().map(|tag| ((*tag).to_owned(), now)));
    }

    /// A process's dispatcher.
    pub fn dispatcher(&self, holder: &str) -> Dispatcher {
        Dispatcher::new(holder.to_owned())
    }

    /// Steps as often as fits into `ms`; the rounds that completed.
    pub async fn pass(&self, dispatcher: &mut Dispatcher, ms: i64) -> Vec<Completed> {
        let mut completed = Vec::new();
        for _ in 0..ms / STEP_MS {
            completed.extend(dispatcher.step(&self.app).await.unwrap());
            self.app.clock.advance(STEP_MS);
        }
        completed
    }

    /// Steps until nothing is left to do; how long that took by the steady clock.
    pub async fn settle(&self, dispatcher: &mut Dispatcher) -> i64 {
        let began = self.app.clock.monotonic_ms();
        loop {
            dispatcher.step(&self.app).await.unwrap();
            let mut conn = self.app.db.read().await.unwrap();
            let waiting = purges::find_waiting(&mut conn).await.unwrap();
            if waiting.is_none() && purges::list_open_rounds(&mut conn).await.unwrap().is_empty() {
                return self.app.clock.monotonic_ms() - began;
            }
            drop(conn);
            self.app.clock.advance(STEP_MS);
            assert!(self.app.clock.monotonic_ms() - began < 600_000, "the purges never end");
        }
    }

    pub async fn purges(&self) -> Vec<PurgeSummary> {
        let mut conn = self.app.db.read().await.unwrap();
        let mut all = purges::list_recent_purges(&mut conn, 10_000).await.unwrap();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all
    }

    pub async fn rounds(&self) -> Vec<RoundSummary> {
        let purges = self.purges().await;
        let ids: Vec<&str> = purges.iter().map(|purge| purge.id.as_str()).collect();
        purges::list_rounds(&mut self.app.db.read().await.unwrap(), &ids).await.unwrap()
    }

    /// The items of each invalidation, oldest first.
    pub fn sent(&self) -> Vec<Vec<String>> {
        self.fake.invalidations().into_iter().map(|i| i.items).collect()
    }

    /// Every committed change went through `rounds` rounds, each at a legal time, and no round has two invalidations.
    pub async fn expect_purged(&self, rounds: usize) {
        let owners = taken_by(&mut self.app.db.read().await.unwrap()).await;
        assert_eq!(owners.len(), self.committed.len(), "changes are missing");
        let made = self.fake.invalidations();
        let by_id: BTreeMap<&str, &Invalidation> = made.iter().map(|i| (i.id.as_str(), i)).collect();
        let all = self.rounds().await;
        self.expect_one_invalidation_per_round(&all, &made);
        self.expect_limits(&made);
        for ((tag, commit), owner) in self.committed.iter().zip(&owners) {
            let owner = owner.as_deref().unwrap_or_else(|| panic!("{tag} was never taken"));
            let mine: Vec<&RoundSummary> = all.iter().filter(|round| round.purge_id == owner).collect();
            assert_eq!(mine.len(), rounds, "rounds of {tag}: {mine:?}");
            assert!(mine.iter().all(|round| round.state == "done"), "{mine:?}");
            let served = mine.iter().map(|round| by_id[round.cloudfront_id.as_str()]).collect::<Vec<_>>();
            self.expect_legal(tag, *commit, &served);
        }
    }

    fn expect_legal(&self, tag: &str, commit: i64, served: &[&Invalidation]) {
        let timing = &self.app.config.edge.timing;
        for (round, invalidation) in served.iter().enumerate() {
            let covered = covers(&invalidation.items, &[format!("#{tag}")]);
            assert!(covered, "round {round} of {tag} has only {:?}", invalidation.items);
            assert!(invalidation.created_ms >= commit, "round {round} of {tag} is older than the change");
            let Some(previous) = round.checked_sub(1).map(|p| served[p]) else { continue };
            let settled = commit + timing.lease_ms + timing.completion_ms;
            assert!(invalidation.created_ms >= settled, "round {round} of {tag} is before c + L + R");
            let apart = previous.created_ms + COMPLETE_MS + timing.completion_ms;
            assert!(invalidation.created_ms >= apart, "round {round} of {tag} is before completed + R");
        }
    }

    fn expect_one_invalidation_per_round(&self, rounds: &[RoundSummary], made: &[Invalidation]) {
        let references: BTreeSet<&str> = made.iter().map(|i| i.caller_reference.as_str()).collect();
        assert_eq!(references.len(), made.len());
        for invalidation in made {
            let round = rounds.iter().find(|round| round.caller_reference == invalidation.caller_reference);
            let round = round.unwrap_or_else(|| panic!("nobody asked for {invalidation:?}"));
            // A round that has an invalidation of its own is not served by another's besides.
            assert_eq!(round.cloudfront_id, invalidation.id, "two invalidations for {round:?}");
        }
    }

    fn expect_limits(&self, made: &[Invalidation]) {
        for invalidation in made {
            let at = invalidation.created_ms;
            let items = made
                .iter()
                .filter(|i| i.created_ms <= at && at < i.created_ms + COMPLETE_MS)
                .flat_map(|i| &i.items);
            let (wildcards, plain): (Vec<&String>, Vec<&String>) = items.partition(|i| i.ends_with('*'));
            assert!(plain.len() <= ITEMS_IN_PROGRESS_MAX, "{} items in progress", plain.len());
            assert!(
                wildcards.len() <= WILDCARDS_IN_PROGRESS_MAX,
                "{} wildcards in progress",
                wildcards.len()
            );
        }
    }
}

/// The purge that took each change, in the order of the changes.
pub async fn taken_by(conn: &mut Conn) -> Vec<Option<String>> {
    let sql = "SELECT purge_id FROM changes ORDER BY id";
    match conn.raw() {
        Raw::Sqlite(c) => sqlx::query_scalar(sql).fetch_all(c).await.unwrap(),
        Raw::Postgres(c) => sqlx::query_scalar(sql).fetch_all(c).await.unwrap(),
    }
}

/// Polls `future` so often, then drops it, as a killed process would. `None` when it was cut.
pub async fn cut<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}
