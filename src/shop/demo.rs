//! The demo shops that the binary carries (`assets/demo/<name>`): read strictly, and put into a fresh store.

mod format;
mod orders;
mod pictures;
mod products;
mod seed;

use rust_embed::RustEmbed;

pub use format::{Demo, Mistake};
pub use orders::{count_missing_orders, seed_orders};
pub use seed::seed;

/// The shops that exist.
pub const NAMES: [&str; 2] = ["watches", "accessories"];

#[derive(RustEmbed)]
#[folder = "assets/demo"]
struct Files;

impl Demo {
    /// Reads a shop's files; the error names the file and the place in it.
    pub fn load(name: &str) -> Result<Demo, Mistake> {
        let mut demo =
            Demo { shop: format::parse_shop(name, &text(&format!("{name}/shop.toml"))?)?, ..Demo::default() };
        let mut paths: Vec<String> = Files::iter().map(|path| path.to_string()).collect();
        paths.sort();
        for path in paths {
            let Some(rest) = path.strip_prefix(name).and_then(|p| p.strip_prefix('/')) else { continue };
            if let Some(slug) = rest.strip_prefix("pages/").and_then(|p| p.strip_suffix(".md")) {
                demo.pages.push(format::parse_page(&path, slug, &text(&path)?)?);
            } else if rest.starts_with("products/") && rest.ends_with(".toml") {
                demo.products.extend(format::parse_products(&path, &text(&path)?)?);
            }
        }
        Ok(demo)
    }
}

fn text(path: &str) -> Result<String, Mistake> {
    let file = Files::get(path).ok_or_else(|| Mistake(format!("assets/demo/{path} is missing")))?;
    String::from_utf8(file.data.into_owned()).map_err(|e| Mistake(format!("assets/demo/{path}: {e}")))
}
