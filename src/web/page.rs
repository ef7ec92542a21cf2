//! Turns a page into a response. How long it may be kept is a property of the page's type.

use std::collections::BTreeSet;

use askama::Template;
use poem::http::{StatusCode, header};
use poem::{Request, Response};

use super::etag;
use crate::app::App;
use crate::config::EdgeConfig;
use crate::db::{Conn, changes};
use crate::domain::tag::Tag;
use crate::error::{Error, Result};

/// CloudFront reads this many tags of a page at most; a page with more could miss an invalidation, so it is not kept.
pub const TAGS_MAX: usize = 50;

const HTML_TYPE: &str = "text/html; charset=utf-8";

/// Who may keep a page, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// The same bytes for everybody: the edge may keep it for `ttl_s` seconds, browsers ask each time (by `ETag`).
    Public { ttl_s: u32 },
    /// Personal, or never the same twice.
    NoStore,
}

/// A whole HTML page.
pub trait Page: Template {
    /// Personal unless a page says otherwise: forgetting it costs speed, never privacy.
    fn cache(_edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::NoStore
    }
}

/// The connection that a public page reads through, and the newest change that its reads certainly reflect.
pub struct Reading {
    pub conn: Conn,
    generation: i64,
}

impl Reading {
    /// Asks for the newest change before anything is read: what is read later is at least as new.
    pub async fn begin(app: &App) -> Result<Reading> {
        let mut conn = app.db.read().await?;
        let generation = changes::find_newest_change(&mut conn).await?;
        Ok(Reading { conn, generation })
    }
}

/// Renders a personal page, or any page whose status is not 200.
pub fn render(status: StatusCode, page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(Error::internal)?;
    Ok(html_response(status).header(header::CACHE_CONTROL, "no-store").body(html))
}

/// Renders a public page as its type's policy says, or answers 304 to a browser that has these very bytes.
pub fn render_public<P: Page>(app: &App, req: &Request, reading: &mut Reading, page: &P) -> Result<Response> {
    let CachePolicy::Public { ttl_s } = P::cache(&app.config.edge) else {
        return render(StatusCode::OK, page);
    };
    let html = page.render().map_err(Error::internal)?;
    Ok(respond_public(ttl_s, req, reading, HTML_TYPE, html))
}

/// Answers a public path with `body`, the same for everybody: kept by the edge for `ttl_s` seconds at most, unless it
/// depends on more than the edge can follow. 304 to a browser that has these very bytes.
pub fn respond_public(
    ttl_s: u32,
    req: &Request,
    reading: &mut Reading,
    content_type: &'static str,
    body: String,
) -> Response {
    let tags = tag_list(reading.conn.take_tags());
    let response = Response::builder().header(header::CONTENT_TYPE, content_type);
    if tags.len() > TAGS_MAX {
        return response.header(header::CACHE_CONTROL, "no-store").body(body);
    }
    let tag = etag::of(body.as_bytes());
    let held = etag::held(req.headers(), &tag);
    let response = response
        .header(header::CACHE_CONTROL, format!("public, max-age=0, s-maxage={ttl_s}"))
        .header(header::ETAG, tag)
        .header("cache-tag", tags.join(","))
        .header("x-mercer-gen", reading.generation.to_string());
    match held {
        Some(held) => etag::not_modified(response.finish(), &held),
        None => response.body(body),
    }
}

/// The answer at an address whose page moved: 301, not kept by caches, since the old name may be given again.
pub fn moved(path: &str) -> Response {
    Response::builder()
        .status(StatusCode::MOVED_PERMANENTLY)
        .header(header::LOCATION, path)
        .header(header::CACHE_CONTROL, "no-store")
        .finish()
}

/// The answer at a list's page behind the last: products went away, or somebody typed a number.
pub fn found_at(path: &str) -> Response {
    let mut response = super::see_other(path);
    response.set_status(StatusCode::FOUND);
    response
}

/// Names the build in every page's tags, so that a new one can drop the old one's pages.
pub fn build_tag() -> String {
    format!("b{}", env!("CARGO_PKG_VERSION"))
}

fn html_response(status: StatusCode) -> poem::ResponseBuilder {
    Response::builder().status(status).header(header::CONTENT_TYPE, HTML_TYPE)
}

/// What was read, and what every page depends on.
fn tag_list(mut tags: BTreeSet<Tag>) -> Vec<String> {
    tags.insert(Tag::site());
    tags.insert(Tag::stored(build_tag()));
    tags.iter().map(Tag::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_depends_on_the_site_and_the_build() {
        let tags = tag_list(BTreeSet::from([Tag::product("1")]));
        assert_eq!(tags, [build_tag(), "p1".to_owned(), "s".to_owned()]);
    }
}
