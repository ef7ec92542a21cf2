//! Bezels: polished rings, turned edges, and inserts with scales.

use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polar, polygon};
use super::space::{Camera, Outline};
use super::spec::Watch;

/// How far the dial's opening lies inside the case.
pub fn width(watch: &Watch) -> f64 {
    match watch.bezel {
        "thin" => 15.0,
        "stepped" => 30.0,
        "coin" => 26.0,
        "diver" | "countdown" => 58.0,
        "gmt" => 56.0,
        "tachymeter" => 50.0,
        _ => 25.0,
    }
}

/// Height of the bezel above the middle case.
pub fn height(watch: &Watch) -> f64 {
    match watch.bezel {
        "thin" => 7.0,
        "diver" | "countdown" | "gmt" => 20.0,
        _ => 13.0,
    }
}

/// The outer edge of the bezel.
pub fn outer(watch: &Watch) -> Outline {
    let base = if watch.round_opening && !watch.case.is_round() {
        Outline::round(watch.case.half.0 - 10.0)
    } else {
        watch.case
    };
    base.inset(if is_turning(watch) { 1.0 } else { 7.0 })
}

/// The opening over the dial.
pub fn opening(watch: &Watch) -> Outline {
    outer(watch).inset(width(watch))
}

/// Can it be turned by hand?
fn is_turning(watch: &Watch) -> bool {
    matches!(watch.bezel, "diver" | "countdown" | "gmt")
}

/// Draws flank and face of the bezel.
pub fn draw(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let edge = outer(watch);
    let metal = &watch.bezel_metal;
    shadow_line(ink, cam, &edge);
    super::case::wall(ink, cam, &edge, (0.0, height(watch)), (metal, "polished"));
    if is_turning(watch) || watch.bezel == "coin" {
        teeth(ink, cam, watch);
    }
    ink.open(&cam.plane(height(watch)));
    let light = super::scene::light(cam, edge.half.0.max(edge.half.1));
    let dark = (-light.0, -light.1);
    let stops = if watch.finish == "matt" { metal.brushed() } else { metal.polished() };
    let paint = ink.linear(light, dark, &stops);
    ink.fill(&edge.path(), &paint);
    let soft = ink.linear(light, dark, &metal.brushed());
    let slope = ink.linear(light, dark, &metal.slope());
    match watch.bezel {
        "stepped" => {
            ink.fill(&edge.inset(8.0).path(), slope.as_str());
            ink.fill(&edge.inset(11.0).path(), &soft);
            ink.fill(&edge.inset(21.0).path(), slope.as_str());
            ink.fill(&edge.inset(24.0).path(), &paint);
        }
        "plain" => {
            ink.fill(&edge.inset(7.0).path(), &soft);
            ink.fill(&edge.inset(18.0).path(), slope.as_str());
        }
        "coin" => {
            ink.fill(&edge.inset(9.0).path(), slope.as_str());
            ink.fill(&edge.inset(12.0).path(), &soft);
        }
        "thin" => ink.fill(&edge.inset(7.0).path(), slope.as_str()),
        _ => insert(ink, watch, &edge, (light, slope.as_str())),
    }
    let rim = ink.linear(light, dark, &[(0.0, WHITE, 0.95), (0.45, WHITE, 0.1), (1.0, BLACK, 0.45)]);
    ink.line(&edge.inset(1.2).path(), rim, 2.2, 1.0);
    ink.close();
}

/// A thin dark joint between case and bezel.
fn shadow_line(ink: &mut Ink, cam: &Camera, edge: &Outline) {
    ink.open(&cam.plane(0.0));
    ink.line(&edge.path(), BLACK, 5.0, 0.35);
    ink.close();
}

