//! Figures of the edge, printed and not judged: a busy machine may double every one of them.
//!
//! - from a commit until every process shows it, on one embedded shop and on three processes of PostgreSQL, with and
//!   without the word that wakes them;
//! - what keeping a page costs its first reader;
//! - the memory of a cache that is asked for many more pages than it has room for.

use std::time::{Duration, Instant};

use mercer::app::App;
use mercer::cli::serve::serve;
use mercer::db::changes;
use mercer::supervisor::Passed;
use rand::RngExt;
use tokio::task::JoinSet;

use super::client;
use super::load::{self, Engine, Http, Store};
use super::shop::{self, Instance, Shelf, slug};

/// Longer pauses than a poll's interval, at random, so that changes meet polls at any moment.
const PAUSE_MAX_MS: u64 = 600;
const INSTANCES: usize = 3;
/// What the page cache may hold in the figure of its memory.
const CACHE_MB: usize = 8;

/// How often something is measured, in the short form and in the long one.
fn times(short: usize, long: usize) -> usize {
    if std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty()) { long } else { short }
}

pub async fn run() {
    let only = std::env::args().nth(2);
    let is_wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if is_wanted("delays") {
        embedded().await;
        fleet().await;
    }
    if is_wanted("miss") {
        miss().await;
    }
    if is_wanted("memory") {
        memory().await;
    }
}

async fn embedded() {
    let data = tempfile::tempdir().unwrap();
    let port = load::free_port();
    let url = format!("sqlite://{}", data.path().join("store.db").display());
    let app = shop::open_at(&url, &data, port).await;
    mercer::shop::setup::ensure_defaults(&app).await.unwrap();
    let shelf = Shelf::fill(&app).await;
    let serving = tokio::spawn(serve(app.clone(), Passed::none(), |_, _| {}));
    while !client::get(port, "/readyz", &[]).await.is_ok_and(|a| a.status == 200) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    print("commit to fresh, one process on SQLite", delays(&app, &shelf, &[port], true, 1).await);
    serving.abort();
}

async fn fleet() {
    let url = shop::create_database().await;
    let data = tempfile::tempdir().unwrap();
    let app = shop::open(&url, &data).await;
    mercer::shop::setup::ensure_defaults(&app).await.unwrap();
    let shelf = Shelf::fill(&app).await;
    let mut instances = Vec::new();
    for _ in 0..INSTANCES {
        let port = load::free_port();
        let mut instance = Instance::new(port, &url, &format!("http://127.0.0.1:{port}"), &[]);
        instance.start().await;
        instances.push(instance);
    }
    let ports: Vec<u16> = instances.iter().map(|instance| instance.port).collect();
    let half = times(30, 1_000);
    print("the same, the last of three on PostgreSQL, woken", delays(&app, &shelf, &ports, true, 1).await);
    let by_polls = delays(&app, &shelf, &ports, false, 1 + half).await;
    print("the same by polls alone", by_polls);
    drop(instances);
    app.db.close().await;
    shop::drop_database(&url).await;
}

/// Milliseconds from each commit until the last process shows it.
async fn delays(app: &App, shelf: &Shelf, ports: &[u16], wakes: bool, first: usize) -> Vec<f64> {
    let mut delays = Vec::new();
    for version in first..first + times(30, 1_000) {
        let pause = rand::rng().random_range(0..PAUSE_MAX_MS);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        shelf.set_version(app, 0, version).await;
        let committed = Instant::now();
        if wakes {
            changes::announce(&app.db).await.unwrap();
        }
        let mut readers = JoinSet::new();
        for &port in ports {
            readers.spawn(shows(port, version, committed));
        }
        delays.push(readers.join_all().await.into_iter().fold(0.0, f64::max));
    }
    delays
}

/// Asks until the page shows the version; how long after the commit that was, in ms.
async fn shows(port: u16, version: usize, committed: Instant) -> f64 {
    let path = format!("/p/{}", slug(0));
    loop {
        let page = client::get(port, &path, &[]).await.unwrap().text();
        if shop::versions_on(&page).iter().any(|&(product, seen)| product == 0 && seen >= version) {
            return committed.elapsed().as_secs_f64() * 1e3;
        }
        assert!(committed.elapsed() < Duration::from_secs(30), "version {version} never shows at {port}");
    }
}

fn print(what: &str, mut times_ms: Vec<f64>) {
    times_ms.sort_by(f64::total_cmp);
    let at = |percent: usize| times_ms[(times_ms.len() * percent / 100).min(times_ms.len() - 1)];
    println!("{what:<52}p50 {:>7.1} ms   p99 {:>7.1} ms   ({} times)", at(50), at(99), times_ms.len());
}

/// A demo shop of its own on SQLite, served with this much page cache.
async fn demo(cache_mb: usize) -> Store {
    let mut store = Store::new(Engine::Sqlite).await;
    store.set("MERCER_PAGE_CACHE_MB", &cache_mb.to_string());
    store.start(&["demo", "watches"]).await;
    // The demo draws pictures ahead; what is measured is to be alone.
    store.kill();
    store.start(&["serve"]).await;
    store
}

/// The same pages, each asked for once, of a shop that keeps them and of one that does not, in turn.
async fn miss() {
    let (keeping, plain) = (demo(64).await, demo(0).await);
    let mut times_ms = [Vec::new(), Vec::new()];
    let mut clients = [Http::connect(keeping.port).await.unwrap(), Http::connect(plain.port).await.unwrap()];
    for number in 0..times(600, 10_000) {
        for (client, times_ms) in clients.iter_mut().zip(&mut times_ms) {
            let began = Instant::now();
            let (status, _) = client.get(&page(number)).await.unwrap();
            assert_eq!(status.as_u16(), 200);
            times_ms.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    let [kept, rendered] = times_ms.map(|mut times_ms| {
        times_ms.sort_by(f64::total_cmp);
        times_ms[times_ms.len() / 2]
    });
    println!(
        "{:<52}p50 {kept:>7.2} ms = {:.2} × the page without a cache",
        "a page's first reader, who has it kept",
        kept / rendered
    );
}

/// An address that no other number has, of a page that exists.
fn page(number: usize) -> String {
    format!("/p/meridian-38?o0={number}")
}

async fn memory() {
    let store = demo(CACHE_MB).await;
    let before = store.resident_kib();
    let pages = times(4_000, 100_000);
    let mut readers = JoinSet::new();
    for reader in 0..2 {
        let port = store.port;
        readers.spawn(async move {
            let mut http = Http::connect(port).await.unwrap();
            for number in (reader..pages).step_by(2) {
                http.get(&page(number)).await.unwrap();
            }
        });
    }
    readers.join_all().await;
    let after = store.resident_kib();
    println!(
        "{:<52}{:>7.1} MB more than the {:.1} before, with room for {CACHE_MB} MiB",
        format!("resident after {pages} pages"),
        (after as f64 - before as f64) / 1e3,
        before as f64 / 1e3,
    );
}
