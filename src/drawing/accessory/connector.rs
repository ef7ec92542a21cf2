//! Plugs and sockets, in millimetres. A plug points up: its tip is at negative y, its cable leaves at positive y.

use super::color::{Color, GOLD, INK, STEEL, WHITE};
use super::paint::{Area, Sheet, disc};

/// A connector of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Plug {
    UsbC,
    UsbA,
    Lightning,
    /// A 3.5 mm headphone plug.
    Jack,
    Hdmi,
    Ethernet,
    Sd,
    MicroSd,
}

pub const PLUGS: &[(&str, Plug)] = &[
    ("usb-c", Plug::UsbC),
    ("usb-a", Plug::UsbA),
    ("lightning", Plug::Lightning),
    ("jack", Plug::Jack),
    ("hdmi", Plug::Hdmi),
    ("ethernet", Plug::Ethernet),
    ("sd", Plug::Sd),
    ("microsd", Plug::MicroSd),
];

impl Plug {
    /// Width and length of the metal in mm.
    fn metal(self) -> (f64, f64) {
        match self {
            Plug::UsbC => (8.3, 6.6),
            Plug::UsbA => (12.0, 12.2),
            Plug::Lightning => (6.7, 6.7),
            Plug::Jack => (3.5, 14.0),
            Plug::Hdmi | Plug::Ethernet | Plug::Sd | Plug::MicroSd => (13.9, 11.0),
        }
    }

    /// Width and length of the moulded grip in mm.
    pub fn grip(self) -> (f64, f64) {
        match self {
            Plug::UsbC => (11.4, 21.0),
            Plug::UsbA => (15.4, 24.0),
            Plug::Lightning => (8.6, 17.0),
            Plug::Jack => (8.0, 20.0),
            Plug::Hdmi | Plug::Ethernet | Plug::Sd | Plug::MicroSd => (19.0, 26.0),
        }
    }

    /// The outline of grip and metal together, for shadows.
    pub fn outline(self) -> String {
        let ((mw, ml), (gw, gl)) = (self.metal(), self.grip());
        let metal = Area::new(-mw / 2.0, -ml, mw, ml + 1.0).round(1.0);
        format!("{metal}{}", Area::new(-gw / 2.0, 0.0, gw, gl).round(2.6))
    }

    /// Paints the plug; the cable joins at `(0, grip length)`.
    pub fn paint(self, sheet: &mut Sheet, body: Color, cable: Color) {
        let (gw, gl) = self.grip();
        self.paint_metal(sheet);
        let relief = Area::new(-2.9, gl - 1.0, 5.8, 9.0).round(2.2);
        let paint = sheet.barrel(cable.dark(0.2));
        sheet.fill(&relief, paint);
        for step in 0..3 {
            let y = gl + 1.6 + 2.2 * f64::from(step);
            sheet.haze(&format!("M-2.4 {y:.1}h4.8"), INK, 0.6, 0.4);
        }
        let grip = Area::new(-gw / 2.0, 0.0, gw, gl);
        let paint = sheet.barrel(body);
        sheet.fill(&grip.round(2.4), paint);
        sheet.rim(&grip.inset(0.25).round(2.2), 0.5);
        sheet.tint(&Area::new(-gw / 2.0 + 1.2, 2.6, 1.3, gl - 5.0).round(0.6), WHITE, 0.4);
        sheet.haze(&format!("M{:.1} {:.1}h{:.1}", -gw / 2.0 + 0.3, gl - 3.0, gw - 0.6), INK, 0.5, 0.3);
    }

