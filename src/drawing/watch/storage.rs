//! Where watches rest: rolls, cases, stands, winders and boxes. In px.

use super::clasp;
use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, n, polar, polyline, rounded};
use super::scene;
use super::space::Camera;
use super::spec::Watch;
use super::strap::Lay;
use super::tools::Look;

const CANVAS: (f64, f64) = (1200.0, 1200.0);

/// Draws the piece of this kind around `watch`; false if there is none of that name.
pub fn draw(ink: &mut Ink, kind: &str, look: Look, watch: &Watch) -> bool {
    let piece: fn(&mut Ink, Look, &Watch) = match kind {
        "watch-roll" => roll,
        "travel-case" => case,
        "winder" => winder,
        "watch-stand" => stand,
        "watch-box" => chest,
        _ => return false,
    };
    scene::ground(ink, CANVAS, "paper");
    piece(ink, look, watch);
    true
}

fn stitched(ink: &mut Ink, d: &str, colour: Rgb) {
    ink.open("transform=\"translate(1.5 2)\"");
    ink.raw(&format!("<path d=\"{d}\" fill=\"none\" stroke=\"#000\" stroke-opacity=\"0.35\" stroke-width=\"4.4\" stroke-dasharray=\"15 10\"/>"));
    ink.close();
    ink.raw(&format!(
        "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"4\" stroke-dasharray=\"15 10\"/>"
    ));
}

/// Planks of oiled wood within a path.
fn wood(ink: &mut Ink, d: &str, c: Rgb, (top, bottom): (f64, f64)) {
    let paint = ink.linear(
        (0.0, top),
        (300.0, bottom),
        &[(0.0, c.lit(1.2), 1.0), (0.5, c, 1.0), (1.0, c.lit(0.7), 1.0)],
    );
    ink.fill(d, paint);
    let clip = ink.clip(d);
    ink.open(&clip);
    let grain: String = (0..46)
        .map(|i| f64::from(i) * (bottom - top) / 45.0 + top)
        .enumerate()
        .map(|(i, y)| {
            let bend = ((i * 7) % 11) as f64 * 3.0 - 14.0;
            format!("M60 {}C380 {} 760 {} 1160 {}", n(y), n(y + bend), n(y - bend * 0.8), n(y + bend * 0.4))
        })
        .collect();
    ink.line(&grain, c.lit(0.4), 2.2, 0.22);
    ink.close();
}

fn roll(ink: &mut Ink, look: Look, _watch: &Watch) {
    let c = look.colour;
    ink.open("transform=\"rotate(-14 600 600)\"");
    let body = rounded((600.0, 600.0), (800.0, 320.0), 60.0);
    clasp::shadow(ink, std::slice::from_ref(&body), (18.0, 44.0));
    let tones = [(0.0, 0.6), (0.14, 1.12), (0.3, 1.24), (0.5, 0.98), (0.78, 0.6), (0.94, 0.34), (1.0, 0.5)];
    let stops: Vec<_> = tones.iter().map(|(o, k)| (*o, c.lit(*k), 1.0)).collect();
    let paint = ink.linear((0.0, 440.0), (0.0, 760.0), &stops);
    ink.fill(&body, &paint);
    let flap = "M250 640C480 652 760 648 950 640";
    ink.line(flap, BLACK, 7.0, 0.35);
    ink.line("M250 633C480 645 760 641 950 633", WHITE, 2.0, 0.25);
    stitched(ink, "M262 612C480 624 760 620 938 612", c.mix(WHITE, 0.62));
    for x in [238.0, 962.0] {
        let cap = ink.linear(
            (0.0, 440.0),
            (0.0, 760.0),
            &[(0.0, c.lit(0.9), 1.0), (0.3, c.lit(1.05), 1.0), (1.0, c.lit(0.3), 1.0)],
        );
        ink.raw(&format!("<ellipse cx=\"{x}\" cy=\"600\" rx=\"52\" ry=\"146\" fill=\"{cap}\"/>"));
        ink.raw(&format!("<ellipse cx=\"{x}\" cy=\"600\" rx=\"40\" ry=\"130\" fill=\"none\" stroke=\"{}\" stroke-width=\"4\" stroke-dasharray=\"14 9\"/>", c.mix(WHITE, 0.6)));
        ink.raw(&format!("<ellipse cx=\"{x}\" cy=\"600\" rx=\"51\" ry=\"145\" fill=\"none\" stroke=\"#000\" stroke-opacity=\"0.3\" stroke-width=\"3\"/>"));
    }
    for x in [440.0, 760.0] {
        let strap = rounded((x, 602.0), (58.0, 330.0), 6.0);
        ink.open("transform=\"translate(7 5)\"");
        ink.tint(&strap, BLACK, 0.3);
        ink.close();
        let lit: Vec<_> = tones.iter().map(|(o, k)| (*o, c.lit(k * 0.78), 1.0)).collect();
        let paint = ink.linear((0.0, 440.0), (0.0, 760.0), &lit);
        ink.fill(&strap, paint);
        ink.open(&format!("transform=\"translate({x} 590) scale(0.82)\""));
        clasp::pin_buckle(ink, &look.metal, 62.0, 10.0);
        ink.close();
    }
    let words = glyph::text("LINDGARN", Setting::new((600.0, 548.0), 20.0).spaced(0.4));
    ink.line(&words, c.lit(0.45), 3.0, 0.9);
    ink.close();
}

