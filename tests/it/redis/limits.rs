//! Processes that share a Redis share a limit; those that lost it count by themselves.

use std::sync::Arc;
use std::time::Instant;

use mercer::app::App;
use mercer::clock::Clock;
use mercer::config::RedisConfig;
use mercer::error::Error;
use mercer::outside::limits::Limit;
use mercer::random::Random;
use redis::AsyncCommands;

use super::server::Server;
use crate::support::{TestStore, redis_shared};

const PROCESSES: usize = 4;
const TRIES: usize = 60;

/// Processes on the database of `store`.
async fn processes(store: &TestStore, redis: &RedisConfig, clock: &Clock) -> Vec<Arc<App>> {
    let mut apps = Vec::new();
    for _ in 0..PROCESSES {
        let mut config = store.app.config.clone();
        config.redis = redis.clone();
        let app = App::new(config, store.app.db.clone(), clock.clone(), Random::System).await.unwrap();
        apps.push(Arc::new(app));
    }
    apps
}

/// All processes are asked at once, 240 times together; how often one said yes. The limit is 100 per minute.
async fn passed(apps: &[Arc<App>], key: &'static str) -> usize {
    let asking = apps.iter().cloned().map(|app| {
        tokio::spawn(async move {
            let mut passed = 0;
            for _ in 0..TRIES {
                match app.limits.check(Limit::LoginNetwork, key).await {
                    Ok(()) => passed += 1,
                    Err(Error::TooManyRequests { retry_after_s: 1..=60 }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            passed
        })
    });
    let mut sum = 0;
    for one in asking.collect::<Vec<_>>() {
        sum += one.await.unwrap();
    }
    sum
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_share_one_limit_by_a_clock_that_stands() {
    let (store, clock) = (TestStore::sqlite().await, Clock::fixed(1_793_534_400_000));
    let apps = processes(&store, &redis_shared(), &clock).await;
    assert_eq!(passed(&apps, "10.0.0.0/24").await, 100);
    assert_eq!(passed(&apps, "10.0.0.0/24").await, 0);
    assert_eq!(passed(&apps, "10.0.1.0/24").await, 100, "keys do not share");
    clock.advance(599);
    assert_eq!(passed(&apps, "10.0.0.0/24").await, 0);
    clock.advance(1);
    assert_eq!(passed(&apps, "10.0.0.0/24").await, 1, "one each 600 ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_share_one_limit_by_the_clock_of_redis() {
    let store = TestStore::sqlite().await;
    let apps = processes(&store, &redis_shared(), &Clock::System).await;
    let began = Instant::now();
    let passed = passed(&apps, "10.0.0.0/24").await;
    // What is refilled while this runs passes, too: on a busy machine that is more than a few.
    let refilled = began.elapsed().as_millis() / 600 + 1;
    assert!((100..=100 + usize::try_from(refilled).unwrap()).contains(&passed), "{passed}, {refilled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_go_by_themselves_and_a_forgotten_script_is_loaded_again() {
    let (server, store) = (Server::start().await, TestStore::sqlite().await);
    let apps = processes(&store, &server.config(), &Clock::System).await;
    let mut own = server.connect().await;
    for _ in 0..3 {
        apps[0].limits.check(Limit::LoginAddress, "10.0.0.1").await.unwrap();
        apps[1].limits.check(Limit::ResetAccount, "ada@example.com").await.unwrap();
        redis::cmd("SCRIPT").arg("FLUSH").query_async::<()>(&mut own).await.unwrap();
    }
    apps[2].limits.check(Limit::ResetAccount, "ada@example.com").await.unwrap_err();
    let keys: Vec<String> = own.keys("*").await.unwrap();
    assert_eq!(keys.len(), 2, "{keys:?}");
    for key in keys {
        assert!(!key.contains("ada") && !key.contains("10.0"), "{key}");
        let left_ms: i64 = own.pttl(&key).await.unwrap();
        let period_ms = if key.contains("Login") { 60_000 } else { 3_600_000 };
        assert!((1..=period_ms).contains(&left_ms), "{key}: {left_ms}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_process_counts_its_part() {
    let (mut server, store) = (Server::start().await, TestStore::sqlite().await);
    let clock = Clock::fixed(1_793_534_400_000);
    let apps = processes(&store, &server.config(), &clock).await;
    for app in &apps {
        mercer::edge::nodes::report(app).await.unwrap();
    }
    // By now the last one has seen all four, as all of them do when they report again.
    for app in &apps {
        mercer::edge::nodes::report(app).await.unwrap();
    }
    server.kill();
    assert_eq!(passed(&apps, "10.0.0.0/24").await, 100, "25 each");
    server.restart().await;
    clock.advance(1_000);
    assert_eq!(passed(&apps, "10.0.1.0/24").await, 100, "together again");
}
