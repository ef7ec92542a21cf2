//! The durable queue's rows. A claimed job is leased: it becomes due again if its worker dies.

use super::sql::{Sql, Writes};
use super::{Conn, execute, fetch};

/// A job that a worker holds until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    pub id: String,
    pub kind: String,
    /// JSON, understood by the job's own module.
    pub payload: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
}

/// A job to enqueue.
pub struct NewJob<'a> {
    pub id: &'a str,
    pub kind: &'a str,
    pub payload: &'a str,
    pub due_at: i64,
}

/// Enqueues a job in the caller's transaction: the work exists exactly when the change that asks for it does.
pub async fn insert_job(conn: &mut Conn, job: NewJob<'_>, now_ms: i64) -> sqlx::Result<()> {
    let mut writes = Writes::default();
    add_job(&mut writes, job, now_ms);
    writes.run(conn).await
}

/// The same as a part of `writes`.
pub fn add_job(writes: &mut Writes, job: NewJob<'_>, now_ms: i64) {
    let mut sql = Sql::new("INSERT INTO jobs (id, kind, payload, state, due_at, created_at) VALUES ");
    sql.bind_rows([[
        job.id.into(),
        job.kind.into(),
        job.payload.into(),
        "ready".into(),
        job.due_at.into(),
        now_ms.into(),
    ]]);
    writes.add(sql);
}

/// True when a job is due.
pub async fn exists_due_job(conn: &mut Conn, now_ms: i64) -> sqlx::Result<bool> {
    let sql = "SELECT EXISTS (SELECT id FROM jobs WHERE state = 'ready' AND due_at <= $1)";
    let row: (bool,) = fetch!(conn, fetch_one as (bool,), sql, now_ms)?;
    Ok(row.0)
}

/// Claims the oldest due jobs, at most `limit`, until `lease_until`. Two workers never get the same one: the condition
/// is checked again under the row's lock.
pub async fn claim_jobs(
    conn: &mut Conn,
    now_ms: i64,
    lease_until: i64,
    limit: i64,
) -> sqlx::Result<Vec<Job>> {
    let mut jobs = fetch!(
        conn,
        fetch_all as Job,
        "UPDATE jobs SET attempts = attempts + 1, due_at = $2
         WHERE state = 'ready' AND due_at <= $1
           AND id IN (SELECT id FROM jobs WHERE state = 'ready' AND due_at <= $1 ORDER BY due_at, id LIMIT $3)
         RETURNING id, kind, payload, attempts",
        now_ms,
        lease_until,
        limit,
    )?;
    // RETURNING has no order; ids are in the order of time.
    jobs.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(jobs)
}

/// Removes a finished job.
pub async fn delete_job(conn: &mut Conn, id: &str) -> sqlx::Result<()> {
    execute!(conn, "DELETE FROM jobs WHERE id = $1", id)?;
    Ok(())
}

/// Puts a failed job back, or sets it aside as dead when `due_at` is `None`.
pub async fn update_failed_job(
    conn: &mut Conn,
    id: &str,
    error: &str,
    due_at: Option<i64>,
) -> sqlx::Result<()> {
    match due_at {
        Some(due_at) => {
            execute!(conn, "UPDATE jobs SET last_error = $2, due_at = $3 WHERE id = $1", id, error, due_at,)?
        }
        None => execute!(conn, "UPDATE jobs SET last_error = $2, state = 'dead' WHERE id = $1", id, error)?,
    };
    Ok(())
}

/// How many jobs wait and how many are dead, for metrics and tests.
pub async fn count_jobs(conn: &mut Conn) -> sqlx::Result<(i64, i64)> {
    fetch!(
        conn,
        fetch_one as (i64, i64),
        "SELECT CAST(coalesce(sum(CASE WHEN state = 'ready' THEN 1 ELSE 0 END), 0) AS BIGINT),
                CAST(coalesce(sum(CASE WHEN state = 'dead' THEN 1 ELSE 0 END), 0) AS BIGINT)
         FROM jobs",
    )
}
