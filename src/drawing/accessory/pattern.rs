//! Patterns that are printed on or moulded into a surface.

use super::color::{Color, INK, WHITE};
use super::paint::{Area, Sheet, disc};

/// What is on a surface.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pattern {
    Plain,
    Stripes,
    Waves,
    Dots,
    Terrazzo,
    Checks,
    Arcs,
    Sunrise,
    Hills,
    Grid,
    Blocks,
    Contours,
    Stars,
    Ribs,
    Weave,
    Cork,
    Canvas,
    Leather,
    Quilt,
}

pub const PATTERNS: &[(&str, Pattern)] = &[
    ("plain", Pattern::Plain),
    ("stripes", Pattern::Stripes),
    ("waves", Pattern::Waves),
    ("dots", Pattern::Dots),
    ("terrazzo", Pattern::Terrazzo),
    ("checks", Pattern::Checks),
    ("arcs", Pattern::Arcs),
    ("sunrise", Pattern::Sunrise),
    ("hills", Pattern::Hills),
    ("grid", Pattern::Grid),
    ("blocks", Pattern::Blocks),
    ("contours", Pattern::Contours),
    ("stars", Pattern::Stars),
    ("ribs", Pattern::Ribs),
    ("weave", Pattern::Weave),
    ("cork", Pattern::Cork),
    ("canvas", Pattern::Canvas),
    ("leather", Pattern::Leather),
    ("quilt", Pattern::Quilt),
];

/// A small number sequence that scatters things the same way in every run.
struct Scatter(u32);

impl Scatter {
    /// The next number, 0..1.
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(self.0 >> 8) / f64::from(1u32 << 24)
    }
}

impl Pattern {
    /// Paints the pattern over `area` in the `accent` colour on `base`; the caller clips. Units are mm.
    pub fn paint(self, sheet: &mut Sheet, area: Area, (base, accent): (Color, Color)) {
        match self {
            Pattern::Plain => {}
            Pattern::Stripes => stripes(sheet, area, accent),
            Pattern::Waves => waves(sheet, area, accent),
            Pattern::Dots => dots(sheet, area, accent),
            Pattern::Terrazzo => terrazzo(sheet, area, (base, accent)),
            Pattern::Checks => checks(sheet, area, accent),
            Pattern::Arcs => arcs(sheet, area, (base, accent)),
            Pattern::Sunrise => sunrise(sheet, area, accent),
            Pattern::Hills => hills(sheet, area, (base, accent)),
            Pattern::Grid => grid(sheet, area, (accent, 0.5), 7.0),
            Pattern::Blocks => blocks(sheet, area, (base, accent)),
            Pattern::Contours => contours(sheet, area, accent),
            Pattern::Stars => stars(sheet, area, accent),
            Pattern::Ribs => ribs(sheet, area),
            Pattern::Weave => weave(sheet, area),
            Pattern::Cork => cork(sheet, area, base),
            Pattern::Canvas => canvas(sheet, area),
            Pattern::Leather => leather(sheet, area),
            Pattern::Quilt => quilt(sheet, area, base),
        }
    }
}

fn stripes(sheet: &mut Sheet, a: Area, accent: Color) {
    let mut d = String::new();
    let mut x = a.x - a.h;
    while x < a.x + a.w {
        d += &format!("M{x:.1} {:.1}l{h:.1} -{h:.1}h7l-{h:.1} {h:.1}z", a.y + a.h, h = a.h);
        x += 17.0;
    }
    sheet.fill(&d, accent);
}

fn waves(sheet: &mut Sheet, a: Area, accent: Color) {
    let mut d = String::new();
    let mut y = a.y + 6.0;
    while y < a.y + a.h + 8.0 {
        d += &format!("M{:.1} {y:.1}", a.x - 4.0);
        let mut x = 0.0;
        while x < a.w + 16.0 {
            d += "q5 -7 10 0t10 0";
            x += 20.0;
        }
        y += 11.0;
    }
    sheet.line(&d, accent, 3.2);
}

