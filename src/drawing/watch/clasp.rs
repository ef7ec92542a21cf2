//! Buckles and clasps, and straps sold alone.

use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, polygon, polyline, rounded};
use super::scene;
use super::space::Camera;
use super::spec::{Metal, Strap};
use super::strap::{Lay, Run};

/// The buckle or clasp close up.
pub fn close_up(ink: &mut Ink, strap: &Strap, logo: &str, name: &str) {
    scene::ground(ink, (1200.0, 1200.0), name);
    let narrow = Strap { width: strap.taper, ..strap.clone() };
    let cam = Camera::new(52.0, 0.0, 2.5, (610.0, 590.0));
    let run = Run::new(&cam, &narrow, 1.0, (-420.0, 0.0), (Lay::Flat(-1.0), 1100.0)).loose();
    shadow(ink, &[run.band(-1.0, 1.0, 0.0)], (26.0, 34.0));
    run.draw(ink);
    if strap.is_metal() || strap.buckle == "folding" {
        folding(ink, &cam, (&narrow, logo), 0.0);
    } else {
        buckled(ink, &cam, &narrow);
    }
}

/// A blurred shadow of these shapes, moved by (dx, dy).
pub fn shadow(ink: &mut Ink, shapes: &[String], (dx, dy): (f64, f64)) {
    let blur = ink.blur(15.0, (1200.0, 1200.0));
    ink.open(&format!("opacity=\"0.34\" {blur}"));
    ink.open(&format!("transform=\"translate({dx} {dy})\""));
    for shape in shapes {
        ink.fill(shape, Rgb(24.0, 18.0, 12.0));
    }
    ink.close();
    ink.close();
}

/// A strap half in the buckle, the tail through it and under the keepers.
fn buckled(ink: &mut Ink, cam: &Camera, strap: &Strap) {
    let w = strap.width;
    let tail = Run::new(cam, strap, 1.0, (-40.0, 12.0), (Lay::Flat(11.0), 250.0)).loose();
    let end = tail.length();
    ink.open("transform=\"translate(7 10)\" opacity=\"0.35\"");
    ink.fill(&tail.band(-1.0, 1.0, 0.0), BLACK);
    ink.fill(&tip(&tail, end, 70.0, 0.0), BLACK);
    ink.close();
    ink.fill(&tip(&tail, end, 70.0, -10.0), strap.colour.lit(0.5));
    ink.fill(&tip(&tail, end, 70.0, 0.0), strap.colour.lit(0.98));
    tail.draw(ink);
    if let Some(thread) = strap.stitch {
        tip_stitches(ink, &tail, end, thread);
    }
    ink.open(&cam.plane(12.0));
    holes(ink, strap, &[66.0, 128.0, 190.0]);
    ink.close();
    for at in [86.0, 166.0] {
        keeper(ink, cam, strap, at);
    }
    ink.open(&cam.plane(16.0));
    pin_buckle(ink, &strap.metal, w, -40.0);
    ink.close();
}

/// The pointed end of a run.
fn tip(run: &Run<'_>, end: f64, long: f64, lower: f64) -> String {
    let mut points = Vec::new();
    for i in 0..=12 {
        let t = f64::from(i) / 12.0;
        points.push((-(1.0 - t * t).sqrt().powf(0.8), end + t * long));
    }
    let left: Vec<_> = points.iter().map(|(x, s)| run.beyond(*x, *s, lower)).collect();
    let right: Vec<_> = points.iter().rev().map(|(x, s)| run.beyond(-x, *s, lower)).collect();
    polygon(&[left, right].concat())
}

fn tip_stitches(ink: &mut Ink, run: &Run<'_>, end: f64, thread: Rgb) {
    let mut d = String::new();
    for i in (0..22).step_by(2) {
        let at = |i: i32| {
            let t = f64::from(i) / 11.0 - 1.0;
            let along = (1.0 - t.abs().powf(2.6)).max(0.0);
            run.beyond(t * 0.82, end - 4.0 + along * 54.0, 0.0)
        };
        d += &polyline(&[at(i), at(i + 1)]);
    }
    ink.line(&d, thread, 4.6 * run.cam.scale, 1.0);
}

fn holes(ink: &mut Ink, strap: &Strap, places: &[f64]) {
    for y in places {
        ink.disc((0.8, y + 1.2), 9.6, "#ffffff\" fill-opacity=\"0.22");
        ink.disc((0.0, *y), 9.0, strap.colour.lit(0.16));
    }
}

