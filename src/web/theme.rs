//! Themes: a stylesheet of tokens each (colours, type, radius, spacing), in `assets/themes`.

use rust_embed::RustEmbed;

use super::assets;

#[derive(RustEmbed)]
#[folder = "assets/themes"]
struct Themes;

/// What a shop with an unknown theme looks like.
const FALLBACK: &str = "plain";

/// The address of the theme's stylesheet: its tokens alone.
pub fn tokens_url(theme: &str) -> &'static str {
    assets::url(&format!("theme-{}.css", known(theme)))
}

/// The address of the styles of the shop's pages in this theme.
pub fn pages_url(theme: &str) -> &'static str {
    assets::url(&format!("app-{}.css", known(theme)))
}

/// `theme`, or the fallback in its place.
fn known(theme: &str) -> &str {
    if is_known(theme) { theme } else { FALLBACK }
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
        assert!(tokens_url("no-such-theme").contains("theme-plain"));
        assert!(pages_url("no-such-theme").contains("app-plain"));
    }
}
