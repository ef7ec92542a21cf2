//! Writes XML: elements and escaped text are all that feeds need.

/// A document in the making.
pub struct Xml(String);

impl Xml {
    pub fn new() -> Xml {
        Xml("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned())
    }

    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        self.0.push('>');
    }

    pub fn close(&mut self, name: &str) {
        self.0.push_str(&format!("</{name}>"));
        // A line per item, so that a person can read the file.
        if matches!(name, "url" | "sitemap" | "item") {
            self.0.push('\n');
        }
    }

    /// An element that holds text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<{name}>{}</{name}>", escape(text)));
    }

    pub fn finish(self) -> String {
        self.0
    }
}

impl Default for Xml {
    fn default() -> Xml {
        Xml::new()
    }
}

/// Escaped for text and attributes; characters that XML 1.0 cannot hold are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let mut xml = Xml::new();
        xml.open("a", &[("b", "\"<")]);
        xml.text("c", "x </c> & \u{0}\u{b}y ]]>");
        xml.close("a");
        assert!(xml.finish().ends_with("<a b=\"&quot;&lt;\"><c>x &lt;/c&gt; &amp; y ]]&gt;</c></a>"));
    }
}
