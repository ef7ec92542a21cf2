//! The camera layouts of phones: the opening that a case leaves for them, and the lenses within.
//! Millimetres around the middle of the phone, seen from the back.

use super::color::{Color, INK, STEEL, WHITE};
use super::paint::{Area, Sheet, disc};
use super::phone::Phone;

/// How the lenses of a model are arranged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// An upright pill with two lenses, the flash beside it.
    PillTwo,
    /// A plateau over the whole width: three lenses, flash and depth sensor.
    Plateau,
    /// A bar over the whole width with one lens.
    BarOne,
    One,
    /// A floating bar with three lenses and a flash.
    Visor,
    /// The same with larger lenses and a thermometer.
    VisorPro,
    /// Two lenses, level with the back.
    FlushTwo,
    /// An upright pill with three lenses.
    Island,
    /// The same with two small lenses and a flash beside it.
    IslandUltra,
    /// A black pill with three lenses, the flash outside.
    DarkIsland,
    /// Two lenses and a flash in a corner.
    TwoAndOne,
}

/// One thing in a camera field.
#[derive(Clone, Copy)]
enum Eye {
    Lens(f64),
    Flash,
    Sensor,
}

impl Phone {
    /// The openings that a case leaves: rectangles with their corner radius.
    pub fn openings(&self) -> Vec<(Area, f64)> {
        let (left, top) = (-self.w / 2.0, -self.h / 2.0);
        let area = |x: f64, y: f64, w: f64, h: f64| Area::new(left + x, top + y, w, h);
        match self.layout {
            Layout::PillTwo => vec![(area(4.6, 4.6, 19.0, 37.0), 9.5), (area(26.6, 18.8, 8.0, 8.0), 4.0)],
            Layout::Plateau => vec![(area(3.4, 3.4, self.w - 6.8, 41.0), 13.0)],
            Layout::BarOne => vec![(area(3.4, 3.6, self.w - 6.8, 21.0), 10.5)],
            Layout::One => vec![(area(5.0, 5.0, 16.5, 16.5), 8.2), (area(24.0, 9.6, 7.4, 7.4), 3.7)],
            Layout::Visor | Layout::VisorPro => vec![(area(4.2, 16.5, self.w - 8.4, 25.0), 12.5)],
            Layout::FlushTwo => vec![(area(6.5, 10.5, 40.0, 16.0), 8.0)],
            Layout::Island => vec![(area(4.2, 4.6, 17.4, 49.0), 8.7), (area(24.4, 14.6, 7.4, 7.4), 3.7)],
            Layout::IslandUltra => {
                vec![(area(4.2, 4.6, 18.4, 53.0), 9.2), (area(24.8, 8.0, 11.4, 43.0), 5.7)]
            }
            Layout::DarkIsland => vec![(area(5.0, 5.4, 17.0, 47.0), 8.5), (area(24.6, 11.6, 7.0, 7.0), 3.5)],
            Layout::TwoAndOne => vec![
                (area(5.6, 5.6, 15.6, 15.6), 7.8),
                (area(5.6, 24.6, 15.6, 15.6), 7.8),
                (area(25.4, 9.6, 8.0, 8.0), 4.0),
            ],
        }
    }

    fn eyes(&self) -> Vec<(f64, f64, Eye)> {
        let (left, top, w) = (-self.w / 2.0, -self.h / 2.0, self.w);
        let eyes: Vec<(f64, f64, Eye)> = match self.layout {
            Layout::PillTwo => {
                vec![(14.1, 14.2, Eye::Lens(7.0)), (14.1, 32.0, Eye::Lens(7.0)), (30.6, 22.8, Eye::Flash)]
            }
            Layout::Plateau => vec![
                (16.0, 15.0, Eye::Lens(7.6)),
                (16.0, 33.0, Eye::Lens(7.6)),
                (33.4, 24.0, Eye::Lens(7.6)),
                (w - 11.5, 13.0, Eye::Flash),
                (w - 11.5, 34.0, Eye::Sensor),
            ],
            Layout::BarOne => vec![(16.0, 14.1, Eye::Lens(7.4)), (w - 13.0, 14.1, Eye::Flash)],
            Layout::One => vec![(13.2, 13.2, Eye::Lens(6.8)), (27.7, 13.3, Eye::Flash)],
            Layout::Visor => vec![
                (16.5, 29.0, Eye::Lens(5.6)),
                (30.5, 29.0, Eye::Lens(5.6)),
                (44.0, 29.0, Eye::Lens(4.6)),
                (w - 14.0, 29.0, Eye::Flash),
            ],
            Layout::VisorPro => vec![
                (16.5, 29.0, Eye::Lens(6.4)),
                (31.5, 29.0, Eye::Lens(6.4)),
                (46.0, 29.0, Eye::Lens(5.8)),
                (w - 12.4, 25.2, Eye::Flash),
                (w - 12.4, 33.2, Eye::Sensor),
            ],
            Layout::FlushTwo => {
                vec![(15.5, 18.5, Eye::Lens(5.0)), (28.5, 18.5, Eye::Lens(5.0)), (39.5, 18.5, Eye::Flash)]
            }
            Layout::Island => vec![
                (12.9, 13.6, Eye::Lens(6.2)),
                (12.9, 29.1, Eye::Lens(6.2)),
                (12.9, 44.6, Eye::Lens(6.2)),
                (28.1, 18.3, Eye::Flash),
            ],
            Layout::IslandUltra => vec![
                (13.4, 14.4, Eye::Lens(6.8)),
                (13.4, 31.1, Eye::Lens(6.8)),
                (13.4, 47.8, Eye::Lens(6.8)),
                (30.5, 14.6, Eye::Lens(3.9)),
                (30.5, 29.5, Eye::Flash),
                (30.5, 44.4, Eye::Lens(3.9)),
            ],
            Layout::DarkIsland => vec![
                (13.5, 14.2, Eye::Lens(6.0)),
                (13.5, 29.4, Eye::Lens(6.0)),
                (13.5, 43.2, Eye::Lens(4.4)),
                (28.1, 15.1, Eye::Flash),
            ],
            Layout::TwoAndOne => {
                vec![(13.4, 13.4, Eye::Lens(6.2)), (13.4, 32.4, Eye::Lens(6.2)), (29.4, 13.6, Eye::Flash)]
            }
        };
        eyes.into_iter().map(|(x, y, eye)| (left + x, top + y, eye)).collect()
    }

