//! Committed changes become invalidations, whatever fails on the way.

mod crashes;
mod dispatcher;
mod escalation;
mod nodes;
mod prober;
mod request;
mod wire;
mod world;
