//! Mains chargers with European pins, desk chargers with a cord and car chargers.

use super::cable::Cable;
use super::coil::{Cord, Jacket};
use super::color::{Color, GOLD, INK, STEEL, WHITE};
use super::connector::{PLUGS, Plug, paint_socket, socket_size};
use super::digits::paint_watts;
use super::fields::Fields;
use super::paint::{Area, Sheet, disc, ellipse};
use super::phone::sample;
use super::solid::{Prism, STANDING, Stance};
use super::{Thing, View};

/// The build of a charger.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    /// A block that plugs into the wall.
    Block,
    /// A flat block, ports side by side.
    Slim,
    /// Stands on the desk, with a mains cord.
    Desk,
    /// For the 12 V socket of a car.
    Car,
}

const FORMS: &[(&str, Form)] =
    &[("block", Form::Block), ("slim", Form::Slim), ("desk", Form::Desk), ("car", Form::Car)];

/// A charger and its ports. Millimetres.
pub struct Charger {
    form: Form,
    color: Color,
    /// The colour of the face that holds the ports.
    face: Color,
    ports: Vec<Plug>,
    watts: i64,
}

/// The pins of a European plug: 4 mm thick, 19 mm long, 19 mm apart.
const PIN: (f64, f64, f64) = (4.0, 19.0, 19.0);
/// A block whose pins point at the viewer's left.
const TURNED: Stance = Stance { across: (0.80, -0.2), down: (0.0, 1.0), depth: (0.72, 0.2) };

impl Charger {
    pub fn read(fields: &mut Fields) -> Result<Charger, String> {
        let color = fields.color("color", Color::rgb(0xf6f5f1))?;
        let ports = fields.list("ports", PLUGS, &[Plug::UsbC])?;
        if ports.is_empty() || ports.len() > 6 {
            return Err("`ports` needs one to six entries".to_string());
        }
        Ok(Charger {
            form: fields.choice("form", FORMS, Form::Block)?,
            color,
            face: fields.color("face", color.dark(0.1))?,
            ports,
            watts: fields.count("watts", (5, 240), 30)?,
        })
    }

    /// A plain block for a picture of something else.
    pub fn plain(color: Color, ports: &[Plug]) -> Charger {
        Charger { form: Form::Block, color, face: color.dark(0.1), ports: ports.to_vec(), watts: 30 }
    }

    /// Width, height and depth of the body in mm.
    fn size(&self) -> (f64, f64, f64) {
        let count = self.ports.len() as f64;
        match self.form {
            Form::Block => (28.0 + 2.6 * count, 30.0 + 6.5 * (count - 1.0), 30.0 + 5.0 * count),
            Form::Slim => (26.0 + 13.0 * count, 19.0, 44.0),
            Form::Desk => (30.0 + 14.0 * count, 30.0, 62.0),
            Form::Car => (26.0, 26.0, 58.0),
        }
    }

    fn body(&self) -> Area {
        let (w, h, _) = self.size();
        Area::around(0.0, 0.0, w, h)
    }

    fn radius(&self) -> f64 {
        if self.form == Form::Slim { 6.0 } else { 7.5 }
    }

    /// Positions of the ports on the face.
    fn port_places(&self) -> Vec<(f64, f64, Plug)> {
        let count = self.ports.len() as f64;
        let beside = self.form != Form::Block;
        let gap = |plug: Plug| if beside { socket_size(plug).0 + 4.4 } else { socket_size(plug).1 + 4.2 };
        let total: f64 = self.ports.iter().map(|plug| gap(*plug)).sum();
        let mut at = -total / 2.0 + if beside || count < 2.0 { 0.0 } else { 1.0 };
        let place = |plug: &Plug| {
            let middle = at + gap(*plug) / 2.0;
            at += gap(*plug);
            if beside { (middle, 0.0, *plug) } else { (0.0, middle, *plug) }
        };
        self.ports.iter().map(place).collect()
    }

