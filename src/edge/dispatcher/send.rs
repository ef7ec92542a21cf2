//! Asks CloudFront for every round that is legal now.

use futures_util::future::join_all;

use super::collect::record_spending;
use super::{CALLS_AT_ONCE, Dispatcher};
use crate::app::App;
use crate::db::Conn;
use crate::db::purges::{self, Ending, NewPurge, OpenRound};
use crate::domain::purge::batch::Reason;
use crate::domain::purge::{Load, share};
use crate::error::Result;
use crate::outside::cloudfront::CdnError;

/// A later round waits this long for a purge that begins, and takes it along: of a shop that changes all the time it
/// spares most of the later rounds.
const COMPANY_MS: i64 = 500;

/// One request to make: the round that it is for, and those that it serves as well.
struct Request<'a> {
    carrier: &'a OpenRound,
    riders: Vec<&'a OpenRound>,
}

impl Dispatcher {
    /// False when nothing was to be asked.
    pub(super) async fn send(&mut self, app: &App, open: &[OpenRound]) -> Result<bool> {
        let now = app.clock.monotonic_ms();
        if self.backoff.until > now {
            return Ok(false);
        }
        let timing = &app.config.edge.timing;
        // A purge begins in this step: later rounds that it covers ride along.
        let has_company = open.iter().any(|r| r.round == 0 && r.cloudfront_id.is_none());
        let hold_ms = |r: &OpenRound| if r.round > 0 && !has_company { COMPANY_MS } else { 0 };
        let is_due = |r: &&OpenRound| {
            r.cloudfront_id.is_none() && self.legal_at(timing, r).saturating_add(hold_ms(r)) <= now
        };
        let requests = within_limits(requests(open.iter().filter(is_due).collect()), open);
        if requests.is_empty() {
            return Ok(false);
        }
        let mut tx = app.db.write().await?;
        let requests = claim(app, &mut tx, requests).await?;
        tx.commit().await?;
        let asked = app.clock.monotonic_ms();
        let answers = join_all(requests.iter().map(|request| {
            app.cdn.create_invalidation(&request.carrier.caller_reference, &request.carrier.items)
        }))
        .await;
        let mut has_failed = false;
        for (request, answer) in requests.iter().zip(answers) {
            has_failed |= !self.settle(app, request, answer, asked).await?;
        }
        if has_failed {
            self.backoff.fail(app.clock.monotonic_ms());
        } else if !requests.is_empty() {
            self.backoff.succeed();
        }
        Ok(true)
    }

    /// Notes what became of a request; false when it is to be made again.
    async fn settle(
        &mut self,
        app: &App,
        request: &Request<'_>,
        answer: Result<String, CdnError>,
        asked: i64,
    ) -> Result<bool> {
        let carrier = request.carrier;
        let mut is_settled = true;
        let mut tx = app.db.write().await?;
        match answer {
            Ok(cloudfront_id) => {
                note_sent(app, &mut tx, request, &cloudfront_id).await?;
                self.watch(cloudfront_id, asked);
            }
            Err(CdnError::Refused(why)) if !is_hopeless(app, carrier) => {
                tracing::warn!(purge = carrier.purge_id, why, "CloudFront refused a purge");
                purges::update_round_failed(&mut tx, &carrier.purge_id, carrier.round, &why).await?;
                replace(app, &mut tx, carrier).await?;
            }
            Err(error) => {
                is_settled = false;
                let text = error.to_string();
                let attempts = carrier.attempts + 1;
                tracing::warn!(purge = carrier.purge_id, attempts, %error, "an invalidation failed; it is sent again");
                metrics::counter!("edge_failed_calls_total").increment(1);
                purges::update_round_failed(&mut tx, &carrier.purge_id, carrier.round, &text).await?;
            }
        }
        tx.commit().await?;
        Ok(is_settled)
    }
}

