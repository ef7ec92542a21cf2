//! `GET /search?q=`: results like a category's; mistakes are forgiven, and said.

use std::sync::Arc;

use askama::Template;
use poem::web::Data;
use poem::{Request, Response, handler};

use super::filters::Filters;
use super::layout::Layout;
use super::listing::{ListingView, PageLink};
use super::page::{CachePolicy, Page, Reading, found_at, render_public};
use crate::app::App;
use crate::config::EdgeConfig;
use crate::db::listing;
use crate::domain::listing::Sort;
use crate::error::Result;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    l: Layout,
    /// What was searched for; empty: everything is shown.
    q: String,
    /// What was searched for in its place, when the words as typed gave nothing.
    corrected: Option<String>,
    listing: ListingView,
}

impl Page for SearchPage {
    fn cache(edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::Public { ttl_s: edge.search_ttl_s }
    }
}

#[handler]
pub async fn show_search(req: &Request, app: Data<&Arc<App>>) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let conn = &mut reading.conn;
    let mut l = Layout::load(&app, conn).await?;
    let facets = listing::list_facet_keys(conn).await?;
    let is_facet = |key: &str| facets.iter().any(|f| f == key);
    let query_string = req.uri().query().unwrap_or("");
    let natural = if has_words(query_string) { Sort::Relevance } else { Sort::Popular };
    let mut filters = Filters::parse("/search", query_string, &l.shop.currency, natural, is_facet);
    let mut corrected = None;
    if !filters.q.is_empty() {
        let understood = app.search.find(&filters.q);
        corrected = understood.corrected;
        filters.query.ids = Some(understood.product_ids);
    }
    let found = listing::list_products(conn, &filters.query).await?;
    if found.page > found.pages {
        return Ok(found_at(&filters.page_address(found.pages)));
    }
    let listing = ListingView::new(&l, &filters, &found, app.clock.now_ms());
    l.search = filters.q.clone();
    let l = match filters.q.as_str() {
        "" if filters.address() == "/search" => l.titled_by("search.all").indexed("/search"),
        "" => l.titled_by("search.all").canonical("/search"),
        q => {
            let title = l.fill("search.title", "q", q);
            l.titled(title)
        }
    };
    render_public(&app, req, &mut reading, &SearchPage { q: filters.q, corrected, listing, l })
}

fn has_words(query_string: &str) -> bool {
    url::form_urlencoded::parse(query_string.as_bytes())
        .any(|(name, value)| name == "q" && !value.trim().is_empty())
}
