//! The durable queue: work that must happen, once in effect, though the process may die at any moment.
//!
//! A job is a row written in the transaction of the change that asks for it. A worker leases it, does it and removes
//! it; a failed job comes back later with growing pauses and is set aside after [`ATTEMPTS_MAX`] tries. One process
//! does several at once (`worker`), and several processes may share a queue: a claim passes over what
//! another is claiming, a job is given up before its lease ends, and only the claim that is still the last one may say how it ended. To add a
//! kind: a file in `jobs/`, an arm in [`run`], and an insert in the `shop` function that needs it.

pub mod account_register;
pub mod account_reset;
pub mod mail;
pub mod periodic;
mod worker;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::app::App;
use crate::db::Tx;
use crate::db::jobs::{self, Job};
use crate::error::{Error, Result};

pub use worker::work;

/// Then the job waits for a person: `mercer doctor` and `mercer job list` name it.
pub const ATTEMPTS_MAX: i64 = 12;
/// A worker that died gives its job back after this.
pub const LEASE_MS: i64 = 60_000;
/// A job is stopped after this: well before its lease ends, so that it never runs twice at once though the clocks of
/// two machines differ.
const RUN_TIMEOUT: Duration = Duration::from_secs(45);
/// The longest pause before a failed job is tried again.
const BACKOFF_MAX_MS: i64 = 3_600_000;
/// What is kept of an error's text.
const ERROR_CHARS_MAX: usize = 1_000;

/// Does everything that is due, one after the other; how many jobs that were. Tests and commands use it in place of
/// [`work`].
pub async fn drain(app: &App) -> Result<usize> {
    let mut done = 0;
    let mut ended = Vec::new();
    loop {
        let claimed = exchange(app, &mut ended, &mut || Room { jobs: 1, full_kinds: Vec::new() }).await?;
        let Some(job) = claimed.into_iter().next() else { return Ok(done) };
        ended.push(attempt(app, job).await);
        done += 1;
    }
}

/// What a worker can take on.
struct Room {
    jobs: usize,
    /// Kinds of which it has enough at hand.
    full_kinds: Vec<String>,
}

/// A job that ran, and what came of it.
struct Ended {
    job: Job,
    outcome: Result<()>,
}

/// Notes how jobs `ended` and leases due ones, as many as there is `room` for; none when none is due. All of them begin
/// at once, or their leases would pass while they wait. One transaction for all of that, since each is a durable commit
/// that shoppers' orders wait for; `room` is asked again once it is this one's turn to write, when more jobs have ended.
/// On an error `ended` is as it was: what is never noted is due again when the lease ends.
async fn exchange(
    app: &App,
    ended: &mut Vec<Ended>,
    room: &mut (dyn FnMut() -> Room + Send),
) -> Result<Vec<Job>> {
    let Room { jobs: places, full_kinds } = room();
    // Looking costs a reader; only a due job takes the writer.
    let is_due = places > 0
        && jobs::exists_due_job(&mut app.db.read().await?, app.clock.now_ms(), &words(&full_kinds)).await?;
    if !is_due && ended.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.write().await?;
    note(app, &mut tx, ended).await?;
    let mut claimed = Vec::new();
    if is_due {
        let (room, now_ms) = (room(), app.clock.now_ms());
        let limit = i64::try_from(room.jobs).unwrap_or(i64::MAX);
        claimed =
            jobs::claim_jobs(&mut tx, now_ms, now_ms + LEASE_MS, limit, &words(&room.full_kinds)).await?;
    }
    tx.commit().await?;
    ended.clear();
    Ok(claimed)
}

fn words(kinds: &[String]) -> Vec<&str> {
    kinds.iter().map(String::as_str).collect()
}

/// Does the job.
async fn attempt(app: &App, job: Job) -> Ended {
    // A trace of its own, where there are traces: whoever left the job has long been answered.
    let traced = tracing::trace_span!(
        target: "mercer::spans",
        "job",
        otel.name = format!("job {}", job.kind),
        job.id = job.id,
        job.attempts = job.attempts,
        error = Empty,
    );
    let running = AssertUnwindSafe(run(app, &job)).catch_unwind().instrument(traced.clone());
    let outcome = match tokio::time::timeout(RUN_TIMEOUT, running).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err(Error::internal("the job panicked")),
        Err(_) => Err(Error::internal(format!("not done within {} s", RUN_TIMEOUT.as_secs()))),
    };
    if let Err(error) = &outcome {
        traced.record("error", true);
        tracing::warn!(job = job.id, kind = job.kind, attempts = job.attempts, %error, "a job failed");
    }
    Ended { job, outcome }
}

/// Removes jobs that are done and puts failed ones back.
async fn note(app: &App, tx: &mut Tx, ended: &[Ended]) -> Result<()> {
    let done: Vec<&Job> = ended.iter().filter(|e| e.outcome.is_ok()).map(|e| &e.job).collect();
    let mut noted = jobs::delete_jobs(tx, &done).await?;
    for Ended { job, outcome } in ended {
        let Err(error) = outcome else { continue };
        let due_at = app.clock.now_ms() + backoff_ms(job.attempts);
        let due_at = (job.attempts < ATTEMPTS_MAX).then_some(due_at);
        noted += u64::from(jobs::update_failed_job(tx, job, &describe(error), due_at).await?);
    }
    if noted < ended.len() as u64 {
        let lost = ended.len() as u64 - noted;
        tracing::warn!(lost, "the leases of some jobs had ended before the jobs did");
    }
    Ok(())
}

/// Gives a job that was given up its tries anew, or all of them; how many that were.
pub async fn revive(app: &App, id: Option<&str>) -> Result<u64> {
    let mut tx = app.db.write().await?;
    let count = jobs::update_dead_jobs(&mut tx, id, app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(count)
}

/// Removes a job for good that was given up; false when there is none of that id.
pub async fn remove_dead(app: &App, id: &str) -> Result<bool> {
    let mut tx = app.db.write().await?;
    let was_there = jobs::delete_dead_job(&mut tx, id).await?;
    tx.commit().await?;
    Ok(was_there)
}

async fn run(app: &App, job: &Job) -> Result<()> {
    match job.kind.as_str() {
        mail::KIND => mail::run(app, job).await,
        account_register::KIND => account_register::run(app, job).await,
        account_reset::KIND => account_reset::run(app, job).await,
        kind => Err(Error::internal(format!("no job is called {kind:?}"))),
    }
}

/// 2, 4, 8 … seconds, at most an hour.
fn backoff_ms(attempts: i64) -> i64 {
    let exponent = u32::try_from(attempts.clamp(1, 20)).unwrap_or(1);
    (1_000 * 2_i64.pow(exponent)).min(BACKOFF_MAX_MS)
}

/// The error with its causes, for the row that a person reads.
fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    // A server's own words may hold anything; PostgreSQL keeps no NUL.
    text.replace('\0', " ").chars().take(ERROR_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn pauses_grow_to_an_hour() {
        assert_eq!(super::backoff_ms(1), 2_000);
        assert_eq!(super::backoff_ms(5), 32_000);
        assert_eq!(super::backoff_ms(12), 3_600_000);
        assert_eq!(super::backoff_ms(i64::MAX), 3_600_000);
    }
}
