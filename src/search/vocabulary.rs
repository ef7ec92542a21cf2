//! The words that the published products contain, and which of them a typed word may mean.

use super::fold;
use super::synonyms::synonyms;

/// A word is completed to at most this many words, the most frequent.
const COMPLETIONS_MAX: usize = 40;
/// A mistyped word may mean at most this many words.
const CORRECTIONS_MAX: usize = 8;

/// Nobody who types several letters means a word shorter than this: "qkc" is not the "c" of "USB-C".
const CORRECTED_CHARS_MIN: usize = 3;

/// How surely a known word is meant. Whole numbers, so that sums do not depend on their order.
pub const EXACT: u32 = 20;
const STEM: u32 = 18;
const COMPLETION: u32 = 14;
const SPLIT: u32 = 12;
const CORRECTION: u32 = 10;

/// A word of the products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: Box<str>,
    /// Bit per field that contains it.
    pub fields: u8,
    /// In how many product fields it occurs.
    pub frequency: u32,
    sound: Box<str>,
    /// Bit per letter of the sound: a quick look whether two words can be near.
    letters: u32,
}

/// What one typed word may mean.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Meaning {
    /// Indices of words with their weights, each index once.
    pub words: Vec<(usize, u32)>,
    /// Two words that were typed as one: both must occur.
    pub split: Option<(usize, usize, u32)>,
    /// The known words that may have been meant, likeliest first, when the typed one is unknown.
    pub corrections: Vec<usize>,
}

impl Meaning {
    /// Whether nothing known can be meant.
    pub fn is_nothing(&self) -> bool {
        self.words.is_empty() && self.split.is_none()
    }
}

/// All words, sorted.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: Vec<Word>,
}

impl Vocabulary {
    /// From words with their fields and frequencies, sorted by the word, each once.
    pub fn new(words: impl IntoIterator<Item = (String, u8, u32)>) -> Vocabulary {
        let words = words.into_iter().map(|(text, fields, frequency)| {
            let sound = fold::sound(&text).into_boxed_str();
            Word { letters: letters(&sound), sound, text: text.into_boxed_str(), fields, frequency }
        });
        Vocabulary { words: words.collect() }
    }

    pub fn word(&self, index: usize) -> &Word {
        &self.words[index]
    }

    pub fn find(&self, text: &str) -> Option<usize> {
        self.words.binary_search_by(|word| (*word.text).cmp(text)).ok()
    }

    /// What `typed` may mean; `open` when the word may not be finished.
    pub fn meaning(&self, typed: &str, open: bool) -> Meaning {
        let mut meaning = Meaning::default();
        let exact = self.find(typed);
        meaning.words.extend(exact.map(|index| (index, EXACT)));
        self.add_same_stem(typed, &mut meaning);
        // A short word that is known is finished: "c" in "usb c" does not mean everything with c.
        if open && !(exact.is_some() && typed.len() <= 2) {
            self.add_completions(typed, &mut meaning);
        }
        if meaning.words.is_empty() {
            meaning.split = self.split(typed);
        }
        if meaning.words.is_empty() && meaning.split.is_none() {
            meaning.corrections = self.synonyms(typed);
        }
        if meaning.words.is_empty() && meaning.split.is_none() && meaning.corrections.is_empty() {
            meaning.corrections = self.corrections(typed, open);
        }
        meaning.words.extend(meaning.corrections.iter().map(|index| (*index, CORRECTION)));
        meaning
    }

    /// The range of words that begin with `prefix`.
    fn beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (usize, &'a Word)> {
        let start = self.words.partition_point(|word| *word.text < *prefix);
        let words = self.words[start..].iter().take_while(move |word| word.text.starts_with(prefix));
        words.enumerate().map(move |(at, word)| (start + at, word))
    }

    fn add_same_stem(&self, typed: &str, meaning: &mut Meaning) {
        if has_digit(typed) {
            return;
        }
        let stem = fold::stem(typed);
        for (index, word) in self.beginning_with(stem) {
            // The longest ending has two letters.
            if word.text.len() <= stem.len() + 2 && fold::stem(&word.text) == stem {
                add(meaning, index, STEM);
            }
        }
    }

