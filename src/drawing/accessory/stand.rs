//! Stands for a desk or a table.

use super::coil::{Cord, Jacket};
use super::color::{Color, INK, STEEL, WHITE};
use super::digits::BOLT;
use super::fields::Fields;
use super::paint::{Area, Sheet, disc, ellipse};
use super::pattern::{PATTERNS, Pattern};
use super::phone::{Phone, sample};
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// A plate on a foot.
    Desk,
    /// Two hinges, folds flat.
    Fold,
    /// A round magnetic head on a curved arm.
    Magnetic,
    /// A block with a groove.
    Block,
    /// A clamp with a bendable neck.
    Neck,
}

const FORMS: &[(&str, Form)] = &[
    ("desk", Form::Desk),
    ("fold", Form::Fold),
    ("magnetic", Form::Magnetic),
    ("block", Form::Block),
    ("neck", Form::Neck),
];

/// A stand, in millimetres; it stands on y = 70.
pub struct Stand {
    form: Form,
    color: Color,
    accent: Color,
    pattern: Pattern,
}

const FLOOR: f64 = 70.0;
const SCALE: f64 = 6.1;

impl Stand {
    pub fn read(fields: &mut Fields) -> Result<Stand, String> {
        let color = fields.color("color", STEEL)?;
        Ok(Stand {
            form: fields.choice("form", FORMS, Form::Desk)?,
            color,
            accent: fields.color("accent", Color::rgb(0xff6f59))?,
            pattern: fields.choice("pattern", PATTERNS, Pattern::Plain)?,
        })
    }

    /// A soft pool of shadow on the table.
    fn paint_table(&self, sheet: &mut Sheet, width: f64) {
        sheet.shadow(&ellipse(0.0, FLOOR - 2.0, width, 12.0), "translate(4 2)", 10.0);
    }

    fn paint_foot(&self, sheet: &mut Sheet, (rx, ry): (f64, f64)) {
        let side = sheet.barrel(self.color.dark(0.12));
        let d = format!("M-{rx} {:.1}v7a{rx} {ry} 0 0 0 {} 0v-7z", FLOOR - 7.0, 2.0 * rx);
        sheet.fill(&d, side);
        let top = sheet.lit(self.color);
        let rim = ellipse(0.0, FLOOR - 7.0, rx, ry);
        sheet.fill(&rim, top);
        sheet.rim(&rim, 0.7);
        sheet.haze(&ellipse(0.0, FLOOR - 7.0, rx - 4.0, ry - 1.8), self.accent, 1.2, 0.9);
    }

    fn paint_post(&self, sheet: &mut Sheet, area: Area) {
        let paint = sheet.barrel(self.color);
        sheet.fill(&area.round(area.w / 2.0), paint);
    }

    /// A plate with rubber pads and a lip that carries the phone.
    fn paint_tray(&self, sheet: &mut Sheet, plate: Area) {
        let d = plate.round(11.0);
        sheet.at("translate(1.5 2.5)", |sheet| sheet.tint(&d, INK, 0.22));
        let paint = sheet.lit(self.color);
        sheet.fill(&d, paint);
        sheet.clip(&d, |sheet| self.pattern.paint(sheet, plate, (self.color, self.accent)));
        sheet.rim(&plate.inset(0.4).round(10.6), 0.8);
        let pad = Area::new(plate.x + 7.0, plate.y + 7.0, plate.w - 14.0, plate.h * 0.34);
        sheet.fill(&pad.round(6.0), self.accent);
        sheet.rim(&pad.round(6.0), 0.5);
        let slot = Area::around(0.0, plate.y + plate.h - 17.0, 13.0, 20.0);
        sheet.fill(&slot.round(6.0), self.color.dark(0.5));
        self.paint_lip(sheet, plate);
    }

