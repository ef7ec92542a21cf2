//! Power banks: slim, cube, magnetic, and those with a cable of their own.

use super::cable::Cable;
use super::case::Case;
use super::coil::{Cord, Jacket};
use super::color::{Color, INK, WHITE};
use super::connector::{PLUGS, Plug, paint_socket, socket_size};
use super::digits::{BOLT, number_width, paint_number};
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::pattern::{PATTERNS, Pattern};
use super::phone::sample;
use super::solid::{LYING, Prism};
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Slim,
    Cube,
    /// Holds on to the back of a phone.
    Magnetic,
    /// With a cable that is also its carrying loop.
    Looped,
    /// A stick for the pocket with a plug on its end.
    Stick,
}

const FORMS: &[(&str, Form)] = &[
    ("slim", Form::Slim),
    ("cube", Form::Cube),
    ("magnetic", Form::Magnetic),
    ("looped", Form::Looped),
    ("stick", Form::Stick),
];

/// A power bank. Millimetres.
pub struct PowerBank {
    form: Form,
    color: Color,
    accent: Color,
    pattern: Pattern,
    ports: Vec<Plug>,
    mah: i64,
    /// How full the gauge is, in fourths.
    charge: i64,
    display: bool,
}

impl PowerBank {
    pub fn read(fields: &mut Fields) -> Result<PowerBank, String> {
        let color = fields.color("color", Color::rgb(0x3a5cff))?;
        let ports = fields.list("ports", PLUGS, &[Plug::UsbC])?;
        if ports.len() > 4 {
            return Err("`ports` takes four entries at most".to_string());
        }
        Ok(PowerBank {
            form: fields.choice("form", FORMS, Form::Slim)?,
            color,
            accent: fields.color("accent", color.light(0.6))?,
            pattern: fields.choice("pattern", PATTERNS, Pattern::Plain)?,
            ports,
            mah: fields.count("mah", (1000, 30000), 10000)?,
            charge: fields.count("charge", (0, 4), 3)?,
            display: fields.flag("display", false)?,
        })
    }

    /// A magnetic one for a picture of something else.
    pub fn plain(color: Color) -> PowerBank {
        PowerBank {
            form: Form::Magnetic,
            color,
            accent: color.light(0.6),
            pattern: Pattern::Plain,
            ports: vec![Plug::UsbC],
            mah: 5000,
            charge: 3,
            display: false,
        }
    }

    /// Width, length and thickness in mm.
    fn size(&self) -> (f64, f64, f64) {
        let big = (self.mah as f64 / 10_000.0).sqrt();
        match self.form {
            Form::Slim => (64.0 + 5.0 * big, 96.0 + 34.0 * big, 13.0 + 3.0 * big),
            Form::Cube => (58.0 + 10.0 * big, 60.0 + 12.0 * big, 28.0 + 6.0 * big),
            Form::Magnetic => (66.0, 86.0 + 16.0 * big, 8.0 + 6.0 * big),
            Form::Looped => (62.0, 92.0 + 16.0 * big, 20.0),
            Form::Stick => (34.0, 76.0 + 8.0 * big, 25.0),
        }
    }

    fn radius(&self) -> f64 {
        match self.form {
            Form::Stick => 15.0,
            Form::Cube => 15.0,
            _ => 11.0,
        }
    }

    fn body(&self) -> Area {
        let (w, h, _) = self.size();
        Area::around(0.0, 0.0, w, h)
    }

    pub fn outline(&self) -> String {
        self.body().round(self.radius())
    }

    pub fn paint_face(&self, sheet: &mut Sheet) {
        let (body, d) = (self.body(), self.outline());
        if self.form == Form::Stick {
            sheet.at(&format!("translate(0 {:.1})", body.y + 1.0), |sheet| {
                Plug::UsbC.paint(sheet, self.color.dark(0.3), INK)
            });
        }
        let paint = sheet.lit(self.color);
        sheet.fill(&d, paint);
        sheet.clip(&d, |sheet| {
            self.pattern.paint(sheet, body, (self.color, self.accent));
            let cap = Area::new(body.x, body.y, body.w, body.h * 0.24).round(0.0);
            if self.pattern == Pattern::Plain && self.form != Form::Magnetic {
                sheet.tint(&cap, self.accent, 0.9);
            }
            let shine = format!(
                "M{} {:.1}L{:.1} {}h14L{} {:.1}z",
                body.x,
                body.y + body.h * 0.6,
                body.x + body.w * 0.66,
                body.y,
                body.x,
                body.y + body.h * 0.85
            );
            sheet.tint(&shine, WHITE, 0.1);
        });
        sheet.rim(&body.inset(0.5).round(self.radius() - 0.5), 1.0);
        let mark = self.color.mark();
        if self.form == Form::Magnetic {
            sheet.haze(&disc(0.0, -body.h * 0.1, 22.0), mark, 2.6, 0.7);
            sheet.haze(&disc(0.0, -body.h * 0.1, 15.0), mark, 0.6, 0.4);
            sheet
                .at(&format!("translate(0 {:.1}) scale(1.3)", -body.h * 0.1), |sheet| sheet.fill(BOLT, mark));
        }
        self.paint_gauge(sheet, mark);
    }

