//! Purges: changes that were taken from the feed, frozen as invalidation items, and the rounds they go through.

pub mod paths;
mod read;

pub use read::{
    OpenRound, PurgeSummary, RoundSummary, Waiting, find_owed, find_spending, find_waiting, list_open_rounds,
    list_recent_purges, list_rounds,
};

use super::changes::Change;
use super::{Conn, execute, fetch};
use crate::domain::purge::PurgeMode;
use crate::domain::purge::batch::Reason;
use crate::domain::tag::Tag;

/// A purge to freeze.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPurge<'a> {
    pub id: &'a str,
    /// Sorted.
    pub items: &'a [String],
    pub mode: PurgeMode,
    /// 0: nothing will be sent; the purge is kept for the record and ends at once.
    pub rounds: u32,
    pub reason: Reason,
    pub newest_change: i64,
    pub oldest_at: i64,
    /// All its changes were committed by then.
    pub seen_at: i64,
}

/// How a purge ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// CloudFront will never take these items.
    Refused,
}

/// Gives the changes that no purge has to `purge_id`. Two processes never get the same change: each row is marked once.
pub async fn take_changes(conn: &mut Conn, purge_id: &str) -> sqlx::Result<Vec<Change>> {
    fetch!(
        conn,
        fetch_all as Change,
        "UPDATE changes SET purge_id = $1 WHERE purge_id IS NULL RETURNING id, tag, at",
        purge_id,
    )
}

/// Appends a change that `purge_id` has taken already: processes drop their own copies, no other purge is made. Its id.
pub async fn insert_taken_change(
    conn: &mut Conn,
    tag: &Tag,
    purge_id: &str,
    now_ms: i64,
) -> sqlx::Result<i64> {
    let row: (i64,) = fetch!(
        conn,
        fetch_one as (i64,),
        "INSERT INTO changes (tag, at, purge_id) VALUES ($1, $2, $3) RETURNING id",
        tag.as_str(),
        now_ms,
        purge_id,
    )?;
    Ok(row.0)
}

/// Freezes a purge with its first round.
pub async fn insert_purge(conn: &mut Conn, purge: &NewPurge<'_>) -> sqlx::Result<()> {
    let ended_at = (purge.rounds == 0).then_some(purge.seen_at);
    execute!(
        conn,
        "INSERT INTO purges (id, items, mode, rounds, reason, state, newest_change, oldest_at, seen_at,
                             ended_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        purge.id,
        serde_json::json!(purge.items).to_string(),
        purge.mode.as_str(),
        i64::from(purge.rounds),
        purge.reason.as_str(),
        if ended_at.is_some() { "done" } else { "open" },
        purge.newest_change,
        purge.oldest_at,
        purge.seen_at,
        ended_at,
    )?;
    if purge.rounds > 0 {
        insert_round(conn, purge.id, 0, purge.seen_at).await?;
    }
    Ok(())
}

/// Opens the next round. Its caller reference is made of what never changes, so that whoever sends it, and however
/// often, it is one invalidation.
pub async fn insert_round(
    conn: &mut Conn,
    purge_id: &str,
    round: u32,
    not_before_ms: i64,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO purge_rounds (purge_id, round, caller_reference, state, not_before)
         VALUES ($1, $2, $3, 'new', $4) ON CONFLICT (purge_id, round) DO NOTHING",
        purge_id,
        i64::from(round),
        format!("mercer-{purge_id}-{round}"),
        not_before_ms,
    )?;
    Ok(())
}

/// Notes that CloudFront is about to be asked for the round, which was asked for `attempts` times before; the time of the
/// first asking stays. False when another process asks already, or the round is sent.
pub async fn update_round_asked(
    conn: &mut Conn,
    purge_id: &str,
    round: u32,
    attempts: i64,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let changed = execute!(
        conn,
        "UPDATE purge_rounds SET attempts = attempts + 1, asked_at = coalesce(asked_at, $3)
         WHERE purge_id = $1 AND round = $2 AND state = 'new' AND attempts = $4",
        purge_id,
        i64::from(round),
        now_ms,
        attempts,
    )?;
    Ok(changed > 0)
}