    fn paint_lip(&self, sheet: &mut Sheet, plate: Area) {
        let y = plate.y + plate.h - 8.0;
        for x in [plate.x, plate.x + plate.w - 21.0] {
            let hook = Area::new(x, y, 21.0, 12.0);
            sheet.at("translate(.8 1.4)", |sheet| sheet.tint(&hook.round(4.5), INK, 0.3));
            let paint = sheet.lit(self.color.light(0.1));
            sheet.fill(&hook.round(4.5), paint);
            sheet.rim(&hook.inset(0.3).round(4.2), 0.6);
            sheet.fill(&Area::new(x + 4.0, y + 1.4, 13.0, 2.0).round(1.0), self.accent);
        }
    }

    fn paint_head(&self, sheet: &mut Sheet, (x, y): (f64, f64), r: f64) {
        sheet.tint(&disc(x + 2.0, y + 3.0, r), INK, 0.25);
        let paint = sheet.lit(self.color);
        sheet.fill(&disc(x, y, r), paint);
        sheet.rim(&disc(x, y, r - 0.5), 1.0);
        let face = sheet.lit(self.color.light(0.18));
        sheet.fill(&disc(x, y, r * 0.86), face);
        sheet.line(&disc(x, y, r * 0.66), self.accent, 2.4);
        sheet.at(&format!("translate({x} {y}) scale(1.6)"), |sheet| sheet.fill(BOLT, self.accent));
    }

    /// The stand from the front, with or without what it carries.
    fn paint_front(&self, sheet: &mut Sheet, phone: Option<&Phone>) {
        match self.form {
            Form::Desk => {
                self.paint_table(sheet, 46.0);
                self.paint_foot(sheet, (44.0, 13.0));
                self.paint_post(sheet, Area::new(-8.0, -20.0, 16.0, 84.0));
                let plate = Area::new(-31.0, -62.0, 62.0, 92.0);
                self.paint_tray(sheet, plate);
                self.paint_carried(sheet, phone, (-54.0, 0.0));
                self.paint_lip(sheet, plate);
            }
            Form::Fold => self.paint_fold(sheet, phone),
            Form::Magnetic => {
                self.paint_table(sheet, 42.0);
                self.paint_foot(sheet, (40.0, 12.0));
                self.paint_post(sheet, Area::new(-6.0, -40.0, 12.0, 104.0));
                self.paint_head(sheet, (0.0, -40.0), 30.0);
                self.paint_carried(sheet, phone, (-36.0, 0.0));
            }
            Form::Block => {
                self.paint_carried(sheet, phone, (-22.0, 0.0));
                self.paint_block(sheet);
            }
            Form::Neck => self.paint_neck(sheet, phone),
        }
    }

    fn paint_carried(&self, sheet: &mut Sheet, phone: Option<&Phone>, (y, turn): (f64, f64)) {
        let Some(phone) = phone else { return };
        sheet.place(
            &phone.outline(),
            &format!("translate(0 {y}) rotate({turn}) translate(0 0)"),
            6.0,
            |sheet| {
                phone.paint_screen(sheet, (self.accent, self.accent.mix(Color::rgb(0x79bdff), 0.6)));
            },
        );
    }

    fn paint_fold(&self, sheet: &mut Sheet, phone: Option<&Phone>) {
        self.paint_table(sheet, 44.0);
        let base = format!(
            "M-38 {:.1}L-30 46q2 -5 8 -5h44q6 0 8 5l8 {:.1}q1 6 -6 6h-64q-7 0 -6 -6z",
            FLOOR - 4.0,
            FLOOR - 50.0
        );
        let paint = sheet.lit(self.color);
        sheet.fill(&base, paint);
        sheet.rim(&base, 0.7);
        sheet.tint(&Area::around(0.0, 58.0, 46.0, 7.0).round(3.5), self.accent, 1.0);
        let arm = Area::new(-13.0, -14.0, 26.0, 60.0);
        let paint = sheet.lit(self.color.light(0.06));
        sheet.fill(&arm.round(5.0), paint);
        sheet.rim(&arm.round(5.0), 0.6);
        sheet.fill(&Area::around(0.0, 18.0, 9.0, 22.0).round(4.5), self.color.dark(0.45));
        for y in [43.0, -14.0] {
            let hinge = Area::around(0.0, y, 40.0, 9.0);
            let stops =
                [(0.0, WHITE, 1.0), (0.4, self.color.dark(0.1), 1.0), (1.0, self.color.dark(0.5), 1.0)];
            let paint = sheet.gradient((0.0, 0.0, 0.0, 1.0), &stops);
            sheet.fill(&hinge.round(4.5), paint);
            sheet.haze(&format!("M-10 {:.1}v7M10 {:.1}v7", y - 3.5, y - 3.5), INK, 0.6, 0.4);
        }
        let plate = Area::new(-30.0, -74.0, 60.0, 64.0);
        self.paint_tray(sheet, plate);
        self.paint_carried(sheet, phone, (-86.0, 0.0));
        self.paint_lip(sheet, plate);
    }