fn case(ink: &mut Ink, look: Look, _watch: &Watch) {
    let c = look.colour;
    ink.open("transform=\"rotate(9 600 600)\"");
    let base = rounded((606.0, 622.0), (590.0, 720.0), 190.0);
    clasp::shadow(ink, std::slice::from_ref(&base), (34.0, 46.0));
    ink.fill(&base, c.lit(0.45));
    let zip = rounded((604.0, 612.0), (588.0, 716.0), 188.0);
    ink.raw(&format!("<path d=\"{zip}\" fill=\"none\" stroke=\"{}\" stroke-width=\"13\" stroke-linecap=\"butt\" stroke-dasharray=\"6 4\"/>", look.metal.at(0.55)));
    let lid = rounded((600.0, 596.0), (580.0, 700.0), 184.0);
    let dome = ink.radial(
        (480.0, 420.0),
        620.0,
        &[(0.0, c.lit(1.26), 1.0), (0.4, c.lit(1.02), 1.0), (0.8, c.lit(0.76), 1.0), (1.0, c.lit(0.56), 1.0)],
    );
    ink.fill(&lid, dome);
    ink.line(&lid, WHITE, 3.0, 0.25);
    stitched(ink, &rounded((600.0, 596.0), (530.0, 650.0), 164.0), c.mix(WHITE, 0.58));
    let mark: String = [34.0, 70.0, 112.0].iter().map(|r| circle((600.0, 560.0), *r)).collect();
    ink.open("transform=\"translate(1.6 2.2)\"");
    ink.line(&mark, WHITE, 4.0, 0.3);
    ink.close();
    ink.line(&mark, c.lit(0.36), 4.0, 0.8);
    for (i, r) in [34.0, 70.0, 112.0].iter().enumerate() {
        let (x, y) = polar(60.0 + 120.0 * i as f64, *r);
        ink.disc((600.0 + x, 560.0 + y), 9.0, c.lit(0.36));
    }
    let words = glyph::text("LINDGARN", Setting::new((600.0, 760.0), 22.0).spaced(0.44));
    ink.line(&words, c.lit(0.36), 3.4, 0.9);
    ink.open("transform=\"translate(896 700) rotate(14)\"");
    ink.tint(&rounded((8.0, 62.0), (30.0, 120.0), 12.0), BLACK, 0.3);
    let pull = ink.linear((-16.0, 0.0), (16.0, 0.0), &look.metal.polished());
    ink.fill(&rounded((0.0, 0.0), (34.0, 44.0), 8.0), &pull);
    ink.fill(&rounded((0.0, 60.0), (26.0, 110.0), 12.0), c.lit(0.7));
    ink.close();
    ink.close();
}

fn winder(ink: &mut Ink, look: Look, watch: &Watch) {
    let c = look.colour;
    let front = rounded((600.0, 620.0), (760.0, 760.0), 26.0);
    clasp::shadow(ink, &[rounded((620.0, 990.0), (780.0, 60.0), 30.0), front.clone()], (20.0, 30.0));
    ink.fill("M236 236L296 190H904L964 236L980 260H220Z", c.lit(1.18));
    wood(ink, &front, c, (240.0, 1000.0));
    ink.line(&front, WHITE, 3.0, 0.22);
    let bay = (600.0, 600.0);
    ink.disc((bay.0, bay.1), 318.0, look.metal.at(0.3));
    let rim = ink.linear((370.0, 370.0), (830.0, 830.0), &look.metal.polished());
    ink.disc(bay, 314.0, rim);
    let dark = ink.radial(
        (560.0, 540.0),
        340.0,
        &[
            (0.0, Rgb(92.0, 84.0, 76.0), 1.0),
            (0.7, Rgb(52.0, 46.0, 42.0), 1.0),
            (1.0, Rgb(22.0, 19.0, 17.0), 1.0),
        ],
    );
    ink.disc(bay, 296.0, dark);
    let pillow = ink.linear(
        (420.0, 400.0),
        (780.0, 800.0),
        &[(0.0, Rgb(228.0, 220.0, 204.0), 1.0), (1.0, Rgb(150.0, 140.0, 124.0), 1.0)],
    );
    ink.fill(&rounded(bay, (330.0, 470.0), 130.0), pillow);
    let clip = ink.clip(&circle(bay, 296.0));
    ink.open(&clip);
    let cam = Camera::new(0.0, 0.0, 0.74, bay);
    scene::whole(ink, &cam, watch, Lay::Loop(180.0));
    let sheen = ink.linear(
        (330.0, 330.0),
        (700.0, 700.0),
        &[(0.0, WHITE, 0.34), (0.4, WHITE, 0.1), (0.41, WHITE, 0.0), (1.0, WHITE, 0.0)],
    );
    ink.fill(&circle(bay, 296.0), sheen);
    ink.close();
    for (x, k) in [(540.0, 0.9), (600.0, 0.5), (660.0, 0.5)] {
        ink.disc((x, 958.0), 9.0, look.metal.at(0.2));
        ink.disc((x, 957.0), 6.0, if k > 0.8 { Rgb(150.0, 222.0, 130.0) } else { look.metal.at(k) });
    }
}

