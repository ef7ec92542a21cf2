//! Several things together: sets that are sold as one, and the picture above the shop.

use super::cable::Cable;
use super::case::Case;
use super::charger::Charger;
use super::color::Color;
use super::connector::Plug;
use super::earbuds::Earbuds;
use super::fields::Fields;
use super::paint::{Area, Sheet, disc};
use super::phone::sample;
use super::power_bank::PowerBank;
use super::wireless::Wireless;
use super::{Thing, View};

/// What can be in a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Item {
    Case,
    Charger,
    Cable,
    Earbuds,
    PowerBank,
    Pad,
    Phone,
}

const ITEMS: &[(&str, Item)] = &[
    ("case", Item::Case),
    ("charger", Item::Charger),
    ("cable", Item::Cable),
    ("earbuds", Item::Earbuds),
    ("power_bank", Item::PowerBank),
    ("pad", Item::Pad),
    ("phone", Item::Phone),
];

/// A set of things in three colours.
pub struct Bundle {
    items: Vec<Item>,
    colors: [Color; 3],
}

impl Bundle {
    pub fn read(fields: &mut Fields) -> Result<Bundle, String> {
        let items = fields.list("items", ITEMS, &[Item::Case, Item::Charger, Item::Cable])?;
        if !(2..=4).contains(&items.len()) {
            return Err("`items` needs two to four entries".to_string());
        }
        Ok(Bundle {
            items,
            colors: [
                fields.color("color", Color::rgb(0xff6f59))?,
                fields.color("accent", Color::rgb(0x3a5cff))?,
                fields.color("third", Color::rgb(0x8fe3c6))?,
            ],
        })
    }

    /// Paints one item within about 700 units around the origin.
    fn paint_item(&self, sheet: &mut Sheet, item: Item, turn: f64) {
        let [first, second, third] = self.colors;
        let place = |scale: f64| format!("rotate({turn}) scale({scale})");
        match item {
            Item::Case => {
                let case = Case::plain(first);
                sheet.place(&case.outline(), &place(4.4), 40.0, |sheet| case.paint_outside(sheet));
            }
            Item::Phone => {
                let phone = sample();
                sheet.place(&phone.outline(), &place(4.4), 40.0, |sheet| {
                    phone.paint_screen(sheet, (second, first))
                });
            }
            Item::Charger => {
                let block = Charger::plain(Color::rgb(0xf6f5f1), &[Plug::UsbC, Plug::UsbC]);
                sheet.at("scale(.72)", |sheet| block.paint_block(sheet, 11.0));
            }
            Item::Cable => {
                let cable = Cable::plain(second);
                sheet.at(&format!("rotate({turn}) scale(.74)"), |sheet| cable.paint_coiled(sheet));
            }
            Item::Earbuds => {
                let buds = Earbuds::plain(third);
                sheet.at(&format!("rotate({turn})"), |sheet| buds.paint_closed(sheet, 6.4));
            }
            Item::PowerBank => {
                let bank = PowerBank::plain(third);
                sheet.place(&bank.outline(), &place(4.8), 40.0, |sheet| bank.paint_face(sheet));
            }
            Item::Pad => {
                let pad = Wireless::plain(Color::rgb(0xf6f5f1), second);
                sheet.at(&format!("rotate({turn}) scale(.6)"), |sheet| pad.paint(View::Angle, sheet));
            }
        }
    }

    fn paint_square(&self, sheet: &mut Sheet, flip: f64) {
        let places: &[(f64, f64, f64)] = match self.items.len() {
            2 => &[(-210.0, -20.0, -8.0), (240.0, 60.0, 7.0)],
            3 => &[(-230.0, -10.0, -8.0), (230.0, -230.0, 6.0), (220.0, 230.0, -5.0)],
            _ => &[(-240.0, -220.0, -8.0), (250.0, -230.0, 6.0), (-250.0, 260.0, 5.0), (250.0, 240.0, -6.0)],
        };
        let shrink = if self.items.len() == 4 { 0.78 } else { 0.92 };
        for (item, (x, y, turn)) in self.items.iter().zip(places) {
            sheet.at(&format!("translate({:.0} {y}) scale({shrink})", x * flip), |sheet| {
                self.paint_item(sheet, *item, turn * flip);
            });
        }
    }

    /// The wide picture: a stage of large shapes, phone and case in the middle, the rest around them.
    fn paint_stage(&self, sheet: &mut Sheet) {
        let [first, second, third] = self.colors;
        let tile = |sheet: &mut Sheet, d: &str, color: Color| {
            let paint = sheet.lit(color);
            sheet.fill(d, paint);
        };
        tile(sheet, "M-800 500V180L-240 500z", third);
        tile(sheet, &disc(610.0, -330.0, 300.0), first.light(0.1));
        tile(sheet, &Area::new(120.0, 110.0, 470.0, 470.0).round(120.0), third.light(0.25));
        sheet.at("translate(-70 40) scale(1.06)", |sheet| {
            sheet.at("translate(-330 -30)", |sheet| self.paint_item(sheet, Item::Phone, -14.0));
            sheet.at("translate(-40 10)", |sheet| self.paint_item(sheet, Item::Case, 7.0));
        });
        sheet.at("translate(420 -190) scale(.86)", |sheet| {
            let block = Charger::plain(second.dark(0.1), &[Plug::UsbC, Plug::UsbC, Plug::UsbA]);
            block.paint_block(sheet, 9.6);
        });
        sheet.at("translate(300 240) scale(.6)", |sheet| Cable::plain(second).paint_coiled(sheet));
        sheet.at("translate(575 226) rotate(8)", |sheet| {
            Earbuds::plain(Color::rgb(0xf6f5f1)).paint_closed(sheet, 5.0)
        });
        sheet.at("translate(-575 -262) rotate(-12)", |sheet| {
            let bank = PowerBank::plain(third);
            sheet.place(&bank.outline(), "scale(3.6)", 34.0, |sheet| bank.paint_face(sheet));
        });
    }
}

impl Thing for Bundle {
    fn paint(&self, view: View, sheet: &mut Sheet) {
        match view {
            View::Hero => self.paint_stage(sheet),
            View::Front | View::Set => self.paint_square(sheet, 1.0),
            View::Back => self.paint_square(sheet, -1.0),
            View::Angle => sheet.at("rotate(-10) scale(.94)", |sheet| self.paint_square(sheet, 1.0)),
            View::Detail => sheet.at("translate(300 120) scale(1.6)", |sheet| self.paint_square(sheet, 1.0)),
        }
    }
}
