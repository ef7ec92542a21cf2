//! The edge cache in front of the shop: how long it keeps pages, and how it is told of changes.

use std::ops::RangeInclusive;
use std::str::FromStr;

use super::Env;
use crate::domain::purge::batch::InvalidateBy;
use crate::domain::purge::budget::FREE_ITEMS;
use crate::domain::purge::{EdgeTiming, PurgeMode};

/// Search results change with every product, so they are kept this long at most.
const SEARCH_TTL_MAX_S: u32 = 30;

/// See the module.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// `MERCER_CLOUDFRONT_DISTRIBUTION_ID`; `None`: no invalidations are sent, pages go by their age.
    pub distribution_id: Option<String>,
    /// `MERCER_CLOUDFRONT_INVALIDATE`
    pub invalidate_by: InvalidateBy,
    /// `MERCER_EDGE_MODE`
    pub mode: PurgeMode,
    /// `MERCER_EDGE_LEASE_MS`, `MERCER_EDGE_COMPLETION_MS` and `MERCER_EDGE_TIERS`
    pub timing: EdgeTiming,
    /// `MERCER_EDGE_TTL_S`: how long the edge may keep a public page, in seconds; a change reaches it within about
    /// this even if no invalidation works.
    pub page_ttl_s: u32,
    /// The same for search results.
    pub search_ttl_s: u32,
    /// `MERCER_EDGE_BUDGET`: invalidation items in a month.
    pub budget_items: i64,
    /// `MERCER_PAGE_CACHE_MB`, in bytes: rendered pages kept by the process; 0: none.
    pub page_cache_bytes: u64,
}

impl EdgeConfig {
    pub fn from_env(env: &mut Env) -> EdgeConfig {
        let timing = EdgeTiming::default();
        let page_ttl_s = number(env, "MERCER_EDGE_TTL_S", 300, 1..=86_400);
        EdgeConfig {
            distribution_id: distribution_id(env),
            invalidate_by: invalidate_by(env),
            mode: mode(env),
            timing: EdgeTiming {
                lease_ms: number(env, "MERCER_EDGE_LEASE_MS", timing.lease_ms, 600..=60_000),
                completion_ms: number(env, "MERCER_EDGE_COMPLETION_MS", timing.completion_ms, 100..=600_000),
                tiers: number(env, "MERCER_EDGE_TIERS", timing.tiers, 1..=4),
            },
            page_ttl_s,
            search_ttl_s: page_ttl_s.min(SEARCH_TTL_MAX_S),
            budget_items: number(env, "MERCER_EDGE_BUDGET", FREE_ITEMS, 0..=1_000_000_000),
            page_cache_bytes: number(env, "MERCER_PAGE_CACHE_MB", 64, 0..=65_536_u64) << 20,
        }
    }
}

fn distribution_id(env: &mut Env) -> Option<String> {
    let id = env.text("MERCER_CLOUDFRONT_DISTRIBUTION_ID")?;
    if !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        env.wrong("MERCER_CLOUDFRONT_DISTRIBUTION_ID", "a distribution's id such as E2EXAMPLE1ABCD");
    }
    Some(id)
}

fn invalidate_by(env: &mut Env) -> InvalidateBy {
    match env.text("MERCER_CLOUDFRONT_INVALIDATE").as_deref() {
        None | Some("tags") => InvalidateBy::Tags,
        Some("paths") => InvalidateBy::Paths,
        Some(_) => {
            env.wrong("MERCER_CLOUDFRONT_INVALIDATE", "tags or paths");
            InvalidateBy::Tags
        }
    }
}

fn mode(env: &mut Env) -> PurgeMode {
    let Some(text) = env.text("MERCER_EDGE_MODE") else { return PurgeMode::Practical };
    PurgeMode::parse(&text).unwrap_or_else(|| {
        env.wrong("MERCER_EDGE_MODE", "fast, practical or proved");
        PurgeMode::Practical
    })
}

/// A whole number within `range`.
fn number<T>(env: &mut Env, name: &'static str, default: T, range: RangeInclusive<T>) -> T
where
    T: FromStr + PartialOrd + Copy + std::fmt::Display,
{
    let wants = format!("a whole number from {} to {}", range.start(), range.end());
    let number = env.parse(name, default, &wants);
    if range.contains(&number) {
        return number;
    }
    env.wrong(name, &wants);
    default
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<EdgeConfig, Vec<String>> {
        let mut env = Env::of(vars.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
        let config = EdgeConfig::from_env(&mut env);
        env.finish(config).map_err(|mistakes| mistakes.into_iter().map(|m| m.0).collect())
    }

    #[test]
    fn without_variables_nothing_is_sent() {
        let config = read(&[]).unwrap();
        assert_eq!(config.distribution_id, None);
        assert_eq!((config.mode, config.invalidate_by), (PurgeMode::Practical, InvalidateBy::Tags));
        assert_eq!((config.page_ttl_s, config.search_ttl_s), (300, 30));
        assert_eq!((config.budget_items, config.page_cache_bytes), (1_000, 64 << 20));
        assert_eq!(config.timing, EdgeTiming { lease_ms: 2_000, completion_ms: 10_000, tiers: 2 });
    }

    #[test]
    fn every_variable_is_read() {
        let config = read(&[
            ("MERCER_CLOUDFRONT_DISTRIBUTION_ID", "E2EXAMPLE"),
            ("MERCER_CLOUDFRONT_INVALIDATE", "paths"),
            ("MERCER_EDGE_MODE", "proved"),
            ("MERCER_EDGE_LEASE_MS", "1000"),
            ("MERCER_EDGE_COMPLETION_MS", "5000"),
            ("MERCER_EDGE_TIERS", "3"),
            ("MERCER_EDGE_TTL_S", "20"),
            ("MERCER_EDGE_BUDGET", "40000"),
            ("MERCER_PAGE_CACHE_MB", "0"),
        ])
        .unwrap();
        assert_eq!(config.distribution_id.as_deref(), Some("E2EXAMPLE"));
        assert_eq!((config.mode, config.invalidate_by), (PurgeMode::Proved, InvalidateBy::Paths));
        assert_eq!(config.timing, EdgeTiming { lease_ms: 1_000, completion_ms: 5_000, tiers: 3 });
        assert_eq!((config.page_ttl_s, config.search_ttl_s), (20, 20));
        assert_eq!((config.budget_items, config.page_cache_bytes), (40_000, 0));
    }

    #[test]
    fn each_mistake_names_its_variable() {
        for (name, value) in [
            ("MERCER_CLOUDFRONT_DISTRIBUTION_ID", "arn:aws"),
            ("MERCER_CLOUDFRONT_INVALIDATE", "all"),
            ("MERCER_EDGE_MODE", "slow"),
            ("MERCER_EDGE_LEASE_MS", "5"),
            ("MERCER_EDGE_COMPLETION_MS", "10 s"),
            ("MERCER_EDGE_TIERS", "0"),
            ("MERCER_EDGE_TTL_S", "-1"),
            ("MERCER_EDGE_BUDGET", "-5"),
            ("MERCER_PAGE_CACHE_MB", "many"),
        ] {
            let mistakes = read(&[(name, value)]).unwrap_err();
            assert!(mistakes.len() == 1 && mistakes[0].starts_with(name), "{mistakes:?}");
        }
    }
}
