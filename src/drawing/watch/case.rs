//! The case: lugs, flanks, crown and pushers.

use super::ink::{BLACK, Ink, WHITE, polygon, polyline};
use super::space::{Camera, Outline};
use super::spec::{Metal, Watch};

/// Depth of the middle case below its top edge.
pub fn depth(watch: &Watch) -> f64 {
    watch.thickness * 0.58
}

/// Everything of the case that lies below the bezel.
pub fn draw(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
        lug(ink, cam, watch, (sx, sy));
    }
    if watch.crown == "guarded" {
        guards(ink, cam, watch);
    }
    wall(ink, cam, &watch.case, (-depth(watch), 0.0), (&watch.metal, watch.finish));
    crown(ink, cam, watch);
    top(ink, cam, watch);
}

/// The vertical flank of an outline between two heights, where it faces the eye.
pub fn wall(ink: &mut Ink, cam: &Camera, outline: &Outline, (low, high): (f64, f64), skin: (&Metal, &str)) {
    if cam.is_flat() {
        return;
    }
    let (metal, finish) = skin;
    let points = outline.points(120);
    let at = |i: usize| points[i % points.len()];
    let tone = |i: usize| {
        let ((ax, ay), (bx, by)) = (at(i + points.len() - 1), at(i + 1));
        let length = (by - ay).hypot(ax - bx).max(1e-6);
        let k = cam.wall_light((by - ay) / length, (ax - bx) / length);
        let tone = match finish {
            "polished" => 0.12 + 0.5 * k + 0.3 * (k * 9.0).sin(),
            _ => 0.12 + 0.55 * k + 0.05 * (k * 9.0).sin(),
        };
        metal.at(tone.clamp(0.02, 0.96))
    };
    let mut seen: Vec<usize> = (0..points.len()).filter(|i| cam.faces(at(*i).0, at(*i).1) > -12.0).collect();
    let top = |i: &usize| cam.at(at(*i).0, at(*i).1, high);
    seen.sort_by(|a, b| top(a).0.total_cmp(&top(b).0));
    let (Some(first), Some(last)) = (seen.first(), seen.last()) else { return };
    let (from, to) = (top(first), top(last));
    let span = (to.0 - from.0).max(1e-6);
    let stops: Vec<_> = seen.iter().map(|i| ((top(i).0 - from.0) / span, tone(*i), 1.0)).collect();
    let paint = ink.linear((from.0, 0.0), (to.0, 0.0), &stops);
    let mut shape: Vec<_> = seen.iter().map(top).collect();
    let edge = polyline(&shape);
    shape.extend(seen.iter().rev().map(|i| cam.at(at(*i).0, at(*i).1, low)));
    ink.fill(&polygon(&shape), paint);
    ink.line(&edge, metal.at(1.0), 1.4, 0.5);
}

/// The points of a line.
type Line = Vec<(f64, f64)>;

/// The outer edge of a lug from the case to its tip, and its inner edge; for the lower right one.
fn lug_edges(watch: &Watch) -> (Line, Line) {
    let case = &watch.case;
    let tip = watch.lug_to_lug / 2.0;
    let inner = watch.strap.width / 2.0 + 2.0;
    let (thick, reach, bow) = match watch.lugs {
        "wire" => (11.0, 26.0, 0.0),
        "curved" => (25.0, 74.0, 12.0),
        "broad" => (40.0, 88.0, 4.0),
        _ => (27.0, 60.0, 3.0),
    };
    let outer = (inner + thick).min(case.half.0 * 1.02);
    let base_x = (inner + reach).min(case.half.0 * 0.93);
    let base_y = case.height_at(base_x) - 2.0;
    let end = (outer, tip - 9.0);
    let control = (outer + bow + 2.0, (base_y + end.1) / 2.0 + 4.0);
    let curve: Vec<_> = (0..=10)
        .map(|i| f64::from(i) / 10.0)
        .map(|t| {
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            (a * base_x + b * control.0 + c * end.0, a * base_y + b * control.1 + c * end.1)
        })
        .chain([(outer - 2.5, tip - 3.0), (outer - 9.0_f64.min(thick * 0.4), tip)])
        .collect();
    let inside = vec![(inner + 5.0, tip), (inner, tip - 6.0), (inner, case.height_at(inner) - 20.0)];
    (curve, inside)
}

