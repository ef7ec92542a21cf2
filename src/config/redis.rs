//! Whether processes share a Redis for logins and rate limits.

use super::Env;

/// See the module.
#[derive(Clone)]
pub struct RedisConfig {
    /// `REDIS_URL`; without it both live in the database and in the process.
    pub url: Option<String>,
    /// What all our keys begin with. Two shops take two databases of one Redis, or two Redis.
    pub prefix: String,
}

/// The address holds a password, so it is never printed.
impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisConfig").field("is_set", &self.url.is_some()).finish_non_exhaustive()
    }
}

impl RedisConfig {
    pub fn from_env(env: &mut Env) -> RedisConfig {
        let url = env.text("REDIS_URL");
        if url.as_deref().is_some_and(|url| !is_address(url)) {
            env.wrong("REDIS_URL", "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// with TLS");
        }
        RedisConfig { url, prefix: "mercer:".to_owned() }
    }
}

fn is_address(url: &str) -> bool {
    let Ok(url) = url::Url::parse(url) else { return false };
    let database = url.path().trim_start_matches('/');
    ["redis", "rediss"].contains(&url.scheme())
        && url.host_str().is_some_and(|host| !host.is_empty())
        && (database.is_empty() || database.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn addresses_are_told_from_other_things() {
        for good in ["redis://h", "rediss://u:p@h:6380/3", "redis://:p@127.0.0.1:6379/", "redis://[::1]:6379"]
        {
            assert!(is_address(good), "{good}");
        }
        for bad in ["h:6379", "127.0.0.1:6379", "http://h", "redis://", "redis://h/shop", "redis+unix:///x"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
