//! The integration tests: one binary that mirrors the program. `support` gives each test its own store.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

mod api;

mod architecture;
mod cli;
mod db;
mod dependencies;
mod edge;
mod edge_crawl;
mod edge_model;
mod export;
mod jobs;
mod migrations;
mod redis;
mod search;
mod server;
mod shop;
mod supervisor;
mod support;
mod traces;
mod web;
