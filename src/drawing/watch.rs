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
