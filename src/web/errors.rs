//! Error pages: what happened in a sentence, a search box, three ways back.

use std::sync::Arc;

use askama::Template;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Endpoint, Middleware, Request, Response};

use super::layout::{Layout, Link};
use super::methods::Allow;
use super::page;
use crate::app::App;
use crate::error::{Error, Result};

/// Answers every error below it with a page. The API has its own answers and is passed over.
pub struct ErrorPages {
    app: Arc<App>,
}

impl ErrorPages {
    pub fn new(app: Arc<App>) -> ErrorPages {
        ErrorPages { app }
    }
}

impl<E: Endpoint<Output = Response>> Middleware<E> for ErrorPages {
    type Output = ErrorPagesEndpoint<E>;

    fn transform(&self, inner: E) -> ErrorPagesEndpoint<E> {
        ErrorPagesEndpoint { app: self.app.clone(), inner }
    }
}

/// See [`ErrorPages`].
pub struct ErrorPagesEndpoint<E> {
    app: Arc<App>,
    inner: E,
}

impl<E: Endpoint<Output = Response>> Endpoint for ErrorPagesEndpoint<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        let path = req.uri().path();
        if path == "/api" || path.starts_with("/api/") {
            return self.inner.call(req).await;
        }
        let error = match self.inner.call(req).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        let mut response = match error.downcast_ref::<Error>() {
            Some(error) => show_error(&self.app, error).await?,
            None => show_status(&self.app, error.status(), None).await?,
        };
        if let Some(Ok(allow)) = error.data::<Allow>().map(|allow| HeaderValue::from_str(&allow.0)) {
            response.headers_mut().insert(header::ALLOW, allow);
        }
        Ok(response)
    }
}

/// A page in place of the one that was asked for.
#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    l: Layout,
    status: u16,
    /// One sentence.
    what: String,
    /// What to do about it.
    advice: String,
    ways: Vec<Link>,
}

/// Seconds after which a shopper should try again when the store itself can't say.
pub const RETRY_AFTER_S: u64 = 30;

/// The page for `error`.
pub async fn show_error(app: &App, error: &Error) -> Result<Response> {
    match error {
        Error::Internal(cause) => tracing::error!(%cause, "internal error"),
        Error::Unavailable(cause) => tracing::warn!(%cause, "temporarily unavailable"),
        _ => {}
    }
    let retry_after_s = match error {
        Error::TooManyRequests { retry_after_s } => Some(*retry_after_s),
        Error::Unavailable(_) => Some(RETRY_AFTER_S),
        _ => None,
    };
    show_status(app, error.status(), retry_after_s).await
}

/// The page for a bare status, such as a path that does not exist. It appears without the menu when the database does
/// not answer, and when the store is too busy, which asking for the menu would not mend.
pub async fn show_status(app: &App, status: StatusCode, retry_after_s: Option<u64>) -> Result<Response> {
    let layout = match status {
        StatusCode::SERVICE_UNAVAILABLE => Layout::bare(app),
        _ => frame(app).await.unwrap_or_else(|_| Layout::bare(app)),
    };
    let mut response = page::render(status, &ErrorPage::new(layout, status, retry_after_s))?;
    if let Some(seconds) = retry_after_s {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// The page for whom there is no room.
pub fn busy(app: &App) -> Result<String> {
    let page = ErrorPage::new(Layout::bare(app), StatusCode::SERVICE_UNAVAILABLE, Some(RETRY_AFTER_S));
    page.render().map_err(Error::internal)
}

async fn frame(app: &App) -> Result<Layout> {
    let mut conn = app.db.read().await?;
    Layout::load(app, &mut conn).await
}

impl ErrorPage {
    fn new(l: Layout, status: StatusCode, retry_after_s: Option<u64>) -> ErrorPage {
        let key = key(l.texts, status);
        let seconds = retry_after_s.unwrap_or(RETRY_AFTER_S).to_string();
        let text = |part: &str| l.texts.fill(&format!("error.{key}.{part}"), &[("seconds", &seconds)]);
        ErrorPage {
            status: status.as_u16(),
            what: text("what"),
            advice: text("advice"),
            ways: ways(&l),
            l: l.clone().titled(text("title")),
        }
    }
}

/// The texts for `status`: its own, or those of its class.
fn key(texts: &super::texts::Texts, status: StatusCode) -> String {
    let own = status.as_str().to_owned();
    match texts.find(&format!("error.{own}.title")) {
        Some(_) => own,
        None if status.is_server_error() => "500".to_owned(),
        None => "400".to_owned(),
    }
}

/// Home, the first category, and a person to ask.
fn ways(l: &Layout) -> Vec<Link> {
    let home = Link { name: l.t("error.to_home").to_owned(), path: "/".to_owned() };
    let category = l.navigation.first().map(|item| Link { name: item.name.clone(), path: item.path.clone() });
    let search = Link { name: l.t("error.to_all").to_owned(), path: "/search".to_owned() };
    let ask = Link { name: l.t("error.to_contact").to_owned(), path: "/pages/contact".to_owned() };
    vec![home, category.unwrap_or(search), ask]
}
