//! The index over a few made-up products, without a database.

use super::*;

fn row(id: &str, title: &str, brand: &str, sku: &str, values: &[&str], popularity: i64) -> SearchRow {
    SearchRow {
        product_id: id.to_owned(),
        title: title.to_owned(),
        brand: brand.to_owned(),
        popularity,
        codes: vec![sku.to_owned()],
        values: values.iter().map(|v| (*v).to_owned()).collect(),
        ..SearchRow::default()
    }
}

fn stock() -> Vec<SearchRow> {
    vec![
        row("p1", "Meridian 38", "Orrery", "MER38-BRN", &["Automatic", "38 mm"], 5),
        row("p2", "Meridian 38 GMT", "Orrery", "MER38-GMT", &["Automatic", "38 mm"], 9),
        row("p3", "Regatta Chronograph", "Orrery", "REG-1", &["Quartz", "42 mm"], 1),
        row("p4", "USB-C cable, 2 m", "Pocketry", "CBL-C-2", &["USB-C", "100 W"], 3),
        row("p5", "Lightning cable", "Pocketry", "CBL-L-1", &["Lightning"], 3),
        row("p6", "Power bank 10 000", "Pocketry", "PB-10", &["USB-C"], 2),
        row("p7", "Field watch", "Orrery", "FLD-1", &["Hand-wound"], 0),
        row("p8", "Brown leather strap 20mm", "Orrery", "STR-20", &["20 mm", "Für Uhren"], 0),
    ]
}

fn search_of(rows: &[SearchRow]) -> Search {
    let search = Search::new().unwrap();
    let tree = CategoryTree::default();
    search.write_now(rows.iter().map(|r| document(r, &tree)).collect(), &[], &tree).unwrap();
    search
}

fn found(search: &Search, query: &str) -> Vec<String> {
    search.find(query).product_ids
}

#[test]
fn every_word_must_be_found() {
    let search = search_of(&stock());
    assert_eq!(found(&search, "meridian gmt"), ["p2"]);
    assert_eq!(found(&search, "orrery quartz"), ["p3"]);
    assert!(found(&search, "meridian lightning").is_empty());
    assert!(found(&search, "meridian xylophone").is_empty());
}

#[test]
fn popularity_decides_among_equals_and_the_whole_title_comes_first() {
    let search = search_of(&stock());
    assert_eq!(found(&search, "automatic"), ["p2", "p1"]);
    assert_eq!(found(&search, "Meridian 38"), ["p1", "p2"]);
    assert_eq!(found(&search, "cable"), ["p5", "p4"], "by title at last");
}

#[test]
fn a_title_counts_more_than_an_attribute() {
    let rows = [row("a", "Quartz", "", "A", &[], 0), row("b", "Watch", "", "B", &["Quartz"], 99)];
    assert_eq!(found(&search_of(&rows), "quartz"), ["a", "b"]);
}

#[test]
fn the_last_word_may_be_unfinished() {
    let search = search_of(&stock());
    assert_eq!(found(&search, "merid"), ["p2", "p1"]);
    assert_eq!(found(&search, "leather str"), ["p8"]);
    assert_eq!(found(&search, "mer38-b"), ["p1"]);
}

#[test]
fn mistakes_are_forgiven_and_told() {
    let search = search_of(&stock());
    for (typed, id, corrected) in [
        ("chronograf", "p3", "chronograph"),
        ("Cronograph", "p3", "chronograph"),
        ("usb c kabel", "p4", "usb c cable"),
        ("USB-C Kabel", "p4", "USB-C cable"),
        ("lihgtning cable", "p5", "lightning cable"),
        ("lether strap", "p8", "leather strap"),
    ] {
        let result = search.find(typed);
        assert_eq!(result.product_ids.first().map(String::as_str), Some(id), "{typed}");
        assert_eq!(result.corrected.as_deref(), Some(corrected));
    }
    assert_eq!(search.find("cable").corrected, None);
    assert_eq!(search.find("cables").corrected, None, "a plural is no mistake");
    assert_eq!(found(&search, "straps uhr"), ["p8"]);
}

#[test]
fn a_corrected_query_finds_what_the_right_one_finds() {
    let mut rows = stock();
    rows.push(row("p9", "Two chronographs", "Orrery", "CHR-2", &[], 0));
    rows.push(row("p10", "Chronographer's loupe", "Orrery", "LOU-1", &[], 0));
    let search = search_of(&rows);
    for (typed, right) in
        [("chronograf", "chronograph"), ("orrery chronograf", "orrery chronograph"), ("wathc", "watch")]
    {
        let (mistyped, typed_right) = (search.find(typed), search.find(right));
        assert_eq!(mistyped.corrected.as_deref(), Some(right));
        assert_eq!(mistyped.product_ids, typed_right.product_ids, "{typed}");
    }
    assert_eq!(search.find("chronograf").product_ids.len(), 3);
}

