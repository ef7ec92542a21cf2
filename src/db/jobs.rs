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

/// True when a job is due of a kind that is not one of `full_kinds`.
pub async fn exists_due_job(conn: &mut Conn, now_ms: i64, full_kinds: &[&str]) -> sqlx::Result<bool> {
    let mut sql = Sql::new("SELECT EXISTS (SELECT id FROM jobs WHERE ");
    push_due(&mut sql, now_ms, full_kinds);
    sql.push(")");
    let rows: Vec<(bool,)> = sql.fetch_all(conn).await?;
    Ok(rows.iter().any(|(exists,)| *exists))
}

/// Claims the oldest due jobs, at most `limit`, until `lease_until`. Two workers never get the same one, and none waits
/// for another: what one is about to claim, the others pass over. `full_kinds` are those of which the caller has
/// enough at hand.
pub async fn claim_jobs(
    conn: &mut Conn,
    now_ms: i64,
    lease_until: i64,
    limit: i64,
    full_kinds: &[&str],
) -> sqlx::Result<Vec<Job>> {
    let mut sql = Sql::new("WITH due AS (SELECT id FROM jobs WHERE ");
    push_due(&mut sql, now_ms, full_kinds);
    sql.push(" ORDER BY due_at, id LIMIT ").bind_number(limit);
    // SQLite has one writer at a time, and no locks on rows.
    if conn.is_postgres() {
        sql.push(" FOR UPDATE SKIP LOCKED");
    }
    sql.push(") UPDATE jobs SET attempts = attempts + 1, due_at = ").bind_number(lease_until);
    sql.push(" WHERE id IN (SELECT id FROM due) RETURNING id, kind, payload, attempts");
    let mut jobs: Vec<Job> = sql.fetch_all(conn).await?;
    // RETURNING has no order; ids are in the order of time.
    jobs.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(jobs)
}

fn push_due(sql: &mut Sql, now_ms: i64, full_kinds: &[&str]) {
    sql.push("state = 'ready' AND due_at <= ").bind_number(now_ms);
    if !full_kinds.is_empty() {
        sql.push(" AND kind NOT IN ").bind_list(full_kinds);
    }
}

/// Removes finished jobs, each unless somebody else has claimed it since, because the lease had ended; how many.
pub async fn delete_jobs(conn: &mut Conn, jobs: &[&Job]) -> sqlx::Result<u64> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let mut sql = Sql::new("DELETE FROM jobs WHERE (id, attempts) IN (VALUES ");
    sql.bind_rows(jobs.iter().map(|job| [job.id.as_str().into(), job.attempts.into()]));
    sql.push(") RETURNING attempts");
    let rows: Vec<(i64,)> = sql.fetch_all(conn).await?;
    Ok(rows.len() as u64)
}

/// Puts a failed job back, or sets it aside as dead when `due_at` is `None`; false when somebody else has claimed it
/// since.
pub async fn update_failed_job(
    conn: &mut Conn,
    job: &Job,
    error: &str,
    due_at: Option<i64>,
) -> sqlx::Result<bool> {
    let (id, attempts) = (job.id.as_str(), job.attempts);
    let rows = match due_at {
        Some(due_at) => {
            let sql = "UPDATE jobs SET last_error = $3, due_at = $4 WHERE id = $1 AND attempts = $2";
            execute!(conn, sql, id, attempts, error, due_at)?
        }
        None => {
            let sql = "UPDATE jobs SET last_error = $3, state = 'dead' WHERE id = $1 AND attempts = $2";
            execute!(conn, sql, id, attempts, error)?
        }
    };
    Ok(rows == 1)
}

/// A job as an operator sees it. Its payload may hold a secret link and stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct JobSummary {
    pub id: String,
    pub kind: String,
    /// `ready` or `dead`
    pub state: String,
    pub attempts: i64,
    /// When it is tried next; for a job at hand, when its lease ends.
    pub due_at: i64,
    pub last_error: String,
    pub created_at: i64,
}

/// The oldest jobs, those that were given up first.
pub async fn list_jobs(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<JobSummary>> {
    fetch!(
        conn,
        fetch_all as JobSummary,
        "SELECT id, kind, state, attempts, due_at, last_error, created_at FROM jobs
         ORDER BY CASE WHEN state = 'dead' THEN 0 ELSE 1 END, created_at, id LIMIT $1",
        limit,
    )
}

/// Gives a dead job (all of them when `id` is `None`) its tries anew; how many that were.
pub async fn update_dead_jobs(conn: &mut Conn, id: Option<&str>, now_ms: i64) -> sqlx::Result<u64> {
    let sql = "UPDATE jobs SET state = 'ready', attempts = 0, due_at = $2
               WHERE state = 'dead' AND ($1 = '' OR id = $1)";
    execute!(conn, sql, id.unwrap_or(""), now_ms)
}

/// Removes a dead job for good; false when there is none of that id.
pub async fn delete_dead_job(conn: &mut Conn, id: &str) -> sqlx::Result<bool> {
    Ok(execute!(conn, "DELETE FROM jobs WHERE id = $1 AND state = 'dead'", id)? == 1)
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