fn dots(sheet: &mut Sheet, a: Area, accent: Color) {
    let mut d = String::new();
    let (columns, rows) = ((a.w / 11.0).ceil() as i32 + 1, (a.h / 9.5).ceil() as i32 + 1);
    for row in 0..rows {
        for column in 0..columns {
            let shift = if row % 2 == 0 { 0.0 } else { 5.5 };
            d += &disc(a.x + f64::from(column) * 11.0 + shift, a.y + f64::from(row) * 9.5, 2.9);
        }
    }
    sheet.fill(&d, accent);
}

fn terrazzo(sheet: &mut Sheet, a: Area, (base, accent): (Color, Color)) {
    let mut scatter = Scatter(7);
    let colors = [accent, base.mark(), accent.light(0.55), Color::rgb(0xffc83d), accent.dark(0.35)];
    let mut shapes: [String; 5] = Default::default();
    let cells = ((a.w / 9.5) as i32, (a.h / 9.5) as i32);
    for row in 0..=cells.1 {
        for column in 0..=cells.0 {
            let x = a.x + (f64::from(column) + 0.2 + scatter.next() * 0.6) * 9.5;
            let y = a.y + (f64::from(row) + 0.2 + scatter.next() * 0.6) * 9.5;
            let turn = scatter.next() * std::f64::consts::TAU;
            let size = 1.4 + scatter.next() * 2.8;
            let mut d = String::new();
            for corner in 0..5 {
                let angle = turn + f64::from(corner) * 1.2566;
                let reach = size * (0.7 + scatter.next() * 0.6);
                let letter = if corner == 0 { 'M' } else { 'L' };
                d += &format!("{letter}{:.1} {:.1}", x + angle.cos() * reach, y + angle.sin() * reach);
            }
            shapes[(scatter.next() * 4.99) as usize] += &(d + "z");
        }
    }
    for (d, color) in shapes.iter().zip(colors) {
        sheet.fill(d, color);
    }
}

fn checks(sheet: &mut Sheet, a: Area, accent: Color) {
    let mut d = String::new();
    for row in 0..=(a.h / 10.0) as i32 {
        for column in 0..=(a.w / 10.0) as i32 {
            if (row + column) % 2 == 0 {
                d += &format!(
                    "M{:.1} {:.1}h10v10h-10z",
                    a.x + f64::from(column) * 10.0,
                    a.y + f64::from(row) * 10.0
                );
            }
        }
    }
    sheet.fill(&d, accent);
}

fn arcs(sheet: &mut Sheet, a: Area, (base, accent): (Color, Color)) {
    let colors = [accent, base.mix(accent, 0.5), accent.light(0.45), base.mark()];
    for (cx, cy, start) in [(a.x, a.y + a.h, 0), (a.x + a.w, a.y + a.h * 0.42, 1)] {
        for ring in 0..4 {
            let r = 62.0 - 14.5 * f64::from(ring);
            sheet.fill(&disc(cx, cy, r), colors[(ring as usize + start) % 4]);
        }
    }
}

fn sunrise(sheet: &mut Sheet, a: Area, accent: Color) {
    let (cx, cy) = (a.x + a.w / 2.0, a.y + a.h * 0.68);
    let mut rays = String::new();
    for ray in 0..24 {
        let (from, to) = (f64::from(ray) * 0.2618, f64::from(ray) * 0.2618 + 0.1309);
        rays += &format!(
            "M{cx:.1} {cy:.1}L{:.1} {:.1}L{:.1} {:.1}z",
            cx + from.cos() * 160.0,
            cy + from.sin() * 160.0,
            cx + to.cos() * 160.0,
            cy + to.sin() * 160.0
        );
    }
    sheet.tint(&rays, accent, 0.32);
    sheet.fill(&disc(cx, cy, 21.0), accent);
}

