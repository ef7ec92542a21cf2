//! Letters and numerals as paths: the rasteriser has no fonts.

use super::ink::{n, polygon};

/// How a line of glyphs is set: cap height, where its centre stands and how it is turned.
#[derive(Clone, Copy)]
pub struct Setting {
    pub at: (f64, f64),
    pub height: f64,
    /// Clockwise, in degrees, about `at`.
    pub turn: f64,
    /// Extra space between glyphs, as a part of the height.
    pub space: f64,
    /// Horizontal shear: 0 upright, 0.2 italic.
    pub lean: f64,
}

impl Setting {
    /// Upright text of this height about a point.
    pub fn new(at: (f64, f64), height: f64) -> Setting {
        Setting { at, height, turn: 0.0, space: 0.22, lean: 0.0 }
    }

    pub fn turned(self, turn: f64) -> Setting {
        Setting { turn, ..self }
    }

    pub fn spaced(self, space: f64) -> Setting {
        Setting { space, ..self }
    }

    pub fn leaning(self, lean: f64) -> Setting {
        Setting { lean, ..self }
    }
}

/// Path data of `text` to be stroked; unknown characters are left blank.
pub fn text(text: &str, set: Setting) -> String {
    let k = set.height / 16.0;
    let widths: Vec<f64> = text.chars().map(|c| shape(c).0).collect();
    let gap = set.space * 16.0;
    let total = widths.iter().sum::<f64>() + gap * (widths.len().max(1) - 1) as f64;
    let mut x = -total / 2.0;
    let mut d = String::new();
    let (s, c) = set.turn.to_radians().sin_cos();
    for (ch, width) in text.chars().zip(widths) {
        let place = |px: f64, py: f64| {
            let (gx, gy) = ((px + x - set.lean * (py - 8.0)) * k, (py - 8.0) * k);
            (set.at.0 + gx * c - gy * s, set.at.1 + gx * s + gy * c)
        };
        d += &mapped(shape(ch).1, place);
        x += width + gap;
    }
    d
}

/// Path data of `text` along a circle about the origin, its middle at `degrees`; read from outside the circle.
pub fn arc_text(line: &str, degrees: f64, r: f64, height: f64) -> String {
    let k = height / 16.0;
    let widths: Vec<f64> = line.chars().map(|c| shape(c).0 + 5.0).collect();
    let total: f64 = widths.iter().sum();
    let mut run = -total / 2.0;
    let mut d = String::new();
    for (ch, width) in line.chars().zip(&widths) {
        let angle = degrees + ((run + width / 2.0) * k / r).to_degrees();
        let at = super::ink::polar(angle, r);
        d += &text(&ch.to_string(), Setting::new(at, height).turned(angle));
        run += width;
    }
    d
}

/// Maps the coordinate pairs of path data that uses absolute M, L, C, Q and Z only.
fn mapped(d: &str, place: impl Fn(f64, f64) -> (f64, f64)) -> String {
    let mut out = String::new();
    let mut held: Option<f64> = None;
    for token in d.split_whitespace() {
        match (token.parse::<f64>(), held.take()) {
            (Ok(y), Some(x)) => {
                let (px, py) = place(x, y);
                for number in [n(px), n(py)] {
                    if !number.starts_with('-') && !out.ends_with(|c: char| c.is_ascii_alphabetic()) {
                        out.push(' ');
                    }
                    out += &number;
                }
            }
            (Ok(x), None) => held = Some(x),
            (Err(_), _) => out += token,
        }
    }
    out
}

/// A Roman numeral of I, V and X as filled path data, its foot towards the centre of the dial.
pub fn roman(numeral: &str, set: Setting) -> String {
    let h = set.height;
    let width = |c: char| if c == 'I' { 0.3 * h } else { 0.62 * h };
    let total: f64 = numeral.chars().map(width).sum();
    let (mut x, mut d) = (-total / 2.0, String::new());
    let (s, c) = set.turn.to_radians().sin_cos();
    for ch in numeral.chars() {
        let w = width(ch);
        for part in roman_parts(ch, h, w) {
            let placed: Vec<_> = part
                .iter()
                .map(|(px, py)| (px + x + w / 2.0, *py))
                .map(|(px, py)| (set.at.0 + px * c - py * s, set.at.1 + px * s + py * c))
                .collect();
            d += &polygon(&placed);
        }
        x += w;
    }
    d
}

