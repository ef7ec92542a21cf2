//! `Idempotency-Key`: one mechanism for every operation that creates something, see `shop::answers`.
//!
//! An order is the exception: it has its key in its own transaction, which also knows the keys of the pages' forms.

use std::sync::Arc;

use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use serde_json::Value;

use super::problem::{Problem, from_poem, matches_template, respond};
use crate::app::App;
use crate::error::Error;
use crate::shop::answers::{self, Asked, Attempt, Begun};

/// The request header.
pub const KEY: &str = "Idempotency-Key";
/// Characters. A key of a few could be guessed, and whoever guesses a cart's key has the cart.
pub const KEY_CHARS: std::ops::RangeInclusive<usize> = 16..=255;
/// On an answer that was given before.
const REPLAYED: &str = "idempotent-replayed";

/// The operations that take a key, by their `operation_id`. Not among them: logging in and confirming, which hand out a
/// login or use a link up and are safe to repeat; cancelling, whose repetition says that it is done.
pub const KEYED: [&str; 6] =
    ["register", "request_reset", "create_cart", "add_cart_line", "create_address", "change_email"];

/// The token for whatever this request opens. Under a key it follows from the key, so that a repetition is told the same
/// token although nobody kept it.
#[derive(Clone)]
pub struct NewToken(pub String);

/// Answers repeated requests with their first answer.
pub struct Answers {
    operations: Arc<Vec<Operation>>,
}

struct Operation {
    name: String,
    method: String,
    template: String,
}

impl Answers {
    /// Learns from the OpenAPI document where the operations of [`KEYED`] are.
    pub fn new(document: &str) -> Answers {
        let document: Value = serde_json::from_str(document).unwrap_or_default();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let name = operation["operationId"].as_str().unwrap_or_default();
                if KEYED.contains(&name) {
                    let (name, template) = (name.to_owned(), path.clone());
                    operations.push(Operation { name, method: method.to_uppercase(), template });
                }
            }
        }
        Answers { operations: Arc::new(operations) }
    }
}

impl<E: Endpoint> Middleware<E> for Answers {
    type Output = AnswersEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        AnswersEndpoint { inner, operations: self.operations.clone() }
    }
}

/// See [`Answers`].
pub struct AnswersEndpoint<E> {
    inner: E,
    operations: Arc<Vec<Operation>>,
}

impl<E: Endpoint> Endpoint for AnswersEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let app = request.data::<Arc<App>>().cloned();
        let app = app.ok_or_else(|| Error::internal("the routes give every endpoint the app"))?;
        let Some(operation) = self.operation(&request).filter(|_| request.headers().contains_key(KEY)) else {
            request.set_data(NewToken(app.random.token()));
            return self.run(request).await;
        };
        let Some(key) = key(request.headers()) else {
            return Ok(respond(StatusCode::BAD_REQUEST, WRONG_KEY));
        };
        match begin(&app, operation, &key, &mut request).await? {
            Begun::Run(attempt) => {
                request.set_data(NewToken(attempt.token.clone()));
                let answer = self.run(request).await?;
                Ok(settle(&app, &attempt, answer).await)
            }
            Begun::Answered { status, body } => Ok(replay(status, body)),
            Begun::Running => Ok(Problem::from(Error::Conflict(RUNNING.to_owned())).into_response()),
            Begun::OtherRequest => Ok(Problem::from(Error::field(KEY, OTHER_REQUEST)).into_response()),
        }
    }
}

const WRONG_KEY: &str =
    "failed to parse parameter `Idempotency-Key`: give it once, with 16 to 255 printable characters";
const RUNNING: &str = "a request with this Idempotency-Key is still running; send it again in a moment";
const OTHER_REQUEST: &str = "stands for a request with another body";

impl<E: Endpoint> AnswersEndpoint<E> {
    fn operation(&self, request: &Request) -> Option<&Operation> {
        let (method, path) = (request.method().as_str(), request.uri().path());
        self.operations.iter().find(|o| o.method == method && matches_template(&o.template, path))
    }

    /// The inner answer, an error's too.
    async fn run(&self, request: Request) -> poem::Result<Response> {
        Ok(match self.inner.call(request).await {
            Ok(answer) => answer.into_response(),
            Err(error) => from_poem(error),
        })
    }
}

/// The key, if it is given once and can be one.
fn key(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(KEY).iter();
    let key = values.next()?.to_str().ok()?;
    let fits = KEY_CHARS.contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    (fits && values.next().is_none()).then(|| key.to_owned())
}

async fn begin(app: &App, operation: &Operation, key: &str, request: &mut Request) -> poem::Result<Begun> {
    let body = request.take_body().into_bytes().await?;
    let who = request.header(header::AUTHORIZATION).unwrap_or_default();
    let path = request.uri().path().as_bytes();
    let asked = Asked { who, operation: &operation.name, key, request: [path, &body] };
    let begun = answers::begin(app, &asked).await?;
    request.set_body(body);
    Ok(begun)
}

/// Keeps an answer that did something or may have; a refusal frees the key. The answer goes out in either case: the work
/// is done, and a key that could not be settled only waits for its lease to end.
async fn settle(app: &App, attempt: &Attempt, answer: Response) -> Response {
    let status = answer.status();
    let (parts, body) = answer.into_parts();
    // The body was made from a value a moment ago: it is text, and in memory.
    let text = body.into_string().await.unwrap_or_default();
    let settled = if status.is_success() || status == StatusCode::INTERNAL_SERVER_ERROR {
        answers::keep_answer(app, attempt, status.as_u16(), &text).await
    } else {
        answers::free_key(app, attempt).await
    };
    if let Err(error) = settled {
        tracing::warn!(%error, "an idempotency key could not be settled");
    }
    Response::from_parts(parts, text.into())
}

/// The first answer again.
fn replay(status: u16, body: String) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = match (body.is_empty(), status.is_success()) {
        (true, _) => None,
        (false, true) => Some("application/json; charset=utf-8"),
        (false, false) => Some("application/problem+json; charset=utf-8"),
    };
    let mut response = Response::builder().status(status).body(body);
    let headers = response.headers_mut();
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    response
}
