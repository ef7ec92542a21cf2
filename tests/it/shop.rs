//! What the business does.

mod accounts;
mod cart;
mod catalogue;
mod checkout;
mod demo;
mod doctor;
pub mod goods;
mod import;
mod mails;
mod orders;
mod reorder;
mod settings;
mod stock;
mod terms;
mod withdrawal;
