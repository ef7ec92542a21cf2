//! `GET /`: one strong picture and sentence, the doors into the shop, what is new, what sells, why buy here.

use std::sync::Arc;

use askama::Template;
use poem::web::Data;
use poem::{Request, Response, handler};

use super::card::{Card, Place, cards};
use super::layout::Layout;
use super::page::{CachePolicy, Page, Reading, render_public};
use super::picture::Picture;
use crate::app::App;
use crate::config::EdgeConfig;
use crate::db::{cards as card_rows, categories, media};
use crate::domain::catalogue::Door;
use crate::error::Result;

/// Cards in each of the two lists: two rows on phones and one on desks, twice.
const LIST_CARDS: i64 = 8;

/// How wide the hero is shown: on desks its height decides, and its sides are cropped.
const HERO_SIZES: &str = "(width >= 60rem) 55rem, 92vw";

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    l: Layout,
    hero: Option<Picture>,
    doors: Vec<DoorView>,
    new: Vec<Card>,
    popular: Vec<Card>,
}

impl Page for HomePage {
    fn cache(edge: &EdgeConfig) -> CachePolicy {
        CachePolicy::Public { ttl_s: edge.page_ttl_s }
    }
}

struct DoorView {
    path: String,
    name: String,
    help: String,
    count: String,
    picture: Option<Picture>,
}

#[handler]
pub async fn show_home(req: &Request, app: Data<&Arc<App>>) -> Result<Response> {
    let mut reading = Reading::begin(&app).await?;
    let conn = &mut reading.conn;
    let l = Layout::load(&app, conn).await?.indexed("/");
    let l = l.described(app.settings().tagline.clone());
    let now_ms = app.clock.now_ms();
    let hero = find_hero(&l, conn).await?;
    let doors = categories::list_doors(conn).await?.iter().map(|d| DoorView::new(&l, d)).collect();
    let new = cards(&l, &card_rows::list_new(conn, LIST_CARDS).await?, now_ms, Place::Row);
    let popular = if hero.is_none() && new.is_empty() { Place::FirstRow } else { Place::Row };
    let popular = cards(&l, &card_rows::list_popular(conn, LIST_CARDS).await?, now_ms, popular);
    let l = match l.shop.hero.media_hash.clone() {
        hash if hash.is_empty() => l,
        hash => l.pictured(&hash),
    };
    let l = with_organization(l);
    render_public(&app, req, &mut reading, &HomePage { l, hero, doors, new, popular })
}

async fn find_hero(l: &Layout, conn: &mut crate::db::Conn) -> Result<Option<Picture>> {
    let hero = &l.shop.hero;
    let Some(media) = media::find_media_by_hash(conn, &hero.media_hash).await? else { return Ok(None) };
    let picture = Picture::new(&media.hash, &hero.alt, media.width, media.height);
    Ok(Some(picture.sizes(HERO_SIZES).first()))
}

/// Tells search engines whose shop this is, and how it is searched.
fn with_organization(l: Layout) -> Layout {
    let data = serde_json::json!({
        "@context": "https://schema.org",
        "@graph": [
            { "@type": "Organization", "name": l.shop.name, "url": l.absolute("/"), "email": l.shop.email,
              "telephone": l.shop.phone },
            { "@type": "WebSite", "name": l.shop.name, "url": l.absolute("/"), "potentialAction": {
                "@type": "SearchAction", "target": l.absolute("/search?q={q}"), "query-input": "required name=q" } },
        ],
    });
    l.structured(&data)
}

impl DoorView {
    fn new(l: &Layout, door: &Door) -> DoorView {
        let picture = door.picture.as_ref().map(|p| {
            let picture = Picture::new(&p.hash, "", p.width, p.height).decorative();
            picture.sizes("(width >= 84rem) 19rem, (width >= 60rem) 22vw, 44vw").up_to(640)
        });
        DoorView {
            path: format!("/c/{}", door.category.slug),
            name: door.category.name.clone(),
            help: door.category.help.clone(),
            count: l.count("frame.items", &door.products),
            picture,
        }
    }
}
