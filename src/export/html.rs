//! What a page of the copy links to, and what of its text a static host needs otherwise. The pages are our own, so their
//! attributes stand between double quotes; in scripts those quotes are escaped, so nothing there looks like one.

use std::collections::BTreeSet;

use super::address::{is_for_the_shop, page_of, static_path};
use crate::shop::media::is_hash;
use crate::shop::media::preset::Preset;

/// The page with forms that post to the shop, links to what only the shop can answer that lead there, and further pages
/// under their paths in the copy. `origin` is the shop's.
pub fn for_copy(html: &str, origin: &str) -> String {
    let mut out = String::with_capacity(html.len() + 512);
    let mut done = 0;
    for attribute in attributes(html) {
        let value = &html[attribute.from..attribute.to];
        let changed = match attribute.name {
            // A form that reads, such as a filter, is no less than one that posts for the shop alone to answer.
            "action" | "formaction" if value.starts_with('/') => format!("{origin}{value}"),
            "href" if is_for_the_shop(value) => format!("{origin}{value}"),
            "href" => match page_of(value).filter(|page| page.contains('?')) {
                Some(page) => static_path(&page),
                None => continue,
            },
            _ => continue,
        };
        out.push_str(&html[done..attribute.from]);
        out.push_str(&changed);
        done = attribute.to;
    }
    out.push_str(&html[done..]);
    out
}

/// The pages and pictures that `html`, as the shop serves it, refers to.
pub fn references(html: &str) -> BTreeSet<String> {
    let links = attributes(html).filter(|attribute| attribute.name == "href");
    let mut found: BTreeSet<String> =
        links.filter_map(|attribute| page_of(&html[attribute.from..attribute.to])).collect();
    let pictures = pictures(html);
    found.extend(exchanged(html, &pictures));
    found.extend(pictures);
    found
}

/// The addresses of pictures, wherever they stand: in an attribute, in structured data, in a feed.
pub fn pictures(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("/media/") {
        let rest = &text[at + "/media/".len()..];
        let Some((hash, rest)) = rest.split_once('/').filter(|(hash, _)| is_hash(hash)) else { continue };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
        if Preset::of_file(&rest[..end]).is_some() {
            found.insert(format!("/media/{hash}/{}", &rest[..end]));
        }
    }
    found
}

/// The pictures of variants that the page's script puts in the place of the gallery's first one, at all of its sizes.
fn exchanged(html: &str, pictures: &BTreeSet<String>) -> BTreeSet<String> {
    let after = |text: &'static str| html.split(text).skip(1).filter_map(|rest| rest.get(..32));
    let Some(first) = after("data-picture=\"").find(|hash| is_hash(hash)) else { return BTreeSet::new() };
    let folder = format!("/media/{first}/");
    let files: Vec<&str> = pictures.iter().filter_map(|address| address.strip_prefix(&folder)).collect();
    let others: BTreeSet<&str> = after("\"picture\":\"").filter(|hash| is_hash(hash)).collect();
    let sizes = |hash: &str| files.iter().map(|file| format!("/media/{hash}/{file}")).collect::<Vec<_>>();
    others.into_iter().flat_map(sizes).collect()
}

struct Attribute<'a> {
    name: &'a str,
    /// Where the value begins and ends.
    from: usize,
    to: usize,
}

fn attributes(html: &str) -> impl Iterator<Item = Attribute<'_>> {
    html.match_indices("=\"").filter_map(|(at, _)| {
        let before = &html[..at];
        let begins = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(0, |i| i + 1);
        let from = at + "=\"".len();
        let is_attribute = before[..begins].ends_with(|c: char| c.is_ascii_whitespace());
        let to = from + html[from..].find('"')?;
        is_attribute.then(|| Attribute { name: &before[begins..], from, to })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "0123456789abcdef0123456789abcdef";
    const B: &str = "fedcba9876543210fedcba9876543210";

    #[test]
    fn only_what_a_static_host_cannot_answer_changes() {
        let html = r##"<a href="/cart">c</a><a class="x" href="/p/a?sku=1#b">p</a><a href="/c/f?page=2" rel="next">
<form method="post" action="/cart"><button formaction="/p/a"></button></form><a href="/c/f?lume=true">l</a>
<a href="#main"></a> data-href="/cart" <a href="https://elsewhere.example/cart"></a>"##;
        let copy = for_copy(html, "https://shop.example");
        assert_eq!(
            copy,
            r##"<a href="https://shop.example/cart">c</a><a class="x" href="/p/a?sku=1#b">p</a><a href="/c/f/page/2" rel="next">
<form method="post" action="https://shop.example/cart"><button formaction="https://shop.example/p/a"></button></form><a href="https://shop.example/c/f?lume=true">l</a>
<a href="#main"></a> data-href="/cart" <a href="https://elsewhere.example/cart"></a>"##
        );
    }

    #[test]
    fn scripts_are_left_alone() {
        let html = r#"<script type="application/json">{"price":"<a href=\"/cart\">"}</script>"#;
        assert_eq!(for_copy(html, "https://shop.example"), html);
    }

    #[test]
    fn references_are_pages_and_pictures() {
        let html = format!(
            r#"<meta content="https://shop.example/media/{A}/og.jpg"><a href="/p/a?sku=1">x</a><a href="/cart">y</a>
<img srcset="/media/{A}/w160.webp 160w, /media/{A}/w320.webp 320w" src="/media/{A}/w640.jpg">
<img src="/media/{A}/w1.webp"><img src="/media/nothing/w160.webp">"#
        );
        let expected = [
            format!("/media/{A}/og.jpg"),
            format!("/media/{A}/w160.webp"),
            format!("/media/{A}/w320.webp"),
            format!("/media/{A}/w640.jpg"),
            "/p/a".to_owned(),
        ];
        assert_eq!(references(&html).into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn pictures_that_the_script_exchanges_are_there_too() {
        let html = format!(
            r#"<li data-picture="{A}"><img src="/media/{A}/w640.jpg"></li><script>[{{"picture":"{B}"}}]</script>"#
        );
        assert!(references(&html).contains(&format!("/media/{B}/w640.jpg")));
    }
}
