//! HTML: a file per page or flow, holding its page struct (askama), its forms and its handlers.
//!
//! A page reads through one `Conn`, which collects the tags of what it read; `page` turns it into a response whose
//! caching is a property of the page's type. Texts are in `assets/texts`, looks in `assets/css` and `assets/themes`.

pub mod account;
pub mod address;
pub mod assets;
pub mod card;
pub mod cart;
pub mod category;
pub mod checkout;
pub mod compression;
pub mod docs;
pub mod errors;
pub mod etag;
pub mod feeds;
pub mod filters;
pub mod form;
pub mod guard;
pub mod health;
pub mod home;
pub mod kept;
pub mod layout;
pub mod listing;
pub mod markdown;
pub mod me;
pub mod media;
pub mod methods;
mod minify;
pub mod order;
pub mod page;
pub mod pages;
pub mod picture;
pub mod product;
pub mod search;
pub mod suggest;
pub mod sums;
pub mod theme;
pub mod withdrawal;

use poem::Response;
use poem::http::{StatusCode, header};

// Mails need words too, so these two stand beside `web`, not in it.
pub use crate::{format, texts};

/// The answer to a form that was accepted: 303 to `path`, so that a reload repeats nothing.
pub fn see_other(path: &str) -> Response {
    Response::builder()
        .status(StatusCode::SEE_OTHER)
        .header(header::LOCATION, path)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}
