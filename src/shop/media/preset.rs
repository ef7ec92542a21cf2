//! The sizes and formats in which pictures are offered.

/// A size: `w480` is 480 px wide with the picture's own proportions, `og` the 1200×630 card of a shared link.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    pub name: &'static str,
    /// In px. A smaller original is not enlarged.
    pub width: u32,
    /// In px, of a card that is filled whatever the picture's proportions.
    pub fixed_height: Option<u32>,
}

/// An encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Webp,
    Jpeg,
}

/// The widths that pages offer, in px, ascending. 750 and 1100 fill a phone's screen: 375 px at a density of 2 or
/// 412 px at 1.75, and 360 px at 3 or 412 px at 2.6.
pub const WIDTHS: [i64; 9] = [160, 320, 480, 640, 750, 960, 1100, 1280, 1600];

const PRESETS: [Preset; 10] = [
    wide("w160", 160),
    wide("w320", 320),
    wide("w480", 480),
    wide("w640", 640),
    wide("w750", 750),
    wide("w960", 960),
    wide("w1100", 1100),
    wide("w1280", 1280),
    wide("w1600", 1600),
    Preset { name: "og", width: 1200, fixed_height: Some(630) },
];

const fn wide(name: &'static str, width: u32) -> Preset {
    Preset { name, width, fixed_height: None }
}

impl Preset {
    pub fn find(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The preset and format that a file's name says; the card exists as JPEG only, since that is what reads it.
    pub fn of_file(file: &str) -> Option<(&'static Preset, Format)> {
        let (name, ext) = file.split_once('.')?;
        let preset = Preset::find(name)?;
        match ext {
            "webp" if preset.fixed_height.is_none() => Some((preset, Format::Webp)),
            "jpg" => Some((preset, Format::Jpeg)),
            _ => None,
        }
    }

    /// The file's name within the picture's folder and address.
    pub fn file(&self, format: Format) -> String {
        format!("{}.{}", self.name, format.ext())
    }

    /// The size in px of a picture of `width` × `height`, which is not enlarged unless it is a drawing.
    pub fn size(&self, width: u32, height: u32) -> (u32, u32) {
        if let Some(fixed) = self.fixed_height {
            return (self.width, fixed);
        }
        let to = self.width.min(width).max(1);
        let scaled = (u64::from(height) * u64::from(to) + u64::from(width) / 2) / u64::from(width.max(1));
        (to, u32::try_from(scaled).unwrap_or(u32::MAX).max(1))
    }
}

impl Format {
    pub fn ext(self) -> &'static str {
        match self {
            Format::Webp => "webp",
            Format::Jpeg => "jpg",
        }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Format::Webp => "image/webp",
            Format::Jpeg => "image/jpeg",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_proportions_and_enlarge_nothing() {
        let w640 = Preset::find("w640").unwrap();
        assert_eq!(w640.size(1600, 1000), (640, 400));
        assert_eq!(w640.size(300, 200), (300, 200));
        assert_eq!(w640.size(6000, 1), (640, 1));
        assert_eq!(Preset::find("og").unwrap().size(300, 200), (1200, 630));
    }

    #[test]
    fn only_known_files_exist() {
        assert!(Preset::of_file("w160.webp").is_some() && Preset::of_file("og.jpg").is_some());
        for file in
            ["og.webp", "w161.webp", "w160", "w160.png", "original.jpg", "../w160.webp", "w160.webp.jpg"]
        {
            assert!(Preset::of_file(file).is_none(), "{file}");
        }
        assert!(WIDTHS.iter().all(|width| Preset::find(&format!("w{width}")).is_some()));
    }
}
