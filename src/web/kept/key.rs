//! The key of a public page: its path and the part of its query that the page reads, in one order.

use std::borrow::Cow;

use poem::http::Uri;

/// Public pages by what of the query they read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The query means nothing here.
    Plain,
    /// A product: the chosen variant.
    Product,
    /// A category or search results: filters, order, page.
    Listing,
    /// Suggestions: what was typed.
    Suggest,
    /// The sitemap: its part.
    Sitemap,
}

/// More option axes than this has no product.
const AXES_MAX: usize = 32;

impl Kind {
    /// What a path is; `None` for everything that is personal or no page.
    pub fn of(path: &str) -> Option<Kind> {
        match path {
            "/sitemap.xml" => Some(Kind::Sitemap),
            "/" | "/robots.txt" | "/feeds/google.xml" | "/.well-known/security.txt" | "/api/docs" => {
                Some(Kind::Plain)
            }
            "/search" => Some(Kind::Listing),
            "/search/suggest" => Some(Kind::Suggest),
            _ => {
                let (folder, name) = path.strip_prefix('/')?.split_once('/')?;
                let kind = match folder {
                    "p" => Kind::Product,
                    "c" => Kind::Listing,
                    "pages" => Kind::Plain,
                    _ => return None,
                };
                (!name.is_empty() && !name.contains('/')).then_some(kind)
            }
        }
    }

    /// The path of such a page as the routes have it.
    pub fn route(path: &str) -> &str {
        match path.strip_prefix('/').and_then(|rest| rest.split_once('/')) {
            Some(("p", _)) => "/p/:slug",
            Some(("c", _)) => "/c/:slug",
            Some(("pages", _)) => "/pages/:slug",
            _ => path,
        }
    }

    /// The key of `uri`: its path, and the parameters that its page reads, ordered by name. Parameters of one name keep
    /// their order, since it may decide which of them counts.
    pub fn key<'a>(self, uri: &'a Uri, facet_keys: &[String]) -> Cow<'a, str> {
        let Some(query) = uri.query() else { return Cow::Borrowed(uri.path()) };
        let mut pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(name, value)| self.reads(name, facet_keys) && !value.trim().is_empty())
            .collect();
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        if pairs.is_empty() {
            return Cow::Borrowed(uri.path());
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Cow::Owned(format!("{}?{query}", uri.path()))
    }

    fn reads(self, name: &str, facet_keys: &[String]) -> bool {
        match self {
            Kind::Plain => false,
            Kind::Product => {
                name == "sku"
                    || name.strip_prefix('o').is_some_and(|n| n.parse::<usize>().is_ok_and(|n| n < AXES_MAX))
            }
            Kind::Listing => {
                matches!(name, "q" | "brand" | "min" | "max" | "stock" | "sort" | "page")
                    || facet_keys.iter().any(|key| key == name)
            }
            Kind::Suggest => name == "q",
            Kind::Sitemap => name == "page",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(target: &'static str) -> Option<String> {
        let uri = Uri::from_static(target);
        Some(Kind::of(uri.path())?.key(&uri, &["lume".to_owned()]).into_owned())
    }

    #[test]
    fn a_page_has_one_key() {
        for (target, want) in [
            ("/", "/"),
            ("/?utm_source=mail&gclid=1", "/"),
            ("/pages/help?x=1", "/pages/help"),
            ("/p/a?sku=A-1&utm_source=x", "/p/a?sku=A-1"),
            ("/p/a?o1=Long&o0=Brown+leather&o99=x&order=1", "/p/a?o0=Brown+leather&o1=Long"),
            (
                "/c/field?page=2&lume=true&brand=b&brand=a&x=1&min=",
                "/c/field?brand=b&brand=a&lume=true&page=2",
            ),
            ("/search?sort=newest&q=a%26b", "/search?q=a%26b&sort=newest"),
            ("/search/suggest?q=me&page=3", "/search/suggest?q=me"),
            ("/sitemap.xml?x=1&page=2", "/sitemap.xml?page=2"),
        ] {
            assert_eq!(key(target).as_deref(), Some(want), "{target}");
        }
    }

    #[test]
    fn what_counts_last_keeps_its_place() {
        assert_ne!(key("/c/a?sort=newest&sort=price"), key("/c/a?sort=price&sort=newest"));
    }

    #[test]
    fn nothing_personal_has_a_key() {
        for path in [
            "/cart",
            "/checkout",
            "/orders/abc",
            "/account",
            "/account/login",
            "/me/summary",
            "/admin",
            "/api/v1/cart",
            "/p",
            "/p/",
            "/p/a/b",
            "/p/a/",
            "/c/a/x.css",
            "/pages/",
            "/healthz",
            "/assets/a.css",
            "/search/",
            "//p/a",
        ] {
            assert_eq!(key(path), None, "{path}");
        }
    }
}