    /// The face with the ports.
    fn paint_face(&self, sheet: &mut Sheet) {
        let body = self.body();
        let paint = sheet.lit(self.color.light(0.06));
        sheet.fill(&body.round(self.radius()), paint);
        let panel = body.inset(2.2);
        let paint = sheet.gradient(
            (0.0, 0.0, 0.8, 1.0),
            &[(0.0, self.face.light(0.18), 1.0), (1.0, self.face.dark(0.08), 1.0)],
        );
        sheet.fill(&panel.round(self.radius() - 2.0), paint);
        sheet.haze(&panel.round(self.radius() - 2.0), INK, 0.3, 0.25);
        sheet.rim(&body.inset(0.3).round(self.radius() - 0.3), 0.6);
        for (x, y, plug) in self.port_places() {
            sheet.at(&format!("translate({x:.1} {y:.1})"), |sheet| paint_socket(sheet, plug, self.color));
        }
        let lamp = if self.form == Form::Block { (0.0, body.y + 4.4) } else { (body.x + 5.0, 0.0) };
        sheet.fill(&disc(lamp.0, lamp.1, 0.7), Color::rgb(0x8effc8));
    }

    /// The face with the pins, without them.
    fn paint_plug_face(&self, sheet: &mut Sheet) {
        let body = self.body();
        let paint = sheet.lit(self.color.light(0.04));
        sheet.fill(&body.round(self.radius()), paint);
        sheet.rim(&body.inset(0.3).round(self.radius() - 0.3), 0.6);
        let base = Area::around(0.0, 0.0, 33.0_f64.min(body.w - 4.0), 14.0);
        sheet.at("translate(.6 .9)", |sheet| sheet.tint(&base.round(6.6), INK, 0.25));
        let paint = sheet.lit(self.color);
        sheet.fill(&base.round(6.6), paint);
        sheet.rim(&base.inset(0.2).round(6.4), 0.4);
        sheet.at(&format!("translate(0 {:.1}) scale(.22)", body.h / 2.0 - 4.0), |sheet| {
            paint_watts(sheet, self.watts, self.color.mark());
        });
    }

    /// Seen straight on the ports, pins hidden, `scale` units per mm.
    pub fn paint_flat(&self, sheet: &mut Sheet, scale: f64) {
        let d = self.body().round(self.radius());
        sheet.place(&d, &format!("scale({scale})"), 30.0, |sheet| self.paint_face(sheet));
    }