    fn add_completions(&self, typed: &str, meaning: &mut Meaning) {
        let mut found: Vec<(usize, &Word)> = self.beginning_with(typed).collect();
        found.sort_by(|a, b| b.1.frequency.cmp(&a.1.frequency).then(a.0.cmp(&b.0)));
        for (index, _) in found.into_iter().take(COMPLETIONS_MAX) {
            add(meaning, index, COMPLETION);
        }
    }

    /// Two known words written as one, the most frequent pair.
    fn split(&self, typed: &str) -> Option<(usize, usize, u32)> {
        let halves = (2..typed.len().saturating_sub(1)).filter_map(|at| {
            let (left, right) = typed.split_at_checked(at)?;
            Some((self.find(left)?, self.find(right)?))
        });
        let rarer = |&(a, b): &(usize, usize)| self.words[a].frequency.min(self.words[b].frequency);
        halves.max_by_key(rarer).map(|(a, b)| (a, b, SPLIT))
    }

    /// The known words that mean the same.
    fn synonyms(&self, typed: &str) -> Vec<usize> {
        let mut known: Vec<usize> = Vec::new();
        for index in synonyms(typed).filter_map(|word| self.find(word)) {
            if !known.contains(&index) {
                known.push(index);
            }
        }
        known.truncate(CORRECTIONS_MAX);
        known
    }

    fn corrections(&self, typed: &str, open: bool) -> Vec<usize> {
        let limit = mistakes_allowed(typed);
        // A wrong digit is another thing: nobody who types 38 wants 39.
        if has_digit(typed) || typed.len() < CORRECTED_CHARS_MIN {
            return Vec::new();
        }
        let mut near = self.near(typed, limit, false);
        if near.is_empty() && open && limit > 0 {
            near = self.near(typed, 1, true);
        }
        let least = near.iter().map(|n| n.0).min();
        near.retain(|n| Some(n.0) == least);
        let first = fold::sound(typed).bytes().next();
        near.sort_by_key(|&(_, index)| {
            let word = &self.words[index];
            (word.sound.bytes().next() != first, std::cmp::Reverse(word.frequency), index)
        });
        near.into_iter().take(CORRECTIONS_MAX).map(|(_, index)| index).collect()
    }

    /// The words within `limit` mistakes by spelling or by sound, with their distances; `open` compares with the
    /// words' beginnings.
    fn near(&self, typed: &str, limit: usize, open: bool) -> Vec<(usize, usize)> {
        let sound = fold::sound(typed);
        let own = (letters(typed), letters(&sound));
        // A sound is shorter than its word: as many mistakes in it would make of it any other.
        let sound_limit = limit.min(mistakes_allowed(&sound));
        let near = self.words.iter().enumerate().filter_map(|(index, word)| {
            if has_digit(&word.text) || word.text.len() < CORRECTED_CHARS_MIN {
                return None;
            }
            let found = if open {
                beginning_distance(typed.as_bytes(), word.text.as_bytes(), limit)
            } else {
                let by_sound = near_letters(own.1, word.letters, sound_limit)
                    .then(|| distance(sound.as_bytes(), word.sound.as_bytes(), sound_limit));
                let by_text = near_letters(own.0, letters(&word.text), limit)
                    .then(|| distance(typed.as_bytes(), word.text.as_bytes(), limit));
                [by_sound.flatten(), by_text.flatten()].into_iter().flatten().min()
            };
            Some((found?, index))
        });
        near.collect()
    }
}

/// Whether two words with these letters can be within `limit` mistakes: each mistake changes two letters at most.
fn near_letters(a: u32, b: u32, limit: usize) -> bool {
    (a ^ b).count_ones() as usize <= 2 * limit
}

/// The distance of `typed` to the beginning of a longer word.
fn beginning_distance(typed: &[u8], word: &[u8], limit: usize) -> Option<usize> {
    let lengths = typed.len().saturating_sub(limit)..=typed.len() + limit;
    lengths.filter_map(|length| distance(typed, word.get(..length)?, limit)).min()
}

fn add(meaning: &mut Meaning, index: usize, weight: u32) {
    if !meaning.words.iter().any(|(known, _)| *known == index) {
        meaning.words.push((index, weight));
    }
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|b| b.is_ascii_digit())
}

