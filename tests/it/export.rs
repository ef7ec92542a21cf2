//! The static copy: complete, the same as what is served, and no more work than what changed.

mod copy;
mod interrupted;
mod s3;
mod since;
mod world;
