//! The pages, by URL.

mod guard;
mod health;
mod media;
