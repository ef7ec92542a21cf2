//! The camera and the shapes of cases. Units are tenths of a millimetre; x right, y to six o'clock, z to the eye.

use super::ink::{circle, n, polygon};

/// A parallel projection: the watch is turned about its own axis, then tilted away.
#[derive(Clone, Copy)]
pub struct Camera {
    turn: (f64, f64),
    tilt: (f64, f64),
    pub scale: f64,
    pub centre: (f64, f64),
}

impl Camera {
    /// `turn` and `tilt` in degrees, `scale` in px per tenth of a millimetre.
    pub fn new(turn: f64, tilt: f64, scale: f64, centre: (f64, f64)) -> Camera {
        Camera { turn: turn.to_radians().sin_cos(), tilt: tilt.to_radians().sin_cos(), scale, centre }
    }

    /// Where a point of the watch appears on the canvas.
    pub fn at(&self, x: f64, y: f64, z: f64) -> (f64, f64) {
        let (s, c) = self.turn;
        let (across, along) = (x * c - y * s, x * s + y * c);
        (
            self.centre.0 + self.scale * across,
            self.centre.1 + self.scale * (along * self.tilt.1 - z * self.tilt.0),
        )
    }

    /// The transform that draws a flat layer at height `z`.
    pub fn plane(&self, z: f64) -> String {
        let ((s, c), k) = (self.turn, self.scale);
        let (e, f) = self.at(0.0, 0.0, z);
        let t = self.tilt.1;
        let m = |v: f64| format!("{:.4}", v * k);
        format!("transform=\"matrix({} {} {} {} {} {})\"", m(c), m(s * t), m(-s), m(c * t), n(e), n(f))
    }

    /// The same camera for things whose own origin lies at (x, y).
    pub fn aimed(&self, x: f64, y: f64) -> Camera {
        Camera { centre: self.at(x, y, 0.0), ..*self }
    }

    /// Seen straight from above?
    pub fn is_flat(&self) -> bool {
        self.tilt.0.abs() < 1e-6
    }

    /// How much a wall whose outward direction is (x, y) faces the eye; above 0 is seen.
    pub fn faces(&self, x: f64, y: f64) -> f64 {
        let (s, c) = self.turn;
        (x * s + y * c) * self.tilt.0
    }

    /// How strongly a wall with this outward direction is lit, 0..1: the light stands at the upper left.
    pub fn wall_light(&self, x: f64, y: f64) -> f64 {
        let (s, c) = self.turn;
        let across = x * c - y * s;
        0.5 - 0.5 * (across + 0.15)
    }
}

/// The outline of a case, a bezel or a dial.
#[derive(Clone, Copy, Debug)]
pub struct Outline {
    /// Half the width and half the height.
    pub half: (f64, f64),
    /// Exponent of the superellipse: 2 is a circle.
    pub power: f64,
    /// Half height at which a tonneau is cut off.
    pub cut: Option<f64>,
}

impl Outline {
    pub fn round(r: f64) -> Outline {
        Outline { half: (r, r), power: 2.0, cut: None }
    }

    pub fn is_round(&self) -> bool {
        self.power == 2.0 && self.cut.is_none()
    }

    /// The same outline, smaller by `inset` on every side.
    pub fn inset(&self, inset: f64) -> Outline {
        Outline {
            half: (self.half.0 - inset, self.half.1 - inset),
            power: self.power,
            cut: self.cut.map(|c| c - inset),
        }
    }

    /// Distance of the edge from the centre, `degrees` clockwise from twelve.
    pub fn reach(&self, degrees: f64) -> f64 {
        let (s, c) = degrees.to_radians().sin_cos();
        let p = self.power;
        let r = ((s / self.half.0).abs().powf(p) + (c / self.half.1).abs().powf(p)).powf(-1.0 / p);
        match self.cut {
            None => r,
            Some(cut) => {
                let flat = cut / c.abs().max(1e-6);
                (r.powf(-14.0) + flat.powf(-14.0)).powf(-1.0 / 14.0)
            }
        }
    }

    /// Points of the edge, clockwise from twelve.
    pub fn points(&self, count: usize) -> Vec<(f64, f64)> {
        let step = 360.0 / count as f64;
        (0..count).map(|i| i as f64 * step).map(|a| super::ink::polar(a, self.reach(a))).collect()
    }

    /// The edge as path data.
    pub fn path(&self) -> String {
        if self.is_round() { circle((0.0, 0.0), self.half.0) } else { polygon(&self.points(72)) }
    }

    /// The ring between this outline and a smaller one; fill it with the even-odd rule.
    pub fn ring_to(&self, inner: &Outline) -> String {
        self.path() + &inner.path()
    }

    /// Half the height at this x; 0 outside.
    pub fn height_at(&self, x: f64) -> f64 {
        let t = 1.0 - (x / self.half.0).abs().powf(self.power);
        let y = self.half.1 * t.max(0.0).powf(1.0 / self.power);
        self.cut.map_or(y, |c| y.min(c))
    }
}
