//! Public pages from the page cache: answered before routing where possible, rendered once where not.
//!
//! A page is a function of its [`key`] alone: what is rendered for the cache sees neither the cookies nor the
//! `Accept-*` headers of the request that happened to be first, and its address in the canonical writing.

mod key;
mod reply;

use std::sync::Arc;

use bytes::Bytes;
use poem::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use poem::{Body, Endpoint, Middleware, PathPattern, Request, Response, Result};
use tokio_util::sync::CancellationToken;

use super::compression::{self, Encoding};
use super::guard::client_ip::Origin;
use crate::app::App;
use crate::edge::pages::{Basis, Kept};
use crate::error::Error;
use crate::telemetry;
use reply::{CACHE_STATUS, Reply};

/// Headers that must not reach what is rendered for everybody.
const PERSONAL: [header::HeaderName; 8] = [
    header::COOKIE,
    header::AUTHORIZATION,
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::RANGE,
];

/// Renders of one page at most when it changes while it is rendered; the last one is sent, not kept.
const RENDERS_MAX: usize = 2;

/// What a page came from, for `Cache-Status` (RFC 9211).
const STORED: HeaderValue = HeaderValue::from_static("mercer; fwd=uri-miss; stored");
const COLLAPSED: HeaderValue = HeaderValue::from_static("mercer; hit; collapsed");
const LAST_KNOWN: HeaderValue = HeaderValue::from_static("mercer; hit; detail=database-away");
const NOT_STORED: HeaderValue = HeaderValue::from_static("mercer; fwd=uri-miss");

/// The hits of the page cache, for the accept loop: no routing, no middleware, next to no allocation.
#[derive(Clone)]
pub struct Hits {
    app: Arc<App>,
    origin: Arc<Origin>,
    counter: metrics::Counter,
}

impl Hits {
    /// To be made after counting was started.
    pub fn new(app: &Arc<App>) -> Hits {
        Hits {
            origin: Arc::new(Origin::new(&app.config.server)),
            counter: metrics::counter!("page_cache_requests_total", "outcome" => "hit"),
            app: app.clone(),
        }
    }

    /// The answer, if the page is kept and certainly true.
    pub fn answer<B: hyper::body::Body>(
        &self,
        request: &hyper::Request<B>,
    ) -> Option<hyper::Response<Bytes>> {
        if !is_read(request.method()) || !request.body().is_end_stream() {
            return None;
        }
        let found = self.find(request.uri(), request.headers())?;
        self.counter.increment(1);
        let (status, headers, body) = Reply::to(&found, request.headers()).into_parts();
        telemetry::tell_hit(
            request.method(),
            key::Kind::route(request.uri().path()),
            request.headers(),
            status,
        );
        let mut response = hyper::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers.clone();
        Some(response)
    }

    /// Whether the request may be answered without a place of its own: its page is shown as it was known last, or is being
    /// rendered for somebody else.
    pub fn may_follow<B>(&self, request: &hyper::Request<B>) -> bool {
        let Some(kind) = key::Kind::of(request.uri().path()).filter(|_| is_read(request.method())) else {
            return false;
        };
        let key = kind.key(request.uri(), &self.app.facet_keys());
        let (pages, freshness) = (&self.app.pages, &self.app.feed.freshness);
        pages.is_coming(&key) || pages.find_last_known(&key, freshness).is_some()
    }

    fn find(&self, uri: &Uri, headers: &HeaderMap) -> Option<Arc<Kept>> {
        let kind = key::Kind::of(uri.path())?;
        if !self.origin.may_enter(uri.path(), headers) {
            return None;
        }
        // Most addresses are canonical: those are found without making a key.
        let target = uri.path_and_query()?.as_str();
        let found = self.app.pages.find(target, &self.app.feed.freshness);
        if found.is_some() || uri.query().is_none() {
            return found;
        }
        let key = kind.key(uri, &self.app.facet_keys());
        self.app.pages.find(&key, &self.app.feed.freshness)
    }
}

fn is_read(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// The middleware: what [`Hits`] did not find is rendered, kept and answered the same way.
pub struct Keep(pub Hits);

/// An endpoint behind [`Keep`].
pub struct Keeping<E> {
    hits: Hits,
    inner: E,
}

impl<E: Endpoint<Output = Response>> Middleware<E> for Keep {
    type Output = Keeping<E>;

    fn transform(&self, inner: E) -> Keeping<E> {
        Keeping { hits: self.0.clone(), inner }
    }
}

impl<E: Endpoint<Output = Response>> Endpoint for Keeping<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let app = &self.hits.app;
        let kind = key::Kind::of(request.uri().path());
        let may_enter = || self.hits.origin.may_enter(request.uri().path(), request.headers());
        match kind {
            Some(kind) if app.pages.is_on() && is_read(request.method()) && may_enter() => {
                let key = kind.key(request.uri(), &app.facet_keys()).into_owned();
                let route = PathPattern(key::Kind::route(request.uri().path()).into());
                let mut response = self.answer(&key, request).await?;
                // Routing says it of what it found; a kept page never came there.
                response.set_data(route);
                Ok(response)
            }
            _ => self.inner.call(request).await,
        }
    }
}

