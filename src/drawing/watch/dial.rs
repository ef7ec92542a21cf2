//! The face: ground, texture, tracks, name and the glass above it.

use super::bezel;
use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polar, polygon, polyline};
use super::space::{Camera, Outline};
use super::spec::Watch;

/// The face inside the sloping ring.
pub fn face(watch: &Watch) -> Outline {
    bezel::opening(watch).inset(if watch.bezel == "thin" { 6.0 } else { 9.0 })
}

/// Draws everything under the glass, hands excepted. The group's units are those of the watch.
pub fn draw(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let opening = bezel::opening(watch);
    let outline = face(watch);
    let reach = opening.half.0.max(opening.half.1);
    let light = super::scene::light(cam, reach);
    let dark = (-light.0, -light.1);
    let wall = if watch.dial.colour.luma() < 0.35 {
        watch.dial.colour.mix(BLACK, 0.25)
    } else {
        watch.metal.at(0.52)
    };
    let slope = ink.linear(
        light,
        dark,
        &[
            (0.0, wall.lit(0.35), 1.0),
            (0.45, wall.lit(0.7), 1.0),
            (0.8, wall.lit(1.25), 1.0),
            (1.0, wall.lit(1.05), 1.0),
        ],
    );
    ink.fill(&opening.path(), slope);
    ground(ink, watch, &outline, light);
    texture(ink, watch, &outline, light);
    sector(ink, watch, &outline);
    track(ink, watch, &outline);
    name(ink, watch, &outline);
}

fn ground(ink: &mut Ink, watch: &Watch, outline: &Outline, light: (f64, f64)) {
    let c = watch.dial.colour;
    let r = outline.half.0.max(outline.half.1);
    let at = (light.0 * 0.25, light.1 * 0.25);
    let paint = match watch.dial.texture {
        "fume" => ink.radial(
            (0.0, 0.0),
            r,
            &[
                (0.0, c.lit(1.22), 1.0),
                (0.35, c.lit(1.05), 1.0),
                (0.72, c.lit(0.55), 1.0),
                (1.0, c.lit(0.12), 1.0),
            ],
        ),
        "enamel" => {
            ink.radial(at, r * 1.3, &[(0.0, c.lit(1.35), 1.0), (0.6, c, 1.0), (1.0, c.lit(0.88), 1.0)])
        }
        "sunburst" => {
            ink.radial((0.0, 0.0), r, &[(0.0, c.lit(1.1), 1.0), (0.7, c, 1.0), (1.0, c.lit(0.74), 1.0)])
        }
        _ => ink.radial(at, r * 1.25, &[(0.0, c.lit(1.08), 1.0), (0.7, c, 1.0), (1.0, c.lit(0.86), 1.0)]),
    };
    ink.fill(&outline.path(), paint);
}

fn texture(ink: &mut Ink, watch: &Watch, outline: &Outline, light: (f64, f64)) {
    let r = outline.half.0;
    let c = watch.dial.colour;
    match watch.dial.texture {
        "sunburst" => rays(ink, outline, light, 0.34),
        "fume" => rays(ink, outline, light, 0.2),
        "guilloche" => {
            rays(ink, outline, light, 0.2);
            let rosette: String =
                (0..44).map(|i| circle(polar(f64::from(i) * 360.0 / 44.0, r * 0.33), r * 0.33)).collect();
            ink.line(&rosette, c.lit(0.6), 1.5, 0.8);
            ink.open("transform=\"translate(0.8 1)\"");
            ink.line(&rosette, WHITE, 0.8, 0.4);
            ink.close();
            ink.ring((0.0, 0.0), r * 0.68, 2.2, &c.lit(0.66).to_string(), "");
        }
        "linen" => {
            let lines: String = (-24..=24)
                .map(|i| f64::from(i) * r / 25.0)
                .map(|v| {
                    let h = (r * r - v * v).max(0.0).sqrt() * if outline.is_round() { 0.99 } else { 0.0 };
                    let h = if outline.is_round() { h } else { outline.half.1 * 0.9 };
                    polyline(&[(v, -h), (v, h)]) + &polyline(&[(-h, v), (h, v)])
                })
                .collect();
            ink.line(&lines, WHITE, 1.6, 0.12);
            ink.open("transform=\"translate(2.2 2.2)\"");
            ink.line(&lines, BLACK, 1.6, 0.12);
            ink.close();
        }
        "grained" => grains(ink, outline),
        _ => {}
    }
}

