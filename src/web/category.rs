//! `GET /c/{slug}`: a category's products, filtered, sorted and paged by the address.

use std::sync::Arc;

use askama::Template;
use poem::web::{Data, Path};
use poem::{Request, Response, handler};

use super::filters::Filters;
use super::layout::{Layout, Link};
use super::listing::{ListingView, PageLink};
use super::page::{CachePolicy, Page, Reading, found_at, moved, render_public};
use crate::app::App;
use crate::config::EdgeConfig;
use crate::db::redirects::{self, Renamed};
use crate::db::{categories, listing};
use crate::domain::catalogue::{Category, CategoryTree};
use crate::domain::listing::Sort;
use crate::error::{OrNotFound, Result};
use crate::format::url_encode;

#[derive(Template)]
#[template(path = "category.html")]
struct CategoryPage {
    l: Layout,
    name: String,
    help: String,
    breadcrumb: Vec<Link>,
    /// The categories below this one.
    below: Vec<Link>,
    listing: ListingView,
}

impl Page for CategoryPage {
    fn cache(edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::Public { ttl_s: edge.page_ttl_s }
    }
}

#[handler]
pub async fn show_category(
    req: &Request,
    Path(slug): Path<String>,
    app: Data<&Arc<App>>,
) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let conn = &mut reading.conn;
    let Some(category) = categories::find_category_by_slug(conn, &slug).await? else {
        let present = redirects::find_redirect(conn, Renamed::Category, &slug).await?;
        return Ok(moved(&format!("/c/{}", present.or_not_found("category")?)));
    };
    let l = Layout::load(&app, conn).await?;
    let frame = app.frame(conn).await?;
    let facets = listing::list_facet_keys(conn).await?;
    let is_facet = |key: &str| facets.iter().any(|f| f == key);
    let path = format!("/c/{slug}");
    let query_string = req.uri().query().unwrap_or("");
    let mut filters = Filters::parse(&path, query_string, &l.shop.currency, Sort::Popular, is_facet);
    filters.q.clear();
    filters.query.category_id = Some(category.category_id.clone());
    let found = listing::list_products(conn, &filters.query).await?;
    if found.page > found.pages {
        return Ok(found_at(&filters.page_address(found.pages)));
    }
    let listing = ListingView::new(&l, &filters, &found, app.clock.now_ms());
    let l = framed(l, &category, &filters, found.cards.first().and_then(|c| c.picture.as_ref()));
    let page = CategoryPage {
        name: category.name.clone(),
        help: category.help.clone(),
        breadcrumb: breadcrumb(&frame.tree, &category),
        below: frame.tree.children(&category.category_id).map(|c| Link::category(&c.reference())).collect(),
        listing,
        l,
    };
    render_public(&app, req, &mut reading, &page)
}

/// `GET /c/{slug}/page/{number}`: how a static copy, which can't answer queries, names a list's further pages. A link
/// of the copy that is followed when the shop answers again leads on.
#[handler]
pub async fn show_numbered(Path((slug, number)): Path<(String, String)>) -> Result<Response> {
    let number: u32 = number.parse().ok().filter(|n| *n > 0).or_not_found("page")?;
    let slug = url_encode(&slug);
    Ok(moved(&if number == 1 { format!("/c/{slug}") } else { format!("/c/{slug}?page={number}") }))
}

/// Filtered views stay out of search engines: they would be the same products a thousand times.
fn framed(
    l: Layout,
    category: &Category,
    filters: &Filters,
    picture: Option<&crate::domain::catalogue::Picture>,
) -> Layout {
    let title = match filters.query.page {
        1 => category.name.clone(),
        page => format!("{} · {}", category.name, l.fill("frame.page", "page", page)),
    };
    let l = l.titled(title).described(category.help.clone());
    let l = match picture {
        Some(picture) => l.pictured(&picture.hash),
        None => l,
    };
    let plain = !filters.query.is_filtered() && filters.query.sort == filters.natural;
    if plain { l.indexed(&filters.address()) } else { l.canonical(&filters.path) }
}

fn breadcrumb(tree: &CategoryTree, category: &Category) -> Vec<Link> {
    tree.path(&category.category_id).into_iter().map(|c| Link::category(&c.reference())).collect()
}
