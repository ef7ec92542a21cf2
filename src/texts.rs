//! The words that a shopper or merchant reads, by language: `assets/texts/<language>/*.toml`.
//!
//! A file holds `area.name = "text with {placeholder}"`; a counted text has the two forms `….one` and `….other`, which
//! may use `{count}`. Every key stands in every language with the same placeholders; a test sees to it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/texts"]
struct Files;

/// All texts of one language.
#[derive(Debug)]
pub struct Texts {
    /// "en" or "de", as in the document's `lang`.
    pub language: &'static str,
    by_key: BTreeMap<String, String>,
}

/// The languages there are; the first stands in for an unknown one.
pub const LANGUAGES: [&str; 2] = ["en", "de"];

static ALL: LazyLock<[Texts; 2]> = LazyLock::new(|| LANGUAGES.map(Texts::read));

impl Texts {
    /// The texts of `language`, English if there are none.
    pub fn of(language: &str) -> &'static Texts {
        ALL.iter().find(|t| t.language == language).unwrap_or(&ALL[0])
    }

    /// The text under `key`. A missing one shows as its key: visible, but no reason to fail a page.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.by_key.get(key).map_or(key, String::as_str)
    }

    /// The text under `key`, if there is one.
    pub fn find(&self, key: &str) -> Option<&str> {
        self.by_key.get(key).map(String::as_str)
    }

    /// The text with its `{placeholders}` replaced.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.get(key);
        let mut text = String::with_capacity(rest.len() + 16);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            text.push_str(values.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value));
            rest = tail;
        }
        text.push_str(rest);
        text
    }

    /// The form of a counted text for `count`: `<key>.one` or `<key>.other`, with `{count}` replaced.
    pub fn count(&self, key: &str, count: i64) -> String {
        let form = if count == 1 { "one" } else { "other" };
        self.fill(&format!("{key}.{form}"), &[("count", &crate::format::number(count, self.language))])
    }

    fn read(language: &'static str) -> Texts {
        let mut by_key = BTreeMap::new();
        for path in Files::iter().filter(|path| path.starts_with(language)) {
            let file = Files::get(&path).expect("an embedded file that was just listed");
            let text = std::str::from_utf8(&file.data).expect("texts are UTF-8; a test reads them all");
            let table = text.parse::<toml::Table>().expect("texts are TOML; a test reads them all");
            flatten("", table, &mut by_key);
        }
        Texts { language, by_key }
    }
}

/// Nested tables become dotted keys.
fn flatten(prefix: &str, table: toml::Table, into: &mut BTreeMap<String, String>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, into),
            toml::Value::String(text) => {
                into.insert(key, text);
            }
            _ => unreachable!("{key} is no text; the tests read every file"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn placeholders(text: &str) -> BTreeSet<&str> {
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn languages_have_the_same_keys_and_placeholders() {
        let [en, de] = LANGUAGES.map(Texts::of);
        let keys = |t: &'static Texts| t.by_key.keys().collect::<BTreeSet<_>>();
        let lonely: Vec<_> = keys(en).symmetric_difference(&keys(de)).copied().collect();
        assert!(lonely.is_empty(), "in one language only: {lonely:?}");
        for (key, text) in &en.by_key {
            assert_eq!(placeholders(text), placeholders(de.get(key)), "{key}");
        }
    }

    /// Texts of all files of a language together: the same key in two files would hide one of them.
    #[test]
    fn no_key_is_said_twice() {
        for language in LANGUAGES {
            let mut seen = BTreeSet::new();
            for path in Files::iter().filter(|path| path.starts_with(language)) {
                let file = Files::get(&path).unwrap();
                let table = std::str::from_utf8(&file.data).unwrap().parse::<toml::Table>().unwrap();
                let mut keys = BTreeMap::new();
                flatten("", table, &mut keys);
                for key in keys.into_keys() {
                    assert!(seen.insert(key.clone()), "{path}: {key} stands in another file too");
                }
            }
        }
    }

    /// Every key that a template names exists: `.t("…")`, `.fill("…"`, `.count("…"`.
    #[test]
    fn templates_use_known_keys() {
        let mut wrong = Vec::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/templates"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                for (call, suffix) in [(".t(\"", ""), (".fill(\"", ""), (".count(\"", ".other")] {
                    for rest in source.split(call).skip(1) {
                        let key = format!("{}{suffix}", rest.split('"').next().unwrap());
                        if Texts::of("en").find(&key).is_none() {
                            wrong.push(format!("{}: {key}", path.display()));
                        }
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "no such text: {wrong:#?}");
    }

    #[test]
    fn fills_and_counts() {
        let texts = Texts::of("en");
        assert_eq!(texts.count("frame.items", 1), "1 item");
        assert_eq!(texts.count("frame.items", 1200), "1,200 items");
        assert_eq!(texts.get("no.such.key"), "no.such.key");
        assert_eq!(Texts::of("xx").language, "en");
    }
}