    /// Paints the metal alone, its root at the origin.
    pub fn paint_metal(self, sheet: &mut Sheet) {
        let (w, l) = self.metal();
        let stops = [
            (0.0, STEEL.dark(0.25), 1.0),
            (0.18, WHITE, 1.0),
            (0.5, STEEL, 1.0),
            (0.85, STEEL.dark(0.35), 1.0),
            (1.0, STEEL.dark(0.1), 1.0),
        ];
        let steel = sheet.gradient((0.0, 0.0, 1.0, 0.0), &stops);
        let area = Area::new(-w / 2.0, -l, w, l + 0.6);
        match self {
            Plug::UsbC => {
                sheet.fill(&area.round(1.2), steel);
                sheet.tint(&Area::new(-w / 2.0 + 0.9, -l + 0.25, w - 1.8, 0.75).round(0.37), INK, 0.55);
                sheet.haze(&format!("M{:.1} -1.3h{:.1}", -w / 2.0 + 0.4, w - 0.8), INK, 0.35, 0.3);
            }
            Plug::UsbA => {
                sheet.fill(&area.round(0.6), steel);
                sheet.fill(&Area::new(-4.0, -8.6, 2.5, 2.5).round(0.2), INK);
                sheet.fill(&Area::new(1.5, -8.6, 2.5, 2.5).round(0.2), INK);
                sheet.haze("M0 -5.8v5.4", INK, 0.3, 0.4);
                sheet.tint(&Area::new(-w / 2.0 + 0.5, -l + 0.2, w - 1.0, 0.7).round(0.2), INK, 0.5);
            }
            Plug::Lightning => {
                sheet.fill(&area.round(1.6), steel);
                for contact in 0..8 {
                    let x = -2.55 + 0.69 * f64::from(contact);
                    sheet.fill(&Area::new(x, -5.7, 0.46, 3.6).round(0.2), GOLD);
                }
                sheet.fill(&disc(-w / 2.0, -3.0, 0.55), INK);
                sheet.fill(&disc(w / 2.0, -3.0, 0.55), INK);
            }
            Plug::Jack => {
                let gold = sheet.barrel(GOLD);
                sheet.fill("M-1.75 .6V-11.2L-1.2 -12.2Q-1.7 -13 -1.2 -13.6L0 -14.4L1.2 -13.6Q1.7 -13 1.2 -12.2L1.75 -11.2V.6z", gold);
                for y in [-4.2, -7.6, -11.0] {
                    sheet.line(&format!("M-1.6 {y}h3.2"), INK, 0.5);
                }
            }
            Plug::Hdmi | Plug::Ethernet | Plug::Sd | Plug::MicroSd => {
                sheet.fill("M-6.95 .6V-11h13.9V.6z", steel);
                sheet.tint("M-5.4 -8.4h3v4h-3zM2.4 -8.4h3v4h-3z", INK, 0.5);
            }
        }
    }

    /// Paints the end of the plug as it looks into the socket, around the origin.
    pub fn paint_end(self, sheet: &mut Sheet, body: Color) {
        let (gw, _) = self.grip();
        let thick = match self {
            Plug::UsbA | Plug::Hdmi => 8.0,
            _ => 6.0,
        };
        let grip = Area::around(0.0, 0.0, gw, thick);
        let paint = sheet.lit(body);
        sheet.fill(&grip.round(2.6), paint);
        sheet.rim(&grip.inset(0.2).round(2.4), 0.4);
        let steel = sheet.lit(STEEL);
        match self {
            Plug::UsbC => {
                sheet.fill(&Area::around(0.0, 0.0, 8.3, 2.5).round(1.25), steel);
                sheet.fill(&Area::around(0.0, 0.0, 7.5, 1.75).round(0.87), INK);
                for contact in 0..12 {
                    let x = -2.9 + 0.5 * f64::from(contact);
                    sheet.fill(&Area::new(x, -0.75, 0.3, 0.32).round(0.0), GOLD);
                    sheet.fill(&Area::new(x, 0.43, 0.3, 0.32).round(0.0), GOLD);
                }
            }
            Plug::UsbA => {
                sheet.fill(&Area::around(0.0, 0.0, 12.0, 4.6).round(0.5), steel);
                sheet.fill(&Area::around(0.0, 0.0, 11.2, 3.8).round(0.3), INK);
                sheet.fill(&Area::new(-5.4, 0.0, 10.8, 1.8).round(0.1), body.light(0.7));
                for contact in 0..4 {
                    sheet.fill(&Area::new(-4.3 + 2.4 * f64::from(contact), -0.1, 1.3, 0.5).round(0.0), GOLD);
                }
            }
            Plug::Lightning => {
                sheet.fill(&Area::around(0.0, 0.0, 6.7, 1.5).round(0.75), steel);
                for contact in 0..8 {
                    sheet.fill(
                        &Area::new(-2.55 + 0.69 * f64::from(contact), -0.75, 0.46, 0.4).round(0.1),
                        GOLD,
                    );
                }
            }
            Plug::Jack | Plug::Hdmi | Plug::Ethernet | Plug::Sd | Plug::MicroSd => {
                sheet.fill(&disc(0.0, 0.0, 1.75), steel);
            }
        }
    }
}

