//! What the store promises about orders, asked of a real server process on both databases:
//!
//! - buyers at once for fewer pieces: as many orders as pieces, everybody else is told that it is sold out;
//! - one idempotency key sent many times at once: one order, the same answer;
//! - the server is killed (SIGKILL) at random moments during checkouts: no answered order is lost, none is doubled,
//!   every mail is sent, and `mercer doctor` finds nothing.
//!
//! `./ops/test crash` runs it; TEST_LONG makes it longer.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

mod load;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use load::{Engine, Http, Ordered, Store};
use rand::{RngExt, SeedableRng};
use serde_json::Value;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        for engine in Engine::BOTH {
            sold_out_exactly(engine).await;
            one_key_one_order(engine).await;
            killed_at_random(engine).await;
        }
        println!("6 passed, 0 failed");
    });
}

fn is_long() -> bool {
    std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty())
}

/// A served store with one product of `stock` pieces, and its variant.
async fn store_with(engine: Engine, stock: i64) -> (Store, String) {
    let mut store = Store::new(engine).await;
    let csv = store.dir.path().join("products.csv");
    std::fs::write(&csv, load::products_csv(&[("piece", "PIECE-1", stock)])).unwrap();
    store.run(&["import", csv.to_str().unwrap()]);
    store.start(&["serve"]).await;
    let mut http = Http::connect(store.port).await.unwrap();
    let (_, body) = http.get("/api/v1/products/piece").await.unwrap();
    let product: Value = serde_json::from_slice(&body).unwrap();
    let variant = product["variants"][0]["id"].as_str().expect("the product has a variant").to_owned();
    (store, variant)
}

async fn sold_out_exactly(engine: Engine) {
    const BUYERS: usize = 200;
    const PIECES: i64 = 20;
    let (mut store, variant) = store_with(engine, PIECES).await;
    let gate = Arc::new(tokio::sync::Barrier::new(BUYERS));
    let mut buyers = tokio::task::JoinSet::new();
    for buyer in 0..BUYERS {
        let (port, variant, gate) = (store.port, variant.clone(), gate.clone());
        buyers.spawn(async move {
            let mut http = Http::connect(port).await.unwrap();
            let (_, created) = http
                .post(
                    "/api/v1/carts",
                    "",
                    "",
                    &serde_json::json!({"lines": [{"variant_id": variant, "quantity": 1}]}),
                )
                .await
                .unwrap();
            let token = created["token"].as_str().expect("a cart").to_owned();
            gate.wait().await;
            load::checkout(&mut http, &token, &format!("buyer-{buyer}"), &created["cart"]).await.unwrap()
        });
    }
    let outcomes = buyers.join_all().await;
    let placed = outcomes.iter().filter(|o| matches!(o, Ordered::Placed(..))).count();
    let sold_out =
        outcomes.iter().filter(|o| matches!(o, Ordered::Refused(409, text) if text.contains("sold"))).count();
    let others: Vec<_> = outcomes
        .iter()
        .filter(|o| matches!(o, Ordered::Refused(s, t) if *s != 409 || !t.contains("sold")))
        .collect();
    assert_eq!((placed, sold_out), (20, 180), "{engine:?}: {others:?}");
    stop_and_examine(&mut store).await;
    println!(
        "ok {engine:?}: {BUYERS} buyers for {PIECES} pieces: {placed} orders, {sold_out} told that it is sold out"
    );
}

async fn one_key_one_order(engine: Engine) {
    const TIMES: usize = 50;
    let (mut store, variant) = store_with(engine, 1_000).await;
    let mut http = Http::connect(store.port).await.unwrap();
    let cart = serde_json::json!({"lines": [{"variant_id": variant, "quantity": 1}]});
    let (_, created) = http.post("/api/v1/carts", "", "", &cart).await.unwrap();
    let token = created["token"].as_str().unwrap().to_owned();
    let gate = Arc::new(tokio::sync::Barrier::new(TIMES));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..TIMES {
        let (port, token, cart, gate) = (store.port, token.clone(), created["cart"].clone(), gate.clone());
        requests.spawn(async move {
            let mut http = Http::connect(port).await.unwrap();
            gate.wait().await;
            load::checkout(&mut http, &token, "the-same-key", &cart).await.unwrap()
        });
    }
    let outcomes = requests.join_all().await;
    let first = outcomes[0].clone();
    assert!(matches!(first, Ordered::Placed(..)), "{engine:?}: {first:?}");
    assert!(outcomes.iter().all(|o| *o == first), "{engine:?}: {outcomes:?}");
    assert_eq!(load::order_numbers(&store).len(), 1, "{engine:?}");
    stop_and_examine(&mut store).await;
    println!("ok {engine:?}: one key {TIMES} times at once: one order, the same answer");
}

