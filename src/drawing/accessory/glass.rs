//! Screen glass and lens glass, with the frame that sets it down straight.

use super::color::{Color, INK, WHITE};
use super::fields::Fields;
use super::paint::{Area, Sheet};
use super::phone::{MODELS, Phone, sample};
use super::solid::{LYING, Prism};
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Finish {
    Clear,
    Matte,
    /// Dark from the side.
    Privacy,
    /// A paper-like film.
    Paper,
}

const FINISHES: &[(&str, Finish)] = &[
    ("clear", Finish::Clear),
    ("matte", Finish::Matte),
    ("privacy", Finish::Privacy),
    ("paper", Finish::Paper),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Screen,
    Lens,
}

const PARTS: &[(&str, Part)] = &[("screen", Part::Screen), ("lens", Part::Lens)];

/// Panes for one phone model. Millimetres.
pub struct Glass {
    phone: Phone,
    part: Part,
    finish: Finish,
    frame: bool,
    count: i64,
    color: Color,
    accent: Color,
}

impl Glass {
    pub fn read(fields: &mut Fields) -> Result<Glass, String> {
        let color = fields.color("color", Color::rgb(0x3a5cff))?;
        Ok(Glass {
            phone: fields.choice("model", MODELS, sample())?,
            part: fields.choice("part", PARTS, Part::Screen)?,
            finish: fields.choice("finish", FINISHES, Finish::Clear)?,
            frame: fields.flag("frame", true)?,
            count: fields.count("count", (1, 3), 1)?,
            color,
            accent: fields.color("accent", Color::rgb(0xff6f59))?,
        })
    }

    fn pane(&self) -> Area {
        self.phone.body().inset(1.6)
    }

    fn pane_outline(&self) -> String {
        self.pane().round(self.phone.r - 1.4)
    }

