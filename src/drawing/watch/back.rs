//! The back of a watch: a window over the movement, or an engraved lid.

use super::glyph;
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polar, polygon, polyline};
use super::space::{Camera, Outline};
use super::spec::Watch;
use super::{movement, scene};

/// Draws the lid over the case, seen from behind.
pub fn lid(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let r = watch.case.half.0 - 16.0;
    let metal = &watch.metal;
    ink.open(&cam.plane(10.0));
    let light = scene::light(cam, r);
    let dark = (-light.0, -light.1);
    let edge = ring_shape(watch).inset(16.0);
    ink.line(&edge.path(), BLACK, 6.0, 0.4);
    let polish = ink.linear(light, dark, &metal.polished());
    let brush = ink.linear(light, dark, &metal.brushed());
    let slope = ink.linear(light, dark, &metal.slope());
    ink.fill(&edge.path(), polish);
    ink.fill(&edge.inset(5.0).path(), &brush);
    ink.line(&edge.inset(5.0).path(), metal.at(0.2), 1.2, 0.8);
    let solid = watch.back == "solid" || watch.movement == "quartz";
    notches(ink, watch, r);
    if solid {
        let plate = r * 0.74;
        ink.disc((0.0, 0.0), plate + 3.0, &slope);
        ink.disc((0.0, 0.0), plate, &brush);
        lathe(ink, plate, metal.at(0.2));
        engraving(ink, watch, plate);
    } else {
        let window = r * 0.76;
        ink.disc((0.0, 0.0), window + 5.0, &slope);
        movement::draw(ink, watch, window, light);
    }
    let words = words(watch);
    let text = glyph::arc_text(&words.0, 0.0, r * 0.865, r * 0.062)
        + &glyph::arc_text(&words.1, 180.0, r * 0.865, r * 0.062);
    ink.open("transform=\"translate(0.8 1)\"");
    ink.line(&text, WHITE, 1.8, 0.6);
    ink.close();
    ink.line(&text, metal.at(0.06), 1.7, 0.85);
    ink.close();
}

fn ring_shape(watch: &Watch) -> Outline {
    if watch.round_opening { Outline::round(watch.case.half.0) } else { watch.case }
}

fn words(watch: &Watch) -> (String, String) {
    let deep = if matches!(watch.bezel, "diver") { "WATER RESISTANT 30 BAR" } else { "SAPPHIRE CRYSTAL" };
    let made = match watch.movement {
        "quartz" => "QUARTZ",
        "manual" => "HAND WOUND",
        _ => "AUTOMATIC",
    };
    (format!("{} · {made}", watch.dial.logo), deep.to_string())
}

/// Six places where the case key takes hold.
fn notches(ink: &mut Ink, watch: &Watch, r: f64) {
    if !watch.round_opening {
        let spots: Vec<_> =
            [45.0, 135.0, 225.0, 315.0].iter().map(|a| polar(*a, watch.case.reach(*a) - 40.0)).collect();
        for at in spots {
            screw(ink, at, 9.0, watch.metal.at(0.7));
        }
        return;
    }
    for i in 0..6 {
        let a = f64::from(i) * 60.0 + 30.0;
        let at = |da: f64, r: f64| polar(a + da, r);
        let d = polygon(&[at(-3.6, r + 0.5), at(3.6, r + 0.5), at(3.2, r - 12.0), at(-3.2, r - 12.0)]);
        ink.fill(&d, watch.metal.at(0.16));
        ink.line(&polyline(&[at(-3.2, r - 12.0), at(3.2, r - 12.0)]), WHITE, 1.4, 0.5);
    }
}

/// A slotted screw.
pub fn screw(ink: &mut Ink, at: (f64, f64), r: f64, colour: Rgb) {
    ink.disc((at.0 + 0.8, at.1 + 1.2), r + 1.2, "#000000\" fill-opacity=\"0.4");
    let paint = ink.radial(
        (at.0 - r * 0.4, at.1 - r * 0.5),
        r * 1.6,
        &[(0.0, colour.mix(WHITE, 0.65), 1.0), (0.6, colour, 1.0), (1.0, colour.lit(0.5), 1.0)],
    );
    ink.disc(at, r, paint);
    let slant = (at.0 * 3.1 + at.1).to_radians().sin() * 70.0;
    let (dx, dy) = polar(slant, r * 0.9);
    ink.line(&polyline(&[(at.0 - dx, at.1 - dy), (at.0 + dx, at.1 + dy)]), BLACK, r * 0.28, 0.7);
}

