//! Earbuds and their charging case, open or closed.

use super::color::{Color, GOLD, INK, STEEL, WHITE};
use super::connector::{Plug, paint_socket};
use super::fields::Fields;
use super::paint::{Area, Sheet, disc, ellipse};
use super::pattern::{PATTERNS, Pattern};
use super::phone::sample;
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// With a stem, open fit.
    Stem,
    /// In the ear canal, silicone tip.
    Bud,
    /// With a hook over the ear.
    Hook,
    /// A ring that clips on the ear.
    Clip,
}

const FORMS: &[(&str, Form)] =
    &[("stem", Form::Stem), ("bud", Form::Bud), ("hook", Form::Hook), ("clip", Form::Clip)];

/// A pair of earbuds. Millimetres.
pub struct Earbuds {
    form: Form,
    color: Color,
    accent: Color,
    /// The charging case, if it differs from the buds.
    shell: Color,
    pattern: Pattern,
}

impl Earbuds {
    pub fn read(fields: &mut Fields) -> Result<Earbuds, String> {
        let color = fields.color("color", Color::rgb(0xf6f5f1))?;
        Ok(Earbuds {
            form: fields.choice("form", FORMS, Form::Stem)?,
            color,
            accent: fields.color("accent", color.dark(0.3))?,
            shell: fields.color("shell", color)?,
            pattern: fields.choice("pattern", PATTERNS, Pattern::Plain)?,
        })
    }

    /// A plain pair for a picture of something else.
    pub fn plain(color: Color) -> Earbuds {
        Earbuds { form: Form::Stem, color, accent: color.dark(0.3), shell: color, pattern: Pattern::Plain }
    }

    /// Width and height of the closed case.
    fn case_size(&self) -> (f64, f64) {
        match self.form {
            Form::Stem => (60.0, 47.0),
            Form::Bud => (64.0, 38.0),
            Form::Hook => (82.0, 48.0),
            Form::Clip => (54.0, 54.0),
        }
    }

    fn case_outline(&self) -> String {
        let (w, h) = self.case_size();
        Area::around(0.0, 0.0, w, h).round(h * 0.46)
    }

    pub fn paint_closed(&self, sheet: &mut Sheet, scale: f64) {
        let (w, h) = self.case_size();
        let d = self.case_outline();
        sheet.place(&d, &format!("scale({scale})"), 34.0, |sheet| {
            let paint = sheet.lit(self.shell);
            sheet.fill(&d, paint);
            let area = Area::around(0.0, 0.0, w, h);
            sheet.clip(&d, |sheet| self.pattern.paint(sheet, area, (self.shell, self.accent)));
            sheet.rim(&area.inset(0.4).round(h * 0.45), 0.9);
            let seam = -h * 0.16;
            sheet.clip(&d, |sheet| {
                sheet.haze(&format!("M{:.1} {seam:.1}h{w:.1}", -w / 2.0), INK, 0.7, 0.4);
                sheet.haze(&format!("M{:.1} {:.1}h{w:.1}", -w / 2.0, seam + 0.7), WHITE, 0.5, 0.45);
            });
            sheet.fill(&Area::around(0.0, seam + 2.0, 9.0, 2.6).round(1.3), self.shell.dark(0.16));
            sheet.fill(&disc(0.0, h * 0.16, 1.0), Color::rgb(0x54e0a0));
            sheet.tint(&ellipse(-w * 0.22, -h * 0.33, w * 0.16, h * 0.06), WHITE, 0.5);
        });
    }

