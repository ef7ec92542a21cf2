//! Mercer: an online store in one binary.
pub mod drawing;
