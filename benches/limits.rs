//! What rate limits cost the process that counts them by itself: a million strangers, each with a key of his own, meet
//! every limit; resident memory may grow by 50 MB.
//!
//! Run it by `./ops/test bench`, or alone by `cargo test --release --bench limits`.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

use std::sync::Arc;
use std::time::Instant;

use mercer::clock::Clock;
use mercer::outside::limits::{Limit, Limits};
use mercer::outside::redis::Redis;

const STRANGERS: usize = 1_000_000;
const GROWTH_KIB_MAX: u64 = 50 * 1024;

const ALL: [Limit; 12] = [
    Limit::LoginAddress,
    Limit::LoginNetwork,
    Limit::ResetAddress,
    Limit::ResetAccount,
    Limit::RegisterAddress,
    Limit::Checkout,
    Limit::CheckoutAddress,
    Limit::Coupon,
    Limit::Api,
    Limit::OrderAddress,
    Limit::OrderNetwork,
    Limit::OrderEmail,
];

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let limits = Limits::new(Clock::System, Arc::new(Redis::Absent), 600);
    let (before_kib, began) = (resident_kib(), Instant::now());
    for stranger in 0..STRANGERS {
        let key = stranger.to_string();
        for limit in ALL {
            // Those beyond the bound share buckets, so some are refused.
            drop(limits.check(limit, &key).await);
        }
    }
    let grown_kib = resident_kib().saturating_sub(before_kib);
    let each_us = began.elapsed().as_secs_f64() * 1e6 / (STRANGERS * ALL.len()) as f64;
    println!("{:<52}{:>12.1} MB", "a million keys on each limit, resident", grown_kib as f64 / 1e3);
    println!("{:<52}{:>12.2} µs", "a use counted in the process", each_us);
    assert!(grown_kib < GROWTH_KIB_MAX, "memory grew by {grown_kib} KiB");
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
