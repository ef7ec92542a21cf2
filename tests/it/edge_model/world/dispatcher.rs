//! The dispatcher: it gathers changes into batches and sends their rounds of purges.

use super::*;

impl World<'_> {
    pub(super) fn dispatch(&mut self) {
        let (rows, next) = self.read_feed(&self.dispatcher, false);
        self.dispatcher = next;
        self.pending.extend(rows);
        if !self.pending.is_empty() && (self.mood.eager || !self.tape.one_in(3)) {
            let changes = std::mem::take(&mut self.pending);
            let newest = match self.setting.mutation {
                Mutation::WrittenForCommitted => {
                    changes.iter().map(|id| self.changes[id - 1].written).max().unwrap_or(0)
                }
                _ => self.now,
            };
            self.batches.push(Batch { changes, newest, round: 0, sent: None, completed: None, patience: 0 });
        }
        let mut batches = std::mem::take(&mut self.batches);
        batches.iter_mut().for_each(|batch| self.move_batch(batch));
        self.batches = batches;
    }

    fn move_batch(&mut self, batch: &mut Batch) {
        let rounds = self.setting.mode.rounds(&self.timing);
        if batch.round >= rounds {
            return;
        }
        let Some((reaches, completes)) = &batch.sent else {
            if self.legal_at(batch) <= self.now && batch.patience <= self.now {
                let reaches = self.draw_purge();
                let completes = reaches.iter().max().unwrap() + self.dawdle(2);
                for (tier, at) in self.tiers.iter_mut().zip(&reaches) {
                    if *at <= self.now {
                        tier.copy = None;
                    }
                }
                batch.sent = Some((reaches, completes));
            }
            return;
        };
        for (tier, _) in self.tiers.iter_mut().zip(reaches).filter(|(_, at)| **at == self.now) {
            tier.copy = None;
        }
        if *completes <= self.now {
            batch.completed = Some(self.now);
            batch.sent = None;
            batch.round += 1;
            batch.patience = self.now + self.dawdle(3);
            if batch.round == rounds {
                for id in &batch.changes {
                    self.changes[id - 1].purged = Some(self.now);
                }
            }
        }
    }

    /// When a purge reaches each tier: all at once, the edge first and the top last, or as it happens.
    fn draw_purge(&mut self) -> Vec<i64> {
        let (now, last, max) = (self.now, self.tiers.len() - 1, self.setting.purge);
        match self.tape.below(3) {
            0 => vec![now; last + 1],
            1 => (0..=last).map(|at| if at == last { now } else { now + max - at as i64 }).collect(),
            _ => (0..=last).map(|_| now + self.tape.delay(max)).collect(),
        }
    }

    fn dawdle(&mut self, max: i64) -> i64 {
        if self.mood.eager { 0 } else { self.tape.delay(max) }
    }

    fn legal_at(&self, batch: &Batch) -> i64 {
        let (mut newest, mut completed) = (batch.newest, batch.completed);
        match self.setting.mutation {
            Mutation::FirstRoundEarly => newest -= self.setting.lease + self.setting.completion,
            Mutation::NoGap => completed = completed.map(|at| at - self.setting.completion),
            _ => {}
        }
        not_before(self.setting.mode, &self.timing, batch.round, newest, completed)
    }
}
