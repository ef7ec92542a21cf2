//! The pages, by URL.

mod health;
