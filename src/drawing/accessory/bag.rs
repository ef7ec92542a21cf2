//! Bags and pouches.

use super::cable::Cable;
use super::case::paint_mark;
use super::charger::Charger;
use super::coil::{Cord, Jacket};
use super::color::{Color, GOLD, INK, STEEL, WHITE};
use super::connector::Plug;
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::pattern::{PATTERNS, Pattern};
use super::phone::sample;
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// A small bag on a shoulder strap.
    Sling,
    /// A flat zip pouch with a wrist loop.
    Pouch,
    /// Opens like a book, elastic loops within.
    Organiser,
    /// A sleeve with a flap.
    Sleeve,
    /// A round hard case with a carabiner.
    Shell,
}

const FORMS: &[(&str, Form)] = &[
    ("sling", Form::Sling),
    ("pouch", Form::Pouch),
    ("organiser", Form::Organiser),
    ("sleeve", Form::Sleeve),
    ("shell", Form::Shell),
];

/// A bag, in millimetres.
pub struct Bag {
    form: Form,
    color: Color,
    accent: Color,
    pattern: Pattern,
}

impl Bag {
    pub fn read(fields: &mut Fields) -> Result<Bag, String> {
        let color = fields.color("color", Color::rgb(0x1f5b4b))?;
        Ok(Bag {
            form: fields.choice("form", FORMS, Form::Pouch)?,
            color,
            accent: fields.color("accent", Color::rgb(0xffc83d))?,
            pattern: fields.choice("pattern", PATTERNS, Pattern::Canvas)?,
        })
    }

    fn body(&self) -> (Area, f64) {
        match self.form {
            Form::Sling => (Area::around(0.0, 0.0, 118.0, 168.0), 26.0),
            Form::Pouch => (Area::around(0.0, 0.0, 190.0, 122.0), 18.0),
            Form::Organiser => (Area::around(0.0, 0.0, 124.0, 176.0), 22.0),
            Form::Sleeve => (Area::around(0.0, 0.0, 96.0, 178.0), 16.0),
            Form::Shell => (Area::around(0.0, 0.0, 104.0, 104.0), 42.0),
        }
    }

    fn scale(&self) -> f64 {
        match self.form {
            Form::Shell => 6.6,
            Form::Pouch => 4.7,
            _ => 4.8,
        }
    }

    pub fn outline(&self) -> String {
        let (area, r) = self.body();
        area.round(r)
    }

