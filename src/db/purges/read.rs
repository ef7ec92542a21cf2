//! Reading purges: what waits, what is under way, what was.

use crate::db::sql::Sql;
use crate::db::{Conn, fetch};
use crate::domain::purge::PurgeMode;
use crate::domain::purge::batch::Reason;

/// The changes that no purge has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    pub count: i64,
    /// `changes.id`
    pub newest: i64,
    pub oldest_at: i64,
}

/// A round of an open purge that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRound {
    pub purge_id: String,
    pub items: Vec<String>,
    pub mode: PurgeMode,
    /// How many the purge has.
    pub rounds: u32,
    pub reason: Reason,
    pub seen_at: i64,
    pub newest_change: i64,
    pub oldest_at: i64,
    pub round: u32,
    pub caller_reference: String,
    pub not_before: i64,
    pub attempts: i64,
    pub asked_at: Option<i64>,
    /// `None`: not sent, or the answer is not known.
    pub cloudfront_id: Option<String>,
    /// Of the round before.
    pub previous_completed_at: Option<i64>,
}

impl OpenRound {
    /// No round of the purge follows.
    pub fn is_last(&self) -> bool {
        self.round + 1 >= self.rounds
    }

    /// The items that the purge may still cost.
    pub fn items_planned(&self) -> i64 {
        let sent = u32::from(self.cloudfront_id.is_some());
        let rounds = self.rounds.saturating_sub(self.round + sent);
        i64::from(rounds) * i64::try_from(self.items.len()).unwrap_or(i64::MAX)
    }
}

/// A purge as people look at it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PurgeSummary {
    pub id: String,
    /// JSON list.
    pub items: String,
    pub mode: String,
    pub rounds: i64,
    pub reason: String,
    pub state: String,
    pub oldest_at: i64,
    pub seen_at: i64,
    pub ended_at: Option<i64>,
}

/// One round of a purge as people look at it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RoundSummary {
    pub purge_id: String,
    pub round: i64,
    pub state: String,
    pub caller_reference: String,
    pub cloudfront_id: String,
    pub not_before: i64,
    pub attempts: i64,
    pub asked_at: Option<i64>,
    pub completed_at: Option<i64>,
    pub last_error: String,
}

#[derive(sqlx::FromRow)]
struct OpenRow {
    purge_id: String,
    items: String,
    mode: String,
    rounds: i64,
    reason: String,
    seen_at: i64,
    newest_change: i64,
    oldest_at: i64,
    round: i64,
    caller_reference: String,
    not_before: i64,
    attempts: i64,
    asked_at: Option<i64>,
    cloudfront_id: String,
    previous_completed_at: Option<i64>,
}

/// What waits for a purge; `None` when nothing does.
pub async fn find_waiting(conn: &mut Conn) -> sqlx::Result<Option<Waiting>> {
    let row = fetch!(
        conn,
        fetch_one as (i64, Option<i64>, Option<i64>),
        "SELECT CAST(count(*) AS BIGINT), max(id), min(at) FROM changes WHERE purge_id IS NULL",
    )?;
    Ok(match row {
        (count, Some(newest), Some(oldest_at)) => Some(Waiting { count, newest, oldest_at }),
        _ => None,
    })
}

/// When the oldest change was made that no completed invalidation has dropped yet; `None` when there is none.
pub async fn find_owed(conn: &mut Conn) -> sqlx::Result<Option<i64>> {
    let row: (Option<i64>,) = fetch!(
        conn,
        fetch_one as (Option<i64>,),
        "SELECT min(oldest_at) FROM (
             SELECT min(at) AS oldest_at FROM changes WHERE purge_id IS NULL
             UNION ALL
             SELECT min(p.oldest_at) FROM purges p
             JOIN purge_rounds r ON r.purge_id = p.id AND r.round = 0 AND r.state <> 'done'
             WHERE p.state = 'open') AS owed",
    )?;
    Ok(row.0)
}

/// Every round that is not done, oldest purge first.
pub async fn list_open_rounds(conn: &mut Conn) -> sqlx::Result<Vec<OpenRound>> {
    let rows = fetch!(
        conn,
        fetch_all as OpenRow,
        "SELECT p.id AS purge_id, p.items, p.mode, p.rounds, p.reason, p.seen_at, p.newest_change, p.oldest_at,
                r.round, r.caller_reference, r.not_before, r.attempts, r.asked_at, r.cloudfront_id,
                b.completed_at AS previous_completed_at
         FROM purges p JOIN purge_rounds r ON r.purge_id = p.id AND r.state <> 'done'
         LEFT JOIN purge_rounds b ON b.purge_id = p.id AND b.round = r.round - 1
         WHERE p.state = 'open' ORDER BY p.id, r.round",
    )?;
    rows.into_iter().map(OpenRow::into_round).collect()
}

/// The newest purges, open ones first.
pub async fn list_recent_purges(conn: &mut Conn, limit: i64) -> sqlx::Result<Vec<PurgeSummary>> {
    fetch!(
        conn,
        fetch_all as PurgeSummary,
        "SELECT id, items, mode, rounds, reason, state, oldest_at, seen_at, ended_at FROM purges
         ORDER BY CASE WHEN state = 'open' THEN 0 ELSE 1 END, id DESC LIMIT $1",
        limit,
    )
}

/// The rounds of these purges that exist so far, in order.
pub async fn list_rounds(conn: &mut Conn, purge_ids: &[&str]) -> sqlx::Result<Vec<RoundSummary>> {
    let mut sql = Sql::new(
        "SELECT purge_id, round, state, caller_reference, cloudfront_id, not_before, attempts, asked_at, completed_at,
                last_error
         FROM purge_rounds WHERE purge_id IN ",
    );
    sql.bind_list(purge_ids).push(" ORDER BY purge_id, round");
    sql.fetch_all(conn).await
}

/// The items that CloudFront counted in `month`.
pub async fn find_spending(conn: &mut Conn, month: &str) -> sqlx::Result<i64> {
    let row =
        fetch!(conn, fetch_optional as (i64,), "SELECT items FROM edge_spending WHERE month = $1", month)?;
    Ok(row.map_or(0, |row| row.0))
}

impl OpenRow {
    fn into_round(self) -> sqlx::Result<OpenRound> {
        let strange = |what: &str| sqlx::Error::Decode(format!("purge {}: {what}", self.purge_id).into());
        let number = |n: i64| u32::try_from(n).map_err(|_| strange("a number is out of range"));
        Ok(OpenRound {
            items: serde_json::from_str(&self.items).map_err(|_| strange("the items are no list"))?,
            mode: PurgeMode::parse(&self.mode).ok_or_else(|| strange("there is no such mode"))?,
            reason: Reason::parse(&self.reason).ok_or_else(|| strange("there is no such reason"))?,
            rounds: number(self.rounds)?,
            round: number(self.round)?,
            cloudfront_id: Some(self.cloudfront_id).filter(|id| !id.is_empty()),
            purge_id: self.purge_id,
            seen_at: self.seen_at,
            newest_change: self.newest_change,
            oldest_at: self.oldest_at,
            caller_reference: self.caller_reference,
            not_before: self.not_before,
            attempts: self.attempts,
            asked_at: self.asked_at,
            previous_completed_at: self.previous_completed_at,
        })
    }
}
