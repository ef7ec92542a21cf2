//! The edge: what makes a cached page follow a change. Here: the change feed and its follower.

pub mod feed;
