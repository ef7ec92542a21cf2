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
mod strap;
mod subdials;
mod weave;

use super::{Drawing, Params};
use ink::Ink;
use spec::{METALS, Metal, Reader, Strap, Watch};

/// The values of `kind` that this module draws.
pub const KINDS: &[&str] = &["watch", "strap"];

/// Draws one picture; the error names the parameter that is wrong.
pub fn draw(kind: &str, params: &Params) -> Result<Drawing, String> {
    let view = params.get("view").and_then(|v| v.as_str()).ok_or("`view` is missing")?;
    let mut ink = Ink::default();
    let mut reader = Reader::new(params);
    match kind {
        "strap" => draw_strap(&mut ink, &mut reader, view)?,
        _ => {
            let watch = Watch::read(&mut reader)?;
            draw_watch(&mut ink, &watch, view)?;
        }
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
