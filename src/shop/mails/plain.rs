//! Markdown as plain text, for what goes with a mail as a file: it must be readable in whatever opens it, for years.

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Columns of a line; a longer word stands alone.
const WIDTH: usize = 76;

/// The text of `markdown`. Links tell where they lead, those of the shop under its address `origin`; raw HTML is left
/// out.
pub fn of_markdown(markdown: &str, origin: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_SMART_PUNCTUATION;
    let mut writer = Writer { origin, ..Writer::default() };
    for event in Parser::new_ext(markdown, options) {
        writer.take(event);
    }
    writer.flush();
    writer.text.truncate(writer.text.trim_end().len());
    writer.text.push('\n');
    writer.text
}

#[derive(Default)]
struct Writer<'o> {
    origin: &'o str,
    text: String,
    /// The paragraph, heading, item or row under way.
    block: String,
    /// Columns that each list item and quotation around the block sets it in by.
    indents: Vec<usize>,
    /// What stands before the block's first line, within the last indent.
    bullet: String,
    /// The lists around the block: the next number of each, `None` where items have dashes.
    lists: Vec<Option<u64>>,
    quotations: usize,
    /// Where the link under way leads, and where its words begin in the block.
    link: Option<(String, usize)>,
}

impl Writer<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Text(text) | Event::Code(text) => self.block.push_str(&text),
            // A form to fill in stands line by line in its quotation.
            Event::SoftBreak if self.quotations == 0 => self.block.push(' '),
            Event::SoftBreak | Event::HardBreak => self.block.push('\n'),
            Event::Rule => {
                self.gap();
                self.block.push_str("* * *");
                self.flush();
                self.gap();
            }
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            _ => {}
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } | Tag::Table(_) => self.gap(),
            Tag::List(first) => {
                self.flush();
                self.lists.push(first);
            }
            Tag::Item => {
                self.bullet = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                };
                self.indents.push(self.bullet.len());
            }
            Tag::BlockQuote(_) => {
                self.indents.push(4);
                self.quotations += 1;
            }
            Tag::TableCell if !self.block.is_empty() => self.block.push_str(" | "),
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.into_string(), self.block.len())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.end_heading(level),
            TagEnd::Paragraph => {
                self.flush();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::TableHead | TagEnd::TableRow => self.flush(),
            TagEnd::Item => {
                self.flush();
                self.indents.pop();
            }
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    self.gap();
                }
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.indents.pop();
                self.quotations -= 1;
                self.gap();
            }
            TagEnd::Table => self.gap(),
            TagEnd::Link => self.end_link(),
            _ => {}
        }
    }

    fn end_heading(&mut self, level: HeadingLevel) {
        let columns = self.block.chars().count().min(WIDTH);
        self.flush();
        let line = if level <= HeadingLevel::H2 { "=" } else { "-" };
        self.text.push_str(&line.repeat(columns));
        self.text.push_str("\n\n");
    }

    /// Tells where the link leads, unless its words do.
    fn end_link(&mut self) {
        let Some((to, begin)) = self.link.take() else { return };
        let to = match to.as_str() {
            path if path.starts_with('/') => format!("{}{path}", self.origin),
            other => other.trim_start_matches("mailto:").trim_start_matches("tel:").to_owned(),
        };
        if !to.starts_with('#') && self.block.get(begin..) != Some(to.as_str()) {
            self.block.push_str(&format!(" ({to})"));
        }
    }

    /// Writes the block, wrapped.
    fn flush(&mut self) {
        let block = std::mem::take(&mut self.block);
        if block.trim().is_empty() {
            return;
        }
        let indent: usize = self.indents.iter().sum();
        for line in block.lines() {
            self.wrap(line, indent);
        }
    }

    fn wrap(&mut self, line: &str, indent: usize) {
        let mut columns = 0;
        for word in line.split(' ').filter(|word| !word.is_empty()) {
            let more = word.chars().count();
            if columns == 0 || columns + 1 + more > WIDTH {
                if columns > 0 {
                    self.text.push('\n');
                }
                let bullet = std::mem::take(&mut self.bullet);
                self.text.push_str(&" ".repeat(indent.saturating_sub(bullet.len())));
                self.text.push_str(&bullet);
                columns = indent;
            } else {
                self.text.push(' ');
                columns += 1;
            }
            self.text.push_str(word);
            columns += more;
        }
        self.text.push('\n');
    }

    /// One empty line before what follows.
    fn gap(&mut self) {
        self.flush();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_pages_use_is_readable() {
        let markdown = "Hello *you*,\nsee [Terms](/pages/terms), <b>or</b> write to [a@b.example](mailto:a@b.example).\n\n\
            ## 1. What\n\n1. First\n2. Second\n   - nested &amp; `code`\n\n| A | B |\n|-|-|\n| 1&nbsp;€ | two |\n\n\
            > To us:\n> I withdraw\n\n---\n\n### End\nLine  \nbreak [here](#x)\n";
        let text = "Hello you, see Terms (https://shop.example/pages/terms), or write to\na@b.example.\n\n\
            1. What\n=======\n\n1. First\n2. Second\n   - nested & code\n\nA | B\n1\u{a0}€ | two\n\n    To us:\n    \
            I withdraw\n\n* * *\n\nEnd\n---\n\nLine\nbreak here\n";
        assert_eq!(of_markdown(markdown, "https://shop.example"), text);
    }

    #[test]
    fn long_lines_are_wrapped_and_long_words_are_not() {
        let long = "x".repeat(100);
        let text = of_markdown(&format!("- {}\n- {long}", "word ".repeat(40)), "");
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH || line.contains(&long)), "{text}");
        assert!(text.lines().skip(1).any(|line| line.starts_with("  word")), "{text}");
        assert_eq!(of_markdown("", ""), "\n");
    }
}
