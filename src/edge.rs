//! The edge: what makes cached pages follow changes.
//!
//! `feed` follows what was committed, `freshness` says what is still true and for how long this process may say so,
//! `pages` keeps rendered pages.

pub mod feed;
pub mod freshness;
pub mod pages;
