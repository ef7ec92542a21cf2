//! The integration tests: one binary that mirrors the program. `support` gives each test its own store.

mod api;
mod architecture;
mod db;
mod migrations;
mod search;
mod shop;
mod support;
mod web;