    fn paint_block(&self, sheet: &mut Sheet) {
        self.paint_table(sheet, 52.0);
        let top = "M-52 34q0 -6 6 -6h92q6 0 6 6l4 12h-112z";
        let paint = sheet.lit(self.color.light(0.16));
        sheet.fill(top, paint);
        sheet.fill("M-46 36h92l1.600 5h-95.200z", self.color.dark(0.55));
        let front = Area::new(-56.0, 45.0, 112.0, FLOOR - 42.0);
        let paint = sheet.lit(self.color);
        sheet.fill(&front.round(7.0), paint);
        sheet.clip(&front.round(7.0), |sheet| {
            self.pattern.paint(sheet, front, (self.color, self.accent));
            sheet.haze(
                "M-56 50q40 6 112 2M-56 58q60 -5 112 3M-56 65q40 3 112 -1",
                self.color.dark(0.3),
                0.8,
                0.4,
            );
        });
        sheet.rim(&front.inset(0.4).round(6.6), 0.8);
        sheet.fill(&Area::new(-48.0, 50.0, 6.0, 18.0).round(3.0), self.accent);
    }

    fn paint_neck(&self, sheet: &mut Sheet, phone: Option<&Phone>) {
        let clamp = "M-52 40h34q5 0 5 5v7h-26v12h26v8q0 5 -5 5h-34q-6 0 -6 -6v-25q0 -6 6 -6z";
        sheet.place(clamp, "translate(0 0)", 8.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(clamp, paint);
            sheet.rim(clamp, 0.7);
            sheet.line("M-27 76v12", STEEL.dark(0.2), 4.0);
            sheet.line("M-36 90h18", self.accent, 6.0);
        });
        let neck = "M-38 42C-44 -30 -70 -60 -40 -84S20 -92 22 -50";
        sheet.line_shadow(neck, 9.0, 7.0);
        sheet.line(neck, self.color.dark(0.4), 9.0);
        sheet.line(neck, self.color, 7.4);
        sheet.dashes(neck, self.color.dark(0.35), 8.4, "1 2.6");
        sheet.at("translate(-1.4 -1.4)", |sheet| sheet.haze(neck, WHITE, 1.4, 0.5));
        if phone.is_none() {
            self.paint_head(sheet, (22.0, -34.0), 29.0);
            return;
        }
        sheet.at("translate(24 20) rotate(-8)", |sheet| self.paint_carried(sheet, phone, (0.0, 0.0)));
    }

    /// The stand from the side, a phone leaning on it as a thin slab.
    fn paint_side(&self, sheet: &mut Sheet) {
        let shell = Color::rgb(0x3b4152);
        self.paint_table(sheet, 50.0);
        let foot = Area::new(-48.0, FLOOR - 9.0, 92.0, 9.0);
        let paint = sheet.lit(self.color);
        sheet.fill(&foot.round(4.5), paint);
        sheet.rim(&foot.inset(0.3).round(4.2), 0.6);
        match self.form {
            Form::Block => {
                let block = "M-40 30q0 -5 5 -5h18l4 10l7 0l6 -10h30q6 0 6 6v32q0 6 -6 6h-64q-6 0 -6 -6z";
                sheet.at("translate(6 36) rotate(16)", |sheet| slab(sheet, shell));
                let paint = sheet.lit(self.color);
                sheet.fill(block, paint);
                sheet.rim(block, 0.8);
            }
            Form::Magnetic | Form::Neck => {
                let arm = "M22 62C50 20 34 -30 10 -38";
                sheet.line(arm, self.color.dark(0.3), 11.0);
                sheet.line(arm, self.color, 8.6);
                sheet.at("translate(-2 -1)", |sheet| sheet.haze(arm, WHITE, 1.8, 0.5));
                sheet.at("translate(3 -36) rotate(12)", |sheet| {
                    let head = Area::new(-5.0, -29.0, 10.0, 58.0);
                    let paint = sheet.lit(self.color);
                    sheet.fill(&head.round(4.0), paint);
                    sheet.fill(&Area::new(-6.4, -24.0, 3.0, 48.0).round(1.5), self.accent);
                });
                sheet.at("translate(-8 42) rotate(12)", |sheet| slab(sheet, shell));
            }
            Form::Desk | Form::Fold => {
                for d in ["M26 64L6 -2", "M6 -2L-20 26"] {
                    sheet.line(d, self.color.dark(0.4), 9.0);
                    sheet.line(d, self.color, 7.2);
                }
                sheet.line("M-36 40L12 -62", self.color.dark(0.35), 7.0);
                sheet.line("M-36 40L12 -62", self.color.light(0.1), 5.4);
                sheet.line("M-36 40l-15 -7l-4 -7", self.color, 6.0);
                sheet.line("M-30 16L4 -56", self.accent, 2.4);
                sheet.at("translate(-45 30) rotate(25)", |sheet| slab(sheet, shell));
                for (x, y) in [(26.0, 63.0), (6.0, -2.0)] {
                    sheet.fill(&disc(x, y, 6.4), self.color.dark(0.3));
                    sheet.fill(&disc(x, y, 3.0), self.accent);
                }
            }
        }
    }

    fn paint_back(&self, sheet: &mut Sheet) {
        sheet.at("scale(-1 1)", |sheet| self.paint_front(sheet, None));
        let cord = Cord {
            jacket: Jacket::Braided,
            color: self.accent.dark(0.15),
            accent: self.accent.light(0.4),
            width: 4.6,
        };
        if self.form != Form::Block {
            cord.paint(sheet, "M0 10C4 40 -10 50 20 66S70 60 112 92", 3.0);
        }
    }
}

