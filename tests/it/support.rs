//! What every integration test stands on: a store of its own, on either engine.

mod store;

pub use store::{START_MS, TestStore, both_engines};
