//! Rate limits, counted in this process with bounded memory.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::clock::Reference as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest, Sha256};

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
const KEYS_MAX: usize = 100_000;
const SHARED_BUCKETS: u64 = 4_096;
const SWEEP_MS: i64 = 60_000;

/// All limiters of the process.
pub struct Limits {
    clock: Clock,
    limiters: [Keyed; 12],
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
    pub fn new(clock: Clock, api_rate: u32) -> Limits {
        let mut amounts = AMOUNTS;
        amounts[Limit::Api as usize].0 = api_rate.max(1);
        Limits {
            limiters: amounts.map(|amount| {
                RateLimiter::new(quota(amount), DefaultKeyedStateStore::default(), LimitClock(clock.clone()))
            }),
            api_is_limited: api_rate > 0,
            swept_at: AtomicI64::new(clock.now_ms()),
            clock,
        }
    }

    /// Counts one use of `limit` by `key`.
    /// Errors: [`Error::TooManyRequests`] with the seconds after which the next one passes.
    pub fn check(&self, limit: Limit, key: &str) -> Result<()> {
        if limit == Limit::Api && !self.api_is_limited {
            return Ok(());
        }
        self.sweep();
        let limiter = &self.limiters[limit as usize];
        let mut key = hash(key);
        if limiter.len() >= KEYS_MAX {
            key %= SHARED_BUCKETS;
        }
        limiter.check_key(&key).map_err(|until| {
            let now = LimitClock(self.clock.clone()).now();
            let wait: Duration = until.earliest_possible().duration_since(now).into();
            Error::TooManyRequests {
                retry_after_s: wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX),
            }
        })
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

fn quota((amount, per): (u32, Duration)) -> Quota {
    let burst = NonZeroU32::new(amount).expect("no limit of the table is zero");
    Quota::with_period(per / amount).expect("no period of the table is zero").allow_burst(burst)
}

fn hash(key: &str) -> u64 {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(limits: &Limits, limit: Limit, key: &str) -> usize {
        (0..1000).take_while(|_| limits.check(limit, key).is_ok()).count()
    }

    #[test]
    fn each_limit_lets_its_amount_pass_and_refills() {
        let clock = Clock::fixed(1_000_000);
        let limits = Limits::new(clock.clone(), 600);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a"), 20);
        assert_eq!(passes(&limits, Limit::LoginNetwork, "a"), 100);
        assert_eq!(passes(&limits, Limit::ResetAccount, "a"), 3);
        assert_eq!(passes(&limits, Limit::RegisterAddress, "a"), 10);
        assert_eq!(passes(&limits, Limit::Checkout, "a"), 10);
        assert_eq!(passes(&limits, Limit::CheckoutAddress, "a"), 100);
        assert_eq!(passes(&limits, Limit::Api, "a"), 600);
        assert_eq!(passes(&limits, Limit::OrderAddress, "a"), 20);
        assert_eq!(passes(&limits, Limit::OrderNetwork, "a"), 100);
        assert_eq!(passes(&limits, Limit::OrderEmail, "a"), 10);
        assert_eq!(passes(&limits, Limit::LoginAddress, "b"), 20, "keys do not share");
        clock.advance(3_000);
        assert_eq!(passes(&limits, Limit::LoginAddress, "a"), 1, "one each three seconds");
        clock.advance(3_600_000);
        assert_eq!(passes(&limits, Limit::ResetAccount, "a"), 3);
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let clock = Clock::fixed(1_000_000);
        let limits = Limits::new(clock.clone(), 600);
        passes(&limits, Limit::ResetAccount, "a");
        let refused = limits.check(Limit::ResetAccount, "a");
        assert!(matches!(refused, Err(Error::TooManyRequests { retry_after_s: 1200 })), "{refused:?}");
        clock.advance(1_200_000);
        assert!(limits.check(Limit::ResetAccount, "a").is_ok());
    }

    #[test]
    fn memory_is_bounded_and_swept() {
        let clock = Clock::fixed(1_000_000);
        let limits = Limits::new(clock.clone(), 600);
        for i in 0..KEYS_MAX + 20_000 {
            // Beyond the bound some are refused, because they share buckets; none is uncounted.
            drop(limits.check(Limit::LoginAddress, &i.to_string()));
        }
        let held = limits.limiters[Limit::LoginAddress as usize].len();
        assert!(held <= KEYS_MAX + 4_096, "{held}");
        clock.advance(120_000);
        assert!(limits.check(Limit::LoginAddress, "later").is_ok());
        assert_eq!(limits.limiters[Limit::LoginAddress as usize].len(), 1);
    }
}
