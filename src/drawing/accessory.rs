//! Draws phone accessories: a flat, graphic style on bold colour fields, one light from the upper left.
//!
//! Every kind is a `Thing`: read from its parameters, then painted into a 1200 × 1200 space whose origin is the
//! middle. This file chooses the kind and the view, paints the ground and closes the picture.

mod bag;
mod bundle;
mod cable;
mod camera;
mod case;
mod charger;
mod coil;
mod color;
mod connector;
mod digits;
mod earbuds;
mod fields;
mod glass;
mod ground;
mod hub;
mod mount;
mod paint;
mod pattern;
mod phone;
mod power_bank;
mod solid;
mod stand;
mod strap;
#[cfg(test)]
mod tests;
mod wireless;

use super::{Drawing, Params};
use fields::Fields;
use ground::Ground;
use paint::Sheet;

/// The values of `kind` that this module draws.
pub const KINDS: &[&str] = &[
    "case",
    "glass",
    "charger",
    "cable",
    "power_bank",
    "stand",
    "mount",
    "wireless",
    "earbuds",
    "bag",
    "phone_strap",
    "hub",
    "bundle",
];

/// How a thing is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum View {
    Front,
    Angle,
    Back,
    Detail,
    /// In use, or together with what it works with.
    Set,
    /// The wide picture, 1600 × 1000.
    Hero,
}

const VIEWS: &[(&str, View)] = &[
    ("front", View::Front),
    ("angle", View::Angle),
    ("back", View::Back),
    ("detail", View::Detail),
    ("set", View::Set),
    ("hero", View::Hero),
];

/// What can be painted; the origin is the middle of the picture and ±600 its edges.
trait Thing {
    fn paint(&self, view: View, sheet: &mut Sheet);
}

/// Draws one picture; the error names the parameter that is wrong.
pub fn draw(kind: &str, params: &Params) -> Result<Drawing, String> {
    let mut fields = Fields::new(params);
    fields.text("kind", kind)?;
    let view = fields.choice("view", VIEWS, View::Front)?;
    let ground = Ground::read(kind, &mut fields)?;
    let thing = read(kind, &mut fields)?;
    fields.finish()?;
    let (width, height) = if view == View::Hero { (1600, 1000) } else { (1200, 1200) };
    let mut sheet = Sheet::new(ground.color());
    ground.paint(view, &mut sheet);
    sheet.at(&format!("translate({} {})", width / 2, height / 2), |sheet| thing.paint(view, sheet));
    Ok(Drawing { width, height, svg: sheet.finish(width, height) })
}

fn read(kind: &str, fields: &mut Fields) -> Result<Box<dyn Thing>, String> {
    Ok(match kind {
        "case" => Box::new(case::Case::read(fields)?),
        "glass" => Box::new(glass::Glass::read(fields)?),
        "charger" => Box::new(charger::Charger::read(fields)?),
        "cable" => Box::new(cable::Cable::read(fields)?),
        "power_bank" => Box::new(power_bank::PowerBank::read(fields)?),
        "stand" => Box::new(stand::Stand::read(fields)?),
        "mount" => Box::new(mount::Mount::read(fields)?),
        "wireless" => Box::new(wireless::Wireless::read(fields)?),
        "earbuds" => Box::new(earbuds::Earbuds::read(fields)?),
        "bag" => Box::new(bag::Bag::read(fields)?),
        "phone_strap" => Box::new(strap::Strap::read(fields)?),
        "hub" => Box::new(hub::Hub::read(fields)?),
        "bundle" => Box::new(bundle::Bundle::read(fields)?),
        _ => return Err(format!("`kind` = {kind:?} is not an accessory")),
    })
}
