//! Wireless chargers: pads, pucks, stations for three and folding ones.

use super::coil::{Cord, Jacket};
use super::color::{Color, INK, STEEL, WHITE};
use super::connector::Plug;
use super::digits::BOLT;
use super::earbuds::Earbuds;
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::pattern::{PATTERNS, Pattern};
use super::phone::sample;
use super::solid::{LYING, Prism};
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Pad,
    /// A small magnetic puck on a cable.
    Puck,
    /// Phone, watch and earbuds side by side.
    Trio,
    /// Three squares that fold together.
    Fold,
    /// For two phones or a phone and earbuds.
    Duo,
}

const FORMS: &[(&str, Form)] = &[
    ("pad", Form::Pad),
    ("puck", Form::Puck),
    ("trio", Form::Trio),
    ("fold", Form::Fold),
    ("duo", Form::Duo),
];

/// A wireless charger. Millimetres.
pub struct Wireless {
    form: Form,
    color: Color,
    accent: Color,
    pattern: Pattern,
}

impl Wireless {
    pub fn read(fields: &mut Fields) -> Result<Wireless, String> {
        let color = fields.color("color", Color::rgb(0xf6f5f1))?;
        Ok(Wireless {
            form: fields.choice("form", FORMS, Form::Pad)?,
            color,
            accent: fields.color("accent", Color::rgb(0x3a5cff))?,
            pattern: fields.choice("pattern", PATTERNS, Pattern::Plain)?,
        })
    }

    /// A plain pad for a picture of something else.
    pub fn plain(color: Color, accent: Color) -> Wireless {
        Wireless { form: Form::Pad, color, accent, pattern: Pattern::Plain }
    }

    /// The charging spots: middle, radius.
    fn spots(&self) -> Vec<(f64, f64, f64)> {
        match self.form {
            Form::Pad => vec![(0.0, 0.0, 46.0)],
            Form::Puck => vec![(0.0, 0.0, 28.0)],
            Form::Trio => vec![(-42.0, 0.0, 34.0), (24.0, 0.0, 17.0), (64.0, 0.0, 22.0)],
            Form::Fold => vec![(-66.0, 0.0, 27.0), (0.0, 0.0, 17.0), (66.0, 0.0, 22.0)],
            Form::Duo => vec![(-42.0, 0.0, 32.0), (42.0, 0.0, 32.0)],
        }
    }

    fn bodies(&self) -> Vec<(Area, f64)> {
        match self.form {
            Form::Pad => vec![(Area::around(0.0, 0.0, 100.0, 100.0), 50.0)],
            Form::Puck => vec![(Area::around(0.0, 0.0, 58.0, 58.0), 29.0)],
            Form::Trio => vec![(Area::around(6.0, 0.0, 180.0, 84.0), 30.0)],
            Form::Fold => {
                (-1..=1).map(|place| (Area::around(66.0 * f64::from(place), 0.0, 64.0, 64.0), 14.0)).collect()
            }
            Form::Duo => vec![(Area::around(0.0, 0.0, 172.0, 86.0), 24.0)],
        }
    }

    pub fn outline(&self) -> String {
        self.bodies().iter().map(|(area, r)| area.round(*r)).collect()
    }

    fn scale(&self) -> f64 {
        match self.form {
            Form::Pad => 8.0,
            Form::Puck => 9.0,
            Form::Trio | Form::Duo => 5.7,
            Form::Fold => 5.4,
        }
    }

    fn paint_surface(&self, sheet: &mut Sheet) {
        for (area, r) in self.bodies() {
            let paint = sheet.lit(self.color);
            sheet.fill(&area.round(r), paint);
            let top = area.inset(3.0);
            let d = top.round(r - 3.0);
            let paint = sheet.lit(self.color.light(0.14));
            sheet.fill(&d, paint);
            sheet.clip(&d, |sheet| self.pattern.paint(sheet, top, (self.color, self.accent)));
            sheet.rim(&area.inset(0.5).round(r - 0.5), 1.0);
            sheet.haze(&d, INK, 0.4, 0.2);
        }
        for (place, (x, y, r)) in self.spots().into_iter().enumerate() {
            self.paint_spot(sheet, (x, y, r), place);
        }
    }

    fn paint_spot(&self, sheet: &mut Sheet, (x, y, r): (f64, f64, f64), place: usize) {
        sheet.line(&disc(x, y, r * 0.8), self.accent, 2.2);
        sheet.haze(&disc(x, y, r * 0.58), self.accent, 0.8, 0.5);
        if place == 1 && matches!(self.form, Form::Trio | Form::Fold) {
            let puck = sheet.lit(WHITE.mix(self.color, 0.2));
            sheet.tint(&disc(x + 1.0, y + 1.6, r * 0.72), INK, 0.3);
            sheet.fill(&disc(x, y, r * 0.72), puck);
            sheet.rim(&disc(x, y, r * 0.7), 0.6);
            sheet.haze(&disc(x, y, r * 0.5), STEEL.dark(0.2), 0.6, 0.6);
            return;
        }
        sheet
            .at(&format!("translate({x} {y}) scale({:.2})", r / 21.0), |sheet| sheet.fill(BOLT, self.accent));
    }

