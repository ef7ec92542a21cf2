//! The world outside the program. Each thing is an enum with its real arms and one for tests.

pub mod mail;
