//! Markdown of merchants as HTML that can't harm: rendered, then cleaned by an allow-list.

use std::collections::HashSet;
use std::sync::LazyLock;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

use super::texts::Texts;

/// The HTML of `markdown`. Headings start below the page's own `<h1>`; raw HTML keeps only harmless elements. A table
/// stands in a region that scrolls sideways where it is too wide, also by keyboard; `texts` has the region's name.
pub fn to_html(markdown: &str, texts: &Texts) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_SMART_PUNCTUATION;
    let mut regions = Regions { texts, heading: String::new(), in_heading: false };
    let events = Parser::new_ext(markdown, options).map(lower_heading);
    let events = events.flat_map(|event| regions.around(event));
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
        // The region around a table, and nothing else that these could do.
        .add_allowed_classes("div", ["table"])
        .add_tag_attribute_values("div", "role", ["region"])
        .add_tag_attribute_values("div", "tabindex", ["0"])
        .add_tag_attributes("div", ["aria-label"])
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]));
    cleaner
});

/// Puts a region around each table, named by the heading above it.
struct Regions<'t> {
    texts: &'t Texts,
    heading: String,
    in_heading: bool,
}

impl Regions<'_> {
    /// `event` with what stands before and after it.
    fn around<'e>(&mut self, event: Event<'e>) -> impl Iterator<Item = Event<'e>> + use<'e> {
        match &event {
            Event::Start(Tag::Heading { .. }) => {
                self.heading.clear();
                self.in_heading = true;
            }
            Event::End(TagEnd::Heading(_)) => self.in_heading = false,
            Event::Text(text) | Event::Code(text) if self.in_heading => self.heading.push_str(text),
            _ => {}
        }
        let before = matches!(event, Event::Start(Tag::Table(_))).then(|| Event::Html(self.opening().into()));
        let after = matches!(event, Event::End(TagEnd::Table)).then(|| Event::Html("</div>\n".into()));
        before.into_iter().chain([event]).chain(after)
    }

    fn opening(&self) -> String {
        let name = match self.heading.as_str() {
            "" => self.texts.get("page.table").to_owned(),
            heading => self.texts.fill("page.table_about", &[("heading", heading)]),
        };
        let name = ammonia::clean_text(&name);
        format!("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"{name}\">\n")
    }
}

/// `#` becomes `<h2>`: a page has one `<h1>`, its title.
fn lower_heading(event: Event<'_>) -> Event<'_> {
    use pulldown_cmark::HeadingLevel;
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

    fn html_of(markdown: &str) -> String {
        to_html(markdown, Texts::of("en"))
    }

    #[test]
    fn text_tables_and_links() {
        let html = html_of("# Care\n\nWind it *daily*, see [how](/pages/care).\n\n|a|b|\n|-|-|\n|1|2|\n");
        assert!(html.contains("<h2>Care</h2>") && html.contains("<em>daily</em>"), "{html}");
        assert!(html.contains("href=\"/pages/care\"") && html.contains("<td>1</td>"), "{html}");
    }

    #[test]
    fn scripts_and_tracking_pictures_are_dropped() {
        let html =
            html_of("Hi <img src=//evil> [x](javascript:alert(1)) <b onclick=x>y</b>\n\n<script>x</script>");
        assert!(
            !html.contains("script:")
                && !html.contains("<script")
                && !html.contains("img")
                && !html.contains("onclick"),
            "{html}"
        );
        assert!(html.contains("<b>y</b>"), "{html}");
    }

    #[test]
    fn a_table_stands_in_a_region_that_a_keyboard_reaches() {
        let table = "|a|b|\n|-|-|\n|1|2|\n";
        let region = |name: &str| {
            format!("<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"{name}\">\n<table>")
        };
        let html = html_of(table);
        assert!(html.contains(&region("Table")) && html.contains("</table>\n</div>"), "{html}");
        let html = html_of(&format!("## Size \"M\" & `L` <x>\n\nText.\n\n{table}"));
        let name = "Table: Size “M” &amp; L ";
        assert!(html.contains(&region(name)), "{html}");
    }

    #[test]
    fn a_region_of_a_merchant_can_do_no_more_than_ours() {
        let html = html_of("<div role=\"alert\" tabindex=\"5\" class=\"banner\" style=\"x\">a</div>");
        assert!(html.contains("<div>a</div>") || html.contains("<div class=\"\">a</div>"), "{html}");
    }
}
