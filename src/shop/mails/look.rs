//! The looks of a mail: colours, headings and corners of the shop's theme, read from its stylesheet, as mail programs
//! know no custom properties.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/themes"]
struct Themes;

/// One palette; each colour as `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    pub ground: String,
    pub surface: String,
    pub ink: String,
    pub muted: String,
    pub line: String,
    pub accent: String,
    pub on_accent: String,
}

/// What a mail looks like in light and in dark surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub light: Palette,
    pub dark: Palette,
    /// The font family of headings, fit for a `style` attribute.
    pub font: String,
    /// How heavy headings are, and what is to stand out: 100 to 900.
    pub head_weight: String,
    pub strong_weight: String,
    /// The corners of the button and of the panel, in px.
    pub button_radius: String,
    pub panel_radius: String,
}

/// For a token that a theme gives in a form that mail programs do not know.
const LIGHT: [&str; 7] = ["#ffffff", "#f5f5f4", "#1b1b1a", "#5f5e5b", "#e2e1de", "#14532d", "#ffffff"];
const DARK: [&str; 7] = ["#131312", "#1c1c1b", "#efeeec", "#aaa8a3", "#343432", "#8fd3a6", "#0c1f13"];

impl Look {
    /// The look of `theme`, the plain one for a theme that is not there.
    pub fn of(theme: &str) -> Look {
        let file = Themes::get(&format!("{theme}.css")).or_else(|| Themes::get("plain.css"));
        let css = file.map(|f| String::from_utf8_lossy(&f.data).into_owned()).unwrap_or_default();
        let (light, dark) = css.split_once("prefers-color-scheme: dark").unwrap_or((&css, ""));
        let light_palette = palette(light, &LIGHT.map(str::to_owned));
        // A theme whose dark part leaves a colour out keeps the light one there.
        let fallback = if dark.is_empty() { DARK.map(str::to_owned) } else { as_array(&light_palette) };
        Look {
            dark: palette(dark, &fallback),
            light: light_palette,
            font: font(light),
            head_weight: weight(light, "head-weight"),
            strong_weight: weight(light, "strong-weight"),
            button_radius: radius(light, "radius-button"),
            panel_radius: radius(light, "radius-l"),
        }
    }
}

fn palette(css: &str, fallback: &[String; 7]) -> Palette {
    let color = |name: &str, i: usize| match token(css, name) {
        Some(value) if is_hex(value) => value.to_owned(),
        _ => fallback[i].clone(),
    };
    Palette {
        ground: color("ground", 0),
        surface: color("surface", 1),
        ink: color("ink", 2),
        muted: color("muted", 3),
        line: color("line", 4),
        accent: color("accent", 5),
        on_accent: color("on-accent", 6),
    }
}

fn as_array(p: &Palette) -> [String; 7] {
    [&p.ground, &p.surface, &p.ink, &p.muted, &p.line, &p.accent, &p.on_accent].map(Clone::clone)
}

/// The heading's font with single quotes: the attribute around it has double ones.
fn font(css: &str) -> String {
    let family = token(css, "font-head").unwrap_or("sans-serif").replace('"', "'");
    if family.contains(['<', '&', ';', '(']) { "sans-serif".to_owned() } else { family }
}

fn weight(css: &str, name: &str) -> String {
    let known = token(css, name).and_then(|value| value.parse::<u16>().ok());
    known.filter(|weight| (100..=900).contains(weight)).unwrap_or(600).to_string()
}

/// Mail programs know little else than pixels.
fn radius(css: &str, name: &str) -> String {
    let pixels = token(css, name).and_then(|value| value.strip_suffix("px")?.parse::<u16>().ok());
    format!("{}px", pixels.unwrap_or(8))
}

fn token<'a>(css: &'a str, name: &str) -> Option<&'a str> {
    css.lines()
        .filter_map(|line| line.trim().strip_prefix("--")?.split_once(':'))
        .find(|(key, _)| *key == name)
        .and_then(|(_, rest)| rest.split_once(';'))
        .map(|(value, _)| value.trim())
}

fn is_hex(value: &str) -> bool {
    value.len() == 7 && value.starts_with('#') && value.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_has_a_look_of_its_own() {
        for theme in Themes::iter() {
            let name = theme.trim_end_matches(".css");
            let look = Look::of(name);
            assert_ne!(look.light, look.dark, "{name}");
            assert_ne!(look.light.accent, look.light.ground, "{name}");
            assert!(!look.font.contains('"') && !look.font.is_empty(), "{name}");
        }
        assert_eq!(Look::of("no-such-theme"), Look::of("plain"));
    }

    #[test]
    fn weights_and_corners_are_those_of_the_theme() {
        let of = |theme: &str| {
            let look = Look::of(theme);
            [look.head_weight, look.strong_weight, look.button_radius, look.panel_radius]
        };
        assert_eq!(of("orrery"), ["400", "600", "3px", "4px"]);
        assert_eq!(of("pocketry"), ["800", "700", "999px", "28px"]);
        let odd = "--head-weight: bolder;\n--radius-l: 1px;x:y\n--radius-button: calc(1px);\n";
        assert_eq!(weight(odd, "head-weight"), "600");
        assert_eq!(radius(odd, "radius-button"), "8px");
        assert_eq!(radius(odd, "radius-s"), "8px");
    }

    #[test]
    fn tokens_are_read_from_their_half() {
        let css = "--ground: #ffffff;\n--ink: var(--x);\n";
        let light = palette(css, &LIGHT.map(str::to_owned));
        assert_eq!((light.ground.as_str(), light.ink.as_str()), ("#ffffff", LIGHT[2]));
    }
}
