//! Every path of the program, in one table, and the order of the middleware.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use poem::{Endpoint, EndpointExt, Response, Route, get};

use crate::api;
use crate::app::App;
use crate::telemetry::Telemetry;
use crate::web::compression::Compression;
use crate::web::errors::ErrorPages;
use crate::web::guard::{self, Headers};
use crate::web::{assets, cart, category, checkout, health, home, media, pages, product, search};

/// The whole program as one endpoint.
pub fn routes(
    app: Arc<App>,
    metrics: Option<PrometheusHandle>,
) -> impl Endpoint<Output = Response> + 'static {
    let telemetry = Telemetry { random: app.random.clone() };
    let headers = Headers::new(&app.config.server);
    let paths = Route::new()
        .at("/healthz", get(health::show_health))
        .at("/readyz", get(health::show_readiness))
        .at("/metrics", get(health::show_metrics))
        .at("/", get(home::show_home))
        .at("/c/:slug", get(category::show_category))
        .at("/p/:slug", get(product::show_product))
        .at("/search", get(search::show_search))
        .at("/pages/:slug", get(pages::show_page))
        .at("/cart", get(cart::show_cart).post(cart::submit_cart))
        .at("/checkout", get(checkout::show_checkout).post(checkout::submit_checkout))
        .at("/assets/:file", get(assets::show_asset))
        .at("/media/:hash/:file", get(media::show_media))
        .nest("/api/v1", api::routes())
        .data(app.clone())
        .data(metrics)
        .map_to_response();
    guard::admit(&app, paths)
        .with(ErrorPages::new(app.clone()))
        .with(Compression)
        .with(headers)
        .with(telemetry)
}
