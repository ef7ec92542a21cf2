//! The world outside the program. Each thing is an enum with its real arms and one for tests; what only counts or
//! computes (limits, passwords) is a struct until a second arm exists.

pub mod cloudfront;
pub mod fetch;
pub mod limits;
pub mod mail;
pub mod media;
pub mod objects;
pub mod passwords;
pub mod probe;
pub mod redis;