    /// Capacity, and how full it is: four lamps or a small display.
    fn paint_gauge(&self, sheet: &mut Sheet, mark: Color) {
        let body = self.body();
        let low = body.y + body.h - 13.0;
        let thousands = self.mah / 1000;
        if self.form != Form::Magnetic {
            let height = (body.w * 0.5 / (number_width(thousands) / 10.0)).min(body.w * 0.36);
            let (middle, height) =
                if self.display { (-body.h * 0.02, height * 0.72) } else { (body.h * 0.1, height) };
            sheet.at(&format!("translate(0 {middle:.1})"), |sheet| {
                paint_number(sheet, thousands, height, mark)
            });
        }
        if self.display {
            let panel = Area::around(0.0, low - 1.0, 30.0, 13.0);
            sheet.fill(&panel.round(3.4), INK);
            sheet.at(&format!("translate(-1 {:.1})", low - 1.0), |sheet| {
                paint_number(sheet, 25 * self.charge.max(1) - 3, 6.8, Color::rgb(0x8effc8));
            });
            return;
        }
        for lamp in 0..4 {
            let on = lamp < self.charge;
            let x = (lamp as f64 - 1.5) * 6.4;
            let color = if on { WHITE } else { self.color.dark(0.35) };
            sheet.fill(&Area::around(x, low, 4.2, 2.2).round(1.1), color);
        }
    }

    fn paint_back(&self, sheet: &mut Sheet) {
        let (body, d) = (self.body(), self.outline());
        let paint = sheet.lit(self.color.dark(0.08));
        sheet.fill(&d, paint);
        sheet.rim(&body.inset(0.5).round(self.radius() - 0.5), 1.0);
        if self.form == Form::Magnetic {
            let pad = body.inset(5.0);
            let paint = sheet.lit(self.color.light(0.12));
            sheet.fill(&pad.round(7.0), paint);
            sheet.haze(&disc(0.0, -body.h * 0.1, 23.0), WHITE, 4.6, 0.4);
            sheet.haze(&format!("M0 {:.1}v10", -body.h * 0.1 + 34.0), WHITE, 3.4, 0.4);
            return;
        }
        let ribs = Area::new(body.x + 6.0, body.y + body.h * 0.6, body.w - 12.0, body.h * 0.3);
        for row in 0..(ribs.h / 4.0) as i32 {
            let y = ribs.y + f64::from(row) * 4.0;
            sheet.haze(&format!("M{:.1} {y:.1}h{:.1}", ribs.x, ribs.w), INK, 1.2, 0.22);
        }
        sheet.at(&format!("translate(0 {:.1}) scale(1.8)", -body.h * 0.16), |sheet| {
            super::case::paint_mark(sheet, self.color.mark());
        });
        let label = Area::around(0.0, body.h * 0.06, body.w * 0.56, 9.0).round(2.0);
        sheet.haze(&label, self.color.mark(), 0.5, 0.7);
        for bar in 0..9 {
            let x = -body.w * 0.2 + body.w * 0.05 * f64::from(bar);
            sheet.haze(
                &format!("M{x:.1} {:.1}v5", body.h * 0.06 - 2.5),
                self.color.mark(),
                0.5 + f64::from(bar % 3) * 0.4,
                0.7,
            );
        }
    }

