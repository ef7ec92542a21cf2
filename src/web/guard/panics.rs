//! A handler that panics costs its own request and nothing else, and its visitor gets a page like after any fault.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use poem::{Endpoint, Middleware, Request, Result};

use crate::error::Error;

/// The guard.
pub struct Panics;

impl<E: Endpoint> Middleware<E> for Panics {
    type Output = PanicsEndpoint<E>;

    fn transform(&self, inner: E) -> PanicsEndpoint<E> {
        PanicsEndpoint { inner }
    }
}

pub struct PanicsEndpoint<E> {
    inner: E,
}

impl<E: Endpoint> Endpoint for PanicsEndpoint<E> {
    type Output = E::Output;

    async fn call(&self, request: Request) -> Result<E::Output> {
        match AssertUnwindSafe(self.inner.call(request)).catch_unwind().await {
            Ok(answer) => answer,
            Err(_) => Err(Error::internal("a handler panicked").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use poem::http::StatusCode;
    use poem::{EndpointExt, handler};

    use super::*;

    #[handler]
    fn fail() {
        panic!("as planned");
    }

    #[tokio::test]
    async fn a_panic_is_an_error() {
        let error = fail.with(Panics).call(Request::default()).await.expect_err("it panicked");
        assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(matches!(error.downcast_ref::<Error>(), Some(Error::Internal(_))));
    }
}
