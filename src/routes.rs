//! Every path of the program, in one table, and the order of the middleware.

use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusHandle;
use poem::{Endpoint, EndpointExt, Response, Route};

use crate::api;
use crate::api::problem::Refusals;
use crate::app::App;
use crate::telemetry::Telemetry;
use crate::web::compression::Compression;
use crate::web::errors::ErrorPages;
use crate::web::guard::{self, Headers};
use crate::web::kept::{Hits, Keep};
use crate::web::methods::get;
use crate::web::withdrawal::by_number;
use crate::web::{
    account, assets, cart, category, checkout, docs, feeds, health, home, me, media, order, pages, product,
    search, suggest, withdrawal,
};

/// The whole program as one endpoint.
pub fn routes(
    app: Arc<App>,
    metrics: Option<PrometheusHandle>,
) -> impl Endpoint<Output = Response> + 'static {
    let telemetry = Telemetry { random: app.random.clone() };
    let headers = Headers::new(&app.config.server);
    guard::admit(&app, paths(&app, metrics))
        .with(Refusals)
        .with(ErrorPages::new(app.clone()))
        .with(Compression)
        .with(headers)
        .with(Keep(Hits::new(&app)))
        .with(telemetry)
}

/// The paths with nothing before or behind them; what the program asks itself takes no guard and no cache.
pub fn paths(
    app: &Arc<App>,
    metrics: Option<PrometheusHandle>,
) -> impl Endpoint<Output = Response> + use<> + 'static {
    Route::new()
        .at("/healthz", get(health::show_health))
        .at("/readyz", get(health::show_readiness))
        .at("/metrics", get(health::show_metrics))
        .at("/", get(home::show_home))
        .at("/c/:slug", get(category::show_category))
        .at("/c/:slug/page/:number", get(category::show_numbered))
        .at("/p/:slug", get(product::show_product))
        .at("/search", get(search::show_search))
        .at("/search/suggest", get(suggest::show_suggestions))
        .at("/pages/:slug", get(pages::show_page))
        .at("/cart", get(cart::show_cart).post(cart::submit_cart))
        .at("/checkout", get(checkout::show_checkout).post(checkout::submit_checkout))
        .at("/orders/withdraw", get(by_number::show_by_number).post(by_number::submit_by_number))
        .at("/orders/:token", get(order::show_order).post(order::submit_order))
        .at("/orders/:token/withdraw", get(withdrawal::show_withdrawal).post(withdrawal::submit_withdrawal))
        .at("/account", get(account::overview::show_account))
        .at("/account/login", get(account::login::show_login).post(account::login::submit_login))
        .at("/account/logout", get(account::login::show_logout).post(account::login::submit_logout))
        .at(
            "/account/register",
            get(account::register::show_register).post(account::register::submit_register),
        )
        .at("/account/confirm", get(account::register::show_confirm).post(account::register::submit_confirm))
        .at("/account/reset", get(account::reset::show_reset).post(account::reset::submit_reset))
        .at("/account/email", get(account::email::show_email).post(account::email::submit_email))
        .at(
            "/account/addresses",
            get(account::addresses::show_addresses).post(account::addresses::submit_addresses),
        )
        .at(
            "/account/addresses/:id",
            get(account::address::show_address).post(account::address::submit_address),
        )
        .at(
            "/account/security",
            get(account::security::show_security).post(account::security::submit_security),
        )
        .at("/account/data", get(account::data::show_data).post(account::data::submit_data))
        .at("/me/summary", get(me::show_summary))
        .at("/sitemap.xml", get(feeds::show_sitemap))
        .at("/robots.txt", get(feeds::show_robots))
        .at("/feeds/google.xml", get(feeds::show_merchant_feed))
        .at("/.well-known/security.txt", get(feeds::show_security))
        .at("/assets/:file", get(assets::show_asset))
        .at("/media/:hash/:file", get(media::show_media))
        .at("/api/docs", get(docs::Docs::new(&api::document())))
        .nest("/api/v1", api::routes())
        .data(app.clone())
        .data(metrics)
        .map_to_response()
}
