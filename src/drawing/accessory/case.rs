//! Phone cases: shells, clear and rugged ones, bumpers, wallets and folios, for every phone model.

use super::camera::Layout;
use super::color::{Color, GOLD, INK, STEEL, WHITE};
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::pattern::{PATTERNS, Pattern};
use super::phone::{MODELS, Phone, sample};
use super::solid::{LYING, Prism};
use super::{Thing, View};

/// The build of a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Shell,
    /// See-through: the phone's own colour shows.
    Clear,
    /// Thick corners and grip bars.
    Rugged,
    /// A frame only.
    Bumper,
    /// A card pocket on the back.
    Wallet,
    /// A cover that folds around the screen.
    Folio,
}

const FORMS: &[(&str, Form)] = &[
    ("shell", Form::Shell),
    ("clear", Form::Clear),
    ("rugged", Form::Rugged),
    ("bumper", Form::Bumper),
    ("wallet", Form::Wallet),
    ("folio", Form::Folio),
];

/// A case and the phone in it. Millimetres.
#[derive(Clone)]
pub struct Case {
    phone: Phone,
    form: Form,
    color: Color,
    accent: Color,
    phone_color: Color,
    pattern: Pattern,
    magnet: bool,
    ring: bool,
    cord: bool,
}

/// Picture units per millimetre of a case that stands alone.
const SCALE: f64 = 5.7;

impl Case {
    pub fn read(fields: &mut Fields) -> Result<Case, String> {
        let color = fields.color("color", Color::rgb(0x3a5cff))?;
        Ok(Case {
            phone: fields.choice("model", MODELS, sample())?,
            form: fields.choice("form", FORMS, Form::Shell)?,
            color,
            accent: fields.color("accent", color.mark())?,
            phone_color: fields.color("phone_color", Color::rgb(0x3b4152))?,
            pattern: fields.choice("pattern", PATTERNS, Pattern::Plain)?,
            magnet: fields.flag("magnet", false)?,
            ring: fields.flag("ring", false)?,
            cord: fields.flag("cord", false)?,
        })
    }

    /// A plain case for a picture of something else.
    pub fn plain(color: Color) -> Case {
        Case {
            phone: sample(),
            form: Form::Shell,
            color,
            accent: color.mark(),
            phone_color: Color::rgb(0x3b4152),
            pattern: Pattern::Plain,
            magnet: true,
            ring: false,
            cord: false,
        }
    }

    /// How far the shell stands out around the phone, in mm.
    fn wall(&self) -> f64 {
        if self.form == Form::Rugged { 3.4 } else { 1.9 }
    }

    fn shell(&self) -> Area {
        self.phone.body().inset(-self.wall())
    }

    fn radius(&self) -> f64 {
        self.phone.r + self.wall() * 0.9
    }

    pub fn outline(&self) -> String {
        self.shell().round(self.radius())
    }

    /// The case from behind, with the phone in it.
    pub fn paint_outside(&self, sheet: &mut Sheet) {
        self.paint_keys(sheet);
        if self.form == Form::Bumper {
            self.phone.paint_back(sheet, self.phone_color);
            self.phone.paint_cameras(sheet, self.phone_color);
            let frame =
                format!("{}{}", self.outline(), self.phone.body().inset(2.6).round(self.phone.r - 2.4));
            let paint = sheet.lit(self.color);
            sheet.fill_holed(&frame, paint);
            sheet.rim(&self.shell().inset(0.4).round(self.radius() - 0.4), 0.8);
            return;
        }
        self.paint_surface(sheet);
        self.paint_fittings(sheet);
        self.paint_openings(sheet);
        let gloss = if self.form == Form::Clear { 0.26 } else { 0.09 };
        let Area { x, y, w, h } = self.shell();
        let band = format!(
            "M{x} {:.1}L{:.1} {y}h{:.1}L{x} {:.1}z",
            y + h * 0.62,
            x + w * 0.62,
            w * 0.3,
            y + h * 0.86
        );
        sheet.clip(&self.outline(), |sheet| sheet.tint(&band, WHITE, gloss));
    }

    fn paint_keys(&self, sheet: &mut Sheet) {
        let tone = if self.form == Form::Clear { self.color.mix(WHITE, 0.3) } else { self.color.dark(0.25) };
        for (side, middle, length) in self.phone.buttons() {
            let x = side * (self.phone.w / 2.0 + self.wall());
            sheet.fill(&Area::around(x, *middle, 2.0, *length).round(1.0), tone);
            sheet.tint(&Area::around(x - 0.4, *middle, 0.6, *length - 2.0).round(0.3), WHITE, 0.35);
        }
    }

