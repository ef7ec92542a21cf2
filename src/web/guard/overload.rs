//! Requests for which there is no room.
//!
//! [`Overload`] stands behind the guard that reads the body: a client that sends slowly holds no place. [`Busy`] stands at
//! the door. It answers who would be refused anyway, with a page that is rendered once: when three times more is asked
//! than can be done, most of what is left would else go into saying so.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use hyper::body::Body;
use poem::http::{Response as Whole, StatusCode, header};
use poem::{Endpoint, Middleware, Request, Result};

use super::Headers;
use super::client_ip::Origin;
use crate::app::App;
use crate::domain::settings::ShopSettings;
use crate::web::kept::Hits;
use crate::web::{assets, errors, page};

/// The guard.
#[derive(Clone)]
pub struct Overload {
    app: Arc<App>,
}

impl Overload {
    pub fn new(app: Arc<App>) -> Overload {
        Overload { app }
    }
}

impl<E: Endpoint> Middleware<E> for Overload {
    type Output = OverloadEndpoint<E>;

    fn transform(&self, inner: E) -> OverloadEndpoint<E> {
        OverloadEndpoint { guard: self.clone(), inner }
    }
}

pub struct OverloadEndpoint<E> {
    guard: Overload,
    inner: E,
}

impl<E: Endpoint> Endpoint for OverloadEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> Result<E::Output> {
        let path = request.uri().path();
        // Who is told that there is no room sees that by the shop's styles.
        if assets::is_embedded(path) {
            return self.inner.call(request).await;
        }
        let _place = self.guard.app.room.place(path).await?;
        self.inner.call(request).await
    }
}

/// For so long the page is as it was rendered; it says what year it is.
const PAGE_MS: i64 = 60_000;

/// See the module.
#[derive(Clone)]
pub struct Busy {
    app: Arc<App>,
    origin: Arc<Origin>,
    hits: Hits,
    page: Arc<RwLock<Option<BusyPage>>>,
}

#[derive(Clone)]
struct BusyPage {
    /// What it shows.
    settings: Arc<ShopSettings>,
    made_ms: i64,
    whole: Whole<Bytes>,
}

impl Busy {
    /// `hits` knows what needs no place.
    pub fn new(app: &Arc<App>, hits: Hits) -> Busy {
        let origin = Arc::new(Origin::new(&app.config.server));
        Busy { app: app.clone(), origin, hits, page: Arc::default() }
    }

    /// Whether there is no room for the request. One that has a body is not told so before the body is read, and who must
    /// not come in hears that.
    pub fn concerns<B: Body>(&self, request: &hyper::Request<B>) -> bool {
        let path = request.uri().path();
        self.app.room.is_crowded_for(path)
            && request.body().is_end_stream()
            && self.origin.may_enter(path, request.headers())
            && !self.hits.may_follow(request)
            && !assets::is_embedded(path)
    }

    /// The page that says so; `None` if it can't be rendered.
    pub fn page(&self) -> Option<Whole<Bytes>> {
        let (settings, now_ms) = (self.app.settings(), self.app.clock.now_ms());
        let known = self.page.read().unwrap_or_else(PoisonError::into_inner).clone();
        let is_true =
            |page: &BusyPage| Arc::ptr_eq(&page.settings, &settings) && now_ms - page.made_ms < PAGE_MS;
        if let Some(page) = known.filter(is_true) {
            return Some(page.whole);
        }
        let whole = self.render()?;
        let page = BusyPage { settings, made_ms: now_ms, whole: whole.clone() };
        *self.page.write().unwrap_or_else(PoisonError::into_inner) = Some(page);
        Some(whole)
    }

    fn render(&self) -> Option<Whole<Bytes>> {
        let html = errors::busy(&self.app).ok()?;
        let mut response = Whole::new(Bytes::from(html));
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, page::HTML_TYPE.parse().ok()?);
        headers.insert(header::RETRY_AFTER, errors::RETRY_AFTER_S.into());
        Headers::new(&self.app.config.server).complete(headers);
        Some(response)
    }
}
