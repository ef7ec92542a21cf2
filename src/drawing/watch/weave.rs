//! What straps are made of: stitches, cloth, rubber, mesh and links.

use super::ink::{BLACK, Ink, Rgb, WHITE, polyline};
use super::strap::Run;

/// The surface of leather, cloth and rubber, over the lit face.
pub fn soft(ink: &mut Ink, run: &Run<'_>) {
    match run.strap.material {
        "textile" => textile(ink, run),
        "rubber" => rubber(ink, run),
        "tropic" => tropic(ink, run),
        material => {
            match material {
                "grained" => scales(ink, run),
                "suede" => specks(ink, run, 150, 0.16),
                _ => specks(ink, run, 60, 0.07),
            }
            if let Some(colour) = run.strap.stitch {
                stitches(ink, run, colour);
            }
        }
    }
}

/// Two rows of saddle stitches along the edges.
pub fn stitches(ink: &mut Ink, run: &Run<'_>, colour: Rgb) {
    let (mut dashes, mut holes) = (String::new(), String::new());
    let mut s = 30.0;
    while s + 26.0 < run.length() {
        for edge in [-1.0, 1.0] {
            let (a, b) = (run.beside_edge(edge, 17.0, s), run.beside_edge(edge, 17.0, s + 23.0));
            dashes += &polyline(&[a, b]);
            holes += &polyline(&[(a.0 + 1.4, a.1 + 1.8), (b.0 + 1.4, b.1 + 1.8)]);
        }
        s += 35.0;
    }
    let k = run.cam.scale;
    let groove: String = [-1.0, 1.0]
        .iter()
        .map(|edge| {
            let points: Vec<_> = (0..14)
                .map(|i| run.beside_edge(*edge, 17.0, 20.0 + f64::from(i) * (run.length() - 20.0) / 13.0))
                .collect();
            polyline(&points)
        })
        .collect();
    ink.line(&groove, BLACK, 8.0 * k, 0.16);
    ink.line(&holes, BLACK, 5.5 * k, 0.45);
    ink.line(&dashes, colour, 4.6 * k, 1.0);
}

fn specks(ink: &mut Ink, run: &Run<'_>, count: u32, opacity: f64) {
    let (mut dark, mut light) = (String::new(), String::new());
    let mut seed = 7u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1u32 << 24)
    };
    for i in 0..count {
        let (x, s) = (next() * 1.9 - 0.95, next() * run.length());
        let (a, b) = (run.at(x, s), run.at(x + 0.02 + 0.03 * next(), s + 6.0 * next()));
        let d = if i % 2 == 0 { &mut dark } else { &mut light };
        *d += &polyline(&[a, b]);
    }
    ink.line(&dark, BLACK, 2.4 * run.cam.scale, opacity);
    ink.line(&light, WHITE, 2.0 * run.cam.scale, opacity * 0.8);
}

/// Square scales in the middle and small ones at the flanks.
fn scales(ink: &mut Ink, run: &Run<'_>) {
    let mut grooves = String::new();
    let (mut shine, mut s, mut row) = (String::new(), 24.0, 0);
    while s < run.length() {
        let bend = if row % 2 == 0 { 4.0 } else { -3.0 };
        let line: Vec<_> = [-0.56, -0.28, 0.0, 0.28, 0.56]
            .iter()
            .enumerate()
            .map(|(i, x)| run.at(*x, s + if i % 2 == 0 { bend } else { 0.0 }))
            .collect();
        grooves += &polyline(&line);
        shine += &run.across((-0.5, -0.06), s + 8.0);
        shine += &run.across((0.08, 0.5), s + 8.0);
        for x in [-0.57, 0.02 + bend * 0.01, 0.57] {
            grooves += &polyline(&[run.at(x, s), run.at(x, (s + 44.0).min(run.length()))]);
        }
        for part in 0..2 {
            let at = s + 22.0 * part as f64;
            for (x0, x1) in [(-0.9, -0.58), (0.58, 0.9)] {
                grooves += &polyline(&[
                    run.at(x0, at + 6.0),
                    run.at((x0 + x1) / 2.0, at - 2.0),
                    run.at(x1, at + 5.0),
                ]);
            }
        }
        s += 44.0;
        row += 1;
    }
    ink.line(&grooves, BLACK, 4.0 * run.cam.scale, 0.34);
    ink.line(&shine, WHITE, 3.6 * run.cam.scale, 0.07);
}

fn textile(ink: &mut Ink, run: &Run<'_>) {
    if let Some(stripe) = run.strap.stripe {
        run.face(ink, stripe, (-0.26, 0.26));
    }
    let (mut dark, mut light, mut s) = (String::new(), String::new(), 4.0);
    while s < run.length() {
        dark += &run.across((-1.0, 1.0), s);
        light += &run.across((-1.0, 1.0), s + 4.5);
        s += 9.0;
    }
    ink.line(&dark, BLACK, 3.0 * run.cam.scale, 0.22);
    ink.line(&light, WHITE, 2.0 * run.cam.scale, 0.10);
    let warp: String =
        (-6..=6).map(|i| run.band(f64::from(i) * 0.15 - 0.016, f64::from(i) * 0.15 + 0.016, 0.0)).collect();
    ink.tint(&warp, BLACK, 0.10);
    ink.tint(&(run.band(-1.0, -0.9, 0.0) + &run.band(0.9, 1.0, 0.0)), BLACK, 0.16);
    if let Some(colour) = run.strap.stitch {
        stitches(ink, run, colour);
    }
}

