//! `GET /pages/{slug}`: what the shop prints about itself: delivery, returns, imprint.

use std::sync::Arc;

use askama::Template;
use poem::web::{Data, Path};
use poem::{Request, Response, handler};

use super::layout::{Layout, Link};
use super::markdown;
use super::page::{CachePolicy, Page, Reading, moved, render_public};
use crate::app::App;
use crate::config::EdgeConfig;
use crate::db::pages;
use crate::db::redirects::{self, Renamed};
use crate::error::{OrNotFound, Result};

#[derive(Template)]
#[template(path = "page.html")]
struct InformationPage {
    l: Layout,
    title: String,
    body: String,
    updated_at: i64,
    /// The other pages of the same footer column.
    neighbours: Vec<Link>,
    path: String,
}

impl Page for InformationPage {
    fn cache(edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::Public { ttl_s: edge.page_ttl_s }
    }
}

#[handler]
pub async fn show_page(req: &Request, Path(slug): Path<String>, app: Data<&Arc<App>>) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let conn = &mut reading.conn;
    let Some(page) = pages::find_page_by_slug(conn, &slug).await? else {
        let present = redirects::find_redirect(conn, Renamed::Page, &slug).await?;
        return Ok(moved(&format!("/pages/{}", present.or_not_found("page")?)));
    };
    let l = Layout::load(&app, conn).await?;
    let path = format!("/pages/{slug}");
    let neighbours = match page.footer.as_str() {
        "help" => l.help_pages.clone(),
        "legal" => l.legal_pages.clone(),
        _ => Vec::new(),
    };
    let page = InformationPage {
        body: markdown::to_html(&page.body, l.texts),
        updated_at: page.updated_at,
        neighbours,
        l: l.titled(page.title.clone()).indexed(&path),
        title: page.title,
        path,
    };
    render_public(&app, req, &mut reading, &page)
}
