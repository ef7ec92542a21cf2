//! Hand tools: what changes a strap and keeps a watch well. Drawn from above, in px.

use super::clasp;
use super::glyph::{self, Setting};
use super::ink::{BLACK, Ink, Rgb, WHITE, circle, polar, polygon, polyline, rounded};
use super::scene;
use super::spec::Metal;

/// A tool's two colours: the metal and the painted or woven part.
#[derive(Clone, Copy)]
pub struct Look {
    pub metal: Metal,
    pub colour: Rgb,
}

const CANVAS: (f64, f64) = (1200.0, 1200.0);

/// Draws the tool of this kind; false if there is none of that name.
pub fn draw(ink: &mut Ink, kind: &str, look: Look) -> bool {
    let piece: fn(&mut Ink, Look) = match kind {
        "spring-bar-tool" => spring_bar_tool,
        "spring-bars" => spring_bars,
        "link-screwdriver" => screwdrivers,
        "cloth" => cloth,
        "loupe" => loupe,
        "demagnetiser" => demagnetiser,
        _ => return false,
    };
    scene::ground(ink, CANVAS, "paper");
    piece(ink, look);
    true
}

/// A turned rod along x about y = `y`, lit from above.
fn rod(ink: &mut Ink, (x0, x1): (f64, f64), y: f64, half: f64, metal: &Metal) {
    let tones = [(0.0, 0.5), (0.2, 0.95), (0.36, 0.7), (0.6, 0.34), (0.85, 0.1), (1.0, 0.34)];
    let stops: Vec<_> = tones.iter().map(|(o, k)| (*o, metal.at(*k), 1.0)).collect();
    let paint = ink.linear((0.0, y - half), (0.0, y + half), &stops);
    let d = rounded(((x0 + x1) / 2.0, y), (x1 - x0, half * 2.0), half.min(9.0));
    ink.fill(&d, paint);
}

/// Crossed knurling over a rod.
fn knurl(ink: &mut Ink, (x0, x1): (f64, f64), y: f64, half: f64) {
    let (mut down, mut up) = (String::new(), String::new());
    let mut x = x0;
    while x < x1 - half {
        down += &polyline(&[(x, y - half), (x + half, y + half)]);
        up += &polyline(&[(x, y + half), (x + half, y - half)]);
        x += 11.0;
    }
    ink.line(&down, BLACK, 2.4, 0.3);
    ink.line(&up, WHITE, 1.6, 0.28);
}

fn spring_bar_tool(ink: &mut Ink, look: Look) {
    ink.open("transform=\"rotate(-36 600 600)\"");
    clasp::shadow(ink, &[rounded((600.0, 610.0), (900.0, 62.0), 26.0)], (6.0, 26.0));
    rod(ink, (200.0, 330.0), 600.0, 9.0, &look.metal);
    let fork = polygon(&[
        (150.0, 590.0),
        (206.0, 588.0),
        (206.0, 612.0),
        (150.0, 610.0),
        (150.0, 604.0),
        (176.0, 603.0),
        (176.0, 597.0),
        (150.0, 596.0),
    ]);
    ink.fill(&fork, look.metal.at(0.66));
    ink.line(&fork, look.metal.at(0.12), 1.6, 0.7);
    rod(ink, (868.0, 1030.0), 600.0, 6.0, &look.metal);
    rod(ink, (320.0, 372.0), 600.0, 20.0, &look.metal);
    rod(ink, (828.0, 880.0), 600.0, 20.0, &look.metal);
    rod(ink, (364.0, 836.0), 600.0, 31.0, &look.metal);
    knurl(ink, (384.0, 560.0), 600.0, 30.0);
    knurl(ink, (660.0, 830.0), 600.0, 30.0);
    let band = Metal { light: look.colour.mix(WHITE, 0.6), body: look.colour, dark: look.colour.lit(0.35) };
    rod(ink, (572.0, 640.0), 600.0, 32.0, &band);
    ink.close();
    for (x, y, turn, long) in
        [(300.0, 330.0, 18.0, 150.0), (400.0, 280.0, 64.0, 130.0), (860.0, 900.0, -12.0, 160.0)]
    {
        spring_bar(ink, (x, y), turn, long);
    }
}