    fn paint_cloth(&self, sheet: &mut Sheet, area: Area, r: f64) {
        let d = area.round(r);
        let paint = sheet.lit(self.color);
        sheet.fill(&d, paint);
        sheet.clip(&d, |sheet| self.pattern.paint(sheet, area, (self.color, self.accent)));
        let shade = [(0.0, WHITE, 0.2), (0.5, WHITE, 0.0), (0.55, INK, 0.0), (1.0, INK, 0.3)];
        let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &shade);
        sheet.fill(&d, paint);
        sheet.rim(&area.inset(0.5).round(r - 0.5), 1.0);
    }

    /// A zip from `(x, y)`, `length` long, with its puller.
    fn paint_zip(&self, sheet: &mut Sheet, (x, y): (f64, f64), length: f64) {
        let tape = Area::new(x, y - 3.6, length, 7.2);
        sheet.fill(&tape.round(3.6), self.color.dark(0.35));
        let teeth = format!("M{:.1} {y:.1}h{:.1}", x + 4.0, length - 8.0);
        sheet.dashes(&teeth, STEEL, 2.8, "1.1 1");
        let head = x + length * 0.74;
        let metal = sheet.lit(GOLD);
        sheet.fill(&Area::around(head, y, 9.0, 6.4).round(2.0), &metal);
        let pull = format!("M{head:.1} {:.1}q-4 9 -2 20", y + 1.0);
        sheet.at("translate(.8 1.2)", |sheet| sheet.haze(&pull, INK, 4.0, 0.3));
        sheet.line(&pull, self.accent.dark(0.2), 4.4);
        sheet.line(&pull, self.accent, 3.2);
    }

    fn paint_label(&self, sheet: &mut Sheet, (x, y): (f64, f64)) {
        let label = Area::around(x, y, 17.0, 15.0);
        sheet.fill(&label.round(1.5), self.accent);
        sheet.dashes(&label.inset(1.2).round(1.0), self.accent.dark(0.4), 0.4, "1 .7");
        sheet.at(&format!("translate({x:.1} {y:.1}) scale(1.1)"), |sheet| {
            paint_mark(sheet, self.accent.mark())
        });
    }

    fn paint_front(&self, sheet: &mut Sheet) {
        let (area, r) = self.body();
        self.paint_cloth(sheet, area, r);
        match self.form {
            Form::Sling => {
                self.paint_zip(sheet, (area.x + 14.0, area.y + 34.0), area.w - 28.0);
                let pocket = Area::new(area.x + 9.0, area.y + 72.0, area.w - 18.0, area.h - 82.0);
                sheet.at("translate(.8 1.4)", |sheet| sheet.tint(&pocket.round(18.0), INK, 0.22));
                self.paint_cloth(sheet, pocket, 18.0);
                sheet.dashes(&pocket.inset(3.0).round(15.0), self.accent, 0.8, "2.6 1.8");
                self.paint_label(sheet, (0.0, pocket.y + 34.0));
            }
            Form::Pouch => {
                self.paint_zip(sheet, (area.x + 10.0, area.y + 20.0), area.w - 20.0);
                self.paint_label(sheet, (area.x + area.w - 26.0, area.y + area.h - 22.0));
                sheet.dashes(
                    &format!("M{:.1} {:.1}h{:.1}", area.x + 6.0, area.y + 29.0, area.w - 12.0),
                    self.accent,
                    0.8,
                    "2.6 1.8",
                );
            }
            Form::Organiser => {
                sheet.dashes(&area.inset(5.0).round(r - 5.0), self.accent, 0.9, "2.6 1.8");
                let strap = Area::new(area.x + area.w * 0.68, area.y, 13.0, area.h);
                sheet.tint(&strap.shift(1.0, 0.0).round(0.0), INK, 0.25);
                let paint = sheet.barrel(self.accent);
                sheet.fill(&strap.round(0.0), paint);
                self.paint_label(sheet, (area.x + area.w * 0.34, area.y + area.h * 0.8));
            }
            Form::Sleeve => {
                let flap = format!(
                    "M{:.1} {:.1}h{:.1}v46q0 22 -{:.1} 24q-{:.1} -2 -{:.1} -24z",
                    area.x,
                    area.y + 14.0,
                    area.w,
                    area.w / 2.0,
                    area.w / 2.0,
                    area.w / 2.0
                );
                sheet.at("translate(1 2.4)", |sheet| sheet.tint(&flap, INK, 0.3));
                sheet.clip(&area.round(r), |sheet| {
                    let paint = sheet.lit(self.accent);
                    sheet.fill(
                        &format!("M{:.1} {:.1}h{:.1}v16h-{:.1}z", area.x, area.y, area.w, area.w),
                        self.accent,
                    );
                    sheet.fill(&flap, paint);
                    sheet.dashes(&flap, self.accent.light(0.5), 0.8, "2.6 1.8");
                });
                sheet.fill(&disc(0.0, area.y + 72.0, 4.4), GOLD);
                sheet.tint(&disc(-1.2, area.y + 70.8, 1.4), WHITE, 0.8);
            }
            Form::Shell => {
                sheet.line(&area.inset(4.0).round(r - 3.0), self.color.dark(0.4), 4.4);
                sheet.dashes(&area.inset(4.0).round(r - 3.0), STEEL, 2.2, "1.1 1");
                sheet.haze(&area.inset(20.0).round(26.0), self.color.light(0.4), 1.4, 0.7);
                sheet.at("scale(3.2)", |sheet| paint_mark(sheet, self.color.mark()));
                let metal = sheet.lit(STEEL);
                let hook = Area::new(area.w / 2.0 - 10.0, -area.h / 2.0 - 26.0, 20.0, 44.0);
                sheet.at("translate(1.4 2)", |sheet| sheet.haze(&hook.round(10.0), INK, 5.0, 0.25));
                sheet.line(&hook.round(10.0), metal, 5.0);
                sheet.line(&format!("M{:.1} {:.1}v16", hook.x + hook.w, hook.y + 14.0), self.accent, 5.4);
            }
        }
    }

    fn paint_strap(&self, sheet: &mut Sheet) {
        let strap = match self.form {
            Form::Sling => {
                "M-230 -390C-480 -560 -520 0 -500 240S-330 560 60 545S520 420 500 60S420 -560 230 -390"
            }
            Form::Pouch => "M430 -60C620 -140 640 200 560 300S330 320 420 70",
            Form::Organiser | Form::Sleeve | Form::Shell => return,
        };
        let cord = Cord { jacket: Jacket::Flat, color: self.accent, accent: WHITE, width: 34.0 };
        cord.paint(sheet, strap, 16.0);
    }

    /// The back: plain cloth with a flat pocket.
    fn paint_back(&self, sheet: &mut Sheet) {
        let (area, r) = self.body();
        self.paint_cloth(sheet, area, r);
        let pocket = area.inset(12.0);
        let pocket = Area::new(pocket.x, pocket.y + pocket.h * 0.3, pocket.w, pocket.h * 0.7);
        self.paint_cloth(sheet, pocket, (r - 8.0).max(6.0));
        sheet.dashes(&pocket.inset(2.4).round((r - 10.0).max(5.0)), self.accent, 0.8, "2.6 1.8");
        sheet.line(
            &format!("M{:.1} {:.1}h{:.1}", pocket.x + 8.0, pocket.y + 1.0, pocket.w - 16.0),
            self.accent,
            2.0,
        );
    }

    /// Open, with what goes in.
    fn paint_full(&self, sheet: &mut Sheet) {
        if self.form == Form::Organiser {
            return self.paint_open_book(sheet);
        }
        let phone = sample();
        let scale = self.scale() * 0.86;
        let (area, _) = self.body();
        let tones = (self.accent, self.color.light(0.3));
        let peek = match self.form {
            Form::Pouch => "translate(-170 -230) rotate(-6) scale(4)",
            Form::Shell => "translate(210 -40) rotate(12) scale(4.2)",
            _ => "translate(-90 -250) rotate(-7) scale(4)",
        };
        sheet.place(&phone.outline(), peek, 30.0, |sheet| phone.paint_screen(sheet, tones));
        if self.form == Form::Pouch {
            let block = Charger::plain(Color::rgb(0xf6f5f1), &[Plug::UsbC]);
            sheet.at("translate(190 -180) rotate(10)", |sheet| block.paint_top(sheet, 6.0));
        } else if self.form != Form::Shell {
            let cable = Cable::plain(self.accent.dark(0.1));
            sheet.at("translate(240 -330) scale(.42)", |sheet| cable.paint_coiled(sheet));
        }
        let shift = if self.form == Form::Shell { -170.0 } else { 0.0 };
        let y = 560.0 - area.h / 2.0 * scale - 40.0;
        let place = format!("translate({shift} {y:.0}) scale({scale:.2})");
        sheet.place(&self.outline(), &place, 36.0, |sheet| self.paint_front(sheet));
    }

    fn paint_open_book(&self, sheet: &mut Sheet) {
        let leaf = Area::new(0.0, -88.0, 124.0, 176.0);
        let spread = Area::around(0.0, 0.0, 248.0, 176.0);
        sheet.place(&spread.round(22.0), "rotate(-4) scale(4.2)", 40.0, |sheet| {
            self.paint_cloth(sheet, spread, 22.0);
            let lining = self.accent.light(0.4);
            for x in [-124.0, 0.0] {
                let page = leaf.shift(x, 0.0).inset(7.0);
                let paint = sheet.lit(lining);
                sheet.fill(&page.round(16.0), paint);
                sheet.dashes(&page.inset(3.0).round(13.0), self.color, 0.8, "2.6 1.8");
            }
            let mesh = Area::new(-113.0, 6.0, 102.0, 70.0);
            sheet.tint(&mesh.round(12.0), self.color, 0.5);
            sheet.clip(&mesh.round(12.0), |sheet| {
                Pattern::Grid.paint(sheet, mesh, (self.color, self.color.light(0.3)))
            });
            sheet.line("M-113 8h102", self.color, 4.0);
        });
        sheet.at("rotate(-4)", |sheet| {
            let block = Charger::plain(Color::rgb(0xf6f5f1), &[Plug::UsbC, Plug::UsbC]);
            sheet.at("translate(-260 -90)", |sheet| block.paint_top(sheet, 5.0));
            let cable = Cable::plain(self.color.light(0.2));
            sheet.at("translate(265 -90) scale(.46)", |sheet| cable.paint_coiled(sheet));
            for (x, y, w) in [(150.0, -170.0, 230.0), (150.0, 160.0, 230.0), (-370.0, -60.0, 220.0)] {
                let band = Area::new(x, y, w, 40.0);
                sheet.place(&band.round(12.0), "translate(0 0)", 7.0, |sheet| {
                    let paint = sheet.lit(self.color);
                    sheet.fill(&band.round(12.0), paint);
                });
            }
        });
    }
}

impl Thing for Bag {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let scale = self.scale();
        let outline = self.outline();
        match view {
            View::Front => sheet.at("rotate(-5)", |sheet| {
                self.paint_strap(sheet);
                sheet.place(&outline, &format!("scale({scale})"), 46.0, |sheet| self.paint_front(sheet));
            }),
            View::Angle | View::Hero => {
                sheet.at("rotate(9) scale(.96)", |sheet| {
                    sheet.place(&outline, &format!("translate(26 22) scale({scale})"), 46.0, |sheet| {
                        let paint = sheet.lit(self.color.dark(0.35));
                        sheet.fill(&outline, paint);
                    });
                    sheet.at(&format!("scale({scale})"), |sheet| self.paint_front(sheet));
                    self.paint_strap(sheet);
                });
            }
            View::Back => sheet.at("rotate(6)", |sheet| {
                sheet.place(&outline, &format!("scale({scale})"), 46.0, |sheet| self.paint_back(sheet));
            }),
            View::Detail => {
                let place = format!("translate(-120 420) rotate(-8) scale({:.2})", scale * 2.2);
                sheet.place(&outline, &place, 60.0, |sheet| self.paint_front(sheet));
            }
            View::Set => self.paint_full(sheet),
        }
    }
}
