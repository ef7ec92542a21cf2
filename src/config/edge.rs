//! The edge cache in front of the shop.

use super::Env;

/// See the module.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// How long the edge may keep a public page, in seconds; a change reaches it within this without invalidations.
    pub page_ttl_s: u32,
    /// The same for search results.
    pub search_ttl_s: u32,
    /// How long one poll of the change feed vouches for what this process says, in milliseconds.
    pub lease_ms: i64,
    /// `MERCER_PAGE_CACHE_MB`, in bytes: how much the process keeps of rendered pages; 0: nothing.
    pub page_cache_bytes: u64,
}

impl EdgeConfig {
    pub fn from_env(env: &mut Env) -> EdgeConfig {
        for name in ["MERCER_CLOUDFRONT_DISTRIBUTION_ID", "MERCER_CLOUDFRONT_INVALIDATE"] {
            if env.text(name).is_some() {
                env.wrong(
                    name,
                    "not to be set: this version sends no invalidations, pages expire at the edge by age",
                );
            }
        }
        let page_cache_mb: u32 = env.parse("MERCER_PAGE_CACHE_MB", 64, "a number of megabytes");
        EdgeConfig {
            page_ttl_s: 300,
            search_ttl_s: 30,
            lease_ms: 2_000,
            page_cache_bytes: u64::from(page_cache_mb) << 20,
        }
    }
}
