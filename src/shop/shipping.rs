//! Ways to deliver.

use crate::app::App;
use crate::db::{Tx, shipping};
use crate::domain::shipping::ShippingMethod;
use crate::domain::tag::Tag;
use crate::error::Result;
use crate::shop::catalogue::record_change;

/// Writes a method with its rates in the caller's transaction; one with the same key is replaced. Products' pages say
/// what the cheapest one costs and how long it takes, so the whole site is announced.
pub async fn save_shipping_method(
    app: &App,
    tx: &mut Tx,
    method: &ShippingMethod,
    position: i64,
) -> Result<()> {
    shipping::insert_shipping_method(tx, method, position).await?;
    record_change(tx, [Tag::site()], app.clock.now_ms()).await
}
