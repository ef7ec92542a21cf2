//! What is seen through a sapphire back: plate, bridges, wheels, balance and rotor.

use super::back::screw;
use super::glyph;
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, n, polar, polygon, polyline};
use super::spec::Watch;

const BRASS: Rgb = Rgb(206.0, 168.0, 98.0);
const RUBY: Rgb = Rgb(176.0, 24.0, 62.0);
const BLUED: Rgb = Rgb(38.0, 66.0, 150.0);
const RHODIUM: Rgb = Rgb(206.0, 208.0, 212.0);

/// Draws the movement in a window of radius `r`; `light` points to the light.
pub fn draw(ink: &mut Ink, watch: &Watch, r: f64, light: (f64, f64)) {
    let clip = ink.clip(&circle((0.0, 0.0), r));
    ink.open(&clip);
    plate(ink, r);
    if watch.movement == "manual" {
        hand_wound(ink, r);
    } else {
        train(ink, r);
        rotor(ink, watch, r, light);
    }
    let shade = ink.radial(
        (-light.0 * 0.08, -light.1 * 0.08),
        r * 1.04,
        &[(0.0, BLACK, 0.0), (0.86, BLACK, 0.0), (1.0, BLACK, 0.55)],
    );
    ink.disc((0.0, 0.0), r, shade);
    let sheen = ink.linear(light, (0.0, 0.0), &[(0.0, WHITE, 0.32), (0.6, WHITE, 0.05), (1.0, WHITE, 0.0)]);
    ink.fill(&circle((light.0, light.1), r * 1.02), sheen);
    ink.close();
}

/// The main plate, covered with small turned pearls.
fn plate(ink: &mut Ink, r: f64) {
    ink.disc((0.0, 0.0), r, Rgb(158.0, 160.0, 164.0));
    let mut pearls = String::new();
    let step = r / 6.5;
    for row in -8..=8i32 {
        for column in -8..=8i32 {
            let (x, y) = (
                f64::from(column) * step + f64::from(row.rem_euclid(2)) * step / 2.0,
                f64::from(row) * step * 0.87,
            );
            if x.hypot(y) < r * 1.02 && y > r * -0.1 {
                pearls += &circle((x, y), step * 0.5);
            }
        }
    }
    ink.line(&pearls, WHITE, 1.2, 0.4);
}

/// A bridge with striped top and polished edge.
fn bridge(ink: &mut Ink, shape: &[(f64, f64)], r: f64) {
    let d = smooth(shape, r);
    ink.open("transform=\"translate(3 4)\"");
    ink.tint(&d, BLACK, 0.4);
    ink.close();
    ink.fill(&d, RHODIUM);
    let clip = ink.clip(&d);
    ink.open(&clip);
    let stripe = r * 0.11;
    for i in -10..=10 {
        let x = f64::from(i) * stripe;
        let paint = ink.linear(
            (x, 0.0),
            (x + stripe, stripe * 0.3),
            &[
                (0.0, Rgb(236.0, 238.0, 241.0), 1.0),
                (0.55, Rgb(196.0, 198.0, 203.0), 1.0),
                (1.0, Rgb(158.0, 161.0, 168.0), 1.0),
            ],
        );
        ink.fill(
            &format!(
                "M{} {}h{}l{} {}h{}Z",
                n(x - r * 0.3),
                n(-r),
                n(stripe),
                n(r * 0.6),
                n(2.0 * r),
                n(-stripe)
            ),
            paint,
        );
    }
    ink.close();
    ink.line(&d, WHITE, 2.6, 0.95);
    ink.line(&d, Rgb(96.0, 100.0, 108.0), 0.8, 0.9);
}

/// A closed soft curve through points given in parts of `r`.
fn smooth(points: &[(f64, f64)], r: f64) -> String {
    let at = |i: usize| {
        let (x, y) = points[i % points.len()];
        (x * r, y * r)
    };
    let middle = |a: (f64, f64), b: (f64, f64)| ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0);
    let first = middle(at(0), at(1));
    let mut d = format!("M{} {}", n(first.0), n(first.1));
    for i in 1..=points.len() {
        let (corner, end) = (at(i), middle(at(i), at(i + 1)));
        d += &format!("Q{} {} {} {}", n(corner.0), n(corner.1), n(end.0), n(end.1));
    }
    d + "Z"
}