/// What the buyers know: per key the answered order, or that the answer did not come.
type Ledger = Arc<Mutex<BTreeMap<String, Option<i64>>>>;

async fn killed_at_random(engine: Engine) {
    let kills = if is_long() { 1_000 } else { 50 };
    let seed: u64 = rand::random();
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let (mut store, variant) = store_with(engine, 1_000_000).await;
    let ledger = Ledger::default();
    for round in 0..kills {
        let until = Instant::now() + Duration::from_millis(random.random_range(5..400));
        let mut buyers = tokio::task::JoinSet::new();
        for buyer in 0..4 {
            buyers.spawn(buy(store.port, variant.clone(), format!("{round}-{buyer}"), ledger.clone()));
        }
        tokio::time::sleep_until(until.into()).await;
        store.kill();
        buyers.join_all().await;
        store.start(&["serve"]).await;
        retry_unknown(&store, &variant, &ledger).await;
    }
    let ledger = ledger.lock().unwrap().clone();
    let answered: BTreeSet<i64> = ledger.values().flatten().copied().collect();
    let there = load::order_numbers(&store);
    let lost: Vec<_> = answered.difference(&there).collect();
    assert!(lost.is_empty(), "{engine:?}, seed {seed}: answered orders are lost: {lost:?}");
    assert_eq!(
        answered.len(),
        ledger.values().flatten().count(),
        "{engine:?}, seed {seed}: two keys, one order"
    );
    assert!(
        there.len() <= ledger.len(),
        "{engine:?}, seed {seed}: {} orders of {} keys",
        there.len(),
        ledger.len()
    );
    assert!(answered.len() >= kills, "{engine:?}: too few orders to prove anything: {}", answered.len());
    let mails = stop_and_examine(&mut store).await;
    assert!(mails >= there.len(), "{engine:?}, seed {seed}: {mails} mails of {} orders", there.len());
    println!(
        "ok {engine:?}: killed {kills} times: {} orders answered, 0 lost, 0 doubled, {mails} mails of {} orders (seed {seed})",
        answered.len(),
        there.len(),
    );
}

/// Orders until the server is gone, and notes what was answered.
async fn buy(port: u16, variant: String, name: String, ledger: Ledger) {
    let Ok(mut http) = Http::connect(port).await else { return };
    for number in 0.. {
        let key = format!("{name}-{number}");
        let cart = serde_json::json!({"lines": [{"variant_id": variant, "quantity": 1}]});
        let Ok((_, created)) = http.post("/api/v1/carts", "", "", &cart).await else { return };
        let Some(token) = created["token"].as_str() else { return };
        // From here on the order may exist though no answer comes.
        let key = format!("{key}|{token}");
        ledger.lock().unwrap().insert(key.clone(), None);
        match load::checkout(&mut http, token, &key, &created["cart"]).await {
            Ok(Ordered::Placed(number, _)) => {
                ledger.lock().unwrap().insert(key, Some(number));
            }
            Ok(Ordered::Refused(status, text)) => panic!("an order was refused: {status} {text}"),
            Err(load::Unknown) => return,
        }
    }
}

/// As a client does that got no answer: the same key again. The order is there once, whether or not it was before.
async fn retry_unknown(store: &Store, variant: &str, ledger: &Ledger) {
    let unknown: Vec<String> = ledger
        .lock()
        .unwrap()
        .iter()
        .filter(|(_, number)| number.is_none())
        .map(|(key, _)| key.clone())
        .collect();
    let mut http = Http::connect(store.port).await.unwrap();
    let cart = serde_json::json!({"lines": [{"variant_id": variant, "quantity": 1}]});
    let (_, price) = http.post("/api/v1/carts", "", "", &cart).await.unwrap();
    for key in unknown {
        let token = key.split_once('|').unwrap().1.to_owned();
        let (number, _) = load::checkout(&mut http, &token, &key, &price["cart"])
            .await
            .unwrap()
            .expect("the order, again or now");
        ledger.lock().unwrap().insert(key, Some(number));
    }
}

/// Lets the queue run empty, stops the server and lets the doctor look; how many mails lie in the outbox.
async fn stop_and_examine(store: &mut Store) -> usize {
    let began = Instant::now();
    loop {
        let mut http = Http::connect(store.port).await.unwrap();
        let (_, metrics) = http.get("/metrics").await.unwrap();
        let metrics = String::from_utf8_lossy(&metrics).into_owned();
        if metrics.lines().any(|l| l == "jobs{state=\"ready\"} 0") {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "the queue does not run empty");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    store.kill();
    store.run(&["doctor"]);
    let outbox = store.dir.path().join("outbox");
    std::fs::read_dir(outbox)
        .map_or(0, |files| files.filter(|f| f.as_ref().unwrap().path().extension().is_some()).count())
}