fn roman_parts(ch: char, h: f64, w: f64) -> Vec<Vec<(f64, f64)>> {
    let (half, thick, thin, serif) = (h / 2.0, 0.15 * h, 0.05 * h, 0.045 * h);
    let bar = |cx: f64, y: f64, length: f64| {
        vec![
            (cx - length / 2.0, y),
            (cx + length / 2.0, y),
            (cx + length / 2.0, y + serif),
            (cx - length / 2.0, y + serif),
        ]
    };
    let stem = |top: f64, foot: f64, t: f64| {
        vec![(top - t / 2.0, -half), (top + t / 2.0, -half), (foot + t / 2.0, half), (foot - t / 2.0, half)]
    };
    let edge = w * 0.33;
    match ch {
        'I' => vec![stem(0.0, 0.0, thick), bar(0.0, -half, 0.28 * h), bar(0.0, half - serif, 0.28 * h)],
        'V' => vec![
            stem(-edge, 0.0, thick),
            stem(edge, 0.0, thin),
            bar(-edge, -half, 0.28 * h),
            bar(edge, -half, 0.2 * h),
        ],
        _ => vec![
            stem(-edge, edge, thick),
            stem(edge, -edge, thin),
            bar(-edge, -half, 0.26 * h),
            bar(edge, -half, 0.2 * h),
            bar(-edge, half - serif, 0.2 * h),
            bar(edge, half - serif, 0.26 * h),
        ],
    }
}

/// Advance width and strokes of a character in a box 16 high.
fn shape(c: char) -> (f64, &'static str) {
    match c {
        '0' => {
            (10.0, "M 5 0 C 8.2 0 10 2.6 10 8 C 10 13.4 8.2 16 5 16 C 1.8 16 0 13.4 0 8 C 0 2.6 1.8 0 5 0 Z")
        }
        '1' => (6.5, "M 1 3.6 L 5 0 L 5 16"),
        '2' => (
            10.0,
            "M 0.6 4.4 C 0.6 1.6 2.4 0 5 0 C 7.8 0 9.6 1.7 9.6 4.3 C 9.6 6.4 8.6 7.9 6.6 9.9 L 0.4 16 L 10 16",
        ),
        '3' => (
            10.0,
            "M 0.8 3 C 1.5 1.1 3 0 5 0 C 7.6 0 9.3 1.6 9.3 3.9 C 9.3 6.2 7.6 7.5 5 7.5 L 4 7.5 M 5 7.5 C 8 7.5 9.9 9.2 9.9 11.7 C 9.9 14.3 7.8 16 4.9 16 C 2.4 16 0.7 14.8 0.2 12.6",
        ),
        '4' => (10.5, "M 7.4 16 L 7.4 0 L 0 11.8 L 10.3 11.8"),
        '5' => (
            10.0,
            "M 9 0 L 2 0 L 1.2 7.3 C 2.2 6.2 3.5 5.7 5 5.7 C 8 5.7 10 7.7 10 10.8 C 10 14 8 16 5 16 C 2.6 16 0.8 14.9 0.2 13",
        ),
        '6' => (
            10.0,
            "M 7.4 0 L 1.4 8 C 0.6 9.1 0.1 10 0.1 11.2 C 0.1 14 2.1 16 5 16 C 7.9 16 9.9 14 9.9 11.2 C 9.9 8.4 7.9 6.4 5 6.4 C 3.6 6.4 2.3 7 1.4 8",
        ),
        '7' => (9.6, "M 0.2 0 L 9.8 0 L 3.8 16"),
        '8' => (
            10.0,
            "M 5 7.4 C 7.5 7.4 9.2 5.9 9.2 3.7 C 9.2 1.5 7.5 0 5 0 C 2.5 0 0.8 1.5 0.8 3.7 C 0.8 5.9 2.5 7.4 5 7.4 C 8 7.4 10 9.2 10 11.7 C 10 14.2 8 16 5 16 C 2 16 0 14.2 0 11.7 C 0 9.2 2 7.4 5 7.4 Z",
        ),
        '9' => (
            10.0,
            "M 2.6 16 L 8.6 8 C 9.4 6.9 9.9 6 9.9 4.8 C 9.9 2 7.9 0 5 0 C 2.1 0 0.1 2 0.1 4.8 C 0.1 7.6 2.1 9.6 5 9.6 C 6.4 9.6 7.7 9 8.6 8",
        ),
        _ => letter(c),
    }
}