fn wheel(ink: &mut Ink, at: (f64, f64), r: f64, colour: Rgb) {
    let paint = ink.linear(
        (at.0 - r, at.1 - r),
        (at.0 + r, at.1 + r),
        &[(0.0, colour.mix(WHITE, 0.6), 1.0), (0.5, colour, 1.0), (1.0, colour.lit(0.6), 1.0)],
    );
    ink.disc((at.0 + 1.6, at.1 + 2.4), r + 2.0, "#000000\" fill-opacity=\"0.35");
    let teeth = format!("stroke-linecap=\"butt\" stroke-dasharray=\"{:.2} {:.2}\"", r * 0.075, r * 0.06);
    ink.ring(at, r, 5.0, &colour.lit(0.7).to_string(), &teeth);
    ink.disc(at, r - 1.5, paint);
    ink.ring(at, r * 0.78, 1.0, &colour.lit(0.55).to_string(), "");
}

fn spokes(ink: &mut Ink, at: (f64, f64), r: f64) {
    let gaps: String = (0..4)
        .map(|i| f64::from(i) * 90.0 + 20.0)
        .map(|a| {
            let p = |da: f64, k: f64| {
                let (x, y) = polar(a + da, r * k);
                (at.0 + x, at.1 + y)
            };
            polygon(&[
                p(8.0, 0.72),
                p(28.0, 0.74),
                p(50.0, 0.74),
                p(72.0, 0.72),
                p(60.0, 0.25),
                p(20.0, 0.25),
            ])
        })
        .collect();
    ink.tint(&gaps, Rgb(60.0, 60.0, 64.0), 0.75);
}

fn jewel(ink: &mut Ink, at: (f64, f64), r: f64) {
    ink.disc(at, r + 3.0, BRASS);
    ink.ring(at, r + 3.0, 0.9, "#6f5020", "");
    let paint = ink.radial(
        (at.0 - r * 0.3, at.1 - r * 0.4),
        r * 1.3,
        &[(0.0, RUBY.mix(WHITE, 0.55), 1.0), (0.5, RUBY, 1.0), (1.0, RUBY.lit(0.5), 1.0)],
    );
    ink.disc(at, r, paint);
    ink.disc(at, r * 0.24, Rgb(40.0, 10.0, 18.0));
}

/// The balance with its spring, under its cock.
fn balance(ink: &mut Ink, at: (f64, f64), r: f64) {
    ink.disc(at, r * 1.08, "#000000\" fill-opacity=\"0.42");
    ink.ring((at.0 + 1.5, at.1 + 2.0), r, r * 0.13, "#000000", "stroke-opacity=\"0.4\"");
    ink.ring(at, r, r * 0.13, &BRASS.to_string(), "");
    ink.ring((at.0 - 0.8, at.1 - 1.0), r, 1.4, &BRASS.mix(WHITE, 0.7).to_string(), "");
    let (a, b) = (polar(28.0, r), polar(208.0, r));
    ink.line(&polyline(&[(at.0 + a.0, at.1 + a.1), (at.0 + b.0, at.1 + b.1)]), BRASS, r * 0.1, 1.0);
    let spring: Vec<_> = (0..64)
        .map(f64::from)
        .map(|i| polar(i * 28.0, r * (0.12 + i * 0.0072)))
        .map(|(x, y)| (at.0 + x, at.1 + y))
        .collect();
    ink.line(&polyline(&spring), BLUED, 1.3, 0.95);
    for i in 0..10 {
        let (x, y) = polar(f64::from(i) * 36.0 + 10.0, r * 1.02);
        ink.disc((at.0 + x, at.1 + y), r * 0.06, BRASS.lit(0.85));
    }
}

fn train(ink: &mut Ink, r: f64) {
    wheel(ink, (0.3 * r, 0.44 * r), r * 0.27, BRASS);
    spokes(ink, (0.3 * r, 0.44 * r), r * 0.27);
    bridge(
        ink,
        &[
            (-0.95, -0.3),
            (-0.6, -0.85),
            (0.2, -0.98),
            (0.85, -0.6),
            (0.95, 0.1),
            (0.5, 0.26),
            (0.1, 0.1),
            (-0.3, 0.24),
            (-0.9, 0.2),
        ],
        r,
    );
    balance(ink, (-0.42 * r, 0.56 * r), r * 0.26);
    bridge(ink, &[(-0.98, 0.36), (-0.78, 0.36), (-0.36, 0.5), (-0.34, 0.62), (-0.74, 0.6), (-0.98, 0.6)], r);
    jewel(ink, (-0.42 * r, 0.56 * r), r * 0.04);
    bridge(ink, &[(0.5, 0.98), (0.3, 0.62), (0.24, 0.4), (0.36, 0.34), (0.5, 0.56), (0.98, 0.5)], r);
    for (x, y) in [(0.3, 0.44), (0.62, 0.02), (-0.62, -0.1), (0.1, -0.1)] {
        jewel(ink, (x * r, y * r), r * 0.042);
    }
    for (x, y) in [(-0.78, 0.06), (0.8, -0.2), (-0.84, 0.47), (0.62, 0.72)] {
        screw(ink, (x * r, y * r), r * 0.05, BLUED);
    }
}

