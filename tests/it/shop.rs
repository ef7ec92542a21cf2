//! What the business does.

mod accounts;
mod demo;