fn lug(ink: &mut Ink, cam: &Camera, watch: &Watch, (sx, sy): (f64, f64)) {
    let (outer, inner) = lug_edges(watch);
    let (tip, root) = (watch.lug_to_lug / 2.0, watch.case.height_at(watch.strap.width / 2.0) - 20.0);
    let drop = |y: f64| -2.0 - 26.0 * ((y - root) / (tip - root)).clamp(0.0, 1.0).powf(1.8);
    let place = |(x, y): &(f64, f64), down: f64| cam.at(sx * x, sy * y, drop(*y) - down);
    let shape: Vec<_> = outer.iter().chain(&inner).copied().collect();
    let metal = &watch.metal;
    if !cam.is_flat() {
        let thick = depth(watch) * 0.62;
        for i in 0..shape.len() {
            let (a, b) = (&shape[i], &shape[(i + 1) % shape.len()]);
            let (nx, ny) = (sx * (a.1 - b.1), sy * (b.0 - a.0));
            let length = nx.hypot(ny).max(1e-6);
            let (nx, ny) = (nx / length, ny / length);
            if cam.faces(-nx, -ny) > -0.02 {
                let tone = metal.at((0.1 + 0.6 * cam.wall_light(-nx, -ny)).clamp(0.0, 1.0));
                ink.fill(&polygon(&[place(a, 0.0), place(b, 0.0), place(b, thick), place(a, thick)]), tone);
            }
        }
    }
    let top: Vec<_> = shape.iter().map(|p| place(p, 0.0)).collect();
    let (from, to) = (place(&(inner[1].0, root), 0.0), place(&outer[10], 0.0));
    let k = if sy < 0.0 { 1.0 } else { 0.8 };
    let stops = [
        (0.0, metal.at(0.14 * k), 1.0),
        (0.4, metal.at(0.7 * k), 1.0),
        (0.8, metal.at(0.46 * k), 1.0),
        (1.0, metal.at(0.22), 1.0),
    ];
    let paint = ink.linear(from, to, &stops);
    ink.fill(&polygon(&top), paint);
    chamfer(ink, &outer, (sx, sy), (metal, &place));
}

type Place<'a> = dyn Fn(&(f64, f64), f64) -> (f64, f64) + 'a;

