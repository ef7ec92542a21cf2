//! Faults one after another under load, and the promise: no shopper sees a change later than the mode's bound allows.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::client;
use super::cloudfront::Fault as AwsFault;
use super::oracle::Report;
use super::rig::{LEASE, Plan, Rig};
use super::shop::{self, Instance};

/// What a change needs from its commit until the first invalidation is accepted: polls, coalescing, the call.
const ACCEPTED: Duration = Duration::from_secs(2);
/// A later round that is due waits for company (0.5 s) and for the dispatcher's next step (0.25 s).
const LATER: Duration = Duration::from_millis(750);
/// Until another instance leads when the one that did is gone or paused.
const TAKEOVER: Duration = Duration::from_secs(12);
/// How long a zombie is paused.
const PAUSE: Duration = Duration::from_secs(15);
const IMPORTED: usize = 2_000;

const PRACTICAL: Plan = Plan {
    mode: "practical",
    completion: Duration::from_secs(10),
    ttl_s: 300,
    purge: Duration::from_secs(1),
    purges: true,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Nobody is woken: instances see changes at their next poll.
    NoNotify,
    /// One of three answers leaves 5 s late, and the database takes its time.
    SlowRender,
    /// CloudFront answers 500, is busy, and loses answers.
    Cloudfront,
    /// An instance is paused and comes back.
    Zombie,
    /// The instances lose their database.
    DatabaseCut,
    /// Each instance in turn is killed, the one that leads among them, and started again.
    Killed,
    /// Each instance in turn is replaced by the other build, and back.
    Builds,
    Import,
}

const FAULTS: [Fault; 9] = [
    Fault::None,
    Fault::NoNotify,
    Fault::SlowRender,
    Fault::Cloudfront,
    Fault::Import,
    Fault::Zombie,
    Fault::Killed,
    Fault::Builds,
    Fault::DatabaseCut,
];

impl Fault {
    /// Whether the short form has it too: the others' ways are walked by one of these.
    fn is_short(self) -> bool {
        !matches!(self, Fault::NoNotify | Fault::Import | Fault::Zombie)
    }
}

/// L + R + A + P and what the last round of `practical` waits for: when it is complete.
fn practical_bound(plan: &Plan) -> Duration {
    LEASE + plan.completion + ACCEPTED + LATER + plan.purge
}

/// T of Theorem 1 for two tiers, with what each later round waits for.
fn proved_bound(plan: &Plan) -> Duration {
    LEASE + 2 * plan.completion + ACCEPTED + 2 * LATER + 2 * plan.purge
}

/// T of Theorem 2 for two tiers.
fn age_bound(plan: &Plan) -> Duration {
    LEASE + 2 * (plan.completion + Duration::from_secs(u64::from(plan.ttl_s)))
}

fn is_long() -> bool {
    std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty())
}

fn stretch() -> Duration {
    Duration::from_secs(if is_long() { 180 } else { 15 })
}

pub async fn practical() {
    let mut rig = Rig::start(PRACTICAL).await;
    rig.pass(Duration::from_secs(5)).await;
    let only = std::env::args().nth(2);
    let mut faults = FAULTS.to_vec();
    faults.retain(|fault| match &only {
        Some(name) => *name == format!("{fault:?}"),
        None => is_long() || fault.is_short(),
    });
    assert!(!faults.is_empty(), "there is no fault {only:?}, only {FAULTS:?}");
    for fault in faults {
        let began = Instant::now();
        let allowance = meet(&mut rig, fault).await;
        // What a fault left behind shows itself within the bound; the next one must not be blamed for it.
        if fault != Fault::None {
            rig.pass(practical_bound(&PRACTICAL)).await;
        }
        let report = rig.oracle.report(began, Instant::now());
        println!("{fault:?}: {report}");
        judge(&rig, &format!("{fault:?}"), &report, practical_bound(&PRACTICAL) + allowance);
        if fault == Fault::None {
            let [_, p95_ms, worst_ms] = report.answer_ms;
            assert!(p95_ms <= 4_000 && worst_ms <= 15_000, "without a fault: {report}");
        }
    }
    let refusals = rig.fake.refusals();
    assert!(refusals.is_empty(), "CloudFront refused: {refusals:?}");
    rounds_are_apart(&rig, PRACTICAL.completion);
    println!("ok practical: {} invalidations", rig.fake.invalidations().len());
    rig.end().await;
}

/// Brings a fault about and lets it last; by how much longer than without it a change may take.
async fn meet(rig: &mut Rig, fault: Fault) -> Duration {
    match fault {
        Fault::None => rig.pass(stretch()).await,
        Fault::NoNotify => {
            rig.wakes.store(false, Ordering::Relaxed);
            rig.pass(stretch()).await;
            rig.wakes.store(true, Ordering::Relaxed);
        }
        Fault::SlowRender => {
            rig.fronts.iter().for_each(|link| link.make_slow(Duration::from_secs(5)));
            rig.database.make_late(Duration::from_millis(60));
            rig.pass(stretch()).await;
            rig.database.make_late(Duration::ZERO);
            rig.fronts.iter().for_each(|link| link.make_slow(Duration::ZERO));
        }
        Fault::Cloudfront => {
            let ends = Instant::now() + stretch();
            while Instant::now() < ends {
                rig.fake.will(&[AwsFault::LostAnswer, AwsFault::Error, AwsFault::Busy]);
                rig.pass(Duration::from_secs(5)).await;
            }
            return Duration::from_secs(10);
        }
        Fault::Import => import(rig).await,
        Fault::Zombie => {
            let ends = Instant::now() + stretch();
            for number in (0..rig.instances.len()).cycle() {
                rig.instances[number].pause();
                rig.pass(PAUSE).await;
                rig.instances[number].resume();
                if Instant::now() >= ends {
                    break;
                }
                rig.pass(TAKEOVER).await;
            }
            return TAKEOVER;
        }
        Fault::Killed => {
            let ends = Instant::now() + stretch();
            for number in (0..rig.instances.len()).cycle() {
                rig.instances[number].kill();
                rig.pass(Duration::from_secs(4)).await;
                rig.instances[number].start().await;
                if Instant::now() >= ends {
                    break;
                }
            }
            // The lead may fall to the next victim.
            return 3 * TAKEOVER;
        }
        Fault::Builds => replace_builds(rig).await,
        Fault::DatabaseCut => {
            rig.database.cut(true);
            rig.pass(stretch()).await;
            rig.database.cut(false);
            return stretch() + TAKEOVER;
        }
    }
    Duration::ZERO
}

