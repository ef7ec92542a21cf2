//! Which of the shop's addresses a static copy holds, and as which files.

/// Error pages of the copy, under names that static hosts look for. The shop itself knows no such address.
pub const NOT_FOUND: &str = "/404.html";
pub const UNAVAILABLE: &str = "/503.html";

/// What machines read.
pub const FEEDS: [&str; 4] =
    ["/sitemap.xml", "/robots.txt", "/feeds/google.xml", "/.well-known/security.txt"];

/// The page that a link leads to within the copy, in the one writing under which the copy knows it; none for what only
/// the shop can answer. A static host reads no query: of a category's only further pages are in the copy, of a
/// product's none, since the page's script shows every variant.
pub fn page_of(link: &str) -> Option<String> {
    let link = link.split('#').next().unwrap_or_default();
    let (path, query) = link.split_once('?').map_or((link, None), |(path, query)| (path, Some(query)));
    if path == "/" || FEEDS.contains(&path) {
        return Some(path.to_owned());
    }
    let (folder, slug) = path.strip_prefix('/')?.split_once('/')?;
    if slug.is_empty() || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return None;
    }
    match (folder, query) {
        ("p" | "pages", _) | ("c", None) => Some(path.to_owned()),
        ("c", Some(query)) => {
            let number: u32 = query.strip_prefix("page=")?.parse().ok()?;
            Some(if number <= 1 { path.to_owned() } else { format!("{path}?page={number}") })
        }
        _ => None,
    }
}

/// The address of a page within the copy: a further page of a category gets a path of its own.
pub fn static_path(page: &str) -> String {
    match page.split_once("?page=") {
        Some((path, number)) => format!("{path}/page/{number}"),
        None => page.to_owned(),
    }
}

/// The page's file in a folder: one that any server of files finds at the page's address.
pub fn file_of(page: &str) -> String {
    let path = static_path(page);
    let key = path.trim_start_matches('/');
    let is_file = key.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match key {
        "" => "index.html".to_owned(),
        key if is_file => key.to_owned(),
        key => format!("{key}/index.html"),
    }
}

/// The page's name in a bucket: its very address.
pub fn key_of(page: &str) -> String {
    if page == "/" { file_of(page) } else { static_path(page).trim_start_matches('/').to_owned() }
}

/// Whether only the shop can answer what a link leads to, so that it needs the shop's origin before it.
pub fn is_for_the_shop(link: &str) -> bool {
    let is_own = link.starts_with('/') && !link.starts_with("//");
    let is_file = ["/assets/", "/media/"].iter().any(|folder| link.starts_with(folder));
    is_own && !is_file && page_of(link).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_into_the_copy_or_to_the_shop() {
        for (link, page) in [
            ("/", Some("/")),
            ("/#main", Some("/")),
            ("/p/meridian-38?sku=MER38-BRN#picture-1", Some("/p/meridian-38")),
            ("/pages/delivery", Some("/pages/delivery")),
            ("/c/field", Some("/c/field")),
            ("/c/field?page=3", Some("/c/field?page=3")),
            ("/c/field?page=1", Some("/c/field")),
            ("/c/field?brand=a&#38;page=2", None),
            ("/c/field?page=-2", None),
            ("/c/field?movement=Quartz", None),
            ("/robots.txt", Some("/robots.txt")),
            ("/search?sort=newest", None),
            ("/cart", None),
            ("/p/../../etc", None),
            ("/p/a/b", None),
            ("/p/", None),
            ("//elsewhere.example/p/a", None),
            ("https://elsewhere.example/", None),
            ("#main", None),
        ] {
            assert_eq!(page_of(link).as_deref(), page, "{link}");
        }
        for link in ["/search?sort=newest", "/cart", "/account", "/c/field?movement=Quartz", "/api/docs"] {
            assert!(is_for_the_shop(link), "{link}");
        }
        for link in ["/", "/c/field?page=2", "//elsewhere.example", "#main", "mailto:a@b", "/media/a/b.webp"]
        {
            assert!(!is_for_the_shop(link), "{link}");
        }
    }

    #[test]
    fn a_page_has_a_file() {
        for (page, file) in [
            ("/", "index.html"),
            ("/p/a", "p/a/index.html"),
            ("/c/a?page=2", "c/a/page/2/index.html"),
            ("/feeds/google.xml", "feeds/google.xml"),
            ("/.well-known/security.txt", ".well-known/security.txt"),
            (NOT_FOUND, "404.html"),
        ] {
            assert_eq!(file_of(page), file);
            let key = if page == "/" { file } else { file.trim_end_matches("/index.html") };
            assert_eq!(key_of(page), key);
        }
    }
}
