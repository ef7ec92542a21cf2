//! Several jobs at once, within bounds: a mail server that does not answer holds up mails and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::Room;
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
            () = at_hand.end_one(), if !at_hand.is_empty() => {}
            () = tokio::time::sleep(IDLE_POLL), if has_room => {}
        }
    }
    while !at_hand.is_empty() {
        at_hand.end_one().await;
    }
}

/// The jobs under way and their kinds.
#[derive(Default)]
struct AtHand {
    tasks: JoinSet<()>,
    kinds: BTreeMap<Id, String>,
}

impl AtHand {
    /// Begins due jobs until none is left or there is no room for more.
    async fn fill(&mut self, app: &Arc<App>, shutdown: &CancellationToken) {
        while self.room().jobs > 0 && !shutdown.is_cancelled() {
            let room = &mut || {
                self.note_ended();
                self.room()
            };
            match super::claim(app, room).await {
                Ok(jobs) if jobs.is_empty() => return,
                Ok(jobs) => jobs.into_iter().for_each(|job| self.begin(app.clone(), job)),
                Err(error) => {
                    tracing::warn!(%error, "the job queue could not be read; trying again");
                    return;
                }
            }
        }
    }

    fn begin(&mut self, app: Arc<App>, job: Job) {
        let kind = job.kind.clone();
        let task = self.tasks.spawn(async move { super::attempt(&app, &job).await });
        self.kinds.insert(task.id(), kind);
    }

    /// Waits until one has ended.
    async fn end_one(&mut self) {
        if let Some(ended) = self.tasks.join_next_with_id().await {
            self.forget(ended);
        }
    }

    /// Forgets those that have ended.
    fn note_ended(&mut self) {
        while let Some(ended) = self.tasks.try_join_next_with_id() {
            self.forget(ended);
        }
    }

    fn forget(&mut self, ended: Result<(Id, ()), JoinError>) {
        let id = ended.map_or_else(|error| error.id(), |(id, ())| id);
        self.kinds.remove(&id);
    }

    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
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
