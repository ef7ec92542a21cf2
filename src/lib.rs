//! Mercer: an online store in one binary.
//!
//! `routes` names every path; `web` answers with HTML, `api` with JSON; both call `shop`, which does the business on
//! `db` and `outside`; `domain` is pure. ARCHITECTURE.md is the map.

pub mod api;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod db;
pub mod domain;
pub mod drawing;
pub mod edge;
pub mod error;
pub mod export;
pub mod format;
pub mod jobs;
pub mod outside;
pub mod random;
pub mod room;
pub mod routes;
pub mod search;
pub mod server;
pub mod shop;
pub mod supervisor;
pub mod telemetry;
pub mod texts;
pub mod tls;
pub mod web;
