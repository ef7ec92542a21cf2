//! The shop in HTML: a file per page or flow, with its page struct, its form and its handlers.

pub mod health;
