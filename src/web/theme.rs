//! Themes: a stylesheet of tokens each (colours, type, radius, spacing), in `assets/themes`.

use rust_embed::RustEmbed;

use super::assets;

#[derive(RustEmbed)]
#[folder = "assets/themes"]
struct Themes;

/// What a shop with an unknown theme looks like.
const FALLBACK: &str = "plain";

/// The address of the theme's stylesheet.
pub fn css_url(theme: &str) -> &'static str {
    let known = is_known(theme);
    assets::url(&format!("theme-{}.css", if known { theme } else { FALLBACK }))
}

/// Whether a theme of this name exists.
pub fn is_known(theme: &str) -> bool {
    Themes::get(&format!("{theme}.css")).is_some()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The names of the custom properties that a theme declares.
    fn tokens(theme: &str) -> BTreeSet<String> {
        let file = Themes::get(theme).unwrap();
        let css = std::str::from_utf8(&file.data).unwrap();
        css.lines()
            .filter_map(|line| line.trim().strip_prefix("--"))
            .filter_map(|line| line.split_once(':'))
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    #[test]
    fn every_theme_declares_the_same_tokens() {
        let plain = tokens("plain.css");
        assert!(plain.len() > 20, "a theme without tokens is not one");
        for theme in Themes::iter() {
            assert_eq!(tokens(&theme), plain, "{theme}");
        }
    }

    #[test]
    fn an_unknown_theme_falls_back() {
        assert!(is_known("orrery") && !is_known("../orrery"));
        assert!(css_url("no-such-theme").contains("theme-plain"));
    }
}
