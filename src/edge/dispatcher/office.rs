//! Who leads. The holder moves a counter; the others watch it by their own steady clocks and take over when it stands
//! still. No two clocks are compared, so none can be wrong. Two leaders at once would cost requests, nothing else.

use crate::app::App;
use crate::db::nodes::{self, Leader};
use crate::error::Result;

/// The holder moves the counter this often.
const RENEW_MS: i64 = 1_000;
/// One that did not move for this long is free to take.
const ABANDONED_MS: i64 = 3_000;

/// One process's view of the office.
pub(super) struct Office {
    holder: String,
    /// When this process last made sure that it leads.
    renewed: Option<i64>,
    /// What another holder's counter stood at, and since when.
    watched: Option<(Leader, i64)>,
}

impl Office {
    pub fn new(holder: String) -> Office {
        Office { holder, renewed: None, watched: None }
    }

    /// Whether this process leads, after trying to.
    pub async fn hold(&mut self, app: &App) -> Result<bool> {
        let now = app.clock.monotonic_ms();
        if self.renewed.is_some_and(|at| now - at < RENEW_MS) {
            return Ok(true);
        }
        self.renewed = None;
        let mut tx = app.db.write().await?;
        let found = nodes::find_leader(&mut tx).await?;
        let is_free = found.as_ref().is_none_or(|l| l.holder.is_empty() || l.holder == self.holder);
        if !is_free && !self.is_abandoned(found.as_ref(), now) {
            return Ok(false);
        }
        let taken = nodes::update_leader(&mut tx, found.as_ref(), &self.holder).await?;
        tx.commit().await?;
        if taken {
            if found.is_none_or(|l| l.holder != self.holder) {
                tracing::info!("this process dispatches purges from now on");
            }
            (self.renewed, self.watched) = (Some(now), None);
        }
        Ok(taken)
    }

    /// Leaves, so that another process need not wait.
    pub async fn leave(&mut self, app: &App) -> Result<()> {
        self.renewed = None;
        let mut tx = app.db.write().await?;
        let found = nodes::find_leader(&mut tx).await?;
        if found.as_ref().is_some_and(|l| l.holder == self.holder) {
            nodes::update_leader(&mut tx, found.as_ref(), "").await?;
            tx.commit().await?;
        }
        Ok(())
    }

    fn is_abandoned(&mut self, found: Option<&Leader>, now: i64) -> bool {
        match &self.watched {
            Some((leader, since)) if Some(leader) == found => now - since >= ABANDONED_MS,
            _ => {
                self.watched = found.map(|leader| (leader.clone(), now));
                false
            }
        }
    }
}