/// One spring bar with its sprung pins.
fn spring_bar(ink: &mut Ink, (x, y): (f64, f64), turn: f64, long: f64) {
    let steel = Metal::named("steel");
    ink.open(&format!("transform=\"translate({x} {y}) rotate({turn})\""));
    ink.tint(&rounded((5.0, 9.0), (long, 13.0), 6.0), BLACK, 0.2);
    rod(ink, (-long / 2.0 - 16.0, long / 2.0 + 16.0), 0.0, 3.2, &steel);
    rod(ink, (-long / 2.0, long / 2.0), 0.0, 7.0, &steel);
    for side in [-1.0, 1.0] {
        rod(ink, (side * long / 2.0 - 5.0, side * long / 2.0 + 5.0), 0.0, 9.0, &steel);
    }
    ink.close();
}

fn spring_bars(ink: &mut Ink, look: Look) {
    let card = rounded((600.0, 600.0), (760.0, 840.0), 22.0);
    ink.open("transform=\"rotate(-8 600 600)\"");
    clasp::shadow(ink, std::slice::from_ref(&card), (16.0, 24.0));
    let paper = ink.linear(
        (220.0, 180.0),
        (980.0, 1020.0),
        &[(0.0, look.colour.lit(1.12), 1.0), (1.0, look.colour.lit(0.84), 1.0)],
    );
    ink.fill(&card, paper);
    ink.line(&card, WHITE, 2.0, 0.4);
    let print = if look.colour.luma() > 0.5 { Rgb(50.0, 46.0, 40.0) } else { Rgb(240.0, 232.0, 214.0) };
    for (i, (size, long)) in [("16", 176.0), ("18", 198.0), ("20", 220.0), ("22", 242.0)].iter().enumerate() {
        let y = 330.0 + 180.0 * i as f64;
        ink.line(&glyph::text(size, Setting::new((310.0, y), 44.0)), print, 5.0, 0.95);
        ink.line(&glyph::text("MM", Setting::new((372.0, y + 12.0), 18.0)), print, 2.4, 0.8);
        for column in 0..2 {
            for row in 0..3 {
                let at = (560.0 + 260.0 * f64::from(column), y - 44.0 + 44.0 * f64::from(row));
                ink.tint(&rounded(at, (long - 60.0, 22.0), 11.0), BLACK, 0.25);
                spring_bar(ink, at, 0.0, long - 70.0);
            }
        }
        ink.line(&polyline(&[(270.0, y + 88.0), (930.0, y + 88.0)]), print, 1.4, 0.35);
    }
    ink.close();
}

fn screwdrivers(ink: &mut Ink, look: Look) {
    let colours = [look.colour, Rgb(196.0, 160.0, 92.0), Rgb(150.0, 52.0, 44.0)];
    for (i, colour) in colours.iter().enumerate() {
        let blade = 5.0 + 2.0 * i as f64;
        ink.open(&format!(
            "transform=\"translate({} {}) rotate(-52 600 600)\"",
            -190.0 + 190.0 * i as f64,
            -70.0 + 70.0 * i as f64
        ));
        clasp::shadow(ink, &[rounded((610.0, 604.0), (760.0, 44.0), 20.0)], (4.0, 22.0));
        rod(ink, (250.0, 480.0), 600.0, blade, &look.metal);
        ink.fill(
            &polygon(&[
                (222.0, 600.0 - blade),
                (256.0, 600.0 - blade),
                (256.0, 600.0 + blade),
                (222.0, 600.0 + blade),
            ]),
            look.metal.at(0.72),
        );
        rod(ink, (470.0, 520.0), 600.0, 17.0, &look.metal);
        rod(ink, (510.0, 880.0), 600.0, 23.0, &look.metal);
        knurl(ink, (530.0, 720.0), 600.0, 22.0);
        let band = Metal { light: colour.mix(WHITE, 0.6), body: *colour, dark: colour.lit(0.35) };
        rod(ink, (770.0, 850.0), 600.0, 24.0, &band);
        rod(ink, (876.0, 912.0), 600.0, 14.0, &look.metal);
        rod(ink, (906.0, 962.0), 600.0, 31.0, &look.metal);
        ink.close();
    }
}

