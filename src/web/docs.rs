//! `GET /api/docs`: the OpenAPI document as a page to read, and with JavaScript to try.

mod example;
mod reference;

use std::sync::Arc;

use askama::Template;
use poem::{Endpoint, FromRequest, Request, Response, web::Data};

use super::layout::Layout;
use super::page::{CachePolicy, Page, Reading, render_public};
use crate::app::App;
use crate::config::EdgeConfig;
use crate::error::Result;

use reference::Reference;

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    l: Layout,
    r: Arc<Reference>,
}

impl Page for DocsPage {
    fn cache(edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::Public { ttl_s: edge.page_ttl_s }
    }
}

/// The endpoint of the page. It reads the document once, when it is made.
pub struct Docs {
    reference: Arc<Reference>,
}

impl Docs {
    /// `document` is the OpenAPI document as JSON.
    pub fn new(document: &str) -> Docs {
        let document = serde_json::from_str(document).unwrap_or_default();
        Docs { reference: Arc::new(Reference::read(&document)) }
    }

    async fn show(&self, req: &Request) -> Result<Response> {
        let app =
            Data::<&Arc<App>>::from_request_without_body(req).await.map_err(crate::error::Error::internal)?;
        let mut reading = Reading::begin(&app).await?;
        let l = Layout::bare(&app)
            .titled("API")
            .described(
                "Every operation of the shop's API: what it takes, what it answers, and a form to try it.",
            )
            .indexed("/api/docs");
        render_public(&app, req, &mut reading, &DocsPage { l, r: self.reference.clone() })
    }
}

impl Endpoint for Docs {
    type Output = Response;

    async fn call(&self, req: Request) -> poem::Result<Response> {
        Ok(self.show(&req).await?)
    }
}
