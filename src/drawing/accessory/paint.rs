//! The sheet that everything is painted on: SVG text with definitions, and the few shapes that all things share.

use super::color::{Color, INK, WHITE};
use std::fmt::{Display, Write};

/// A rectangle in drawing units.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Area {
    pub const fn new(x: f64, y: f64, w: f64, h: f64) -> Area {
        Area { x, y, w, h }
    }

    /// The rectangle of this size around a point.
    pub fn around(cx: f64, cy: f64, w: f64, h: f64) -> Area {
        Area::new(cx - w / 2.0, cy - h / 2.0, w, h)
    }

    pub fn inset(self, by: f64) -> Area {
        Area::new(self.x + by, self.y + by, self.w - 2.0 * by, self.h - 2.0 * by)
    }

    pub fn shift(self, dx: f64, dy: f64) -> Area {
        Area::new(self.x + dx, self.y + dy, self.w, self.h)
    }

    /// Its outline with corners of radius `r`, eased a little beyond a circle as moulded parts are.
    pub fn round(self, r: f64) -> String {
        let r = r.min(self.w / 2.0).min(self.h / 2.0);
        let (w, h, k) = (self.w - 2.0 * r, self.h - 2.0 * r, r * 0.58);
        let c = r - k;
        format!(
            "M{x:.2} {y:.2}h{w:.2}c{k:.2} 0 {r:.2} {c:.2} {r:.2} {r:.2}v{h:.2}c0 {k:.2} -{c:.2} {r:.2} -{r:.2} {r:.2}h-{w:.2}\
             c-{k:.2} 0 -{r:.2} -{c:.2} -{r:.2} -{r:.2}v-{h:.2}c0 -{k:.2} {c:.2} -{r:.2} {r:.2} -{r:.2}z",
            x = self.x + r,
            y = self.y,
        )
    }
}

/// The outline of a circle.
pub fn disc(cx: f64, cy: f64, r: f64) -> String {
    ellipse(cx, cy, r, r)
}

/// The outline of an ellipse.
pub fn ellipse(cx: f64, cy: f64, rx: f64, ry: f64) -> String {
    format!(
        "M{:.2} {cy:.2}a{rx:.2} {ry:.2} 0 1 1 {d:.2} 0a{rx:.2} {ry:.2} 0 1 1 -{d:.2} 0z",
        cx - rx,
        d = 2.0 * rx
    )
}

/// From this lift on a thing is drawn so close that its shadow is not blurred.
const CLOSE_LIFT: f64 = 50.0;

/// A colour stop: offset 0..=1, colour, opacity 0..=1.
pub type Stop = (f64, Color, f64);

/// An SVG picture in the making.
pub struct Sheet {
    defs: String,
    body: String,
    next: usize,
    ground: Color,
    shade: Color,
}

impl Sheet {
    /// A sheet whose shadows are a dark tone of `ground`.
    pub fn new(ground: Color) -> Sheet {
        Sheet { defs: String::new(), body: String::new(), next: 0, ground, shade: ground.dark(0.72) }
    }

