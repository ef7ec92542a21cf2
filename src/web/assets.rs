//! The addresses of the program's own files: styles, script, icons.

/// The public path of an embedded file. Names: `store.css` (every file of `assets/css`, joined in the order of their
/// names), `store.js`, `icons.svg`, `theme-<name>.css` (from `assets/themes/<name>.css`).
pub fn url(name: &str) -> String {
    format!("/assets/{name}")
}
