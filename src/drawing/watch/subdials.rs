//! Small dials: seconds, counters, power reserve, moon.

use super::dial;
use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polar, polygon, polyline, turn};
use super::spec::Watch;

/// What a sub-dial counts to and where its hand stands.
struct Counter {
    at: (f64, f64),
    r: f64,
    numbers: [&'static str; 3],
    ticks: u32,
    hand: f64,
}

/// Draws the sub-dials that this watch has.
pub fn draw(ink: &mut Ink, watch: &Watch) {
    let face = dial::face(watch);
    let w = face.half.0;
    let h = face.cut.unwrap_or(face.half.1);
    let counter = |degrees: f64, numbers, ticks, hand| {
        let (x, y) = polar(degrees, w * 0.49);
        Counter { at: (x, y), r: w * 0.275, numbers, ticks, hand }
    };
    match watch.dial.subdials {
        "seconds" => {
            let at = (0.0, h - w * 0.47);
            draw_counter(
                ink,
                watch,
                &Counter { at, r: w * 0.29, numbers: ["60", "20", "40"], ticks: 60, hand: 216.0 },
            );
        }
        "two" => {
            draw_counter(ink, watch, &counter(270.0, ["60", "20", "40"], 60, 132.0));
            draw_counter(ink, watch, &counter(90.0, ["30", "10", "20"], 30, 48.0));
        }
        "three" => {
            draw_counter(ink, watch, &counter(90.0, ["30", "10", "20"], 30, 36.0));
            draw_counter(ink, watch, &counter(180.0, ["12", "4", "8"], 24, 310.0));
            draw_counter(ink, watch, &counter(270.0, ["60", "20", "40"], 60, 150.0));
        }
        "reserve" => reserve(ink, watch, w, h),
        "moon" => moon(ink, watch, w, h),
        _ => {}
    }
}

fn draw_counter(ink: &mut Ink, watch: &Watch, c: &Counter) {
    let dial = &watch.dial;
    let ground = dial.subdial_colour;
    let ink_colour = if ground.luma() > 0.5 { Rgb(38.0, 40.0, 45.0) } else { Rgb(238.0, 236.0, 228.0) };
    ink.open(&format!("transform=\"translate({:.1} {:.1})\"", c.at.0, c.at.1));
    let lip = ink.linear(
        (-c.r, -c.r),
        (c.r, c.r),
        &[(0.0, BLACK, 0.55), (0.45, BLACK, 0.1), (0.6, WHITE, 0.1), (1.0, WHITE, 0.75)],
    );
    let bowl = ink.linear(
        (-c.r, -c.r),
        (c.r, c.r),
        &[(0.0, ground.lit(0.8), 1.0), (0.5, ground, 1.0), (1.0, ground.lit(1.1), 1.0)],
    );
    ink.disc((0.0, 0.0), c.r, bowl);
    let grooves: String = (2..9).map(|i| circle((0.0, 0.0), c.r * f64::from(i) / 11.0)).collect();
    ink.line(&grooves, BLACK, 0.9, 0.14);
    ink.line(&circle((0.0, 0.0), c.r), lip, 2.6, 1.0);
    let ticks: String = (0..c.ticks)
        .map(|i| f64::from(i) * 360.0 / f64::from(c.ticks))
        .map(|a| polyline(&[polar(a, c.r - 3.0), polar(a, c.r - if a % 30.0 == 0.0 { 10.0 } else { 7.0 })]))
        .collect();
    ink.line(&ticks, ink_colour, 1.1, 0.9);
    let tall = c.r * 0.22;
    let places = [0.0, 120.0, 240.0];
    let numbers: String = c
        .numbers
        .iter()
        .zip(places)
        .map(|(t, a)| glyph::text(t, Setting::new(polar(a, c.r * 0.64), tall)))
        .collect();
    ink.line(&numbers, ink_colour, tall * 0.14, 0.95);
    small_hand(ink, watch, c.r, c.hand);
    ink.close();
}

fn small_hand(ink: &mut Ink, watch: &Watch, r: f64, angle: f64) {
    let colour = watch.hands.colour;
    let at = |x: f64, y: f64| turn((x, -y), angle);
    let d = polygon(&[
        at(-2.6, -r * 0.26),
        at(2.6, -r * 0.26),
        at(2.4, r * 0.2),
        at(0.5, r * 0.84),
        at(-0.5, r * 0.84),
        at(-2.4, r * 0.2),
    ]);
    ink.open("transform=\"translate(1.6 2.4)\"");
    ink.tint(&d, BLACK, 0.35);
    ink.close();
    ink.fill(&d, colour);
    ink.line(&polyline(&[at(0.0, -r * 0.2), at(0.0, r * 0.7)]), colour.mix(WHITE, 0.6), 0.8, 0.6);
    ink.disc((0.0, 0.0), 5.4, colour.lit(0.8));
    ink.disc((-1.0, -1.2), 2.6, colour.mix(WHITE, 0.6));
}

/// A fan between seven and five o'clock that shows how long the spring still pulls.
fn reserve(ink: &mut Ink, watch: &Watch, w: f64, h: f64) {
    let colour = watch.dial.track_colour;
    let centre = (0.0, h - w * 0.62);
    let r = w * 0.3;
    ink.open(&format!("transform=\"translate({:.1} {:.1})\"", centre.0, centre.1));
    let at = |a: f64, r: f64| polar(180.0 - a, r);
    let arc = |r: f64, from: f64, to: f64| {
        let points: Vec<_> = (0..=16).map(|i| at(from + (to - from) * f64::from(i) / 16.0, r)).collect();
        polyline(&points)
    };
    ink.line(&arc(r, -62.0, 62.0), colour, 1.4, 0.9);
    ink.line(&arc(r - 5.0, -62.0, -34.0), Rgb(178.0, 60.0, 48.0), 4.0, 1.0);
    let ticks: String =
        (0..=8).map(|i| -62.0 + f64::from(i) * 15.5).map(|a| polyline(&[at(a, r), at(a, r - 9.0)])).collect();
    ink.line(&ticks, colour, 1.6, 0.9);
    let tall = w * 0.06;
    let words = glyph::text("0", Setting::new(at(-76.0, r - 2.0), tall))
        + &glyph::text("1", Setting::new(at(76.0, r - 2.0), tall));
    ink.line(&words, colour, tall * 0.14, 0.9);
    small_hand(ink, watch, r, 180.0 - 28.0);
    ink.close();
}

/// The moon behind its two clouds.
fn moon(ink: &mut Ink, watch: &Watch, w: f64, h: f64) {
    let r = w * 0.25;
    let metal = watch.hands.colour;
    ink.open(&format!("transform=\"translate(0 {:.1})\"", h - w * 0.54));
    ink.ring((0.0, 0.0), r + 6.0, 1.0, &watch.dial.track_colour.to_string(), "stroke-opacity=\"0.7\"");
    let ticks: String = (0..31)
        .map(|i| f64::from(i) * 360.0 / 31.0)
        .map(|a| polyline(&[polar(a, r + 7.0), polar(a, r + 12.0)]))
        .collect();
    ink.line(&ticks, watch.dial.track_colour, 1.0, 0.8);
    let window = format!(
        "M{:.1} {:.1}A{r:.1} {r:.1} 0 0 1 {:.1} {:.1}A{:.1} {:.1} 0 0 0 0 {:.1}A{:.1} {:.1} 0 0 0 {:.1} {:.1}Z",
        -r,
        r * 0.2,
        r,
        r * 0.2,
        r * 0.5,
        r * 0.5,
        r * 0.2,
        r * 0.5,
        r * 0.5,
        -r,
        r * 0.2
    );
    let clip = ink.clip(&window);
    let night = ink.radial(
        (0.0, -r * 0.3),
        r * 1.4,
        &[(0.0, Rgb(38.0, 62.0, 118.0), 1.0), (1.0, Rgb(12.0, 20.0, 48.0), 1.0)],
    );
    ink.open(&clip);
    ink.fill(&circle((0.0, 0.0), r), night);
    let stars: String = [
        (-0.75, -0.1),
        (-0.6, -0.45),
        (-0.34, -0.72),
        (-0.52, -0.12),
        (0.66, -0.3),
        (0.44, -0.74),
        (0.76, 0.06),
        (-0.14, -0.86),
        (0.62, -0.56),
    ]
    .iter()
    .map(|(x, y)| circle((x * r, y * r), 1.8))
    .collect();
    ink.fill(&stars, Rgb(244.0, 226.0, 170.0));
    let moon_at = (r * 0.1, -r * 0.42);
    let glow = ink.radial(
        (moon_at.0 - 8.0, moon_at.1 - 8.0),
        r * 0.5,
        &[(0.0, Rgb(255.0, 246.0, 214.0), 1.0), (1.0, Rgb(214.0, 172.0, 92.0), 1.0)],
    );
    ink.disc(moon_at, r * 0.36, glow);
    let craters: String = [(-0.1, -0.08, 0.07), (0.1, 0.06, 0.09), (-0.04, 0.16, 0.05), (0.14, -0.14, 0.04)]
        .iter()
        .map(|(x, y, s)| circle((moon_at.0 + x * r, moon_at.1 + y * r), s * r))
        .collect();
    ink.tint(&craters, Rgb(150.0, 110.0, 50.0), 0.35);
    ink.close();
    ink.line(&window, BLACK, 3.4, 0.35);
    ink.line(&window, metal, 1.6, 1.0);
    ink.close();
}
