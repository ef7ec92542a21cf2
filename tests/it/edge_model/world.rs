//! The world of the model, moved tick by tick. Every choice (who is slow, who stops, in which order a purge reaches
//! the tiers) is drawn from a tape.

mod dispatcher;
mod instances;

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
