//! The views of a watch: where it stands, the ground and the shadow.

use super::ink::{BLACK, Ink, Rgb, WHITE, polygon};
use super::space::Camera;
use super::spec::Watch;
use super::strap::{Lay, Run};
use super::{bezel, case, dial, hands, marks, subdials};

/// Where the light stands, in the watch's own plane, at distance `r` from its centre.
pub fn light(cam: &Camera, r: f64) -> (f64, f64) {
    let (a, b) = (cam.at(0.0, 0.0, 0.0), cam.at(1.0, 0.0, 0.0));
    let angle = (b.1 - a.1).atan2(b.0 - a.0).to_degrees();
    super::ink::turn((-0.66 * r, -0.76 * r), -angle)
}

/// A square picture's neutral ground: warm paper, lit from the upper left.
pub fn ground(ink: &mut Ink, (w, h): (f64, f64), name: &str) {
    let (near, mid, far) = match name {
        "night" => (Rgb(74.0, 90.0, 124.0), Rgb(30.0, 40.0, 66.0), Rgb(11.0, 15.0, 28.0)),
        "forest" => (Rgb(96.0, 108.0, 92.0), Rgb(44.0, 54.0, 46.0), Rgb(16.0, 22.0, 19.0)),
        "umber" => (Rgb(146.0, 116.0, 88.0), Rgb(76.0, 56.0, 42.0), Rgb(28.0, 20.0, 16.0)),
        _ => (Rgb(250.0, 247.0, 241.0), Rgb(238.0, 233.0, 224.0), Rgb(216.0, 208.0, 196.0)),
    };
    let paint = ink.radial(
        (w * 0.34, h * 0.26),
        w.max(h) * 0.95,
        &[(0.0, near, 1.0), (0.5, mid, 1.0), (1.0, far, 1.0)],
    );
    ink.fill(&format!("M0 0H{w}V{h}H0Z"), paint);
}

/// Straps, case, dial and hands, as the camera sees them.
pub fn whole(ink: &mut Ink, cam: &Camera, watch: &Watch, lay: Lay) {
    straps(ink, cam, watch, lay);
    head(ink, cam, watch);
}

fn straps(ink: &mut Ink, cam: &Camera, watch: &Watch, lay: Lay) {
    for side in [-1.0, 1.0] {
        Run::new(cam, &watch.strap, side, start(watch), (lay, 1250.0)).draw(ink);
    }
}

/// Where the strap leaves the case: (|y|, z).
fn start(watch: &Watch) -> (f64, f64) {
    let half = watch.strap.width / 2.0;
    let y = if watch.strap.is_metal() {
        watch.case.height_at(half) - 6.0
    } else {
        (watch.lug_to_lug / 2.0 - 42.0).max(watch.case.height_at(half * 0.6) + 3.0)
    };
    (y, -26.0)
}

/// The watch without its strap.
pub fn head(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    case::draw(ink, cam, watch);
    bezel::draw(ink, cam, watch);
    ink.open(&cam.plane(bezel::height(watch)));
    dial::draw(ink, cam, watch);
    subdials::draw(ink, watch);
    marks::date(ink, watch);
    marks::draw(ink, watch);
    hands::draw(ink, watch);
    dial::glass(ink, cam, watch);
    ink.close();
}

/// A soft shadow of case and straps, thrown to the lower right by (dx, dy).
fn shadow(ink: &mut Ink, cam: &Camera, watch: &Watch, cast: ((f64, f64), Lay, f64)) {
    let ((dx, dy), lay, strength) = cast;
    let blur = ink.blur(17.0, canvas(cam));
    ink.open(&format!("opacity=\"{strength}\" {blur}"));
    ink.open(&format!("transform=\"translate({dx:.1} {dy:.1})\""));
    for side in [-1.0, 1.0] {
        let run = Run::new(cam, &watch.strap, side, start(watch), (lay, 1250.0));
        ink.fill(&run.band(-1.0, 1.0, -20.0), BLACK);
    }
    let z = -watch.thickness * 0.4;
    let body: Vec<_> = watch.case.points(48).iter().map(|(x, y)| cam.at(x * 1.03, y * 1.03, z)).collect();
    ink.fill(&polygon(&body), Rgb(20.0, 15.0, 10.0));
    ink.close();
    ink.close();
}

/// The size of the canvas: only the wide picture looks past the square's middle.
fn canvas(cam: &Camera) -> (f64, f64) {
    if cam.centre.0 > 900.0 { (1600.0, 1000.0) } else { (1200.0, 1200.0) }
}