    fn paint_surface(&self, sheet: &mut Sheet) {
        let outline = self.outline();
        if self.form == Form::Clear {
            sheet.tint(&outline, self.color.light(0.5), 0.72);
            self.phone.paint_back(sheet, self.phone_color);
            sheet.tint(&self.phone.outline(), self.color, 0.16);
        } else {
            let paint = sheet.lit(self.color);
            sheet.fill(&outline, paint);
        }
        let inner = self.shell().inset(1.3);
        let face = inner.round(self.radius() - 1.3);
        sheet.clip(&face, |sheet| self.pattern.paint(sheet, inner, (self.color, self.accent)));
        let shade = [(0.0, WHITE, 0.22), (0.45, WHITE, 0.0), (0.6, INK, 0.0), (1.0, INK, 0.24)];
        let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &shade);
        sheet.fill(&face, paint);
        sheet.rim(&self.shell().inset(0.5).round(self.radius() - 0.5), 1.0);
        sheet.haze(&face, INK, 0.4, 0.16);
        if self.form == Form::Rugged {
            self.paint_armour(sheet);
        }
    }

    /// Corner pads and grip bars of a rugged case.
    fn paint_armour(&self, sheet: &mut Sheet) {
        let area = self.shell();
        let (x, y) = (area.w / 2.0, area.h / 2.0);
        sheet.clip(&self.outline(), |sheet| {
            for (sx, sy) in [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)] {
                let pad = Area::around(sx * (x - 3.0), sy * (y - 3.0), 26.0, 34.0);
                let d = pad.round(8.0);
                sheet.at("translate(.5 .9)", |sheet| sheet.tint(&d, INK, 0.3));
                let paint = sheet.lit(self.accent);
                sheet.fill(&d, paint);
                sheet.rim(&pad.inset(0.4).round(7.6), 0.6);
            }
        });
        for (sx, sy) in [(1.0, 1.0), (-1.0, 1.0)] {
            let (cx, cy) = (sx * (x - 5.6), sy * (y - 8.0));
            sheet.fill(&disc(cx, cy, 1.7), self.accent.dark(0.5));
            sheet.line(&format!("M{:.1} {cy:.1}h2", cx - 1.0), self.accent.light(0.4), 0.5);
        }
        let inner = self.shell().inset(2.2).round(self.radius() - 2.2);
        sheet.haze(&inner, INK, 0.7, 0.45);
        for step in 0..5 {
            let bar = Area::around(0.0, y - 42.0 + f64::from(step) * 4.6, 26.0 - f64::from(step) * 3.0, 2.0);
            sheet.tint(&bar.round(1.0), INK, 0.3);
            sheet.tint(&bar.shift(0.3, 0.6).inset(0.4).round(0.6), WHITE, 0.14);
        }
    }

    fn paint_fittings(&self, sheet: &mut Sheet) {
        let mark = if self.form == Form::Clear { WHITE } else { self.color.mark() };
        let middle = self.magnet_middle();
        if self.magnet && !self.ring {
            sheet.haze(&disc(0.0, middle, 24.5), mark, 3.2, 0.55);
            let bar = Area::around(0.0, middle + 36.0, 3.2, 13.0).round(1.6);
            sheet.tint(&bar, mark, 0.55);
        }
        if self.ring {
            paint_ring(sheet, (0.0, middle + 4.0), self.color);
        }
        match self.form {
            Form::Wallet => self.paint_pocket(sheet),
            Form::Folio => self.paint_fold(sheet),
            _ => {}
        }
        if self.form != Form::Wallet {
            let at = self.shell().h / 2.0 - 11.0;
            sheet.at(&format!("translate(0 {at:.1})"), |sheet| paint_mark(sheet, mark));
        }
        if self.cord {
            let (x, y) = (self.shell().w / 2.0 - 7.0, self.shell().h / 2.0 - 5.0);
            for side in [-1.0, 1.0] {
                sheet.fill(&disc(side * x, y, 2.5), GOLD.dark(0.2));
                sheet.fill(&disc(side * x, y, 1.4), INK);
            }
        }
    }

    /// The middle of the charging coil.
    fn magnet_middle(&self) -> f64 {
        match self.phone.layout {
            Layout::Plateau => 8.0,
            _ => 4.0,
        }
    }

    fn paint_pocket(&self, sheet: &mut Sheet) {
        let area = self.shell();
        let pocket = Area::around(0.0, area.h / 2.0 - 38.0, area.w - 7.0, 62.0);
        for (step, color) in [Color::rgb(0xf2b84b), Color::rgb(0x4fb8a3)].into_iter().enumerate() {
            let card = Area::around(0.0, pocket.y + 2.0 - 5.0 * (1.0 - step as f64), pocket.w - 6.0, 14.0);
            sheet.fill(&card.round(2.2), color);
            sheet.tint(&Area::new(card.x, card.y + 2.2, card.w, 2.0).round(0.0), INK, 0.55);
        }
        let d = format!(
            "M{l:.1} {t:.1}h{a:.1}q4 0 5 4q1.5 5 6.5 5t6.5 -5q1 -4 5 -4h{a:.1}V{b:.1}q0 4 -4 4H{:.1}q-4 0 -4 -4z",
            pocket.x + 4.0,
            l = pocket.x,
            t = pocket.y + 3.0,
            a = (pocket.w - 23.0) / 2.0,
            b = pocket.y + pocket.h - 4.0,
        );
        sheet.at("translate(.8 1.4)", |sheet| sheet.tint(&d, INK, 0.3));
        let paint = sheet.lit(self.color.light(0.06));
        sheet.fill(&d, paint);
        sheet.clip(&d, |sheet| self.pattern.paint(sheet, pocket, (self.color, self.accent)));
        sheet.rim(&d, 0.5);
        let seam = format!(
            "M{:.1} {:.1}v46q0 4 4 4h{:.1}q4 0 4 -4v-46",
            pocket.x + 2.4,
            pocket.y + 6.5,
            pocket.w - 12.8
        );
        sheet.dashes(&seam, self.accent.light(0.3), 0.7, "2 1.3");
    }

    /// Seam and magnet tab of a folio.
    fn paint_fold(&self, sheet: &mut Sheet) {
        let area = self.shell();
        let seam = area.inset(3.2).round(self.radius() - 3.0);
        sheet.dashes(&seam, self.accent.light(0.3), 0.7, "2.2 1.4");
        let spine = Area::new(area.x + area.w - 6.0, area.y, 6.0, area.h).round(0.0);
        sheet.clip(&self.outline(), |sheet| {
            sheet.tint(&spine, INK, 0.16);
            sheet.haze(&format!("M{:.1} {:.1}v{:.1}", spine_x(area), area.y, area.h), WHITE, 0.5, 0.3);
        });
        let tab = Area::new(area.x - 3.0, -4.0, 17.0, 20.0).round(5.0);
        sheet.at("translate(.6 1)", |sheet| sheet.tint(&tab, INK, 0.3));
        let paint = sheet.lit(self.color.light(0.08));
        sheet.fill(&tab, paint);
        sheet.rim(&tab, 0.5);
        sheet.fill(&disc(area.x + 7.0, 6.0, 2.0), GOLD);
    }

    fn paint_openings(&self, sheet: &mut Sheet) {
        for (area, r) in self.phone.openings() {
            let lip = area.inset(-1.5).round(r + 1.5);
            if self.form == Form::Clear {
                sheet.haze(&lip, WHITE, 0.8, 0.5);
                continue;
            }
            let stops = [
                (0.0, self.color.light(0.45), 1.0),
                (0.5, self.color.light(0.05), 1.0),
                (1.0, self.color.dark(0.35), 1.0),
            ];
            let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &stops);
            sheet.fill(&lip, paint);
            sheet.clip(&area.round(r), |sheet| {
                sheet.fill(&area.round(0.0), self.phone_color);
                sheet.haze(&area.shift(-1.2, -1.6).round(r), INK, 3.2, 0.35);
            });
        }
        self.phone.paint_cameras(sheet, self.phone_color);
    }

    /// The empty case from within: lining, rim and openings.
    fn paint_inside(&self, sheet: &mut Sheet, ground: Color) {
        sheet.at("scale(-1 1)", |sheet| self.paint_keys(sheet));
        let rim = sheet.lit(self.color.light(0.05));
        sheet.fill(&self.outline(), rim);
        sheet.rim(&self.shell().inset(0.4).round(self.radius() - 0.4), 0.8);
        let lining = if self.form == Form::Clear {
            self.color.light(0.6)
        } else {
            self.color.mix(STEEL, 0.25).dark(0.28)
        };
        let bed = self.phone.body().inset(0.4);
        let d = bed.round(self.phone.r - 0.4);
        let stops = [(0.0, lining.dark(0.3), 1.0), (0.3, lining, 1.0), (1.0, lining.light(0.16), 1.0)];
        let paint = sheet.gradient((0.0, 0.0, 0.7, 1.0), &stops);
        sheet.fill(&d, paint);
        sheet.clip(&d, |sheet| {
            sheet.haze(&bed.shift(-1.6, -2.0).round(self.phone.r), INK, 5.0, 0.4);
            if self.form != Form::Clear {
                Pattern::Canvas.paint(sheet, bed, (lining, lining));
            }
        });
        if self.magnet {
            sheet.haze(&disc(0.0, self.magnet_middle(), 24.5), WHITE, 4.0, 0.2);
        }
        let middle = Area::around(0.0, 52.0, 30.0, 10.0).round(5.0);
        sheet.haze(&middle, WHITE, 0.8, 0.3);
        sheet.at("translate(0 52) scale(.8)", |sheet| paint_mark(sheet, lining.light(0.5)));
        sheet.at("scale(-1 1)", |sheet| {
            for (area, r) in self.phone.openings() {
                sheet.fill(&area.inset(-1.3).round(r + 1.3), self.color.light(0.2));
                sheet.fill(&area.round(r), ground);
                sheet.clip(&area.round(r), |sheet| {
                    sheet.haze(&area.shift(1.4, -1.6).round(r), INK, 3.4, 0.35);
                });
            }
        });
    }

    fn paint_cord(&self, sheet: &mut Sheet) {
        if !self.cord {
            return;
        }
        let d = "M-148 452C-330 600-560 400-520 80S-360-500-20-540S490-420 530-90S470 560 232 408";
        sheet.line_shadow(d, 15.0, 18.0);
        paint_rope(sheet, d, self.accent, 16.0);
    }
}