fn cloth(ink: &mut Ink, look: Look) {
    let c = look.colour;
    ink.open("transform=\"rotate(-11 600 600)\"");
    let sheet = "M262 300C420 286 760 306 930 292C944 470 926 720 938 904C760 922 440 900 270 912C256 740 276 470 262 300Z";
    clasp::shadow(ink, &[sheet.to_string()], (18.0, 24.0));
    let base = ink.linear(
        (262.0, 292.0),
        (938.0, 912.0),
        &[(0.0, c.lit(1.16), 1.0), (0.45, c, 1.0), (1.0, c.lit(0.76), 1.0)],
    );
    ink.fill(sheet, base);
    let weave: String = (0..58)
        .map(|i| 280.0 + 11.0 * f64::from(i))
        .map(|v| {
            polyline(&[(v, 304.0), (v + 4.0, 900.0)]) + &polyline(&[(270.0, v + 22.0), (930.0, v + 18.0)])
        })
        .collect();
    ink.line(&weave, BLACK, 1.6, 0.07);
    for (x, k) in [(484.0, 0.2), (712.0, 0.16)] {
        let fold = ink.linear(
            (x - 40.0, 0.0),
            (x + 40.0, 0.0),
            &[(0.0, BLACK, 0.0), (0.48, BLACK, k), (0.52, WHITE, k * 1.4), (1.0, WHITE, 0.0)],
        );
        ink.fill(&format!("M{} 298H{}V906H{}Z", x - 40.0, x + 40.0, x - 40.0), fold);
    }
    let hem = "M284 320C430 308 760 326 912 314C924 480 908 720 918 884C750 900 440 880 290 890C278 730 296 470 284 320Z";
    ink.raw(&format!("<path d=\"{hem}\" fill=\"none\" stroke=\"{}\" stroke-width=\"4\" stroke-dasharray=\"13 9\" stroke-opacity=\"0.9\"/>", c.mix(WHITE, 0.55)));
    let corner = "M938 904C930 850 926 800 930 752C880 790 820 850 786 912C840 914 900 908 938 904Z";
    ink.open("transform=\"translate(-8 -6)\"");
    ink.tint(corner, BLACK, 0.25);
    ink.close();
    let under = ink.linear(
        (800.0, 780.0),
        (900.0, 900.0),
        &[(0.0, c.mix(WHITE, 0.55), 1.0), (0.6, c.mix(WHITE, 0.3), 1.0), (1.0, c.lit(0.8), 1.0)],
    );
    ink.fill("M930 752C880 790 820 850 786 912C800 860 812 806 832 764C866 764 900 758 930 752Z", under);
    let thread = c.mix(WHITE, 0.7);
    let mark: String = [14.0, 34.0, 54.0].iter().map(|r| circle((374.0, 800.0), *r)).collect();
    ink.line(&mark, thread, 3.0, 0.85);
    for (i, r) in [14.0, 34.0, 54.0].iter().enumerate() {
        let (x, y) = polar(40.0 + 110.0 * i as f64, *r);
        ink.disc((374.0 + x, 800.0 + y), 5.0, thread);
    }
    ink.close();
}

