//! What the store knows, without I/O: no async, SQL, HTTP, clock or randomness.

pub mod address;
pub mod breaker;
pub mod cart;
pub mod catalogue;
pub mod country;
pub mod customer;
pub mod device;
pub mod discount;
pub mod draft;
pub mod freshness;
pub mod listing;
pub mod money;
pub mod order;
pub mod password;
pub mod payment;
pub mod pricing;
pub mod purge;
pub mod settings;
pub mod shipping;
pub mod slug;
pub mod stock;
pub mod tag;
pub mod tax;
pub mod terms;
pub mod withdrawal;
pub mod zone;

#[cfg(test)]
mod properties;
