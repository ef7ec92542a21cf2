//! Adapters, hubs and card readers.

use super::coil::{Cord, Jacket};
use super::color::{Color, INK, STEEL, WHITE};
use super::connector::{PLUGS, Plug, paint_socket, socket_size};
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::phone::sample;
use super::solid::{LYING, Prism};
use super::{Thing, View};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// Plug and socket in one small body.
    Plug,
    /// A short cable between plug and socket.
    Dongle,
    /// A bar of sockets on a short cable.
    Bar,
    /// A square box of sockets.
    Dock,
}

const FORMS: &[(&str, Form)] =
    &[("plug", Form::Plug), ("dongle", Form::Dongle), ("bar", Form::Bar), ("dock", Form::Dock)];

/// An adapter or hub, in millimetres.
pub struct Hub {
    form: Form,
    color: Color,
    accent: Color,
    plug: Plug,
    ports: Vec<Plug>,
}

impl Hub {
    pub fn read(fields: &mut Fields) -> Result<Hub, String> {
        let color = fields.color("color", Color::rgb(0x8d94a5))?;
        let ports = fields.list("ports", PLUGS, &[Plug::UsbA])?;
        if ports.is_empty() || ports.len() > 8 {
            return Err("`ports` needs one to eight entries".to_string());
        }
        Ok(Hub {
            form: fields.choice("form", FORMS, Form::Bar)?,
            color,
            accent: fields.color("accent", Color::rgb(0xff6f59))?,
            plug: fields.choice("plug", PLUGS, Plug::UsbC)?,
            ports,
        })
    }

    /// The body as it lies on a table: its lower edge holds the sockets.
    fn body(&self) -> Area {
        let total: f64 = self.ports.iter().map(|plug| socket_size(*plug).0 + 5.0).sum::<f64>() + 8.0;
        match self.form {
            Form::Plug => Area::around(0.0, 0.0, total.max(16.0), 25.0),
            Form::Dongle => Area::around(0.0, 0.0, total.max(20.0), 34.0),
            Form::Bar => Area::around(0.0, 0.0, total.max(70.0), 34.0),
            Form::Dock => Area::around(0.0, 0.0, total.max(80.0), total.max(80.0) * 0.82),
        }
    }

    fn thick(&self) -> f64 {
        self.ports.iter().map(|plug| socket_size(*plug).1).fold(5.0, f64::max) + 5.0
    }

    fn radius(&self) -> f64 {
        if self.form == Form::Plug { 4.0 } else { 7.0 }
    }

    fn paint_sockets(&self, sheet: &mut Sheet) {
        let total: f64 = self.ports.iter().map(|plug| socket_size(*plug).0 + 5.0).sum();
        let mut x = -total / 2.0;
        for plug in &self.ports {
            let width = socket_size(*plug).0 + 5.0;
            sheet.at(&format!("translate({:.1} 0)", x + width / 2.0), |sheet| {
                paint_socket(sheet, *plug, self.color)
            });
            x += width;
        }
    }

    fn paint_top(&self, sheet: &mut Sheet) {
        let (body, r) = (self.body(), self.radius());
        let paint = sheet.lit(self.color);
        sheet.fill(&body.round(r), paint);
        sheet.rim(&body.inset(0.3).round(r - 0.3), 0.7);
        let band = Area::new(body.x, body.y + body.h * 0.66, body.w, body.h * 0.12);
        sheet.clip(&body.round(r), |sheet| sheet.fill(&band.round(0.0), self.accent));
        sheet.at(
            &format!("translate(0 {:.1}) scale({:.2})", body.y + body.h * 0.36, (body.h / 26.0).min(1.8)),
            |sheet| {
                super::case::paint_mark(sheet, self.color.mark());
            },
        );
        sheet.fill(&disc(body.x + body.w - 4.6, body.y + 4.6, 0.8), Color::rgb(0x8effc8));
    }

    /// The plug that leaves the far edge, with its cable unless it is fixed.
    fn paint_lead(&self, sheet: &mut Sheet, scale: f64) {
        let body = self.body();
        let top = body.y * scale;
        if self.form == Form::Plug {
            sheet.at(&format!("translate(0 {top:.1}) scale({scale:.2})"), |sheet| {
                self.plug.paint_metal(sheet)
            });
            return;
        }
        let cord =
            Cord { jacket: Jacket::Braided, color: self.color.dark(0.3), accent: self.accent, width: 30.0 };
        let (x, y) = (-270.0, -470.0);
        cord.paint(
            sheet,
            &format!("M0 {:.0}C0 {:.0} 140 -690 -70 -690S{x} -600 {x} {y}", top + 20.0, top - 160.0),
            14.0,
        );
        let (_, length) = self.plug.grip();
        let place = format!(
            "translate({x} {:.0}) rotate(180) scale(8.4) translate(0 -{:.1})",
            y - 10.0,
            length + 7.0
        );
        sheet.place(&self.plug.outline(), &place, 18.0, |sheet| {
            self.plug.paint(sheet, self.color, self.color.dark(0.3))
        });
    }

