//! Hour, minute and seconds hands.

use super::dial;
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polygon, turn};
use super::spec::Watch;

/// Half of a hand's profile, from tail to tip: (half width, distance), in parts of the hand's length;
/// and where its luminous filling lies: (half width, from, to).
struct Shape {
    profile: Vec<(f64, f64)>,
    lume: Option<(f64, f64, f64)>,
}

/// The profile of a hand of this length; hour hands are the broader ones.
fn shape(name: &str, hour: bool, long: f64) -> Shape {
    let w = |minute: f64, broad: f64| if hour { broad / long } else { minute / long };
    let (profile, lume) = match name {
        "leaf" | "moon" | "baton" | "dauphine" => return plain(name, &w),
        "pencil" => {
            let b = w(5.6, 7.0);
            (vec![(b * 0.8, -0.16), (b, 0.05), (b, 0.9), (0.0, 1.0)], (b * 0.52, 0.2, 0.88))
        }
        "sword" => {
            let b = w(9.0, 11.5);
            (vec![(b * 0.35, -0.16), (b * 0.35, 0.12), (b, 0.76), (0.0, 1.0)], (b * 0.5, 0.36, 0.86))
        }
        "cathedral" => {
            let b = w(8.0, 11.0);
            let stem = [(b * 0.34, -0.14), (b * 0.34, 0.3), (b, 0.4), (b, 0.62)];
            let tip = [(b * 0.4, 0.76), (b * 0.6, 0.84), (0.0, 1.0)];
            ([stem.as_slice(), tip.as_slice()].concat(), (b * 0.6, 0.4, 0.62))
        }
        "block" if hour => {
            let (b, s) = (8.0 / long, 17.0 / long);
            let profile = vec![(b * 0.7, -0.14), (b * 0.7, 0.48), (s, 0.66), (b * 0.7, 0.84), (b * 0.4, 1.0)];
            (profile, (b * 0.9, 0.56, 0.76))
        }
        "syringe" => {
            let b = w(7.6, 9.6);
            let barrel = [(b * 0.5, -0.14), (b * 0.5, 0.14), (b, 0.18), (b, 0.7)];
            let needle = [(b * 0.22, 0.76), (b * 0.18, 1.0)];
            ([barrel.as_slice(), needle.as_slice()].concat(), (b * 0.58, 0.22, 0.68))
        }
        _ => {
            let b = w(8.4, 11.5);
            (vec![(b * 0.7, -0.12), (b, 0.1), (b, 0.92), (0.0, 1.0)], (b * 0.6, 0.22, 0.9))
        }
    };
    Shape { profile, lume: Some(lume) }
}

/// Hands without a luminous filling.
fn plain(name: &str, w: &dyn Fn(f64, f64) -> f64) -> Shape {
    let profile = match name {
        "leaf" => {
            let b = w(5.6, 7.6);
            let root = [(b * 0.3, -0.14), (b * 0.42, 0.05), (b * 0.75, 0.22), (b, 0.42)];
            let tip = [(b * 0.8, 0.64), (b * 0.35, 0.86), (0.0, 1.0)];
            [root.as_slice(), tip.as_slice()].concat()
        }
        "moon" => {
            let b = w(2.6, 3.2);
            vec![(b * 1.6, -0.18), (b, 0.05), (b * 0.9, 0.7), (b * 0.5, 0.9), (0.0, 1.0)]
        }
        "baton" => {
            let b = w(3.6, 4.6);
            vec![(b, -0.2), (b, 0.99), (b * 0.8, 1.0)]
        }
        _ => vec![(0.0, -0.13), (w(8.2, 10.4), 0.12), (0.0, 1.0)],
    };
    Shape { profile, lume: None }
}

/// One hand ready to be placed: its outline's left and right half.
struct Hand {
    angle: f64,
    long: f64,
    shape: Shape,
}

impl Hand {
    fn side(&self, sign: f64) -> String {
        let at = |(w, t): &(f64, f64)| turn((sign * w * self.long, -t * self.long), self.angle);
        let mut points: Vec<_> = self.shape.profile.iter().map(at).collect();
        let ends = [self.shape.profile.last(), self.shape.profile.first()];
        points.extend(ends.into_iter().flatten().map(|(_, t)| at(&(0.0, *t))));
        polygon(&points)
    }

    fn draw(&self, ink: &mut Ink, colour: Rgb, lume: Option<Rgb>, lift: f64) {
        let (left, right) = (self.side(-1.0), self.side(1.0));
        let whole = format!("{left}{right}");
        for (k, grow) in [(0.14, 4.0), (0.26, 0.6)] {
            ink.open(&format!("transform=\"translate({lift:.1} {:.1})\"", lift * 1.5));
            ink.raw(&format!("<path d=\"{whole}\" stroke=\"#000\" stroke-width=\"{grow}\" stroke-opacity=\"{k}\" fill-opacity=\"{k}\"/>"));
            ink.close();
        }
        let out = turn((-1.0, 0.0), self.angle);
        let left_lit = out.0 * -0.6 + out.1 * -0.8 > 0.0;
        let tones = if colour.luma() > 0.5 {
            (colour.mix(WHITE, 0.55), colour.lit(0.56))
        } else {
            (colour.mix(WHITE, 0.34), colour.lit(0.72))
        };
        ink.fill(&left, if left_lit { tones.0 } else { tones.1 });
        ink.fill(&right, if left_lit { tones.1 } else { tones.0 });
        if let (Some(colour), Some((w, from, to))) = (lume, self.shape.lume) {
            let corner = |x: f64, t: f64| turn((x * self.long, -t * self.long), self.angle);
            let tip = to + (to - from) * 0.03;
            ink.fill(
                &polygon(&[
                    corner(-w, from),
                    corner(-w, to),
                    corner(0.0, tip),
                    corner(w, to),
                    corner(w, from),
                ]),
                colour,
            );
        }
    }
}

