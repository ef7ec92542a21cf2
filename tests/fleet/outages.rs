//! What the shop stands on fails under load, one after another: pages go on, no order is lost or doubled, and soon after
//! it is back all is as before.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::balancer::Balancer;
use super::link::Link;
use super::load::{self, Store};
use super::rolling;
use super::servers::{Postgres, Redis};
use super::shoppers::{Failure, Street};

/// Load without a fault: before, between and after.
const QUIET: Duration = Duration::from_secs(3);
/// By when everybody is served again after what failed is back.
const RECOVERY: Duration = Duration::from_secs(5);
/// How slow Redis is when it is slow; far more than anybody waits for it.
const SLOW: Duration = Duration::from_secs(2);

/// An outage lasts this long: longer than any statement may take.
fn span() -> Duration {
    Duration::from_secs(if super::is_long() { 30 } else { 8 })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outage {
    RedisKilled,
    RedisPaused,
    RedisWiped,
    RedisSlow,
    DatabaseCrashed,
    DatabasePaused,
    DatabaseReadOnly,
}

const OUTAGES: [Outage; 7] = [
    Outage::RedisKilled,
    Outage::RedisPaused,
    Outage::RedisWiped,
    Outage::RedisSlow,
    Outage::DatabaseCrashed,
    Outage::DatabasePaused,
    Outage::DatabaseReadOnly,
];

struct Site {
    database: Postgres,
    redis: Redis,
    link: Link,
}

pub async fn run() {
    let redis = Redis::start().await;
    let link = Link::to(redis.port).await;
    let mut site = Site { database: Postgres::start(), redis, link };
    let mut store = Store::on(&site.database.url).await;
    store.set("REDIS_URL", &format!("redis://127.0.0.1:{}", site.link.port));
    // So high that nobody meets it; each request asks Redis for it all the same.
    store.set("MERCER_API_RATE", "1000000");
    let instances = rolling::serve(&store, 1_000_000).await;
    let balancer = Balancer::start(&store, &instances).await;
    let variant = rolling::variant(balancer.port).await;
    let street = Street::new(balancer.port, variant, store.dir.path().join("outbox"));
    let shoppers = street.open();
    tokio::time::sleep(QUIET).await;
    let rounds = if super::is_long() { 3 } else { 1 };
    for outage in (0..rounds).flat_map(|_| OUTAGES) {
        let calm = Instant::now();
        tokio::time::sleep(QUIET).await;
        let began = Instant::now();
        bring_about(&mut site, outage).await;
        let ended = Instant::now();
        tokio::time::sleep(RECOVERY + QUIET).await;
        judge(&store, &street, outage, [calm, began, ended]);
    }
    street.close(shoppers).await;
    let answered: BTreeSet<i64> = street.orders.lock().unwrap().keys().copied().collect();
    assert_eq!(load::order_numbers(&store), answered, "every order that there is was answered, once");
    store.run(&["doctor"]);
    println!("ok outages: {} orders, 0 lost, 0 doubled", answered.len());
}

/// Makes `outage` happen, lets it last, and ends it.
async fn bring_about(site: &mut Site, outage: Outage) {
    match outage {
        Outage::RedisKilled => {
            site.redis.kill();
            tokio::time::sleep(span()).await;
            site.redis.start_again().await;
        }
        Outage::RedisPaused => {
            site.redis.pause();
            tokio::time::sleep(span()).await;
            site.redis.resume();
        }
        Outage::RedisWiped => site.redis.wipe().await,
        Outage::RedisSlow => {
            site.link.make_late(SLOW);
            tokio::time::sleep(span()).await;
            site.link.make_late(Duration::ZERO);
        }
        Outage::DatabaseCrashed => site.database.crash(),
        Outage::DatabasePaused => {
            site.database.pause();
            tokio::time::sleep(span()).await;
            site.database.resume();
        }
        Outage::DatabaseReadOnly => {
            site.database.set_read_only(true).await;
            tokio::time::sleep(span()).await;
            site.database.set_read_only(false).await;
        }
    }
}

/// Between `began` and `ended` something was away; before, since `calm`, nothing was.
fn judge(store: &Store, street: &Street, outage: Outage, [calm, began, ended]: [Instant; 3]) {
    let failures: Vec<Failure> =
        street.failures.lock().unwrap().iter().filter(|f| f.at >= calm).cloned().collect();
    let times = street.look_times.lock().unwrap();
    let p99_ms = |from: Instant, to: Instant| {
        let mut span: Vec<Duration> =
            times.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, time)| *time).collect();
        span.sort();
        span.get(span.len() * 99 / 100).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    let last = failures.iter().map(|f| f.at.saturating_duration_since(ended)).max().unwrap_or_default();
    println!(
        "{outage:?}: {} requests failed, the last one {:.1} s after the end; pages p99 {:.1} ms before, {:.1} ms meanwhile",
        failures.len(),
        last.as_secs_f64(),
        p99_ms(calm, began),
        p99_ms(began, ended.max(began + Duration::from_secs(1))),
    );
    let says = |is_wrong: &dyn Fn(&Failure) -> bool, rule: &str| {
        let wrong: Vec<&str> =
            failures.iter().filter(|f| is_wrong(f)).map(|f| f.what.as_str()).take(5).collect();
        assert!(wrong.is_empty(), "{outage:?}: {rule}: {wrong:#?}\n{}", store.log());
    };
    says(&|f| f.at < began, "nothing was away yet");
    says(&|f| f.at > ended + RECOVERY, "all is back");
    says(&|f| is_page(&f.what), "pages go on");
    says(&|f| !may_fail(outage, &f.what), "not like this");
}

fn is_page(what: &str) -> bool {
    what.starts_with("GET /") && !what.starts_with("GET /api/")
}

/// How a request may fail: it is said to be temporary. Logins that are gone are gone.
fn may_fail(outage: Outage, what: &str) -> bool {
    let forgets = matches!(outage, Outage::RedisKilled | Outage::RedisWiped);
    what.contains(": 503 ") || (forgets && what.contains(": 401 "))
}
