//! Every SQL function, on both engines.

mod listing;
mod selling;
