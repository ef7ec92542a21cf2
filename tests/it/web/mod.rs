//! The pages, by URL.

mod feeds;
mod guard;
mod health;
mod media;
mod sessions;
