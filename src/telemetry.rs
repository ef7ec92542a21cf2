//! What an operator sees: log lines, a request id, numbers for Prometheus, and traces where a collector takes them.

pub mod export;
mod otlp;
mod spans;

use std::sync::Arc;
use std::time::Instant;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode};
use poem::{Endpoint, Middleware, PathPattern, Request, Response};
use tracing::field::Empty;
use tracing::{Instrument as _, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{LogConfig, LogFormat};
use crate::random::Random;
use spans::Spans;

/// Seconds; from a cached page to a slow checkout.
const LATENCY_BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Seconds; from a change to a page that shows it everywhere.
const EDGE_BUCKETS: [f64; 10] = [0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0];

/// Starts logging to standard error, and telling `spans` where there are traces. A second call in one process changes
/// nothing.
pub fn start_logs(config: &LogConfig, spans: Option<Spans>) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.filter).unwrap_or_default();
    let registry = tracing_subscriber::registry();
    let started = match spans {
        // One filter for everything: what nobody logs costs a look at a number.
        None => registry.with(filter).with(lines(config.format)).try_init(),
        Some(spans) => {
            let wanted = filter_fn(spans::is_wanted).with_max_level_hint(LevelFilter::TRACE);
            let lines = lines(config.format).with_filter(filter);
            registry.with(spans.with_filter(wanted)).with(lines).try_init()
        }
    };
    // Only a test that starts two stores comes here twice.
    drop(started);
}

fn lines<S: Subscriber + for<'a> LookupSpan<'a>>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync> {
    // Without the last word, a log that nobody reads any more (`mercer serve 2>&1 | head`) would panic while it
    // complains about that, also on standard error.
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).log_internal_errors(false);
    match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    }
}

/// Starts counting; the handle renders `/metrics`. `None` when this process counts already.
pub fn start_metrics() -> Option<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS)
        .ok()?
        .set_buckets_for_metric(Matcher::Full("edge_staleness_seconds".to_owned()), &EDGE_BUCKETS)
        .ok()?
        .set_buckets_for_metric(Matcher::Full("purge_complete_seconds".to_owned()), &EDGE_BUCKETS)
        .ok()?;
    builder.install_recorder().ok()
}

/// Gives each request an id, a log line and its counts by route.
pub struct Telemetry {
    pub random: Random,
}

/// The id under which a request's log lines are found.
#[derive(Debug, Clone)]
pub struct RequestId(pub Arc<str>);

impl<E: Endpoint<Output = Response>> Middleware<E> for Telemetry {
    type Output = TelemetryEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        TelemetryEndpoint { inner, random: self.random.clone() }
    }
}

/// See [`Telemetry`].
pub struct TelemetryEndpoint<E> {
    inner: E,
    random: Random,
}

impl<E: Endpoint<Output = Response>> Endpoint for TelemetryEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let began = Instant::now();
        let id: Arc<str> = self.random.link().into();
        let method = request.method().clone();
        let path = without_secret(request.uri().path());
        request.extensions_mut().insert(RequestId(id.clone()));
        let span = tracing::info_span!("request", id = &*id);
        let traced = traced(&request, &id);
        let answering = self.inner.get_response(request).instrument(span.clone());
        let mut response = answering.instrument(traced.clone()).await;
        let elapsed = began.elapsed();
        // Counted by route, not by path: a path is the client's to choose and must not grow our memory.
        let route = response.data::<PathPattern>().map_or_else(|| "none".to_owned(), |p| p.0.to_string());
        let status = response.status().as_u16();
        tell_outcome(&traced, &method, &route, status);
        let labels = [("route", route), ("method", known_method(&method)), ("status", status.to_string())];
        metrics::counter!("http_requests_total", &labels).increment(1);
        metrics::histogram!("http_request_duration_seconds", &labels[..2]).record(elapsed.as_secs_f64());
        let duration_ms = elapsed.as_secs_f64() * 1000.0;
        tracing::debug!(parent: &span, %method, path, status, duration_ms, "{method} {path} {status}");
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("X-Request-Id", value);
        }
        Ok(response)
    }
}

/// The request as a part of a trace, its caller's if it has one. Where there are no traces this is nothing.
fn traced(request: &Request, id: &str) -> Span {
    tracing::trace_span!(
        target: "mercer::spans",
        "request",
        request.id = id,
        http.request.method = known_method(request.method()).as_str(),
        http.route = Empty,
        http.response.status_code = Empty,
        otel.name = Empty,
        traceparent = request.header("traceparent"),
    )
}

/// A request that the page cache answered, told as a part of a trace. Where there are no traces this is a look at a number.
pub fn tell_hit(method: &Method, route: &str, headers: &HeaderMap, status: StatusCode) {
    let span = tracing::trace_span!(
        target: "mercer::spans",
        "request",
        http.request.method = known_method(method).as_str(),
        http.route = route,
        http.response.status_code = status.as_u16(),
        otel.name = format!("{} {route}", known_method(method)),
        traceparent = headers.get("traceparent").and_then(|value| value.to_str().ok()),
    );
    drop(span);
}

/// What is known of a request only now that it is answered. By route, since a path may hold an order's link.
fn tell_outcome(span: &Span, method: &Method, route: &str, status: u16) {
    if !span.is_disabled() {
        span.record("http.route", route);
        span.record("http.response.status_code", status);
        span.record("otel.name", format!("{} {route}", known_method(method)).as_str());
    }
}

/// The method as a label; an invented one is not ours to count by name.
fn known_method(method: &Method) -> String {
    match method.as_str() {
        known @ ("GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS") => known.to_owned(),
        _ => "other".to_owned(),
    }
}

/// The path as logs may keep it: whoever has an order's link sees the order.
fn without_secret(path: &str) -> String {
    let Some((before, token)) = path.split_once("/orders/") else { return path.to_owned() };
    let after = token.split_once('/').map_or(String::new(), |(_, after)| format!("/{after}"));
    format!("{before}/orders/…{after}")
}

#[cfg(test)]
mod tests {
    use super::without_secret;

    #[test]
    fn the_link_of_an_order_is_not_logged() {
        assert_eq!(without_secret("/orders/0123456789abcdefghijkl"), "/orders/…");
        assert_eq!(without_secret("/api/v1/orders/0123456789abcdefghijkl/cancel"), "/api/v1/orders/…/cancel");
        assert_eq!(without_secret("/p/perigee-38"), "/p/perigee-38");
    }
}