fn spine_x(area: Area) -> f64 {
    area.x + area.w - 6.0
}

/// A twisted cord along a path.
pub fn paint_rope(sheet: &mut Sheet, d: &str, color: Color, width: f64) {
    sheet.line(d, color.dark(0.35), width);
    sheet.line(d, color, width * 0.82);
    sheet.dashes(d, color.light(0.4), width * 0.7, &format!("{:.1} {:.1}", width * 0.3, width * 0.55));
    sheet.dashes(d, color.dark(0.3), width * 0.8, &format!("{:.1} {:.1}", width * 0.1, width * 0.75));
}

/// A finger ring that folds out of a round base.
fn paint_ring(sheet: &mut Sheet, (x, y): (f64, f64), color: Color) {
    sheet.tint(&disc(x + 1.4, y + 2.0, 19.0), INK, 0.25);
    let base = sheet.lit(color.mix(STEEL, 0.2).dark(0.16));
    sheet.fill(&disc(x, y, 19.0), base);
    sheet.rim(&disc(x, y, 18.6), 0.8);
    sheet.haze(&disc(x + 0.8, y + 3.2, 13.4), INK, 3.6, 0.35);
    let metal = sheet.gradient(
        (0.0, 0.0, 1.0, 1.0),
        &[(0.0, WHITE, 1.0), (0.35, STEEL, 1.0), (0.6, STEEL.dark(0.35), 1.0), (1.0, STEEL.light(0.3), 1.0)],
    );
    sheet.line(&disc(x, y + 1.0, 13.4), metal, 3.6);
    sheet.fill(&Area::around(x, y - 13.0, 12.0, 5.6).round(2.2), STEEL.dark(0.35));
    sheet.tint(&Area::around(x, y - 14.2, 10.0, 1.2).round(0.6), WHITE, 0.6);
}