/// The grip around a turning bezel, drawn at its flank and its upper edge.
fn teeth(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let edge = outer(watch);
    let count = if watch.bezel == "coin" { 120 } else { 72 };
    let mut grooves = String::new();
    if !cam.is_flat() {
        for i in 0..count {
            let a = f64::from(i) * 360.0 / f64::from(count);
            let (x, y) = polar(a, edge.reach(a) + 0.5);
            if cam.faces(x, y) > 0.0 {
                let (top, low) = (cam.at(x, y, height(watch)), cam.at(x, y, 3.0));
                grooves += &super::ink::polyline(&[top, low]);
            }
        }
        ink.line(&grooves, watch.bezel_metal.at(0.03), 3.4 * cam.scale, 0.65);
    }
    let r = edge.half.0;
    let step = std::f64::consts::TAU * r / f64::from(count);
    ink.open(&cam.plane(height(watch)));
    let dashes =
        format!("stroke-linecap=\"butt\" stroke-dasharray=\"{:.2} {:.2}\"", step * 0.62, step * 0.38);
    ink.ring((0.0, 0.0), r + 0.5, 6.0, &watch.bezel_metal.at(0.62).to_string(), &dashes);
    ink.close();
}

/// The coloured ring of a tool watch and its scale.
fn insert(ink: &mut Ink, watch: &Watch, edge: &Outline, (light, slope): ((f64, f64), &str)) {
    let (r1, r0) = (edge.half.0 - 10.0, edge.half.0 - width(watch) + 5.0);
    let dark = (-light.0, -light.1);
    ink.disc((0.0, 0.0), r1 + 2.5, watch.bezel_metal.at(0.1));
    ink.disc((0.0, 0.0), r1, watch.bezel_colour);
    if watch.bezel == "gmt" {
        let half = format!("M{r1:.1} 0A{r1:.1} {r1:.1} 0 0 1 {:.1} 0Z", -r1);
        ink.fill(&half, watch.bezel_colour2);
    }
    let gloss = ink.linear(
        light,
        dark,
        &[
            (0.0, WHITE, 0.34),
            (0.22, WHITE, 0.06),
            (0.36, WHITE, 0.2),
            (0.5, BLACK, 0.12),
            (0.8, BLACK, 0.2),
            (0.92, WHITE, 0.1),
            (1.0, BLACK, 0.2),
        ],
    );
    ink.disc((0.0, 0.0), r1, gloss);
    let mark = if watch.bezel_colour.luma() > 0.6 { Rgb(32.0, 34.0, 38.0) } else { Rgb(240.0, 238.0, 230.0) };
    match watch.bezel {
        "diver" => diver_scale(ink, watch, (r0, r1), mark),
        "countdown" => minute_scale(ink, (r0, r1), mark),
        "gmt" => day_scale(ink, watch, (r0, r1), mark),
        _ => speed_scale(ink, (r0, r1), mark),
    }
    ink.disc((0.0, 0.0), r0, slope);
    ink.disc((0.0, 0.0), r0 - 2.0, watch.bezel_metal.at(0.5));
}

fn radial_bar(degrees: f64, (r0, r1): (f64, f64), half: f64) -> String {
    let corner = |x: f64, r: f64| super::ink::turn((x, -r), degrees);
    polygon(&[corner(-half, r0), corner(half, r0), corner(half, r1), corner(-half, r1)])
}

fn diver_scale(ink: &mut Ink, watch: &Watch, (r0, r1): (f64, f64), mark: Rgb) {
    let mut bars = String::new();
    for minute in 1..60 {
        let a = f64::from(minute) * 6.0;
        if minute % 10 == 0 {
            continue;
        }
        if minute % 5 == 0 {
            bars += &radial_bar(a, (r0 + 9.0, r1 - 7.0), 3.4);
        } else if matches!(minute, 2..9 | 12..15) {
            bars += &radial_bar(a, (r0 + 14.0, r1 - 8.0), 1.4);
        }
    }
    ink.fill(&bars, mark);
    let size = (r1 - r0) * 0.52;
    let middle = (r0 + r1) / 2.0;
    let numerals: String = (1..6)
        .map(|i| {
            glyph::text(
                &format!("{}", i * 10),
                Setting::new(polar(f64::from(i) * 60.0, middle), size).turned(f64::from(i) * 60.0),
            )
        })
        .collect();
    ink.line(&numerals, mark, size * 0.17, 1.0);
    let triangle = [(-20.0, -(r1 - 6.0)), (20.0, -(r1 - 6.0)), (0.0, -(r0 + 5.0))];
    ink.fill(&polygon(&triangle), mark);
    let pearl = watch.dial.lume.unwrap_or(Rgb(226.0, 236.0, 214.0));
    ink.disc((0.0, -(middle + 5.0)), 9.0, watch.bezel_metal.at(0.3));
    ink.disc((0.0, -(middle + 5.0)), 7.4, pearl);
}