fn hills(sheet: &mut Sheet, a: Area, (base, accent): (Color, Color)) {
    sheet.fill(&disc(a.x + a.w * 0.68, a.y + a.h * 0.44, 11.0), accent.light(0.6));
    for step in 0..4 {
        let part = f64::from(step);
        let y = a.y + a.h * (0.52 + 0.12 * part);
        let sway = if step % 2 == 0 { 20.0 } else { -16.0 };
        let d = format!(
            "M{:.1} {y:.1}c{:.1} {:.1} {:.1} {:.1} {:.1} 0V{:.1}H{:.1}z",
            a.x,
            a.w * 0.35,
            -sway,
            a.w * 0.65,
            sway,
            a.w,
            a.y + a.h,
            a.x
        );
        sheet.fill(&d, base.mix(accent, 0.4 + 0.2 * part));
    }
}

fn grid(sheet: &mut Sheet, a: Area, (color, width): (Color, f64), step: f64) {
    let mut d = String::new();
    for column in 0..=(a.w / step) as i32 {
        d += &format!("M{:.1} {:.1}v{:.1}", a.x + f64::from(column) * step, a.y, a.h);
    }
    for row in 0..=(a.h / step) as i32 {
        d += &format!("M{:.1} {:.1}h{:.1}", a.x, a.y + f64::from(row) * step, a.w);
    }
    sheet.line(&d, color, width);
}

fn blocks(sheet: &mut Sheet, a: Area, (base, accent): (Color, Color)) {
    sheet.fill(&Area::new(a.x, a.y + a.h * 0.52, a.w, a.h * 0.48).round(0.0), accent);
    sheet.fill(&disc(a.x + a.w * 0.5, a.y + a.h * 0.52, a.w * 0.32), base.mix(accent, 0.45));
    let half = format!(
        "M{:.1} {:.1}a{r:.1} {r:.1} 0 0 0 {:.1} 0z",
        a.x + a.w * 0.18,
        a.y + a.h * 0.52,
        a.w * 0.64,
        r = a.w * 0.32
    );
    sheet.fill(&half, base);
    sheet.fill(&Area::new(a.x, a.y + a.h * 0.86, a.w, a.h * 0.14).round(0.0), accent.dark(0.28));
}

fn contours(sheet: &mut Sheet, a: Area, accent: Color) {
    let mut d = String::new();
    for ring in 1..13 {
        let r = f64::from(ring) * 8.0;
        let (cx, cy) = (a.x + a.w * 0.66 - r * 0.1, a.y + a.h * 0.62 + r * 0.06);
        d += &format!(
            "M{:.1} {cy:.1}c0 -{:.1} {:.1} -{:.1} {:.1} -{:.1}s{:.1} {:.1} {:.1} {:.1}s-{:.1} {:.1} -{:.1} {:.1}s-{:.1} -{:.1} -{:.1} -{:.1}z",
            cx - r,
            r * 0.7,
            r * 0.3,
            r * 1.15,
            r,
            r * 0.95,
            r * 0.9,
            r * 0.3,
            r * 0.86,
            r * 0.95,
            r * 0.5,
            r * 1.1,
            r * 0.95,
            r * 1.0,
            r * 0.91,
            r * 0.3,
            r * 0.91,
            r * 1.0
        );
    }
    sheet.line(&d, accent, 1.1);
}

fn stars(sheet: &mut Sheet, a: Area, accent: Color) {
    let mut scatter = Scatter(41);
    let (mut big, mut small) = (String::new(), String::new());
    for row in 0..=(a.h / 14.0) as i32 {
        for column in 0..=(a.w / 14.0) as i32 {
            let x = a.x + (f64::from(column) + scatter.next()) * 14.0;
            let y = a.y + (f64::from(row) + scatter.next()) * 14.0;
            let r = 1.4 + scatter.next() * 3.0;
            if r > 2.6 {
                big += &format!(
                    "M{x:.1} {:.1}q0 {r:.1} {r:.1} {r:.1}q-{r:.1} 0 -{r:.1} {r:.1}q0 -{r:.1} -{r:.1} -{r:.1}q{r:.1} 0 {r:.1} -{r:.1}z",
                    y - r
                );
            } else {
                small += &disc(x, y, r * 0.35);
            }
        }
    }
    sheet.fill(&big, accent);
    sheet.fill(&small, accent.light(0.4));
}

