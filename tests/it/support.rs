//! What every integration test stands on: a store of its own, on either engine, and browsers that visit it.

mod client;
pub mod shelf;
mod store;

pub use client::{Answer, Client};
pub use store::{TestStore, both_engines, redis_shared};
