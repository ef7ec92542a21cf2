//! How fast the store is and what it costs: one table, from a real server process on loopback.
//!
//! Rates are given as ratios to what the machine can do in the same run: orders to bare durable commits of the same
//! database. Run it by `./ops/test bench`, which builds the program and starts PostgreSQL with durability on. Arguments
//! choose among `sqlite`, `postgres`, `pages` and `orders`.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

#[path = "../tests/load/mod.rs"]
mod load;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use load::{Engine, Http, Store};
use serde_json::Value;

/// Kept-alive connections at once.
const CLIENTS: usize = 16;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

/// Whether the arguments ask for `name`, one of `alternatives`; without any of those, all are meant.
fn is_wanted(name: &str, alternatives: [&str; 2]) -> bool {
    let given: Vec<String> = std::env::args().filter(|a| alternatives.contains(&a.as_str())).collect();
    given.is_empty() || given.iter().any(|a| a == name)
}

/// Seconds per figure.
fn span() -> Duration {
    Duration::from_secs(if std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty()) { 20 } else { 2 })
}

async fn measure() {
    let program = std::env::var("MERCER").expect("MERCER names the program under test");
    let size = std::fs::metadata(&program).unwrap().len();
    println!("{:<52}{:>12.1} MB", "binary", size as f64 / 1e6);
    for engine in Engine::BOTH {
        if !is_wanted(&format!("{engine:?}").to_lowercase(), ["sqlite", "postgres"]) {
            continue;
        }
        println!("\n{engine:?}");
        let mut store = Store::new(engine).await;
        let first = store.start(&["demo", "watches"]).await;
        store.kill();
        let second = store.start(&["demo", "watches"]).await;
        // The demo draws pictures ahead; the load is to meet the store alone.
        store.kill();
        store.start(&["serve"]).await;
        println!("{:<52}{:>12.2} s", "first start of the demo, until ready", first.as_secs_f64());
        println!("{:<52}{:>12.3} s", "second start, until ready", second.as_secs_f64());
        println!("{:<52}{:>12.1} MB", "resident, idle", store.resident_kib() as f64 / 1e3);
        if is_wanted("pages", ["pages", "orders"]) {
            pages(&store).await;
        }
        println!("{:<52}{:>12.1} MB", "resident, after the load on pages", store.resident_kib() as f64 / 1e3);
        if is_wanted("orders", ["pages", "orders"]) {
            orders(&mut store, engine).await;
        }
        println!(
            "{:<52}{:>12.1} MB",
            "resident, after the load of orders",
            store.resident_kib() as f64 / 1e3
        );
    }
}

async fn pages(store: &Store) {
    let product = first_product(store).await;
    let kinds = [
        ("home", "/".to_owned()),
        ("category", "/c/watches".to_owned()),
        ("product", format!("/p/{product}")),
        ("search", "/search?q=automatic".to_owned()),
        ("product as JSON", format!("/api/v1/products/{product}")),
    ];
    for (name, path) in kinds {
        let single = repeat(store.port, 1, &path).await;
        let many = repeat(store.port, CLIENTS, &path).await;
        println!(
            "{:<28}1 client: p50 {:>6.2} ms   {CLIENTS}: {:>7.0}/s  p50 {:>6.2} ms  p99 {:>6.2} ms",
            format!("{name}, uncached"),
            single.percentile(50),
            many.rate,
            many.percentile(50),
            many.percentile(99),
        );
    }
}

async fn first_product(store: &Store) -> String {
    let mut http = Http::connect(store.port).await.unwrap();
    let (_, body) = http.get("/api/v1/products?limit=1").await.unwrap();
    let page: Value = serde_json::from_slice(&body).unwrap();
    page["items"][0]["slug"].as_str().unwrap().to_owned()
}

/// What a load measured.
struct Figures {
    /// Requests (or orders) per second.
    rate: f64,
    /// Sorted, in ms.
    times_ms: Vec<f64>,
}

impl Figures {
    fn percentile(&self, percent: usize) -> f64 {
        let last = self.times_ms.len().saturating_sub(1);
        self.times_ms.get((self.times_ms.len() * percent / 100).min(last)).copied().unwrap_or(f64::NAN)
    }
}