    /// The case with its lid up, the buds' tops showing.
    fn paint_open(&self, sheet: &mut Sheet, scale: f64) {
        let (w, h) = self.case_size();
        let lid = Area::around(0.0, -h * 0.62, w, h * 0.62);
        let base = Area::around(0.0, h * 0.12, w, h * 0.76);
        let silhouette = format!("{}{}", lid.round(h * 0.32), base.round(h * 0.34));
        sheet.place(&silhouette, &format!("scale({scale})"), 40.0, |sheet| {
            let inside = sheet.gradient((0.0, 0.0, 0.3, 1.0), &[(0.0, self.shell.dark(0.12), 1.0), (1.0, self.shell.dark(0.34), 1.0)]);
            let paint = sheet.lit(self.shell);
            sheet.fill(&lid.round(h * 0.32), paint);
            sheet.fill(&lid.inset(2.4).round(h * 0.28), inside);
            sheet.rim(&lid.inset(0.4).round(h * 0.31), 0.7);
            sheet.fill(&Area::around(0.0, -h * 0.29, w * 0.5, 4.0).round(2.0), STEEL.dark(0.25));
            let well = Area::around(0.0, -h * 0.1, w - 3.0, h * 0.4);
            let dark = sheet.gradient((0.0, 0.0, 0.0, 1.0), &[(0.0, self.shell.dark(0.55), 1.0), (1.0, self.shell.dark(0.3), 1.0)]);
            sheet.fill(&well.round(h * 0.18), dark);
            for side in [-1.0, 1.0] {
                let x = side * w * 0.22;
                let paint = sheet.lit(self.color);
                sheet.fill(&ellipse(x, -h * 0.1, w * 0.13, h * 0.19), paint);
                sheet.fill(&ellipse(x, -h * 0.14, w * 0.055, h * 0.06), self.accent);
                sheet.tint(&ellipse(x - w * 0.05, -h * 0.2, w * 0.03, h * 0.03), WHITE, 0.8);
            }
            let front = format!(
                "M{l:.1} 0q{a:.1} {b:.1} {w:.1} 0V{m:.1}q0 {r:.1} -{r:.1} {r:.1}H{:.1}q-{r:.1} 0 -{r:.1} -{r:.1}z",
                -w / 2.0 + h * 0.36,
                l = -w / 2.0, a = w / 2.0, b = h * 0.1, m = h * 0.14, r = h * 0.36
            );
            let paint = sheet.lit(self.shell);
            sheet.fill(&front, paint);
            sheet.clip(&front, |sheet| self.pattern.paint(sheet, base, (self.shell, self.accent)));
            sheet.rim(&front, 0.7);
            sheet.fill(&disc(0.0, h * 0.26, 1.1), Color::rgb(0x54e0a0));
        });
    }

