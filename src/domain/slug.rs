//! Slugs: the part of an address that names a product, category or page.

/// Longest slug in bytes.
pub const SLUG_MAX: usize = 80;

/// What is wrong with a slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    #[error("is empty")]
    Empty,
    #[error("is longer than {SLUG_MAX} characters")]
    TooLong,
    #[error("may hold only a–z, 0–9 and single hyphens between them")]
    BadCharacter,
}

/// Checks a slug that somebody wrote.
pub fn check_slug(slug: &str) -> Result<(), SlugError> {
    if slug.is_empty() {
        return Err(SlugError::Empty);
    }
    if slug.len() > SLUG_MAX {
        return Err(SlugError::TooLong);
    }
    let part = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if slug.split('-').all(part) { Ok(()) } else { Err(SlugError::BadCharacter) }
}

/// Makes a slug from a name: "Grüne Tasche №2" → "gruene-tasche-no2". Empty when nothing in it can be written so.
pub fn slug_from(name: &str) -> String {
    // Germans write umlauts as two letters; the transliteration alone would drop the dots.
    let german = name.chars().fold(String::with_capacity(name.len()), |mut text, c| {
        match c {
            'ä' | 'Ä' => text.push_str("ae"),
            'ö' | 'Ö' => text.push_str("oe"),
            'ü' | 'Ü' => text.push_str("ue"),
            other => text.push(other),
        }
        text
    });
    let ascii = deunicode::deunicode_with_tofu(&german, " ").to_ascii_lowercase();
    let mut slug = String::new();
    for word in ascii.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()) {
        if slug.len() + word.len() + 1 > SLUG_MAX {
            if slug.is_empty() {
                slug.push_str(&word[..SLUG_MAX]);
            }
            break;
        }
        if !slug.is_empty() {
            slug.push('-');
        }
        slug.push_str(word);
    }
    slug
}

/// `slug`, or `slug-2`, `slug-3` … : the first that is not taken.
pub fn free_slug(slug: &str, taken: impl Fn(&str) -> bool) -> String {
    if !taken(slug) {
        return slug.to_owned();
    }
    let mut number = 2_u64;
    loop {
        let suffix = format!("-{number}");
        let room = SLUG_MAX - suffix.len();
        let stem = if slug.len() > room { slug[..room].trim_end_matches('-') } else { slug };
        let candidate = format!("{stem}{suffix}");
        if !taken(&candidate) {
            return candidate;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_become_slugs() {
        let check = |name: &str, slug: &str| assert_eq!(slug_from(name), slug, "{name}");
        check("Meridian 38", "meridian-38");
        check("  Große Übergröße – Öl & Äther ", "grosse-uebergroesse-oel-aether");
        check("Café “Noir”", "cafe-noir");
        check("東京", "dong-jing");
        check("!!!", "");
    }

    #[test]
    fn bad_slugs_are_refused() {
        assert_eq!(check_slug(""), Err(SlugError::Empty));
        assert_eq!(check_slug(&"a".repeat(81)), Err(SlugError::TooLong));
        for slug in ["A", "a--b", "-a", "a-", "a_b", "a/b", "ä", "a b"] {
            assert_eq!(check_slug(slug), Err(SlugError::BadCharacter), "{slug}");
        }
        assert_eq!(check_slug("usb-c-kabel-2m"), Ok(()));
    }

    #[test]
    fn a_taken_slug_gets_a_number() {
        assert_eq!(free_slug("a", |_| false), "a");
        assert_eq!(free_slug("a", |s| s == "a" || s == "a-2"), "a-3");
    }

    proptest! {
        #[test]
        fn a_made_slug_is_empty_or_valid(name in "\\PC{0,200}") {
            let slug = slug_from(&name);
            prop_assert!(slug.is_empty() || check_slug(&slug) == Ok(()), "{slug}");
        }

        #[test]
        fn a_free_slug_is_valid(slug in "[a-z0-9]{1,20}(-[a-z0-9]{1,19}){0,3}", tries in 0_usize..20) {
            let seen = std::cell::Cell::new(0);
            let free = free_slug(&slug, |_| { seen.set(seen.get() + 1); seen.get() <= tries });
            prop_assert_eq!(check_slug(&free), Ok(()));
        }
    }
}