    /// From above: pins at the top, the first port at the lower edge.
    pub fn paint_top(&self, sheet: &mut Sheet, scale: f64) {
        let (w, _, depth) = self.size();
        let body = Area::around(0.0, 0.0, w.max(32.0), depth);
        let d = body.round(7.0);
        for x in [-PIN.2 / 2.0, PIN.2 / 2.0] {
            paint_pin(sheet, (x * scale, (body.y + 2.0) * scale), (0.0, -1.0), scale);
        }
        sheet.place(&d, &format!("scale({scale})"), 30.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(&d, paint);
            sheet.rim(&body.inset(0.3).round(6.7), 0.6);
            sheet.at("scale(.62)", |sheet| paint_watts(sheet, self.watts, self.color.mark()));
        });
    }

    /// From the front left, the ports at the viewer, `scale` units per mm.
    pub fn paint_block(&self, sheet: &mut Sheet, scale: f64) {
        let (w, h, depth) = self.size();
        let outline = self.body().round(self.radius());
        let reach = (STANDING.depth.0 * depth * scale, STANDING.depth.1 * depth * scale);
        let at = (-reach.0 * 0.5, -reach.1 * 0.5);
        let back = (at.0 + reach.0, at.1 + reach.1);
        if self.form == Form::Desk {
            let cord =
                Cord { jacket: Jacket::Smooth, color: INK.light(0.12), accent: INK, width: 5.0 * scale };
            let (x, y) = (back.0 + 0.2 * w * scale, back.1 + h * 0.12 * scale);
            cord.paint(sheet, &format!("M{x:.1} {y:.1}c160 -60 90 190 420 90"), 14.0);
        } else {
            for side in [1.0, -1.0] {
                let offset = (
                    STANDING.across.0 * side * PIN.2 / 2.0 * scale,
                    STANDING.across.1 * side * PIN.2 / 2.0 * scale,
                );
                paint_pin(sheet, (back.0 + offset.0, back.1 + offset.1), STANDING.depth, scale);
            }
        }
        let body = Prism { outline: &outline, stance: STANDING, scale, at, thick: depth, color: self.color };
        body.paint(sheet, 40.0, |sheet| self.paint_face(sheet));
        let side = (at.0 + STANDING.across.0 * w / 2.0 * scale, at.1 + STANDING.across.1 * w / 2.0 * scale);
        let matrix = format!(
            "matrix({:.3} {:.3} 0 {scale:.3} {:.1} {:.1}) translate({:.1} 0) scale({:.2})",
            STANDING.depth.0 * scale,
            STANDING.depth.1 * scale,
            side.0,
            side.1,
            depth * 0.54,
            (h / 54.0).min(0.6)
        );
        sheet.at(&matrix, |sheet| paint_watts(sheet, self.watts, self.color.mark()));
    }

    /// From behind, the pins at the viewer.
    fn paint_turned(&self, sheet: &mut Sheet, scale: f64) {
        let (_, _, depth) = self.size();
        let outline = self.body().round(self.radius());
        let at = (-TURNED.depth.0 * depth * scale * 0.42, -TURNED.depth.1 * depth * scale * 0.5);
        let body = Prism { outline: &outline, stance: TURNED, scale, at, thick: depth, color: self.color };
        body.paint(sheet, 40.0, |sheet| {
            if self.form == Form::Desk { self.paint_face(sheet) } else { self.paint_plug_face(sheet) }
        });
        if self.form == Form::Desk {
            return;
        }
        for side in [1.0, -1.0] {
            let offset =
                (TURNED.across.0 * side * PIN.2 / 2.0 * scale, TURNED.across.1 * side * PIN.2 / 2.0 * scale);
            let (x, y) = (at.0 + offset.0, at.1 + offset.1);
            sheet.haze(
                &format!("M{:.1} {:.1}l{:.1} {:.1}", x + 6.0, y + 26.0, -3.0 * scale, 9.0 * scale),
                INK,
                PIN.0 * scale,
                0.16,
            );
            paint_pin(sheet, (x, y), (-0.62, 0.44), scale);
        }
    }

    /// Straight on the pins.
    fn paint_rear(&self, sheet: &mut Sheet, scale: f64) {
        let d = self.body().round(self.radius());
        sheet.place(&d, &format!("scale({scale:.2})"), 44.0, |sheet| {
            self.paint_plug_face(sheet);
            for side in [-1.0, 1.0] {
                let x = side * PIN.2 / 2.0;
                sheet.tint(&disc(x + 1.0, 1.3, 2.4), INK, 0.3);
                sheet.fill(&disc(x, 0.0, 2.5), INK.light(0.2));
                let metal = sheet.radial((0.35, 0.3, 0.8), &[(0.0, WHITE, 1.0), (1.0, STEEL.dark(0.3), 1.0)]);
                sheet.fill(&disc(x, 0.0, 1.9), metal);
            }
        });
    }

    /// A car charger from the side, its ports at the viewer's left.
    fn paint_car(&self, sheet: &mut Sheet, scale: f64) {
        let outline = "M-30 -13Q-34 -13 -34 0T-30 13H-14V11H22L28 8V-8L22 -11H-14V-13z";
        sheet.place(outline, &format!("rotate(-24) scale({scale:.2})"), 40.0, |sheet| {
            let upright = |sheet: &mut Sheet, color: Color| {
                let stops = [
                    (0.0, color.dark(0.1), 1.0),
                    (0.22, color.light(0.42), 1.0),
                    (0.5, color, 1.0),
                    (1.0, color.dark(0.45), 1.0),
                ];
                sheet.gradient((0.0, 0.0, 0.0, 1.0), &stops)
            };
            let tip = upright(sheet, GOLD);
            sheet.fill("M27 -4h5q3 0 3 4t-3 4h-5z", tip);
            let barrel = upright(sheet, INK.light(0.2));
            sheet.fill("M-14 -11H20q8 0 8 5V6q0 5 -8 5H-14z", barrel);
            let clip = upright(sheet, STEEL);
            sheet.fill("M2 -13q8 -3 15 1.5v2H2zM2 13q8 3 15 -1.5v-2H2z", clip);
            let head = upright(sheet, self.color);
            sheet.fill("M-30 -13.5H-12q3 0 3 3V10.5q0 3 -3 3H-30z", head);
            sheet.haze("M-14 -13.4V13.4", INK, 0.5, 0.3);
            sheet.fill(&ellipse(-30.0, 0.0, 7.0, 13.5), self.color.light(0.1));
            sheet.fill(&ellipse(-30.0, 0.0, 6.2, 12.3), self.face);
            sheet.at("translate(-30 0) scale(.5 1) rotate(90) scale(.78)", |sheet| {
                let count = self.ports.len() as f64;
                for (place, plug) in self.ports.iter().enumerate() {
                    let y = (place as f64 - (count - 1.0) / 2.0) * -9.0;
                    sheet.at(&format!("translate(0 {y:.1})"), |sheet| paint_socket(sheet, *plug, self.color));
                }
            });
            sheet.at("translate(5 0) scale(.62)", |sheet| paint_watts(sheet, self.watts, WHITE));
        });
    }

    /// The car charger's face.
    fn paint_car_face(&self, sheet: &mut Sheet, scale: f64) {
        let d = disc(0.0, 0.0, 14.0);
        sheet.place(&d, &format!("scale({scale:.2})"), 44.0, |sheet| {
            let paint = sheet.lit(self.color);
            sheet.fill(&d, paint);
            sheet.rim(&disc(0.0, 0.0, 13.7), 0.6);
            let paint = sheet.lit(self.face);
            sheet.fill(&disc(0.0, 0.0, 12.0), paint);
            let count = self.ports.len() as f64;
            for (place, plug) in self.ports.iter().enumerate() {
                let y = (place as f64 - (count - 1.0) / 2.0) * 8.4;
                sheet.at(&format!("translate(0 {y:.1})"), |sheet| paint_socket(sheet, *plug, self.color));
            }
        });
    }

    /// With a cable and the phone that it fills.
    fn paint_set(&self, sheet: &mut Sheet) {
        let phone = sample();
        let tone = (self.face.mix(Color::rgb(0x3a5cff), 0.4), Color::rgb(0xff6f59));
        let place = "translate(250 10) rotate(10) scale(4.6)";
        sheet.place(&phone.outline(), place, 40.0, |sheet| {
            phone.paint_screen(sheet, tone);
            sheet.at("translate(0 -26) scale(2.2)", |sheet| sheet.fill(super::digits::BOLT, WHITE));
        });
        if self.form == Form::Car {
            sheet.at("translate(-260 60)", |sheet| self.paint_car_face(sheet, 13.0));
        } else {
            let scale = (460.0 / self.body().w).min(470.0 / self.body().h);
            sheet.at("translate(-270 -90)", |sheet| self.paint_flat(sheet, scale));
        }
        let cable = Cable::plain(self.color.mix(Color::rgb(0x3a5cff), 0.75));
        sheet.at("translate(-100 330) scale(.5)", |sheet| cable.paint_coiled(sheet));
    }
}

