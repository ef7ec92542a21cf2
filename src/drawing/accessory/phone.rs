//! Phones: the outline, buttons and screen of each model, in millimetres around the middle of the body.

use super::camera::Layout;
use super::color::{Color, INK, WHITE};
use super::paint::{Area, Sheet, disc};

/// Which side controls a model has; heights are seen from the back, so left and right are swapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keys {
    Apple,
    Google,
    Samsung,
}

/// What the screen's camera looks like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notch {
    Island,
    Hole,
}

/// One phone.
#[derive(Clone, Copy, Debug)]
pub struct Phone {
    /// Width and height of the body in mm.
    pub w: f64,
    pub h: f64,
    /// Corner radius in mm.
    pub r: f64,
    pub layout: Layout,
    pub keys: Keys,
    pub notch: Notch,
}

const fn apple(w: f64, h: f64, layout: Layout) -> Phone {
    Phone { w, h, r: 13.5, layout, keys: Keys::Apple, notch: Notch::Island }
}

const fn google(w: f64, h: f64, layout: Layout) -> Phone {
    Phone { w, h, r: 12.5, layout, keys: Keys::Google, notch: Notch::Hole }
}

const fn samsung(w: f64, h: f64, r: f64, layout: Layout) -> Phone {
    Phone { w, h, r, layout, keys: Keys::Samsung, notch: Notch::Hole }
}

/// Every model that a demo file may name.
pub const MODELS: &[(&str, Phone)] = &[
    ("iphone-17", apple(71.5, 149.6, Layout::PillTwo)),
    ("iphone-17-pro", apple(71.9, 150.0, Layout::Plateau)),
    ("iphone-17-pro-max", apple(78.0, 163.4, Layout::Plateau)),
    ("iphone-air", apple(74.7, 156.2, Layout::BarOne)),
    ("iphone-16e", apple(71.5, 146.7, Layout::One)),
    ("pixel-10", google(72.0, 152.8, Layout::Visor)),
    ("pixel-10-pro", google(72.0, 152.8, Layout::VisorPro)),
    ("pixel-10-pro-xl", google(76.6, 162.8, Layout::VisorPro)),
    ("pixel-9a", google(73.3, 154.7, Layout::FlushTwo)),
    ("galaxy-s26", samsung(71.7, 149.6, 11.5, Layout::Island)),
    ("galaxy-s26-plus", samsung(75.8, 158.4, 11.5, Layout::Island)),
    ("galaxy-s26-ultra", samsung(78.1, 163.6, 9.5, Layout::IslandUltra)),
    ("galaxy-a56", samsung(77.5, 162.2, 11.0, Layout::DarkIsland)),
    ("fairphone-6", google(73.3, 156.5, Layout::TwoAndOne)),
];

/// The phone that stands in where a picture needs any.
pub fn sample() -> Phone {
    MODELS[5].1
}

impl Phone {
    pub fn body(&self) -> Area {
        Area::around(0.0, 0.0, self.w, self.h)
    }

    pub fn outline(&self) -> String {
        self.body().round(self.r)
    }

    /// The side buttons seen from the back: side (−1 left, 1 right), middle and length in mm.
    pub fn buttons(&self) -> &'static [(f64, f64, f64)] {
        match self.keys {
            Keys::Apple => &[(1.0, -45.0, 9.0), (1.0, -29.0, 11.0), (1.0, -15.0, 11.0), (-1.0, -24.0, 17.0)],
            Keys::Google => &[(-1.0, -25.0, 10.0), (-1.0, -5.0, 21.0)],
            Keys::Samsung => &[(-1.0, -32.0, 21.0), (-1.0, -9.0, 10.0)],
        }
    }

    /// Paints the bare back of the phone, without its cameras.
    pub fn paint_back(&self, sheet: &mut Sheet, color: Color) {
        let d = self.outline();
        let paint = sheet.lit(color);
        sheet.fill(&d, paint);
        sheet.rim(&self.body().inset(0.4).round(self.r - 0.4), 0.8);
    }

    /// Paints the phone from the front with a wallpaper in these colours.
    pub fn paint_screen(&self, sheet: &mut Sheet, (low, high): (Color, Color)) {
        for (side, middle, length) in self.buttons() {
            let key = Area::around(-side * (self.w / 2.0 + 0.1), *middle, 1.6, *length).round(0.7);
            sheet.fill(&key, Color::rgb(0x4b5060));
        }
        let frame = sheet.lit(Color::rgb(0x5c6272));
        sheet.fill(&self.outline(), frame);
        sheet.fill(&self.body().inset(1.0).round(self.r - 1.0), INK);
        let screen = self.body().inset(2.6);
        let d = screen.round(self.r - 2.4);
        sheet.clip(&d, |sheet| wallpaper(sheet, screen, (low, high)));
        self.paint_notch(sheet, screen);
        let shine = format!("M{} {}h26L{} {}h-30z", screen.x, screen.y, screen.x + 4.0, screen.y + screen.h);
        sheet.clip(&d, |sheet| sheet.tint(&shine, WHITE, 0.1));
    }

    fn paint_notch(&self, sheet: &mut Sheet, screen: Area) {
        let top = screen.y;
        match self.notch {
            Notch::Island => {
                sheet.fill(&Area::around(0.0, top + 6.6, 20.0, 6.0).round(3.0), INK);
                sheet.fill(&disc(6.6, top + 6.6, 1.6), Color::rgb(0x2b3152));
            }
            Notch::Hole => {
                sheet.fill(&disc(0.0, top + 5.6, 2.2), INK);
                sheet.fill(&disc(0.0, top + 5.6, 1.0), Color::rgb(0x2b3152));
            }
        }
    }
}

/// A calm wallpaper: sky, a sun and two hills.
fn wallpaper(sheet: &mut Sheet, screen: Area, (low, high): (Color, Color)) {
    let Area { x, y, w, h } = screen;
    let sky =
        sheet.gradient((0.0, 0.0, 0.0, 1.0), &[(0.0, high.light(0.1), 1.0), (1.0, high.light(0.55), 1.0)]);
    sheet.fill(&screen.round(0.0), sky);
    sheet.fill(&disc(x + w * 0.62, y + h * 0.52, w * 0.25), low.light(0.72));
    let far = format!(
        "M{x} {}q{} -{} {} 0t{} 4V{}H{x}z",
        y + h * 0.62,
        w * 0.25,
        h * 0.09,
        w * 0.5,
        w * 0.5,
        y + h
    );
    sheet.fill(&far, low.mix(high, 0.35));
    let near = format!("M{x} {}q{} -{} {w} {}V{}H{x}z", y + h * 0.8, w * 0.42, h * 0.2, h * 0.02, y + h);
    let paint = sheet.gradient((0.0, 0.0, 1.0, 1.0), &[(0.0, low, 1.0), (1.0, low.dark(0.3), 1.0)]);
    sheet.fill(&near, paint);
    sheet.fill(&Area::around(x + w / 2.0, y + h - 3.4, w * 0.34, 1.1).round(0.5), WHITE);
}
