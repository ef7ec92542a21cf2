//! Examines the store: is everything true that must always be true?

use crate::app::App;
use crate::db::invariants::{self, Broken, INVARIANTS};
use crate::error::Result;

/// The outcome of one examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The law, as a sentence.
    pub name: &'static str,
    /// How many rows break it.
    pub broken: i64,
    /// The id of one of them, or empty.
    pub example: String,
}

/// Examines every law; the healthy ones are findings, too.
pub async fn examine(app: &App) -> Result<Vec<Finding>> {
    // Each law is one statement (or compares within one row), so that sales that go on meanwhile can't seem broken.
    let mut conn = app.db.read().await?;
    let mut findings = Vec::with_capacity(INVARIANTS.len() + 1);
    for invariant in &INVARIANTS {
        let broken = invariants::find_broken(&mut conn, invariant).await?;
        findings.push(finding(invariant.name, broken));
    }
    let taxes = invariants::find_broken_taxes(&mut conn).await?;
    findings.push(finding("an order's taxes add up to its tax and total", taxes));
    Ok(findings)
}

fn finding(name: &'static str, broken: Broken) -> Finding {
    Finding { name, broken: broken.count, example: broken.example }
}
