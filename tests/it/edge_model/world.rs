//! The world of the model, moved tick by tick. Every choice (who is slow, who stops, in which order a purge reaches
//! the tiers) is drawn from a tape.

use mercer::domain::freshness::Generations;
use mercer::domain::purge::{EdgeTiming, PurgeMode, not_before};
use mercer::domain::tag::Tag;

use super::tape::{Mood, Tape};

/// What a change is about: the one page of the model, or something that must not matter to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Page,
    Other,
}

impl About {
    fn tag(self) -> Tag {
        Tag::product(if self == About::Page { "1" } else { "2" })
    }
}

/// A fault that is built into the world, to see that the invariants notice it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutation {
    None,
    /// A page enters the page cache with the generation at which it was finished, not that at which it was begun.
    NoGenerationCheck,
    /// An instance trusts its page cache however long ago its last poll was.
    NoLease,
    /// The lease runs from the end of a poll instead of its beginning.
    LeaseFromPollEnd,
    OneRoundLess,
    /// The first round that counts is sent as soon as the one before is completed and R is over.
    FirstRoundEarly,
    /// A round follows the completion of the one before at once.
    NoGap,
    /// The instances remember the highest id that they saw instead of the oldest open transaction.
    IdCursor,
    /// Rounds count from the time that a change's row was written, not from when it was seen to be committed.
    WrittenForCommitted,
    /// The edge lets an answer take as long as it likes.
    NoCompletionTimeout,
}

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub mode: PurgeMode,
    pub tiers: usize,
    /// In ticks: L, R, the longest time that a purge takes to reach a tier, and s-maxage.
    pub lease: i64,
    pub completion: i64,
    pub purge: i64,
    pub ttl: i64,
    /// False: no purge works at all.
    pub purges: bool,
    pub mutation: Mutation,
}

/// A committed or open transaction that changes the page.
#[derive(Debug, Clone)]
struct Change {
    /// Its number in the order of their beginnings: the transaction's and the row's.
    id: usize,
    written: i64,
    commit: i64,
    about: About,
    /// When the last round of its purge was completed.
    purged: Option<i64>,
    /// Whether an answer older than it reached the top tier after round 0 had been there.
    straddled: bool,
    /// Whether an older copy reached a lower tier after the last round had been there.
    inverted: bool,
}

/// How far somebody has followed the feed.
#[derive(Debug, Clone, Default)]
struct Cursor {
    /// All ids below were settled.
    xmin: usize,
    applied: Vec<usize>,
}

struct Poll {
    began: i64,
    ends: i64,
    rows: Vec<usize>,
    next: Cursor,
}

/// A rendered page: what it shows is known by when its snapshot was taken.
#[derive(Debug, Clone, Copy)]
struct Copy {
    snapshot: i64,
    stored: i64,
}

#[derive(Debug)]
enum Step {
    Received,
    /// Begun with this generation of the instance, the snapshot not yet taken.
    Rendering {
        generation: u64,
        reads_at: i64,
        keep: bool,
    },
    Read {
        generation: u64,
        snapshot: i64,
        ends: i64,
        keep: bool,
    },
    Sending {
        snapshot: i64,
        ends: i64,
        keep: bool,
    },
}

struct Request {
    began: i64,
    instance: usize,
    step: Step,
}

#[derive(Default)]
struct Instance {
    cursor: Cursor,
    generations: Generations,
    poll: Option<Poll>,
    next_poll: i64,
    /// Where the lease counts from.
    polled: Option<i64>,
    cached: Option<(u64, i64)>,
    paused_until: i64,
}

struct Transfer {
    snapshot: i64,
    ends: i64,
}

#[derive(Default)]
struct Tier {
    copy: Option<Copy>,
    /// Copies on their way from the tier above.
    transfers: Vec<Transfer>,
    /// Fetches that wait for what the tier above is fetching.
    waiting: usize,
}

struct Batch {
    changes: Vec<usize>,
    newest: i64,
    round: u32,
    /// The round under way: when it reaches each tier, and when it is told to be completed.
    sent: Option<(Vec<i64>, i64)>,
    completed: Option<i64>,
    patience: i64,
}

/// See the module.
pub struct World<'a> {
    setting: Setting,
    timing: EdgeTiming,
    tape: Tape<'a>,
    mood: Mood,
    now: i64,
    changes: Vec<Change>,
    instances: Vec<Instance>,
    requests: Vec<Request>,
    tiers: Vec<Tier>,
    dispatcher: Cursor,
    pending: Vec<usize>,
    batches: Vec<Batch>,
}