#[test]
fn of_likely_words_the_one_counts_that_the_rest_of_the_query_goes_with() {
    let rows = [
        row("a", "Letter opener", "", "A", &[], 0),
        row("b", "Letter box", "", "B", &[], 0),
        row("c", "Better strap", "", "C", &[], 0),
    ];
    let search = search_of(&rows);
    let found = search.find("xetter strap");
    assert_eq!((found.corrected.as_deref(), found.product_ids), (Some("better strap"), vec!["c".to_owned()]));
}

#[test]
fn nonsense_is_not_corrected_to_a_letter() {
    let search = search_of(&stock());
    for typed in ["xq", "qkc", "qqqq", "ckck", "zz", "mmm"] {
        assert_eq!(search.find(typed), Found::default(), "{typed}");
    }
}

#[test]
fn a_word_of_another_language_is_understood_and_told() {
    let mut rows = stock();
    rows.push(row("p9", "Clear case for iPhone 15", "Pocketry", "CSE-15", &["iPhone 15"], 0));
    let search = search_of(&rows);
    for (typed, id, corrected) in [
        ("iphon 15 hülle", "p9", "iphone 15 case"),
        ("Hüllen", "p9", "case"),
        ("Lederarmband Uhr", "", ""),
        ("leder armband", "p8", "leather strap"),
    ] {
        let found = search.find(typed);
        assert_eq!(found.product_ids.first().map_or("", String::as_str), id, "{typed}");
        assert_eq!(found.corrected.unwrap_or_default(), corrected, "{typed}");
    }
    // A word that the shop uses itself means what it says.
    let german = search_of(&[row("a", "Hülle", "", "A", &[], 0), row("b", "Case", "", "B", &[], 0)]);
    assert_eq!(german.find("hülle").product_ids, ["a"]);
}

#[test]
fn divided_and_joined_words_are_the_same() {
    let search = search_of(&stock());
    for typed in ["usb-c cable", "usbc cable", "USB C cable", "usb‑c cable"] {
        assert_eq!(found(&search, typed), ["p4"], "{typed}");
    }
    assert_eq!(found(&search, "powerbank"), ["p6"]);
    assert_eq!(found(&search, "20 mm strap"), found(&search, "20mm strap"));
    assert_eq!(found(&search, "cblc2"), ["p4"], "a code without its hyphens");
    let joined = search_of(&[row("a", "usbc hub", "", "A", &[], 0)]);
    assert_eq!(found(&joined, "usb c"), ["a"]);
}

#[test]
fn nothing_that_is_typed_is_an_error() {
    let search = search_of(&stock());
    let long = "cable ".repeat(2_000);
    for typed in
        ["", " ", "\0", "\u{0}cable\u{0}\u{7f}x", "😀", "title:\"(* OR AND ~2^", "-", "%%", &long, "\u{202e}"]
    {
        let result = search.find(typed);
        assert!(result.product_ids.is_empty(), "{typed:?}: {result:?}");
        assert_eq!(search.suggest(typed).product_ids, Vec::<String>::new());
    }
    assert_eq!(found(&search, "cable AND (lightning)"), ["p5"]);
    assert!(Search::new().unwrap().find("cable").product_ids.is_empty());
}

#[test]
fn changes_replace_and_remove() {
    let search = search_of(&stock());
    let tree = CategoryTree::default();
    let renamed = row("p3", "Regatta Timer", "Orrery", "REG-1", &["Quartz"], 1);
    search.write_now(vec![document(&renamed, &tree)], &["p7".to_owned()], &tree).unwrap();
    assert_eq!(found(&search, "timer"), ["p3"]);
    assert!(found(&search, "field watch").is_empty());
    assert!(found(&search, "chronograph").is_empty(), "a word of no product is unknown");
    assert_eq!(found(&search, "regatta"), ["p3"], "replaced, not doubled");
}

#[test]
fn the_order_does_not_depend_on_how_the_index_was_built() {
    let rows: Vec<SearchRow> = (0..300)
        .map(|n| row(&format!("p{n:03}"), &format!("Watch {}", n % 7), "Orrery", "W", &[], n % 3))
        .collect();
    let at_once = search_of(&rows);
    let bit_by_bit = Search::new().unwrap();
    let tree = CategoryTree::default();
    for chunk in rows.rchunks(20) {
        bit_by_bit.write_now(chunk.iter().map(|r| document(r, &tree)).collect(), &[], &tree).unwrap();
        // Written twice: the first ones are deleted documents now.
        bit_by_bit.write_now(chunk.iter().map(|r| document(r, &tree)).collect(), &[], &tree).unwrap();
    }
    for typed in ["watch", "watch 3", "orrery w", "wathc 3", "watch 1 orrery"] {
        assert_eq!(at_once.find(typed), bit_by_bit.find(typed), "{typed}");
        assert!(!found(&at_once, typed).is_empty());
    }
}
