//! Draws the accessory family of pictures.

use super::{Drawing, Params};

/// The values of `kind` that this module draws.
pub const KINDS: &[&str] = &[];

/// Draws one picture; the error names the parameter that is wrong.
pub fn draw(kind: &str, _params: &Params) -> Result<Drawing, String> {
    Err(format!("{kind} cannot be drawn"))
}
