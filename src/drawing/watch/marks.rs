//! Hour marks: applied batons and plots, printed and applied numerals.

use super::dial;
use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polar, polygon, rounded, turn};
use super::space::Outline;
use super::spec::Watch;

/// Draws the hour marks.
pub fn draw(ink: &mut Ink, watch: &Watch) {
    let face = dial::face(watch);
    let free: Vec<u32> = (1..=12).filter(|h| !covered(watch, *h)).collect();
    match watch.dial.indices {
        "dots" => dots(ink, watch, &face),
        "plots" => plots(ink, watch, &face, &free),
        "roman" => roman(ink, watch, &face, &free),
        "arabic" | "breguet" | "pilot" => numerals(ink, watch, &face, &free),
        "mixed" => {
            let (numbers, bars): (Vec<u32>, Vec<u32>) = free.iter().partition(|h| *h % 3 == 0);
            numerals(ink, watch, &face, &numbers);
            batons(ink, watch, &face, &bars);
        }
        _ => batons(ink, watch, &face, &free),
    }
}

/// Is this hour's place taken by a window or a sub-dial?
fn covered(watch: &Watch, hour: u32) -> bool {
    let dial = &watch.dial;
    let window = match dial.date {
        "three" => Some(3),
        "six" => Some(6),
        _ => None,
    };
    let short = matches!(dial.indices, "baton" | "dots");
    let sub: &[u32] = match dial.subdials {
        "three" => &[3, 6, 9],
        "two" => &[3, 9],
        "seconds" | "moon" => &[6],
        _ => &[],
    };
    window == Some(hour) || (!short && sub.contains(&hour)) || (short && dial.subdials == "moon" && hour == 6)
}

fn edge(watch: &Watch) -> f64 {
    match watch.dial.track {
        "none" => 8.0,
        "dots" => 14.0,
        _ => 17.0,
    }
}

/// Faces of applied marks that look to the light and away from it.
#[derive(Default)]
struct Facets {
    whole: String,
    lit: String,
    dim: String,
    lume: String,
}

impl Facets {
    /// Adds a bar standing at `degrees`, from `r1` inwards to `r0`.
    fn bar(&mut self, degrees: f64, (r0, r1): (f64, f64), half: f64) {
        let corner = |x: f64, r: f64| turn((x, -r), degrees);
        let left = [corner(-half, r1), corner(0.0, r1), corner(0.0, r0), corner(-half, r0)];
        let right = [corner(0.0, r1), corner(half, r1), corner(half, r0), corner(0.0, r0)];
        self.whole += &polygon(&[left[0], right[1], right[2], left[3]]);
        let out = turn((-1.0, 0.0), degrees);
        let (bright, dull) = if out.0 * -0.6 + out.1 * -0.8 > 0.0 { (left, right) } else { (right, left) };
        self.lit += &polygon(&bright);
        self.dim += &polygon(&dull);
    }

    fn draw(&self, ink: &mut Ink, colour: Rgb, lume: Option<Rgb>) {
        ink.open("transform=\"translate(1.8 2.6)\"");
        ink.tint(&self.whole, BLACK, 0.38);
        ink.close();
        ink.fill(&self.whole, colour);
        ink.fill(&self.lit, colour.lit(1.0).mix(WHITE, 0.5));
        ink.fill(&self.dim, colour.lit(0.62));
        if let (Some(lume), false) = (lume, self.lume.is_empty()) {
            ink.fill(&self.lume, lume);
        }
    }
}

fn batons(ink: &mut Ink, watch: &Watch, face: &Outline, hours: &[u32]) {
    let w = face.half.0;
    let mut facets = Facets::default();
    for hour in hours {
        let a = f64::from(*hour) * 30.0;
        let r1 = face.reach(a) - edge(watch);
        let tight =
            matches!((watch.dial.subdials, hour), ("three", 3 | 6 | 9) | ("two", 3 | 9) | ("seconds", 6));
        let long = if tight { w * 0.06 } else { w * if hour % 3 == 0 { 0.19 } else { 0.165 } };
        let half = if watch.dial.lume.is_some() { 5.4 } else { 3.8 };
        let places: &[f64] = if *hour == 12 { &[-1.0, 1.0] } else { &[0.0] };
        for side in places {
            let shift = side * (half + 1.6) / r1 * 57.3;
            facets.bar(a + shift, (r1 - long, r1), half);
            if watch.dial.lume.is_some() {
                let inner = |x: f64, r: f64| turn((x, -r), a + shift);
                let (t, b, h) = (r1 - 4.0, r1 - long + 3.0, half - 2.2);
                facets.lume += &polygon(&[inner(-h, t), inner(h, t), inner(h, b), inner(-h, b)]);
            }
        }
    }
    facets.draw(ink, watch.dial.index_colour, watch.dial.lume);
}

