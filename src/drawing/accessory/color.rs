//! Colours and their arithmetic.

use std::fmt;

/// An opaque sRGB colour; prints as `#rrggbb`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

pub const WHITE: Color = Color::rgb(0xffffff);
/// The darkest tone of every picture: a deep blue ink, livelier than black.
pub const INK: Color = Color::rgb(0x12142a);
pub const STEEL: Color = Color::rgb(0xb9c0cc);
pub const GOLD: Color = Color::rgb(0xe2b457);

/// The house colours that a demo file may call by name.
const NAMES: &[(&str, u32)] = &[
    ("sun", 0xffc83d),
    ("coral", 0xff6f59),
    ("mint", 0x8fe3c6),
    ("sky", 0x79bdff),
    ("lilac", 0xb8a4ff),
    ("night", 0x232a55),
    ("sand", 0xf2dfc0),
    ("lime", 0xc9ea5c),
    ("pink", 0xffabc9),
    ("teal", 0x128a8c),
    ("blue", 0x3a5cff),
    ("orange", 0xff8d3f),
    ("forest", 0x1f5b4b),
    ("plum", 0x6a3a7c),
    ("brick", 0xb9482f),
    ("black", 0x23252e),
    ("white", 0xf6f5f1),
    ("grey", 0xaeb4bf),
];

impl Color {
    pub const fn rgb(hex: u32) -> Color {
        let [_, red, green, blue] = hex.to_be_bytes();
        Color { red, green, blue }
    }

    /// Reads `#rrggbb` or one of the house names.
    pub fn parse(text: &str) -> Option<Color> {
        if let Some((_, hex)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Some(Color::rgb(*hex));
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        u32::from_str_radix(digits, 16).ok().map(Color::rgb)
    }

    /// This colour with the share `part` (0..=1) of `other`.
    pub fn mix(self, other: Color, part: f64) -> Color {
        let blend = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
        Color {
            red: blend(self.red, other.red),
            green: blend(self.green, other.green),
            blue: blend(self.blue, other.blue),
        }
    }

    pub fn light(self, part: f64) -> Color {
        self.mix(WHITE, part)
    }

    pub fn dark(self, part: f64) -> Color {
        self.mix(INK, part)
    }

    /// Perceived brightness, 0 (black) ..= 1 (white).
    pub fn luma(self) -> f64 {
        (0.299 * f64::from(self.red) + 0.587 * f64::from(self.green) + 0.114 * f64::from(self.blue)) / 255.0
    }

    /// A tone of this colour that reads on it: engraved marks, symbols.
    pub fn mark(self) -> Color {
        if self.luma() > 0.45 { self.dark(0.42) } else { self.light(0.5) }
    }
}

impl fmt::Display for Color {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}