/// The requests for these due rounds, first rounds first. A round that was asked for before keeps to its own
/// reference and carries nobody: CloudFront may have made its invalidation then, before others were legal.
fn requests(due: Vec<&OpenRound>) -> Vec<Request<'_>> {
    let (fresh, tried): (Vec<_>, Vec<_>) = due.into_iter().partition(|round| round.attempts == 0);
    let items: Vec<&[String]> = fresh.iter().map(|round| round.items.as_slice()).collect();
    let shared = share(&items).into_iter().map(|flight| Request {
        carrier: fresh[flight.carrier],
        riders: flight.riders.iter().map(|&rider| fresh[rider]).collect(),
    });
    let alone = tried.into_iter().map(|carrier| Request { carrier, riders: Vec::new() });
    let mut requests: Vec<Request<'_>> = alone.chain(shared).collect();
    requests.sort_by_key(|request| (request.carrier.round, request.carrier.attempts == 0));
    requests
}

/// As many of the requests as CloudFront's limits allow; the first that does not fit waits, and all after it.
fn within_limits<'a>(requests: Vec<Request<'a>>, open: &[OpenRound]) -> Vec<Request<'a>> {
    // Riders were never asked for themselves; carriers were, and may be in progress even without an answer.
    let asked = open.iter().filter(|round| round.attempts > 0);
    let mut load = asked.map(|round| Load::of(&round.items)).fold(Load::default(), Load::plus);
    let fits = |request: &Request<'_>| {
        // A round that was tried is counted already, and had its place.
        if request.carrier.attempts > 0 {
            return true;
        }
        load = load.plus(Load::of(&request.carrier.items));
        load.fits()
    };
    requests.into_iter().take_while(fits).take(CALLS_AT_ONCE).collect()
}

/// Keeps the requests that no other process makes at this moment.
async fn claim<'a>(app: &App, tx: &mut Conn, requests: Vec<Request<'a>>) -> Result<Vec<Request<'a>>> {
    let mut claimed = Vec::new();
    for request in requests {
        let (round, now_ms) = (request.carrier, app.clock.now_ms());
        if purges::update_round_asked(tx, &round.purge_id, round.round, round.attempts, now_ms).await? {
            claimed.push(request);
        }
    }
    Ok(claimed)
}

async fn note_sent(app: &App, tx: &mut Conn, request: &Request<'_>, cloudfront_id: &str) -> Result<()> {
    let (carrier, now_ms) = (request.carrier, app.clock.now_ms());
    if purges::update_round_sent(tx, &carrier.purge_id, carrier.round, cloudfront_id, now_ms).await? {
        record_spending(app, tx, carrier.items.len()).await?;
    }
    for rider in &request.riders {
        purges::update_round_served(tx, &rider.purge_id, rider.round, cloudfront_id, now_ms).await?;
    }
    Ok(())
}

/// Nothing wider could take its place: the purge of the whole site itself was refused.
fn is_hopeless(app: &App, round: &OpenRound) -> bool {
    round.reason != Reason::Operator && round.items == [app.config.edge.invalidate_by.site_item()]
}

/// Ends a purge that CloudFront will not do. What an operator asked for is just ended; in place of changes' items the
/// whole site goes, from the first round on.
pub(super) async fn replace(app: &App, tx: &mut Conn, refused: &OpenRound) -> Result<()> {
    let now_ms = app.clock.now_ms();
    if !purges::update_purge_ended(tx, &refused.purge_id, Ending::Refused, now_ms).await?
        || refused.reason == Reason::Operator
    {
        return Ok(());
    }
    let purge = NewPurge {
        id: &app.id(),
        items: &[app.config.edge.invalidate_by.site_item().to_owned()],
        mode: refused.mode,
        rounds: refused.rounds,
        reason: Reason::Refused,
        newest_change: refused.newest_change,
        oldest_at: refused.oldest_at,
        seen_at: now_ms,
    };
    purges::insert_purge(tx, &purge).await?;
    Ok(())
}
