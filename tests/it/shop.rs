//! What the business does.

mod demo;