fn dots(ink: &mut Ink, watch: &Watch, face: &Outline) {
    let colour = watch.dial.index_colour;
    let (mut body, mut shine) = (String::new(), String::new());
    for hour in (1..=12).filter(|h| !covered(watch, *h)) {
        let a = f64::from(hour) * 30.0;
        let r = face.reach(a) - edge(watch) - 9.0;
        let size = if hour % 3 == 0 { 8.0 } else { 6.0 };
        let places: &[f64] = if hour == 12 { &[-4.6, 4.6] } else { &[0.0] };
        for shift in places {
            let at = polar(a + shift, r);
            body += &circle(at, size);
            shine += &circle((at.0 - size * 0.3, at.1 - size * 0.35), size * 0.4);
        }
    }
    ink.open("transform=\"translate(2 3)\"");
    ink.tint(&body, BLACK, 0.38);
    ink.close();
    ink.fill(&body, colour);
    ink.line(&body, colour.lit(0.55), 1.2, 0.9);
    ink.tint(&shine, WHITE, 0.75);
}

/// Luminous plots in metal frames: round, with bars at six and nine and a triangle at twelve.
fn plots(ink: &mut Ink, watch: &Watch, face: &Outline, hours: &[u32]) {
    let lume = watch.dial.lume.unwrap_or(Rgb(232.0, 238.0, 220.0));
    let (mut frame, mut glow) = (String::new(), String::new());
    for hour in hours {
        let a = f64::from(*hour) * 30.0;
        let r = face.reach(a) - edge(watch) - 15.0;
        let shape = |grow: f64| match hour {
            12 => {
                let g = grow * 1.5;
                polygon(&[(-20.0 - g, -r - 17.0 - grow), (20.0 + g, -r - 17.0 - grow), (0.0, -r + 20.0 + g)])
            }
            3 | 6 | 9 => {
                let corner = |x: f64, y: f64| turn((x, y - r), a);
                let (h, t, b) = (8.0 + grow, -15.0 - grow, 17.0 + grow);
                polygon(&[corner(-h, t), corner(h, t), corner(h, b), corner(-h, b)])
            }
            _ => circle(polar(a, r), 13.0 + grow),
        };
        frame += &shape(2.6);
        glow += &shape(0.0);
    }
    ink.open("transform=\"translate(1.8 2.8)\"");
    ink.tint(&frame, BLACK, 0.4);
    ink.close();
    ink.fill(&frame, watch.dial.index_colour);
    ink.line(&frame, watch.dial.index_colour.lit(0.55), 0.8, 0.9);
    ink.fill(&glow, lume);
}

const ROMAN: [&str; 12] = ["I", "II", "III", "IIII", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];

fn roman(ink: &mut Ink, watch: &Watch, face: &Outline, hours: &[u32]) {
    let tall = face.half.0 * 0.2;
    let d: String = hours
        .iter()
        .map(|hour| {
            let a = f64::from(*hour) * 30.0;
            let at = polar(a, face.reach(a) - edge(watch) - tall * 0.52);
            glyph::roman(ROMAN[(*hour as usize - 1) % 12], Setting::new(at, tall).turned(a))
        })
        .collect();
    ink.open("transform=\"translate(1.2 1.8)\"");
    ink.tint(&d, BLACK, 0.25);
    ink.close();
    ink.fill(&d, watch.dial.index_colour);
}

