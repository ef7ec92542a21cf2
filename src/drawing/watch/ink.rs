//! Colours and the SVG text under construction.

use std::fmt::Write;

/// An opaque colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rgb(pub f64, pub f64, pub f64);

pub const WHITE: Rgb = Rgb(255.0, 255.0, 255.0);
pub const BLACK: Rgb = Rgb(0.0, 0.0, 0.0);

impl Rgb {
    /// Reads `#rrggbb`.
    pub fn hex(text: &str) -> Option<Rgb> {
        let digits = text.strip_prefix('#').filter(|d| d.len() == 6 && d.is_ascii())?;
        let part = |i: usize| u8::from_str_radix(&digits[i..i + 2], 16).ok().map(f64::from);
        Some(Rgb(part(0)?, part(2)?, part(4)?))
    }

    /// Moves towards `other`; `t` in 0..1.
    pub fn mix(self, other: Rgb, t: f64) -> Rgb {
        let at = |a: f64, b: f64| a + (b - a) * t.clamp(0.0, 1.0);
        Rgb(at(self.0, other.0), at(self.1, other.1), at(self.2, other.2))
    }

    /// Lit by `k`: 1 leaves it, below 1 darkens, above 1 lightens.
    pub fn lit(self, k: f64) -> Rgb {
        if k <= 1.0 { self.mix(BLACK, 1.0 - k.max(0.0)) } else { self.mix(WHITE, (k - 1.0).min(1.0)) }
    }

    /// Perceived brightness, 0..1.
    pub fn luma(self) -> f64 {
        (0.299 * self.0 + 0.587 * self.1 + 0.114 * self.2) / 255.0
    }
}

impl std::fmt::Display for Rgb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let byte = |v: f64| v.round().clamp(0.0, 255.0) as u8;
        write!(f, "#{:02x}{:02x}{:02x}", byte(self.0), byte(self.1), byte(self.2))
    }
}

/// A gradient's stop: offset 0..1, colour, opacity 0..1.
pub type Stop = (f64, Rgb, f64);

/// SVG text under construction: definitions and body.
#[derive(Default)]
pub struct Ink {
    defs: String,
    body: String,
    made: u32,
}

impl Ink {
    /// Appends markup as it is.
    pub fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// A filled path.
    pub fn fill(&mut self, d: &str, paint: impl std::fmt::Display) {
        self.put(format_args!("<path d=\"{d}\" fill=\"{paint}\"/>"));
    }

    /// A filled path with an opacity.
    pub fn tint(&mut self, d: &str, paint: impl std::fmt::Display, opacity: f64) {
        self.put(format_args!("<path d=\"{d}\" fill=\"{paint}\" fill-opacity=\"{opacity:.2}\"/>"));
    }

    /// A stroked path with round ends.
    pub fn line(&mut self, d: &str, paint: impl std::fmt::Display, width: f64, opacity: f64) {
        self.put(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{paint}\" stroke-width=\"{}\" stroke-opacity=\"{opacity:.2}\"/>",
            n(width)
        ));
    }

    /// A filled circle about (x, y).
    pub fn disc(&mut self, (x, y): (f64, f64), r: f64, paint: impl std::fmt::Display) {
        let (x, y, r) = (n(x), n(y), n(r));
        self.put(format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"{paint}\"/>"));
    }

    /// A circle's line; `more` holds further attributes such as a dash pattern.
    pub fn ring(&mut self, (x, y): (f64, f64), r: f64, width: f64, paint: &str, more: &str) {
        let (x, y, r, width) = (n(x), n(y), n(r), n(width));
        self.put(format_args!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{r}\" fill=\"none\" stroke=\"{paint}\" stroke-width=\"{width}\" {more}/>"
        ));
    }

    /// Opens a group with these attributes.
    pub fn open(&mut self, attributes: &str) {
        self.put(format_args!("<g {attributes}>"));
    }

    /// Closes the innermost group.
    pub fn close(&mut self) {
        self.raw("</g>");
    }

    /// A linear gradient between two points of the current coordinates; gives the paint.
    pub fn linear(&mut self, from: (f64, f64), to: (f64, f64), stops: &[Stop]) -> String {
        let at = format!(
            "linearGradient x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"",
            n(from.0),
            n(from.1),
            n(to.0),
            n(to.1)
        );
        self.gradient(&at, "linearGradient", stops)
    }

    /// A radial gradient about a point of the current coordinates; gives the paint.
    pub fn radial(&mut self, centre: (f64, f64), r: f64, stops: &[Stop]) -> String {
        let at = format!("radialGradient cx=\"{}\" cy=\"{}\" r=\"{}\"", n(centre.0), n(centre.1), n(r));
        self.gradient(&at, "radialGradient", stops)
    }

    fn gradient(&mut self, open: &str, name: &str, stops: &[Stop]) -> String {
        let id = self.id();
        let mut text = format!("<{open} id=\"{id}\" gradientUnits=\"userSpaceOnUse\">");
        for (offset, colour, opacity) in stops {
            let seen = if *opacity < 1.0 { format!(" stop-opacity=\"{opacity:.2}\"") } else { String::new() };
            text += &format!("<stop offset=\"{offset:.3}\" stop-color=\"{colour}\"{seen}/>");
        }
        self.defs += &format!("{text}</{name}>");
        format!("url(#{id})")
    }

    /// A clip region made of one path; gives the attribute that applies it.
    pub fn clip(&mut self, d: &str) -> String {
        let id = self.id();
        self.defs += &format!("<clipPath id=\"{id}\"><path d=\"{d}\"/></clipPath>");
        format!("clip-path=\"url(#{id})\"")
    }

    /// A blur of `sigma` px within the canvas; gives the attribute that applies it.
    pub fn blur(&mut self, sigma: f64, (w, h): (f64, f64)) -> String {
        let id = self.id();
        self.defs += &format!(
            "<filter id=\"{id}\" filterUnits=\"userSpaceOnUse\" x=\"0\" y=\"0\" width=\"{w}\" height=\"{h}\">\
             <feGaussianBlur stdDeviation=\"{}\"/></filter>",
            n(sigma)
        );
        format!("filter=\"url(#{id})\"")
    }

    fn id(&mut self) -> String {
        self.made += 1;
        format!("i{}", self.made)
    }

    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        self.body.write_fmt(markup).expect("writing to a string cannot fail");
    }

    /// The whole document.
    pub fn finish(self, width: u32, height: u32) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"><defs>{}</defs>{}</svg>",
            self.defs, self.body
        )
    }
}

