//! Does the time of an answer tell who has an account? Logins with a wrong password, registrations and resets, 200 of an
//! address that has an account and 200 of one that has none, in random order through the whole program; medians, and the
//! p of a Mann-Whitney test. One p below 0.01 in a hundred is chance, so such a one is measured once more with other
//! accounts, and only two in a row tell. `TEST_LONG` takes 2,000 of each.
//!
//! Run it by `./ops/test bench`, or alone by `cargo test --release --bench enumeration` with `TEST_POSTGRES_URL`.

#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

mod inside;

use std::sync::Arc;
use std::time::Instant;

use inside::START_MS;
use mercer::app::App;
use mercer::db::customers::{Customer, insert_customer};
use mercer::routes;
use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, EndpointExt, Request, Response};
use serde_json::json;

/// Between two requests the shop's clock moves on by this, so that no limit is reached.
const PAUSE_MS: i64 = 3_600_000;
const PASSWORD: &str = "tulip-kettle-47";

/// What somebody who looks for accounts would try.
const PATHS: [&str; 3] = ["/api/v1/account/login", "/api/v1/account/register", "/api/v1/account/reset"];

fn main() {
    // Cargo passes arguments of its own; there is nothing to choose here.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let count = if std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty()) { 2_000 } else { 200 };
    let mut told = Vec::new();
    for engine in ["sqlite", "postgres"] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(engine, dir.path()).await;
        println!("\n{engine}: {count} known, {count} unknown");
        for path in PATHS {
            if store.differs(path, count, "first").await && store.differs(path, count, "second").await {
                told.push(format!("{path} on {engine}"));
            }
        }
        store.app.db.close().await;
    }
    assert!(told.is_empty(), "the time tells who has an account: {}", told.join(", "));
}

/// The whole program in this process, on a clock that stands still between requests.
struct Store {
    app: Arc<App>,
    endpoint: BoxEndpoint<'static, Response>,
}

impl Store {
    async fn open(engine: &str, dir: &std::path::Path) -> Store {
        let app = inside::open(engine, dir).await;
        let endpoint = routes::routes(app.clone(), None).boxed();
        Store { app, endpoint }
    }

    /// Do known and unknown addresses take different times at `path`? `round` names the accounts made for this.
    async fn differs(&self, path: &str, count: usize, round: &str) -> bool {
        let (known, unknown) = self.time(path, count, round).await;
        let p = mann_whitney(&known, &unknown);
        let (a, b) = (median(&known), median(&unknown));
        println!("{path:<28}known {a:>8.3} ms   unknown {b:>8.3} ms   apart {:>7.3} ms   p {p:.3}", a - b);
        p < 0.01
    }

    /// Milliseconds of `count` requests each for addresses with and without an account. Each address is asked for once:
    /// so are those of somebody who looks for accounts.
    async fn time(&self, path: &str, count: usize, round: &str) -> (Vec<f64>, Vec<f64>) {
        let name = format!("{round}-{}", path.rsplit('/').next().unwrap());
        self.open_accounts(&name, count).await;
        let mut order: Vec<(bool, usize)> = (0..count).flat_map(|i| [(true, i), (false, i)]).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, usize::try_from(self.app.random.below(i as u64 + 1)).unwrap());
        }
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        // The first few warm caches and are not counted.
        for i in 0..10 {
            self.ask(path, &format!("warm{i}-{name}@example.com")).await;
        }
        for (is_known, i) in order {
            let who = if is_known { "known" } else { "nobody" };
            let took_ms = self.ask(path, &format!("{who}{i}-{name}@example.com")).await;
            if is_known { known.push(took_ms) } else { unknown.push(took_ms) }
        }
        (known, unknown)
    }

    async fn open_accounts(&self, name: &str, count: usize) {
        let password_hash = self.app.passwords.hash(&self.app.random, PASSWORD.to_owned()).await.unwrap();
        let mut tx = self.app.db.write().await.unwrap();
        for i in 0..count {
            let customer = Customer {
                id: self.app.id(),
                email: format!("known{i}-{name}@example.com"),
                email_confirmed_at: Some(START_MS),
                password_hash: password_hash.clone(),
                name: String::new(),
                created_at: START_MS,
            };
            assert!(insert_customer(&mut tx, &customer).await.unwrap());
        }
        tx.commit().await.unwrap();
    }

    async fn ask(&self, path: &str, email: &str) -> f64 {
        self.app.clock.advance(PAUSE_MS);
        let body = json!({ "email": email, "password": "walrus-harp-93", "name": "" }).to_string();
        let request = Request::builder().method(poem::http::Method::POST).uri_str(path);
        let request = request.header("content-type", "application/json").body(body);
        let began = Instant::now();
        let answer = self.endpoint.get_response(request).await;
        let took_ms = began.elapsed().as_secs_f64() * 1e3;
        let expected = if path.ends_with("login") { 401 } else { 202 };
        assert_eq!(answer.status().as_u16(), expected, "{path} {email}");
        took_ms
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// The two-sided p of the Mann-Whitney test, by the normal approximation, which is good from 20 values on. Times in
/// nanoseconds hardly ever tie; ties share their ranks, and the variance is not corrected for them.
fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        a.iter().map(|v| (*v, true)).chain(b.iter().map(|v| (*v, false))).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut rank_sum, mut first) = (0.0, 0);
    while first < all.len() {
        let ties = all[first..].iter().take_while(|(v, _)| *v == all[first].0).count();
        let shared = first as f64 + (ties as f64 + 1.0) / 2.0;
        rank_sum += shared * all[first..first + ties].iter().filter(|(_, is_a)| *is_a).count() as f64;
        first += ties;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let u = rank_sum - n * (n + 1.0) / 2.0;
    let deviation = (n * m * (n + m + 1.0) / 12.0).sqrt();
    let z = ((u - n * m / 2.0).abs() - 0.5).max(0.0) / deviation;
    complementary_error(z / std::f64::consts::SQRT_2)
}

/// erfc for x ≥ 0 (Abramowitz and Stegun 7.1.26; off by 1.5e-7 at most).
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let sum = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    sum * (-x * x).exp()
}