fn stand(ink: &mut Ink, look: Look, watch: &Watch) {
    let metal = look.metal;
    let foot = "M330 1010Q330 976 372 976H828Q870 976 870 1010V1030Q870 1050 840 1050H360Q330 1050 330 1030Z";
    clasp::shadow(ink, &[foot.to_string(), rounded((620.0, 620.0), (330.0, 700.0), 150.0)], (26.0, 30.0));
    let bow = ink.linear((420.0, 0.0), (780.0, 0.0), &metal.polished());
    ink.fill(&rounded((600.0, 800.0), (96.0, 400.0), 20.0), &bow);
    wood(ink, foot, look.colour, (960.0, 1060.0));
    ink.line("M340 985Q350 978 372 978H828Q850 978 860 985", WHITE, 4.0, 0.4);
    let cushion = ink.linear(
        (430.0, 250.0),
        (770.0, 950.0),
        &[
            (0.0, Rgb(226.0, 216.0, 198.0), 1.0),
            (0.5, Rgb(190.0, 178.0, 158.0), 1.0),
            (1.0, Rgb(128.0, 116.0, 100.0), 1.0),
        ],
    );
    ink.fill(&rounded((600.0, 560.0), (250.0, 800.0), 120.0), cushion);
    let cam = Camera::new(0.0, 0.0, 1.16, (600.0, 548.0));
    scene::whole(ink, &cam, watch, Lay::Loop(215.0));
    let plate = rounded((600.0, 1016.0), (150.0, 34.0), 5.0);
    ink.fill(&plate, metal.at(0.62));
    ink.line(
        &glyph::text("LINDGARN", Setting::new((600.0, 1016.0), 13.0).spaced(0.4)),
        metal.at(0.04),
        2.0,
        0.9,
    );
}

fn chest(ink: &mut Ink, look: Look, watch: &Watch) {
    let c = look.colour;
    let outer = rounded((600.0, 610.0), (940.0, 720.0), 24.0);
    clasp::shadow(ink, std::slice::from_ref(&outer), (26.0, 40.0));
    wood(ink, &outer, c, (250.0, 980.0));
    ink.line(&outer, WHITE, 3.0, 0.25);
    ink.fill(&rounded((600.0, 610.0), (860.0, 640.0), 12.0), Rgb(58.0, 50.0, 44.0));
    for i in 0..6 {
        let at = (600.0 + 284.0 * (f64::from(i % 3) - 1.0), 456.0 + 308.0 * f64::from(i / 3));
        let nest = rounded(at, (264.0, 288.0), 14.0);
        let lining = ink.linear(
            (at.0 - 130.0, at.1 - 140.0),
            (at.0 + 130.0, at.1 + 140.0),
            &[(0.0, Rgb(92.0, 82.0, 72.0), 1.0), (1.0, Rgb(130.0, 118.0, 104.0), 1.0)],
        );
        ink.fill(&nest, lining);
        let pillow = ink.linear(
            (at.0 - 90.0, at.1 - 110.0),
            (at.0 + 90.0, at.1 + 110.0),
            &[
                (0.0, Rgb(240.0, 233.0, 219.0), 1.0),
                (0.6, Rgb(212.0, 202.0, 184.0), 1.0),
                (1.0, Rgb(160.0, 149.0, 131.0), 1.0),
            ],
        );
        ink.tint(&rounded((at.0 + 8.0, at.1 + 12.0), (196.0, 232.0), 70.0), BLACK, 0.4);
        ink.fill(&rounded(at, (194.0, 228.0), 70.0), pillow);
        if i == 1 {
            let cam = Camera::new(0.0, 0.0, 0.5, at);
            scene::whole(ink, &cam, watch, Lay::Loop(150.0));
        } else {
            ink.line(&polyline(&[(at.0 - 58.0, at.1), (at.0 + 58.0, at.1)]), BLACK, 2.0, 0.14);
        }
    }
    let glass = ink.linear(
        (170.0, 290.0),
        (900.0, 940.0),
        &[
            (0.0, WHITE, 0.3),
            (0.26, WHITE, 0.08),
            (0.27, WHITE, 0.0),
            (0.5, WHITE, 0.0),
            (0.51, WHITE, 0.1),
            (0.6, WHITE, 0.03),
            (0.61, WHITE, 0.0),
            (1.0, WHITE, 0.0),
        ],
    );
    ink.fill(&rounded((600.0, 610.0), (860.0, 640.0), 12.0), glass);
    let lock = ink.linear((560.0, 940.0), (640.0, 980.0), &look.metal.polished());
    ink.fill(&rounded((600.0, 950.0), (92.0, 30.0), 6.0), lock);
}
