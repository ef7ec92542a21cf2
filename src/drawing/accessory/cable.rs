//! Cables: two plugs, a jacket, and as many rings in the coil as the cable is long.

use super::case::paint_mark;
use super::charger::Charger;
use super::coil::{Cord, JACKETS, Jacket, paint_spring, spiral};
use super::color::{Color, WHITE};
use super::connector::{PLUGS, Plug};
use super::fields::Fields;
use super::paint::{Area, Sheet};
use super::phone::sample;
use super::{Thing, View};

/// A cable with its plugs.
pub struct Cable {
    ends: (Plug, Plug),
    cord: Cord,
    /// The colour of the plugs' grips.
    grip: Color,
    /// Rings of the coil, or loops of a spring cable.
    coils: i64,
    spring: bool,
    tie: Color,
}

/// Picture units per millimetre of a plug.
const SCALE: f64 = 8.4;

impl Cable {
    pub fn read(fields: &mut Fields) -> Result<Cable, String> {
        let color = fields.color("color", Color::rgb(0x3a5cff))?;
        let accent = fields.color("accent", color.light(0.35))?;
        let jacket = fields.choice("jacket", JACKETS, Jacket::Braided)?;
        let width = if jacket == Jacket::Flat { 46.0 } else { 33.0 };
        Ok(Cable {
            ends: (fields.choice("a", PLUGS, Plug::UsbC)?, fields.choice("b", PLUGS, Plug::UsbC)?),
            cord: Cord { jacket, color, accent, width },
            grip: fields.color("grip", color.dark(0.2))?,
            coils: fields.count("coils", (1, 14), 3)?,
            spring: fields.flag("spring", false)?,
            tie: fields.color("tie", accent)?,
        })
    }

    /// A plain cable for a picture of something else.
    pub fn plain(color: Color) -> Cable {
        let cord = Cord { jacket: Jacket::Braided, color, accent: color.light(0.35), width: 33.0 };
        Cable {
            ends: (Plug::UsbC, Plug::UsbC),
            cord,
            grip: color.dark(0.2),
            coils: 3,
            spring: false,
            tie: color,
        }
    }

    /// A plug whose cable joins at `(x, y)`, turned by `angle` degrees (0 points up).
    fn paint_plug(&self, sheet: &mut Sheet, plug: Plug, (x, y): (f64, f64), angle: f64) {
        let (_, length) = plug.grip();
        let place = format!(
            "translate({x:.1} {y:.1}) rotate({angle}) scale({SCALE}) translate(0 -{:.1})",
            length + 7.0
        );
        sheet.place(&plug.outline(), &place, 22.0, |sheet| plug.paint(sheet, self.grip, self.cord.color));
    }

    /// Coil and both plugs, the plugs hanging down.
    pub fn paint_coiled(&self, sheet: &mut Sheet) {
        if self.spring {
            return self.paint_sprung(sheet);
        }
        let gap = self.cord.width * 1.12;
        let outer = 300.0;
        let inner = outer - gap * (self.coils as f64 - 0.5);
        let centre = (0.0, -170.0);
        let d = format!("{}v250", spiral(centre, inner, self.coils, gap));
        self.cord.paint(sheet, &d, 20.0);
        self.cord.paint(sheet, &format!("M-{inner:.1} -190v60c0 150 -30 100 -30 210"), 14.0);
        self.paint_tie(sheet, (inner, outer));
        let joint = 78.0;
        self.paint_plug(sheet, self.ends.0, (outer, joint), 180.0);
        self.paint_plug(sheet, self.ends.1, (-inner - 30.0, joint), 180.0);
    }

    fn paint_tie(&self, sheet: &mut Sheet, (inner, outer): (f64, f64)) {
        let (near, far) = (inner - self.cord.width, outer + self.cord.width);
        let band = Area::around(0.0, -170.0 - (near + far) / 2.0, 74.0, far - near);
        let d = band.round(16.0);
        sheet.place(&d, "translate(0 0)", 10.0, |sheet| {
            let paint = sheet.barrel(self.tie);
            sheet.fill(&d, paint);
            let seam = band.inset(8.0).round(9.0);
            sheet.dashes(&seam, self.tie.light(0.5), 2.4, "9 6");
        });
    }

