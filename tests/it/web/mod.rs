//! The pages, by URL.

mod health;
mod media;