    fn paint_pane(&self, sheet: &mut Sheet) {
        let d = self.pane_outline();
        let (tone, low, high) = match self.finish {
            Finish::Clear => (WHITE, 0.16, 0.46),
            Finish::Matte => (WHITE, 0.42, 0.6),
            Finish::Privacy => (INK, 0.86, 0.5),
            Finish::Paper => (Color::rgb(0xfff4dd), 0.7, 0.86),
        };
        let stops = [(0.0, tone, high), (0.5, tone, low), (1.0, tone, (high + low) / 2.0)];
        let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &stops);
        sheet.fill(&d, paint);
        let Area { x, y, w, h } = self.pane();
        let glints = format!(
            "M{x} {:.1}L{:.1} {y}h{:.1}L{x} {:.1}zM{x} {:.1}L{:.1} {y}h3L{x} {:.1}z",
            y + h * 0.5,
            x + w * 0.7,
            w * 0.22,
            y + h * 0.64,
            y + h * 0.7,
            x + w,
            y + h * 0.725
        );
        let strength = if self.finish == Finish::Clear { 0.4 } else { 0.16 };
        sheet.clip(&d, |sheet| sheet.tint(&glints, WHITE, strength));
        sheet.line(&self.pane().inset(0.3).round(self.phone.r - 1.7), WHITE, 0.7);
        sheet.haze(&self.pane().inset(1.0).round(self.phone.r - 2.4), INK, 0.4, 0.2);
        let ear = Area::around(0.0, y + 1.5, 13.0, 1.3).round(0.6);
        sheet.tint(&ear, INK, 0.5);
    }

    fn paint_phone(&self, sheet: &mut Sheet) {
        self.phone.paint_screen(sheet, (self.color, self.accent));
    }

    fn frame_outline(&self) -> String {
        self.phone.body().inset(-6.0).round(self.phone.r + 3.0)
    }

    /// The applicator: a tray around the phone with a pull tab and guides.
    fn paint_frame(&self, sheet: &mut Sheet) {
        let outer = self.frame_outline();
        let hole = self.phone.body().inset(2.0).round(self.phone.r - 2.0);
        let paint = sheet.lit(self.color);
        sheet.fill_holed(&format!("{outer}{hole}"), paint);
        sheet.rim(&self.phone.body().inset(-5.5).round(self.phone.r + 2.6), 0.9);
        sheet.haze(&hole, INK, 0.8, 0.35);
        sheet.haze(&self.phone.body().inset(-1.8).round(self.phone.r), self.color.light(0.5), 0.7, 0.7);
        let (right, top) = (self.phone.w / 2.0 + 1.9, self.phone.h / 2.0);
        for y in [-0.55, 0.0, 0.55] {
            let guide = Area::around(-right, y * top, 5.0, 16.0);
            sheet.fill(&guide.round(2.4), self.color.dark(0.2));
            sheet.tint(&guide.inset(1.4).round(1.0), WHITE, 0.35);
        }
        for step in 0..3 {
            let y = top + 3.2;
            let chevron = format!("M{:.1} {y:.1}l2 1.4l-2 1.4", -7.0 + 5.0 * f64::from(step));
            sheet.line(&chevron, self.color.light(0.7), 0.9);
        }
    }

    /// The tab that pulls the dust film off.
    fn paint_tab(&self, sheet: &mut Sheet) {
        let y = self.phone.h / 2.0;
        let tab = format!("M-11 {:.1}h22v13q0 7 -7 7h-8q-7 0 -7 -7z", y + 2.0);
        sheet.at("translate(1 2)", |sheet| sheet.tint(&tab, INK, 0.25));
        let paint = sheet.lit(self.accent);
        sheet.fill(&tab, paint);
        sheet.line(&format!("M0 {:.1}v7m-3 -3l3 3l3 -3", y + 8.0), WHITE, 1.3);
    }

    fn paint_lens_rings(&self, sheet: &mut Sheet, lifted: bool) {
        for (area, r) in self.phone.openings() {
            let by = if lifted { -3.0 } else { 0.0 };
            let ring = area.inset(0.6).shift(by, by * 1.3);
            if lifted {
                sheet.at("translate(3.4 5)", |sheet| sheet.tint(&ring.round(r), INK, 0.35));
            }
            let paint = sheet.gradient(
                (0.0, 0.0, 1.0, 1.0),
                &[(0.0, WHITE, 0.55), (0.6, WHITE, 0.12), (1.0, WHITE, 0.34)],
            );
            sheet.fill(&ring.round(r), paint);
            sheet.line(&ring.round(r), self.color, 1.3);
            sheet.haze(&ring.inset(0.9).round(r - 0.9), WHITE, 0.4, 0.8);
        }
    }

    fn paint_lens(&self, view: View, sheet: &mut Sheet) {
        let body = Color::rgb(0xd9dde6);
        let place = match view {
            View::Front => "translate(60 420) rotate(-8) scale(10)",
            View::Angle | View::Hero => "translate(120 330) rotate(14) scale(9)",
            View::Back => "translate(0 60) rotate(4) scale(5.6)",
            View::Detail => "translate(260 800) rotate(-4) scale(15)",
            View::Set => "translate(-120 90) rotate(-18) scale(6.4)",
        };
        sheet.place(&self.phone.outline(), place, 44.0, |sheet| {
            self.phone.paint_back(sheet, body);
            self.phone.paint_cameras(sheet, body);
            self.paint_lens_rings(sheet, view != View::Back);
        });
    }

    /// The phone below, the panes floating above it.
    fn paint_layers(&self, sheet: &mut Sheet) {
        let outline = self.phone.outline();
        let phone = Prism {
            outline: &outline,
            stance: LYING,
            scale: 5.0,
            at: (0.0, 250.0),
            thick: 8.0,
            color: INK.light(0.25),
        };
        phone.paint(sheet, 44.0, |sheet| self.paint_phone(sheet));
        for layer in 0..self.count {
            let y = 90.0 - 110.0 * layer as f64;
            let place = LYING.matrix(5.0, (0.0, y));
            sheet
                .at(&LYING.matrix(5.0, (0.0, y + 50.0)), |sheet| sheet.tint(&self.pane_outline(), INK, 0.14));
            sheet.at(&place, |sheet| self.paint_pane(sheet));
        }
        if self.frame {
            let lift = 90.0 - 110.0 * self.count as f64;
            sheet.at(&LYING.matrix(5.0, (0.0, lift)), |sheet| self.paint_frame(sheet));
        }
    }

    /// Everything that is in the box.
    fn paint_kit(&self, sheet: &mut Sheet) {
        let outer = self.frame_outline();
        sheet.place(&outer, "translate(-250 0) rotate(-6) scale(4.5)", 36.0, |sheet| {
            sheet.tint(&self.pane_outline(), WHITE, 0.2);
            self.paint_frame(sheet);
            self.paint_tab(sheet);
        });
        for layer in 0..self.count {
            let shift = layer as f64 * 46.0;
            let place =
                format!("translate({:.0} {:.0}) rotate(7) scale(3.7)", 160.0 + shift, -150.0 + shift * 0.6);
            sheet.place(&self.pane_outline(), &place, 22.0, |sheet| self.paint_pane(sheet));
        }
        for (x, y, turn, color) in [(110.0, 330.0, -8.0, self.accent), (340.0, 350.0, 10.0, self.color)] {
            let sachet = Area::around(0.0, 0.0, 170.0, 170.0);
            sheet.place(&sachet.round(8.0), &format!("translate({x} {y}) rotate({turn})"), 16.0, |sheet| {
                let paint = sheet.lit(color);
                sheet.fill(&sachet.round(8.0), paint);
                sheet.dashes("M-85 -68h170M-85 68h170", WHITE, 5.0, "3 4");
                sheet.line("M0 -34q-34 44 0 62q34 -18 0 -62z", WHITE, 6.0);
            });
        }
    }

    fn paint_screen(&self, view: View, sheet: &mut Sheet) {
        match view {
            View::Front => {
                let low = "translate(-80 60) rotate(-9) scale(5.2)";
                sheet.place(&self.phone.outline(), low, 44.0, |sheet| self.paint_phone(sheet));
                for layer in 0..self.count {
                    let shift = layer as f64 * 62.0;
                    let place = format!(
                        "translate({:.0} {:.0}) rotate(-3) scale(5.3)",
                        70.0 + shift,
                        -20.0 - shift * 0.5
                    );
                    sheet.place(&self.pane_outline(), &place, 30.0, |sheet| self.paint_pane(sheet));
                }
            }
            View::Angle | View::Hero => self.paint_layers(sheet),
            View::Back => {
                let place = "translate(0 -30) rotate(5) scale(5.3)";
                sheet.place(&self.frame_outline(), place, 40.0, |sheet| {
                    self.paint_phone(sheet);
                    if self.frame {
                        self.paint_pane(sheet);
                        self.paint_frame(sheet);
                        self.paint_tab(sheet);
                    } else {
                        self.paint_pane(sheet);
                    }
                });
            }
            View::Detail => {
                let low = "translate(330 780) rotate(-12) scale(14)";
                sheet.place(&self.phone.outline(), low, 40.0, |sheet| self.paint_phone(sheet));
                sheet.place(&self.pane_outline(), "translate(410 690) rotate(-7) scale(14)", 40.0, |sheet| {
                    self.paint_pane(sheet);
                });
            }
            View::Set => self.paint_kit(sheet),
        }
    }
}

impl Thing for Glass {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        match self.part {
            Part::Lens => self.paint_lens(view, sheet),
            Part::Screen => self.paint_screen(view, sheet),
        }
    }
}
