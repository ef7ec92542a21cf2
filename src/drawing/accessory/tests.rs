//! Draws every picture of the accessories demo and checks what the demo's files promise.

use crate::drawing::{Params, draw};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The most that one picture may weigh.
const SVG_MAX_BYTES: usize = 60_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/accessories")
}

fn table(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    let table: toml::Table =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::to_value(table).expect("TOML fits into JSON")
}

fn products() -> Vec<Value> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder().join("products"))
        .expect("there are products")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    paths.sort();
    paths.iter().flat_map(|path| list(&table(path), "product")).collect()
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value[key].as_array().cloned().unwrap_or_default()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().map(|item| item.as_str().expect("a list of texts").to_string()).collect()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("`{key}` is missing in {value}"))
}

fn keys(shop: &Value, list_key: &str, key: &str) -> BTreeSet<String> {
    list(shop, list_key).iter().map(|item| text(item, key).to_string()).collect()
}

/// The parameters of one picture, as the loader merges them.
fn picture(product: &Value, variant: &Value, view: &str) -> Params {
    let mut params = product["drawing"].as_object().cloned().unwrap_or_default();
    params.extend(variant["drawing"].as_object().cloned().unwrap_or_default());
    params.insert("view".to_string(), Value::from(view));
    params
}

#[test]
fn every_picture_can_be_drawn() {
    let mut fronts: BTreeMap<String, String> = BTreeMap::new();
    for product in products() {
        let slug = text(&product, "slug");
        let views = texts(&product, "views");
        assert!((2..=5).contains(&views.len()), "{slug} has {} views", views.len());
        let mut seen = BTreeSet::new();
        for variant in list(&product, "variant") {
            for view in &views {
                let params = picture(&product, &variant, view);
                if !seen.insert(Value::from(params.clone()).to_string()) {
                    continue;
                }
                let drawing = draw(&params).unwrap_or_else(|error| panic!("{slug}, {view}: {error}"));
                assert!(drawing.svg.len() <= SVG_MAX_BYTES, "{slug}, {view}: {} bytes", drawing.svg.len());
                assert_eq!((drawing.width, drawing.height), (1200, 1200));
                if view == &views[0] {
                    let owner = fronts.entry(drawing.svg).or_insert_with(|| slug.to_string());
                    assert_eq!(owner, slug, "{owner} and {slug} look the same");
                }
            }
        }
    }
}

#[test]
fn the_pictures_are_valid_svg() {
    for product in products() {
        let variants = list(&product, "variant");
        for view in texts(&product, "views") {
            let drawing = draw(&picture(&product, &variants[0], &view)).expect("drawn in another test");
            let parsed = resvg::usvg::Tree::from_str(&drawing.svg, &resvg::usvg::Options::default());
            assert!(parsed.is_ok(), "{}, {view}: {parsed:?}", text(&product, "slug"));
        }
    }
    let shop = table(&folder().join("shop.toml"));
    let hero = draw(shop["hero"]["drawing"].as_object().expect("a table")).expect("the hero can be drawn");
    assert_eq!((hero.width, hero.height), (1600, 1000));
}

