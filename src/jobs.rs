//! The durable queue: work that must happen, once in effect, though the process may die at any moment.
//!
//! A job is a row written in the transaction of the change that asks for it. A worker leases it, does it and removes
//! it; a failed job comes back later with growing pauses and is set aside after [`ATTEMPTS_MAX`] tries. To add a
//! kind: a file in `jobs/`, an arm in [`run`], and an insert in the `shop` function that needs it.

pub mod account_register;
pub mod account_reset;
pub mod mail;
pub mod periodic;

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::db::jobs::{self, Job};
use crate::error::{Error, Result};

/// Then the job waits for a person: `mercer doctor` names it.
pub const ATTEMPTS_MAX: i64 = 12;
/// A worker that died gives its job back after this.
const LEASE_MS: i64 = 60_000;
/// Jobs claimed at once: each claim is a durable commit.
const CLAIMED_MAX: i64 = 8;
/// No job begins that could not end before its lease does.
const JOB_MS: i64 = 30_000;
/// Between looks at an empty queue, unless woken.
const IDLE_POLL: Duration = Duration::from_secs(1);
/// The longest pause before a failed job is tried again.
const BACKOFF_MAX_MS: i64 = 3_600_000;

/// Works on the queue until `shutdown`.
pub async fn work(app: Arc<App>, shutdown: CancellationToken) {
    loop {
        match work_some(&app, || shutdown.is_cancelled()).await {
            Ok(1..) if !shutdown.is_cancelled() => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the job queue could not be read; trying again"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = app.jobs_wake.notified() => {}
            () = tokio::time::sleep(IDLE_POLL) => {}
        }
    }
}

/// Does everything that is due; how many jobs that were. Tests and commands use it in place of [`work`].
pub async fn drain(app: &App) -> Result<usize> {
    let mut done = 0;
    loop {
        match work_some(app, || false).await? {
            0 => return Ok(done),
            some => done += some,
        }
    }
}

/// Does some due jobs, one after the other; how many. What `stop` or a slow job leaves over is due again when its
/// lease ends.
async fn work_some(app: &App, stop: impl Fn() -> bool) -> Result<usize> {
    // Looking costs a reader; only a due job takes the writer.
    let now_ms = app.clock.now_ms();
    if !jobs::exists_due_job(&mut app.db.read().await?, now_ms).await? {
        return Ok(0);
    }
    let lease_until = now_ms + LEASE_MS;
    let mut tx = app.db.write().await?;
    let claimed = jobs::claim_jobs(&mut tx, now_ms, lease_until, CLAIMED_MAX).await?;
    tx.commit().await?;
    let mut done = 0;
    for job in &claimed {
        let is_late = app.clock.now_ms() > lease_until - JOB_MS;
        if done > 0 && (is_late || stop()) {
            break;
        }
        finish(app, job, run(app, job).await).await?;
        done += 1;
    }
    Ok(done)
}

/// Removes the job, or says when it is to be tried again. Each for itself: after a crash at most one mail goes out
/// twice.
async fn finish(app: &App, job: &Job, outcome: Result<()>) -> Result<()> {
    let mut tx = app.db.write().await?;
    match outcome {
        Ok(()) => jobs::delete_job(&mut tx, &job.id).await?,
        Err(error) => {
            let again_at = app.clock.now_ms() + backoff_ms(job.attempts);
            let due_at = (job.attempts < ATTEMPTS_MAX).then_some(again_at);
            tracing::warn!(job = job.id, kind = job.kind, attempts = job.attempts, %error, "a job failed");
            jobs::update_failed_job(&mut tx, &job.id, &describe(&error), due_at).await?;
        }
    }
    tx.commit().await?;
    Ok(())
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
    text
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