/// The winding weight: a heavy half ring on a hub.
fn rotor(ink: &mut Ink, watch: &Watch, r: f64, light: (f64, f64)) {
    let gold = watch.metal.body.luma() < 0.72 && watch.metal.body.0 > watch.metal.body.2 + 30.0;
    let base = if gold { watch.metal } else { super::spec::Metal::named("steel") };
    let turn = -24.0;
    let half = |k: f64| {
        let (a, b) = (polar(turn - 90.0, r * k), polar(turn + 90.0, r * k));
        format!("M{} {}A{:.1} {:.1} 0 0 1 {} {}Z", n(a.0), n(a.1), r * k, r * k, n(b.0), n(b.1))
    };
    ink.open("transform=\"translate(4 6)\"");
    ink.tint(&half(0.985), BLACK, 0.42);
    ink.close();
    let brush = ink.linear(light, (-light.0, -light.1), &base.polished());
    ink.fill(&half(0.985), brush);
    let inner = ink.linear(
        light,
        (-light.0 * 0.5, -light.1 * 0.5),
        &[(0.0, base.at(0.76), 1.0), (0.5, base.at(0.46), 1.0), (1.0, base.at(0.7), 1.0)],
    );
    ink.fill(&half(0.74), inner);
    ink.line(&half(0.74), base.at(0.14), 1.6, 0.6);
    let rays: String = (0..46)
        .map(|i| turn - 88.0 + f64::from(i) * 176.0 / 45.0)
        .map(|a| polyline(&[polar(a, r * 0.2), polar(a, r * 0.72)]))
        .collect();
    ink.line(&rays, WHITE, 0.9, 0.35);
    let name = glyph::arc_text(&watch.dial.logo, turn, r * 0.86, r * 0.085);
    ink.line(&name, base.at(0.02), r * 0.014, 0.85);
    ink.disc((1.0, 2.0), r * 0.17, "#000000\" fill-opacity=\"0.35");
    let hub = ink.linear((-r * 0.15, -r * 0.15), (r * 0.15, r * 0.15), &base.polished());
    ink.disc((0.0, 0.0), r * 0.16, hub);
    ink.ring((0.0, 0.0), r * 0.11, 1.4, &base.at(0.15).to_string(), "");
    for i in 0..3 {
        screw(ink, polar(f64::from(i) * 120.0, r * 0.065), r * 0.022, BLUED);
    }
}

fn hand_wound(ink: &mut Ink, r: f64) {
    wheel(ink, (0.42 * r, 0.36 * r), r * 0.25, BRASS);
    spokes(ink, (0.42 * r, 0.36 * r), r * 0.25);
    bridge(
        ink,
        &[
            (-0.98, 0.0),
            (-0.85, -0.6),
            (-0.2, -0.98),
            (0.6, -0.85),
            (0.98, -0.2),
            (0.8, 0.12),
            (0.3, 0.06),
            (0.0, 0.3),
            (-0.5, 0.14),
        ],
        r,
    );
    for (x, y, size) in [(-0.2, -0.4, 0.34), (0.42, -0.42, 0.2)] {
        let at = (x * r, y * r);
        wheel(ink, at, r * size, RHODIUM);
        let swirl: String = (0..24)
            .map(|i| f64::from(i) * 15.0)
            .map(|a| {
                let (p, q) = (polar(a, r * size * 0.28), polar(a + 42.0, r * size * 0.74));
                polyline(&[(at.0 + p.0, at.1 + p.1), (at.0 + q.0, at.1 + q.1)])
            })
            .collect();
        ink.line(&swirl, Rgb(90.0, 92.0, 98.0), 0.9, 0.4);
        screw(ink, at, r * 0.07, BLUED);
    }
    balance(ink, (-0.36 * r, 0.56 * r), r * 0.29);
    bridge(ink, &[(-0.98, 0.3), (-0.8, 0.36), (-0.3, 0.48), (-0.28, 0.64), (-0.7, 0.62), (-0.98, 0.6)], r);
    bridge(ink, &[(0.66, 0.9), (0.4, 0.56), (0.32, 0.34), (0.48, 0.28), (0.62, 0.5), (0.98, 0.46)], r);
    for (x, y) in [(-0.36, 0.56), (0.42, 0.36), (0.64, -0.02), (-0.6, -0.06), (0.1, 0.08)] {
        jewel(ink, (x * r, y * r), r * 0.045);
    }
    for (x, y) in [(-0.8, -0.1), (0.78, -0.34), (-0.82, 0.46), (0.72, 0.6), (0.1, -0.82)] {
        screw(ink, (x * r, y * r), r * 0.052, BLUED);
    }
}
