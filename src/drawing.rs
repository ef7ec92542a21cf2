//! Draws product pictures from parameters: the demo shops carry no photographs.
//!
//! Pure: parameters in, SVG text out. The media pipeline rasterises it (no text, fonts or embedded images there,
//! so numerals are paths). An unknown parameter is an error, so that a typo in a demo file is found by a test.

pub mod accessory;
pub mod watch;

/// The flat parameter table of one picture; `kind` and `view` choose what is drawn.
pub type Params = serde_json::Map<String, serde_json::Value>;

/// One finished picture.
pub struct Drawing {
    /// Width of the canvas in px.
    pub width: u32,
    /// Height of the canvas in px.
    pub height: u32,
    pub svg: String,
}

/// Draws the picture that `params` describe; the error names the parameter that is wrong.
pub fn draw(params: &Params) -> Result<Drawing, String> {
    let kind = params.get("kind").and_then(|v| v.as_str()).ok_or("`kind` is missing")?;
    if watch::KINDS.contains(&kind) {
        return watch::draw(kind, params);
    }
    if accessory::KINDS.contains(&kind) {
        return accessory::draw(kind, params);
    }
    Err(format!("`kind` = {kind:?} is not a drawing"))
}
