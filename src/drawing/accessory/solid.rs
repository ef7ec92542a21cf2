//! Slabs and blocks in parallel projection.

use super::color::Color;
use super::paint::Sheet;

/// How a flat face lies in the picture, and where its thickness goes.
#[derive(Clone, Copy)]
pub struct Stance {
    /// The face's x axis in the picture.
    pub across: (f64, f64),
    /// The face's y axis in the picture.
    pub down: (f64, f64),
    /// Where one unit of thickness goes.
    pub depth: (f64, f64),
}

/// A slab that lies on the ground, seen from the front left.
pub const LYING: Stance = Stance { across: (0.80, -0.30), down: (0.44, 0.76), depth: (0.0, 1.0) };
/// A slab that stands, turned so that its right side shows.
pub const STANDING: Stance = Stance { across: (0.86, 0.16), down: (0.0, 1.0), depth: (0.80, -0.22) };

impl Stance {
    /// The transform of the face, scaled and moved to `(x, y)`.
    pub fn matrix(&self, scale: f64, (x, y): (f64, f64)) -> String {
        format!(
            "matrix({:.3} {:.3} {:.3} {:.3} {x:.1} {y:.1})",
            self.across.0 * scale,
            self.across.1 * scale,
            self.down.0 * scale,
            self.down.1 * scale
        )
    }
}

/// A prism with one outline, its face to be painted by the caller in the same matrix.
pub struct Prism<'a> {
    pub outline: &'a str,
    pub stance: Stance,
    pub scale: f64,
    pub at: (f64, f64),
    /// Thickness in the outline's units.
    pub thick: f64,
    pub color: Color,
}

impl Prism<'_> {
    /// Paints shadow and sides, then `face` in the face's own coordinates.
    pub fn paint(&self, sheet: &mut Sheet, lift: f64, face: impl FnOnce(&mut Sheet)) {
        let matrix = self.stance.matrix(self.scale, self.at);
        let reach = self.thick * self.scale;
        let depth = (self.stance.depth.0 * reach, self.stance.depth.1 * reach);
        let foot = if self.stance.depth.1 > 0.0 { depth } else { (0.0, 0.0) };
        sheet.shadow(self.outline, &format!("translate({:.1} {:.1}) {matrix}", foot.0, foot.1), lift);
        let color = self.color;
        let stops =
            [(0.0, color.light(0.14), 1.0), (0.35, color.dark(0.08), 1.0), (1.0, color.dark(0.42), 1.0)];
        let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &stops);
        sheet.sweep(self.outline, &matrix, depth, &paint);
        sheet.at(&matrix, face);
    }
}