/// Fine turned circles.
fn lathe(ink: &mut Ink, r: f64, colour: Rgb) {
    let d: String = (1..14).map(|i| circle((0.0, 0.0), r * f64::from(i) / 14.0)).collect();
    ink.line(&d, colour, 0.7, 0.16);
}

fn engraving(ink: &mut Ink, watch: &Watch, r: f64) {
    let d = match watch.emblem {
        "waves" => waves(r),
        "compass" => compass(r),
        "peaks" => peaks(r),
        _ => orbits(r),
    };
    ink.open("transform=\"translate(1.2 1.6)\"");
    ink.line(&d, WHITE, 3.2, 0.75);
    ink.close();
    ink.line(&d, watch.metal.at(0.05), 3.0, 0.75);
}

fn orbits(r: f64) -> String {
    let mut d = circle((0.0, 0.0), r * 0.13);
    for (i, part) in [0.28, 0.44, 0.62, 0.82].iter().enumerate() {
        d += &circle((0.0, 0.0), r * part);
        d += &circle(polar(40.0 + 97.0 * i as f64, r * part), r * (0.03 + 0.012 * i as f64));
    }
    let beams: String = (0..16)
        .map(|i| f64::from(i) * 22.5)
        .map(|a| polyline(&[polar(a, r * 0.16), polar(a, r * 0.21)]))
        .collect();
    d + &beams
}

fn waves(r: f64) -> String {
    let mut d = circle((0.0, 0.0), r * 0.84);
    for row in -3..=4 {
        let y = f64::from(row) * r * 0.15 + r * 0.12;
        let half = ((0.78 * r).powi(2) - y * y).max(0.0).sqrt();
        let points: Vec<_> = (0..=28)
            .map(|i| -half + 2.0 * half * f64::from(i) / 28.0)
            .map(|x| (x, y + (x / r * 13.0 + f64::from(row)).sin() * r * 0.045))
            .collect();
        d += &polyline(&points);
    }
    d + &polyline(&[(0.0, -r * 0.62), (0.0, -r * 0.4)]) + &circle((0.0, -r * 0.68), r * 0.06)
}

fn compass(r: f64) -> String {
    let mut d = circle((0.0, 0.0), r * 0.84) + &circle((0.0, 0.0), r * 0.3);
    for i in 0..8 {
        let a = f64::from(i) * 45.0;
        let long = if i % 2 == 0 { 0.78 } else { 0.52 };
        d +=
            &polygon(&[polar(a, r * long), polar(a + 20.0, r * 0.16), (0.0, 0.0), polar(a - 20.0, r * 0.16)]);
    }
    d + &(0..72)
        .map(|i| f64::from(i) * 5.0)
        .map(|a| polyline(&[polar(a, r * 0.84), polar(a, r * 0.89)]))
        .collect::<String>()
}

fn peaks(r: f64) -> String {
    let at = |x: f64, y: f64| (x * r, y * r);
    circle((0.0, 0.0), r * 0.84)
        + &polyline(&[at(-0.7, 0.4), at(-0.28, -0.24), at(-0.06, 0.06), at(0.2, -0.42), at(0.72, 0.38)])
        + &polyline(&[at(-0.4, -0.06), at(-0.28, 0.02), at(-0.18, -0.08)])
        + &polyline(&[at(0.06, -0.18), at(0.2, -0.08), at(0.34, -0.2)])
        + &polyline(&[at(-0.74, 0.4), at(0.74, 0.4)])
        + &polyline(&[at(-0.6, 0.54), at(0.6, 0.54)])
        + &circle(at(-0.34, -0.54), r * 0.09)
}
