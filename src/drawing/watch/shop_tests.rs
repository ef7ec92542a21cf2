//! Draws every picture of the watch shop and checks that its data hold together.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use crate::drawing::{self, Params};

/// Longest picture that the shop may hold, in bytes.
const SVG_MAX: usize = 90_000;

fn folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/watches")
}

fn shop() -> Table {
    let text = std::fs::read_to_string(folder().join("shop.toml")).expect("shop.toml is there");
    text.parse().expect("shop.toml is TOML")
}

fn products() -> Vec<Table> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder().join("products")).expect("the folder is there") {
        let path = entry.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).expect("a readable file");
        let file: Table = text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        all.extend(list(&file, "product").iter().map(|p| p.as_table().expect("a table").clone()));
    }
    all
}

fn list<'a>(table: &'a Table, key: &str) -> &'a [Value] {
    table.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("`{key}` is missing in {table:?}"))
}

fn words<'a>(table: &'a Table, key: &str) -> Vec<&'a str> {
    list(table, key).iter().map(|v| v.as_str().expect("a string")).collect()
}

fn keys(shop: &Table, of: &str, key: &str) -> BTreeSet<String> {
    list(shop, of).iter().filter_map(Value::as_table).map(|t| text(t, key).to_string()).collect()
}

fn variants(product: &Table) -> impl Iterator<Item = &Table> {
    list(product, "variant").iter().filter_map(Value::as_table)
}

fn cents(price: &str) -> i64 {
    let (whole, part) = price.split_once('.').expect("a price has a point");
    assert_eq!(part.len(), 2, "{price} needs two decimals");
    whole.parse::<i64>().expect("digits") * 100 + part.parse::<i64>().expect("digits")
}

fn params(base: &Table, over: Option<&Table>, view: &str) -> Params {
    let mut all = Params::new();
    for (key, value) in base.iter().chain(over.into_iter().flatten()) {
        all.insert(key.clone(), serde_json::to_value(value).expect("TOML fits into JSON"));
    }
    all.insert("view".to_string(), view.into());
    all
}

#[test]
fn every_picture_of_the_shop_is_drawn() {
    let mut fronts: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for product in products() {
        let slug = text(&product, "slug");
        let base = product["drawing"].as_table().expect("a drawing is a table");
        let views = words(&product, "views");
        assert!((2..=5).contains(&views.len()), "{slug} has {} views", views.len());
        for variant in variants(&product) {
            for view in &views {
                let all = params(base, variant.get("drawing").and_then(Value::as_table), view);
                let key = serde_json::to_string(&all).expect("JSON");
                if !seen.insert(key) {
                    continue;
                }
                let picture = drawing::draw(&all).unwrap_or_else(|e| panic!("{slug} {view}: {e}"));
                assert_eq!((picture.width, picture.height), (1200, 1200), "{slug} {view}");
                assert!(picture.svg.len() <= SVG_MAX, "{slug} {view} has {} bytes", picture.svg.len());
                assert!(!picture.svg.contains("NaN") && !picture.svg.contains("inf"), "{slug} {view}");
                if *view == views[0] {
                    let other = fronts.insert(picture.svg, slug.to_string());
                    assert!(other.is_none_or(|o| o == slug), "{slug} looks like another product");
                }
            }
        }
    }
    let hero = shop()["hero"].as_table().expect("a table")["drawing"].as_table().expect("a table").clone();
    let picture = drawing::draw(&params(&hero, None, "hero")).expect("the hero is drawn");
    assert_eq!((picture.width, picture.height), (1600, 1000));
}

#[test]
fn main_pictures_are_svg_that_the_rasteriser_reads() {
    for product in products() {
        let slug = text(&product, "slug");
        let base = product["drawing"].as_table().expect("a drawing is a table");
        let first = variants(&product).next().expect("a variant");
        let view = words(&product, "views")[0];
        let all = params(base, first.get("drawing").and_then(Value::as_table), view);
        let picture = drawing::draw(&all).unwrap_or_else(|e| panic!("{slug}: {e}"));
        if let Err(e) = resvg::usvg::Tree::from_str(&picture.svg, &resvg::usvg::Options::default()) {
            panic!("{slug}: {e}");
        }
    }
}

#[test]
fn codes_are_unique_and_barcodes_right() {
    let (mut slugs, mut skus, mut codes) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for product in products() {
        let slug = text(&product, "slug").to_string();
        assert!(slugs.insert(slug.clone()), "{slug} twice");
        for variant in variants(&product) {
            assert!(skus.insert(text(variant, "sku").to_string()), "{slug}: SKU twice");
            let code = text(variant, "barcode");
            let digits: Vec<u32> = code.chars().map(|c| c.to_digit(10).expect("a digit")).collect();
            assert!(digits.len() == 13 && digits[0] == 2, "{slug}: {code} is no in-store EAN-13");
            let sum: u32 = digits.iter().zip([1, 3].into_iter().cycle()).map(|(d, k)| d * k).sum();
            assert_eq!(sum % 10, 0, "{slug}: the check digit of {code} is wrong");
            assert!(codes.insert(code.to_string()), "{slug}: {code} twice");
        }
    }
    assert!(slugs.len() >= 62, "only {} products", slugs.len());
}

