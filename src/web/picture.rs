//! Pictures in pages: one `<img>` with its sizes, so that the layout never shifts and no phone loads a desk's picture.

use askama::Template;

/// The widths in which the store offers each picture, in pixels: `/media/<hash>/<width>.webp`.
pub const WIDTHS: [i64; 6] = [160, 320, 480, 640, 960, 1600];

/// The address of one picture at (at least) `width` pixels.
pub fn url(hash: &str, width: i64) -> String {
    let width = WIDTHS.into_iter().find(|w| *w >= width).unwrap_or(1600);
    format!("/media/{hash}/{width}.webp")
}

/// An `<img>`: lazy unless said otherwise. Printed in templates with `|safe`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/picture.html")]
pub struct Picture {
    hash: String,
    alt: String,
    width: i64,
    height: i64,
    sizes: &'static str,
    class: &'static str,
    eager: bool,
    first: bool,
}

impl Picture {
    /// `width` and `height` are the original's, in pixels: they reserve the space.
    pub fn new(hash: &str, alt: &str, width: i64, height: i64) -> Picture {
        Picture {
            hash: hash.to_owned(),
            alt: alt.to_owned(),
            width,
            height,
            sizes: "100vw",
            class: "",
            eager: false,
            first: false,
        }
    }

    /// The CSS `sizes`: how wide the picture is shown.
    pub fn sizes(mut self, sizes: &'static str) -> Picture {
        self.sizes = sizes;
        self
    }

    pub fn class(mut self, class: &'static str) -> Picture {
        self.class = class;
        self
    }

    /// A picture that its neighbour's text describes already.
    pub fn decorative(mut self) -> Picture {
        self.alt.clear();
        self
    }

    /// Above the fold: loaded at once.
    pub fn eager(mut self) -> Picture {
        self.eager = true;
        self
    }

    /// The largest picture above the fold: loaded before anything else.
    pub fn first(mut self) -> Picture {
        self.eager = true;
        self.first = true;
        self
    }

    fn src(&self) -> String {
        url(&self.hash, 640)
    }

    /// Widths up to the first that holds the whole original.
    fn srcset(&self) -> String {
        let enough = WIDTHS.into_iter().find(|w| *w >= self.width).unwrap_or(1600);
        let offered = WIDTHS.into_iter().filter(|w| *w <= enough);
        offered.map(|w| format!("/media/{}/{w}.webp {w}w", self.hash)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserves_its_space_and_offers_widths() {
        let html = Picture::new("ab12", "A \"watch\"", 1200, 1200).sizes("50vw").to_string();
        assert!(
            html.contains("width=\"1200\" height=\"1200\"") && html.contains("loading=\"lazy\""),
            "{html}"
        );
        assert!(html.contains("/media/ab12/320.webp 320w, ") && html.contains("1600w"), "{html}");
        assert!(!html.contains("A \"watch\""), "the alternative text is escaped: {html}");
    }

    #[test]
    fn the_first_picture_comes_first() {
        let html = Picture::new("ab12", "", 480, 480).first().to_string();
        assert!(html.contains("fetchpriority=\"high\"") && !html.contains("lazy"), "{html}");
        assert!(!html.contains("640w"), "no wider than the original: {html}");
    }
}
