//! One count for all processes: GCRA in a script, by Redis's own clock, so that no process's clock matters.

use std::sync::LazyLock;
use std::time::Duration;

use redis::Script;

use super::Redis;
use crate::error::Result;

/// Keeps per key the time at which its bucket is full again. Answers how many µs too early the use came; 0: it passes.
/// Times are µs: whole numbers of that size fit into Lua's numbers, but its own way of writing them would round.
static GCRA: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local interval, burst, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now) + interval
local early = full_at - now - interval * burst
if early > 0 then return early end
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', ARGV[3])
return 0
",
    )
});

/// So many per which time; the whole amount may come at once, and it refills evenly.
#[derive(Debug, Clone, Copy)]
pub struct Rate {
    pub amount: u32,
    pub per: Duration,
}

impl Redis {
    /// Counts one use of the limit `name` by `key`; after how long the next one passes when this one does not. A key goes
    /// by itself after the limit's period, when its bucket is full. `now_ms` is for clocks that a test holds.
    /// Errors: [`Error::Unavailable`](crate::error::Error::Unavailable): it was not counted.
    pub async fn count_use(
        &self,
        name: &str,
        key: u64,
        rate: Rate,
        now_ms: Option<i64>,
    ) -> Result<Option<Duration>> {
        let shared = self.shared()?;
        let key = shared.key("limit", &format!("{name}:{key:016x}"));
        let interval_us = u64::try_from((rate.per / rate.amount).as_micros()).unwrap_or(u64::MAX);
        let period_ms = u64::try_from(rate.per.as_millis()).unwrap_or(u64::MAX);
        let now_us = now_ms.map(|ms| (ms * 1_000).to_string()).unwrap_or_default();
        let mut script = GCRA.prepare_invoke();
        script.key(key).arg(interval_us).arg(rate.amount).arg(period_ms).arg(now_us);
        let early_us: u64 = shared.ask(async |conn| script.invoke_async(conn).await).await?;
        Ok((early_us > 0).then(|| Duration::from_micros(early_us)))
    }
}
