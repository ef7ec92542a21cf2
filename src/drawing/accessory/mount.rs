//! Mounts and grips: car, bicycle, tripod, and what sits on the back of a phone.

use super::case::Case;
use super::color::{Color, INK, STEEL, WHITE};
use super::fields::Fields;
use super::paint::{Area, Sheet, disc, ellipse};
use super::phone::sample;
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// Clips into an air vent.
    Vent,
    /// A suction cup with an arm.
    Dash,
    /// On a handlebar, four corners.
    Bike,
    /// A small tripod with a clamp.
    Tripod,
    /// A grip that folds out of the back.
    Grip,
    /// A ring that is also a stand.
    Ring,
}

const FORMS: &[(&str, Form)] = &[
    ("vent", Form::Vent),
    ("dash", Form::Dash),
    ("bike", Form::Bike),
    ("tripod", Form::Tripod),
    ("grip", Form::Grip),
    ("ring", Form::Ring),
];

/// A mount, in millimetres.
pub struct Mount {
    form: Form,
    color: Color,
    accent: Color,
}

impl Mount {
    pub fn read(fields: &mut Fields) -> Result<Mount, String> {
        Ok(Mount {
            form: fields.choice("form", FORMS, Form::Vent)?,
            color: fields.color("color", Color::rgb(0x23252e))?,
            accent: fields.color("accent", Color::rgb(0xff6f59))?,
        })
    }