fn keeper(ink: &mut Ink, cam: &Camera, strap: &Strap, at: f64) {
    let w = strap.width + 14.0;
    let band = Strap {
        width: w,
        taper: w,
        stitch: None,
        material: if strap.material == "grained" { "leather" } else { strap.material },
        ..strap.clone()
    };
    let run = Run::new(cam, &band, 1.0, (at, 24.0), (Lay::Flat(23.0), 44.0)).loose();
    ink.open("transform=\"translate(6 9)\"");
    ink.tint(&run.band(-1.0, 1.0, 0.0), BLACK, 0.35);
    ink.close();
    let tone = strap.colour.lit(0.92);
    run.face(ink, tone, (-1.0, 1.0));
    for (x0, x1, colour, k) in
        [(-1.0, -0.9, WHITE, 0.3), (-0.7, -0.2, WHITE, 0.1), (0.5, 1.0, BLACK, 0.2), (0.86, 1.0, BLACK, 0.3)]
    {
        ink.tint(&run.band(x0, x1, 0.0), colour, k);
    }
    ink.line(&run.across((-1.0, 1.0), 0.0), WHITE, 2.0, 0.35);
    ink.line(&run.across((-1.0, 1.0), run.length()), BLACK, 2.0, 0.4);
}

/// A pin buckle whose bar lies at `y`; its frame lies towards smaller y.
pub fn pin_buckle(ink: &mut Ink, metal: &Metal, w: f64, y: f64) {
    let (wide, high) = (w + 46.0, 112.0);
    let centre = (0.0, y - 12.0);
    let frame =
        rounded(centre, (wide, high), 34.0) + &rounded((0.0, y - 8.0), (wide - 34.0, high - 44.0), 18.0);
    let draw = |ink: &mut Ink, paint: &str| {
        ink.raw(&format!("<path d=\"{frame}\" fill=\"{paint}\" fill-rule=\"evenodd\"/>"))
    };
    ink.open("transform=\"translate(3 4)\" opacity=\"0.35\"");
    draw(ink, "#000000");
    ink.close();
    let paint = ink.linear((-wide / 2.0, y - 70.0), (wide / 2.0, y + 50.0), &metal.polished());
    draw(ink, &paint);
    let rim = ink.linear(
        (-wide / 2.0, y - 70.0),
        (wide / 2.0, y + 50.0),
        &[(0.0, WHITE, 0.95), (0.5, WHITE, 0.2), (1.0, BLACK, 0.5)],
    );
    ink.line(&rounded(centre, (wide - 5.0, high - 5.0), 32.0), rim, 2.4, 1.0);
    ink.line(&rounded((0.0, y - 8.0), (wide - 34.0, high - 44.0), 18.0), metal.at(0.12), 1.4, 0.7);
    let tongue = polygon(&[
        (-8.0, y + 34.0),
        (8.0, y + 34.0),
        (6.5, y - 40.0),
        (5.0, y - 62.0),
        (-5.0, y - 62.0),
        (-6.5, y - 40.0),
    ]);
    ink.open("transform=\"translate(3 4)\"");
    ink.tint(&tongue, BLACK, 0.4);
    ink.close();
    let shine = ink.linear(
        (-8.0, 0.0),
        (8.0, 0.0),
        &[
            (0.0, metal.at(0.9), 1.0),
            (0.45, metal.at(0.7), 1.0),
            (0.6, metal.at(0.4), 1.0),
            (1.0, metal.at(0.2), 1.0),
        ],
    );
    ink.fill(&tongue, shine);
    ink.fill(&rounded((0.0, y + 34.0), (26.0, 20.0), 8.0), metal.at(0.5));
}

/// A folding clasp: a brushed plate with the maker's name and two push-buttons.
fn folding(ink: &mut Ink, cam: &Camera, (strap, logo): (&Strap, &str), y: f64) {
    let metal = &strap.metal;
    let (w, h) = (strap.width + 14.0, if strap.material == "mesh" { 190.0 } else { 300.0 });
    ink.open(&cam.plane(20.0));
    let plate = rounded((0.0, y), (w, h), 12.0);
    ink.open("transform=\"translate(5 5)\"");
    ink.tint(&plate, BLACK, 0.4);
    ink.close();
    for side in [-1.0, 1.0] {
        let button = rounded((side * (w / 2.0 + 4.0), y + 20.0), (14.0, 52.0), 4.0);
        ink.fill(&button, metal.at(if side < 0.0 { 0.8 } else { 0.3 }));
    }
    let light = scene::light(cam, h / 2.0);
    let brush = ink.linear(light, (-light.0, -light.1), &metal.brushed());
    ink.fill(&plate, brush);
    let grain: String = (0..34)
        .map(|i| -w / 2.0 + 4.0 + f64::from(i) * (w - 8.0) / 33.0)
        .map(|x| polyline(&[(x, y - h / 2.0 + 4.0), (x, y + h / 2.0 - 4.0)]))
        .collect();
    ink.line(&grain, WHITE, 0.9, 0.18);
    let flap = polyline(&[(-w / 2.0, y + h * 0.2), (w / 2.0, y + h * 0.2)]);
    ink.line(&flap, metal.at(0.05), 2.6, 0.8);
    ink.open("transform=\"translate(0 2.4)\"");
    ink.line(&flap, WHITE, 1.4, 0.7);
    ink.close();
    let rim =
        ink.linear(light, (-light.0, -light.1), &[(0.0, WHITE, 1.0), (0.5, WHITE, 0.3), (1.0, BLACK, 0.5)]);
    ink.line(&rounded((0.0, y), (w - 4.0, h - 4.0), 10.0), rim, 3.0, 1.0);
    let tall = w * 0.1;
    let set = Setting::new((0.0, y - h * 0.1), tall).turned(-90.0).spaced(0.34);
    let words = glyph::text(logo, set);
    ink.open("transform=\"translate(0.8 1)\"");
    ink.line(&words, WHITE, tall * 0.16, 0.7);
    ink.close();
    ink.line(&words, metal.at(0.05), tall * 0.15, 0.85);
    ink.close();
}

