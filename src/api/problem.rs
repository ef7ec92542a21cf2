//! Errors of the API: problem documents (RFC 9457), those of parsing, authentication, 404 and 405 included.
//!
//! poem-openapi answers its own errors in plain text and its 405 without `Allow`; [`Problems`] mends both in one place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object};

use super::shape::Shapes;
use crate::error::{Error, FieldErrors};
use crate::texts::Texts;

/// What went wrong with a request.
#[derive(Debug, Clone, Object)]
#[oai(example)]
pub struct ProblemDocument {
    /// Names the kind of problem; `about:blank` when the status says all.
    #[oai(rename = "type")]
    kind: String,
    /// The status in words.
    title: String,
    /// The HTTP status again.
    status: u16,
    /// What happened this time.
    detail: String,
    /// What is wrong with which field.
    errors: Option<Vec<FieldProblem>>,
}

/// A wrong field.
#[derive(Debug, Clone, PartialEq, Eq, Object)]
pub struct FieldProblem {
    /// The field's name in the request.
    field: String,
    /// Why it is wrong.
    reason: String,
}

impl poem_openapi::types::Example for ProblemDocument {
    fn example() -> ProblemDocument {
        ProblemDocument::new(StatusCode::NOT_FOUND, "product not found")
    }
}

impl ProblemDocument {
    fn new(status: StatusCode, detail: impl Into<String>) -> ProblemDocument {
        ProblemDocument {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: None,
        }
    }

    fn with_fields(mut self, errors: FieldErrors) -> ProblemDocument {
        // Reasons are sentences or keys of texts; programs are answered in English whatever the shop speaks.
        let texts = Texts::of("en");
        let fields = errors.0.into_iter();
        let told = fields.map(|e| FieldProblem { reason: texts.get(&e.reason).to_owned(), field: e.field });
        self.errors = Some(told.collect());
        self
    }
}