    /// The magnetic head: a ring around a ball joint.
    fn paint_head(&self, sheet: &mut Sheet, r: f64) {
        let d = disc(0.0, 0.0, r);
        sheet.place(&d, "translate(0 0)", 7.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(&d, paint);
            sheet.rim(&disc(0.0, 0.0, r - 0.5), 1.0);
            let face = sheet.lit(self.color.light(0.14));
            sheet.fill(&disc(0.0, 0.0, r * 0.9), face);
            sheet.line(&disc(0.0, 0.0, r * 0.7), self.accent, r * 0.12);
            for magnet in 0..12 {
                let angle = f64::from(magnet) * std::f64::consts::FRAC_PI_6;
                sheet.tint(&disc(angle.cos() * r * 0.7, angle.sin() * r * 0.7, r * 0.035), WHITE, 0.8);
            }
            sheet.at("scale(1.7)", |sheet| super::case::paint_mark(sheet, self.color.light(0.5)));
        });
    }

    fn paint_ball(&self, sheet: &mut Sheet, (x, y): (f64, f64), r: f64) {
        let stops = [(0.0, WHITE, 1.0), (0.35, STEEL, 1.0), (1.0, STEEL.dark(0.6), 1.0)];
        let paint = sheet.radial((0.35, 0.3, 0.8), &stops);
        sheet.fill(&disc(x, y, r), paint);
    }

    /// Slats of an air vent behind the mount.
    fn paint_vent(&self, sheet: &mut Sheet) {
        let panel = Area::around(0.0, 6.0, 176.0, 116.0);
        let dark = Color::rgb(0x2c3040);
        sheet.place(&panel.round(22.0), "translate(0 0)", 7.0, |sheet| {
            let paint = sheet.lit(dark);
            sheet.fill(&panel.round(22.0), paint);
            sheet.rim(&panel.inset(0.5).round(21.5), 1.0);
            sheet.fill(&panel.inset(8.0).round(14.0), INK.dark(0.5));
            for slat in 0..4 {
                let bar = Area::around(0.0, -29.0 + 23.0 * f64::from(slat), 156.0, 9.0);
                let paint = sheet.gradient(
                    (0.0, 0.0, 0.0, 1.0),
                    &[(0.0, dark.light(0.32), 1.0), (1.0, dark.dark(0.3), 1.0)],
                );
                sheet.fill(&bar.round(4.0), paint);
            }
        });
    }

    fn paint_clip(&self, sheet: &mut Sheet) {
        for y in [-7.0, 7.0] {
            let jaw = Area::around(0.0, y, 34.0, 8.0);
            let paint = sheet.lit(self.color.light(0.1));
            sheet.fill(&jaw.round(3.4), paint);
            sheet.fill(&Area::around(0.0, y * 0.62, 26.0, 2.0).round(1.0), self.accent);
        }
        let nut = disc(0.0, 0.0, 13.0);
        let paint = sheet.lit(self.color);
        sheet.fill(&nut, paint);
        sheet.rim(&nut, 0.8);
        for rib in 0..14 {
            let angle = f64::from(rib) * 0.4488;
            sheet.haze(
                &format!(
                    "M{:.1} {:.1}L{:.1} {:.1}",
                    angle.cos() * 10.0,
                    angle.sin() * 10.0,
                    angle.cos() * 12.6,
                    angle.sin() * 12.6
                ),
                INK,
                1.1,
                0.5,
            );
        }
    }

    fn paint_suction(&self, sheet: &mut Sheet) {
        let cup = "M-34 78q2 -14 22 -17h24q20 3 22 17q0 3 -4 3h-60q-4 0 -4 -3z";
        sheet.place(cup, "translate(0 0)", 8.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(cup, paint);
            sheet.rim(cup, 0.8);
            sheet.fill(&Area::new(-38.0, 78.0, 76.0, 5.0).round(2.5), self.accent);
            sheet.fill(&Area::new(18.0, 62.0, 26.0, 6.0).round(3.0), self.accent);
        });
        let arm = "M0 64L-16 30L6 -6";
        sheet.line_shadow(arm, 12.0, 6.0);
        for (color, width) in [(self.color.dark(0.4), 13.0), (self.color.light(0.06), 10.6)] {
            sheet.line(arm, color, width);
        }
        for (x, y) in [(0.0, 62.0), (-16.0, 30.0)] {
            sheet.fill(&disc(x, y, 10.0), self.color.dark(0.25));
            sheet.fill(&disc(x, y, 6.0), self.accent);
            sheet.fill(&disc(x, y, 2.0), self.color.dark(0.4));
        }
        self.paint_ball(sheet, (6.0, -10.0), 9.0);
    }

    fn paint_handlebar(&self, sheet: &mut Sheet) {
        let bar = "M-190 40C-80 12 80 12 190 40";
        sheet.line_shadow(bar, 24.0, 8.0);
        sheet.line(bar, INK, 25.0);
        sheet.line(bar, Color::rgb(0x3c4254), 21.0);
        sheet.at("translate(0 -5)", |sheet| sheet.haze(bar, WHITE, 3.0, 0.35));
        let clamp = Area::around(0.0, 18.0, 36.0, 34.0);
        let paint = sheet.lit(self.color);
        sheet.fill(&clamp.round(9.0), paint);
        sheet.rim(&clamp.round(9.0), 0.8);
        sheet.fill(&disc(-11.0, 29.0, 2.6), STEEL);
        sheet.fill(&disc(11.0, 29.0, 2.6), STEEL);
    }

    fn paint_cradle(&self, sheet: &mut Sheet) {
        for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
            let arm = format!("M0 0L{:.1} {:.1}", sx * 31.0, sy * 62.0);
            sheet.line(&arm, self.color.dark(0.35), 9.0);
            sheet.line(&arm, self.color, 7.0);
            let corner = format!(
                "M{:.1} {:.1}v{:.1}q0 {:.1} {:.1} {:.1}h{:.1}",
                sx * 38.0,
                sy * 56.0,
                sy * 15.0,
                sy * 7.0,
                -sx * 7.0,
                sy * 7.0,
                -sx * 12.0
            );
            sheet.line(&corner, self.accent.dark(0.3), 9.0);
            sheet.line(&corner, self.accent, 7.2);
            sheet.at("translate(-.8 -1)", |sheet| sheet.haze(&corner, WHITE, 1.2, 0.5));
        }
        sheet.fill(&disc(0.0, 0.0, 15.0), self.color.dark(0.2));
        sheet.fill(&disc(0.0, 0.0, 9.0), self.accent);
    }

    fn paint_tripod(&self, sheet: &mut Sheet) {
        for (d, tone) in [("M0 20L10 84", 0.35), ("M0 20L-44 96", 0.0), ("M0 20L50 92", 0.1)] {
            sheet.line_shadow(d, 11.0, 6.0);
            sheet.line(d, self.color.dark(0.45), 12.0);
            sheet.line(d, self.color.dark(tone), 9.6);
        }
        for (x, y) in [(10.0, 84.0), (-44.0, 96.0), (50.0, 92.0)] {
            sheet.fill(&disc(x, y, 7.6), self.accent);
        }
        self.paint_ball(sheet, (0.0, 10.0), 14.0);
        let collar = Area::around(0.0, 20.0, 30.0, 12.0);
        let paint = sheet.barrel(self.color);
        sheet.fill(&collar.round(5.0), paint);
        let spine = Area::new(-9.0, -78.0, 18.0, 82.0);
        let paint = sheet.barrel(self.color.light(0.08));
        sheet.fill(&spine.round(6.0), paint);
        sheet.fill(&Area::around(0.0, -36.0, 4.0, 46.0).round(2.0), self.color.dark(0.5));
        for y in [-84.0, 0.0] {
            let jaw = Area::around(0.0, y, 46.0, 11.0);
            let paint = sheet.lit(self.color);
            sheet.fill(&jaw.round(5.0), paint);
            sheet.rim(&jaw.round(5.0), 0.6);
            let pad = if y < -40.0 { y + 4.0 } else { y - 4.0 };
            sheet.fill(&Area::around(0.0, pad, 38.0, 3.0).round(1.5), self.accent);
        }
    }

    /// A grip: a top on a folding stem, seen slightly from the side.
    fn paint_grip(&self, sheet: &mut Sheet, open: bool) {
        let base = disc(0.0, 0.0, 21.0);
        sheet.place(&base, "translate(0 0)", 6.0, |sheet| {
            let paint = sheet.lit(self.color.dark(0.2));
            sheet.fill(&base, paint);
            sheet.rim(&disc(0.0, 0.0, 20.5), 0.8);
        });
        let steps: &[(f64, f64)] =
            if open { &[(16.0, 3.0), (14.0, 6.5), (11.0, 10.0), (9.0, 13.0)] } else { &[] };
        for (r, lift) in steps {
            sheet.fill(&disc(-lift * 0.5, -lift, *r), self.color.dark(0.35));
            sheet.fill(&disc(-lift * 0.5 - 0.5, -lift - 1.2, *r), self.color);
        }
        let (x, y) = if open { (-9.0, -18.0) } else { (-1.0, -2.0) };
        let top = disc(x, y, 20.0);
        sheet.shadow(&top, "translate(0 2)", if open { 8.0 } else { 3.0 });
        sheet.fill(&disc(x + 0.8, y + 2.2, 20.0), self.accent.dark(0.4));
        let paint = sheet.lit(self.accent);
        sheet.fill(&top, paint);
        sheet.clip(&top, |sheet| {
            sheet.tint(&disc(x + 12.0, y + 14.0, 20.0), self.color, 0.85);
            sheet.tint(&disc(x + 15.0, y + 17.0, 11.0), self.accent.light(0.5), 0.9);
        });
        sheet.rim(&disc(x, y, 19.5), 1.0);
    }

    fn paint_ring(&self, sheet: &mut Sheet) {
        let base = disc(0.0, 0.0, 29.0);
        sheet.place(&base, "translate(0 0)", 6.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill_holed(&format!("{base}{}", disc(0.0, 0.0, 16.0)), paint);
            sheet.rim(&disc(0.0, 0.0, 28.5), 0.9);
            sheet.haze(&disc(0.0, 0.0, 16.4), INK, 0.9, 0.4);
        });
        let metal = sheet.gradient(
            (0.0, 0.0, 1.0, 1.0),
            &[(0.0, WHITE, 1.0), (0.4, self.accent, 1.0), (1.0, self.accent.dark(0.45), 1.0)],
        );
        let loop_path = ellipse(0.0, 24.0, 22.0, 21.0);
        sheet.line_shadow(&loop_path, 6.0, 7.0);
        sheet.line(&loop_path, self.accent.dark(0.4), 6.4);
        sheet.line(&loop_path, metal, 5.0);
        sheet.fill(&Area::around(0.0, 3.0, 20.0, 9.0).round(4.0), self.color.dark(0.3));
        sheet.tint(&Area::around(0.0, 0.6, 16.0, 2.0).round(1.0), WHITE, 0.4);
    }

    fn paint_bare(&self, sheet: &mut Sheet) {
        match self.form {
            Form::Vent => {
                self.paint_ball(sheet, (0.0, 0.0), 12.0);
                self.paint_head(sheet, 31.0);
            }
            Form::Dash => {
                self.paint_suction(sheet);
                sheet.at("translate(10 -38)", |sheet| self.paint_head(sheet, 31.0));
            }
            Form::Bike => {
                self.paint_handlebar(sheet);
                self.paint_cradle(sheet);
            }
            Form::Tripod => self.paint_tripod(sheet),
            Form::Grip => self.paint_grip(sheet, true),
            Form::Ring => self.paint_ring(sheet),
        }
    }

    /// The mount from its other side.
    fn paint_reverse(&self, sheet: &mut Sheet) {
        match self.form {
            Form::Vent => {
                let d = disc(0.0, 0.0, 31.0);
                sheet.place(&d, "translate(0 0)", 7.0, |sheet| {
                    let paint = sheet.lit(self.color);
                    sheet.fill(&d, paint);
                    sheet.rim(&disc(0.0, 0.0, 30.5), 1.0);
                    self.paint_clip(sheet);
                });
            }
            Form::Grip => self.paint_grip(sheet, false),
            Form::Ring => {
                let base = format!("{}{}", disc(0.0, 0.0, 29.0), disc(0.0, 0.0, 16.0));
                sheet.place(&base, "translate(0 0)", 6.0, |sheet| {
                    let paint = sheet.lit(self.color.light(0.2));
                    sheet.fill_holed(&base, paint);
                    for magnet in 0..18 {
                        sheet.at(&format!("rotate({})", magnet * 20), |sheet| {
                            sheet.fill(&Area::around(0.0, -22.5, 5.0, 6.0).round(1.0), STEEL.dark(0.1));
                        });
                    }
                    sheet.rim(&disc(0.0, 0.0, 28.5), 0.9);
                });
            }
            _ => sheet.at("scale(-1 1)", |sheet| self.paint_bare(sheet)),
        }
    }

    fn paint_in_use(&self, sheet: &mut Sheet) {
        let phone = sample();
        let tones = (self.accent, Color::rgb(0x79bdff));
        if matches!(self.form, Form::Grip | Form::Ring) {
            let case = Case::plain(self.accent.light(0.55));
            sheet.place(&case.outline(), "rotate(-7) scale(5.6)", 44.0, |sheet| {
                case.paint_outside(sheet);
                sheet.at("translate(0 14) scale(1.05)", |sheet| self.paint_bare(sheet));
            });
            return;
        }
        sheet.at("translate(0 60) scale(4.2)", |sheet| {
            let (turn, y) = match self.form {
                Form::Vent => {
                    self.paint_vent(sheet);
                    (90.0, -6.0)
                }
                Form::Tripod => (0.0, -42.0),
                Form::Bike => (0.0, -10.0),
                _ => (90.0, -40.0),
            };
            if self.form != Form::Vent {
                self.paint_bare(sheet);
            }
            let scale = if self.form == Form::Tripod { 0.56 } else { 1.0 };
            sheet.place(
                &phone.outline(),
                &format!("translate(0 {y}) rotate({turn}) scale({scale})"),
                9.0,
                |sheet| {
                    phone.paint_screen(sheet, tones);
                },
            );
            if self.form == Form::Bike {
                sheet.at("translate(0 -10)", |sheet| {
                    for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
                        let band = format!(
                            "M{:.1} {:.1}q{:.1} {:.1} {:.1} {:.1}",
                            sx * 38.0,
                            sy * 58.0,
                            -sx * 2.0,
                            sy * 14.0,
                            -sx * 15.0,
                            sy * 20.0
                        );
                        sheet.line(&band, self.accent, 7.0);
                    }
                });
            }
        });
    }
}

impl Thing for Mount {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let scale = match self.form {
            Form::Grip => 13.0,
            Form::Ring => 11.0,
            Form::Vent => 11.0,
            Form::Dash | Form::Tripod => 5.4,
            Form::Bike => 5.0,
        };
        match view {
            View::Front => sheet.at(&format!("scale({scale})"), |sheet| self.paint_bare(sheet)),
            View::Angle | View::Hero => {
                let factor = scale * if self.form == Form::Vent { 0.52 } else { 0.86 };
                sheet.at(&format!("rotate(-16) scale({factor:.2})"), |sheet| {
                    if self.form == Form::Vent {
                        self.paint_vent(sheet);
                    }
                    self.paint_bare(sheet);
                });
            }
            View::Back => sheet.at(&format!("scale({scale})"), |sheet| self.paint_reverse(sheet)),
            View::Detail => {
                sheet.at(&format!("translate(120 120) rotate(12) scale({:.1})", scale * 1.7), |sheet| {
                    self.paint_bare(sheet)
                });
            }
            View::Set => self.paint_in_use(sheet),
        }
    }
}