fn minute_scale(ink: &mut Ink, (r0, r1): (f64, f64), mark: Rgb) {
    let middle = (r0 + r1) / 2.0;
    let bars: String = (0..60)
        .filter(|m| m % 5 != 0)
        .map(|m| radial_bar(f64::from(m) * 6.0, (r0 + 8.0, r0 + 18.0), 1.3))
        .collect();
    ink.fill(&bars, mark);
    let size = (r1 - r0) * 0.46;
    let numerals: String = (1..12)
        .map(|i| f64::from(i) * 30.0)
        .map(|a| {
            glyph::text(&format!("{}", 60.0 - a / 6.0), Setting::new(polar(a, middle + 1.0), size).turned(a))
        })
        .collect();
    ink.line(&numerals, mark, size * 0.17, 1.0);
    ink.fill(&polygon(&[(-16.0, -(r1 - 7.0)), (16.0, -(r1 - 7.0)), (0.0, -(r0 + 6.0))]), mark);
}

fn day_scale(ink: &mut Ink, watch: &Watch, (r0, r1): (f64, f64), mark: Rgb) {
    let middle = (r0 + r1) / 2.0;
    let light_half = watch.bezel_colour2.luma() > 0.6;
    let size = (r1 - r0) * 0.5;
    let (mut numerals, mut lower) = (String::new(), String::new());
    let dots: String = (0..12).map(|i| circle(polar(f64::from(i) * 30.0 + 15.0, middle), 3.6)).collect();
    for hour in 1..12 {
        let a = f64::from(hour) * 30.0;
        let d = glyph::text(&format!("{}", hour * 2), Setting::new(polar(a, middle), size).turned(a));
        if (90.0..=270.0).contains(&a) { lower += &d } else { numerals += &d }
    }
    let below = if light_half { Rgb(32.0, 34.0, 38.0) } else { mark };
    ink.fill(&dots, mark);
    ink.line(&numerals, mark, size * 0.16, 1.0);
    ink.line(&lower, below, size * 0.16, 1.0);
    ink.fill(&polygon(&[(-17.0, -(r1 - 7.0)), (17.0, -(r1 - 7.0)), (0.0, -(r0 + 6.0))]), mark);
}

fn speed_scale(ink: &mut Ink, (r0, r1): (f64, f64), mark: Rgb) {
    let middle = (r0 + r1) / 2.0;
    let size = (r1 - r0) * 0.4;
    let speeds = [60, 65, 70, 75, 80, 90, 100, 110, 120, 140, 160, 180, 200, 240, 300, 400];
    let (mut numerals, mut ticks) = (String::new(), String::new());
    for speed in speeds {
        let a = 360.0 * 60.0 / f64::from(speed);
        numerals += &glyph::text(
            &speed.to_string(),
            Setting::new(polar(a, middle - 3.0), size).turned(a).spaced(0.16),
        );
        ticks += &radial_bar(a, (r1 - 8.0, r1 - 2.5), 1.3);
    }
    numerals += &glyph::arc_text("TACHYMETER", 26.0, middle - 2.0, size * 0.62);
    ink.fill(&ticks, mark);
    ink.line(&numerals, mark, size * 0.15, 1.0);
}
