//! Which passwords an account may have: long enough, not one that everybody tries first, not the customer's own name.
//! No rules about kinds of characters: they make passwords worse.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Bytes; more is no safer and only costs work.
pub const PASSWORD_BYTES_MAX: usize = 256;
/// Characters that must be left when everything about the customer and the shop is taken away.
const OWN_CHARS_MIN: usize = 4;
/// A shorter word (Al, Bo) is in too many good passwords by chance.
const CONTEXT_CHARS_MIN: usize = 4;

/// What is wrong with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordFault {
    TooShort,
    TooLong,
    /// It, or what is left of it without the digits at its end, is among the first that anybody tries.
    Common,
    /// Little more than the customer's or the shop's name.
    Personal,
}

impl PasswordFault {
    /// The text key of the reason; its texts may mention `{min}` and `{max}`.
    pub fn reason(self) -> &'static str {
        match self {
            PasswordFault::TooShort => "account.error_password_short",
            PasswordFault::TooLong => "account.error_password_long",
            PasswordFault::Common => "account.error_password_common",
            PasswordFault::Personal => "account.error_password_personal",
        }
    }
}

/// Judges a new password. `context` are words that an attacker knows: the e-mail address, the name, the shop's name.
pub fn check_password(password: &str, context: &[&str]) -> Result<(), PasswordFault> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordFault::TooShort);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordFault::TooLong);
    }
    let folded = password.to_lowercase();
    if is_common(&folded) || is_pattern(&folded) {
        return Err(PasswordFault::Common);
    }
    if is_personal(&folded, context) {
        return Err(PasswordFault::Personal);
    }
    Ok(())
}

/// One per line, lower case, each at least [`PASSWORD_CHARS_MIN`] long.
static COMMON: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../assets/passwords.txt").lines().collect());

fn is_common(folded: &str) -> bool {
    let stem = folded.trim_end_matches(|c: char| !c.is_alphabetic());
    [folded, stem].iter().any(|p| COMMON.contains(p) || COMMON.contains(plain_letters(p).as_str()))
}

/// Digits and signs that stand for letters, read as those letters: `p@ssw0rd`.
fn plain_letters(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '@' | '4' => 'a',
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '$' | '5' => 's',
            '7' => 't',
            other => other,
        })
        .collect()
}

/// A run (`cdefghij`, `98765432`) or a short piece over and over (`abcabcabc`).
fn is_pattern(folded: &str) -> bool {
    let chars: Vec<char> = folded.chars().collect();
    let steps: Vec<i64> =
        chars.windows(2).map(|w| i64::from(u32::from(w[1])) - i64::from(u32::from(w[0]))).collect();
    let is_run = steps.iter().all(|s| *s == 1) || steps.iter().all(|s| *s == -1);
    let repeats = (1..=4).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b));
    is_run || repeats
}

fn is_personal(folded: &str, context: &[&str]) -> bool {
    let words: Vec<String> = context
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= CONTEXT_CHARS_MIN)
        .collect();
    let mut rest = folded.to_owned();
    for word in &words {
        rest = rest.replace(word, "");
    }
    rest.len() < folded.len() && rest.chars().filter(|c| c.is_alphabetic()).count() < OWN_CHARS_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: [&str; 3] = ["ada.lovelace@example.com", "Ada Lovelace", "Orrery"];

    #[test]
    fn good_ones_pass() {
        for good in [
            "tulip-kettle-47",
            "Der Mond ist aufgegangen",
            "grübelnd7Zwerge",
            "x9$kQ!pv",
            "🐢🐢 langsam ans Ziel",
        ] {
            assert_eq!(check_password(good, &CONTEXT), Ok(()), "{good}");
        }
        assert_eq!(check_password(&"word salad ".repeat(20), &CONTEXT), Ok(()));
    }

    #[test]
    fn bad_ones_are_told_apart() {
        use PasswordFault::*;
        for (bad, why) in [
            ("", TooShort),
            ("kurz!7x", TooShort),
            ("üüüüüü1", TooShort),
            ("password", Common),
            ("Password1", Common),
            ("P@ssw0rd2026!", Common),
            ("ILOVEYOU!!!", Common),
            ("summer2025", Common),
            ("qwertyuiop", Common),
            ("1q2w3e4r", Common),
            ("12345678", Common),
            ("bcdefghijk", Common),
            ("zyxwvuts", Common),
            ("aaaaaaaaaaaa", Common),
            ("xyzxyzxyzx", Common),
            ("lovelace1815", Personal),
            ("AdaLovelace!", Personal),
            ("orrery-2026", Personal),
            ("example.com1", Personal),
        ] {
            assert_eq!(check_password(bad, &CONTEXT), Err(why), "{bad}");
        }
        assert_eq!(check_password(&"x9$kQ!pv".repeat(33), &CONTEXT), Err(TooLong));
    }

    #[test]
    fn a_name_inside_a_longer_thought_is_fine() {
        assert_eq!(check_password("lovelace wrote programs", &CONTEXT), Ok(()));
        assert_eq!(check_password("anna-und-otto", &["anna@example.com"]), Ok(()));
    }

    #[test]
    fn the_list_is_as_promised() {
        assert!(COMMON.len() >= 3_000, "{}", COMMON.len());
        assert!(COMMON.iter().all(|p| p.chars().count() >= PASSWORD_CHARS_MIN && p.to_lowercase() == *p));
    }
}
