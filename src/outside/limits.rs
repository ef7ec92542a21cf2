//! Rate limits: counted in Redis for all processes together, or in this one with bounded memory, where each use then
//! weighs as much as there are processes. Whatever is silent, a use is counted somewhere: nothing is ever let in uncounted.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::clock::Reference as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest, Sha256};

use super::redis::Redis;
use super::redis::limits::Rate;
use crate::clock::Clock;
use crate::error::{Error, Result};

/// What is limited. Each is counted per key: an address, an account, a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Logins from one address.
    LoginAddress,
    /// Logins from one neighbourhood of addresses.
    LoginNetwork,
    /// Password resets asked for from one address.
    ResetAddress,
    /// Password resets of one account.
    ResetAccount,
    /// Registrations from one address.
    RegisterAddress,
    /// Orders placed by one shopper.
    Checkout,
    /// Orders placed from one address; many shoppers may share one.
    CheckoutAddress,
    /// Discount codes tried by one shopper.
    Coupon,
    /// API requests from one address.
    Api,
    /// Orders looked for by number and e-mail address, from one address.
    OrderAddress,
    /// The same from one neighbourhood of addresses.
    OrderNetwork,
    /// The same for one e-mail address: order numbers are easily guessed.
    OrderEmail,
}

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// The limits in the order of [`Limit`]: how many per which time. The whole amount may come at once; it refills evenly.
const AMOUNTS: [(u32, Duration); 12] = [
    (20, MINUTE),
    (100, MINUTE),
    (10, HOUR),
    (3, HOUR),
    (10, HOUR),
    (10, MINUTE),
    (100, HOUR),
    (10, HOUR),
    (600, MINUTE),
    (20, HOUR),
    (100, HOUR),
    (10, HOUR),
];

/// Keys kept per limit. Beyond it, keys share buckets: memory stays bounded and nobody gets in without being counted.
const KEYS_MAX: usize = 60_000;
const SHARED_BUCKETS: u64 = 4_096;
const SWEEP_MS: i64 = 60_000;

/// See the module.
pub struct Limits {
    clock: Clock,
    redis: Arc<Redis>,
    rates: [Rate; 12],
    limiters: [Keyed; 12],
    /// Serving processes, as last seen; 1 at least.
    instances: AtomicU32,
    swept_at: AtomicI64,
    api_is_limited: bool,
}

/// Keys are the first 8 bytes of a SHA-256: small, and no address or account name stays in memory.
type Keyed = RateLimiter<u64, DefaultKeyedStateStore<u64>, LimitClock, NoOpMiddleware<Duration>>;

struct LimitClock(Clock);

impl governor::clock::Clock for LimitClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.now_ms()).unwrap_or(0))
    }
}

impl Limits {
    /// `api_rate` requests per minute pass the API; 0: the API is not limited.
    pub fn new(clock: Clock, redis: Arc<Redis>, api_rate: u32) -> Limits {
        let mut rates = AMOUNTS.map(|(amount, per)| Rate { amount, per });
        rates[Limit::Api as usize].amount = api_rate.max(1);
        Limits {
            limiters: rates.map(|rate| {
                RateLimiter::new(quota(rate), DefaultKeyedStateStore::default(), LimitClock(clock.clone()))
            }),
            rates,
            redis,
            instances: AtomicU32::new(1),
            api_is_limited: api_rate > 0,
            swept_at: AtomicI64::new(clock.now_ms()),
            clock,
        }
    }

    /// Notes how many processes serve the shop: so many share a limit that each counts by itself.
    pub fn set_instances(&self, living: usize) {
        self.instances.store(u32::try_from(living).unwrap_or(u32::MAX).max(1), Ordering::Relaxed);
    }

    /// Counts one use of `limit` by `key`.
    /// Errors: [`Error::TooManyRequests`] with the seconds after which the next one passes.
    pub async fn check(&self, limit: Limit, key: &str) -> Result<()> {
        if limit == Limit::Api && !self.api_is_limited {
            return Ok(());
        }
        let key = hash(key);
        match self.check_shared(limit, key).await {
            Some(wait) => refuse(wait),
            None => refuse(self.check_here(limit, key)),
        }
    }

    /// Counts it for all processes; how long to wait. `None`: Redis is absent or silent, and nothing is counted yet.
    async fn check_shared(&self, limit: Limit, key: u64) -> Option<Option<Duration>> {
        if matches!(*self.redis, Redis::Absent) {
            return None;
        }
        let held_ms = match self.clock {
            Clock::System => None,
            Clock::Fixed { .. } => Some(self.clock.now_ms()),
        };
        let counted =
            self.redis.count_use(&format!("{limit:?}"), key, self.rates[limit as usize], held_ms).await;
        counted.inspect_err(|error| tracing::debug!(%error, ?limit, "counted in this process instead")).ok()
    }

