//! Turns originals and drawings into the pixels and bytes of one size. Slow: runs off the async threads.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, Rgb, RgbImage};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::preset::{Format, Preset};
use crate::drawing::Drawing;

/// Of an original, in px.
pub const SIDE_MAX: u32 = 6000;
/// Memory of one decoded original, in bytes: 24 million pixels of 4 bytes and what a decoder needs beside them.
const ALLOC_MAX: u64 = 128 * 1024 * 1024;
/// Product pictures show no loss at this, which takes a quarter less than 82 does.
const WEBP_QUALITY: f32 = 76.0;
/// What shares a link and what reads no WebP gets this; JPEG needs more for the same look.
const JPEG_QUALITY: u8 = 82;
/// A picture at least this wide for its height is cropped to a card; others stand whole on it.
const CARD_CROP_FROM: f64 = 1.5;

/// What a picture is made from.
pub enum Source {
    Drawing(Drawing),
    /// The bytes of a JPEG, PNG or WebP file.
    File(Vec<u8>),
}

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PaintError {
    #[error("the drawing is not a valid SVG: {0}")]
    Svg(#[from] resvg::usvg::Error),
    #[error("the picture can't be read or written: {0}")]
    Image(#[from] ImageError),
    #[error("the picture can't be encoded as WebP: {0}")]
    Webp(String),
    #[error("the picture has no area")]
    Empty,
}

/// The pixels of one size.
pub struct Picture(DynamicImage);

impl Picture {
    /// Draws or decodes the source at the preset's size.
    pub fn open(source: Source, preset: &Preset) -> Result<Picture, PaintError> {
        match (source, preset.fixed_height) {
            (Source::Drawing(drawing), None) => {
                let height = drawing.height as f32 * preset.width as f32 / drawing.width as f32;
                let picture = rasterise(&drawing, preset.width, (height.round() as u32).max(1))?;
                Ok(Picture(picture.into()))
            }
            (Source::Drawing(drawing), Some(_)) => {
                let picture = rasterise(&drawing, drawing.width, drawing.height)?;
                Ok(Picture(card(&picture, preset).into()))
            }
            (Source::File(bytes), None) => {
                let picture = decode(&bytes)?;
                let (width, height) = preset.size(picture.width(), picture.height());
                Ok(Picture(picture.resize_exact(width, height, FilterType::CatmullRom)))
            }
            (Source::File(bytes), Some(_)) => Ok(Picture(card(&flatten(decode(&bytes)?), preset).into())),
        }
    }

    /// The finished file.
    pub fn encode(self, format: Format) -> Result<Vec<u8>, PaintError> {
        match format {
            Format::Webp => self.encode_webp(),
            Format::Jpeg => {
                let mut out = Vec::new();
                JpegEncoder::new_with_quality(&mut out, JPEG_QUALITY).encode_image(&flatten(self.0))?;
                Ok(out)
            }
        }
    }

    fn encode_webp(self) -> Result<Vec<u8>, PaintError> {
        let (width, height) = (self.0.width(), self.0.height());
        let encoded = if self.0.color().has_alpha() {
            let pixels = self.0.into_rgba8();
            webp::Encoder::from_rgba(&pixels, width, height).encode_simple(false, WEBP_QUALITY)
        } else {
            let pixels = self.0.into_rgb8();
            webp::Encoder::from_rgb(&pixels, width, height).encode_simple(false, WEBP_QUALITY)
        };
        encoded.map(|bytes| bytes.to_vec()).map_err(|error| PaintError::Webp(format!("{error:?}")))
    }
}

/// Decodes an original, upright, within the limits.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage, PaintError> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(ImageError::IoError)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(ALLOC_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    // A camera that was held upright says so beside the pixels, and that note is lost when they are encoded again.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

fn rasterise(drawing: &Drawing, width: u32, height: u32) -> Result<RgbImage, PaintError> {
    let tree = Tree::from_str(&drawing.svg, &Options::default())?;
    let mut pixmap = Pixmap::new(width, height).ok_or(PaintError::Empty)?;
    pixmap.fill(Color::WHITE);
    let size = tree.size();
    let scale = Transform::from_scale(width as f32 / size.width(), height as f32 / size.height());
    resvg::render(&tree, scale, &mut pixmap.as_mut());
    // On a white ground every pixel is opaque, so its colours are not multiplied by anything.
    let pixels = pixmap.data().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    RgbImage::from_raw(width, height, pixels).ok_or(PaintError::Empty)
}

/// Without transparency, on white.
fn flatten(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u16::from);
        let over = |c: u16| u8::try_from((c * a + 255 * (255 - a) + 127) / 255).unwrap_or(u8::MAX);
        Rgb([over(r), over(g), over(b)])
    })
}

