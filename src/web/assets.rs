//! The program's own files: styles, script, icons, themes. Embedded, named by their content, compressed once.
//!
//! Names for [`url`]: `app-<theme>.css` (a theme's tokens and all of `assets/css`, joined in the order of their names:
//! one file, since a page can't be painted before its styles are there), `app.js` (all of `assets/js`, one module),
//! `theme-<name>.css` (the tokens alone, from `assets/themes`), each file of `assets/icons` and `assets/rules` under
//! its own name, and `docs.css`, `docs.js` and the other files of `assets/docs`. A style refers to an icon as
//! `url(asset:<name>)`.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, OnceLock};

use bytes::Bytes;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::web::{Data, Path};
use poem::{Request, Response, handler};
use rust_embed::RustEmbed;

use super::compression::{Effort, Encoding};
use super::etag;
use super::minify::{minify_css, minify_js};
use crate::app::App;
use crate::db::assets::find_asset;
use crate::error::Result;

#[derive(RustEmbed)]
#[folder = "assets/css"]
#[allow_missing = true]
struct Css;

#[derive(RustEmbed)]
#[folder = "assets/js"]
#[allow_missing = true]
struct Js;

#[derive(RustEmbed)]
#[folder = "assets/icons"]
#[allow_missing = true]
struct Icons;

#[derive(RustEmbed)]
#[folder = "assets/themes"]
#[allow_missing = true]
struct Themes;

#[derive(RustEmbed)]
#[folder = "assets/rules"]
#[allow_missing = true]
struct Rules;

#[derive(RustEmbed)]
#[folder = "assets/docs"]
#[allow_missing = true]
struct Docs;

/// The name of the rules by which browsers may load the next public page ahead of the click.
pub const SPECULATION_RULES: &str = "speculation.json";

/// What every asset that exists is answered with: its address changes with its content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// What of its digest stands in an asset's address.
const DIGEST_CHARS: usize = 16;
/// No asset's address is longer.
const FILE_CHARS_MAX: usize = 120;

/// The public address of an embedded file, for templates. A name that does not exist is a mistake in a template: it
/// is logged, and its address answers 404.
pub fn url(name: &str) -> &'static str {
    match REGISTRY.by_name.get(name) {
        Some(asset) => &asset.url,
        None => {
            tracing::error!(name, "a page refers to an asset that does not exist");
            "/assets/missing"
        }
    }
}

/// Whether an asset of this name is embedded.
pub fn exists(name: &str) -> bool {
    REGISTRY.by_name.contains_key(name)
}

/// Whether `path` is the address of an embedded file: another build's must be asked of the database.
pub fn is_embedded(path: &str) -> bool {
    path.strip_prefix("/assets/").is_some_and(|file| REGISTRY.by_file.contains_key(file))
}

/// Every asset as the last part of its address and its content.
pub fn list_files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    REGISTRY.by_name.values().map(|asset| (file_of(&asset.url), asset.body.as_ref()))
}

/// The content type of the asset whose address ends with `file`.
pub fn content_type_of(file: &str) -> &'static str {
    let name = REGISTRY.by_file.get(file).and_then(|name| REGISTRY.by_name.get(name));
    name.map_or("application/octet-stream", |asset| asset.content_type)
}

/// `GET /assets/:file`, this build's or another's.
#[handler]
pub async fn show_asset(
    Path(file): Path<String>,
    request: &Request,
    app: Data<&Arc<App>>,
) -> Result<Response> {
    if let Some(asset) = REGISTRY.by_file.get(&file).and_then(|name| REGISTRY.by_name.get(name)) {
        return Ok(answer(asset, request.headers()));
    }
    if let Some(name) = name_of(&file)
        && let Some(body) = find_asset(&mut app.db.read().await?, &file).await?
    {
        // As it is: what is asked for so seldom is not worth compressing, which the edge does too.
        return Ok(answer(&Asset::new(&name, body), &HeaderMap::new()));
    }
    let missing = Response::builder().status(StatusCode::NOT_FOUND).content_type("text/plain; charset=utf-8");
    Ok(missing.header(header::CACHE_CONTROL, "no-store").body("There is no such file."))
}

/// The name of the asset of any build that might have this address.
fn name_of(file: &str) -> Option<String> {
    let (rest, ext) = file.rsplit_once('.')?;
    let (stem, digest) = rest.rsplit_once('.')?;
    let is_digest = digest.len() == DIGEST_CHARS && digest.bytes().all(|b| b.is_ascii_hexdigit());
    (is_digest && file.len() <= FILE_CHARS_MAX).then(|| format!("{stem}.{ext}"))
}

