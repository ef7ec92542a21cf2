//! What a freshly migrated shop needs to sell at once: tax rates and one way to deliver.

use crate::app::App;
use crate::db::{shipping, taxes};
use crate::domain::shipping::{EVERYWHERE, ShippingMethod, ShippingRate};
use crate::domain::tag::Tag;
use crate::domain::tax::{EU_RATES, TaxClass, TaxRate};
use crate::error::Result;
use crate::shop::catalogue::record_change;

/// The flat rate of a shop that has set none, gross.
const FLAT_RATE_MINOR: i64 = 590;
/// What one parcel of the flat rate may weigh.
const FLAT_RATE_WEIGHT_MAX_G: i64 = 30_000;

/// Adds the European Union's tax rates and a flat shipping rate, each only where nothing was ever set. Two processes
/// may do so at once.
pub async fn ensure_defaults(app: &App) -> Result<()> {
    let mut conn = app.db.read().await?;
    let rates_missing = taxes::count_tax_rates(&mut conn).await? == 0;
    let methods_missing = shipping::count_shipping_methods(&mut conn).await? == 0;
    drop(conn);
    if !rates_missing && !methods_missing {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    if rates_missing {
        taxes::insert_tax_rates(&mut tx, &default_rates()).await?;
    }
    if methods_missing {
        shipping::insert_shipping_method(&mut tx, &default_method(app.id()), 0).await?;
    }
    record_change(&mut tx, [Tag::site()], app.clock.now_ms()).await?;
    tx.commit().await?;
    Ok(())
}

fn default_rates() -> Vec<TaxRate> {
    let rate = |country: &str, class, rate_bp| TaxRate { country: country.to_owned(), class, rate_bp };
    EU_RATES
        .iter()
        .flat_map(|&(country, standard, reduced)| {
            [rate(country, TaxClass::Standard, standard), rate(country, TaxClass::Reduced, reduced)]
        })
        .collect()
}

fn default_method(id: String) -> ShippingMethod {
    ShippingMethod {
        id,
        key: "standard".to_owned(),
        name: "Standard".to_owned(),
        note: String::new(),
        days_min: 2,
        days_max: 5,
        rates: vec![ShippingRate {
            countries: vec![EVERYWHERE.to_owned()],
            weight_max_g: FLAT_RATE_WEIGHT_MAX_G,
            price_minor: FLAT_RATE_MINOR,
            free_above_minor: None,
        }],
    }
}
