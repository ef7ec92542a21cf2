//! The whole edge on one machine: PostgreSQL, three instances, two cache tiers before them, a CloudFront that purges the
//! tiers, readers, a merchant who changes prices, and the oracle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use mercer::app::App;
use mercer::db::changes;
use rand::RngExt;
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::client;
use super::cloudfront::CloudFront;
use super::link::Link;
use super::load;
use super::oracle::{Found, Oracle};
use super::shop::{self, Instance, PRODUCTS, Shelf};
use super::varnish::{Behaviours, Varnish};

/// L, as the instances have it by default.
pub const LEASE: Duration = Duration::from_secs(2);
const INSTANCES: usize = 3;
/// 50 pages and 5 changes a second.
const READ_EVERY: Duration = Duration::from_millis(20);
const WRITE_EVERY: Duration = Duration::from_millis(200);
/// Readers that wait at most, or an origin that hangs would be waited for by thousands.
const READERS_MAX: usize = 200;

/// How the edge is set up.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub mode: &'static str,
    /// R
    pub completion: Duration,
    /// S, in seconds.
    pub ttl_s: u32,
    /// P: what CloudFront takes from the creation of an invalidation to its completion.
    pub purge: Duration,
    /// Whether invalidations reach the tiers at all; without, the oracle must complain.
    pub purges: bool,
}

/// See the module.
pub struct Rig {
    pub app: Arc<App>,
    pub fake: CloudFront,
    pub instances: Vec<Instance>,
    pub database_url: String,
    /// Between the instances and the database.
    pub database: Link,
    /// Between the upper tier and each instance.
    pub fronts: Vec<Link>,
    pub oracle: Arc<Oracle>,
    /// The tier that shoppers reach.
    pub edge: Varnish,
    regional: Varnish,
    /// Whether the merchant's process wakes the others after a change.
    pub wakes: Arc<AtomicBool>,
    load: JoinSet<()>,
    stop: CancellationToken,
    _data: TempDir,
}

impl Rig {
    /// Everything up and under load.
    pub async fn start(plan: Plan) -> Rig {
        let database_url = shop::create_database().await;
        let data = tempfile::tempdir().unwrap();
        let app = shop::open(&database_url, &data).await;
        mercer::shop::setup::ensure_defaults(&app).await.unwrap();
        let shelf = Shelf::fill(&app).await;
        let database = Link::to(shop::port_of(&database_url)).await;
        let ports: Vec<u16> = (0..INSTANCES).map(|_| load::free_port()).collect();
        let mut fronts = Vec::new();
        for port in &ports {
            fronts.push(Link::to(*port).await);
        }
        let front_ports: Vec<u16> = fronts.iter().map(|link| link.port).collect();
        let (regional_port, edge_port) = (load::free_port(), load::free_port());
        let regional =
            Varnish::start(regional_port, &front_ports, plan.completion, Behaviours::Advised).await;
        // The lower tier waits for the upper one's fetch and for what comes down.
        let patience = plan.completion + Duration::from_secs(1);
        let edge = Varnish::start(edge_port, &[regional_port], patience, Behaviours::Advised).await;
        let tiers = if plan.purges { vec![edge_port, regional_port] } else { Vec::new() };
        let fake = CloudFront::start(tiers, plan.purge).await;
        let settings = shop::edge_settings(fake.port, plan.mode, plan.completion, plan.ttl_s);
        let linked = shop::with_port(&database_url, database.port);
        let public = format!("http://127.0.0.1:{edge_port}");
        let mut instances = Vec::new();
        for port in ports {
            let mut instance = Instance::new(port, &linked, &public, &settings);
            instance.start().await;
            instances.push(instance);
        }
        let mut rig = Rig {
            app,
            fake,
            instances,
            database_url,
            database,
            fronts,
            oracle: Arc::new(Oracle::new()),
            edge,
            regional,
            wakes: Arc::new(AtomicBool::new(true)),
            load: JoinSet::new(),
            stop: CancellationToken::new(),
            _data: data,
        };
        let merchant = Merchant { app: rig.app.clone(), shelf, wakes: rig.wakes.clone() };
        rig.load.spawn(write(merchant, rig.oracle.clone(), rig.stop.clone()));
        rig.load.spawn(read(edge_port, rig.oracle.clone(), rig.stop.clone()));
        rig
    }

    /// Ends the load, then everything else.
    pub async fn end(mut self) {
        self.stop.cancel();
        while self.load.join_next().await.is_some() {}
        self.instances.clear();
        self.app.db.close().await;
        shop::drop_database(&self.database_url).await;
        drop(self.edge);
        drop(self.regional);
    }

    /// Lets `time` pass under load; a load that ended early is a failure.
    pub async fn pass(&mut self, time: Duration) {
        tokio::select! {
            ended = self.load.join_next() => panic!("the load ended: {ended:?}"),
            () = tokio::time::sleep(time) => {}
        }
    }

    /// All that the instances complained of, for a failure's sake.
    pub fn logs(&self) -> String {
        let logs =
            self.instances.iter().map(|i| i.log().lines().rev().take(15).collect::<Vec<_>>().join("\n"));
        logs.collect::<Vec<_>>().join("\n--\n")
    }
}

/// Who changes prices.
struct Merchant {
    app: Arc<App>,
    shelf: Shelf,
    wakes: Arc<AtomicBool>,
}

async fn write(merchant: Merchant, oracle: Arc<Oracle>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(WRITE_EVERY);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let others = rand::rng().random_range(1..PRODUCTS);
        let product = if rand::rng().random_bool(0.5) { 0 } else { others };
        let version = oracle.next_version(product);
        merchant.shelf.set_version(&merchant.app, product, version).await;
        oracle.committed(product);
        if merchant.wakes.load(Ordering::Relaxed) {
            changes::announce(&merchant.app.db).await.unwrap();
        }
    }
}

async fn read(port: u16, oracle: Arc<Oracle>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(READ_EVERY);
    let places = Arc::new(Semaphore::new(READERS_MAX));
    let mut readers = JoinSet::new();
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        while let Some(ended) = readers.try_join_next() {
            ended.unwrap();
        }
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (oracle, path) = (oracle.clone(), choose_path());
        readers.spawn(async move {
            let answer = client::get(port, &path, &[]).await;
            let at = Instant::now();
            match answer {
                Ok(answer) if answer.status == 200 => {
                    let versions = shop::versions_on(&answer.text());
                    assert!(!versions.is_empty(), "no price on {path}: {}", answer.text());
                    oracle.saw(at, Ok(found(&answer)), &versions);
                }
                Ok(answer) => oracle.saw(at, Err(answer.status), &[]),
                Err(client::Unanswered) => oracle.saw(at, Err(0), &[]),
            }
            drop(place);
        });
    }
    readers.join_all().await;
}

fn found(answer: &client::Answer) -> Found {
    match (answer.header("x-cache"), answer.header("x-cache-above")) {
        ("HIT", _) => Found::Edge,
        (_, "HIT") => Found::Regional,
        _ => Found::Origin,
    }
}

/// Mostly products, the restless one as often as the others; the lists that show them all, too.
fn choose_path() -> String {
    match rand::rng().random_range(0..10) {
        0..3 => format!("/p/{}", shop::slug(0)),
        3..7 => format!("/p/{}", shop::slug(rand::rng().random_range(1..PRODUCTS))),
        7..9 => "/c/pieces".to_owned(),
        _ => "/".to_owned(),
    }
}