fn grains(ink: &mut Ink, outline: &Outline) {
    let (mut dark, mut light, mut seed) = (String::new(), String::new(), 11u32);
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1u32 << 24)
    };
    for i in 0..360 {
        let a = next() * 360.0;
        let (x, y) = polar(a, outline.reach(a) * 0.97 * next().sqrt());
        let d = if i % 2 == 0 { &mut dark } else { &mut light };
        *d += &polyline(&[(x, y), (x + 1.0, y + 0.6)]);
    }
    ink.line(&dark, BLACK, 2.2, 0.2);
    ink.line(&light, WHITE, 2.0, 0.17);
}

/// Brushed rays about the centre: two bright lobes towards and away from the light.
fn rays(ink: &mut Ink, outline: &Outline, light: (f64, f64), strength: f64) {
    let towards = light.0.atan2(-light.1).to_degrees();
    let count = 160;
    let mut levels: Vec<(i32, String)> = Vec::new();
    for i in 0..count {
        let a = f64::from(i) * 360.0 / f64::from(count);
        let lobe = ((a - towards) * 2.0).to_radians().cos();
        let jitter = f64::from((i * 37 + 11) % 17) / 17.0 - 0.5;
        let value = (lobe * lobe.abs().sqrt() * 8.0 + jitter * 1.6).round() as i32;
        let wedge = polygon(&[
            (0.0, 0.0),
            polar(a, outline.reach(a) - 0.3),
            polar(a + 2.35, outline.reach(a + 2.35) - 0.3),
        ]);
        match levels.iter_mut().find(|(l, _)| *l == value) {
            Some((_, d)) => *d += &wedge,
            None => levels.push((value, wedge)),
        }
    }
    for (level, d) in levels {
        let opacity = f64::from(level.abs()) / 9.0 * strength;
        if opacity > 0.005 {
            ink.tint(
                &d,
                if level > 0 { WHITE } else { BLACK },
                if level > 0 { opacity } else { opacity * 0.9 },
            );
        }
    }
}

fn sector(ink: &mut Ink, watch: &Watch, outline: &Outline) {
    let Some(colour) = watch.dial.sector else { return };
    let (outer, inner) = (outline.inset(outline.half.0 * 0.115), outline.inset(outline.half.0 * 0.42));
    ink.put_ring(&outer, &inner, colour);
    let line = watch.dial.track_colour;
    ink.line(&(outer.path() + &inner.path()), line, 1.3, 0.75);
    let spokes: String = (0..12)
        .map(|i| f64::from(i) * 30.0)
        .map(|a| polyline(&[polar(a, inner.reach(a)), polar(a, outer.reach(a))]))
        .collect();
    ink.line(&spokes, line, 1.0, if watch.dial.indices == "baton" { 0.5 } else { 0.0 });
}