/// Width and height of a socket in mm, its rim included.
pub fn socket_size(plug: Plug) -> (f64, f64) {
    match plug {
        Plug::UsbC => (9.6, 3.9),
        Plug::UsbA => (13.9, 6.4),
        Plug::Lightning => (7.6, 2.6),
        Plug::Jack => (5.4, 5.4),
        Plug::Hdmi => (15.0, 5.8),
        Plug::Ethernet => (13.0, 11.0),
        Plug::Sd => (25.0, 3.0),
        Plug::MicroSd => (12.4, 2.4),
    }
}

/// Paints a socket around the origin in a body of this colour.
pub fn paint_socket(sheet: &mut Sheet, plug: Plug, body: Color) {
    let (w, h) = socket_size(plug);
    let rim = Area::around(0.0, 0.0, w, h);
    let tongue = Color::rgb(0x565c6e);
    let metal = sheet.gradient((0.0, 0.0, 1.0, 1.0), &[(0.0, STEEL.dark(0.3), 1.0), (1.0, WHITE, 1.0)]);
    match plug {
        Plug::UsbC => {
            sheet.fill(&rim.round(h / 2.0), metal);
            sheet.fill(&rim.inset(0.4).round(h / 2.0 - 0.4), INK);
            sheet.fill(&Area::around(0.0, 0.0, w - 3.0, 0.85).round(0.4), tongue);
            sheet.fill(&Area::around(0.0, -0.3, w - 3.6, 0.2).round(0.1), GOLD);
        }
        Plug::UsbA => {
            sheet.fill(&rim.round(0.8), metal);
            sheet.fill(&rim.inset(0.5).round(0.5), INK);
            let bar = Area::new(-w / 2.0 + 1.2, -h / 2.0 + 0.9, w - 2.4, 2.0);
            sheet.fill(&bar.round(0.3), body.mix(Color::rgb(0x3a5cff), 0.75));
            for contact in 0..4 {
                sheet.fill(
                    &Area::new(-4.6 + 2.55 * f64::from(contact), bar.y + 1.3, 1.4, 0.7).round(0.1),
                    GOLD,
                );
            }
        }
        Plug::Lightning | Plug::MicroSd | Plug::Sd => {
            sheet.fill(&rim.round(0.8), metal);
            sheet.fill(&rim.inset(0.35).round(0.6), INK);
            sheet.fill(&Area::new(-w / 2.0 + 1.0, h / 2.0 - 1.0, w - 2.0, 0.4).round(0.1), tongue);
        }
        Plug::Jack => {
            sheet.fill(&disc(0.0, 0.0, w / 2.0), metal);
            sheet.fill(&disc(0.0, 0.0, 1.8), INK);
        }
        Plug::Hdmi => {
            let d = "M-7 -2.6h14v2.6l-1.6 2.6h-10.8l-1.6 -2.6z";
            sheet.fill(d, INK);
            sheet.line(d, metal, 0.7);
            sheet.fill(&Area::around(0.0, -0.4, 10.4, 1.1).round(0.3), tongue);
        }
        Plug::Ethernet => {
            sheet.fill(&rim.round(0.8), metal);
            sheet.fill("M-5.4 -4.6h10.8v7h-2.4v1.6h-2v1.2h-2v-1.2h-2v-1.6h-2.4z", INK);
            for contact in 0..8 {
                sheet.line(&format!("M{:.1} -4.4v1.8", -3.5 + f64::from(contact)), GOLD, 0.45);
            }
        }
    }
}
