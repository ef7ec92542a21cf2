//! The pages, by URL.

mod account;
pub mod buying;
mod feeds;
mod guard;
mod health;
mod kept;
mod media;
mod metrics;
mod sessions;
mod storefront;
mod withdrawal;
