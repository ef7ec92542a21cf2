//! Words as the index knows them: lower case, without accents, the same for every way of writing them.

use std::ops::Range;

/// Longer words are cut: nobody types them, and a file of noise must not fill the index.
const WORD_MAX: usize = 40;

/// A part this short is also known joined with its neighbour: "usb-c" as "usbc", "20 mm" as "20mm".
const SHORT: usize = 2;

/// Said without meaning it: a query may contain them though no product does.
const STOP_WORDS: [&str; 30] = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "das",
    "der", "die", "den", "dem", "des", "ein", "eine", "einen", "einer", "fur", "mit", "oder", "und", "von",
];

/// A word of a query, and where it stands in what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub word: String,
    pub range: Range<usize>,
}

/// The words of `text`, folded.
pub fn words(text: &str) -> Vec<String> {
    typed(text).into_iter().map(|typed| typed.word).collect()
}

/// The words of `text`, folded, with their places in it.
pub fn typed(text: &str) -> Vec<Typed> {
    let mut found = Vec::new();
    let mut word = String::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        // Apostrophes and combining accents belong to the word around them.
        if matches!(c, '\'' | '\u{2019}' | '\u{300}'..='\u{36f}') {
            continue;
        }
        if !c.is_alphanumeric() {
            end_word(&mut found, &mut word, start..at);
            continue;
        }
        if word.is_empty() {
            start = at;
        }
        let folded = deunicode::deunicode_char(c).unwrap_or_default();
        word.extend(folded.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
    }
    end_word(&mut found, &mut word, start..text.len());
    found
}

fn end_word(found: &mut Vec<Typed>, word: &mut String, range: Range<usize>) {
    if !word.is_empty() {
        word.truncate(WORD_MAX);
        found.push(Typed { word: std::mem::take(word), range });
    }
}

/// The words under which a text is found: its own, the parts of those that mix letters and digits, and short ones
/// joined with their neighbours.
pub fn index_words(text: &str) -> Vec<String> {
    let own = words(text);
    let mut all = Vec::with_capacity(own.len() * 2);
    for pair in own.windows(2) {
        if pair[0].len() <= SHORT || pair[1].len() <= SHORT {
            all.push(format!("{}{}", pair[0], pair[1]));
        }
    }
    for word in own {
        let parts = letters_and_digits(&word);
        if parts.len() > 1 {
            all.extend(parts.into_iter().map(str::to_owned));
        }
        all.push(word);
    }
    all
}

/// "mer38" → "mer", "38".
fn letters_and_digits(word: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let bytes = word.as_bytes();
    for at in 1..bytes.len() {
        if bytes[at].is_ascii_digit() != bytes[at - 1].is_ascii_digit() {
            parts.push(&word[start..at]);
            start = at;
        }
    }
    parts.push(&word[start..]);
    parts
}

/// Removes words without meaning, unless nothing else was typed.
pub fn without_stop_words(typed: Vec<Typed>) -> Vec<Typed> {
    let meant: Vec<Typed> =
        typed.iter().filter(|t| !STOP_WORDS.contains(&t.word.as_str())).cloned().collect();
    if meant.is_empty() { typed } else { meant }
}

/// The word without an English or German ending of number or case: equal stems are the same word.
pub fn stem(word: &str) -> &str {
    /// A shorter rest is a coincidence.
    const REST_MIN: usize = 3;
    for ending in ["es", "en", "er", "s", "e", "n"] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.len() >= REST_MIN
            && !(ending == "s" && rest.ends_with('s'))
        {
            return rest;
        }
    }
    word
}

/// How the word sounds, roughly: spellings that English and German readers mix up become equal.
pub fn sound(word: &str) -> String {
    let bytes = word.as_bytes();
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let next = bytes.get(at + 1).copied().unwrap_or(0);
        let (c, taken) = match (bytes[at], next) {
            (b'p', b'h') => (b'f', 2),
            (b'c', b'k') => (b'c', 2),
            (c @ (b'a' | b'o' | b'u'), b'e') => (c, 2),
            (b'k' | b'q', _) => (b'c', 1),
            (b'z', _) => (b's', 1),
            (b'y', _) => (b'i', 1),
            (b'w', _) => (b'v', 1),
            (c, _) => (c, 1),
        };
        if out.last() != Some(&c) || c.is_ascii_digit() {
            out.push(c);
        }
        at += taken;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writings_of_a_word_are_one() {
        assert_eq!(words("  Größe: ÉTÉ, women’s  e\u{301}te\u{301} "), ["grosse", "ete", "womens", "ete"]);
        assert_eq!(words("USB-C\u{0}Kabel 😀 ☃"), ["usb", "c", "kabel"]);
        assert!(words("").is_empty() && words("- + \" ( ~").is_empty());
        assert_eq!(words(&"x".repeat(9999))[0].len(), WORD_MAX);
    }

    #[test]
    fn a_place_in_the_text_is_kept() {
        let text = "usb-c  Käbel!";
        let places: Vec<&str> = typed(text).into_iter().map(|t| &text[t.range]).collect();
        assert_eq!(places, ["usb", "c", "Käbel"]);
    }

    #[test]
    fn compounds_are_found_by_their_parts_and_whole() {
        let words = index_words("USB-C 20mm MER38-BRN");
        for word in ["usb", "c", "usbc", "20mm", "20", "mm", "mer38", "mer", "38", "brn"] {
            assert!(words.contains(&word.to_owned()), "{word} of {words:?}");
        }
        assert!(index_words("20 mm").contains(&"20mm".to_owned()));
    }

    #[test]
    fn endings_and_sounds() {
        assert_eq!(stem("watches"), stem("watch"));
        assert_eq!(stem("cables"), stem("cable"));
        assert_eq!(stem("uhren"), stem("uhr"));
        assert_eq!(stem("glass"), "glass");
        assert_eq!(stem("gps"), "gps");
        assert_eq!(sound("chronograf"), sound("chronograph"));
        assert_eq!(sound("ladegeraet"), sound("ladegerat"));
        assert_eq!(sound("gummi"), sound("gumi"));
        assert_ne!(sound("100"), sound("10"));
    }

    #[test]
    fn stop_words_yield_to_others_only() {
        let meant = |text| without_stop_words(typed(text)).into_iter().map(|t| t.word).collect::<Vec<_>>();
        assert_eq!(meant("case for the pixel"), ["case", "pixel"]);
        assert_eq!(meant("the"), ["the"]);
    }
}