    fn paint_sprung(&self, sheet: &mut Sheet) {
        let (length, height) = (760.0, 150.0);
        sheet.line_shadow("M-370 -110h740", height * 0.8, 18.0);
        let tail = |side: f64| {
            format!(
                "M{:.1} -50c{:.1} 40 {:.1} 60 {:.1} 130",
                side * 380.0,
                side * 30.0,
                side * 20.0,
                side * 20.0
            )
        };
        self.cord.paint(sheet, &tail(-1.0), 14.0);
        paint_spring(sheet, self.cord, (-length / 2.0, -120.0), (length, height), self.coils);
        self.cord.paint(sheet, &tail(1.0), 14.0);
        self.paint_plug(sheet, self.ends.0, (-400.0, 90.0), 180.0);
        self.paint_plug(sheet, self.ends.1, (400.0, 90.0), 180.0);
    }

    /// A loose bow across the picture with both plugs raised.
    fn paint_bow(&self, sheet: &mut Sheet) {
        let d = "M-330 -60C-330 420 -60 420 -20 90S300 -380 330 110";
        self.cord.paint(sheet, d, 22.0);
        sheet.at("translate(-330 -50) scale(1.25)", |sheet| {
            self.paint_plug(sheet, self.ends.0, (0.0, 0.0), 0.0)
        });
        sheet.at("translate(330 100) scale(1.25)", |sheet| {
            self.paint_plug(sheet, self.ends.1, (0.0, 0.0), 180.0)
        });
    }

    /// Both plugs seen from their tips.
    fn paint_ends(&self, sheet: &mut Sheet) {
        for (plug, y) in [(self.ends.0, -190.0), (self.ends.1, 210.0)] {
            let thick = if plug == Plug::UsbA { 8.0 } else { 6.0 };
            let d = Area::around(0.0, 0.0, plug.grip().0, thick).round(2.6);
            let place = format!("translate(0 {y}) scale(38)");
            sheet.place(&d, &place, 34.0, |sheet| plug.paint_end(sheet, self.grip));
        }
    }

    fn paint_close(&self, sheet: &mut Sheet) {
        let big = 3.1;
        sheet.at(&format!("rotate(38) translate(0 120) scale({big})"), |sheet| {
            self.cord.paint(sheet, "M0 0c0 110 14 220 70 330", 16.0);
            self.paint_plug(sheet, self.ends.0, (0.0, 10.0), 0.0);
            sheet.at("translate(0 -140) scale(5.2)", |sheet| paint_mark(sheet, self.grip.mark()));
        });
    }

    fn paint_set(&self, sheet: &mut Sheet) {
        let phone = sample();
        let place = "translate(210 -150) rotate(8) scale(4.3)";
        let d = "M-260 200C-260 520 120 560 158 300";
        sheet.place(&phone.outline(), place, 40.0, |sheet| {
            phone.paint_screen(sheet, (self.cord.color, self.cord.accent))
        });
        self.cord.paint(sheet, d, 16.0);
        let (_, length) = self.ends.1.grip();
        sheet.at("translate(158 316) rotate(8) scale(.72)", |sheet| {
            let place = format!("scale({SCALE}) translate(0 -{:.1})", length + 7.0);
            sheet.place(&self.ends.1.outline(), &place, 18.0, |sheet| {
                self.ends.1.paint(sheet, self.grip, self.cord.color);
            });
        });
        let block = Charger::plain(WHITE.mix(self.cord.color, 0.06), &[self.ends.0]);
        sheet.at("translate(-260 210) scale(.78)", |sheet| {
            self.paint_plug(sheet, self.ends.0, (0.0, 0.0), 0.0)
        });
        sheet.at("translate(-260 -140)", |sheet| block.paint_top(sheet, 7.6));
    }
}

impl Thing for Cable {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        match view {
            View::Front => self.paint_coiled(sheet),
            View::Angle | View::Hero => self.paint_bow(sheet),
            View::Back => self.paint_ends(sheet),
            View::Detail => self.paint_close(sheet),
            View::Set => self.paint_set(sheet),
        }
    }
}
