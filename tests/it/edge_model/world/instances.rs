//! The instances: how they follow the change feed, and what they do with requests.

use super::*;

impl World<'_> {
    /// One poll's answer, by one snapshot: the rows that `cursor` has not seen, and the cursor after them.
    pub(super) fn read_feed(&self, cursor: &Cursor, by_id: bool) -> (Vec<usize>, Cursor) {
        let committed = |c: &&Change| c.commit <= self.now;
        if by_id {
            let rows: Vec<usize> =
                self.changes.iter().filter(committed).map(|c| c.id).filter(|id| *id > cursor.xmin).collect();
            let xmin = rows.iter().max().copied().unwrap_or(cursor.xmin);
            return (rows, Cursor { xmin, applied: Vec::new() });
        }
        let seen: Vec<usize> =
            self.changes.iter().filter(committed).map(|c| c.id).filter(|id| *id >= cursor.xmin).collect();
        let oldest_open = self.changes.iter().find(|c| c.commit > self.now).map(|c| c.id);
        let xmin = oldest_open.unwrap_or(self.changes.len() + 1);
        let fresh = seen.iter().filter(|id| !cursor.applied.contains(id)).copied().collect();
        (fresh, Cursor { xmin, applied: seen.into_iter().filter(|id| *id >= xmin).collect() })
    }

    pub(super) fn move_instances(&mut self) {
        let by_id = self.setting.mutation == Mutation::IdCursor;
        for at in 0..INSTANCES {
            if self.instances[at].paused_until > self.now {
                continue;
            }
            if self.tape.one_in(self.mood.pauses) {
                self.instances[at].paused_until = self.now + 1 + self.tape.delay(PAUSE_MAX);
                continue;
            }
            if self.instances[at].poll.is_none() && self.instances[at].next_poll <= self.now {
                let (rows, next) = self.read_feed(&self.instances[at].cursor, by_id);
                let ends = self.now + self.tape.delay(2);
                self.instances[at].poll = Some(Poll { began: self.now, ends, rows, next });
            }
            let fails = self.tape.one_in(self.mood.failing[at]);
            self.end_poll(at, fails);
        }
    }

    fn end_poll(&mut self, at: usize, fails: bool) {
        let instance = &mut self.instances[at];
        let Some(poll) = instance.poll.take_if(|poll| poll.ends <= self.now) else { return };
        instance.next_poll = self.now + POLL_GAP;
        if fails {
            return;
        }
        if !poll.rows.is_empty() {
            let tags: Vec<Tag> = poll.rows.iter().map(|id| self.changes[id - 1].about.tag()).collect();
            instance.generations.apply(&tags);
        }
        instance.cursor = poll.next;
        instance.polled =
            Some(if self.setting.mutation == Mutation::LeaseFromPollEnd { self.now } else { poll.began });
    }

    fn has_lease(&self, instance: &Instance) -> bool {
        let since = instance.polled.map(|at| self.now - at);
        self.setting.mutation == Mutation::NoLease && since.is_some()
            || since.is_some_and(|since| since <= self.setting.lease)
    }

    pub(super) fn move_requests(&mut self) {
        let mut requests = std::mem::take(&mut self.requests);
        requests.retain_mut(|request| {
            if self.instances[request.instance].paused_until > self.now {
                return true;
            }
            loop {
                let before = std::mem::discriminant(&request.step);
                self.step(request);
                if let Step::Sending { snapshot, ends, keep } = request.step
                    && ends <= self.now
                {
                    self.arrive_at_top(request.began, snapshot, keep);
                    return false;
                }
                if std::mem::discriminant(&request.step) == before {
                    return true;
                }
            }
        });
        self.requests.extend(requests);
    }

    /// What an instance does with a request, as far as it gets in this tick.
    fn step(&mut self, request: &mut Request) {
        let late = self.setting.completion
            + if self.setting.mutation == Mutation::NoCompletionTimeout { 9 } else { 0 };
        match request.step {
            Step::Received => {
                let keep = self.has_lease(&self.instances[request.instance]);
                let instance = &self.instances[request.instance];
                let hit = instance.cached.filter(|(generation, _)| {
                    keep && !instance.generations.moved_since([&About::Page.tag()], *generation)
                });
                let generation = instance.generations.now();
                request.step = match hit {
                    Some((_, snapshot)) => Step::Sending {
                        snapshot,
                        ends: self.now + self.tape.slow(self.mood.slow, late),
                        keep,
                    },
                    None => Step::Rendering { generation, reads_at: self.now + self.tape.delay(2), keep },
                };
            }
            Step::Rendering { generation, reads_at, keep } if reads_at <= self.now => {
                let ends = self.now + self.tape.slow(self.mood.slow, late / 2);
                request.step = Step::Read { generation, snapshot: self.now, ends, keep };
            }
            Step::Read { generation, snapshot, ends, keep } if ends <= self.now => {
                let instance = &mut self.instances[request.instance];
                if self.setting.mutation == Mutation::NoGenerationCheck {
                    instance.cached = Some((instance.generations.now(), snapshot));
                } else if !instance.generations.moved_since([&About::Page.tag()], generation) {
                    instance.cached = Some((generation, snapshot));
                }
                request.step = Step::Sending {
                    snapshot,
                    ends: self.now + self.tape.slow(self.mood.slow, late / 2),
                    keep,
                };
            }
            _ => {}
        }
    }
}
