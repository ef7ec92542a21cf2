//! Cords: the path of a coil and the look of its jacket.

use super::color::{Color, INK, WHITE};
use super::paint::Sheet;
use std::f64::consts::{PI, TAU};
use std::fmt::Write;

/// The jacket of a cord.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Jacket {
    Smooth,
    Braided,
    /// A ribbon with a groove.
    Flat,
}

pub const JACKETS: &[(&str, Jacket)] =
    &[("smooth", Jacket::Smooth), ("braided", Jacket::Braided), ("flat", Jacket::Flat)];

/// A cord of one jacket; `width` in the units of the path.
#[derive(Clone, Copy)]
pub struct Cord {
    pub jacket: Jacket,
    pub color: Color,
    pub accent: Color,
    pub width: f64,
}

impl Cord {
    /// Paints the cord along a path, with the shadow of something `lift` high (0: none).
    pub fn paint(&self, sheet: &mut Sheet, d: &str, lift: f64) {
        if lift > 0.0 {
            sheet.line_shadow(d, self.width, lift);
        }
        let w = self.width;
        sheet.line(d, self.color.dark(0.45), w);
        sheet.line(d, self.color, w * 0.86);
        match self.jacket {
            Jacket::Smooth => {}
            Jacket::Braided => {
                sheet.dashes(d, self.accent, w * 0.8, &format!("{:.1} {:.1}", w * 0.16, w * 0.3));
                sheet.dashes(d, self.color.dark(0.28), w * 0.3, &format!("{:.1} {:.1}", w * 0.23, w * 0.23));
            }
            Jacket::Flat => sheet.haze(d, INK, w * 0.1, 0.3),
        }
        let reach = w * 0.2;
        sheet
            .at(&format!("translate(-{reach:.1} -{reach:.1})"), |sheet| sheet.haze(d, WHITE, w * 0.16, 0.34));
    }
}

/// A flat spiral around `(cx, cy)` that begins at the left of its inner ring and ends at the right of its outer
/// one; `rings` turns and a half, `gap` apart.
pub fn spiral((cx, cy): (f64, f64), inner: f64, rings: i64, gap: f64) -> String {
    let turns = rings as f64 - 0.5;
    let steps = (turns * 8.0).round() as i64;
    let point = |step: i64| {
        let turn = turns * step as f64 / steps as f64;
        let angle = PI + turn * TAU;
        let r = inner + gap * turn;
        ((cx + r * angle.cos(), cy + r * angle.sin()), (angle, r))
    };
    let step_angle = TAU * turns / steps as f64;
    let reach = step_angle / 3.0;
    let ((x, y), _) = point(0);
    let mut d = format!("M{x:.1} {y:.1}");
    for step in 1..=steps {
        let ((ax, ay), (a, ar)) = point(step - 1);
        let ((bx, by), (b, br)) = point(step);
        write!(
            d,
            "C{:.1} {:.1} {:.1} {:.1} {bx:.1} {by:.1}",
            ax - a.sin() * ar * reach,
            ay + a.cos() * ar * reach,
            bx + b.sin() * br * reach,
            by - b.cos() * br * reach
        )
        .expect("writing to a String never fails");
    }
    d
}

/// Paints a spring of `loops` between two points on one height, front halves over back halves.
pub fn paint_spring(
    sheet: &mut Sheet,
    cord: Cord,
    (x, y): (f64, f64),
    (length, height): (f64, f64),
    loops: i64,
) {
    let pitch = length / loops as f64;
    let half = height / 2.0;
    let slope = pitch * 0.9;
    for turn in 0..loops {
        let left = x + pitch * turn as f64;
        let back = format!(
            "M{left:.1} {:.1}c{:.1} {:.1} {:.1} -{:.1} {:.1} -{height:.1}",
            y + half,
            slope,
            height * 0.1,
            slope * 0.6,
            height * 0.9,
            pitch * 0.5
        );
        Cord { color: cord.color.dark(0.38), accent: cord.accent.dark(0.3), ..cord }.paint(sheet, &back, 0.0);
    }
    for turn in 0..loops {
        let left = x + pitch * (turn as f64 + 0.5);
        let front = format!(
            "M{left:.1} {:.1}c-{:.1} 0 -{:.1} {height:.1} {:.1} {height:.1}",
            y - half,
            slope * 0.75,
            slope * 0.25,
            pitch * 0.5
        );
        cord.paint(sheet, &front, 0.0);
    }
}