/// Short words differ from others by one letter without any mistake.
fn mistakes_allowed(word: &str) -> usize {
    match word.len() {
        0..=3 => 0,
        4..=5 => 1,
        _ => 2,
    }
}

fn letters(sound: &str) -> u32 {
    sound.bytes().filter(u8::is_ascii_lowercase).fold(0, |bits, b| bits | 1 << (b - b'a'))
}

/// Letters to insert, remove, replace or swap with their neighbours, if that is at most `limit`.
fn distance(a: &[u8], b: &[u8], limit: usize) -> Option<usize> {
    const LENGTH_MAX: usize = 48;
    if a.len().abs_diff(b.len()) > limit || b.len() >= LENGTH_MAX {
        return None;
    }
    let mut rows = [[0_usize; LENGTH_MAX]; 3];
    for (at, cell) in rows[1].iter_mut().enumerate() {
        *cell = at;
    }
    // `rows[1]` is the row before, `rows[0]` the one before that.
    for i in 1..=a.len() {
        rows[2][0] = i;
        let mut least = i;
        for j in 1..=b.len() {
            let replaced = rows[1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut cell = replaced.min(rows[1][j] + 1).min(rows[2][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cell = cell.min(rows[0][j - 2] + 1);
            }
            rows[2][j] = cell;
            least = least.min(cell);
        }
        if least > limit {
            return None;
        }
        rows.rotate_left(1);
    }
    Some(rows[1][b.len()]).filter(|found| *found <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(words: &[&str]) -> Vocabulary {
        let mut words = words.to_vec();
        words.sort_unstable();
        Vocabulary::new(words.into_iter().map(|word| (word.to_owned(), 1, 1)))
    }

    fn meant(words: &[&str], typed: &str, open: bool) -> Vec<String> {
        let vocabulary = vocabulary(words);
        let meaning = vocabulary.meaning(typed, open);
        meaning.words.iter().map(|(index, _)| vocabulary.word(*index).text.to_string()).collect()
    }

    #[test]
    fn distances() {
        assert_eq!(distance(b"cabel", b"cable", 1), Some(1));
        assert_eq!(distance(b"strap", b"strap", 0), Some(0));
        assert_eq!(distance(b"strp", b"strap", 1), Some(1));
        assert_eq!(distance(b"", b"ab", 2), Some(2));
        assert_eq!(distance(b"abcd", b"dcba", 2), None);
        assert_eq!(distance(b"charger", b"chargers", 1), Some(1));
    }

    #[test]
    fn mistakes_are_forgiven_by_length() {
        let words = ["chronograph", "cable", "case", "casio", "38", "39"];
        assert_eq!(meant(&words, "chronograf", false), ["chronograph"]);
        // The sound of this is two letters, from which everything is two mistakes away.
        assert!(meant(&words, "qqqzzz", false).is_empty());
        assert_eq!(meant(&words, "cronogrpah", false), ["chronograph"]);
        assert_eq!(meant(&words, "kabel", false), ["cable"]);
        assert!(meant(&words, "cse", false).is_empty(), "three letters are too few");
        assert!(meant(&words, "37", false).is_empty(), "a number is not mistyped");
    }

    #[test]
    fn a_known_word_is_not_corrected() {
        assert_eq!(meant(&["cable", "table"], "table", false), ["table"]);
        assert_eq!(meant(&["watch", "watches", "batches"], "watch", false), ["watch", "watches"]);
    }

    #[test]
    fn the_open_word_is_completed() {
        assert_eq!(meant(&["charger", "charge", "cable"], "char", true), ["charge", "charger"]);
        assert!(meant(&["charger"], "char", false).is_empty());
        assert_eq!(meant(&["c", "cable"], "c", true), ["c"], "a short known word is finished");
        assert_eq!(meant(&["chronograph"], "chrnog", true), ["chronograph"], "a mistake in what was begun");
    }

    #[test]
    fn words_run_together_are_split() {
        let vocabulary = vocabulary(&["bank", "power", "po"]);
        let meaning = vocabulary.meaning("powerbank", true);
        let (a, b, _) = meaning.split.unwrap();
        assert_eq!((&*vocabulary.word(a).text, &*vocabulary.word(b).text), ("power", "bank"));
    }
}