/// Notes that asking failed.
pub async fn update_round_failed(
    conn: &mut Conn,
    purge_id: &str,
    round: u32,
    error: &str,
) -> sqlx::Result<()> {
    execute!(
        conn,
        "UPDATE purge_rounds SET last_error = $3 WHERE purge_id = $1 AND round = $2 AND state = 'new'",
        purge_id,
        i64::from(round),
        error,
    )?;
    Ok(())
}

/// Notes that CloudFront has the round as its invalidation `cloudfront_id`; false when that was known already.
pub async fn update_round_sent(
    conn: &mut Conn,
    purge_id: &str,
    round: u32,
    cloudfront_id: &str,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let changed = execute!(
        conn,
        "UPDATE purge_rounds SET state = 'sent', cloudfront_id = $3, sent_at = $4, last_error = ''
         WHERE purge_id = $1 AND round = $2 AND state = 'new'",
        purge_id,
        i64::from(round),
        cloudfront_id,
        now_ms,
    )?;
    Ok(changed > 0)
}

/// Notes that another round's invalidation serves this one as well, unless it was asked for itself.
pub async fn update_round_served(
    conn: &mut Conn,
    purge_id: &str,
    round: u32,
    cloudfront_id: &str,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let changed = execute!(
        conn,
        "UPDATE purge_rounds SET state = 'sent', cloudfront_id = $3, asked_at = $4, sent_at = $4
         WHERE purge_id = $1 AND round = $2 AND state = 'new' AND attempts = 0",
        purge_id,
        i64::from(round),
        cloudfront_id,
        now_ms,
    )?;
    Ok(changed > 0)
}

/// Notes that the round's invalidation is complete; false when another process was first.
pub async fn update_round_completed(
    conn: &mut Conn,
    purge_id: &str,
    round: u32,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let changed = execute!(
        conn,
        "UPDATE purge_rounds SET state = 'done', completed_at = $3
         WHERE purge_id = $1 AND round = $2 AND state = 'sent'",
        purge_id,
        i64::from(round),
        now_ms,
    )?;
    Ok(changed > 0)
}

/// Ends a purge.
pub async fn update_purge_ended(
    conn: &mut Conn,
    purge_id: &str,
    ending: Ending,
    now_ms: i64,
) -> sqlx::Result<bool> {
    let state = match ending {
        Ending::Done => "done",
        Ending::Refused => "refused",
    };
    let changed = execute!(
        conn,
        "UPDATE purges SET state = $2, ended_at = $3 WHERE id = $1 AND state = 'open'",
        purge_id,
        state,
        now_ms,
    )?;
    Ok(changed > 0)
}

/// Adds items to what CloudFront counted in `month`.
pub async fn add_spending(conn: &mut Conn, month: &str, items: i64) -> sqlx::Result<()> {
    execute!(
        conn,
        "INSERT INTO edge_spending (month, items) VALUES ($1, $2)
         ON CONFLICT (month) DO UPDATE SET items = edge_spending.items + excluded.items",
        month,
        items,
    )?;
    Ok(())
}

/// Removes some changes that every follower has read long ago, the newest always excepted: it names the generation of
/// pages. Those that no purge took are kept longer, until `untaken_before_ms`. How many went.
pub async fn delete_old_changes(
    conn: &mut Conn,
    taken_before_ms: i64,
    untaken_before_ms: i64,
    limit: i64,
) -> sqlx::Result<u64> {
    execute!(
        conn,
        "DELETE FROM changes WHERE id IN (
             SELECT id FROM changes
             WHERE at < $1 AND (purge_id IS NOT NULL OR at < $2) AND id < (SELECT max(id) FROM changes)
             ORDER BY at LIMIT $3)",
        taken_before_ms,
        untaken_before_ms,
        limit,
    )
}

/// Removes some purges that ended before `before_ms`, with their rounds. How many went.
pub async fn delete_old_purges(conn: &mut Conn, before_ms: i64, limit: i64) -> sqlx::Result<u64> {
    execute!(
        conn,
        "DELETE FROM purge_rounds WHERE purge_id IN (
             SELECT id FROM purges WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
        before_ms,
        limit,
    )?;
    execute!(
        conn,
        "DELETE FROM purges WHERE id IN (SELECT id FROM purges WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
        before_ms,
        limit,
    )
}