    fn paint_underside(&self, sheet: &mut Sheet) {
        for (area, r) in self.bodies() {
            let paint = sheet.lit(self.color.dark(0.12));
            sheet.fill(&area.round(r), paint);
            sheet.rim(&area.inset(0.5).round(r - 0.5), 1.0);
            let foot = area.inset(9.0);
            sheet.haze(&foot.round(r - 8.0), INK, 4.0, 0.45);
            sheet.haze(&area.inset(16.0).round(r - 14.0), self.color.mark(), 0.5, 0.6);
            sheet.at(&format!("translate({:.1} 0) scale(1.6)", area.x + area.w / 2.0), |sheet| {
                super::case::paint_mark(sheet, self.color.mark());
            });
        }
    }

    /// The fixed cable with its plug, or the plug in the socket, below the body.
    fn paint_lead(&self, sheet: &mut Sheet, start: (f64, f64)) {
        let cord = Cord {
            jacket: Jacket::Braided,
            color: self.accent.dark(0.1),
            accent: self.accent.light(0.4),
            width: 26.0,
        };
        let (x, y) = start;
        let join = if self.form == Form::Puck { y } else { y + 140.0 };
        let bend = format!(
            "M{x:.0} {join:.0}C{x:.0} {:.0} {:.0} {:.0} {:.0} 700",
            join + 130.0,
            x + 330.0,
            join - 60.0,
            x + 330.0
        );
        cord.paint(sheet, &bend, 14.0);
        if self.form == Form::Puck {
            return;
        }
        let plug = Plug::UsbC;
        let place = format!("translate({x:.0} {:.0}) scale(6.5)", y - 40.0);
        sheet.at(&place, |sheet| plug.paint(sheet, self.color.dark(0.3), self.accent));
    }

    fn paint_flat(&self, sheet: &mut Sheet) {
        let scale = self.scale();
        let reach = self.bodies().iter().map(|(area, _)| area.h / 2.0).fold(0.0, f64::max) * scale;
        sheet.at("translate(0 -60)", |sheet| {
            self.paint_lead(sheet, (0.0, reach - 20.0));
            sheet.place(&self.outline(), &format!("scale({scale})"), 34.0, |sheet| self.paint_surface(sheet));
        });
    }

    fn paint_lying(&self, sheet: &mut Sheet) {
        let outline = self.outline();
        let scale = self.scale() * if self.form == Form::Pad || self.form == Form::Puck { 1.0 } else { 1.04 };
        let slab = Prism {
            outline: &outline,
            stance: LYING,
            scale,
            at: (0.0, -20.0),
            thick: 9.0,
            color: self.color,
        };
        slab.paint(sheet, 40.0, |sheet| self.paint_surface(sheet));
    }

    fn paint_set(&self, sheet: &mut Sheet) {
        let scale = self.scale() * 0.92;
        sheet.at("rotate(-6)", |sheet| {
            self.paint_lead(sheet, (0.0, 200.0));
            sheet.place(&self.outline(), &format!("scale({scale:.2})"), 30.0, |sheet| {
                self.paint_surface(sheet)
            });
            let phone = sample();
            let spots = self.spots();
            let (x, y, _) = spots[0];
            let size = match self.form {
                Form::Pad | Form::Puck => 5.2,
                _ => 4.2,
            };
            let place = format!("translate({:.0} {:.0}) scale({size})", x * scale, y * scale);
            sheet.place(&phone.outline(), &place, 26.0, |sheet| {
                phone.paint_screen(sheet, (self.accent, self.accent.mix(Color::rgb(0xffc83d), 0.6)));
                sheet.at("scale(2.4)", |sheet| sheet.fill(BOLT, WHITE));
            });
            if let Some((x, y, _)) = spots.last().filter(|_| spots.len() > 1) {
                let buds = Earbuds::plain(WHITE);
                sheet.at(&format!("translate({:.0} {:.0})", x * scale, y * scale), |sheet| {
                    buds.paint_closed(sheet, 3.6)
                });
            }
        });
    }
}

impl Thing for Wireless {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        match view {
            View::Front => self.paint_flat(sheet),
            View::Angle | View::Hero => self.paint_lying(sheet),
            View::Back => {
                let place = format!("rotate(6) scale({})", self.scale() * 0.98);
                sheet.place(&self.outline(), &place, 34.0, |sheet| self.paint_underside(sheet));
            }
            View::Detail => {
                let (x, _, _) = self.spots()[0];
                let place = format!(
                    "translate({:.0} 240) rotate(-10) scale({:.2})",
                    -x * self.scale() * 1.9 + 120.0,
                    self.scale() * 1.7
                );
                sheet.place(&self.outline(), &place, 50.0, |sheet| self.paint_surface(sheet));
            }
            View::Set => self.paint_set(sheet),
        }
    }
}