    /// Paints the camera field and its lenses on a phone of this colour.
    pub fn paint_cameras(&self, sheet: &mut Sheet, color: Color) {
        let plate = match self.layout {
            Layout::Visor | Layout::VisorPro | Layout::DarkIsland => Some(Color::rgb(0x1c1f2b)),
            Layout::PillTwo | Layout::Plateau | Layout::BarOne | Layout::Island | Layout::IslandUltra => {
                Some(color.light(0.1))
            }
            Layout::One | Layout::FlushTwo | Layout::TwoAndOne => None,
        };
        if let (Some(plate), Some((area, r))) = (plate, self.openings().first()) {
            let bar = area.inset(1.6);
            let paint = sheet.lit(plate);
            sheet.fill(&bar.round(r - 1.6), paint);
            sheet.rim(&bar.inset(0.3).round(r - 1.9), 0.6);
        }
        for (x, y, eye) in self.eyes() {
            paint_eye(sheet, (x, y), eye);
        }
    }
}

fn paint_eye(sheet: &mut Sheet, (x, y): (f64, f64), eye: Eye) {
    match eye {
        Eye::Lens(r) => lens(sheet, (x, y), r),
        Eye::Flash => {
            let glow = sheet.radial((0.4, 0.4, 0.7), &[(0.0, WHITE, 1.0), (1.0, Color::rgb(0xffdf9a), 1.0)]);
            sheet.fill(&disc(x, y, 2.3), STEEL.dark(0.2));
            sheet.fill(&disc(x, y, 1.9), glow);
        }
        Eye::Sensor => {
            sheet.fill(&disc(x, y, 2.1), INK);
            sheet.fill(&disc(x, y, 0.9), Color::rgb(0x4a2a3c));
        }
    }
}

/// One lens: metal rim, black glass, a blue coating and two reflections.
fn lens(sheet: &mut Sheet, (x, y): (f64, f64), r: f64) {
    let rim = sheet
        .gradient((0.0, 0.0, 1.0, 1.0), &[(0.0, WHITE, 1.0), (0.5, STEEL, 1.0), (1.0, STEEL.dark(0.6), 1.0)]);
    sheet.fill(&disc(x, y, r), rim);
    sheet.fill(&disc(x, y, r * 0.88), Color::rgb(0x0d0e16));
    let glass = sheet.radial(
        (0.36, 0.34, 0.75),
        &[
            (0.0, Color::rgb(0x5a6cc0), 1.0),
            (0.45, Color::rgb(0x232a55), 1.0),
            (1.0, Color::rgb(0x0b0c14), 1.0),
        ],
    );
    sheet.fill(&disc(x, y, r * 0.56), glass);
    sheet.fill(&disc(x, y, r * 0.2), Color::rgb(0x07080d));
    sheet.tint(&disc(x - r * 0.26, y - r * 0.3, r * 0.13), WHITE, 0.9);
    sheet.tint(&disc(x + r * 0.24, y + r * 0.26, r * 0.08), Color::rgb(0xc7a6ff), 0.8);
    let arc = format!("M{:.2} {:.2}a{a:.2} {a:.2} 0 0 1 {a:.2} -{a:.2}", x - r * 0.72, y, a = r * 0.72);
    sheet.haze(&arc, WHITE, r * 0.07, 0.4);
}
