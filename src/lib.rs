//! Mercer: an online store in one binary.
//!
//! `routes` names every path; `web` answers with HTML, `api` with JSON; both call `shop`, which does the business on
//! `db` and `outside`; `domain` is pure. ARCHITECTURE.md is the map.

pub mod app;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod drawing;
pub mod error;
pub mod random;
pub mod server;