    fn scale(&self) -> f64 {
        match self.form {
            Form::Plug => 19.0,
            Form::Dongle => (640.0 / self.body().w).min(11.0),
            _ => 760.0 / self.body().w,
        }
    }

    fn paint_lying(&self, sheet: &mut Sheet, scale: f64, at: (f64, f64)) {
        let (body, thick) = (self.body(), self.thick());
        let outline = body.round(self.radius());
        let slab = Prism { outline: &outline, stance: LYING, scale, at, thick, color: self.color };
        slab.paint(sheet, 38.0, |sheet| self.paint_top(sheet));
        let half = body.h / 2.0 * scale;
        let edge = (at.0 + LYING.down.0 * half, at.1 + LYING.down.1 * half + thick * scale * 0.5);
        let matrix = format!(
            "matrix({:.3} {:.3} 0 {scale:.3} {:.1} {:.1})",
            LYING.across.0 * scale,
            LYING.across.1 * scale,
            edge.0,
            edge.1
        );
        sheet.at(&matrix, |sheet| self.paint_sockets(sheet));
    }

    /// The edge with the sockets, straight on.
    fn paint_edge(&self, sheet: &mut Sheet, scale: f64) {
        let edge = Area::around(0.0, 0.0, self.body().w, self.thick());
        let d = edge.round(4.0);
        sheet.place(&d, &format!("scale({scale:.2})"), 40.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(&d, paint);
            sheet.rim(&edge.inset(0.3).round(3.7), 0.6);
            self.paint_sockets(sheet);
        });
    }

    /// From above, the plug at the top.
    fn paint_flat(&self, sheet: &mut Sheet, scale: f64) {
        self.paint_lead(sheet, scale);
        let outline = self.body().round(self.radius());
        sheet.place(&outline, &format!("scale({scale:.2})"), 36.0, |sheet| self.paint_top(sheet));
    }

    fn paint_underside(&self, sheet: &mut Sheet, scale: f64) {
        let (body, r) = (self.body(), self.radius());
        sheet.place(&body.round(r), &format!("scale({scale:.2})"), 36.0, |sheet| {
            let paint = sheet.lit(self.color.dark(0.1));
            sheet.fill(&body.round(r), paint);
            sheet.rim(&body.inset(0.3).round(r - 0.3), 0.7);
            let pad = body.inset(body.h * 0.16);
            sheet.fill(&pad.round(r * 0.6), INK.light(0.12));
            for row in 0..4 {
                let y = pad.y + pad.h * (0.2 + 0.2 * f64::from(row));
                sheet.haze(&format!("M{:.1} {y:.1}h{:.1}", pad.x + 3.0, pad.w - 6.0), WHITE, 0.5, 0.16);
            }
        });
    }

    fn paint_set(&self, sheet: &mut Sheet) {
        let phone = sample();
        let scale = self.scale() * 0.62;
        sheet.at("translate(120 260)", |sheet| {
            if self.form != Form::Plug {
                let cord = Cord {
                    jacket: Jacket::Braided,
                    color: self.color.dark(0.3),
                    accent: self.accent,
                    width: 26.0,
                };
                let top = self.body().y * scale;
                cord.paint(
                    sheet,
                    &format!("M0 {:.0}C0 {:.0} 250 -60 250 -330", top + 20.0, top - 200.0),
                    14.0,
                );
            }
            let outline = self.body().round(self.radius());
            sheet.place(&outline, &format!("scale({scale:.2})"), 32.0, |sheet| self.paint_top(sheet));
        });
        sheet.place(&phone.outline(), "translate(-250 -40) rotate(-8) scale(5)", 40.0, |sheet| {
            phone.paint_screen(sheet, (self.accent, self.color.light(0.2)));
        });
        sheet.at("translate(370 -90) rotate(0)", |sheet| {
            let (_, length) = self.plug.grip();
            let place = format!("scale(8) translate(0 -{:.1})", length + 7.0);
            sheet
                .place(&self.plug.outline(), &place, 16.0, |sheet| self.plug.paint(sheet, self.color, STEEL));
        });
    }
}

impl Thing for Hub {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let scale = self.scale();
        let small = self.form == Form::Plug;
        match view {
            View::Front => {
                sheet.at(if small { "translate(0 110) rotate(-12)" } else { "translate(40 230)" }, |sheet| {
                    self.paint_flat(sheet, scale);
                })
            }
            View::Angle | View::Hero => {
                self.paint_lying(sheet, scale * if small { 1.2 } else { 1.1 }, (0.0, -40.0))
            }
            View::Back => sheet
                .at("rotate(7)", |sheet| self.paint_underside(sheet, scale * if small { 1.2 } else { 1.15 })),
            View::Detail => {
                sheet.at("rotate(-6)", |sheet| self.paint_edge(sheet, (1040.0 / self.body().w).min(30.0)))
            }
            View::Set => self.paint_set(sheet),
        }
    }
}
