//! The edge cache in front of the shop.

use super::Env;

/// See the module.
#[derive(Debug, Clone)]
pub struct EdgeConfig {
    /// How long the edge may keep a public page, in seconds; a change reaches it within this without invalidations.
    pub page_ttl_s: u32,
    /// The same for search results.
    pub search_ttl_s: u32,
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
        EdgeConfig { page_ttl_s: 300, search_ttl_s: 30 }
    }
}