    /// The outline of one bud, the speaker towards +x.
    fn bud_outline(&self) -> &'static str {
        match self.form {
            Form::Stem => {
                "M-8 -9c0 -7 6 -10 11 -9c7 1 11 6 10 11c0 4 -4 7 -8 7.5l-4 .5l-.5 20c0 3 -6.500 3 -6.500 0l-.5 -20c-1 -3 -1.500 -7 -1.500 -10z"
            }
            Form::Bud => {
                "M-12 0c0 -7 5.400 -12 12 -12c5 0 9 3 10.500 7l6 1c2 0 3 7 1 8l-6 2c-2 4.500 -6 7 -11.500 7c-7 0 -12 -6 -12 -13z"
            }
            Form::Hook => {
                "M-10 2c0 -7 4 -11 9 -11c5 0 8 3 9 7l6 1c2 0 3 6 1 7l-6 1.500c-2 4 -5 6 -9 6c-6 0 -10 -4 -10 -11.500z"
            }
            Form::Clip => "M-11 -6c0 -5 4 -9 9 -9s9 4 9 9s-4 9 -9 9s-9 -4 -9 -9z",
        }
    }

    fn paint_bud(&self, sheet: &mut Sheet) {
        let d = self.bud_outline();
        match self.form {
            Form::Hook => {
                let hook = "M-4 -6C-12 -22 -2 -32 9 -27C22 -20 18 0 10 14";
                sheet.line(hook, self.accent.dark(0.3), 4.4);
                sheet.line(hook, self.accent, 3.4);
                sheet.haze("M-5.500 -10C-10 -22 -2 -31 8 -27.500", WHITE, 0.9, 0.5);
            }
            Form::Clip => {
                let arch = "M0 -12C14 -14 20 2 12 14";
                sheet.line(arch, self.accent.dark(0.25), 6.0);
                sheet.line(arch, self.accent, 4.8);
                let paint = sheet.lit(self.color);
                sheet.fill(&ellipse(9.0, 15.0, 6.6, 7.6), paint);
                sheet.rim(&ellipse(9.0, 15.0, 6.2, 7.2), 0.6);
            }
            _ => {}
        }
        let paint = sheet.lit(self.color);
        sheet.fill(d, paint);
        sheet.rim(d, 0.7);
        match self.form {
            Form::Stem => {
                sheet.fill(&ellipse(10.4, -8.0, 3.0, 5.4), INK.light(0.1));
                sheet.haze("M10.400 -12v8M9 -11v6M11.800 -11v6", STEEL, 0.4, 0.6);
                sheet.fill(&Area::new(-2.0, -14.5, 5.0, 2.2).round(1.1), INK);
                sheet.fill(&Area::new(-6.0, 16.4, 5.4, 2.6).round(1.2), STEEL);
                sheet.tint(&Area::new(-5.2, 1.0, 1.3, 14.0).round(0.6), WHITE, 0.7);
                sheet.fill(&disc(-3.2, 13.0, 0.6), GOLD);
            }
            Form::Bud | Form::Hook => {
                let tip = "M13 -5.500c6 -3 9 -1 9 5s-3 9 -9 6.500c-2 -2 -2 -9 0 -11.500z";
                let paint = sheet.lit(self.accent);
                sheet.fill(tip, paint);
                sheet.rim(tip, 0.5);
                sheet.fill(&ellipse(20.6, 0.4, 1.2, 3.2), INK);
                sheet.haze(&disc(-1.0, 0.5, 6.2), self.color.mark(), 0.6, 0.8);
                sheet.at("translate(-1 .5) scale(.7)", |sheet| {
                    super::case::paint_mark(sheet, self.color.mark())
                });
            }
            Form::Clip => sheet.tint(&ellipse(-5.0, -10.0, 3.0, 1.8), WHITE, 0.6),
        }
    }

    fn place_bud(&self, sheet: &mut Sheet, place: &str) {
        sheet.place(self.bud_outline(), place, 26.0, |sheet| self.paint_bud(sheet));
    }
}

impl Thing for Earbuds {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        match view {
            View::Front => {
                sheet.at("translate(0 190)", |sheet| self.paint_open(sheet, 9.0));
                self.place_bud(sheet, "translate(-190 -330) rotate(-14) scale(8.4)");
                self.place_bud(sheet, "translate(190 -330) rotate(14) scale(-8.4 8.4)");
            }
            View::Angle | View::Hero => {
                self.place_bud(sheet, "translate(-250 -90) rotate(-20) scale(12.5)");
                self.place_bud(sheet, "translate(250 170) rotate(26) scale(-12.5 12.5)");
            }
            View::Back => {
                sheet.at("translate(0 -40) rotate(-6)", |sheet| {
                    self.paint_closed(sheet, 12.0);
                    let (_, h) = self.case_size();
                    sheet.at(&format!("translate(0 {:.0}) scale(9)", h * 4.2), |sheet| {
                        paint_socket(sheet, Plug::UsbC, self.shell)
                    });
                });
            }
            View::Detail => self.place_bud(sheet, "translate(-60 60) rotate(-24) scale(27)"),
            View::Set => {
                let phone = sample();
                sheet.place(&phone.outline(), "translate(220 -30) rotate(9) scale(5)", 40.0, |sheet| {
                    phone.paint_screen(sheet, (self.accent, self.color.mix(Color::rgb(0xffc83d), 0.4)));
                });
                sheet.at("translate(-220 120)", |sheet| self.paint_open(sheet, 6.4));
                self.place_bud(sheet, "translate(-300 -290) rotate(-18) scale(7)");
                self.place_bud(sheet, "translate(-90 -240) rotate(20) scale(-7 7)");
            }
        }
    }
}
