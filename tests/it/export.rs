//! The static copy: complete, the same as what is served, and no more work than what changed.

mod copy;
mod since;
mod world;