fn file_of(url: &str) -> &str {
    url.trim_start_matches("/assets/")
}

fn answer(asset: &Asset, request: &HeaderMap) -> Response {
    let mut encoding = Encoding::negotiate(request);
    let mut body = asset.encoded(encoding);
    if body.len() >= asset.body.len() {
        (encoding, body) = (Encoding::Identity, asset.body.clone());
    }
    let mut response = Response::builder()
        .content_type(asset.content_type)
        .header(header::CACHE_CONTROL, IMMUTABLE)
        .header(header::VARY, "Accept-Encoding")
        .header(header::ETAG, etag::encoded(&asset.etag, encoding, Effort::Best))
        .finish();
    if let Some(name) = encoding.name() {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    if let Some(held) = etag::held(request, &asset.etag) {
        return etag::not_modified(response, &held);
    }
    response.set_body(body);
    response
}

/// One file as it is served.
struct Asset {
    url: String,
    content_type: &'static str,
    etag: String,
    body: Bytes,
    brotli: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
}

impl Asset {
    fn new(name: &str, body: Vec<u8>) -> Asset {
        let etag = etag::of(&body);
        let (stem, ext) = name.rsplit_once('.').unwrap_or((name, "bin"));
        Asset {
            url: format!("/assets/{stem}.{}.{ext}", &etag[1..=DIGEST_CHARS]),
            content_type: content_type(name, ext),
            etag,
            body: body.into(),
            brotli: OnceLock::new(),
            gzip: OnceLock::new(),
        }
    }

    /// The body in `encoding`, compressed when first asked for and kept.
    fn encoded(&self, encoding: Encoding) -> Bytes {
        let slot = match encoding {
            Encoding::Identity => return self.body.clone(),
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
        };
        slot.get_or_init(|| encoding.encode(&self.body, Effort::Best).into()).clone()
    }
}

fn content_type(name: &str, ext: &str) -> &'static str {
    match ext {
        // Browsers take the rules from nothing else.
        "json" if name == SPECULATION_RULES => "application/speculationrules+json",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

struct Registry {
    by_name: BTreeMap<String, Asset>,
    /// The last part of an address → the asset's name.
    by_file: BTreeMap<String, String>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::build);

impl Registry {
    fn build() -> Registry {
        let mut registry = Registry { by_name: BTreeMap::new(), by_file: BTreeMap::new() };
        // Icons first: styles refer to their addresses.
        for (name, body) in files::<Icons>() {
            registry.add(&name, body);
        }
        let shared = joined(files::<Css>(), ".css");
        for (name, body) in files::<Themes>() {
            let tokens = text(body);
            let css = registry.resolve(&minify_css(&tokens));
            registry.add(&format!("theme-{name}"), css.into_bytes());
            let css = registry.resolve(&minify_css(&format!("{tokens}\n{shared}")));
            registry.add(&format!("app-{name}"), css.into_bytes());
        }
        for (name, body) in files::<Rules>() {
            registry.add(&name, body);
        }
        registry.add("app.js", minify_js(&joined(files::<Js>(), ".js")).into_bytes());
        registry.add_docs();
        registry
    }

    fn add_docs(&mut self) {
        let all = files::<Docs>();
        let has = |ext: &str| all.iter().any(|(name, _)| name.ends_with(ext));
        let (styles, script) = (has(".css"), has(".js"));
        if styles {
            let css = self.resolve(&minify_css(&joined(all.clone(), ".css")));
            self.add("docs.css", css.into_bytes());
        }
        if script {
            self.add("docs.js", minify_js(&joined(all.clone(), ".js")).into_bytes());
        }
        for (name, body) in all.into_iter().filter(|(n, _)| !n.ends_with(".css") && !n.ends_with(".js")) {
            self.add(&name, body);
        }
    }

    fn add(&mut self, name: &str, body: Vec<u8>) {
        let asset = Asset::new(name, body);
        let file = file_of(&asset.url).to_owned();
        self.by_file.insert(file, name.to_owned());
        self.by_name.insert(name.to_owned(), asset);
    }

    /// Puts addresses in the place of `asset:<name>`.
    fn resolve(&self, css: &str) -> String {
        self.by_name.iter().fold(css.to_owned(), |css, (name, asset)| {
            css.replace(&format!("url(asset:{name})"), &format!("url({})", asset.url))
        })
    }
}

/// A folder's files in the order of their names; a subfolder's name becomes a prefix.
fn files<E: RustEmbed>() -> Vec<(String, Vec<u8>)> {
    let mut names: Vec<_> =
        E::iter().filter(|name| !name.rsplit('/').next().unwrap_or(name).starts_with('.')).collect();
    names.sort();
    let read = |name: std::borrow::Cow<'static, str>| {
        Some((name.replace('/', "-"), E::get(&name)?.data.into_owned()))
    };
    names.into_iter().filter_map(read).collect()
}

fn joined(files: Vec<(String, Vec<u8>)>, ext: &str) -> String {
    let parts = files.into_iter().filter(|(name, _)| name.ends_with(ext)).map(|(_, body)| text(body));
    parts.collect::<Vec<_>>().join("\n")
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8_lossy(&body).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compressed, in bytes: what a phone on a bad line has to load before it sees the shop.
    const BUDGET: usize = 12 * 1024;

    fn accepting(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
    }

    #[test]
    fn other_builds_assets_are_told_by_their_form() {
        assert_eq!(name_of("app-plain.0123456789abcdef.css").as_deref(), Some("app-plain.css"));
        let long = format!("{}.0123456789abcdef.css", "a".repeat(120));
        for file in
            ["app-plain.css", "app-plain.0123.css", "app.0123456789abcdeg.js", "../Cargo.toml", "", &long]
        {
            assert_eq!(name_of(file), None, "{file}");
        }
    }

    #[test]
    fn styles_and_script_stay_small() {
        for name in ["app-orrery.css", "app-plain.css", "app-pocketry.css", "app.js"] {
            let size = REGISTRY.by_name[name].encoded(Encoding::Brotli).len();
            assert!(size <= BUDGET, "{name} is {size} bytes compressed");
        }
    }

    #[tokio::test]
    async fn an_asset_is_immutable_in_every_encoding() {
        for (accept, expected) in [("br, gzip", Some("br")), ("gzip", Some("gzip")), ("identity", None)] {
            let mut registry_page = answer(&REGISTRY.by_name["app-plain.css"], &accepting(accept));
            assert_eq!(registry_page.status(), StatusCode::OK);
            assert_eq!(registry_page.headers()[header::CACHE_CONTROL], IMMUTABLE);
            assert_eq!(registry_page.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
            let encoding = registry_page.headers().get(header::CONTENT_ENCODING).map(|v| v.to_str().unwrap());
            if REGISTRY.by_name["app-plain.css"].body.len() > 200 {
                assert_eq!(encoding, expected);
            }
            let tag = registry_page.headers()[header::ETAG].clone();
            let mut again = accepting(accept);
            again.insert(header::IF_NONE_MATCH, tag);
            assert_eq!(answer(&REGISTRY.by_name["app-plain.css"], &again).status(), StatusCode::NOT_MODIFIED);
            registry_page.take_body();
        }
    }

    #[test]
    fn templates_refer_to_files_that_exist() {
        let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates")];
        let mut names = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                let parts = text.split("asset(\"").skip(1).filter_map(|rest| rest.split('"').next());
                names.extend(parts.map(str::to_owned));
            }
        }
        assert!(names.len() >= 2, "{names:?}");
        let missing: Vec<_> = names.iter().filter(|name| !exists(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn nothing_personal_is_loaded_ahead() {
        let asset = &REGISTRY.by_name[SPECULATION_RULES];
        assert_eq!(asset.content_type, "application/speculationrules+json");
        let rules: serde_json::Value = serde_json::from_slice(&asset.body).unwrap();
        let mut named: Vec<&serde_json::Value> = Vec::new();
        for rule in ["prerender", "prefetch"].into_iter().flat_map(|kind| rules[kind].as_array().unwrap()) {
            named.extend(rule["where"]["and"][0]["href_matches"].as_array().unwrap());
        }
        let public = ["/", "/c/*", "/p/*", "/pages/*", "/search", "/search\\?*"];
        assert!(named.len() >= public.len());
        assert!(named.iter().all(|path| public.contains(&path.as_str().unwrap())), "{named:?}");
    }

    #[test]
    fn an_address_changes_with_the_content() {
        let (one, two) = (Asset::new("a.css", b"a{}".to_vec()), Asset::new("a.css", b"b{}".to_vec()));
        assert_ne!(one.url, two.url);
        assert!(one.url.starts_with("/assets/a.") && one.url.ends_with(".css"), "{}", one.url);
    }
}
