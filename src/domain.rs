//! What the store knows, without I/O: no async, SQL, HTTP, clock or randomness.

pub mod settings;
pub mod tag;