fn ribs(sheet: &mut Sheet, a: Area) {
    for column in 0..(a.w / 6.0) as i32 + 1 {
        let rib = Area::new(a.x + f64::from(column) * 6.0, a.y, 6.0, a.h).round(0.0);
        let stops = [(0.0, WHITE, 0.26), (0.35, WHITE, 0.04), (0.7, INK, 0.06), (1.0, INK, 0.3)];
        let paint = sheet.gradient((0.0, 0.0, 1.0, 0.0), &stops);
        sheet.fill(&rib, paint);
    }
}

fn weave(sheet: &mut Sheet, a: Area) {
    let (mut dark, mut light) = (String::new(), String::new());
    for row in 0..(a.h / 4.0) as i32 + 1 {
        for column in 0..(a.w / 8.0) as i32 + 2 {
            let x = a.x + f64::from(column) * 8.0 - f64::from(row % 4) * 2.0;
            let y = a.y + f64::from(row) * 4.0;
            dark += &format!("M{x:.0} {y:.0}h4v4h-4z");
            light += &format!("M{:.0} {y:.0}h4v4h-4z", x + 4.0);
        }
    }
    sheet.tint(&dark, INK, 0.34);
    sheet.tint(&light, WHITE, 0.1);
}

fn cork(sheet: &mut Sheet, a: Area, base: Color) {
    let mut scatter = Scatter(19);
    let (mut dark, mut light) = (String::new(), String::new());
    for _ in 0..230 {
        let (x, y) = (a.x + scatter.next() * a.w, a.y + scatter.next() * a.h);
        let (w, h) = (0.6 + scatter.next() * 2.6, 0.4 + scatter.next());
        let grain =
            format!("M{x:.1} {y:.1}q{:.1} -{h:.1} {w:.1} 0q-{:.1} {h:.1} -{w:.1} 0z", w / 2.0, w / 2.0);
        if scatter.next() > 0.4 { dark += &grain } else { light += &grain }
    }
    sheet.fill(&dark, base.dark(0.42));
    sheet.fill(&light, base.light(0.38));
}

fn canvas(sheet: &mut Sheet, a: Area) {
    let (mut across, mut down) = (String::new(), String::new());
    for row in 0..(a.h / 1.6) as i32 {
        across += &format!("M{:.1} {:.1}h{:.1}", a.x, a.y + f64::from(row) * 1.6, a.w);
    }
    for column in 0..(a.w / 1.6) as i32 {
        down += &format!("M{:.1} {:.1}v{:.1}", a.x + f64::from(column) * 1.6, a.y, a.h);
    }
    sheet.haze(&across, WHITE, 0.5, 0.16);
    sheet.haze(&down, INK, 0.5, 0.14);
}

fn leather(sheet: &mut Sheet, a: Area) {
    let mut scatter = Scatter(3);
    let mut grain = String::new();
    for _ in 0..260 {
        let (x, y) = (a.x + scatter.next() * a.w, a.y + scatter.next() * a.h);
        let (dx, dy) = (scatter.next() * 4.0 - 2.0, scatter.next() * 3.0 - 1.0);
        grain += &format!("M{x:.1} {y:.1}q{:.1} {:.1} {:.1} {:.1}", dx, -dy * 0.4, dx * 1.6, dy);
    }
    sheet.haze(&grain, INK, 0.35, 0.2);
}

fn quilt(sheet: &mut Sheet, a: Area, base: Color) {
    let mut d = String::new();
    for step in 0..((a.w + a.h) / 12.0) as i32 + 1 {
        let at = f64::from(step) * 12.0;
        d += &format!("M{:.1} {:.1}l-{r:.1} {r:.1}", a.x + at, a.y, r = a.h);
        d += &format!("M{:.1} {:.1}l{r:.1} {r:.1}", a.x + a.w - at, a.y, r = a.h);
    }
    sheet.haze(&d, INK, 1.6, 0.22);
    sheet.at("translate(.5 .7)", |sheet| sheet.haze(&d, base.light(0.5), 0.5, 0.6));
}