    pub fn finish(self, width: u32, height: u32) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\
             <defs>{}</defs>{}</svg>",
            self.defs, self.body
        )
    }

    /// The colour of the ground, for what shows through an opening.
    pub fn ground(&self) -> Color {
        self.ground
    }

    fn push(&mut self, element: std::fmt::Arguments) {
        self.body.write_fmt(element).expect("writing to a String never fails");
    }

    fn define(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{}", self.next)
    }

    /// Keeps an outline for `<use>`, which is shorter than to write it again.
    fn outline(&mut self, d: &str) -> String {
        let id = self.define("o");
        write!(self.defs, "<path id=\"{id}\" d=\"{d}\"/>").expect("writing to a String never fails");
        id
    }

    /// Fills an outline.
    pub fn fill(&mut self, d: &str, paint: impl Display) {
        self.push(format_args!("<path d=\"{d}\" fill=\"{paint}\"/>"));
    }

    /// Fills an outline, even-odd, so that inner outlines are holes.
    pub fn fill_holed(&mut self, d: &str, paint: impl Display) {
        self.push(format_args!("<path d=\"{d}\" fill=\"{paint}\" fill-rule=\"evenodd\"/>"));
    }

    /// Fills an outline with a translucent paint.
    pub fn tint(&mut self, d: &str, paint: impl Display, opacity: f64) {
        self.push(format_args!("<path d=\"{d}\" fill=\"{paint}\" fill-opacity=\"{opacity:.2}\"/>"));
    }

    /// Strokes a path with round ends.
    pub fn line(&mut self, d: &str, paint: impl Display, width: f64) {
        self.haze(d, paint, width, 1.0);
    }

    /// Strokes a path with round ends and a translucent paint.
    pub fn haze(&mut self, d: &str, paint: impl Display, width: f64, opacity: f64) {
        self.push(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{paint}\" stroke-width=\"{width:.2}\" stroke-opacity=\"{opacity:.2}\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\"/>"
        ));
    }

    /// Strokes a path in dashes with flat ends: `dash` is the SVG dash array.
    pub fn dashes(&mut self, d: &str, paint: impl Display, width: f64, dash: &str) {
        self.push(format_args!(
            "<path d=\"{d}\" fill=\"none\" stroke=\"{paint}\" stroke-width=\"{width:.2}\" stroke-dasharray=\"{dash}\"/>"
        ));
    }

    /// Paints inside a transform.
    pub fn at(&mut self, transform: &str, art: impl FnOnce(&mut Sheet)) {
        self.push(format_args!("<g transform=\"{transform}\">"));
        art(self);
        self.body.push_str("</g>");
    }

    /// Paints only inside the outline `d`.
    pub fn clip(&mut self, d: &str, art: impl FnOnce(&mut Sheet)) {
        let id = self.define("c");
        self.defs
            .push_str(&format!("<clipPath id=\"{id}\"><path d=\"{d}\" clip-rule=\"evenodd\"/></clipPath>"));
        self.push(format_args!("<g clip-path=\"url(#{id})\">"));
        art(self);
        self.body.push_str("</g>");
    }

    /// A linear gradient along `(x1, y1, x2, y2)` of the painted outline's box, as a paint.
    pub fn gradient(&mut self, (x1, y1, x2, y2): (f64, f64, f64, f64), stops: &[Stop]) -> String {
        let id = self.define("g");
        let stops = stop_elements(stops);
        self.defs.push_str(&format!(
            "<linearGradient id=\"{id}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\">{stops}</linearGradient>"
        ));
        format!("url(#{id})")
    }

    /// A radial gradient around `(cx, cy)` with radius `r`, in shares of the painted outline's box.
    pub fn radial(&mut self, (cx, cy, r): (f64, f64, f64), stops: &[Stop]) -> String {
        let id = self.define("r");
        let stops = stop_elements(stops);
        self.defs.push_str(&format!(
            "<radialGradient id=\"{id}\" cx=\"{cx}\" cy=\"{cy}\" r=\"{r}\">{stops}</radialGradient>"
        ));
        format!("url(#{id})")
    }

    /// The paint of a body in this colour under the light from the upper left.
    pub fn lit(&mut self, color: Color) -> String {
        let stops = [(0.0, color.light(0.2), 1.0), (0.45, color, 1.0), (1.0, color.dark(0.2), 1.0)];
        self.gradient((0.0, 0.0, 0.9, 1.0), &stops)
    }

    /// The paint of a cylinder that stands upright: light from the left, dark at the right edge.
    pub fn barrel(&mut self, color: Color) -> String {
        let stops = [
            (0.0, color.dark(0.16), 1.0),
            (0.2, color.light(0.36), 1.0),
            (0.45, color, 1.0),
            (0.85, color.dark(0.3), 1.0),
            (1.0, color.dark(0.18), 1.0),
        ];
        self.gradient((0.0, 0.0, 1.0, 0.0), &stops)
    }

    /// A rim light: white along the upper left edge that fades to a dark lower right edge.
    pub fn rim(&mut self, d: &str, width: f64) {
        let stops = [(0.0, WHITE, 0.75), (0.4, WHITE, 0.12), (0.65, INK, 0.04), (1.0, INK, 0.32)];
        let paint = self.gradient((0.0, 0.0, 1.0, 1.0), &stops);
        self.line(d, paint, width);
    }

    /// The shadow of an outline that is placed by `transform` and floats `lift` units above the ground.
    pub fn shadow(&mut self, d: &str, transform: &str, lift: f64) {
        let shade = self.shade;
        let outline = self.outline(d);
        let shape = format!("<use href=\"#{outline}\" transform=\"{transform}\"/>");
        if lift < CLOSE_LIFT {
            let id = self.define("b");
            self.defs.push_str(&format!(
                "<filter id=\"{id}\" x=\"-25%\" y=\"-25%\" width=\"150%\" height=\"150%\"><feGaussianBlur stdDeviation=\"{:.1}\"/></filter>",
                lift * 0.4
            ));
            self.push(format_args!(
                "<g opacity=\".36\" filter=\"url(#{id})\" fill=\"{shade}\" transform=\"translate({lift:.1} {:.1})\">{shape}</g>",
                lift * 1.2
            ));
        }
        // A blurred layer as large as a close-up is slow; there, and right below the thing, plain copies do.
        let (copies, reach) = if lift < CLOSE_LIFT { (3, 0.24) } else { (14, 1.3) };
        self.push(format_args!("<g fill=\"{shade}\" fill-opacity=\"{:.3}\">", 0.32 / f64::from(copies)));
        for copy in 1..=copies {
            let far = lift * reach * f64::from(copy) / f64::from(copies);
            let (x, y) = (far * 0.8, far);
            self.push(format_args!(
                "<use href=\"#{outline}\" transform=\"translate({x:.1} {y:.1}) {transform}\"/>"
            ));
        }
        self.body.push_str("</g>");
    }

    /// The shadow of a stroked path, `width` wide: strokes that narrow, faint one over the other.
    pub fn line_shadow(&mut self, d: &str, width: f64, lift: f64) {
        let shade = self.shade;
        let (x, y) = (lift * 0.7, lift * 0.9);
        let outline = self.outline(d);
        self.push(format_args!(
            "<g transform=\"translate({x:.1} {y:.1})\" fill=\"none\" stroke=\"{shade}\" stroke-opacity=\".07\" stroke-linejoin=\"round\">"
        ));
        for layer in 0..6 {
            let wide = width * 0.7 + lift * 0.32 * f64::from(layer);
            self.push(format_args!("<use href=\"#{outline}\" stroke-width=\"{wide:.1}\"/>"));
        }
        self.body.push_str("</g>");
    }

    /// Casts the shadow of `d` placed by `transform`, then paints `art` there.
    pub fn place(&mut self, d: &str, transform: &str, lift: f64, art: impl FnOnce(&mut Sheet)) {
        self.shadow(d, transform, lift);
        self.at(transform, art);
    }

    /// The same outline many times from `depth` to nothing: the sides of a prism.
    pub fn sweep(&mut self, d: &str, matrix: &str, (dx, dy): (f64, f64), paint: &str) {
        let id = self.outline(d);
        let steps = (dx.hypot(dy) / 3.2).ceil().max(2.0) as usize;
        self.push(format_args!("<g fill=\"{paint}\">"));
        for step in (0..=steps).rev() {
            let part = step as f64 / steps as f64;
            self.push(format_args!(
                "<use href=\"#{id}\" transform=\"translate({:.1} {:.1}) {matrix}\"/>",
                dx * part,
                dy * part
            ));
        }
        self.body.push_str("</g>");
    }
}

fn stop_elements(stops: &[Stop]) -> String {
    let mut text = String::new();
    for (offset, color, opacity) in stops {
        let alpha = if *opacity < 1.0 { format!(" stop-opacity=\"{opacity:.2}\"") } else { String::new() };
        write!(text, "<stop offset=\"{offset:.2}\" stop-color=\"{color}\"{alpha}/>")
            .expect("writing to a String never fails");
    }
    text
}
