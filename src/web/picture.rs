//! Pictures in pages: one `<img>` with its sizes, so that the layout never shifts and no phone loads a desk's picture.

use askama::Template;

use crate::shop::media::preset::WIDTHS;

/// The address of one picture at (at least) `width` pixels.
pub fn url(hash: &str, width: i64) -> String {
    format!("/media/{hash}/w{}.webp", at_least(width))
}

/// The same as JPEG, for what reads nothing newer.
pub fn jpeg_url(hash: &str, width: i64) -> String {
    format!("/media/{hash}/w{}.jpg", at_least(width))
}

/// The 1200×630 card of a shared link.
pub fn card_url(hash: &str) -> String {
    format!("/media/{hash}/og.jpg")
}

/// The narrowest width on offer that is not below `width`, or the widest.
fn at_least(width: i64) -> i64 {
    WIDTHS.into_iter().find(|w| *w >= width).unwrap_or(WIDTHS[WIDTHS.len() - 1])
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
    /// The widest file on offer.
    width_max: i64,
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
            width_max: WIDTHS[WIDTHS.len() - 1],
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

    /// Offers nothing wider than `width`: a small picture's wide files would be names that nobody loads.
    pub fn up_to(mut self, width: i64) -> Picture {
        self.width_max = width;
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

    /// For what can't show WebP: one size, as such a browser is old.
    fn src(&self) -> String {
        jpeg_url(&self.hash, 640)
    }

    /// Widths up to the first that holds the whole original.
    fn srcset(&self) -> String {
        let enough = at_least(self.width).min(self.width_max);
        let offered = WIDTHS.into_iter().filter(|w| *w <= enough);
        offered.map(|w| format!("/media/{}/w{w}.webp {w}w", self.hash)).collect::<Vec<_>>().join(", ")
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
        assert!(html.contains("/media/ab12/w320.webp 320w, ") && html.contains("1280w\""), "{html}");
        assert!(!html.contains("A \"watch\""), "the alternative text is escaped: {html}");
    }

    #[test]
    fn a_small_picture_offers_small_files() {
        let html = Picture::new("ab12", "", 1200, 1200).up_to(320).to_string();
        assert!(html.contains("320w") && !html.contains("480w"), "{html}");
    }

    #[test]
    fn the_first_picture_comes_first() {
        let html = Picture::new("ab12", "", 480, 480).first().to_string();
        assert!(html.contains("fetchpriority=\"high\"") && !html.contains("lazy"), "{html}");
        assert!(!html.contains("640w"), "no wider than the original: {html}");
    }
}
