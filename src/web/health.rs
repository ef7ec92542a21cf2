//! Whether the process lives, whether it may receive traffic, and its numbers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use poem::http::{StatusCode, header};
use poem::web::Data;
use poem::{Request, Response, handler};

use super::guard::client_ip::OwnNetwork;
use crate::app::App;
use crate::random::token_hash;
use crate::shop::accounts::Sessions;

/// A database that does not answer a readiness question within this is not there.
const READY_TIMEOUT: Duration = Duration::from_secs(1);
/// A clock further from the database's than this would expire holds and sessions wrongly.
const CLOCK_SKEW_MAX_MS: i64 = 2_000;

/// `GET /healthz`: the process lives.
#[handler]
pub fn show_health() -> Response {
    plain(StatusCode::OK, "ok\n")
}

/// `GET /readyz`: the instance may receive traffic: it is not draining, and its database answers in time.
#[handler]
pub async fn show_readiness(app: Data<&Arc<App>>) -> Response {
    if !app.ready.load(Ordering::Acquire) {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    match tokio::time::timeout(READY_TIMEOUT, database_answers(&app)).await {
        Ok(Ok(skew)) if skew.abs() <= CLOCK_SKEW_MAX_MS => plain(StatusCode::OK, "ready\n"),
        Ok(Ok(_)) => plain(StatusCode::SERVICE_UNAVAILABLE, "the clock differs from the database's\n"),
        Ok(Err(_)) | Err(_) => plain(StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
    }
}

/// `GET /metrics`, in Prometheus's text format. What a shop sells and how busy it is concerns its operator only: with a
/// token whoever brings it is answered, without one whoever asks from the operator's own network.
#[handler]
pub async fn show_metrics(
    request: &Request,
    app: Data<&Arc<App>>,
    metrics: Data<&Option<PrometheusHandle>>,
) -> Response {
    if !may_see_metrics(request, app.config.server.metrics_token.as_deref()) {
        return plain(
            StatusCode::FORBIDDEN,
            "for this machine, MERCER_TRUSTED_PROXIES themselves, or the bearer of MERCER_METRICS_TOKEN\n",
        );
    }
    measure(&app).await;
    let text = metrics.as_ref().map(PrometheusHandle::render).unwrap_or_default();
    Response::builder()
        .header(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(text)
}

fn may_see_metrics(request: &Request, token: Option<&str>) -> bool {
    match token {
        // Comparing digests tells nothing by its time.
        Some(token) => {
            let bearer = request.header(header::AUTHORIZATION).and_then(|v| v.strip_prefix("Bearer "));
            bearer.is_some_and(|given| token_hash(given) == token_hash(token))
        }
        None => request.data::<OwnNetwork>().is_some_and(|own| own.0),
    }
}

/// The difference between our clock and the database's, in ms.
async fn database_answers(app: &App) -> sqlx::Result<i64> {
    let mut conn = app.db.read().await?;
    crate::db::clock::find_clock_skew(&mut conn, app.clock.now_ms()).await
}

/// Reads what is a state, not an event.
async fn measure(app: &App) {
    if let Ok(mut conn) = app.db.read().await
        && let Ok((ready, dead)) = crate::db::jobs::count_jobs(&mut conn).await
    {
        metrics::gauge!("jobs", "state" => "ready").set(ready as f64);
        metrics::gauge!("jobs", "state" => "dead").set(dead as f64);
    }
    for (pool, size, idle) in app.db.pool_sizes() {
        metrics::gauge!("database_connections", "pool" => pool, "state" => "open").set(f64::from(size));
        metrics::gauge!("database_connections", "pool" => pool, "state" => "idle").set(idle as f64);
    }
    if let Sessions::Redis(redis) = &app.sessions {
        metrics::gauge!("redis_breaker_open").set(f64::from(u8::from(redis.is_silent())));
    }
    metrics::gauge!("feed_generation").set(app.feed.newest() as f64);
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "text/plain; charset=utf-8")
        .header(header::CACHE_CONTROL, "no-store")
        .body(text)
}
