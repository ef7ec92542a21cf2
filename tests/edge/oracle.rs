//! Judges every answer: how much older than the newest commit is what it shows?

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::shop::PRODUCTS;

/// Where an answer was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    Edge,
    /// In the tier above.
    Regional,
    Origin,
}

struct Shown {
    at: Instant,
    product: usize,
    version: usize,
}

/// See the module.
pub struct Oracle {
    /// Per product and version the time at which its commit was known.
    commits: Mutex<Vec<Vec<Instant>>>,
    shown: Mutex<Vec<Shown>>,
    answers: Mutex<Vec<(Instant, Result<Found, u16>)>>,
}

/// What a stretch of time looked like.
#[derive(Debug, Clone)]
pub struct Report {
    pub answers: usize,
    /// Answers that were no page: what the edge says when the origin does not answer.
    pub failed: usize,
    /// Answers from any tier, of all pages.
    pub hits: f64,
    pub changes: usize,
    /// Of the answers, in milliseconds: how long the first change that they lack had been committed; 0 for fresh ones.
    pub answer_ms: [u64; 3],
    /// Of the changes: how long somebody could still be shown what was there before.
    pub change_ms: [u64; 3],
}

impl Oracle {
    pub fn new() -> Oracle {
        let now = Instant::now();
        Oracle {
            commits: Mutex::new(vec![vec![now]; PRODUCTS]),
            shown: Mutex::default(),
            answers: Mutex::default(),
        }
    }

    /// The version that the next change of `product` has.
    pub fn next_version(&self, product: usize) -> usize {
        self.commits.lock().unwrap()[product].len()
    }

    pub fn committed(&self, product: usize) {
        self.commits.lock().unwrap()[product].push(Instant::now());
    }

    pub fn saw(&self, at: Instant, outcome: Result<Found, u16>, versions: &[(usize, usize)]) {
        self.answers.lock().unwrap().push((at, outcome));
        let shown =
            versions.iter().map(|(product, version)| Shown { at, product: *product, version: *version });
        self.shown.lock().unwrap().extend(shown);
    }

    /// What was answered and committed from `from` on, until `to`.
    pub fn report(&self, from: Instant, to: Instant) -> Report {
        let inside = |at: Instant| from <= at && at < to;
        let commits = self.commits.lock().unwrap();
        let mut ages = Vec::new();
        let mut last_seen: BTreeMap<(usize, usize), Duration> = BTreeMap::new();
        for shown in self.shown.lock().unwrap().iter().filter(|s| inside(s.at)) {
            let newer = commits[shown.product].iter().enumerate().skip(shown.version + 1);
            let missed: Vec<(usize, Duration)> = newer
                .take_while(|(_, at)| **at <= shown.at)
                .map(|(version, at)| (version, shown.at.duration_since(*at)))
                .collect();
            ages.push(missed.first().map_or(Duration::ZERO, |(_, age)| *age));
            for (version, age) in missed {
                let longest = last_seen.entry((shown.product, version)).or_default();
                *longest = (*longest).max(age);
            }
        }
        let lags: Vec<Duration> = commits
            .iter()
            .enumerate()
            .flat_map(|(product, times)| {
                times.iter().enumerate().skip(1).map(move |(version, at)| (product, version, *at))
            })
            .filter(|(_, _, at)| inside(*at))
            .map(|(product, version, _)| last_seen.get(&(product, version)).copied().unwrap_or_default())
            .collect();
        let answers = self.answers.lock().unwrap();
        let here: Vec<&Result<Found, u16>> =
            answers.iter().filter(|(at, _)| inside(*at)).map(|(_, outcome)| outcome).collect();
        let pages = here.iter().filter(|o| o.is_ok()).count();
        let hits = here.iter().filter(|o| matches!(o, Ok(Found::Edge | Found::Regional))).count();
        Report {
            answers: here.len(),
            failed: here.len() - pages,
            hits: hits as f64 / pages.max(1) as f64,
            changes: lags.len(),
            answer_ms: quantiles(ages),
            change_ms: quantiles(lags),
        }
    }
}

/// Half, 95 %, all.
fn quantiles(mut ages: Vec<Duration>) -> [u64; 3] {
    ages.sort_unstable();
    let at = |share: usize| {
        let place = (ages.len() * share).div_ceil(100).saturating_sub(1);
        ages.get(place).map_or(0, |age| u64::try_from(age.as_millis()).unwrap())
    };
    [at(50), at(95), at(100)]
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a50, a95, a_max] = self.answer_ms.map(|ms| ms as f64 / 1000.0);
        let [c50, c95, c_max] = self.change_ms.map(|ms| ms as f64 / 1000.0);
        write!(
            f,
            "{:5} answers, {:3} failed, hits {:4.1} %; answers older by p50 {a50:.1} p95 {a95:.1} max {a_max:.1} s; \
             {:4} changes, gone after p50 {c50:.1} p95 {c95:.1} max {c_max:.1} s",
            self.answers,
            self.failed,
            self.hits * 100.0,
            self.changes
        )
    }
}