    /// Counts it in this process, once for each process that might be asked as well; how long to wait.
    fn check_here(&self, limit: Limit, mut key: u64) -> Option<Duration> {
        self.sweep();
        let limiter = &self.limiters[limit as usize];
        if limiter.len() >= KEYS_MAX {
            key %= SHARED_BUCKETS;
        }
        // However many processes there are, each lets one pass.
        let weight = self.instances.load(Ordering::Relaxed).min(self.rates[limit as usize].amount);
        let weight = NonZeroU32::new(weight).unwrap_or(NonZeroU32::MIN);
        let until = limiter.check_key_n(&key, weight).ok()?.err()?;
        Some(until.earliest_possible().duration_since(LimitClock(self.clock.clone()).now()).into())
    }

    /// Forgets the keys that are as good as new, once a minute, by whoever comes first.
    fn sweep(&self) {
        let now_ms = self.clock.now_ms();
        let swept_at = self.swept_at.load(Ordering::Relaxed);
        let mine = now_ms - swept_at >= SWEEP_MS
            && self.swept_at.compare_exchange(swept_at, now_ms, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if mine {
            for limiter in &self.limiters {
                limiter.retain_recent();
                limiter.shrink_to_fit();
            }
        }
    }
}

fn refuse(wait: Option<Duration>) -> Result<()> {
    let Some(wait) = wait else { return Ok(()) };
    let seconds = wait.as_millis().div_ceil(1000).max(1);
    Err(Error::TooManyRequests { retry_after_s: seconds.try_into().unwrap_or(u64::MAX) })
}

fn quota(rate: Rate) -> Quota {
    let burst = NonZeroU32::new(rate.amount).expect("no limit of the table is zero");
    Quota::with_period(rate.per / rate.amount).expect("no period of the table is zero").allow_burst(burst)
}

fn hash(key: &str) -> u64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted_here(clock: &Clock) -> Limits {
        Limits::new(clock.clone(), Arc::new(Redis::Absent), 600)
    }

    async fn passes(limits: &Limits, limit: Limit, key: &str) -> usize {
        let mut passed = 0;
        while passed < 1_000 && limits.check(limit, key).await.is_ok() {
            passed += 1;
        }
        passed
    }

    #[tokio::test]
    async fn each_limit_lets_its_amount_pass_and_refills() {
        let clock = Clock::fixed(1_000_000);
        let limits = counted_here(&clock);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a").await, 20);
        assert_eq!(passes(&limits, Limit::LoginNetwork, "a").await, 100);
        assert_eq!(passes(&limits, Limit::ResetAccount, "a").await, 3);
        assert_eq!(passes(&limits, Limit::RegisterAddress, "a").await, 10);
        assert_eq!(passes(&limits, Limit::Checkout, "a").await, 10);
        assert_eq!(passes(&limits, Limit::CheckoutAddress, "a").await, 100);
        assert_eq!(passes(&limits, Limit::Api, "a").await, 600);
        assert_eq!(passes(&limits, Limit::OrderAddress, "a").await, 20);
        assert_eq!(passes(&limits, Limit::OrderNetwork, "a").await, 100);
        assert_eq!(passes(&limits, Limit::OrderEmail, "a").await, 10);
        assert_eq!(passes(&limits, Limit::LoginAddress, "b").await, 20, "keys do not share");
        clock.advance(3_000);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a").await, 1, "one each three seconds");
        clock.advance(3_600_000);
        assert_eq!(passes(&limits, Limit::ResetAccount, "a").await, 3);
    }

    #[tokio::test]
    async fn a_refusal_says_when_to_come_back() {
        let clock = Clock::fixed(1_000_000);
        let limits = counted_here(&clock);
        passes(&limits, Limit::ResetAccount, "a").await;
        let refused = limits.check(Limit::ResetAccount, "a").await;
        assert!(matches!(refused, Err(Error::TooManyRequests { retry_after_s: 1200 })), "{refused:?}");
        clock.advance(1_200_000);
        assert!(limits.check(Limit::ResetAccount, "a").await.is_ok());
    }

    #[tokio::test]
    async fn memory_is_bounded_and_swept() {
        let clock = Clock::fixed(1_000_000);
        let limits = counted_here(&clock);
        for i in 0..KEYS_MAX + 20_000 {
            // Beyond the bound some are refused, because they share buckets; none is uncounted.
            drop(limits.check(Limit::LoginAddress, &i.to_string()).await);
        }
        let held = limits.limiters[Limit::LoginAddress as usize].len();
        assert!(held <= KEYS_MAX + 4_096, "{held}");
        clock.advance(120_000);
        assert!(limits.check(Limit::LoginAddress, "later").await.is_ok());
        assert_eq!(limits.limiters[Limit::LoginAddress as usize].len(), 1);
    }

    #[tokio::test]
    async fn processes_that_count_by_themselves_share_a_limit() {
        let clock = Clock::fixed(1_000_000);
        let limits = counted_here(&clock);
        limits.set_instances(4);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a").await, 5);
        assert_eq!(passes(&limits, Limit::LoginNetwork, "a").await, 25);
        clock.advance(3_000);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a").await, 0);
        clock.advance(9_000);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a").await, 1, "one each twelve seconds");
        limits.set_instances(50);
        assert_eq!(passes(&limits, Limit::ResetAccount, "a").await, 1, "never none at all");
        limits.set_instances(0);
        assert_eq!(passes(&limits, Limit::ResetAccount, "b").await, 3, "nobody else is alive");
    }
}
