//! Draws the watch family of pictures.

mod back;
mod bezel;
mod case;
mod clasp;
mod dial;
mod glyph;
mod hands;
mod ink;
mod marks;
mod movement;
mod scene;
#[cfg(test)]
mod shop_tests;
mod space;
mod spec;
mod storage;
mod strap;
mod subdials;
mod tools;
mod weave;

use super::{Drawing, Params};
use ink::Ink;
use spec::{METALS, Metal, Reader, Strap, Watch};
use tools::Look;

/// The values of `kind` that this module draws.
pub const KINDS: &[&str] = &[
    "watch",
    "strap",
    "spring-bar-tool",
    "spring-bars",
    "link-screwdriver",
    "cloth",
    "loupe",
    "demagnetiser",
    "watch-roll",
    "travel-case",
    "winder",
    "watch-stand",
    "watch-box",
];

/// Draws one picture; the error names the parameter that is wrong.
pub fn draw(kind: &str, params: &Params) -> Result<Drawing, String> {
    let view = params.get("view").and_then(|v| v.as_str()).ok_or("`view` is missing")?;
    let mut ink = Ink::default();
    let mut reader = Reader::new(params);
    match kind {
        "strap" => draw_strap(&mut ink, &mut reader, view)?,
        "watch" => {
            let watch = Watch::read(&mut reader)?;
            draw_watch(&mut ink, &watch, view)?;
        }
        _ => draw_tool(&mut ink, &mut reader, (kind, view))?,
    }
    reader.finish()?;
    let (width, height) = if view == "hero" { (1600, 1000) } else { (1200, 1200) };
    Ok(Drawing { width, height, svg: ink.finish(width, height) })
}

fn draw_watch(ink: &mut Ink, watch: &Watch, view: &str) -> Result<(), String> {
    match view {
        "front" => scene::front(ink, watch),
        "angle" => scene::angle(ink, watch),
        "back" => scene::back(ink, watch),
        "strap" => clasp::close_up(ink, &watch.strap, &watch.dial.logo, watch.ground),
        "detail" => scene::detail(ink, watch),
        "hero" => scene::hero(ink, watch),
        _ => return Err(format!("`view` = {view:?} is not a view of a watch")),
    }
    Ok(())
}

fn draw_strap(ink: &mut Ink, reader: &mut Reader<'_>, view: &str) -> Result<(), String> {
    let metal = Metal::named(reader.choice("metal", METALS)?);
    let width = reader.number("lug_width", 20.0, (12.0, 24.0))? * 10.0;
    let strap = Strap::read(reader, metal, width)?;
    let logo = reader.words("logo", "ORRERY")?;
    match view {
        "front" => clasp::alone(ink, &strap, &logo, (16.0, 0.0)),
        "angle" => clasp::alone(ink, &strap, &logo, (48.0, 40.0)),
        "detail" | "strap" => clasp::close_up(ink, &strap, &logo, "paper"),
        _ => return Err(format!("`view` = {view:?} is not a view of a strap")),
    }
    Ok(())
}

/// Tools and storage: `color` is their leather, wood, paint or cloth; `detail` is a closer look.
fn draw_tool(ink: &mut Ink, reader: &mut Reader<'_>, (kind, view): (&str, &str)) -> Result<(), String> {
    let metal = Metal::named(reader.choice("metal", METALS)?);
    let colour = reader.colour("color", "#6b4226")?;
    let look = Look { metal, colour };
    let shown = Watch::read(&mut Reader::new(&Params::from_iter([("strap".to_string(), "leather".into())])))?;
    match view {
        "front" => {}
        "detail" => ink.open("transform=\"translate(-540 -540) scale(1.9)\""),
        _ => return Err(format!("`view` = {view:?} is not a view of a {kind}")),
    }
    if !tools::draw(ink, kind, look) && !storage::draw(ink, kind, look, &shown) {
        return Err(format!("{kind} cannot be drawn"));
    }
    if view == "detail" {
        ink.close();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(json: &str) -> Params {
        serde_json::from_str(json).expect("a test's parameters are an object")
    }

    #[test]
    fn what_is_unknown_is_refused_by_name() {
        for (json, word) in [
            (r#"{"view": "front", "bezzel": "diver"}"#, "bezzel"),
            (r#"{"view": "front", "bezel": "gmtt"}"#, "gmtt"),
            (r#"{"view": "front", "size": 90}"#, "size"),
            (r#"{"view": "front", "dial": "blue"}"#, "dial"),
            (r##"{"view": "front", "dial": "#ééé"}"##, "dial"),
            (r#"{"view": "side"}"#, "side"),
            (r#"{"size": 38}"#, "view"),
        ] {
            let refused = draw("watch", &params(json)).err().unwrap_or_default();
            assert!(refused.contains(word), "{json} gave {refused:?}");
        }
        let refused = draw("cloth", &params(r#"{"view": "back"}"#)).err().unwrap_or_default();
        assert!(refused.contains("back"), "{refused:?}");
    }

    #[test]
    fn every_value_of_a_choice_draws_its_own_picture() {
        let lists: [(&str, &[&str]); 8] = [
            ("shape", &["round", "cushion", "tonneau", "square"]),
            ("metal", METALS),
            ("bezel", &["plain", "thin", "stepped", "coin", "diver", "countdown", "gmt", "tachymeter"]),
            ("indices", &["baton", "arabic", "roman", "dots", "plots", "breguet", "pilot", "mixed"]),
            (
                "hands",
                &["dauphine", "pencil", "sword", "leaf", "cathedral", "block", "moon", "syringe", "baton"],
            ),
            ("texture", &["matt", "sunburst", "guilloche", "enamel", "fume", "linen", "grained"]),
            ("subdials", &["none", "seconds", "two", "three", "reserve", "moon"]),
            ("strap", &["leather", "suede", "grained", "textile", "rubber", "tropic", "mesh", "three-link"]),
        ];
        for (key, values) in lists {
            let mut seen = std::collections::BTreeMap::new();
            for value in values {
                let json = params(&format!(r#"{{"view": "front", "{key}": "{value}"}}"#));
                let svg = draw("watch", &json).expect("a listed value is drawn").svg;
                if let Some(other) = seen.insert(svg, value) {
                    panic!("`{key}` = {value} looks like {other}");
                }
            }
        }
    }

    #[test]
    fn the_same_parameters_draw_the_same_picture() {
        let json = params(r#"{"view": "hero", "strap": "suede", "texture": "grained", "ground": "night"}"#);
        let (a, b) = (draw("watch", &json).expect("drawn"), draw("watch", &json).expect("drawn"));
        assert_eq!((a.width, a.height), (1600, 1000));
        assert_eq!(a.svg, b.svg);
    }
}