/// A number with at most one decimal: a hundredth of a millimetre is enough.
pub fn n(v: f64) -> String {
    let rounded = (v * 10.0).round() / 10.0;
    if rounded == 0.0 {
        return "0".to_string();
    }
    let text = format!("{rounded}");
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => text.replacen("-0.", "-.", 1),
    }
}

/// A closed polygon as path data.
pub fn polygon(points: &[(f64, f64)]) -> String {
    let mut d = polyline(points);
    d.push('Z');
    d
}

/// An open line through points as path data: steps from point to point, which are short to write.
pub fn polyline(points: &[(f64, f64)]) -> String {
    let mut d = String::new();
    let mut last = (0i64, 0i64);
    for (i, (x, y)) in points.iter().enumerate() {
        let at = (tenths(*x), tenths(*y));
        match i {
            0 => d.push('M'),
            1 => d.push('l'),
            _ => {}
        }
        for (k, step) in [at.0 - last.0, at.1 - last.1].into_iter().enumerate() {
            if step >= 0 && (k == 1 || i > 1) {
                d.push(' ');
            }
            d += &n(step as f64 / 10.0);
        }
        last = at;
    }
    d
}

fn tenths(v: f64) -> i64 {
    (v * 10.0).round() as i64
}

/// A circle as path data.
pub fn circle((x, y): (f64, f64), r: f64) -> String {
    let radius = n(r);
    format!(
        "M{} {}a{radius} {radius} 0 1 0 {} 0a{radius} {radius} 0 1 0 {} 0Z",
        n(x - r),
        n(y),
        n(2.0 * r),
        n(-2.0 * r)
    )
}

/// A rectangle with rounded corners about its centre as path data.
pub fn rounded((x, y): (f64, f64), (w, h): (f64, f64), r: f64) -> String {
    let (left, top, r) = (x - w / 2.0, y - h / 2.0, r.min(w / 2.0).min(h / 2.0));
    let corner = |dx1: f64, dy1: f64, dx: f64, dy: f64| format!("q{} {} {} {}", n(dx1), n(dy1), n(dx), n(dy));
    format!(
        "M{} {}h{}{}v{}{}h{}{}v{}{}Z",
        n(left + r),
        n(top),
        n(w - 2.0 * r),
        corner(r, 0.0, r, r),
        n(h - 2.0 * r),
        corner(0.0, r, -r, r),
        n(2.0 * r - w),
        corner(-r, 0.0, -r, -r),
        n(2.0 * r - h),
        corner(0.0, -r, r, -r)
    )
}

/// The point at `r` from the centre, `degrees` clockwise from twelve o'clock.
pub fn polar(degrees: f64, r: f64) -> (f64, f64) {
    let a = degrees.to_radians();
    (r * a.sin(), -r * a.cos())
}

/// Turns a point clockwise about the origin.
pub fn turn((x, y): (f64, f64), degrees: f64) -> (f64, f64) {
    let (s, c) = degrees.to_radians().sin_cos();
    (x * c - y * s, x * s + y * c)
}