/// A strap or bracelet sold alone, lying on the table; `cam` looks at its middle.
pub fn alone(ink: &mut Ink, strap: &Strap, logo: &str, (turn, tilt): (f64, f64)) {
    scene::ground(ink, (1200.0, 1200.0), "paper");
    let cam = Camera::new(turn, tilt, if strap.is_metal() { 0.88 } else { 0.96 }, (600.0, 600.0));
    if strap.is_metal() {
        return bracelet(ink, &cam, strap, logo);
    }
    let shift = strap.width * 0.78;
    let offset = |x: f64, y: f64| cam.aimed(x, y);
    let (short, long) = (offset(-shift, -420.0), offset(shift, -560.0));
    let buckle_run = Run::new(&short, strap, 1.0, (0.0, 26.0), (Lay::Flat(24.0), 740.0)).loose();
    let tail = Run::new(&long, strap, 1.0, (0.0, 26.0), (Lay::Flat(24.0), 1040.0)).loose();
    let pointed = tip(&tail, tail.length(), 90.0, 0.0);
    shadow(
        ink,
        &[buckle_run.band(-1.0, 1.0, -20.0), tail.band(-1.0, 1.0, -20.0), pointed.clone()],
        (16.0, 22.0),
    );
    for camera in [&short, &long] {
        spring_bar(ink, camera, strap);
    }
    ink.fill(&tip(&tail, tail.length(), 90.0, -24.0), strap.colour.lit(0.42));
    ink.fill(&pointed, strap.colour.lit(0.98));
    tail.draw(ink);
    if let Some(thread) = strap.stitch {
        tip_stitches(ink, &tail, tail.length(), thread);
    }
    ink.open(&long.plane(24.0));
    holes(ink, strap, &[1040.0, 970.0, 900.0, 830.0, 760.0, 690.0, 620.0]);
    ink.close();
    buckle_run.draw(ink);
    let narrow = Strap { width: strap.taper, ..strap.clone() };
    for at in [520.0, 600.0] {
        keeper(ink, &short, &narrow, at);
    }
    ink.open(&short.plane(30.0));
    ink.open("transform=\"translate(0 760) scale(1 -1)\"");
    pin_buckle(ink, &strap.metal, strap.taper, -10.0);
    ink.close();
    ink.close();
}

fn spring_bar(ink: &mut Ink, cam: &Camera, strap: &Strap) {
    let half = strap.width / 2.0;
    let (a, b) = (cam.at(-half - 9.0, 6.0, 12.0), cam.at(half + 9.0, 6.0, 12.0));
    ink.line(&polyline(&[a, b]), Rgb(120.0, 124.0, 130.0), 7.0 * cam.scale, 1.0);
    ink.line(&polyline(&[a, b]), WHITE, 2.0 * cam.scale, 0.7);
}

fn bracelet(ink: &mut Ink, cam: &Camera, strap: &Strap, logo: &str) {
    let tapered = Strap { width: strap.taper, ..strap.clone() };
    let away = cam.aimed(0.0, 640.0);
    let down = Run::new(&away, strap, -1.0, (0.0, 26.0), (Lay::Flat(24.0), 640.0)).loose();
    let far = cam.aimed(0.0, -640.0);
    let top = Run::new(&far, strap, 1.0, (0.0, 26.0), (Lay::Flat(24.0), 640.0)).loose();
    shadow(ink, &[down.band(-1.0, 1.0, -20.0), top.band(-1.0, 1.0, -20.0)], (20.0, 26.0));
    top.draw(ink);
    down.draw(ink);
    folding(ink, cam, (&tapered, logo), 0.0);
}