/// The polished bevel along the outer edge of a lug.
fn chamfer(ink: &mut Ink, outer: &[(f64, f64)], (sx, sy): (f64, f64), skin: (&Metal, &Place<'_>)) {
    let (metal, place) = skin;
    let mut edge: Vec<_> = outer.iter().map(|p| place(p, 0.0)).collect();
    edge.extend(outer.iter().rev().map(|(x, y)| place(&(x - 7.5, y - 1.0), -0.5)));
    let lit = sx < 0.0;
    let tone = match (lit, sy < 0.0) {
        (true, true) => 1.0,
        (true, false) => 0.8,
        (false, true) => 0.62,
        (false, false) => 0.16,
    };
    ink.fill(&polygon(&edge), metal.at(tone));
    let ridge: Vec<_> = outer.iter().map(|(x, y)| place(&(x - 7.5, y - 1.0), -0.5)).collect();
    ink.line(&polyline(&ridge), if lit { BLACK } else { WHITE }, 1.0, 0.25);
}

fn guards(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let r = watch.case.half.0;
    let low = -depth(watch) * 0.8;
    let flip = if watch.flipped { -1.0 } else { 1.0 };
    for sy in [-1.0, 1.0] {
        let shape = [
            (r - 40.0, 96.0),
            (r - 14.0, 84.0),
            (r + 11.0, 52.0),
            (r + 17.0, 42.0),
            (r + 15.0, 35.0),
            (r - 10.0, 33.0),
        ];
        let at = |z: f64| shape.iter().map(|(x, y)| cam.at(flip * x, sy * y, z)).collect::<Vec<_>>();
        let (top, base) = (at(-6.0), at(low));
        if !cam.is_flat() {
            for i in 1..5 {
                let tone = watch.metal.at(if sy > 0.0 { 0.2 } else { 0.34 });
                ink.fill(&polygon(&[top[i], top[i + 1], base[i + 1], base[i]]), tone);
            }
        }
        let paint =
            ink.linear(top[0], top[3], &[(0.0, watch.metal.at(0.6), 1.0), (1.0, watch.metal.at(0.34), 1.0)]);
        ink.fill(&polygon(&top), paint);
        ink.line(&polyline(&top[1..5]), watch.metal.at(if sy < 0.0 { 1.0 } else { 0.5 }), 2.0, 0.9);
    }
}

/// Crown and pushers.
fn crown(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let r = watch.case.reach(90.0);
    let middle = -depth(watch) * 0.45;
    let (radius, reach) = match watch.crown {
        "large" => (39.0, 44.0),
        "onion" => (34.0, 42.0),
        "guarded" => (31.0, 36.0),
        _ => (26.0, 30.0),
    };
    let side = |degrees: f64| if watch.flipped { 360.0 - degrees } else { degrees };
    for degrees in [60.0, 120.0] {
        if watch.pushers != "none" {
            let start = watch.case.reach(degrees) - 8.0;
            let wide = if watch.pushers == "pump" { 21.0 } else { 18.0 };
            let profile = [
                (start, 9.0),
                (start + 22.0, 9.0),
                (start + 23.0, wide),
                (start + 42.0, wide),
                (start + 46.0, wide - 3.0),
            ];
            spindle(ink, cam, (side(degrees), middle), (&profile, &watch.metal, false));
        }
    }
    let profile: Vec<(f64, f64)> = match watch.crown {
        "onion" => {
            vec![
                (r - 8.0, 14.0),
                (r + 6.0, 16.0),
                (r + 10.0, 24.0),
                (r + 20.0, radius),
                (r + 30.0, radius - 2.0),
                (r + reach, 17.0),
            ]
        }
        "large" => vec![
            (r - 8.0, 16.0),
            (r + 6.0, 17.0),
            (r + 7.0, 30.0),
            (r + reach - 6.0, radius),
            (r + reach, radius - 5.0),
        ],
        _ => vec![
            (r - 8.0, 15.0),
            (r + 4.0, 15.0),
            (r + 5.0, radius),
            (r + reach - 3.0, radius),
            (r + reach, radius - 3.0),
        ],
    };
    spindle(ink, cam, (side(90.0), middle), (&profile, &watch.metal, true));
}

/// A turned part that sticks out of the flank at `degrees`; knurled ones show their teeth.
fn spindle(ink: &mut Ink, cam: &Camera, (degrees, z): (f64, f64), part: (&[(f64, f64)], &Metal, bool)) {
    let (profile, metal, knurled) = part;
    let (dx, dy) = super::ink::polar(degrees, 1.0);
    let place = |(along, r): (f64, f64), a: f64| {
        let side = r * a.sin();
        cam.at(dx * along - dy * side, dy * along + dx * side, z + r * a.cos())
    };
    let angle = |i: usize, count: usize| i as f64 / count as f64 * std::f64::consts::TAU;
    let lift = (cam.centre.1 - cam.at(0.0, 0.0, 1.0).1) / cam.scale;
    for pair in profile.windows(2) {
        let wide = pair[0].1.max(pair[1].1);
        let toothed = knurled && wide > 20.0;
        let count = if toothed { 36 } else { 20 };
        let mut tones: std::collections::BTreeMap<u8, String> = std::collections::BTreeMap::new();
        for i in 0..count {
            let (a, b) = (angle(i, count), angle(i + 1, count));
            let mid = (a + b) / 2.0;
            let facing =
                cam.faces(-dy * mid.sin(), dx * mid.sin()) + mid.cos() * (1.0 - lift * lift).max(0.0).sqrt();
            if facing < -0.03 {
                continue;
            }
            let light = 0.42 - 0.5 * mid.sin() * dx.abs() + 0.22 * mid.cos();
            let tone = if toothed && i % 2 == 0 { light * 0.45 } else { light };
            let quad = [place(pair[0], a), place(pair[1], a), place(pair[1], b), place(pair[0], b)];
            *tones.entry((tone.clamp(0.02, 0.98) * 24.0) as u8).or_default() += &polygon(&quad);
        }
        for (tone, d) in tones {
            ink.fill(&d, metal.at(f64::from(tone) / 24.0));
        }
    }
    if cam.faces(dx, dy) > 0.02 {
        let Some(end) = profile.last() else { return };
        let cap: Vec<_> = (0..36).map(|i| place(*end, angle(i, 36))).collect();
        let paint = ink.linear(cap[27], cap[9], &[(0.0, metal.at(0.86), 1.0), (1.0, metal.at(0.34), 1.0)]);
        ink.fill(&polygon(&cap), paint);
    }
}

/// The top edge of the middle case around the bezel.
fn top(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    ink.open(&cam.plane(0.0));
    let reach = watch.case.half.0.max(watch.case.half.1);
    let light = super::scene::light(cam, reach);
    let stops = if watch.finish == "polished" { watch.metal.polished() } else { watch.metal.brushed() };
    let paint = ink.linear(light, (-light.0, -light.1), &stops);
    ink.fill(&watch.case.path(), paint);
    let rim = ink.linear(
        light,
        (-light.0, -light.1),
        &[(0.0, WHITE, 0.9), (0.4, WHITE, 0.25), (0.6, BLACK, 0.15), (1.0, BLACK, 0.5)],
    );
    ink.line(&watch.case.inset(1.5).path(), rim, 3.0, 1.0);
    ink.close();
}