impl<E: Endpoint<Output = Response>> Keeping<E> {
    async fn answer(&self, key: &str, request: Request) -> Result<Response> {
        let (pages, freshness) = (&self.hits.app.pages, &self.hits.app.feed.freshness);
        if let Some(kept) = pages.find(key, freshness) {
            self.hits.counter.increment(1);
            return Ok(reply(&kept, &request, reply::HIT));
        }
        if let Some(kept) = pages.find_last_known(key, freshness) {
            count("last_known");
            return Ok(uncached(reply(&kept, &request, LAST_KNOWN)));
        }
        // Held until the page is kept. Whoever looked just before another's render ended gets one too, and needs none.
        let _turn = pages.take_turn(key).await;
        if let Some(kept) = pages.find(key, freshness) {
            count("collapsed");
            return Ok(reply(&kept, &request, COLLAPSED));
        }
        self.render(key, request).await
    }

    /// Renders the page, and keeps it if it may be kept and is still true when it is done.
    async fn render(&self, key: &str, request: Request) -> Result<Response> {
        let app = &self.hits.app;
        let asked = Asked::of(&request);
        let mut plain = Plain::of(request, key)?;
        for attempt in 1..=RENDERS_MAX {
            let mut response = self.inner.call(plain.request()).await?;
            // It may have gone away just now, before the follower noticed.
            if response.status() == StatusCode::SERVICE_UNAVAILABLE
                && let Some(kept) = app.pages.find_last_known(key, &app.feed.freshness)
            {
                count("last_known");
                return Ok(uncached(asked.reply(&kept, LAST_KNOWN)));
            }
            let Some(basis) =
                response.data::<Basis>().cloned().filter(|_| response.status() == StatusCode::OK)
            else {
                count("not_cacheable");
                return Ok(asked.finish(response).await);
            };
            let is_last = attempt == RENDERS_MAX;
            if app.feed.freshness.moved_since(basis.tags.iter(), basis.generation) && !is_last {
                continue;
            }
            let body = response.take_body().into_bytes().await?;
            let now_ms = app.feed.freshness.monotonic_ms();
            let kept = Arc::new(Kept::new(response.headers().clone(), body.clone(), &basis, now_ms));
            if app.pages.keep(key, &kept, &app.feed.freshness) {
                count("stored");
                return Ok(asked.reply(&kept, STORED));
            }
            count("moved");
            response.set_body(body);
            return Ok(asked.finish(uncached(response)).await);
        }
        unreachable!("the last render is always answered")
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("page_cache_requests_total", "outcome" => outcome).increment(1);
}

/// It is sent, and nobody keeps it: the page changed under its own render again and again, or nobody knows whether it
/// changed.
fn uncached(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for name in ["cache-tag", "x-mercer-gen", "etag"] {
        headers.remove(name);
    }
    response
}

fn reply(kept: &Kept, request: &Request, cache_status: HeaderValue) -> Response {
    Asked::of(request).reply(kept, cache_status)
}

/// What of a request decides how a page is sent.
struct Asked {
    headers: HeaderMap,
    is_head: bool,
}

impl Asked {
    fn of(request: &Request) -> Asked {
        let mut headers = HeaderMap::new();
        for name in [header::ACCEPT_ENCODING, header::IF_NONE_MATCH] {
            for value in request.headers().get_all(&name) {
                headers.append(name.clone(), value.clone());
            }
        }
        Asked { headers, is_head: request.method() == Method::HEAD }
    }

    fn reply(&self, kept: &Kept, cache_status: HeaderValue) -> Response {
        let (status, headers, body) = Reply::to(kept, &self.headers).into_parts();
        let mut response = Response::builder().status(status).finish();
        *response.headers_mut() = headers.clone();
        response.headers_mut().insert(CACHE_STATUS, cache_status);
        response.set_body(if self.is_head { Body::empty() } else { Body::from_bytes(body) });
        response
    }

    /// A page that is not kept, in the encoding that was asked for.
    async fn finish(&self, response: Response) -> Response {
        let mut response = compression::compress(Encoding::negotiate(&self.headers), response).await;
        response.headers_mut().insert(CACHE_STATUS, NOT_STORED);
        if self.is_head {
            response.set_body(Body::empty());
        }
        response
    }
}

/// The request as it is rendered for everybody; made again for each attempt.
struct Plain {
    uri: Uri,
    headers: HeaderMap,
    first: Option<Request>,
}

impl Plain {
    fn of(mut request: Request, key: &str) -> Result<Plain> {
        let uri: Uri = key.parse().map_err(Error::internal)?;
        PERSONAL.iter().for_each(|name| drop(request.headers_mut().remove(name)));
        *request.uri_mut() = uri.clone();
        request.set_method(Method::GET);
        Ok(Plain { uri, headers: request.headers().clone(), first: Some(request) })
    }

    fn request(&mut self) -> Request {
        self.first.take().unwrap_or_else(|| {
            let mut again = Request::builder().uri(self.uri.clone()).finish();
            *again.headers_mut() = self.headers.clone();
            again
        })
    }
}

/// Gives pages that are asked for often the best compression, one after another and never more than half of the time,
/// until `shutdown`.
pub async fn improve(app: Arc<App>, shutdown: CancellationToken) {
    loop {
        let key = tokio::select! {
            () = shutdown.cancelled() => return,
            key = app.pages.next_wanted() => key,
        };
        let Some(key) = key else { return };
        let Some(kept) = app.pages.find(&key, &app.feed.freshness) else { continue };
        let began = std::time::Instant::now();
        let source = kept.clone();
        let Ok(better) = tokio::task::spawn_blocking(move || reply::best(&source)).await else { continue };
        app.pages.replace(&key, &kept, better);
        tokio::time::sleep(began.elapsed()).await;
    }
}