/// The failed answers of every operation.
#[derive(Debug, ApiResponse)]
pub enum Problem {
    /// The request could not be understood.
    #[oai(status = 400, content_type = "application/problem+json")]
    BadRequest(Json<ProblemDocument>),
    /// The bearer token is missing, unknown or expired.
    #[oai(status = 401, content_type = "application/problem+json")]
    Unauthorized(Json<ProblemDocument>, #[oai(header = "WWW-Authenticate")] String),
    /// The request is not allowed, or needs a login of the last 15 minutes; `errors` says so then.
    #[oai(status = 403, content_type = "application/problem+json")]
    Forbidden(Json<ProblemDocument>),
    /// There is no such thing.
    #[oai(status = 404, content_type = "application/problem+json")]
    NotFound(Json<ProblemDocument>),
    /// The path does not know the method; `Allow` lists those that it knows.
    #[oai(status = 405, content_type = "application/problem+json")]
    MethodNotAllowed(Json<ProblemDocument>, #[oai(header = "Allow")] String),
    /// The request is sound, but not in the present state.
    #[oai(status = 409, content_type = "application/problem+json")]
    Conflict(Json<ProblemDocument>),
    /// The body is too large.
    #[oai(status = 413, content_type = "application/problem+json")]
    TooLarge(Json<ProblemDocument>),
    /// The address is longer than 8192 bytes.
    #[oai(status = 414, content_type = "application/problem+json")]
    AddressTooLong(Json<ProblemDocument>),
    /// The body is not JSON.
    #[oai(status = 415, content_type = "application/problem+json")]
    UnsupportedMediaType(Json<ProblemDocument>),
    /// Fields are wrong; `errors` lists them.
    #[oai(status = 422, content_type = "application/problem+json")]
    Invalid(Json<ProblemDocument>),
    /// Too many requests; try again after `Retry-After` seconds.
    #[oai(status = 429, content_type = "application/problem+json")]
    TooManyRequests(Json<ProblemDocument>, #[oai(header = "Retry-After")] u64),
    /// The request has too many or too long header lines.
    #[oai(status = 431, content_type = "application/problem+json")]
    HeadersTooLarge(Json<ProblemDocument>),
    /// A fault of the store.
    #[oai(status = 500, content_type = "application/problem+json")]
    Internal(Json<ProblemDocument>),
    /// A part of the store does not answer; try again after `Retry-After` seconds.
    #[oai(status = 503, content_type = "application/problem+json")]
    Unavailable(Json<ProblemDocument>, #[oai(header = "Retry-After")] u64),
}

/// A client may try again this many seconds after a 503.
pub const RETRY_AFTER_S: u64 = 2;

impl From<Error> for Problem {
    fn from(error: Error) -> Problem {
        let document = Json(ProblemDocument::new(error.status(), error.to_string()));
        match error {
            Error::NotFound(_) => Problem::NotFound(document),
            Error::Invalid(fields) => Problem::Invalid(Json(document.0.with_fields(fields))),
            Error::Conflict(_) => Problem::Conflict(document),
            Error::Unauthenticated => Problem::Unauthorized(document, "Bearer".to_owned()),
            Error::Forbidden(_) => Problem::Forbidden(document),
            Error::LoginTooOld => {
                let mut errors = FieldErrors::default();
                errors.add("Authorization", "the login is older than 15 minutes");
                Problem::Forbidden(Json(document.0.with_fields(errors)))
            }
            Error::TooManyRequests { retry_after_s } => Problem::TooManyRequests(document, retry_after_s),
            Error::Unavailable(cause) => {
                tracing::warn!(%cause, "temporarily unavailable");
                Problem::Unavailable(document, RETRY_AFTER_S)
            }
            Error::Internal(cause) => {
                tracing::error!(%cause, "internal error");
                Problem::Internal(document)
            }
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Problem {
        Error::from(error).into()
    }
}

/// Turns every failed answer below it that is not a problem document yet into one, and answers bodies of a wrong shape
/// itself.
pub struct Problems {
    methods: Arc<Methods>,
    shapes: Arc<Shapes>,
}

impl Problems {
    /// Learns from the OpenAPI document which methods a path knows, and which bodies they take.
    pub fn new(document: &str) -> Problems {
        Problems { methods: Arc::new(Methods::of(document)), shapes: Arc::new(Shapes::of(document)) }
    }
}

impl<E: Endpoint> Middleware<E> for Problems {
    type Output = ProblemsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        ProblemsEndpoint { inner, methods: self.methods.clone(), shapes: self.shapes.clone() }
    }
}

/// See [`Problems`].
pub struct ProblemsEndpoint<E> {
    inner: E,
    methods: Arc<Methods>,
    shapes: Arc<Shapes>,
}

impl<E: Endpoint> Endpoint for ProblemsEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        let errors = self.wrong_fields(&mut request, &path).await?;
        if !errors.is_empty() {
            return Ok(Problem::from(Error::Invalid(errors)).into_response());
        }
        let response = match self.inner.call(request).await {
            Ok(answer) => answer.into_response(),
            Err(error) => from_poem(error),
        };
        let is_failure = response.status().is_client_error() || response.status().is_server_error();
        if is_failure && !is_problem(&response) { Ok(self.mend(response, &path).await) } else { Ok(response) }
    }
}

impl<E> ProblemsEndpoint<E> {
    /// What is wrong with the shape of a JSON body, which stays in the request.
    async fn wrong_fields(&self, request: &mut Request, path: &str) -> poem::Result<FieldErrors> {
        if !request.content_type().is_some_and(|t| t.starts_with("application/json")) {
            return Ok(FieldErrors::default());
        }
        let body = request.take_body().into_bytes().await?;
        let has_token = request.headers().contains_key(header::AUTHORIZATION);
        let errors = self.shapes.check(request.method(), path, has_token, &body);
        request.set_body(body);
        Ok(errors)
    }

    /// Puts a plain answer's text into a problem document and gives a 405 its `Allow`.
    async fn mend(&self, response: Response, path: &str) -> Response {
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER).cloned();
        let text = response.into_body().into_string().await.unwrap_or_default();
        let reason = status.canonical_reason().unwrap_or("Error");
        let mut mended = respond(status, if text.is_empty() { reason } else { &text });
        if status == StatusCode::METHOD_NOT_ALLOWED
            && let Ok(allow) = HeaderValue::from_str(&self.methods.allowed(path))
        {
            mended.headers_mut().insert(header::ALLOW, allow);
        }
        if let Some(retry_after) = retry_after {
            mended.headers_mut().insert(header::RETRY_AFTER, retry_after);
        }
        mended
    }
}

/// Answers what is refused before it reaches the API (by a guard, or as an unknown path below `/api`) with a problem
/// document too. Pages are passed over.
pub struct Refusals;

impl<E: Endpoint<Output = Response>> Middleware<E> for Refusals {
    type Output = RefusalsEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        RefusalsEndpoint { inner }
    }
}

/// See [`Refusals`].
pub struct RefusalsEndpoint<E> {
    inner: E,
}

impl<E: Endpoint<Output = Response>> Endpoint for RefusalsEndpoint<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let path = request.uri().path().to_owned();
        if path != "/api" && !path.starts_with("/api/") {
            return self.inner.call(request).await;
        }
        self.inner.call(request).await.or_else(|error| Ok(refused(error, &path)))
    }
}

