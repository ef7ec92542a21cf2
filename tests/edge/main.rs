//! The promise of the edge, asked of real processes behind real caches:
//!
//! - `edge rules`: the fake CloudFront keeps the real one's rules;
//! - `edge attack`: nothing personal and nothing forged is ever kept;
//! - `edge killed`: a dispatcher that is killed at any moment loses nothing and asks for nothing twice;
//! - `edge faults`: a change reaches every shopper within the bound of mode `practical`, whatever fails (`edge faults
//!   Zombie`: only that);
//! - `edge proved`: the same for mode `proved`;
//! - `edge age`: with CloudFront gone, pages go by their age;
//! - `edge oracle`: purges that do nothing are noticed;
//! - `edge figures`: how soon a change is seen, what a miss and a full cache cost, printed (`edge figures memory`: only
//!   the last; `delays`, `miss`).
//!
//! Without an argument all of them. `./ops/test edge` runs it; TEST_LONG makes it longer.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

mod attack;
mod client;
mod cloudfront;
mod cloudfront_rules;
mod faults;
mod figures;
mod killed;
mod link;
#[path = "../load/mod.rs"]
mod load;
mod oracle;
mod rig;
mod shop;
mod varnish;

fn main() {
    let wanted = std::env::args().nth(1);
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if is_wanted("rules") {
            cloudfront_rules::run().await;
        }
        if is_wanted("attack") {
            attack::run().await;
        }
        if is_wanted("killed") {
            killed::run().await;
        }
        if is_wanted("faults") {
            faults::practical().await;
        }
        if is_wanted("proved") {
            faults::proved().await;
        }
        if is_wanted("age") {
            faults::by_age().await;
        }
        if is_wanted("oracle") {
            faults::without_purges().await;
        }
        if is_wanted("figures") {
            figures::run().await;
        }
    });
    // A server that a part ran in this process serves on; nobody waits for it.
    runtime.shutdown_background();
}
