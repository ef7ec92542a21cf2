//! Renders pages by the very handlers that serve them.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::http::{StatusCode, Uri, header};
use poem::{Endpoint, EndpointExt, Request, Response};

use super::address;
use super::html;
use crate::app::{App, BUILD};
use crate::domain::tag::Tag;
use crate::error::{Error, Result};
use crate::routes;
use crate::web::errors;
use crate::web::page::Recorded;

/// An old name leads to the present one in one step; a few more are allowed for.
const REDIRECTS_MAX: usize = 4;

/// The handlers, without what stands before a request from outside.
pub struct Renderer {
    app: Arc<App>,
    paths: BoxEndpoint<'static, Response>,
}

/// A page as the copy holds it.
pub struct Rendered {
    pub body: Bytes,
    pub content_type: String,
    pub tags: BTreeSet<String>,
    /// Pages and pictures that it refers to.
    pub references: BTreeSet<String>,
}

impl Renderer {
    pub fn new(app: &Arc<App>) -> Renderer {
        Renderer { app: app.clone(), paths: routes::paths(app, None).boxed() }
    }

    /// The page at `page`; none if the shop has none there. An old name gives the page that has it no more, since a
    /// static host can't lead on.
    pub async fn render(&self, page: &str) -> Result<Option<Rendered>> {
        let mut target = page.to_owned();
        for _ in 0..REDIRECTS_MAX {
            let response = self.answer(&target).await?;
            let status = response.status();
            if status.is_redirection() {
                let next = response.header(header::LOCATION).and_then(address::page_of);
                match next {
                    Some(next) => target = next,
                    None => return Ok(None),
                }
                continue;
            }
            return match (status, address_status(page)) {
                (StatusCode::NOT_FOUND, StatusCode::OK) => Ok(None),
                (got, wanted) if got == wanted => self.finish(response).await.map(Some),
                (got, _) => Err(Error::Unavailable(format!("the page {target} answers {got}").into())),
            };
        }
        Err(Error::internal(format!("the page {page} leads in a circle")))
    }

    async fn answer(&self, page: &str) -> Result<Response> {
        match address_status(page) {
            StatusCode::OK => {
                let uri: Uri = page.parse().map_err(Error::internal)?;
                Ok(self.paths.get_response(Request::builder().uri(uri).finish()).await)
            }
            status => errors::show_status(&self.app, status, None).await,
        }
    }

    async fn finish(&self, response: Response) -> Result<Rendered> {
        let content_type = response.content_type().unwrap_or_default().to_owned();
        // An error page reads nothing but what stands around every page.
        let own = [Tag::site(), Tag::build(BUILD)];
        let recorded = response.data::<Recorded>().map_or(own.to_vec(), |recorded| recorded.0.to_vec());
        let body = response.into_body().into_bytes().await.map_err(Error::internal)?;
        let tags = recorded.iter().map(|tag| tag.as_str().to_owned()).collect();
        let text = std::str::from_utf8(&body).map_err(Error::internal)?;
        if !content_type.starts_with("text/html") {
            return Ok(Rendered { references: html::pictures(text), body, content_type, tags });
        }
        let copy = html::for_copy(text, &self.app.config.server.public_url);
        Ok(Rendered { references: html::references(text), body: copy.into(), content_type, tags })
    }
}

/// The status of the answer that the copy wants at an address.
fn address_status(page: &str) -> StatusCode {
    match page {
        address::NOT_FOUND => StatusCode::NOT_FOUND,
        address::UNAVAILABLE => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}
