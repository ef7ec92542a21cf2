//! The methods of a path, and the truth about them: a 405 names those that the path knows.

use poem::endpoint::BoxEndpoint;
use poem::http::{Method, StatusCode};
use poem::{Endpoint, EndpointExt as _, IntoEndpoint, Request, Response, Result, RouteMethod};

/// The methods that the path of a 405 knows, as `Allow` lists them; travels with the error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow(pub String);

/// A path's handlers by method, made by [`get`].
pub struct Methods {
    route: RouteMethod,
    known: Vec<Method>,
}

/// What a path answers to GET, and to HEAD without the body.
pub fn get<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    Methods { route: RouteMethod::new().get(endpoint), known: vec![Method::GET, Method::HEAD] }
}

/// What a path answers to POST, where there is nothing to read.
pub fn post<E>(endpoint: E) -> Methods
where
    E: IntoEndpoint,
    E::Endpoint: 'static,
{
    Methods { route: RouteMethod::new(), known: Vec::new() }.post(endpoint)
}

impl Methods {
    /// What it answers to POST.
    #[must_use]
    pub fn post<E>(mut self, endpoint: E) -> Methods
    where
        E: IntoEndpoint,
        E::Endpoint: 'static,
    {
        self.route = self.route.post(endpoint);
        self.known.push(Method::POST);
        self
    }
}

impl IntoEndpoint for Methods {
    type Endpoint = MethodsEndpoint;

    fn into_endpoint(self) -> MethodsEndpoint {
        let known: Vec<&str> = self.known.iter().map(Method::as_str).collect();
        MethodsEndpoint { allow: Allow(known.join(", ")), route: self.route.boxed() }
    }
}

/// See [`Methods`].
pub struct MethodsEndpoint {
    route: BoxEndpoint<'static, Response>,
    allow: Allow,
}

impl Endpoint for MethodsEndpoint {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        self.route.call(request).await.map_err(|mut error| {
            if error.status() == StatusCode::METHOD_NOT_ALLOWED {
                error.set_data(self.allow.clone());
            }
            error
        })
    }
}

#[cfg(test)]
mod tests {
    use poem::test::TestClient;
    use poem::{Route, handler};

    use super::*;

    #[handler]
    fn answer() -> &'static str {
        "here"
    }

    #[tokio::test]
    async fn a_path_knows_its_methods() {
        let client = TestClient::new(
            Route::new()
                .at("/read", get(answer))
                .at("/form", get(answer).post(answer))
                .at("/hook", post(answer)),
        );
        for path in ["/read", "/form"] {
            client.get(path).send().await.assert_status_is_ok();
            client.head(path).send().await.assert_status_is_ok();
        }
        client.post("/form").send().await.assert_status_is_ok();
        client.post("/hook").send().await.assert_status_is_ok();
        let routes = Route::new().at("/form", get(answer).post(answer)).at("/hook", post(answer));
        for (path, allow) in [("/form", "GET, HEAD, POST"), ("/hook", "POST")] {
            let request = Request::builder().method(Method::DELETE).uri_str(path).finish();
            let error = routes.call(request).await.expect_err("no path knows DELETE");
            assert_eq!(error.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(error.data::<Allow>(), Some(&Allow(allow.to_owned())));
        }
    }
}