async fn import(rig: &mut Rig) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("products.csv");
    let mut csv = String::from("handle,title,sku,price,stock,categories\n");
    for row in 0..IMPORTED {
        csv += &format!("imported-{row},Imported {row},IMPORTED-{row},10.00,5,Imported\n");
    }
    std::fs::write(&file, csv).unwrap();
    // The merchant's computer has a connection of its own to the database.
    let merchant = Instance::new(0, &rig.database_url, "http://127.0.0.1", &[]);
    let mut command = merchant.command(&shop::program(), &["import", file.to_str().unwrap()]);
    let imported = tokio::task::spawn_blocking(move || command.output().unwrap());
    rig.pass(stretch()).await;
    let output = imported.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// `OTHER_MERCER` names another build of the program; without it the same one takes its own place.
async fn replace_builds(rig: &mut Rig) {
    let (old, new) = (shop::program(), std::env::var("OTHER_MERCER").unwrap_or_else(|_| shop::program()));
    let ends = Instant::now() + stretch();
    while Instant::now() < ends {
        for build in [&new, &old] {
            for number in 0..rig.instances.len() {
                rig.instances[number].stop().await;
                rig.instances[number].start_build(build).await;
                rig.pass(Duration::from_secs(2)).await;
            }
        }
    }
}

#[track_caller]
fn judge(rig: &Rig, what: &str, report: &Report, bound: Duration) {
    let bound_ms = u64::try_from(bound.as_millis()).unwrap();
    assert!(report.answers > 100 && report.changes > 10, "{what}: too little happened: {report}");
    assert!(
        report.answer_ms[2] <= bound_ms,
        "{what}: somebody saw a page {} ms old, {bound_ms} ms are allowed: {report}\n{}",
        report.answer_ms[2],
        rig.logs()
    );
}

pub async fn proved() {
    let plan = Plan { mode: "proved", ..PRACTICAL };
    let mut rig = Rig::start(plan).await;
    let began = Instant::now();
    meet(&mut rig, Fault::SlowRender).await;
    rig.pass(proved_bound(&plan)).await;
    let report = rig.oracle.report(began, Instant::now());
    println!("proved, SlowRender: {report}");
    judge(&rig, "proved", &report, proved_bound(&plan));
    rounds_are_apart(&rig, plan.completion);
    println!("ok proved: {} invalidations", rig.fake.invalidations().len());
    rig.end().await;
}

/// A purge's rounds are told apart by the end of their references; each begins R after the one before was complete.
fn rounds_are_apart(rig: &Rig, completion: Duration) {
    let sent = rig.fake.invalidations();
    let mut pairs = 0;
    for later in &sent {
        let (purge, round) = later.reference.rsplit_once('-').expect("a reference ends with its round");
        let Some(before) = round.parse::<u32>().unwrap().checked_sub(1) else { continue };
        // A round may have been served by another purge's invalidation.
        let Some(earlier) = sent.iter().find(|i| i.reference == format!("{purge}-{before}")) else {
            continue;
        };
        let completed =
            earlier.completed.expect("a later round is not sent before the one before is complete");
        assert!(later.created >= completed + completion, "{} came too early", later.reference);
        pairs += 1;
    }
    assert!(pairs > 0, "no purge had a second round");
}

/// Invalidations fail: pages go by their age.
pub async fn by_age() {
    let plan = Plan { completion: Duration::from_secs(2), ttl_s: 5, ..PRACTICAL };
    let mut rig = Rig::start(plan).await;
    rig.fake.die(true);
    let began = Instant::now();
    rig.pass(2 * age_bound(&plan)).await;
    let report = rig.oracle.report(began, Instant::now());
    println!("CloudFront is dead, pages live {} s: {report}", plan.ttl_s);
    judge(&rig, "by age", &report, age_bound(&plan));
    let alive = client::get(rig.instances[0].port, "/readyz", &[]).await.unwrap();
    assert_eq!(alive.status, 200, "a dead CloudFront is no reason to be out of service");
    println!("ok without CloudFront pages go by their age");
    rig.end().await;
}

/// The other side: a CloudFront that says `Completed` and purges nothing must be found out.
pub async fn without_purges() {
    let plan = Plan { purges: false, ..PRACTICAL };
    let mut rig = Rig::start(plan).await;
    let began = Instant::now();
    rig.pass(practical_bound(&plan) + Duration::from_secs(5)).await;
    let report = rig.oracle.report(began, Instant::now());
    println!("CloudFront purges nothing: {report}");
    assert!(report.answer_ms[2] > u64::try_from(practical_bound(&plan).as_millis()).unwrap());
    println!("ok the oracle notices purges that do nothing");
    rig.end().await;
}
