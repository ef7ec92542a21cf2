//! Makes styles and scripts smaller where it is safe without parsing them: comments and indentation.

/// CSS without comments, line breaks and the spaces around braces, semicolons and commas. Strings stay as they are.
pub fn minify_css(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' | '\'' => {
                let end = string_end(rest, c);
                out.push_str(&rest[..end]);
                end
            }
            c if c.is_whitespace() => {
                if !out.ends_with([' ', '{', '}', ';', ',']) && !out.is_empty() {
                    out.push(' ');
                }
                c.len_utf8()
            }
            c => {
                if matches!(c, '{' | '}' | ';' | ',') {
                    trim_before(&mut out, c);
                }
                out.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    out.truncate(out.trim_end().len());
    out
}

/// A space before a brace means nothing, nor does the last semicolon of a block.
fn trim_before(out: &mut String, next: char) {
    out.truncate(out.trim_end_matches(' ').len());
    if next == '}' {
        out.truncate(out.trim_end_matches(';').len());
    }
}

/// Where the string that `text` begins with ends, its closing quote included.
fn string_end(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// JavaScript without indentation, empty lines and the comments that have a line to themselves. Lines of a template
/// literal that spans lines are kept as they are.
pub fn minify_js(js: &str) -> String {
    let mut out = String::with_capacity(js.len());
    let (mut in_template, mut in_comment) = (false, false);
    for line in js.lines() {
        let trimmed = line.trim();
        if in_comment {
            in_comment = !trimmed.ends_with("*/");
            continue;
        }
        if !in_template {
            if trimmed.is_empty() || trimmed.starts_with("//") {
                continue;
            }
            if trimmed.starts_with("/*") && (trimmed.ends_with("*/") || !trimmed.contains("*/")) {
                in_comment = !trimmed.ends_with("*/");
                continue;
            }
        }
        out.push_str(if in_template { line } else { trimmed });
        out.push('\n');
        in_template ^= line.matches('`').count() % 2 == 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn css_keeps_its_meaning() {
        let css = "/* tokens */\n.a > .b ,\n.c :hover {\n  color : red;\n  width: calc(1px + 2px);\n  content: \"a ; /* b */  {\";\n}\n\n@media (width > 40em) { a { b: c; } }\n";
        assert_eq!(
            minify_css(css),
            ".a > .b,.c :hover{color : red;width: calc(1px + 2px);content: \"a ; /* b */  {\"}@media (width > 40em){a{b: c}}"
        );
        assert_eq!(minify_css("a{b:'it\\'s  ; }'} /* open"), "a{b:'it\\'s  ; }'}");
        assert_eq!(minify_css(""), "");
    }

    #[test]
    fn js_keeps_strings_and_templates() {
        let js = "// a note\n/**\n * A block.\n */\nconst a = \"http://x\"; // kept\n\n  const t = `one\n    two\n`;\n  f(); /* x */ g();\n/* one */\n";
        assert_eq!(
            minify_js(js),
            "const a = \"http://x\"; // kept\nconst t = `one\n    two\n`;\nf(); /* x */ g();\n"
        );
    }
}