/// The minute scale at the edge.
fn track(ink: &mut Ink, watch: &Watch, outline: &Outline) {
    let colour = watch.dial.track_colour;
    let at = |a: f64, inset: f64| polar(a, outline.reach(a) - inset);
    let (mut fine, mut bold) = (String::new(), String::new());
    match watch.dial.track {
        "none" => return,
        "dots" => {
            let dots: String = (0..60)
                .map(|i| circle(at(f64::from(i) * 6.0, 8.0), if i % 5 == 0 { 2.6 } else { 1.3 }))
                .collect();
            ink.fill(&dots, colour);
            return;
        }
        "railroad" => {
            ink.line(&(outline.inset(4.0).path() + &outline.inset(11.0).path()), colour, 0.9, 0.9);
            for i in 0..60 {
                let a = f64::from(i) * 6.0;
                let d = if i % 5 == 0 { &mut bold } else { &mut fine };
                *d += &polyline(&[at(a, 4.0), at(a, 11.0)]);
            }
        }
        "fine" => {
            for i in 0..240 {
                let a = f64::from(i) * 1.5;
                let long = if i % 20 == 0 {
                    12.0
                } else if i % 4 == 0 {
                    10.0
                } else {
                    6.0
                };
                let d = if i % 20 == 0 { &mut bold } else { &mut fine };
                *d += &polyline(&[at(a, 2.5), at(a, long)]);
            }
        }
        _ => {
            for i in 0..60 {
                let a = f64::from(i) * 6.0;
                let d = if i % 5 == 0 { &mut bold } else { &mut fine };
                *d += &polyline(&[at(a, 3.0), at(a, if i % 5 == 0 { 13.0 } else { 11.0 })]);
            }
        }
    }
    let thin = if watch.dial.track == "fine" { 0.7 } else { 1.2 };
    ink.line(&fine, colour, thin, 0.85);
    ink.line(&bold, colour, if watch.dial.track == "railroad" { 3.0 } else { 2.2 }, 0.95);
}

/// The maker's name under twelve, and one line above six.
fn name(ink: &mut Ink, watch: &Watch, outline: &Outline) {
    let (w, h) = (outline.half.0, outline.cut.unwrap_or(outline.half.1));
    let dial = &watch.dial;
    let colour = dial.track_colour;
    let tall = w * 0.058;
    let big = matches!(dial.indices, "pilot" | "arabic" | "breguet" | "roman" | "mixed");
    let y = -h
        * if dial.indices == "mixed" {
            0.43
        } else if big {
            0.5
        } else {
            0.54
        };
    ink.line(&glyph::text(&dial.logo, Setting::new((0.0, y), tall).spaced(0.3)), colour, tall * 0.13, 0.95);
    if !dial.line.is_empty() {
        let busy = matches!(dial.subdials, "seconds" | "three" | "moon" | "reserve") || dial.date == "six";
        let at = if busy { y + tall * 1.7 } else { h * 0.46 };
        let small = tall * 0.62;
        ink.line(
            &glyph::text(&dial.line, Setting::new((0.0, at), small).spaced(0.36)),
            colour,
            small * 0.14,
            0.85,
        );
    }
}

/// The shade that the ring throws on the face, and the glass with its reflections.
pub fn glass(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let outline = bezel::opening(watch);
    let (w, h) = (outline.half.0, outline.half.1);
    let light = super::scene::light(cam, w);
    let clip = ink.clip(&outline.path());
    ink.open(&clip);
    let away = (-light.0 * 0.1, -light.1 * 0.1);
    let shade = ink.radial(
        away,
        w.max(h) * 1.06,
        &[(0.0, BLACK, 0.0), (0.84, BLACK, 0.0), (0.93, BLACK, 0.16), (1.0, BLACK, 0.42)],
    );
    ink.fill(&outline.path(), shade);
    let sheen = ink.linear(light, (0.0, 0.0), &[(0.0, WHITE, 0.3), (0.55, WHITE, 0.07), (1.0, WHITE, 0.0)]);
    let bow = (light.0 * 1.32, light.1 * 1.32);
    ink.fill(&circle(bow, w * 1.02), sheen);
    let rim = ink.linear(
        light,
        (-light.0, -light.1),
        &[(0.0, WHITE, 0.75), (0.3, WHITE, 0.05), (0.7, WHITE, 0.0), (1.0, WHITE, 0.4)],
    );
    ink.line(&outline.inset(2.5).path(), rim, 2.6, 1.0);
    ink.close();
}

impl Ink {
    /// Fills the ring between two outlines.
    fn put_ring(&mut self, outer: &Outline, inner: &Outline, colour: Rgb) {
        let d = outer.ring_to(inner);
        self.raw(&format!("<path d=\"{d}\" fill=\"{colour}\" fill-rule=\"evenodd\"/>"));
    }
}
