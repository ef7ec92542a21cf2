//! What machines read: the sitemap, `robots.txt`, the Google Merchant feed and `security.txt`.

pub mod merchant;
pub mod xml;

use std::sync::Arc;

use poem::web::Data;
use poem::{Request, Response, handler};

use super::page::{Reading, respond_public};
use crate::app::App;
use crate::db::{categories, feeds, pages, products};
use crate::domain::zone::Zone;
use crate::error::{Error, OrNotFound, Result};
use crate::format::iso_date;
use xml::Xml;

/// The protocol allows 50,000 addresses a file; some room is left for what grows while it is read.
const SITEMAP_ENTRIES_MAX: usize = 40_000;
/// Products read at once for the merchant feed.
const FEED_PAGE: i64 = 500;
const XML_TYPE: &str = "application/xml; charset=utf-8";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";
/// `security.txt` promises to be right for this long; the standard advises less than a year.
const SECURITY_VALID_MS: i64 = 180 * 24 * 3_600_000;
const DAY_MS: i64 = 24 * 3_600_000;

/// One address of the shop and the day of its last change, if known.
struct Place {
    path: String,
    changed_at: Option<i64>,
}

/// `GET /sitemap.xml`: all public pages; in a large shop an index of parts, which are `?page=1` and so on.
#[handler]
pub async fn show_sitemap(app: Data<&Arc<App>>, req: &Request) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let places = list_places(&mut reading).await?;
    let origin = &app.config.server.public_url;
    let body = match page_of(req)? {
        None if places.len() <= SITEMAP_ENTRIES_MAX => sitemap(origin, &places),
        None => sitemap_index(origin, places.len().div_ceil(SITEMAP_ENTRIES_MAX)),
        Some(page) => {
            let part = places.chunks(SITEMAP_ENTRIES_MAX).nth(page - 1).or_not_found("page")?;
            sitemap(origin, part)
        }
    };
    Ok(respond_public(app.config.edge.page_ttl_s, req, &mut reading, XML_TYPE, body))
}

/// The part asked for, counted from 1. Errors: [`Error::NotFound`] for what is no part.
fn page_of(req: &Request) -> Result<Option<usize>> {
    let query = req.uri().query().unwrap_or_default();
    let page = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "page");
    match page {
        None => Ok(None),
        Some((_, value)) => {
            value.parse().ok().filter(|page| *page > 0).map(Some).ok_or(Error::NotFound("page"))
        }
    }
}

async fn list_places(reading: &mut Reading) -> Result<Vec<Place>> {
    let conn = &mut reading.conn;
    let place = |path: String, changed_at| Place { path, changed_at };
    let mut places = vec![place("/".to_owned(), None)];
    let tree = categories::list_categories(conn).await?;
    places.extend(tree.categories.iter().map(|c| place(format!("/c/{}", c.slug), None)));
    let pages = pages::list_pages(conn).await?;
    places.extend(pages.into_iter().map(|p| place(format!("/pages/{}", p.slug), Some(p.updated_at))));
    let products = products::list_product_slugs(conn).await?;
    places.extend(products.into_iter().map(|(slug, at)| place(format!("/p/{slug}"), Some(at))));
    Ok(places)
}

fn sitemap(origin: &str, places: &[Place]) -> String {
    let mut xml = Xml::new();
    xml.open("urlset", &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    for place in places {
        xml.open("url", &[]);
        xml.text("loc", &format!("{origin}{}", place.path));
        if let Some(at) = place.changed_at {
            xml.text("lastmod", &iso_date(at, &Zone::UTC));
        }
        xml.close("url");
    }
    xml.close("urlset");
    xml.finish()
}

fn sitemap_index(origin: &str, parts: usize) -> String {
    let mut xml = Xml::new();
    xml.open("sitemapindex", &[("xmlns", "http://www.sitemaps.org/schemas/sitemap/0.9")]);
    for part in 1..=parts {
        xml.open("sitemap", &[]);
        xml.text("loc", &format!("{origin}/sitemap.xml?page={part}"));
        xml.close("sitemap");
    }
    xml.close("sitemapindex");
    xml.finish()
}

/// `GET /robots.txt`: what is personal or endless stays out of search engines.
#[handler]
pub async fn show_robots(app: Data<&Arc<App>>, req: &Request) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let mut body = String::from("User-agent: *\n");
    for path in ["/account", "/admin", "/api/", "/cart", "/checkout", "/me/", "/orders/", "/search"] {
        body.push_str(&format!("Disallow: {path}\n"));
    }
    body.push_str(&format!("\nSitemap: {}/sitemap.xml\n", app.config.server.public_url));
    Ok(respond_public(app.config.edge.page_ttl_s, req, &mut reading, TEXT_TYPE, body))
}

/// `GET /feeds/google.xml`: every variant for sale, as Google Merchant Center reads it.
#[handler]
pub async fn show_merchant_feed(app: Data<&Arc<App>>, req: &Request) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let shop = app.settings();
    let mut feed = merchant::Feed::new(&app.config.server.public_url, &shop)
        .ok_or_else(|| Error::internal("the shop's currency is not an ISO 4217 code"))?;
    let mut after = String::new();
    loop {
        let items = feeds::list_feed_items(&mut reading.conn, &after, FEED_PAGE).await?;
        let Some(last) = items.last() else { break };
        after = last.product_id.clone();
        items.chunk_by(|a, b| a.product_id == b.product_id).for_each(|variants| feed.add(variants));
    }
    Ok(respond_public(app.config.edge.page_ttl_s, req, &mut reading, XML_TYPE, feed.finish()))
}

/// `GET /.well-known/security.txt` (RFC 9116): whom to tell about a hole.
#[handler]
pub async fn show_security(app: Data<&Arc<App>>, req: &Request) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let shop = app.settings();
    let body = security(&app.config.server.public_url, &shop.email, &shop.language, app.clock.now_ms());
    Ok(respond_public(app.config.edge.page_ttl_s, req, &mut reading, TEXT_TYPE, body))
}

/// The day, not the moment, moves the date of expiry: so the file stays the same all day.
fn security(origin: &str, email: &str, language: &str, now_ms: i64) -> String {
    let expires = iso_date(now_ms - now_ms.rem_euclid(DAY_MS) + SECURITY_VALID_MS, &Zone::UTC);
    format!(
        "Contact: mailto:{email}\nExpires: {expires}T00:00:00Z\nPreferred-Languages: {language}\n\
         Canonical: {origin}/.well-known/security.txt\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sitemap_escapes_and_dates() {
        let place = Place { path: "/p/a&b".to_owned(), changed_at: Some(1_793_534_400_000) };
        let xml = sitemap("https://shop.example", &[place]);
        assert!(
            xml.contains("<url><loc>https://shop.example/p/a&amp;b</loc><lastmod>2026-11-01</lastmod></url>")
        );
        assert!(sitemap_index("https://shop.example", 2).contains("/sitemap.xml?page=2</loc>"));
    }

    #[test]
    fn security_contacts_expire() {
        let at_noon = security("https://shop.example", "hello@shop.example", "en", 1_793_534_400_000);
        assert!(at_noon.contains("Expires: 2027-04-30T00:00:00Z"), "{at_noon}");
        assert_eq!(
            at_noon,
            security("https://shop.example", "hello@shop.example", "en", 1_793_534_400_000 + 999)
        );
    }
}