fn numerals(ink: &mut Ink, watch: &Watch, face: &Outline, hours: &[u32]) {
    let style = watch.dial.indices;
    let tall = face.half.0
        * match style {
            "pilot" => 0.235,
            "mixed" => 0.25,
            "breguet" => 0.185,
            _ => 0.195,
        };
    let mut d = String::new();
    for hour in hours.iter().filter(|h| !(style == "pilot" && **h == 12)) {
        let a = f64::from(*hour) * 30.0;
        let (x, y) = polar(a, face.reach(a) - edge(watch) - tall * 0.56);
        let wide = if *hour >= 10 { tall * 0.16 } else { 0.0 };
        let at = (x - wide * x.signum() * if x.abs() > 20.0 { 1.0 } else { 0.0 }, y);
        let set = Setting::new(at, tall);
        let set = if style == "breguet" { set.leaning(0.2).spaced(0.16) } else { set.spaced(0.17) };
        d += &glyph::text(&hour.to_string(), set);
    }
    if style == "breguet" {
        return broad_nib(ink, watch, &d, tall);
    }
    let width = tall * if style == "pilot" { 0.165 } else { 0.13 };
    shadow(ink, &d, width);
    if style == "pilot" {
        ink.line(&d, watch.dial.lume.unwrap_or(watch.dial.index_colour), width, 1.0);
        pilot_triangle(ink, watch, face, tall);
    } else {
        ink.line(&d, watch.dial.index_colour, width, 1.0);
        if let Some(lume) = watch.dial.lume {
            ink.line(&d, lume, width * 0.5, 1.0);
        }
    }
}

fn shadow(ink: &mut Ink, d: &str, width: f64) {
    ink.open("transform=\"translate(1.2 1.8)\"");
    ink.line(d, BLACK, width, 0.28);
    ink.close();
}

/// Strokes drawn several times side by side, as a broad pen would: thick stems, thin bows.
fn broad_nib(ink: &mut Ink, watch: &Watch, d: &str, tall: f64) {
    for step in -2..=2 {
        let shift = f64::from(step) * tall * 0.026;
        ink.open(&format!("transform=\"translate({shift:.2} {:.2})\"", -shift * 0.2));
        ink.line(d, watch.dial.index_colour, tall * 0.055, 1.0);
        ink.close();
    }
}

fn pilot_triangle(ink: &mut Ink, watch: &Watch, face: &Outline, tall: f64) {
    let y = -(face.reach(0.0) - edge(watch));
    let lume = watch.dial.lume.unwrap_or(watch.dial.index_colour);
    let d = polygon(&[(-tall * 0.36, y), (tall * 0.36, y), (0.0, y + tall * 0.66)])
        + &circle((-tall * 0.62, y + tall * 0.2), tall * 0.1)
        + &circle((tall * 0.62, y + tall * 0.2), tall * 0.1);
    ink.fill(&d, lume);
}

/// The date's window: a frame, a disc below, a number.
pub fn date(ink: &mut Ink, watch: &Watch) {
    let face = dial::face(watch);
    let (a, r) = match watch.dial.date {
        "three" => (90.0, face.reach(90.0) * 0.73),
        "half-past-four" if matches!(watch.dial.indices, "baton" | "dots" | "plots") => {
            (135.0, face.reach(135.0) * 0.7)
        }
        "half-past-four" => (135.0, face.reach(135.0) * 0.5),
        "six" => (180.0, face.reach(180.0) * 0.73),
        _ => return,
    };
    let (x, y) = polar(a, r);
    let tilt = if a == 135.0 { 45.0 } else { 0.0 };
    let (w, h) = (face.half.0 * 0.21, face.half.0 * 0.165);
    ink.open(&format!("transform=\"translate({x:.1} {y:.1}) rotate({tilt})\""));
    let frame = rounded((0.0, 0.0), (w + 5.0, h + 5.0), 2.0);
    let paint = ink.linear(
        (-w / 2.0, -h / 2.0),
        (w / 2.0, h / 2.0),
        &[(0.0, WHITE, 1.0), (0.5, watch.metal.at(0.5), 1.0), (1.0, watch.metal.at(0.2), 1.0)],
    );
    if watch.dial.indices == "baton" {
        ink.fill(&frame, paint);
    } else {
        ink.tint(&frame, BLACK, 0.35);
    }
    let disc = watch.dial.date_colour;
    let window = rounded((0.0, 0.0), (w, h), 1.2);
    ink.fill(&window, disc);
    let print = if disc.luma() > 0.5 { Rgb(26.0, 27.0, 30.0) } else { Rgb(240.0, 238.0, 230.0) };
    ink.line(&glyph::text("17", Setting::new((0.0, 0.0), h * 0.66).spaced(0.14)), print, h * 0.09, 1.0);
    ink.tint(&rounded((0.0, -h / 2.0 + 1.8), (w, 3.6), 0.5), BLACK, 0.4);
    ink.tint(&rounded((-w / 2.0 + 1.4, 0.0), (2.8, h), 0.5), BLACK, 0.25);
    ink.close();
}
