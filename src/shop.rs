//! What the business does, shared by HTML, JSON, commands and jobs. Write transactions are opened here.

pub mod accounts;
pub mod answers;
mod attempts;
pub mod cart;
pub mod catalogue;
pub mod checkout;
pub mod demo;
pub mod doctor;
pub mod export_csv;
pub mod import;
pub mod mails;
pub mod media;
pub mod orders;
pub mod settings;
pub mod setup;
pub mod shipping;
pub mod stock;
