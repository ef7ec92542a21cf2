//! Small personal JSON for the scripts of public pages, which are the same for everybody.

use std::sync::Arc;

use poem::http::header;
use poem::web::Data;
use poem::{Response, handler};
use serde::Serialize;

use super::guard::session::{CurrentCart, CurrentCustomer};
use crate::app::App;
use crate::error::{Error, Result};
use crate::shop::cart::count_pieces;

#[derive(Serialize)]
struct Summary {
    /// Pieces in the cart.
    cart_count: i64,
    signed_in: bool,
    /// Empty for guests and for customers who gave none.
    name: String,
}

/// `GET /me/summary`
#[handler]
pub async fn show_summary(
    app: Data<&Arc<App>>,
    customer: CurrentCustomer,
    key: CurrentCart,
) -> Result<Response> {
    let cart_count = match &key.0 {
        Some(key) => count_pieces(&mut app.db.read().await?, key).await?,
        None => 0,
    };
    let name = customer.0.as_ref().map(|who| who.name.clone()).unwrap_or_default();
    let summary = Summary { cart_count, signed_in: customer.0.is_some(), name };
    let body = serde_json::to_string(&summary).map_err(Error::internal)?;
    Ok(Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body))
}
