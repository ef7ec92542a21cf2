//! Several jobs at once, within bounds: a mail server that does not answer holds up mails and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{Ended, Room};
use crate::app::App;
use crate::db::jobs::Job;

/// Jobs at once in one process.
const JOBS_AT_ONCE: usize = 8;
/// Jobs of one kind at once: what all wait for the same slow server leave room for the others.
const JOBS_AT_ONCE_OF_KIND: usize = 4;
/// Between looks at an empty queue, unless woken.
const IDLE_POLL: Duration = Duration::from_secs(1);

/// Works on the queue until `shutdown`, then ends what is at hand. What is cut off is due again when its lease ends.
pub async fn work(app: Arc<App>, shutdown: CancellationToken) {
    let mut at_hand = AtHand::default();
    while !shutdown.is_cancelled() {
        at_hand.fill(&app, &shutdown).await;
        let has_room = at_hand.room().jobs > 0;
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = app.jobs_wake.notified(), if has_room => {}
            () = at_hand.end_one(), if !at_hand.tasks.is_empty() => {}
            () = tokio::time::sleep(IDLE_POLL), if has_room || !at_hand.ended.is_empty() => {}
        }
    }
    while !at_hand.tasks.is_empty() {
        at_hand.end_one().await;
    }
    drop(at_hand.exchange(&app, true).await);
}

/// The jobs under way and their kinds, and those that have ended since the queue was last told.
#[derive(Default)]
struct AtHand {
    tasks: JoinSet<Ended>,
    kinds: BTreeMap<Id, String>,
    ended: Vec<Ended>,
}

impl AtHand {
    /// Tells the queue what has ended and begins due jobs, until there is nothing to tell, and none is left or there is
    /// no room for more.
    async fn fill(&mut self, app: &Arc<App>, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            self.gather();
            if self.ended.is_empty() && self.room().jobs == 0 {
                return;
            }
            match self.exchange(app, false).await {
                None => return,
                Some(jobs) if jobs.is_empty() && self.ended.is_empty() => return,
                Some(jobs) => jobs.into_iter().for_each(|job| self.begin(app.clone(), job)),
            }
        }
    }

    /// Tells the queue what has ended and takes what is due, nothing when `closing`; `None` if it could not be reached.
    async fn exchange(&mut self, app: &App, closing: bool) -> Option<Vec<Job>> {
        let mut telling = std::mem::take(&mut self.ended);
        let room = &mut || {
            self.gather();
            if closing { Room { jobs: 0, full_kinds: Vec::new() } } else { self.room() }
        };
        match super::exchange(app, &mut telling, room).await {
            Ok(jobs) => Some(jobs),
            Err(error) => {
                tracing::warn!(%error, "the job queue could not be reached; trying again");
                self.ended.append(&mut telling);
                None
            }
        }
    }

    fn begin(&mut self, app: Arc<App>, job: Job) {
        let kind = job.kind.clone();
        let task = self.tasks.spawn(async move { super::attempt(&app, job).await });
        self.kinds.insert(task.id(), kind);
    }

    /// Waits until one has ended.
    async fn end_one(&mut self) {
        if let Some(joined) = self.tasks.join_next_with_id().await {
            self.keep(joined);
        }
    }

    /// Takes in those that have ended.
    fn gather(&mut self) {
        while let Some(joined) = self.tasks.try_join_next_with_id() {
            self.keep(joined);
        }
    }

    /// A task that was torn down told nothing: its job is due again when the lease ends.
    fn keep(&mut self, joined: Result<(Id, Ended), JoinError>) {
        let id = match joined {
            Ok((id, ended)) => {
                self.ended.push(ended);
                id
            }
            Err(error) => error.id(),
        };
        self.kinds.remove(&id);
    }

    /// How many more may begin though all should be of one kind, and the kinds of which none may.
    fn room(&self) -> Room {
        let mut counts = BTreeMap::<&str, usize>::new();
        for kind in self.kinds.values() {
            *counts.entry(kind).or_default() += 1;
        }
        let (full, open): (Vec<_>, Vec<_>) =
            counts.into_iter().partition(|(_, count)| *count >= JOBS_AT_ONCE_OF_KIND);
        let most = open.iter().map(|(_, count)| *count).max().unwrap_or(0);
        Room {
            jobs: JOBS_AT_ONCE.saturating_sub(self.kinds.len()).min(JOBS_AT_ONCE_OF_KIND - most),
            full_kinds: full.into_iter().map(|(kind, _)| kind.to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room_beside(kinds: &[&str]) -> (usize, Vec<String>) {
        let mut at_hand = AtHand::default();
        let mut ids = JoinSet::new();
        for kind in kinds {
            at_hand.kinds.insert(ids.spawn(async {}).id(), (*kind).to_owned());
        }
        let room = at_hand.room();
        (room.jobs, room.full_kinds)
    }

    #[tokio::test]
    async fn no_kind_takes_every_place() {
        assert_eq!(room_beside(&[]), (4, vec![]));
        assert_eq!(room_beside(&["mail", "mail", "mail", "reset"]), (1, vec![]));
        assert_eq!(room_beside(&["mail"; 4]), (4, vec!["mail".to_owned()]));
        assert_eq!(
            room_beside(&["mail", "mail", "mail", "mail", "reset", "reset"]),
            (2, vec!["mail".to_owned()])
        );
        assert_eq!(
            room_beside(&["mail", "mail", "mail", "mail", "a", "b", "c", "d"]),
            (0, vec!["mail".to_owned()])
        );
    }
}
