//! Turns a page into a response. How long it may be kept is a property of the page's type.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use poem::http::{StatusCode, header};
use poem::{Request, Response};

use super::etag;
use crate::app::App;
use crate::app::BUILD;
use crate::config::EdgeConfig;
use crate::db::Conn;
use crate::domain::freshness::Spans;
use crate::domain::tag::Tag;
use crate::edge::freshness::Freshness;
use crate::edge::pages::Basis;
use crate::error::{Error, Result};

/// CloudFront reads this many tags of a page at most; a page with more could miss an invalidation, so it is not kept.
pub const TAGS_MAX: usize = 50;

/// What the edge may keep of new pages while its purges are late: it must find back to the truth by itself.
const BEHIND_TTL_S: u32 = 10;

pub const HTML_TYPE: &str = "text/html; charset=utf-8";

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

/// What a public page depends on, beside its response: all of it, also where no cache may keep the page.
#[derive(Debug, Clone)]
pub struct Recorded(pub Arc<[Tag]>);

/// The connection that a public page reads through, and what its reads certainly reflect.
pub struct Reading {
    pub conn: Conn,
    freshness: Arc<Freshness>,
    /// This process's generation, from before anything was read.
    generation: u64,
    /// The newest change that it knew then.
    newest: i64,
    began_ms: i64,
}

impl Reading {
    /// Notes what is known before anything is read: what is read later is at least as new.
    pub async fn begin(app: &App) -> Result<Reading> {
        let freshness = app.feed.freshness.clone();
        let (generation, newest, began_ms) = (freshness.now(), app.feed.newest(), app.clock.now_ms());
        let mut conn = app.db.read().await?;
        // Every page tells the year.
        conn.record_moment(app.settings().zone().year_ends(began_ms));
        Ok(Reading { conn, freshness, generation, newest, began_ms })
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
/// depends on more than the edge can follow or this process can't vouch for it. 304 to a browser that has these very
/// bytes.
pub fn respond_public(
    ttl_s: u32,
    req: &Request,
    reading: &mut Reading,
    content_type: &'static str,
    body: String,
) -> Response {
    let tags = with_own_tags(reading.conn.take_tags());
    let due_in_ms = reading.conn.next_moment(reading.began_ms).map(|at| at - reading.began_ms);
    let ttl_s = if reading.freshness.is_edge_behind() { ttl_s.min(BEHIND_TTL_S) } else { ttl_s };
    let spans = Spans::of(ttl_s, due_in_ms);
    let basis = Basis { tags: tags.clone(), generation: reading.generation, ttl_s: spans.process_s };
    let recorded = Recorded(tags.clone());
    let response = Response::builder().header(header::CONTENT_TYPE, content_type);
    if let Some(reason) = unkept_because(&tags, reading) {
        metrics::counter!("pages_not_cacheable_total", "reason" => reason).increment(1);
        let mut response = response.header(header::CACHE_CONTROL, "no-store").body(body);
        response.set_data(recorded);
        if reason == MOVED {
            // The page cache may try again: what changed meanwhile is known now.
            response.set_data(basis);
        }
        return response;
    }
    let tag = etag::of(body.as_bytes());
    let held = etag::held(req.headers(), &tag);
    let tag_line = tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(",");
    let mut response = response
        .header(header::CACHE_CONTROL, format!("public, max-age=0, s-maxage={}", spans.edge_s))
        .header(header::ETAG, tag)
        .header("cache-tag", tag_line)
        .header("x-mercer-gen", reading.newest.to_string())
        .body(body);
    response.set_data(recorded);
    response.set_data(basis);
    match held {
        Some(held) => etag::not_modified(response, &held),
        None => response,
    }
}

/// Why no cache may keep a page; `None` if it may be kept.
fn unkept_because(tags: &[Tag], reading: &Reading) -> Option<&'static str> {
    if tags.len() > TAGS_MAX {
        return Some("too_many_tags");
    }
    if !reading.freshness.is_leased() {
        return Some("no_lease");
    }
    // The process's own copies (settings, menu) may have been older than what was read.
    reading.freshness.moved_since(tags, reading.generation).then_some(MOVED)
}

/// Something that the page depends on changed while it was rendered.
const MOVED: &str = "moved";

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

fn html_response(status: StatusCode) -> poem::ResponseBuilder {
    Response::builder().status(status).header(header::CONTENT_TYPE, HTML_TYPE)
}

/// What was read, and what every page depends on.
fn with_own_tags(mut tags: BTreeSet<Tag>) -> Arc<[Tag]> {
    tags.insert(Tag::site());
    tags.insert(Tag::build(BUILD));
    tags.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_depends_on_the_site_and_the_build() {
        let tags = with_own_tags(BTreeSet::from([Tag::product("1")]));
        assert_eq!(*tags, [Tag::build(BUILD), Tag::product("1"), Tag::site()]);
    }
}
