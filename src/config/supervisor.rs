//! What the process that started us wants to be told: systemd's variables, read as it sets them.

use std::time::Duration;

use super::Env;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct SupervisorConfig {
    /// `NOTIFY_SOCKET`: a path, or `@name` in Linux's abstract namespace.
    pub notify_socket: Option<String>,
    /// `WATCHDOG_USEC`: without a sign of life for this long, the supervisor kills and restarts us.
    pub watchdog: Option<Duration>,
}

impl SupervisorConfig {
    pub fn from_env(env: &mut Env) -> SupervisorConfig {
        // Whoever is started by a watched process inherits its variables, but is not meant.
        let is_meant = env.text("WATCHDOG_PID").is_none_or(|pid| pid == std::process::id().to_string());
        let watchdog_us: u64 = env.parse("WATCHDOG_USEC", 0, "a number of microseconds");
        SupervisorConfig {
            notify_socket: env.text("NOTIFY_SOCKET"),
            watchdog: (is_meant && watchdog_us > 0).then(|| Duration::from_micros(watchdog_us)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watchdog(pid: &str) -> Option<Duration> {
        let vars = [("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", pid)];
        let mut env = Env::of(vars.map(|(name, value)| (name.to_owned(), value.to_owned())));
        SupervisorConfig::from_env(&mut env).watchdog
    }

    #[test]
    fn a_watchdog_of_somebody_else_is_not_ours() {
        let thirty = Some(Duration::from_secs(30));
        assert_eq!(watchdog(""), thirty);
        assert_eq!(watchdog(&std::process::id().to_string()), thirty);
        assert_eq!(watchdog("1"), None);
    }
}
