//! Markdown of merchants as HTML that can't harm: rendered, then cleaned by an allow-list.

use std::collections::HashSet;
use std::sync::LazyLock;

use pulldown_cmark::{Options, Parser, html};

/// The HTML of `markdown`. Headings start below the page's own `<h1>`; raw HTML keeps only harmless elements.
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_SMART_PUNCTUATION;
    let events = Parser::new_ext(markdown, options).map(lower_heading);
    let mut unsafe_html = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut unsafe_html, events);
    CLEANER.clean(&unsafe_html).to_string()
}

/// Its lists are made once: making them takes as long as cleaning a short text.
static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .rm_tags(["img"])
        .link_rel(Some("noopener"))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]));
    cleaner
});

/// `#` becomes `<h2>`: a page has one `<h1>`, its title.
fn lower_heading(event: pulldown_cmark::Event<'_>) -> pulldown_cmark::Event<'_> {
    use pulldown_cmark::{Event, HeadingLevel, Tag, TagEnd};
    let lower = |level: HeadingLevel| match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H3,
        _ => HeadingLevel::H4,
    };
    match event {
        Event::Start(Tag::Heading { level, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: lower(level), id, classes, attrs })
        }
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(lower(level))),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_tables_and_links() {
        let html = to_html("# Care\n\nWind it *daily*, see [how](/pages/care).\n\n|a|b|\n|-|-|\n|1|2|\n");
        assert!(html.contains("<h2>Care</h2>") && html.contains("<em>daily</em>"), "{html}");
        assert!(html.contains("href=\"/pages/care\"") && html.contains("<td>1</td>"), "{html}");
    }

    #[test]
    fn scripts_and_tracking_pictures_are_dropped() {
        let html =
            to_html("Hi <img src=//evil> [x](javascript:alert(1)) <b onclick=x>y</b>\n\n<script>x</script>");
        assert!(
            !html.contains("script:")
                && !html.contains("<script")
                && !html.contains("img")
                && !html.contains("onclick"),
            "{html}"
        );
        assert!(html.contains("<b>y</b>"), "{html}");
    }
}