/// The watch upright, seen from straight ahead.
pub fn front(ink: &mut Ink, watch: &Watch) {
    let cam = Camera::new(0.0, 0.0, 1.46, (600.0, 598.0));
    ground(ink, (1200.0, 1200.0), watch.ground);
    let lay = Lay::Loop(190.0);
    shadow(ink, &cam, watch, ((34.0, 46.0), lay, 0.3));
    whole(ink, &cam, watch, lay);
}

/// The watch lying open, seen at an angle.
pub fn angle(ink: &mut Ink, watch: &Watch) {
    let cam = Camera::new(28.0, 46.0, 1.72, (590.0, 588.0));
    ground(ink, (1200.0, 1200.0), watch.ground);
    lying(ink, &cam, watch);
}

fn lying(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let lay = Lay::Flat(-watch.thickness * 0.75 + 24.0);
    let reach = watch.thickness * cam.scale * 0.45;
    shadow(ink, cam, watch, ((reach * 0.8, reach * 0.75), lay, 0.42));
    whole(ink, cam, watch, lay);
}

/// The dial close up, crown to the right.
pub fn detail(ink: &mut Ink, watch: &Watch) {
    let cam = Camera::new(-14.0, 24.0, 3.5, (330.0, 700.0));
    ground(ink, (1200.0, 1200.0), watch.ground);
    lying(ink, &cam, watch);
    let dim =
        ink.linear((0.0, 0.0), (1200.0, 1200.0), &[(0.0, WHITE, 0.1), (0.5, WHITE, 0.0), (1.0, BLACK, 0.2)]);
    ink.fill("M0 0H1200V1200H0Z", dim);
}

/// The watch lying on its face.
pub fn back(ink: &mut Ink, watch: &Watch) {
    let mut seen = watch.clone();
    seen.flipped = true;
    if !seen.strap.is_metal() {
        let lining = if matches!(seen.strap.material, "leather" | "suede" | "grained") { 0.5 } else { 0.05 };
        seen.strap.colour = seen.strap.colour.mix(Rgb(186.0, 150.0, 112.0), lining);
        seen.strap.material = if lining > 0.2 { "suede" } else { seen.strap.material };
        seen.strap.stripe = None;
    }
    let cam = Camera::new(-9.0, 0.0, 1.62, (600.0, 600.0));
    ground(ink, (1200.0, 1200.0), watch.ground);
    let lay = Lay::Flat(-27.0);
    shadow(ink, &cam, &seen, ((30.0, 40.0), lay, 0.34));
    straps(ink, &cam, &seen, lay);
    case::draw(ink, &cam, &seen);
    super::back::lid(ink, &cam, &seen);
}

/// The wide picture at the head of the shop.
pub fn hero(ink: &mut Ink, watch: &Watch) {
    ground(ink, (1600.0, 1000.0), watch.ground);
    let cam = Camera::new(24.0, 44.0, 2.16, (1060.0, 520.0));
    orbits(ink, &cam, watch);
    lying(ink, &cam, watch);
    let veil =
        ink.radial((1000.0, 440.0), 1150.0, &[(0.0, BLACK, 0.0), (0.55, BLACK, 0.0), (1.0, BLACK, 0.5)]);
    ink.fill("M0 0H1600V1000H0Z", veil);
}

/// Engraved orbits of the planets on the table below the watch.
fn orbits(ink: &mut Ink, cam: &Camera, watch: &Watch) {
    let brass = Rgb(214.0, 180.0, 118.0);
    ink.open(&cam.plane(-watch.thickness * 0.75));
    for (i, r) in [290.0, 372.0, 470.0, 590.0, 730.0].iter().enumerate() {
        ink.ring((0.0, 0.0), *r, 1.2, &brass.to_string(), "stroke-opacity=\"0.42\"");
        ink.ring((0.0, 0.0), r + 5.0, 0.6, &brass.to_string(), "stroke-opacity=\"0.26\"");
        let at = super::ink::polar(214.0 + 47.0 * i as f64, *r);
        let size = [9.0, 14.0, 12.0, 22.0, 17.0][i % 5];
        let globe = ink.radial(
            (at.0 - size * 0.4, at.1 - size * 0.5),
            size * 1.5,
            &[(0.0, Rgb(255.0, 240.0, 206.0), 1.0), (0.5, brass, 1.0), (1.0, Rgb(74.0, 52.0, 26.0), 1.0)],
        );
        ink.disc((at.0 + 5.0, at.1 + 7.0), size, "#000000\" fill-opacity=\"0.35");
        ink.disc(at, size, globe);
    }
    let ticks: String = (0..180)
        .map(|i| f64::from(i) * 2.0)
        .map(|a| {
            super::ink::polyline(&[
                super::ink::polar(a, 742.0),
                super::ink::polar(a, if a % 30.0 == 0.0 { 772.0 } else { 754.0 }),
            ])
        })
        .collect();
    ink.line(&ticks, brass, 1.0, 0.35);
    ink.close();
}