fn refused(error: poem::Error, path: &str) -> Response {
    match error.downcast::<Error>() {
        Ok(own) => Problem::from(own).into_response(),
        Err(other) => {
            let mut answer = respond(other.status(), &other.to_string());
            // Beside the API itself there is only its page, which is read.
            if answer.status() == StatusCode::METHOD_NOT_ALLOWED && path == "/api/docs" {
                answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            answer
        }
    }
}

fn is_problem(response: &Response) -> bool {
    response.content_type().is_some_and(|t| t.starts_with("application/problem+json"))
}

/// Our own errors keep what they know; poem's carry their response.
pub(super) fn from_poem(error: poem::Error) -> Response {
    match error.downcast::<Error>() {
        Ok(own) => Problem::from(own).into_response(),
        Err(other) => other.into_response(),
    }
}

/// A problem document; a field that the detail names in backticks is listed.
pub(super) fn respond(status: StatusCode, detail: &str) -> Response {
    let mut document = ProblemDocument::new(status, detail);
    if let Some(field) = field_of(detail) {
        document.errors = Some(vec![FieldProblem { field, reason: detail.to_owned() }]);
    }
    let body = poem_openapi::types::ToJSON::to_json_string(&document);
    let mut response = Response::builder()
        .status(status)
        .content_type("application/problem+json")
        .header(header::CACHE_CONTROL, "no-store")
        .body(body);
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// poem-openapi names the parameter or field in backticks.
fn field_of(detail: &str) -> Option<String> {
    let (_, rest) = detail.split_once('`')?;
    let (field, _) = rest.split_once('`')?;
    let is_name =
        !field.is_empty() && field.chars().all(|c| c.is_ascii_alphanumeric() || "_-.[]".contains(c));
    is_name.then(|| field.to_owned())
}

/// Which methods each path of the document knows.
struct Methods(BTreeMap<String, BTreeSet<String>>);

impl Methods {
    fn of(document: &str) -> Methods {
        let document: serde_json::Value = serde_json::from_str(document).unwrap_or_default();
        let paths = document["paths"].as_object().cloned().unwrap_or_default();
        Methods(
            paths
                .into_iter()
                .map(|(path, item)| {
                    let methods = item.as_object().into_iter().flat_map(|o| o.keys());
                    (path, methods.map(|m| m.to_uppercase()).collect())
                })
                .collect(),
        )
    }

    /// The `Allow` value for a request's path, relative to the API's root.
    fn allowed(&self, path: &str) -> String {
        let known = self.0.iter().find(|(template, _)| matches_template(template, path));
        let mut methods = known.map(|(_, m)| m.clone()).unwrap_or_default();
        if path.ends_with("/openapi.json") {
            methods.insert("GET".to_owned());
        }
        if methods.contains("GET") {
            methods.insert("HEAD".to_owned());
        }
        methods.into_iter().collect::<Vec<_>>().join(", ")
    }
}

/// `/products/{slug}` matches `/api/v1/products/x` and `/products/x`.
pub(super) fn matches_template(template: &str, path: &str) -> bool {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let (mut expected, mut got) = (template.split('/'), path.split('/'));
    loop {
        match (expected.next(), got.next()) {
            (None, None) => return true,
            (Some(e), Some(g)) if e == g || (e.starts_with('{') && !g.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_matches_its_paths() {
        assert!(matches_template("/products/{slug}", "/api/v1/products/meridian"));
        assert!(!matches_template("/products/{slug}", "/api/v1/products"));
        assert!(!matches_template("/products/{slug}", "/api/v1/products/a/b"));
    }

    #[test]
    fn the_field_is_found_in_poems_words() {
        assert_eq!(field_of("failed to parse parameter `limit`: invalid"), Some("limit".to_owned()));
        assert_eq!(field_of("no field is named"), None);
    }
}