/// A pin that leaves `(x, y)` in a direction: sleeve first, metal at the tip.
fn paint_pin(sheet: &mut Sheet, (x, y): (f64, f64), (dx, dy): (f64, f64), scale: f64) {
    let (tx, ty) = (dx * PIN.1 * scale, dy * PIN.1 * scale);
    let line = format!("M{x:.1} {y:.1}l{tx:.1} {ty:.1}");
    let width = PIN.0 * scale;
    sheet.line(&line, STEEL.dark(0.45), width);
    sheet.line(&line, STEEL, width * 0.8);
    sheet.at(&format!("translate(0 -{:.1})", width * 0.2), |sheet| {
        sheet.haze(&line, WHITE, width * 0.22, 0.9)
    });
    let sleeve = format!("M{x:.1} {y:.1}l{:.1} {:.1}", tx * 0.5, ty * 0.5);
    sheet.dashes(&sleeve, INK.light(0.08), width, "900 1");
    sheet.at(&format!("translate(0 -{:.1})", width * 0.2), |sheet| {
        sheet.dashes(&sleeve, INK.light(0.4), width * 0.2, "900 1");
    });
}

impl Thing for Charger {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        let (w, h, depth) = self.size();
        let scale = if self.form == Form::Desk { 1140.0 } else { 920.0 } / (w * 0.86 + depth * 0.8 + 8.0);
        match (view, self.form) {
            (View::Front, Form::Car) => self.paint_car(sheet, 13.5),
            (View::Angle | View::Hero, Form::Car) => {
                sheet.at("rotate(200)", |sheet| self.paint_car(sheet, 13.0));
            }
            (View::Back | View::Detail, Form::Car) => self.paint_car_face(sheet, 28.0),
            (View::Front, _) => self.paint_block(sheet, scale),
            (View::Angle | View::Hero, _) => self.paint_turned(sheet, scale * 0.94),
            (View::Back, Form::Desk) => self.paint_flat(sheet, 860.0 / w),
            (View::Back, _) => self.paint_rear(sheet, (720.0 / w).min(800.0 / h)),
            (View::Detail, _) => {
                sheet.at("translate(120 60) rotate(-9)", |sheet| self.paint_flat(sheet, 1150.0 / w.max(h)));
            }
            (View::Set, _) => self.paint_set(sheet),
        }
    }
}