fn loupe(ink: &mut Ink, look: Look) {
    let at = (560.0, 560.0);
    clasp::shadow(ink, &[circle((590.0, 600.0), 330.0)], (44.0, 54.0));
    let c = look.colour;
    for (dy, k) in [(80.0, 0.3), (60.0, 0.42), (40.0, 0.5), (20.0, 0.62)] {
        ink.disc((at.0 + dy * 0.7, at.1 + dy), 322.0, c.lit(k));
    }
    let body = ink.linear(
        (300.0, 300.0),
        (830.0, 830.0),
        &[
            (0.0, c.mix(WHITE, 0.45), 1.0),
            (0.4, c, 1.0),
            (0.8, c.lit(0.5), 1.0),
            (1.0, c.mix(WHITE, 0.15), 1.0),
        ],
    );
    ink.disc(at, 322.0, body);
    ink.open(&format!("transform=\"translate({} {})\"", at.0, at.1));
    let knurls = "stroke-linecap=\"butt\" stroke-dasharray=\"7 6\" stroke-opacity=\"0.5\"";
    ink.ring((0.0, 0.0), 314.0, 16.0, &c.lit(0.3).to_string(), knurls);
    let rim = ink.linear((-250.0, -250.0), (250.0, 250.0), &look.metal.polished());
    ink.disc((0.0, 0.0), 262.0, rim);
    let slope = ink.linear((-240.0, -240.0), (240.0, 240.0), &look.metal.slope());
    ink.disc((0.0, 0.0), 248.0, slope);
    let words = glyph::arc_text("10X  ACHROMATIC", 0.0, 284.0, 22.0)
        + &glyph::arc_text("LINDGARN", 180.0, 284.0, 22.0);
    ink.line(&words, Rgb(235.0, 230.0, 216.0), 2.8, 0.9);
    let glass = ink.radial(
        (-60.0, -80.0),
        330.0,
        &[
            (0.0, Rgb(246.0, 246.0, 240.0), 1.0),
            (0.55, Rgb(214.0, 218.0, 216.0), 1.0),
            (0.85, Rgb(150.0, 160.0, 164.0), 1.0),
            (1.0, Rgb(84.0, 92.0, 98.0), 1.0),
        ],
    );
    ink.disc((0.0, 0.0), 236.0, glass);
    let bow =
        ink.linear((-170.0, -190.0), (0.0, 0.0), &[(0.0, WHITE, 0.95), (0.6, WHITE, 0.3), (1.0, WHITE, 0.0)]);
    ink.fill("M-196 -60A206 206 0 0 1 60 -196C-20 -150 -120 -110 -196 -60Z", bow);
    ink.tint("M198 70A210 210 0 0 1 70 198C120 170 170 130 198 70Z", Rgb(120.0, 150.0, 210.0), 0.35);
    ink.tint("M168 110A200 200 0 0 1 110 168C130 154 152 134 168 110Z", Rgb(220.0, 170.0, 110.0), 0.35);
    ink.close();
}

fn demagnetiser(ink: &mut Ink, look: Look) {
    let c = look.colour;
    let side = "M250 470L930 420L964 760Q966 800 930 806L300 880Q262 884 258 842Z";
    clasp::shadow(ink, &[side.to_string()], (26.0, 34.0));
    let front = ink.linear(
        (260.0, 560.0),
        (960.0, 860.0),
        &[(0.0, c.lit(0.86), 1.0), (0.6, c.lit(0.62), 1.0), (1.0, c.lit(0.46), 1.0)],
    );
    ink.fill(side, front);
    let top =
        "M286 350Q256 356 252 396L248 616Q250 650 286 648L916 590Q952 586 950 550L930 330Q926 300 890 302Z";
    let lid = ink.linear(
        (250.0, 300.0),
        (950.0, 650.0),
        &[(0.0, c.mix(WHITE, 0.42), 1.0), (0.4, c.lit(1.06), 1.0), (1.0, c.lit(0.82), 1.0)],
    );
    ink.fill(top, lid);
    ink.line(top, WHITE, 3.0, 0.3);
    let wave: Vec<_> = (0..=60)
        .map(f64::from)
        .map(|i| (350.0 + i * 5.4, 494.0 - i * 0.5 + (i * 0.46).sin() * 78.0 * (1.0 - i / 62.0)))
        .collect();
    ink.line(&polyline(&wave), c.mix(WHITE, 0.85), 7.0, 0.95);
    ink.disc((806.0, 470.0), 66.0, c.lit(0.4));
    let cap = ink.radial(
        (786.0, 442.0),
        90.0,
        &[
            (0.0, Rgb(236.0, 120.0, 96.0), 1.0),
            (0.6, Rgb(190.0, 52.0, 40.0), 1.0),
            (1.0, Rgb(110.0, 24.0, 20.0), 1.0),
        ],
    );
    ink.disc((803.0, 464.0), 56.0, cap);
    ink.disc((348.0, 392.0), 11.0, Rgb(150.0, 230.0, 130.0));
    ink.disc((345.0, 389.0), 4.0, WHITE);
    let name = glyph::text("LINDGARN", Setting::new((0.0, 0.0), 30.0).spaced(0.4));
    ink.open("transform=\"translate(600 752) rotate(-5.4)\"");
    ink.line(&name, c.mix(WHITE, 0.75), 3.6, 0.9);
    ink.close();
}
