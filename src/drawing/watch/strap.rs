//! The strap as a ribbon in space: how it lies, how the light falls on it.

use super::ink::{BLACK, Ink, Rgb, WHITE, polygon, polyline};
use super::space::Camera;
use super::spec::Strap;
use super::weave;

/// How a strap lies.
#[derive(Clone, Copy, PartialEq)]
pub enum Lay {
    /// Worn: it falls away behind the watch on a curve of this radius.
    Loop(f64),
    /// Open on the table at this height.
    Flat(f64),
}

struct Sample {
    s: f64,
    y: f64,
    z: f64,
    slope: f64,
}

/// One half of a strap, from the case outwards.
pub struct Run<'a> {
    pub cam: &'a Camera,
    pub strap: &'a Strap,
    samples: Vec<Sample>,
    /// -1 towards twelve, 1 towards six.
    side: f64,
    length: f64,
    /// Not mounted: no case throws its shade on it.
    loose: bool,
}

const STEP: f64 = 8.0;

impl<'a> Run<'a> {
    /// A run that leaves the case at `start` = (|y|, z) and is at most `length` long.
    pub fn new(cam: &'a Camera, strap: &'a Strap, side: f64, start: (f64, f64), lay: (Lay, f64)) -> Run<'a> {
        let mut run = Run { cam, strap, samples: Vec::new(), side, length: 0.0, loose: false };
        let (mut y, mut z, mut s) = (start.0, start.1, 0.0);
        while s <= lay.1 {
            let slope: f64 = match lay.0 {
                Lay::Loop(radius) => (14f64.to_radians() + s / radius).min(1.56),
                Lay::Flat(ground) => {
                    let fall = (start.1 - ground).max(1.0);
                    let t = s / 260.0;
                    if t < 1.0 { (fall / 260.0 * 6.0 * t * (1.0 - t)).atan() } else { 0.0 }
                }
            };
            run.samples.push(Sample { s, y, z, slope });
            if slope > 1.55 || run.off_canvas(y, z) {
                break;
            }
            (y, z, s) = (y + STEP * slope.cos(), z - STEP * slope.sin(), s + STEP);
        }
        run.length = run.samples.last().map_or(0.0, |l| l.s);
        run
    }

    /// The same run of a strap that lies alone.
    pub fn loose(self) -> Run<'a> {
        Run { loose: true, ..self }
    }

    fn off_canvas(&self, y: f64, z: f64) -> bool {
        let half = self.strap.width / 2.0 + 40.0;
        let outside = |(x, y): (f64, f64)| !(-60.0..=1660.0).contains(&x) || !(-60.0..=1260.0).contains(&y);
        outside(self.cam.at(-half, self.side * y, z)) && outside(self.cam.at(half, self.side * y, z))
    }

    /// How far the run reaches, along the strap.
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Half the strap's width at `s`.
    fn half(&self, s: f64) -> f64 {
        let t = (s / 760.0).clamp(0.0, 1.0);
        (self.strap.width + (self.strap.taper - self.strap.width) * t) / 2.0
    }

    fn sample(&self, s: f64) -> (f64, f64, f64) {
        let i = ((s / STEP).max(0.0) as usize).min(self.samples.len().saturating_sub(2));
        let Some(a) = self.samples.get(i) else { return (0.0, 0.0, 0.0) };
        let Some(b) = self.samples.get(i + 1) else { return (a.y, a.z, a.slope) };
        let t = ((s - a.s) / STEP).min(1.0);
        (a.y + (b.y - a.y) * t, a.z + (b.z - a.z) * t, a.slope + (b.slope - a.slope) * t)
    }

    /// A point of the strap's face: `x` across from -1 to 1, `s` along.
    pub fn at(&self, x: f64, s: f64) -> (f64, f64) {
        self.lifted(x, s, 0.0)
    }

    fn lifted(&self, x: f64, s: f64, up: f64) -> (f64, f64) {
        let (y, z, _) = self.sample(s);
        self.cam.at(x * self.half(s) * (1.0 + (z / 2600.0).min(0.0)), self.side * y, z + up)
    }

    /// A point that may lie past the end of the run, `lower` below its face (a negative height).
    pub fn beyond(&self, x: f64, s: f64, lower: f64) -> (f64, f64) {
        let past = (s - self.length).max(0.0);
        let (y, z, _) = self.sample(s.min(self.length));
        self.cam.at(x * self.half(s), self.side * (y + past), z + lower)
    }

    /// A point given in tenths of a millimetre from an edge: the left (-1) or the right (1).
    pub fn beside_edge(&self, edge: f64, inset: f64, s: f64) -> (f64, f64) {
        self.at(edge * (1.0 - inset / self.half(s)), s)
    }

    /// How bright the face is at `s`: about 1.
    pub fn light(&self, s: f64) -> f64 {
        let (_, _, slope) = self.sample(s);
        let facing = 0.82 * slope.cos() - 0.5 * self.side * slope.sin();
        let k = 0.38 + 0.62 * facing.max(0.0) / 0.82;
        if k > 1.0 { 1.0 + (k - 1.0) * 0.7 } else { k }
    }

    /// A piece of the face between two widths and two lengths.
    pub fn patch(&self, (x0, x1): (f64, f64), (s0, s1): (f64, f64)) -> String {
        polygon(&[self.at(x0, s0), self.at(x1, s0), self.at(x1, s1), self.at(x0, s1)])
    }

    /// A band along the whole run between two widths.
    pub fn band(&self, x0: f64, x1: f64, up: f64) -> String {
        let bends = self.bends();
        let mut points: Vec<_> = bends.iter().map(|s| self.lifted(x0, *s, up)).collect();
        points.extend(bends.iter().rev().map(|s| self.lifted(x1, *s, up)));
        polygon(&points)
    }

    /// Lengths at which the strap bends or its taper ends: between them it is straight.
    fn bends(&self) -> Vec<f64> {
        let mut kept: Vec<f64> = Vec::new();
        let mut slope = f64::NAN;
        for sample in &self.samples {
            let last = sample.s >= self.length;
            let taper = (sample.s - 760.0).abs() < STEP / 2.0;
            if last || taper || slope.is_nan() || (sample.slope - slope).abs() > 0.06 {
                kept.push(sample.s);
                slope = sample.slope;
            }
        }
        kept
    }

    /// A line across the strap.
    pub fn across(&self, (x0, x1): (f64, f64), s: f64) -> String {
        polyline(&[self.at(x0, s), self.at(x1, s)])
    }

    /// Fills the face with a colour, lit along its curve.
    pub fn face(&self, ink: &mut Ink, colour: Rgb, (x0, x1): (f64, f64)) {
        let bends = self.bends();
        for (i, s) in bends.iter().enumerate().take(bends.len().saturating_sub(1)) {
            let (next, end) = (bends[i + 1], bends[(i + 2).min(bends.len() - 1)]);
            ink.fill(&self.patch((x0, x1), (*s, end)), colour.lit(self.light((s + next) / 2.0)));
        }
    }

    /// The thickness under the face, seen at the edge.
    fn edge(&self, ink: &mut Ink, colour: Rgb) {
        let thick = if self.strap.material == "textile" { 12.0 } else { 26.0 };
        for part in [1.0, 0.66, 0.33] {
            ink.fill(&self.band(-1.0, 1.0, -thick * part), colour);
        }
    }

    /// A rounded cross-section: the edges away from the light are darker.
    fn rounded(&self, ink: &mut Ink, depth: f64) {
        for (x0, x1, colour, k) in [
            (-1.0, -0.96, WHITE, 0.22),
            (-1.0, -0.86, BLACK, 0.10),
            (-0.70, 0.10, WHITE, 0.022),
            (-0.62, 0.02, WHITE, 0.022),
            (-0.54, -0.06, WHITE, 0.022),
            (-0.46, -0.14, WHITE, 0.022),
            (-0.38, -0.22, WHITE, 0.022),
            (0.46, 1.0, BLACK, 0.05),
            (0.60, 1.0, BLACK, 0.06),
            (0.72, 1.0, BLACK, 0.08),
            (0.84, 1.0, BLACK, 0.14),
            (0.95, 1.0, BLACK, 0.22),
        ] {
            ink.tint(&self.band(x0, x1, 0.0), colour, k * depth);
        }
    }

    /// Darkness where the strap leaves the case.
    fn contact(&self, ink: &mut Ink) {
        for (reach, k) in [(60.0, 0.10), (42.0, 0.14), (26.0, 0.2), (12.0, 0.25)] {
            ink.tint(&self.patch((-1.0, 1.0), (-4.0, reach)), BLACK, k);
        }
    }

    /// Draws this half of the strap.
    pub fn draw(&self, ink: &mut Ink) {
        let strap = self.strap;
        if strap.is_metal() {
            self.edge(ink, strap.metal.at(0.12));
            weave::metal(ink, self);
        } else {
            self.edge(ink, strap.colour.lit(0.42));
            self.face(ink, strap.colour, (-1.0, 1.0));
            weave::soft(ink, self);
        }
        let depth = match strap.material {
            "leather" | "grained" => 1.0,
            "textile" => 0.45,
            "suede" => 0.6,
            _ => 0.8,
        };
        self.rounded(ink, depth);
        if !self.loose {
            self.contact(ink);
        }
    }
}
