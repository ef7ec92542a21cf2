//! Looks through the edge whether a purge worked: fetches one page that it concerned, as a visitor would, and compares
//! the page's generation with the purge's newest change.

use std::sync::Arc;

use super::dispatcher::Completed;
use crate::app::App;
use crate::db::purges::paths;
use crate::domain::tag::Tag;
use crate::error::Result;
use crate::outside::probe::fetch_header;

/// The newest change that a page reflects.
const GENERATION: &str = "x-mercer-gen";

/// What a look through the edge showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The page shows the change.
    Fresh,
    /// The page is from before the change.
    Stale,
    /// There is no page to look at, or it does not tell.
    Unknown,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Outcome::Fresh => "fresh",
            Outcome::Stale => "stale",
            Outcome::Unknown => "unknown",
        }
    }
}

/// Looks, counts what it saw, and says so when a finished purge left an old page.
pub async fn probe(app: Arc<App>, round: Completed) {
    let outcome = match look(&app, &round).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::debug!(purge = round.purge_id, %error, "the edge could not be looked at");
            Outcome::Unknown
        }
    };
    metrics::counter!("edge_probes_total", "outcome" => outcome.as_str()).increment(1);
    if outcome == Outcome::Fresh {
        let age_ms = (app.clock.now_ms() - round.oldest_at).max(0);
        metrics::histogram!("edge_staleness_seconds").record(age_ms as f64 / 1_000.0);
    }
    if outcome == Outcome::Stale && round.is_last {
        tracing::warn!(
            purge = round.purge_id,
            round = round.round,
            "the edge still shows a page from before a purge"
        );
    }
}

/// One look at the edge through `MERCER_PUBLIC_URL`.
pub async fn look(app: &App, round: &Completed) -> Result<Outcome> {
    let Some(path) = path_of(app, &round.items).await? else { return Ok(Outcome::Unknown) };
    let url = format!("{}{path}", app.config.server.public_url);
    let answer = fetch_header(&url, GENERATION).await.map_err(crate::error::Error::internal)?;
    let generation = answer.and_then(|text| text.parse::<i64>().ok());
    Ok(match generation {
        Some(generation) if generation >= round.newest_change => Outcome::Fresh,
        Some(_) => Outcome::Stale,
        None => Outcome::Unknown,
    })
}

/// The address of a page that one of the items concerns.
async fn path_of(app: &App, items: &[String]) -> Result<Option<String>> {
    let mut conn = app.db.read().await?;
    for item in items {
        let found = match item.strip_prefix('#') {
            Some(tag) => paths::find_path(&mut conn, &Tag::stored(tag.to_owned())).await?,
            None => Some(item.trim_end_matches('*').to_owned()),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}
