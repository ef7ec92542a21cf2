//! The pages, by URL.

mod account;
mod assets;
mod bad_input;
pub mod buying;
mod feeds;
mod guard;
mod health;
mod kept;
mod media;
mod metrics;
mod same_for_all;
mod sessions;
mod storefront;
mod withdrawal;