#[test]
fn mistakes_are_named() {
    let error = |json: &str| {
        let params: Params = serde_json::from_str(json).expect("valid JSON");
        draw(&params).err().unwrap_or_default()
    };
    assert!(error(r#"{"kind":"case","modell":"pixel-10"}"#).contains("modell"));
    assert!(error(r#"{"kind":"case","model":"pixel-1"}"#).contains("pixel-1"));
    assert!(error(r##"{"kind":"case","color":"#12"}"##).contains("color"));
    assert!(error(r#"{"kind":"charger","watts":9000}"#).contains("watts"));
    assert!(error(r#"{"kind":"charger","ports":["usb-d"]}"#).contains("usb-d"));
    assert!(error(r#"{"kind":"cable","view":"side"}"#).contains("side"));
}

/// Whether the last digit of an EAN-13 is right, in the range that shops may use among themselves.
fn is_shop_barcode(code: &str) -> bool {
    let digits: Vec<u32> = code.chars().filter_map(|digit| digit.to_digit(10)).collect();
    let sum: u32 =
        digits.iter().enumerate().map(|(place, digit)| digit * if place % 2 == 0 { 1 } else { 3 }).sum();
    code.len() == 13 && digits.len() == 13 && digits[0] == 2 && sum.is_multiple_of(10)
}

#[test]
fn what_the_products_refer_to_exists() {
    let shop = table(&folder().join("shop.toml"));
    let (brands, categories) = (keys(&shop, "brand", "slug"), keys(&shop, "category", "slug"));
    let attributes: BTreeMap<String, String> = list(&shop, "attribute")
        .iter()
        .map(|attribute| (text(attribute, "key").to_string(), text(attribute, "kind").to_string()))
        .collect();
    let types: BTreeMap<String, Vec<String>> = list(&shop, "type")
        .iter()
        .map(|kind| (text(kind, "key").to_string(), texts(kind, "attributes")))
        .collect();
    let products = products();
    let slugs: BTreeSet<&str> = products.iter().map(|product| text(product, "slug")).collect();
    assert_eq!(slugs.len(), products.len(), "a slug stands twice");
    for product in &products {
        let slug = text(product, "slug");
        assert!(brands.contains(text(product, "brand")), "{slug}: brand");
        for category in texts(product, "categories") {
            assert!(categories.contains(&category), "{slug}: category {category}");
        }
        for related in texts(product, "related") {
            assert!(slugs.contains(related.as_str()) && related != slug, "{slug}: related {related}");
        }
        let of_type = types.get(text(product, "type")).unwrap_or_else(|| panic!("{slug}: type"));
        for (key, value) in product["attributes"].as_object().expect("attributes are a table") {
            assert!(of_type.contains(key), "{slug}: {key} is no attribute of its type");
            let fits = match attributes.get(key).map(String::as_str) {
                Some("number") => value.is_number(),
                Some("flag") => value.is_boolean(),
                Some("text" | "choice") => value.is_string() || value.is_array(),
                _ => false,
            };
            assert!(fits, "{slug}: {key} = {value}");
        }
    }
    for category in &categories {
        let holds = |product: &&Value| texts(product, "categories").contains(category);
        let is_parent = list(&shop, "category").iter().any(|other| other["parent"] == **category);
        assert!(is_parent || products.iter().any(|product| holds(&product)), "{category} is empty");
    }
}

#[test]
fn variants_match_their_options() {
    let (mut skus, mut barcodes) = (BTreeSet::new(), BTreeSet::new());
    for product in products() {
        let slug = text(&product, "slug");
        let options = list(&product, "option");
        let mut chosen = BTreeSet::new();
        for variant in list(&product, "variant") {
            let sku = text(&variant, "sku").to_string();
            let values = texts(&variant, "options");
            assert_eq!(values.len(), options.len(), "{sku}: options");
            for (value, option) in values.iter().zip(&options) {
                assert!(texts(option, "values").contains(value), "{sku}: {value}");
            }
            assert!(chosen.insert(values), "{slug}: two variants with the same options");
            assert!(is_shop_barcode(text(&variant, "barcode")), "{sku}: barcode");
            assert!(barcodes.insert(text(&variant, "barcode").to_string()), "{sku}: barcode stands twice");
            let price: f64 = text(&variant, "price").parse().expect("a price");
            let old = variant["compare_at"].as_str().map(|old| old.parse::<f64>().expect("a price"));
            assert!((7.9..=149.0).contains(&price) && old.is_none_or(|old| old > price), "{sku}: price");
            assert!(variant["weight_g"].as_i64() > Some(0) && variant["stock"].as_i64() >= Some(0), "{sku}");
            assert!(skus.insert(sku), "{slug}: an SKU stands twice");
        }
        for option in &options {
            let (values, swatches) = (texts(option, "values"), texts(option, "swatches"));
            assert!(swatches.is_empty() || swatches.len() == values.len(), "{slug}: swatches");
            for value in &values {
                let used = chosen.iter().any(|chosen| chosen.contains(value));
                assert!(used, "{slug}: no variant has {value}");
            }
        }
        assert!(!chosen.is_empty(), "{slug} has no variant");
    }
    assert!(skus.len() > 84);
}