    fn paint_loop(&self, sheet: &mut Sheet, scale: f64) {
        if self.form != Form::Looped {
            return;
        }
        let (w, h, _) = self.size();
        let (x, top) = (w * 0.28 * scale, -h / 2.0 * scale);
        let cord = Cord { jacket: Jacket::Flat, color: self.accent, accent: WHITE, width: 9.0 * scale };
        let arch = format!(
            "M-{x:.1} {:.1}v{up:.1}q0 -{bend:.1} {x:.1} -{bend:.1}t{x:.1} {bend:.1}v{down:.1}",
            top + 20.0,
            up = -6.0 * scale,
            bend = 16.0 * scale,
            down = 7.0 * scale
        );
        cord.paint(sheet, &arch, 16.0);
    }

    /// Lying, so that the edge with the ports shows.
    fn paint_lying(&self, sheet: &mut Sheet) {
        let (w, h, thick) = self.size();
        let scale = 640.0 / w.max(h * 0.86);
        let outline = self.outline();
        let at = (0.0, -thick * scale * 0.5);
        let slab = Prism { outline: &outline, stance: LYING, scale, at, thick, color: self.color };
        slab.paint(sheet, 46.0, |sheet| self.paint_face(sheet));
        let edge = (
            at.0 + LYING.down.0 * h / 2.0 * scale,
            at.1 + LYING.down.1 * h / 2.0 * scale + thick * scale * 0.5,
        );
        let matrix = format!(
            "matrix({:.3} {:.3} 0 {scale:.3} {:.1} {:.1})",
            LYING.across.0 * scale,
            LYING.across.1 * scale,
            edge.0,
            edge.1
        );
        sheet.at(&matrix, |sheet| self.paint_ports(sheet));
    }

    fn paint_ports(&self, sheet: &mut Sheet) {
        let total: f64 = self.ports.iter().map(|plug| socket_size(*plug).0 + 4.0).sum();
        let mut x = -total / 2.0;
        for plug in &self.ports {
            let width = socket_size(*plug).0 + 4.0;
            sheet.at(&format!("translate({:.1} 0)", x + width / 2.0), |sheet| {
                paint_socket(sheet, *plug, self.color)
            });
            x += width;
        }
    }

    /// The edge with the ports, straight on.
    fn paint_edge(&self, sheet: &mut Sheet) {
        let (w, _, thick) = self.size();
        let edge = Area::around(0.0, 0.0, w, thick);
        let d = edge.round(thick * 0.42);
        let scale = 1060.0 / w;
        sheet.place(&d, &format!("rotate(-8) scale({scale:.2})"), 44.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(&d, paint);
            sheet.rim(&edge.inset(0.4).round(thick * 0.4), 0.7);
            self.paint_ports(sheet);
        });
    }

    fn paint_set(&self, sheet: &mut Sheet) {
        if self.form == Form::Magnetic {
            let case = Case::plain(self.accent);
            sheet.place(&case.outline(), "translate(20 0) rotate(-8) scale(5.8)", 44.0, |sheet| {
                case.paint_outside(sheet)
            });
            sheet.place(&self.outline(), "translate(80 130) rotate(-8) scale(5.8)", 34.0, |sheet| {
                self.paint_face(sheet)
            });
            return;
        }
        let phone = sample();
        sheet.place(&phone.outline(), "translate(230 -20) rotate(8) scale(4.8)", 40.0, |sheet| {
            phone.paint_screen(sheet, (self.color, self.accent));
        });
        sheet.at("translate(-230 0) rotate(-6)", |sheet| {
            self.paint_loop(sheet, 4.8);
            sheet.place(&self.outline(), "scale(4.8)", 40.0, |sheet| self.paint_face(sheet));
        });
        if self.form != Form::Stick {
            let cable = Cable::plain(self.accent.dark(0.25));
            sheet.at("translate(10 340) scale(.48)", |sheet| cable.paint_coiled(sheet));
        }
    }
}

impl Thing for PowerBank {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let (_, h, _) = self.size();
        let scale = 760.0 / h.max(96.0);
        match view {
            View::Front => sheet.at("translate(0 20) rotate(-9)", |sheet| {
                self.paint_loop(sheet, scale);
                sheet.place(&self.outline(), &format!("scale({scale:.2})"), 46.0, |sheet| {
                    self.paint_face(sheet)
                });
            }),
            View::Angle | View::Hero => self.paint_lying(sheet),
            View::Back => {
                let place = format!("rotate(7) scale({scale:.2})");
                sheet.place(&self.outline(), &place, 46.0, |sheet| self.paint_back(sheet));
            }
            View::Detail => self.paint_edge(sheet),
            View::Set => self.paint_set(sheet),
        }
    }
}