/// A phone from the side, its lower end at the origin.
fn slab(sheet: &mut Sheet, color: Color) {
    let body = Area::new(-8.0, -148.0, 8.0, 148.0);
    let paint = sheet.barrel(color);
    sheet.fill(&body.round(3.6), paint);
    sheet.fill(&Area::new(-8.4, -144.0, 1.4, 140.0).round(0.7), INK);
    sheet.fill(&Area::new(-0.6, -134.0, 4.0, 22.0).round(1.8), color.dark(0.3));
    sheet.fill(&Area::new(-5.0, -104.0, 2.0, 20.0).round(1.0), color.light(0.3));
}

impl Thing for Stand {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let phone = sample();
        let (scale, y) = match view {
            View::Front if self.form == Form::Block => (8.6, -240.0),
            View::Front | View::Set if self.form == Form::Neck => (5.0, 20.0),
            View::Front | View::Back => (SCALE, 40.0),
            View::Angle | View::Hero => (5.2, 150.0),
            View::Set => (4.4, 160.0),
            View::Detail => (11.0, 480.0),
        };
        sheet.at(&format!("translate(0 {y}) scale({scale})"), |sheet| match view {
            View::Front | View::Detail => self.paint_front(sheet, None),
            View::Back => self.paint_back(sheet),
            View::Angle | View::Hero => self.paint_side(sheet),
            View::Set => self.paint_front(sheet, Some(&phone)),
        });
    }
}
