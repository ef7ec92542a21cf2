//! Numerals and small symbols as rounded strokes: there are no fonts where pictures are rasterised.

use super::color::Color;
use super::paint::Sheet;

/// The strokes of 0..=9 in a box 6 wide and 10 high.
const STROKES: [&str; 10] = [
    "M3 0a3 3 0 0 1 3 3v4a3 3 0 0 1 -6 0v-4a3 3 0 0 1 3 -3z",
    "M1 2L3.6 0v10",
    "M0 2.8a3 2.8 0 0 1 6 .2c0 3 -6 4 -6 7h6",
    "M0 0h6l-3.4 4a3 3 0 1 1 -2.6 4.6",
    "M4.4 10v-10l-4.4 7h6",
    "M5.6 0h-5l-.4 4.6a3 2.8 0 1 1 -.2 4",
    "M5 0c-3 1 -5 4 -5 7a3 3 0 1 0 3 -3c-1.6 0 -2.8 1 -3 2.6",
    "M0 0h6l-4 10",
    "M3 0a2.5 2.3 0 0 1 0 4.6a2.5 2.3 0 0 1 0 -4.6zM3 4.6a3 2.7 0 0 1 0 5.4a3 2.7 0 0 1 0 -5.4z",
    "M1 10c3 -1 5 -4 5 -7a3 3 0 1 0 -3 3c1.6 0 2.8 -1 3 -2.6",
];

/// The width of `number` as `paint_number` draws it at height 10.
pub fn number_width(number: i64) -> f64 {
    number.to_string().len() as f64 * 8.4 - 2.4
}

/// Paints a number centred on the origin, `height` high.
pub fn paint_number(sheet: &mut Sheet, number: i64, height: f64, color: Color) {
    let scale = height / 10.0;
    let width = number_width(number);
    sheet.at(&format!("scale({scale:.3}) translate({:.2} -5)", -width / 2.0), |sheet| {
        for (place, digit) in number.to_string().bytes().enumerate() {
            let strokes = STROKES[usize::from(digit - b'0')];
            sheet.at(&format!("translate({:.1} 0)", place as f64 * 8.4), |sheet| {
                sheet.line(strokes, color, 1.5);
            });
        }
    });
}

/// A lightning bolt centred on the origin, 10 high.
pub const BOLT: &str = "M1.4 -5L-3.2 .8H-.4L-1.4 5L3.2 -1.2H.4z";

/// Paints the power of a charger: a bolt and the watts, centred on the origin, numerals 10 high.
pub fn paint_watts(sheet: &mut Sheet, watts: i64, color: Color) {
    let width = number_width(watts);
    sheet.at(&format!("translate({:.1} 0)", -width / 2.0 - 1.0), |sheet| {
        sheet.at("scale(1.15)", |sheet| sheet.fill(BOLT, color));
    });
    sheet.at("translate(5.4 0)", |sheet| paint_number(sheet, watts, 10.0, color));
}
