//! Restarts that nobody notices, asked of real processes:
//!
//! - `fleet socket`: one process on a socket that it was passed, restarted under load; what its supervisor is told;
//! - `fleet rolling`: three processes behind HAProxy, restarted in turn under a mixed load: no failed request, no lost
//!   order, cart or login;
//! - `fleet outages`: PostgreSQL and Redis are killed, paused, wiped, slow, read-only under the same load: pages go on, no
//!   order is lost or doubled, and all is well again soon after;
//! - `fleet tls`: a shop with a certificate from an authority of ACME, renewed and restarted under load;
//! - `fleet many`: buyers at once for fewer pieces, spread over the three.
//!
//! Without an argument all of them. `./ops/test fleet` runs it; TEST_LONG makes it longer.

#![expect(clippy::unwrap_used, reason = "a proof stops at the first thing that is not as it must be")]

mod balancer;
mod client;
#[path = "../load/https.rs"]
mod https;
mod instance;
#[path = "../edge/link.rs"]
mod link;
#[path = "../load/mod.rs"]
mod load;
mod many;
mod outages;
mod rolling;
mod servers;
mod shoppers;
mod socket;
mod tls;

fn main() {
    let wanted = std::env::args().nth(1);
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if is_wanted("socket") {
            socket::run().await;
        }
        if is_wanted("tls") {
            tls::run().await;
        }
        if is_wanted("rolling") {
            rolling::run().await;
        }
        if is_wanted("outages") {
            outages::run().await;
        }
        if is_wanted("many") {
            many::run().await;
        }
    });
}

fn is_long() -> bool {
    std::env::var("TEST_LONG").is_ok_and(|v| !v.is_empty())
}
