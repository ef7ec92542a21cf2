//! Other words for the same thing, so that a shopper finds what the shop calls otherwise, in another language above all.

use std::sync::LazyLock;

use super::fold;

/// Each line's words, folded.
static LINES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let text = include_str!("../../assets/search/synonyms.txt");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    // A word with a hyphen is looked up as it is typed: in its parts, joined.
    let words = |line: &str| line.split_whitespace().map(|word| fold::words(word).concat()).collect();
    lines.map(words).collect()
});

/// The words that mean the same as `word`, likeliest first.
pub fn synonyms(word: &str) -> impl Iterator<Item = &'static str> {
    let with = LINES.iter().filter(move |line| line.iter().any(|known| means(known, word)));
    with.flatten().map(String::as_str)
}

/// The same word, whatever its ending.
fn means(known: &str, word: &str) -> bool {
    known == word || fold::stem(known) == fold::stem(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_one_line_stand_for_each_other() {
        assert_eq!(synonyms("hulle").next(), Some("case"));
        assert_eq!(synonyms("hullen").next(), Some("case"), "in the plural, too");
        assert!(synonyms("case").any(|word| word == "hulle"));
        assert_eq!(synonyms("xylophone").next(), None);
    }

    #[test]
    fn every_word_is_one_that_can_be_typed() {
        assert!(LINES.len() > 20);
        for word in LINES.iter().flatten() {
            assert!(!word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()), "{word:?}");
        }
    }
}
