//! Straps and lanyards for phones.

use super::case::{Case, paint_mark, paint_rope};
use super::coil::{Cord, Jacket};
use super::color::{Color, GOLD, INK, STEEL, WHITE};
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// A loop for the wrist.
    Wrist,
    /// A long cord over the shoulder.
    Cross,
    Beads,
    /// A flat webbing band with a buckle.
    Band,
}

const FORMS: &[(&str, Form)] =
    &[("wrist", Form::Wrist), ("cross", Form::Cross), ("beads", Form::Beads), ("band", Form::Band)];

/// A strap with its clip and the tab that goes under a case.
pub struct Strap {
    form: Form,
    color: Color,
    accent: Color,
}

impl Strap {
    pub fn read(fields: &mut Fields) -> Result<Strap, String> {
        Ok(Strap {
            form: fields.choice("form", FORMS, Form::Wrist)?,
            color: fields.color("color", Color::rgb(0xff6f59))?,
            accent: fields.color("accent", Color::rgb(0xffc83d))?,
        })
    }

    /// The line that the strap follows, ending at the clip at `(0, 230)`.
    fn path(&self) -> &'static str {
        match self.form {
            Form::Wrist => "M-8 220C-30 60 -300 -60 -270 -280S250 -480 280 -250S40 60 8 220",
            Form::Cross => {
                "M-8 220C-60 120 -480 200 -470 -60S-240 -520 40 -500S520 -240 440 20S120 60 60 -90S-200 -260 -230 -90S-60 100 8 220"
            }
            Form::Beads => "M-8 220C-30 60 -250 0 -250 -210S-110 -470 0 -470S250 -420 250 -210S40 60 8 220",
            Form::Band => "M-8 220C-40 90 -420 80 -420 -190S-120 -500 80 -470S440 -280 390 -70S40 90 8 220",
        }
    }

    fn paint_line(&self, sheet: &mut Sheet) {
        let d = self.path();
        match self.form {
            Form::Wrist | Form::Cross => {
                sheet.line_shadow(d, 26.0, 20.0);
                paint_rope(sheet, d, self.color, 28.0);
            }
            Form::Band => {
                let cord = Cord { jacket: Jacket::Flat, color: self.color, accent: self.accent, width: 54.0 };
                cord.paint(sheet, d, 20.0);
                sheet.dashes(d, self.accent, 40.0, "3 60");
                for (x, y, turn) in [(-405.0, -300.0, 20.0), (418.0, -190.0, 8.0)] {
                    sheet.at(&format!("translate({x} {y}) rotate({turn})"), |sheet| {
                        let buckle = Area::around(0.0, 0.0, 92.0, 44.0);
                        let paint = sheet.lit(INK.light(0.18));
                        sheet.fill(&buckle.round(10.0), paint);
                        sheet.rim(&buckle.round(10.0), 3.0);
                        sheet.tint(&Area::around(0.0, 0.0, 66.0, 6.0).round(3.0), WHITE, 0.3);
                    });
                }
            }
            Form::Beads => self.paint_beads(sheet),
        }
    }

    fn paint_beads(&self, sheet: &mut Sheet) {
        sheet.line_shadow(self.path(), 44.0, 18.0);
        sheet.line(self.path(), STEEL.dark(0.3), 5.0);
        let colors = [self.color, self.accent, WHITE, self.color.light(0.5), self.color.dark(0.3)];
        for bead in 0..26 {
            let angle = 2.2 + f64::from(bead) * (std::f64::consts::TAU - 1.25) / 25.0;
            let narrow = 1.0 - 0.26 * ((angle.sin() + 1.0) / 2.0).powi(2);
            let (x, y) = (angle.cos() * 256.0 * narrow, -170.0 + angle.sin() * 300.0);
            let color = colors[bead as usize % colors.len()];
            let r = if bead % 5 == 2 { 37.0 } else { 31.0 };
            let paint = sheet.radial(
                (0.34, 0.3, 0.85),
                &[(0.0, color.light(0.7), 1.0), (0.4, color, 1.0), (1.0, color.dark(0.4), 1.0)],
            );
            sheet.fill(&disc(x, y, r), paint);
            sheet.tint(&disc(x - r * 0.34, y - r * 0.4, r * 0.16), WHITE, 0.9);
        }
    }

    /// Ferrule, swivel hook and the tab, hanging from the strap.
    fn paint_clip(&self, sheet: &mut Sheet) {
        let ferrule = Area::around(0.0, 226.0, 62.0, 76.0);
        sheet.place(&ferrule.round(12.0), "translate(0 0)", 14.0, |sheet| {
            let paint = sheet.barrel(GOLD);
            sheet.fill(&ferrule.round(12.0), paint);
            sheet.haze("M-26 204h52M-26 248h52", INK, 3.0, 0.3);
        });
        let tab = "M-52 372h104q12 0 12 12v150q0 40 -40 40h-48q-40 0 -40 -40v-150q0 -12 12 -12z";
        sheet.place(tab, "translate(0 0)", 16.0, |sheet| {
            let paint = sheet.lit(self.accent);
            sheet.fill(tab, paint);
            sheet.rim(tab, 3.0);
            sheet.at("translate(0 500) scale(8)", |sheet| paint_mark(sheet, self.accent.mark()));
            sheet.fill(&Area::around(0.0, 398.0, 66.0, 20.0).round(10.0), INK);
        });
        let hook = "M0 262v20M0 282c-46 10 -46 96 0 118c46 -22 46 -108 0 -118z";
        sheet.line_shadow(hook, 12.0, 9.0);
        let metal = sheet.lit(GOLD.light(0.1));
        sheet.line(hook, GOLD.dark(0.4), 15.0);
        sheet.line(hook, metal, 11.0);
        sheet.line("M33 318q4 24 -8 52", STEEL, 9.0);
    }

    fn paint_whole(&self, sheet: &mut Sheet) {
        self.paint_line(sheet);
        self.paint_clip(sheet);
    }
}

impl Thing for Strap {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        match view {
            View::Front => sheet.at("translate(0 -20) scale(.94)", |sheet| self.paint_whole(sheet)),
            View::Angle | View::Hero => {
                sheet.at("rotate(-38) scale(.9)", |sheet| self.paint_whole(sheet));
            }
            View::Back => {
                sheet.at("translate(0 -20) rotate(160) scale(-.88 .88)", |sheet| self.paint_whole(sheet))
            }
            View::Detail => {
                sheet.at("translate(-40 -640) rotate(-10) scale(1.9)", |sheet| self.paint_whole(sheet))
            }
            View::Set => {
                let case = Case::plain(self.accent.light(0.3));
                sheet.at("translate(-30 235) rotate(196) scale(.7)", |sheet| self.paint_whole(sheet));
                sheet.place(&case.outline(), "translate(70 -215) rotate(16) scale(4.6)", 40.0, |sheet| {
                    case.paint_outside(sheet)
                });
            }
        }
    }
}