/// Draws the hands at ten past ten.
pub fn draw(ink: &mut Ink, watch: &Watch) {
    let face = dial::face(watch);
    let reach = face.half.0;
    let hands = &watch.hands;
    let minute = hands.minute * 6.0;
    let hour = 300.0 + hands.minute * 0.5;
    if let Some(colour) = hands.gmt {
        gmt(ink, reach, colour, watch.dial.lume);
    }
    let pieces = [(hour, reach * 0.57, true), (minute, reach * 0.86, false)];
    for (angle, long, is_hour) in pieces {
        let hand = Hand { angle, long, shape: shape(hands.shape, is_hour, long) };
        hand.draw(ink, hands.colour, watch.dial.lume, if is_hour { 2.6 } else { 3.6 });
        if hands.shape == "moon" {
            eye(ink, angle, long, hands.colour);
        }
    }
    if hands.seconds == "centre" {
        seconds(ink, watch, reach);
    }
    let hub = if hands.seconds == "centre" { hands.seconds_colour } else { hands.colour };
    ink.disc((0.8, 1.4), 10.4, "#000000\" fill-opacity=\"0.3");
    let paint = ink.radial(
        (-3.0, -4.0),
        15.0,
        &[(0.0, hub.mix(WHITE, 0.7), 1.0), (0.55, hub, 1.0), (1.0, hub.lit(0.5), 1.0)],
    );
    ink.disc((0.0, 0.0), 9.4, paint);
    ink.disc((0.0, 0.0), 2.6, hub.lit(0.45));
}

/// The hollow disc near the tip of a moon hand.
fn eye(ink: &mut Ink, angle: f64, long: f64, colour: Rgb) {
    let at = turn((0.0, -long * 0.76), angle);
    ink.ring((at.0 + 1.6, at.1 + 2.4), 9.0, 3.0, "#000000", "stroke-opacity=\"0.25\"");
    ink.disc(at, 9.0, "#000000\" fill-opacity=\"0.05");
    ink.ring(at, 8.6, 3.0, &colour.to_string(), "");
    ink.ring((at.0 - 0.6, at.1 - 0.8), 8.6, 0.9, &colour.mix(WHITE, 0.6).to_string(), "");
}

fn seconds(ink: &mut Ink, watch: &Watch, reach: f64) {
    let colour = watch.hands.seconds_colour;
    let angle = 199.0 + watch.hands.minute * 2.0;
    let long = reach * 0.9;
    let (a, b) = (turn((0.0, reach * 0.26), angle), turn((0.0, -long), angle));
    let thick = turn((0.0, reach * 0.12), angle);
    let stem = super::ink::polyline(&[a, b]);
    let tail = super::ink::polyline(&[a, thick]);
    ink.open("transform=\"translate(4 6)\"");
    ink.line(&stem, BLACK, 2.4, 0.28);
    ink.line(&tail, BLACK, 5.0, 0.28);
    ink.close();
    ink.line(&stem, colour, 2.2, 1.0);
    ink.line(&tail, colour, 5.2, 1.0);
    let light = colour.mix(WHITE, 0.6);
    ink.line(&stem, light, 0.7, 0.7);
    if matches!(watch.hands.shape, "block" | "sword" | "broad" | "pencil") {
        let at = turn((0.0, -reach * 0.62), angle);
        ink.disc(at, 7.6, colour);
        ink.disc(at, 5.4, watch.dial.lume.unwrap_or(colour));
    }
}

fn gmt(ink: &mut Ink, reach: f64, colour: Rgb, lume: Option<Rgb>) {
    let angle = 248.0;
    let long = reach * 0.92;
    let (a, b) = (turn((0.0, reach * 0.18), angle), turn((0.0, -long * 0.84), angle));
    let stem = super::ink::polyline(&[a, b]);
    let corner = |x: f64, r: f64| turn((x, -r), angle);
    let arrow = polygon(&[corner(-15.0, long * 0.82), corner(15.0, long * 0.82), corner(0.0, long)]);
    let inner = polygon(&[corner(-8.5, long * 0.845), corner(8.5, long * 0.845), corner(0.0, long * 0.95)]);
    ink.open("transform=\"translate(2.2 3.2)\"");
    ink.line(&stem, BLACK, 4.6, 0.3);
    ink.tint(&arrow, BLACK, 0.3);
    ink.close();
    ink.line(&stem, colour, 4.4, 1.0);
    ink.fill(&arrow, colour);
    ink.fill(&inner, lume.unwrap_or(colour.mix(WHITE, 0.4)));
    ink.fill(&circle((0.0, 0.0), 10.0), colour);
}