pub const INSTANCES: usize = 2;
/// Changes begin before this.
const CHANGES_UNTIL: i64 = 30;
const CHANGES_MAX: usize = 3;
const TRANSACTION_MAX: i64 = 12;
const POLL_GAP: i64 = 2;
const PAUSE_MAX: i64 = 30;

impl<'a> World<'a> {
    pub fn new(setting: Setting, values: &'a [u16]) -> World<'a> {
        let tiers = u32::try_from(setting.tiers).unwrap();
        let mut tape = Tape::new(values);
        let mood = Mood::draw(&mut tape);
        let rounds_for = if setting.mutation == Mutation::OneRoundLess { tiers - 1 } else { tiers };
        let mut world = World {
            timing: EdgeTiming {
                lease_ms: setting.lease,
                completion_ms: setting.completion,
                tiers: rounds_for,
            },
            setting,
            tape,
            mood,
            now: 0,
            changes: Vec::new(),
            instances: (0..INSTANCES).map(|_| Instance::default()).collect(),
            requests: Vec::new(),
            tiers: (0..setting.tiers).map(|_| Tier::default()).collect(),
            dispatcher: Cursor::default(),
            pending: Vec::new(),
            batches: Vec::new(),
        };
        if world.mood.warm {
            for instance in &mut world.instances {
                (instance.cached, instance.polled) = (Some((0, 0)), Some(0));
            }
            world.tiers.iter_mut().for_each(|tier| tier.copy = Some(Copy { snapshot: 0, stored: 0 }));
        }
        world
    }

    /// Runs to the end, or to the first thing that is not as it must be.
    pub fn run(mut self) -> Result<(), Broken> {
        let rounds = i64::from(self.setting.mode.rounds(&self.timing));
        let quiet = CHANGES_UNTIL + TRANSACTION_MAX;
        let end = quiet
            + self.setting.lease
            + (rounds + 3) * (self.setting.completion + self.setting.purge + 6)
            + PAUSE_MAX;
        while self.now < end {
            self.begin_changes();
            self.move_instances();
            self.move_requests();
            self.move_transfers()?;
            self.visit()?;
            if self.setting.purges {
                self.dispatch();
                self.check_copies()?;
            }
            self.now += 1;
        }
        match self
            .changes
            .iter()
            .find(|c| self.setting.purges && c.about == About::Page && c.purged.is_none())
        {
            Some(change) => Err(Broken::NeverPurged(change.commit)),
            None => Ok(()),
        }
    }

    fn begin_changes(&mut self) {
        if self.now >= CHANGES_UNTIL
            || self.changes.len() >= CHANGES_MAX
            || !self.tape.one_in(self.mood.changes)
        {
            return;
        }
        let about = if self.tape.one_in(4) { About::Other } else { About::Page };
        let commit = self.now + self.tape.delay(TRANSACTION_MAX);
        self.changes.push(Change {
            id: self.changes.len() + 1,
            written: self.now,
            commit,
            about,
            purged: None,
            straddled: false,
            inverted: false,
        });
    }

    /// One poll's answer, by one snapshot: the rows that `cursor` has not seen, and the cursor after them.
    fn read_feed(&self, cursor: &Cursor, by_id: bool) -> (Vec<usize>, Cursor) {
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

    fn move_instances(&mut self) {
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

    fn move_requests(&mut self) {
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

    /// An answer has come to the top tier. One that took longer than R was cut off by the edge.
    fn arrive_at_top(&mut self, began: i64, snapshot: i64, keep: bool) {
        let cut = self.now - began > self.setting.completion
            && self.setting.mutation != Mutation::NoCompletionTimeout;
        if cut {
            self.tiers[0].waiting = 0;
            return;
        }
        if keep {
            for batch in &self.batches {
                let reached = batch.round > 0 || batch.sent.as_ref().is_some_and(|(at, _)| at[0] <= self.now);
                for id in batch.changes.iter().filter(|_| reached) {
                    let change = &mut self.changes[id - 1];
                    change.straddled |= snapshot < change.commit;
                }
            }
            self.tiers[0].copy = Some(Copy { snapshot, stored: self.now });
        } else {
            // Nobody keeps it; who waited below asks again.
            self.tiers[0].waiting = 0;
            return;
        }
        self.hand_down(0, snapshot);
    }

    /// Whoever waited below tier `at` is sent what came.
    fn hand_down(&mut self, at: usize, snapshot: i64) {
        for _ in 0..std::mem::take(&mut self.tiers[at].waiting) {
            if at + 1 < self.tiers.len() {
                let ends = self.now + self.tape.slow(self.mood.slow, self.setting.completion);
                self.tiers[at + 1].transfers.push(Transfer { snapshot, ends });
            }
        }
    }

    fn move_transfers(&mut self) -> Result<(), Broken> {
        for at in 1..self.tiers.len() {
            let (arrived, rest): (Vec<Transfer>, Vec<Transfer>) =
                self.tiers[at].transfers.drain(..).partition(|t| t.ends <= self.now);
            self.tiers[at].transfers = rest;
            for transfer in arrived {
                self.note_inversion(at, transfer.snapshot);
                self.tiers[at].copy = Some(Copy { snapshot: transfer.snapshot, stored: self.now });
                self.hand_down(at, transfer.snapshot);
            }
        }
        Ok(())
    }

    /// A copy comes to tier `at` after the last round has been there: was it older than that round's changes?
    fn note_inversion(&mut self, at: usize, snapshot: i64) {
        let last = self.setting.mode.rounds(&self.timing) - 1;
        for batch in self.batches.iter().filter(|b| b.round >= last) {
            let reached =
                batch.round > last || batch.sent.as_ref().is_some_and(|(times, _)| times[at] <= self.now);
            for id in batch.changes.iter().filter(|_| reached) {
                let change = &mut self.changes[id - 1];
                change.inverted |= snapshot < change.commit;
            }
        }
    }

    /// Somebody looks at the page.
    fn visit(&mut self) -> Result<(), Broken> {
        if self.tape.one_in(self.mood.quiet) {
            return Ok(());
        }
        for at in (0..self.tiers.len()).rev() {
            let fresh = self.tiers[at].copy.filter(|copy| self.now - copy.stored < self.setting.ttl);
            match fresh {
                Some(copy) if at + 1 == self.tiers.len() => return self.check_answer(copy),
                Some(copy) => {
                    let ends = self.now + self.tape.slow(self.mood.slow, self.setting.completion);
                    self.tiers[at + 1].transfers.push(Transfer { snapshot: copy.snapshot, ends });
                    return Ok(());
                }
                None if at > 0 => {
                    let busy = !self.tiers[at].transfers.is_empty() || self.tiers[at - 1].waiting > 0;
                    if busy && !self.tape.one_in(self.mood.crowd) {
                        return Ok(());
                    }
                    self.tiers[at - 1].waiting += 1;
                }
                None => {
                    if self.requests.is_empty() || self.tape.one_in(self.mood.crowd) {
                        let instance = self.tape.below(INSTANCES);
                        self.requests.push(Request { began: self.now, instance, step: Step::Received });
                    }
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Theorem 2: whatever happens to purges, an answer shows every change older than L + k·(R + S).
    fn check_answer(&self, copy: Copy) -> Result<(), Broken> {
        let tiers = i64::try_from(self.tiers.len()).unwrap();
        let bound = self.setting.lease + tiers * (self.setting.completion + self.setting.ttl);
        let missed = self.changes.iter().find(|c| {
            c.about == About::Page
                && c.commit <= self.now
                && copy.snapshot < c.commit
                && c.commit <= self.now - bound
        });
        match missed {
            Some(change) => Err(Broken::TooOld { commit: change.commit, at: self.now }),
            None => Ok(()),
        }
    }

    fn dispatch(&mut self) {
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

    /// Theorem 1: once the last round is completed, no tier holds a page older than the change.
    fn check_copies(&self) -> Result<(), Broken> {
        for change in self
            .changes
            .iter()
            .filter(|c| c.about == About::Page && c.purged.is_some_and(|at| at <= self.now))
        {
            let stale =
                self.tiers.iter().position(|t| t.copy.is_some_and(|copy| copy.snapshot < change.commit));
            if let Some(tier) = stale {
                let coincidence = change.straddled && change.inverted;
                return Err(Broken::Stale { commit: change.commit, at: self.now, tier, coincidence });
            }
        }
        Ok(())
    }
}

/// What was not as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Broken {
    /// A tier holds a page from before the change, though the change's purge is done. `coincidence`: an answer from
    /// before the change came after round 0 *and* an older copy came down after the last round.
    Stale { commit: i64, at: i64, tier: usize, coincidence: bool },
    /// Somebody was shown a page that lacks a change older than the bound of Theorem 2.
    TooOld { commit: i64, at: i64 },
    /// A change was lost on its way to the dispatcher.
    NeverPurged(i64),
}