/// The picture on a card of the preset's size: cropped when it is wide, else whole, its ground continued sideways.
fn card(picture: &RgbImage, preset: &Preset) -> RgbImage {
    let (width, height) = preset.size(picture.width(), picture.height());
    if f64::from(picture.width()) >= CARD_CROP_FROM * f64::from(picture.height()) {
        let whole = DynamicImage::from(picture.clone());
        return whole.resize_to_fill(width, height, FilterType::CatmullRom).into_rgb8();
    }
    let inner_width = (u64::from(picture.width()) * u64::from(height) / u64::from(picture.height())).max(1);
    let inner_width = u32::try_from(inner_width).unwrap_or(width).min(width);
    let inner = imageops::resize(picture, inner_width, height, FilterType::CatmullRom);
    let left = (width - inner_width) / 2;
    RgbImage::from_fn(width, height, |x, y| *inner.get_pixel(x.saturating_sub(left).min(inner_width - 1), y))
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn drawing() -> Drawing {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1200 1200\" width=\"1200\" height=\"1200\">\
                   <rect width=\"1200\" height=\"1200\" fill=\"#204080\"/><circle cx=\"600\" cy=\"600\" r=\"300\" fill=\"#fff\"/></svg>";
        Drawing { width: 1200, height: 1200, svg: svg.to_owned() }
    }

    fn png(picture: &DynamicImage) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Png).unwrap();
        out.into_inner()
    }

    fn make(source: Source, preset: &str, format: Format) -> DynamicImage {
        let preset = Preset::find(preset).unwrap();
        let bytes = Picture::open(source, preset).unwrap().encode(format).unwrap();
        let expected = if format == Format::Webp { ImageFormat::WebP } else { ImageFormat::Jpeg };
        assert_eq!(image::guess_format(&bytes).unwrap(), expected);
        image::load_from_memory(&bytes).unwrap()
    }

    fn near(pixel: Rgba<u8>, expected: [u8; 3]) -> bool {
        pixel.0[..3].iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12)
    }

    #[test]
    fn a_drawing_becomes_both_formats() {
        use image::GenericImageView as _;
        for format in [Format::Webp, Format::Jpeg] {
            let picture = make(Source::Drawing(drawing()), "w320", format);
            assert_eq!(picture.dimensions(), (320, 320));
            assert!(near(picture.get_pixel(5, 5), [0x20, 0x40, 0x80]), "{:?}", picture.get_pixel(5, 5));
            assert!(near(picture.get_pixel(160, 160), [255, 255, 255]));
        }
    }

    #[test]
    fn a_card_is_filled() {
        use image::GenericImageView as _;
        let picture = make(Source::Drawing(drawing()), "og", Format::Jpeg);
        assert_eq!(picture.dimensions(), (1200, 630));
        assert!(near(picture.get_pixel(3, 300), [0x20, 0x40, 0x80]), "the ground goes on at the side");
        assert!(near(picture.get_pixel(600, 315), [255, 255, 255]));
        let wide = DynamicImage::from(RgbImage::from_pixel(1600, 800, Rgb([10, 200, 10])));
        assert_eq!(make(Source::File(png(&wide)), "og", Format::Jpeg).dimensions(), (1200, 630));
    }

    #[test]
    fn a_file_is_made_smaller_and_keeps_its_transparency() {
        use image::GenericImageView as _;
        let picture = DynamicImage::from(RgbaImage::from_pixel(600, 300, Rgba([200, 0, 0, 0])));
        let webp = make(Source::File(png(&picture)), "w320", Format::Webp);
        assert_eq!(webp.dimensions(), (320, 160));
        assert_eq!(webp.get_pixel(9, 9).0[3], 0);
        let jpeg = make(Source::File(png(&picture)), "w960", Format::Jpeg);
        assert_eq!(jpeg.dimensions(), (600, 300), "nothing is enlarged");
        assert!(near(jpeg.get_pixel(9, 9), [255, 255, 255]));
    }

    #[test]
    fn what_is_no_picture_is_an_error() {
        assert!(decode(b"").is_err());
        assert!(decode(b"\x89PNG\r\n\x1a\nnonsense").is_err());
        let broken = Drawing { width: 10, height: 10, svg: "<svg".to_owned() };
        assert!(Picture::open(Source::Drawing(broken), Preset::find("w160").unwrap()).is_err());
    }
}