fn letter(c: char) -> (f64, &'static str) {
    match c {
        'A' => (12.0, "M 0 16 L 6 0 L 12 16 M 2.2 10.5 L 9.8 10.5"),
        'B' => (
            9.5,
            "M 0 0 L 0 16 L 5 16 C 8 16 9.5 14.2 9.5 11.8 C 9.5 9.3 8 7.6 5 7.6 L 0 7.6 M 5 7.6 C 7.4 7.6 8.6 6 8.6 3.8 C 8.6 1.6 7.4 0 5 0 L 0 0",
        ),
        'C' => (
            12.0,
            "M 12 3.4 C 10.9 1.3 9 0 6.8 0 C 3 0 0 3.2 0 8 C 0 12.8 3 16 6.8 16 C 9 16 10.9 14.7 12 12.6",
        ),
        'D' => (11.5, "M 0 0 L 0 16 L 4 16 C 8.6 16 11.5 13 11.5 8 C 11.5 3 8.6 0 4 0 Z"),
        'E' => (8.6, "M 8.6 0 L 0 0 L 0 16 L 8.6 16 M 0 7.8 L 7.4 7.8"),
        'F' => (8.2, "M 8.2 0 L 0 0 L 0 16 M 0 7.8 L 7 7.8"),
        'G' => (
            12.5,
            "M 12 3.4 C 10.9 1.3 9 0 6.8 0 C 3 0 0 3.2 0 8 C 0 12.8 3 16 6.8 16 C 9.3 16 11.3 14.9 12.5 13 L 12.5 8.6 L 7.6 8.6",
        ),
        'H' => (11.0, "M 0 0 L 0 16 M 11 0 L 11 16 M 0 7.8 L 11 7.8"),
        'I' => (1.5, "M 0.7 0 L 0.7 16"),
        'J' => (7.5, "M 7.5 0 L 7.5 11.5 C 7.5 14.4 6 16 3.8 16 C 1.9 16 0.6 15 0 13.2"),
        'K' => (10.5, "M 0 0 L 0 16 M 10 0 L 0 10 M 3.6 6.6 L 10.5 16"),
        'L' => (8.2, "M 0 0 L 0 16 L 8.2 16"),
        'M' => (13.5, "M 0 16 L 0.8 0 L 6.7 12 L 12.7 0 L 13.5 16"),
        'N' => (11.0, "M 0 16 L 0 0 L 11 16 L 11 0"),
        'O' => (14.0, "M 7 0 C 11 0 14 3.3 14 8 C 14 12.7 11 16 7 16 C 3 16 0 12.7 0 8 C 0 3.3 3 0 7 0 Z"),
        'P' => (9.0, "M 0 16 L 0 0 L 5 0 C 7.6 0 9 1.8 9 4.4 C 9 7 7.6 8.8 5 8.8 L 0 8.8"),
        'Q' => (
            14.0,
            "M 7 0 C 11 0 14 3.3 14 8 C 14 12.7 11 16 7 16 C 3 16 0 12.7 0 8 C 0 3.3 3 0 7 0 Z M 8.6 12 L 13 17",
        ),
        'R' => (9.8, "M 0 16 L 0 0 L 5 0 C 7.6 0 9 1.8 9 4.4 C 9 7 7.6 8.6 5 8.6 L 0 8.6 M 5 8.6 L 9.8 16"),
        'S' => (
            9.5,
            "M 8.8 3 C 8.1 1.1 6.7 0 4.8 0 C 2.3 0 0.6 1.6 0.6 3.9 C 0.6 9.4 9.5 6 9.5 11.8 C 9.5 14.3 7.6 16 4.9 16 C 2.5 16 0.7 14.8 0 12.6",
        ),
        'T' => (10.5, "M 0 0 L 10.5 0 M 5.25 0 L 5.25 16"),
        'U' => (10.8, "M 0 0 L 0 10.6 C 0 14 2 16 5.4 16 C 8.8 16 10.8 14 10.8 10.6 L 10.8 0"),
        'V' => (12.0, "M 0 0 L 6 16 L 12 0"),
        'W' => (17.0, "M 0 0 L 4.2 16 L 8.5 2 L 12.8 16 L 17 0"),
        'X' => (11.0, "M 0 0 L 11 16 M 11 0 L 0 16"),
        'Y' => (11.5, "M 0 0 L 5.75 8 L 11.5 0 M 5.75 8 L 5.75 16"),
        'Z' => (10.5, "M 0.4 0 L 10.2 0 L 0 16 L 10.5 16"),
        '·' => (2.0, "M 1 8 L 1.2 8"),
        '-' => (6.0, "M 0 8.5 L 6 8.5"),
        '.' => (2.0, "M 1 15.8 L 1.2 15.8"),
        _ => (6.0, ""),
    }
}
