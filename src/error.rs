//! The program's error: what went wrong, in the few kinds that a client can act on.
//!
//! Functions in `domain` return their own small enums and `db` returns `sqlx::Error`; from `shop` up it is this one.
//! What a shopper types wrong is the page's state, not an error. The mapping to HTTP is here and nowhere else;
//! `routes` turns it into a problem document or a page with a way back.

use std::error::Error as StdError;

use poem::http::StatusCode;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One wrong field: its name in the form or document, and the reason as a text key or sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: String,
    pub reason: String,
}

/// All wrong fields of one input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    pub fn add(&mut self, field: &str, reason: impl Into<String>) {
        self.0.push(FieldError { field: field.to_owned(), reason: reason.into() });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first reason given for `field`.
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|e| e.field == field).map(|e| e.reason.as_str())
    }

    /// `Ok` when no field is wrong.
    pub fn into_result(self) -> Result<()> {
        if self.is_empty() { Ok(()) } else { Err(Error::Invalid(self)) }
    }
}

/// The error and its causes in one line, without those that the one above them tells already.
pub fn with_causes(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

/// See the module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Names what is missing: "product", "order".
    #[error("{0} not found")]
    NotFound(&'static str),
    #[error("the input is invalid")]
    Invalid(FieldErrors),
    /// The request is sound, but not in the present state; the text says why.
    #[error("{0}")]
    Conflict(String),
    #[error("please log in")]
    Unauthenticated,
    #[error("{0}")]
    Forbidden(&'static str),
    /// Somebody is logged in, but gave the password too long ago for what is asked.
    #[error("this needs a login of the last 15 minutes: log in again and use the new token")]
    LoginTooOld,
    #[error("too many requests")]
    TooManyRequests { retry_after_s: u64 },
    /// A part of the store does not answer in time; trying again later may help.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// A fault of ours. Never shown; logged once at the boundary.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    /// An internal error from any cause.
    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        Error::Internal(cause.into())
    }

    /// One wrong field.
    pub fn field(field: &str, reason: impl Into<String>) -> Error {
        let mut errors = FieldErrors::default();
        errors.add(field, reason);
        Error::Invalid(errors)
    }

    /// Whether the same transaction may succeed when tried again, see `db::is_retryable`.
    pub fn is_retryable(&self) -> bool {
        match self {
            Error::Internal(source) => {
                source.downcast_ref::<sqlx::Error>().is_some_and(crate::db::is_retryable)
            }
            _ => false,
        }
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Error::NotFound(_) => StatusCode::NOT_FOUND,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Forbidden(_) | Error::LoginTooOld => StatusCode::FORBIDDEN,
            Error::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A query's "no row" is `Option`; this gives the absence a name.
pub trait OrNotFound<T> {
    fn or_not_found(self, what: &'static str) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, what: &'static str) -> Result<T> {
        self.ok_or(Error::NotFound(what))
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Error {
        if is_unavailable(&error) {
            Error::Unavailable(Box::new(error))
        } else if is_no_text(&error) {
            Error::NotFound("what was asked for")
        } else {
            Error::Internal(Box::new(error))
        }
    }
}

/// PostgreSQL keeps no NUL byte in a text and refuses to compare with one. Nothing in the store has such a name, so it
/// is not found, as on SQLite.
fn is_no_text(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if e.code().as_deref() == Some("22021"))
}

/// No connection in time, a cut connection, a busy embedded database, a server that shuts down or became read-only.
fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::Tls(_) => {
            true
        }
        sqlx::Error::Database(e) => matches!(
            e.code().as_deref(),
            // PostgreSQL: shutdown, read-only, time-outs, too many connections. SQLite: busy, locked, full.
            Some(
                "57P01"
                    | "57P02"
                    | "57P03"
                    | "25006"
                    | "57014"
                    | "55P03"
                    | "53300"
                    | "5"
                    | "6"
                    | "13"
                    | "261"
                    | "517"
            )
        ),
        _ => false,
    }
}

impl poem::error::ResponseError for Error {
    fn status(&self) -> StatusCode {
        Error::status(self)
    }

    /// The bare answer; `routes` replaces it by a page or a problem document made from the error itself.
    fn as_response(&self) -> poem::Response {
        poem::Response::builder().status(Error::status(self)).body(self.to_string())
    }
}
