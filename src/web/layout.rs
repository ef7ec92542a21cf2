//! The frame around every page: what `templates/layout.html` needs.

use std::sync::Arc;

use super::texts::Texts;
use super::{assets, format, theme};
use crate::app::App;
use crate::db::Conn;
use crate::domain::catalogue::{Category, CategoryRef, CategoryTree, PageLink};
use crate::domain::settings::ShopSettings;
use crate::domain::zone::Zone;
use crate::error::Result;

/// A link in the navigation, a breadcrumb or the footer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub name: String,
    pub path: String,
}

/// A category in the navigation with those below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NavItem {
    pub name: String,
    pub path: String,
    pub children: Vec<Link>,
}

/// See the module. A page makes one with [`Layout::load`], then names itself with the methods below.
#[derive(Debug, Clone)]
pub struct Layout {
    pub shop: Arc<ShopSettings>,
    pub texts: &'static Texts,
    /// Where the shop's clocks stand.
    pub zone: Zone,
    pub navigation: Vec<NavItem>,
    pub help_pages: Vec<Link>,
    pub legal_pages: Vec<Link>,
    /// The page's own name, without the shop's.
    pub title: String,
    pub description: String,
    /// The absolute address under which search engines should know the page.
    pub canonical: Option<String>,
    /// Absolute.
    pub og_picture: Option<String>,
    /// Personal, found or wrong pages stay out of search engines.
    pub no_index: bool,
    /// What the search field holds.
    pub search: String,
    /// Text of the one `<script type="application/ld+json">`, safe to print as it is.
    pub json_ld: Option<String>,
    pub year: String,
    origin: String,
}

impl Layout {
    /// Reads what the frame shows.
    pub async fn load(app: &App, conn: &mut Conn) -> Result<Layout> {
        let frame = app.frame(conn).await?;
        Ok(Layout {
            navigation: navigation(&frame.tree),
            help_pages: footer_links(&frame.pages, "help"),
            legal_pages: footer_links(&frame.pages, "legal"),
            ..Layout::bare(app)
        })
    }

    /// A frame without navigation: for pages that must appear even when the database does not answer.
    pub fn bare(app: &App) -> Layout {
        let shop = app.settings();
        let zone = shop.zone();
        Layout {
            texts: Texts::of(&shop.language),
            navigation: Vec::new(),
            help_pages: Vec::new(),
            legal_pages: Vec::new(),
            title: String::new(),
            description: shop.tagline.clone(),
            canonical: None,
            og_picture: None,
            no_index: true,
            search: String::new(),
            json_ld: None,
            year: format::iso_date(app.clock.now_ms(), &zone).chars().take(4).collect(),
            zone,
            origin: app.config.server.public_url.clone(),
            shop,
        }
    }

    /// Names the page.
    pub fn titled(mut self, title: impl Into<String>) -> Layout {
        self.title = title.into();
        self
    }

    /// Names the page by a text.
    pub fn titled_by(self, key: &str) -> Layout {
        let title = self.t(key).to_owned();
        self.titled(title)
    }

    pub fn described(mut self, description: impl Into<String>) -> Layout {
        self.description = description.into();
        self
    }

    /// Offers the page to search engines under `path` (with its canonical query, if any).
    pub fn indexed(mut self, path: &str) -> Layout {
        self.canonical = Some(self.absolute(path));
        self.no_index = false;
        self
    }

    /// Tells which address the page is a variation of, without offering the page itself to search engines.
    pub fn canonical(mut self, path: &str) -> Layout {
        self.canonical = Some(self.absolute(path));
        self
    }

    /// The picture that a shared link shows.
    pub fn pictured(mut self, media_hash: &str) -> Layout {
        self.og_picture = Some(self.absolute(&super::picture::card_url(media_hash)));
        self
    }

    /// Adds structured data for search engines.
    pub fn structured(mut self, data: &serde_json::Value) -> Layout {
        // `<` could end the script element; JSON may write it as an escape anywhere it can occur.
        self.json_ld = Some(data.to_string().replace('<', "\\u003c"));
        self
    }

    /// `path` with the shop's origin before it.
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The document's title: the page's name and the shop's.
    pub fn document_title(&self) -> String {
        match (self.title.is_empty(), self.shop.tagline.is_empty()) {
            (false, _) => format!("{} · {}", self.title, self.shop.name),
            (true, false) => format!("{} · {}", self.shop.name, self.shop.tagline),
            (true, true) => self.shop.name.clone(),
        }
    }

    /// The text under `key`.
    pub fn t<'a>(&'a self, key: &'a str) -> &'a str {
        self.texts.get(key)
    }

    /// The text under `key` with its one placeholder `name` filled.
    pub fn fill(&self, key: &str, name: &str, value: impl std::fmt::Display) -> String {
        self.texts.fill(key, &[(name, &value.to_string())])
    }

    /// The counted text under `key`.
    pub fn count(&self, key: &str, count: &i64) -> String {
        self.texts.count(key, *count)
    }

    /// An amount in the shop's currency.
    pub fn money(&self, minor: &i64) -> String {
        format::money(*minor, &self.shop.currency, &self.shop.language)
    }

    /// An amount as it stands in a field that takes one.
    pub fn typed_amount(&self, minor: i64) -> String {
        format::typed_amount(minor, &self.shop.currency, &self.shop.language)
    }

    /// "€", beside fields that take an amount.
    pub fn currency_symbol(&self) -> String {
        format::symbol(&self.shop.currency)
    }

    pub fn date(&self, at: &i64) -> String {
        format::date(*at, &self.zone, self.texts)
    }

    pub fn date_time(&self, at: &i64) -> String {
        format::date_time(*at, &self.zone, self.texts)
    }

    /// The address of one of the program's own files, such as `app.js`.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::url(name)
    }

    /// The telephone number as `tel:` wants it: digits and a plus.
    pub fn phone_link(&self) -> String {
        self.shop.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
    }

    /// The tokens of the shop's theme.
    pub fn theme_css(&self) -> &'static str {
        theme::tokens_url(&self.shop.theme)
    }

    /// The styles of the shop's pages.
    pub fn pages_css(&self) -> &'static str {
        theme::pages_url(&self.shop.theme)
    }

    /// An icon of the sprite, hidden from screen readers: the text beside it speaks. Printed with `|safe`.
    pub fn icon(&self, name: &str) -> String {
        format!(
            "<svg class=\"icon\" width=\"24\" height=\"24\" aria-hidden=\"true\"><use href=\"{}#{name}\"/></svg>",
            assets::url("icons.svg")
        )
    }
}

impl Link {
    /// A category's listing.
    pub fn category(category: &CategoryRef) -> Link {
        Link { name: category.name.clone(), path: format!("/c/{}", category.slug) }
    }
}

/// A shop whose tree has one root shows what is below it: a menu of one entry is none.
fn navigation(tree: &CategoryTree) -> Vec<NavItem> {
    let roots: Vec<&Category> = tree.roots().collect();
    let entries: Vec<&Category> = match roots.as_slice() {
        [only] => tree.children(&only.category_id).collect(),
        _ => roots,
    };
    let item = |category: &Category| {
        let link = Link::category(&category.reference());
        let children = tree.children(&category.category_id).map(|c| Link::category(&c.reference())).collect();
        NavItem { name: link.name, path: link.path, children }
    };
    entries.into_iter().map(item).collect()
}

fn footer_links(pages: &[PageLink], column: &str) -> Vec<Link> {
    let links = pages.iter().filter(|page| page.footer == column);
    links.map(|page| Link { name: page.title.clone(), path: format!("/pages/{}", page.slug) }).collect()
}