#[test]
fn names_that_products_refer_to_exist() {
    let shop = shop();
    let (brands, categories) = (keys(&shop, "brand", "slug"), keys(&shop, "category", "slug"));
    let attributes = keys(&shop, "attribute", "key");
    let types: BTreeMap<&str, Vec<&str>> = list(&shop, "type")
        .iter()
        .filter_map(Value::as_table)
        .map(|t| (text(t, "key"), words(t, "attributes")))
        .collect();
    let kinds: BTreeMap<&str, &str> = list(&shop, "attribute")
        .iter()
        .filter_map(Value::as_table)
        .map(|a| (text(a, "key"), text(a, "kind")))
        .collect();
    assert!(types.values().flatten().all(|a| attributes.contains(*a)));
    for category in list(&shop, "category").iter().filter_map(Value::as_table) {
        let fact = category.get("fact").and_then(Value::as_str);
        assert!(fact.is_none_or(|f| attributes.contains(f)), "{fact:?} is no attribute");
    }
    let products = products();
    let slugs: BTreeSet<&str> = products.iter().map(|p| text(p, "slug")).collect();
    let mut filled: BTreeSet<&str> = BTreeSet::new();
    for product in &products {
        let slug = text(product, "slug");
        assert!(brands.contains(text(product, "brand")), "{slug}: brand");
        let allowed = types.get(text(product, "type")).unwrap_or_else(|| panic!("{slug}: type"));
        for (key, value) in product["attributes"].as_table().expect("a table") {
            assert!(allowed.contains(&key.as_str()), "{slug}: {key} is not of its type");
            let fits = match kinds[key.as_str()] {
                "number" => value.is_integer() || value.is_float(),
                "flag" => value.is_bool(),
                _ => value.is_str() || value.is_array(),
            };
            assert!(fits, "{slug}: {key} = {value:?} is not a {}", kinds[key.as_str()]);
        }
        for category in words(product, "categories") {
            assert!(categories.contains(category), "{slug}: {category}");
            filled.insert(category);
        }
        let related = words(product, "related");
        assert!(related.len() <= 8, "{slug}: too many related");
        for other in related {
            assert!(slugs.contains(other) && other != slug, "{slug}: related {other}");
        }
    }
    assert!(filled.len() >= 7, "only {} categories have products", filled.len());
}

#[test]
fn variants_fit_their_options_and_prices() {
    let (mut out, mut sale, mut new) = (0, 0, 0);
    for product in products() {
        let slug = text(&product, "slug");
        let options: Vec<&Table> = list(&product, "option").iter().filter_map(Value::as_table).collect();
        for option in &options {
            let swatches = words(option, "swatches").len();
            assert!(swatches == 0 || swatches == words(option, "values").len(), "{slug}: swatches");
        }
        let mut met = BTreeSet::new();
        for variant in variants(&product) {
            let chosen = words(variant, "options");
            assert_eq!(chosen.len(), options.len(), "{slug}: {chosen:?}");
            for (value, option) in chosen.iter().zip(&options) {
                assert!(words(option, "values").contains(value), "{slug}: {value} is no value");
            }
            assert!(met.insert(chosen.join("/")), "{slug}: {chosen:?} twice");
            let price = cents(text(variant, "price"));
            assert!((1_800..=390_000).contains(&price), "{slug}: {price}");
            if let Some(before) = variant.get("compare_at").and_then(Value::as_str) {
                assert!(cents(before) > price, "{slug}: the old price is not higher");
                sale += 1;
            }
            out += usize::from(variant["stock"].as_integer() == Some(0));
        }
        for option in &options {
            for value in words(option, "values") {
                let sold = variants(&product).any(|v| words(v, "options").contains(&value));
                assert!(sold, "{slug}: {value} has no variant");
            }
        }
        new += usize::from(product.get("new").is_some());
    }
    assert!(out >= 4 && sale >= 6 && new >= 6, "{out} sold out, {sale} on sale, {new} new");
}

#[test]
fn pages_have_a_title_and_a_place() {
    let needed = [
        "about",
        "delivery",
        "returns",
        "payment",
        "warranty",
        "contact",
        "privacy",
        "terms",
        "imprint",
        "withdrawal",
        "size-guide",
    ];
    for slug in needed {
        let page =
            std::fs::read_to_string(folder().join(format!("pages/{slug}.md"))).expect("the page is there");
        let front = page.split("+++").nth(1).unwrap_or_else(|| panic!("{slug} has no front matter"));
        let front: Table = front.parse().unwrap_or_else(|e| panic!("{slug}: {e}"));
        assert!(!text(&front, "title").is_empty());
        assert!(["help", "legal"].contains(&text(&front, "footer")), "{slug}");
        assert!(front["position"].as_integer().is_some_and(|p| p > 0), "{slug}");
    }
}
