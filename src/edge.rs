//! The edge: what makes cached pages follow changes.
//!
//! `feed` follows what was committed, `freshness` says what is still true and for how long this process may say so,
//! `pages` keeps rendered pages. `dispatcher` turns changes into invalidations, `prober` looks whether they worked.

pub mod assets;
pub mod dispatcher;
pub mod feed;
pub mod freshness;
pub mod nodes;
pub mod pages;
pub mod prober;
pub mod request;
pub mod status;
pub mod sweep;
