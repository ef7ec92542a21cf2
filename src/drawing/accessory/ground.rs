//! The bold colour field behind every thing.

use super::View;
use super::color::Color;
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};

/// The large shape on the ground.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Scene {
    Disc,
    Arch,
    Split,
    Band,
    Tiles,
    Tile,
    /// An upright band behind the thing.
    Stripe,
    /// A table top.
    Sill,
    Plain,
}

const SCENES: &[(&str, Scene)] = &[
    ("disc", Scene::Disc),
    ("arch", Scene::Arch),
    ("split", Scene::Split),
    ("band", Scene::Band),
    ("tiles", Scene::Tiles),
    ("tile", Scene::Tile),
    ("stripe", Scene::Stripe),
    ("sill", Scene::Sill),
    ("plain", Scene::Plain),
];

/// The parameters `ground`, `field` (the second colour) and `scene`, which every kind has.
pub struct Ground {
    ground: Color,
    field: Color,
    scene: Scene,
}

impl Ground {
    /// Reads the ground; each kind has a front scene of its own, so that shelves differ.
    pub fn read(kind: &str, fields: &mut Fields) -> Result<Ground, String> {
        let ground = fields.color("ground", Color::rgb(0xffc83d))?;
        let tone = if ground.luma() > 0.62 { ground.light(0.34) } else { ground.light(0.14) };
        let field = fields.color("field", tone)?;
        let usual = match kind {
            "glass" | "earbuds" => Scene::Arch,
            "charger" => Scene::Split,
            "power_bank" => Scene::Stripe,
            "stand" | "mount" => Scene::Sill,
            "bag" => Scene::Band,
            "hub" | "wireless" => Scene::Tile,
            _ => Scene::Disc,
        };
        let scene = fields.choice("scene", SCENES, usual)?;
        Ok(Ground { ground, field, scene })
    }

    pub fn color(&self) -> Color {
        self.ground
    }

    pub fn paint(&self, view: View, sheet: &mut Sheet) {
        let (w, h) = if view == View::Hero { (1600.0, 1000.0) } else { (1200.0, 1200.0) };
        let stops =
            [(0.0, self.ground.light(0.1), 1.0), (0.5, self.ground, 1.0), (1.0, self.ground.dark(0.1), 1.0)];
        let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &stops);
        sheet.fill(&format!("M0 0h{w}v{h}h-{w}z"), paint);
        let stops = [(0.0, self.field.light(0.12), 1.0), (1.0, self.field.mix(self.ground, 0.3), 1.0)];
        let tone = sheet.gradient((0.0, 0.0, 0.8, 1.0), &stops);
        let d = outline(self.scene_of(view), (w, h));
        if !d.is_empty() {
            sheet.fill(&d, tone);
        }
    }

    fn scene_of(&self, view: View) -> Scene {
        match view {
            View::Front => self.scene,
            View::Hero => Scene::Disc,
            View::Angle if self.scene == Scene::Split => Scene::Disc,
            View::Angle => Scene::Split,
            View::Back if self.scene == Scene::Arch => Scene::Tile,
            View::Back => Scene::Arch,
            View::Detail if self.scene == Scene::Band => Scene::Split,
            View::Detail => Scene::Band,
            View::Set => Scene::Tiles,
        }
    }
}

fn outline(scene: Scene, (w, h): (f64, f64)) -> String {
    match scene {
        Scene::Plain => String::new(),
        Scene::Tile => Area::around(w / 2.0, h / 2.0, h * 0.76, h * 0.76).round(h * 0.16),
        Scene::Stripe => format!("M{:.0} 0H{:.0}L{:.0} {h}H{:.0}z", w * 0.36, w * 0.84, w * 0.64, w * 0.16),
        Scene::Sill => format!("M0 {:.0}H{w}V{h}H0z{}", h * 0.72, disc(w * 0.5, h * 0.4, h * 0.3)),
        Scene::Disc => disc(w * 0.5, h * 0.52, h * 0.41),
        Scene::Arch => {
            let half = w * 0.33;
            format!(
                "M{:.0} {h}V{:.0}a{half:.0} {half:.0} 0 0 1 {:.0} 0V{h}z",
                w / 2.0 - half,
                h * 0.47,
                2.0 * half
            )
        }
        Scene::Split => format!("M0 {h}V{:.0}L{w} {:.0}V{h}z", h * 0.78, h * 0.36),
        Scene::Band => {
            format!("M0 {:.0}L{:.0} 0H{w}V{:.0}L{:.0} {h}H0z", h * 0.66, w * 0.66, h * 0.42, w * 0.42)
        }
        Scene::Tiles => {
            let left = Area::new(w * 0.08, h * 0.1, w * 0.42, h * 0.8).round(w * 0.07);
            format!("{left}{}", disc(w * 0.72, h * 0.62, w * 0.2))
        }
    }
}