fn rubber(ink: &mut Ink, run: &Run<'_>) {
    ink.tint(&run.band(-0.5, 0.5, 0.0), WHITE, 0.06);
    ink.tint(&run.band(-0.53, -0.48, 0.0), BLACK, 0.35);
    ink.tint(&run.band(0.48, 0.53, 0.0), BLACK, 0.35);
    ink.tint(&run.band(-0.48, -0.45, 0.0), WHITE, 0.2);
    ink.tint(&run.band(0.53, 0.56, 0.0), WHITE, 0.16);
    let mut ribs = String::new();
    let mut s = 50.0;
    while s < run.length() {
        ribs += &run.across((-0.4, 0.4), s);
        s += 34.0;
    }
    ink.line(&ribs, BLACK, 5.0 * run.cam.scale, 0.22);
}

/// A basket pattern pierced by small diamonds.
fn tropic(ink: &mut Ink, run: &Run<'_>) {
    let (mut holes, mut lips, mut net) = (String::new(), String::new(), String::new());
    let (mut s, mut row) = (46.0, 0);
    while s + 12.0 < run.length() {
        let shift = if row % 2 == 0 { 0.0 } else { 0.17 };
        for i in -2..=1 {
            let x = f64::from(i) * 0.34 + 0.17 - shift;
            let diamond = |grow: f64, dy: f64| {
                let (w, h) = (0.055 * grow, 7.0 * grow);
                super::ink::polygon(&[
                    run.at(x, s - h + dy),
                    run.at(x + w, s + dy),
                    run.at(x, s + h + dy),
                    run.at(x - w, s + dy),
                ])
            };
            lips += &diamond(1.25, 2.0);
            holes += &diamond(1.0, 0.0);
        }
        net += &polyline(&[run.at(-0.72, s + 10.0), run.at(-0.86, s - 8.0)]);
        net += &polyline(&[run.at(0.72, s + 10.0), run.at(0.86, s - 8.0)]);
        s += 21.0;
        row += 1;
    }
    ink.tint(&lips, WHITE, 0.16);
    ink.fill(&holes, run.strap.colour.lit(0.25));
    ink.line(&net, WHITE, 3.0 * run.cam.scale, 0.14);
}

/// Mesh and linked bracelets.
pub fn metal(ink: &mut Ink, run: &Run<'_>) {
    match run.strap.material {
        "mesh" => mesh(ink, run),
        "three-link" => links(ink, run, &[(-1.0, -0.46), (-0.42, 0.42), (0.46, 1.0)], 62.0),
        _ => {
            links(ink, run, &[(-1.0, -0.56), (-0.53, -0.24), (-0.21, 0.21), (0.24, 0.53), (0.56, 1.0)], 44.0)
        }
    }
}

fn mesh(ink: &mut Ink, run: &Run<'_>) {
    let metal = run.strap.metal;
    run.face(ink, metal.at(0.42), (-1.0, 1.0));
    let (mut light, mut dark) = (String::new(), String::new());
    let (mut s, mut row) = (6.0, 0);
    while s < run.length() {
        let lean = if row % 2 == 0 { 9.0 } else { -9.0 };
        for i in 0..11 {
            let x = -0.97 + f64::from(i) * 0.178;
            light += &polyline(&[run.at(x, s + lean * 0.5), run.at(x + 0.14, s - lean * 0.5)]);
        }
        dark += &run.across((-1.0, 1.0), s + 8.0);
        s += 16.0;
        row += 1;
    }
    ink.line(&dark, metal.at(0.05), 3.6 * run.cam.scale, 0.55);
    ink.line(&light, metal.at(0.93), 5.4 * run.cam.scale, 0.75);
    ink.tint(&run.band(-1.0, -0.95, 0.0), metal.at(0.9), 0.8);
    ink.tint(&run.band(0.95, 1.0, 0.0), metal.at(0.3), 0.8);
}

/// Rows of links; the columns between the outer ones are polished.
fn links(ink: &mut Ink, run: &Run<'_>, columns: &[(f64, f64)], pitch: f64) {
    let metal = run.strap.metal;
    ink.fill(&run.band(-0.98, 0.98, 0.0), metal.at(0.04));
    let mut row = 0;
    let mut s = -6.0;
    while s < run.length() {
        let long = if row == 0 { pitch * 1.25 } else { pitch };
        let light = run.light(s + long / 2.0);
        let (mut outer, mut inner, mut lit, mut shade) =
            (String::new(), String::new(), String::new(), String::new());
        for (i, x) in columns.iter().enumerate() {
            let edge = i == 0 || i + 1 == columns.len();
            let shift = if edge || row == 0 { 0.0 } else { pitch * 0.12 };
            let (from, to) = (s + shift, (s + shift + long - 3.5).min(run.length()));
            if from >= to {
                continue;
            }
            let body = run.patch(*x, (from, to));
            if edge {
                outer += &body
            } else {
                inner += &body
            }
            let span = to - from;
            lit += &run.patch(*x, (from, from + span * 0.13));
            shade += &run.patch(*x, (to - span * 0.16, to));
            if !edge {
                lit += &run.patch((x.0, x.0 + (x.1 - x.0) * 0.3), (from + span * 0.13, to - span * 0.16));
            }
        }
        let tone = |k: f64| metal.at((k * light.min(1.15)).clamp(0.0, 1.0));
        ink.fill(&outer, tone(0.54));
        ink.fill(&inner, tone(0.68));
        ink.tint(&lit, metal.at(1.0), 0.55 * light.min(1.0));
        ink.tint(&shade, metal.at(0.0), 0.42);
        s += long;
        row += 1;
    }
}