/// The house mark: a pocket with its flap.
pub fn paint_mark(sheet: &mut Sheet, color: Color) {
    sheet.line("M-3.2 -2.6h6.4v3.4a3.2 3.2 0 0 1 -6.4 0z", color, 0.9);
    sheet.line("M-3.2 -.4q3.2 2.4 6.4 0", color, 0.9);
}

impl Thing for Case {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let outline = self.outline();
        match view {
            View::Front => {
                self.paint_cord(sheet);
                let place = format!("rotate(-7) scale({SCALE})");
                sheet.place(&outline, &place, 46.0, |sheet| self.paint_outside(sheet));
            }
            View::Angle | View::Hero => {
                let thick = if self.form == Form::Rugged { 13.0 } else { 10.5 };
                let slab = Prism {
                    outline: &outline,
                    stance: LYING,
                    scale: 6.9,
                    at: (-10.0, -36.0),
                    thick,
                    color: self.color,
                };
                slab.paint(sheet, 44.0, |sheet| self.paint_outside(sheet));
            }
            View::Back => {
                let ground = sheet.ground().light(0.2);
                let place = format!("rotate(6) scale({SCALE})");
                sheet.place(&outline, &place, 46.0, |sheet| self.paint_inside(sheet, ground));
            }
            View::Detail => {
                let place = "translate(190 640) rotate(-14) scale(11.4)";
                sheet.place(&outline, place, 60.0, |sheet| self.paint_outside(sheet));
            }
            View::Set => self.paint_set(sheet),
        }
    }
}

impl Case {
    /// The phone's face behind, the case in front of it.
    fn paint_set(&self, sheet: &mut Sheet) {
        let back = format!("translate(170 -40) rotate(9) scale({})", SCALE * 0.88);
        let front = format!("translate(-170 40) rotate(-8) scale({})", SCALE * 0.88);
        let outline = self.outline();
        sheet.place(&outline, &back, 40.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(&outline, paint);
            sheet.rim(&self.shell().inset(0.4).round(self.radius() - 0.4), 0.8);
            self.phone.paint_screen(sheet, (self.color, self.accent));
        });
        sheet.place(&outline, &front, 48.0, |sheet| self.paint_outside(sheet));
    }
}