/// `clients` connections ask for `path` again and again.
async fn repeat(port: u16, clients: usize, path: &str) -> Figures {
    let mut tasks = tokio::task::JoinSet::new();
    let until = Instant::now() + span();
    let began = Instant::now();
    for _ in 0..clients {
        let path = path.to_owned();
        tasks.spawn(async move {
            let mut http = Http::connect(port).await.unwrap();
            let mut times = Vec::new();
            while Instant::now() < until {
                let one = Instant::now();
                let (status, _) = http.get(&path).await.unwrap();
                assert_eq!(status.as_u16(), 200, "{path}");
                times.push(one.elapsed().as_secs_f64() * 1e3);
            }
            times
        });
    }
    let mut times_ms: Vec<f64> = tasks.join_all().await.into_iter().flatten().collect();
    let rate = times_ms.len() as f64 / began.elapsed().as_secs_f64();
    times_ms.sort_by(f64::total_cmp);
    Figures { rate, times_ms }
}

/// Whole orders over HTTP: a new cart with a line, then the checkout, by each client in turn.
async fn orders(store: &mut Store, engine: Engine) {
    let csv = store.dir.path().join("bench.csv");
    std::fs::write(&csv, load::products_csv(&[("bench-watch", "BENCH-1", 10_000_000)])).unwrap();
    store.run(&["import", csv.to_str().unwrap()]);
    let variant = variant_of(store, "bench-watch").await;
    let before = bare_commits(store, engine);
    let placed = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    let (began, until) = (Instant::now(), Instant::now() + span() * 4);
    for client in 0..CLIENTS {
        let (port, variant, placed) = (store.port, variant.clone(), placed.clone());
        tasks.spawn(async move {
            let mut http = Http::connect(port).await.unwrap();
            let mut times = Vec::new();
            while Instant::now() < until {
                let one = Instant::now();
                let key = format!("bench-{client}-{}", times.len());
                load::place_order(&mut http, &variant, &key).await.unwrap().expect("the order is placed");
                times.push(one.elapsed().as_secs_f64() * 1e3);
                placed.fetch_add(1, Ordering::Relaxed);
            }
            times
        });
    }
    let mut times_ms: Vec<f64> = tasks.join_all().await.into_iter().flatten().collect();
    let rate = times_ms.len() as f64 / began.elapsed().as_secs_f64();
    times_ms.sort_by(f64::total_cmp);
    let figures = Figures { rate, times_ms };
    println!(
        "{:<28}{:>7.0}/s  p50 {:>6.2} ms  p99 {:>6.2} ms",
        format!("whole orders, {CLIENTS} clients"),
        figures.rate,
        figures.percentile(50),
        figures.percentile(99),
    );
    let what = match engine {
        Engine::Sqlite => "bare synchronous=FULL commits",
        Engine::Postgres => "pgbench -N",
    };
    println!("{:<28}{before:>7.0}/s  orders are {:.3} × of it", what, figures.rate / before);
}

async fn variant_of(store: &Store, slug: &str) -> String {
    let mut http = Http::connect(store.port).await.unwrap();
    let (status, body) = http.get(&format!("/api/v1/products/{slug}")).await.unwrap();
    assert_eq!(status.as_u16(), 200);
    let product: Value = serde_json::from_slice(&body).unwrap();
    product["variants"][0]["id"].as_str().unwrap().to_owned()
}

/// Durable commits per second that the database does for somebody else's tiny transactions, measured now.
fn bare_commits(store: &Store, engine: Engine) -> f64 {
    let seconds = span().as_secs();
    match engine {
        Engine::Sqlite => {
            let script = format!(
                "import sqlite3,time\n\
                 c=sqlite3.connect({:?},isolation_level=None)\n\
                 c.execute('PRAGMA journal_mode=WAL'); c.execute('PRAGMA synchronous=FULL')\n\
                 c.execute('CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT)')\n\
                 n=0; e=time.time()+{seconds}\n\
                 while time.time()<e:\n c.execute(\"INSERT INTO t(v) VALUES('x')\"); n+=1\n\
                 print(n/{seconds})",
                store.dir.path().join("bare.db").display().to_string(),
            );
            let output = Command::new("python3").args(["-c", &script]).output().unwrap();
            String::from_utf8_lossy(&output.stdout).trim().parse().expect("the rate of bare commits")
        }
        Engine::Postgres => {
            let url = std::env::var("TEST_POSTGRES_URL").unwrap();
            let pgbench = load::postgres_program("pgbench");
            Command::new(&pgbench).args(["-i", "-q", "-s", "10", &url]).output().unwrap();
            let seconds = seconds.to_string();
            let arguments = ["-N", "-n", "-c", "16", "-j", "2", "-T", &seconds, &url];
            let output = Command::new(&pgbench).args(arguments).output().unwrap();
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let line = printed.lines().find(|l| l.starts_with("tps")).expect("pgbench prints its rate");
            line.split_whitespace().nth(2).unwrap().parse().unwrap()
        }
    }
}
