//! How many requests are worked on at once. What comes beyond waits a moment and is then told to come back: a store that
//! takes on more than it can do answers nobody in time.
//!
//! Orders and what payment providers say have places of their own, so that people who look around keep nobody from
//! buying; the questions of load balancers need none. The guard stands behind the one that reads the body: a client
//! that sends slowly holds no place.

use std::sync::Arc;
use std::time::Duration;

use poem::{Endpoint, Middleware, Request, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::ServerConfig;
use crate::error::Error;

/// A longer queue would only be answered after its clients have given up.
const WAIT_MAX: Duration = Duration::from_millis(100);
/// Places for orders and payments: one for this many others.
const RESERVED_SHARE: usize = 4;

/// The guard.
#[derive(Clone)]
pub struct Overload {
    open: Arc<Semaphore>,
    reserved: Arc<Semaphore>,
}

impl Overload {
    pub fn new(config: &ServerConfig) -> Overload {
        let requests = config.requests.get().min(Semaphore::MAX_PERMITS);
        Overload {
            open: Arc::new(Semaphore::new(requests)),
            reserved: Arc::new(Semaphore::new(requests.div_ceil(RESERVED_SHARE))),
        }
    }

    /// A place for a request of `path`; `None` where none is needed.
    async fn place(&self, path: &str) -> Result<Option<OwnedSemaphorePermit>, Error> {
        if matches!(path, "/healthz" | "/readyz" | "/metrics") {
            return Ok(None);
        }
        if let Ok(place) = self.open.clone().try_acquire_owned() {
            return Ok(Some(place));
        }
        let queue = if is_money(path) { &self.reserved } else { &self.open };
        match tokio::time::timeout(WAIT_MAX, queue.clone().acquire_owned()).await {
            Ok(Ok(place)) => Ok(Some(place)),
            Ok(Err(_)) | Err(_) => {
                metrics::counter!("http_requests_shed_total").increment(1);
                Err(Error::Unavailable("too many requests are under way".into()))
            }
        }
    }
}

/// Whether an order or a payment depends on the request.
fn is_money(path: &str) -> bool {
    path.starts_with("/webhooks/")
        || matches!(path, "/checkout" | "/api/v1/checkout" | "/api/v1/orders")
        || path.starts_with("/orders/")
        || path.starts_with("/api/v1/orders/")
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
        let _place = self.guard.place(request.uri().path()).await?;
        self.inner.call(request).await
    }
}

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;
    use poem::{EndpointExt, Route, handler, web::Data};
    use tokio::sync::Notify;

    use super::*;

    #[handler]
    async fn hang(ends: Data<&Arc<Notify>>) {
        ends.notified().await;
    }

    #[handler]
    fn answer() {}

    fn request(path: &str) -> Request {
        Request::builder().uri_str(path).finish()
    }

    #[tokio::test]
    async fn who_looks_around_leaves_room_for_who_buys() {
        let ends = Arc::new(Notify::new());
        let guard = Overload { open: Arc::new(Semaphore::new(2)), reserved: Arc::new(Semaphore::new(1)) };
        let paths = ["/checkout", "/webhooks/stripe", "/readyz", "/"];
        let shop = paths.into_iter().fold(Route::new().at("/slow", hang), |shop, path| shop.at(path, answer));
        let shop = Arc::new(shop.data(ends.clone()).with(guard.clone()).map_to_response());
        let status = async |path: &str| shop.get_response(request(path)).await.status();
        let slow: Vec<_> = (0..2)
            .map(|_| {
                let shop = shop.clone();
                tokio::spawn(async move { shop.get_response(request("/slow")).await.status() })
            })
            .collect();
        while guard.open.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(status("/").await, StatusCode::SERVICE_UNAVAILABLE);
        for path in ["/checkout", "/webhooks/stripe", "/readyz"] {
            assert_eq!(status(path).await, StatusCode::OK, "{path}");
        }
        ends.notify_waiters();
        for request in slow {
            assert_eq!(request.await.unwrap(), StatusCode::OK);
        }
        assert_eq!(status("/").await, StatusCode::OK, "the places are free again");
    }
}
