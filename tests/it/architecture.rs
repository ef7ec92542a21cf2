//! The laws of the house (ARCHITECTURE.md), held by reading the source: who uses whom, where SQL stands, how long a
//! file and a function may be, and which names are not used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::spanned::Spanned;
use syn::visit::Visit;

/// Lines; aim at 400.
const FILE_LINES_MAX: usize = 600;
/// Lines; aim at 40.
const FUNCTION_LINES_MAX: usize = 70;

/// What each part may use besides itself. Parts that are not listed may be used by everybody or use everything.
const MAY_USE: [(&str, &[&str]); 8] = [
    ("domain", &[]),
    ("drawing", &[]),
    ("db", &["domain"]),
    ("outside", &["domain", "config"]),
    ("edge", &["db", "outside", "domain", "search"]),
    ("shop", &["domain", "db", "outside", "drawing", "search"]),
    ("jobs", &["shop", "edge", "db", "outside", "domain"]),
    ("search", &["db", "domain"]),
];

/// `web` and `api` use these of each other's neighbours.
const EDGES_OF_THE_WEB: [&str; 7] = ["shop", "domain", "edge", "db", "search", "outside", "config"];

/// Used by everybody from `db` up: the error type, the clock and randomness, the program's parts, words for people.
const EVERYBODYS: [&str; 6] = ["error", "clock", "random", "app", "texts", "format"];

const FORBIDDEN_NAMES: [&str; 5] = ["utils", "helpers", "common", "manager", "service"];

struct File {
    path: PathBuf,
    /// The top-level module: `web` for `src/web/cart.rs` and `src/web.rs`.
    part: String,
    text: String,
}

fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let relative = path.strip_prefix(&root).unwrap();
                let part =
                    relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
                let text = std::fs::read_to_string(&path).unwrap();
                found.push(File { path: relative.to_owned(), part, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 20);
    found
}

fn check(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn parts_use_only_what_they_may() {
    let rules: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut problems = Vec::new();
    for file in sources() {
        let allowed: &[&str] = match file.part.as_str() {
            "web" | "api" => &EDGES_OF_THE_WEB,
            part => match rules.get(part) {
                Some(allowed) => allowed,
                None => continue,
            },
        };
        for used in used_parts(&file.text) {
            let pure = matches!(file.part.as_str(), "domain" | "drawing");
            // `domain` may name the error's field list: it is plain data.
            let everybodys = EVERYBODYS.contains(&used.as_str()) && (!pure || used == "error");
            let web_to_web =
                matches!(file.part.as_str(), "web" | "api") && used == "telemetry" || file.part == used;
            if !(web_to_web || everybodys || allowed.contains(&used.as_str())) {
                problems.push(format!("src/{} uses crate::{used}", file.path.display()));
            }
        }
    }
    check(&problems);
}

/// The `X` of every `crate::X` in code (not in comments).
fn used_parts(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim_start).filter(|l| !l.starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            // `$crate::` in a macro and `mycrate::` elsewhere are not paths of this file.
            if line[..at].ends_with(|c: char| c == '$' || c.is_alphanumeric()) {
                continue;
            }
            let rest = &line[at + "crate::".len()..];
            let list = rest.strip_prefix('{').and_then(|r| r.split('}').next());
            for name in list.map_or(vec![rest], |l| l.split(',').map(str::trim).collect()) {
                let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !name.is_empty() {
                    found.push(name);
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn sql_stands_in_db_alone() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|f| f.part != "db") {
        let tests_at = file.text.find("#[cfg(test)]").unwrap_or(file.text.len());
        for (number, line) in file.text[..tests_at].lines().enumerate() {
            let sql =
                ["\"SELECT ", "\"INSERT INTO ", "\"UPDATE ", "\"DELETE FROM ", "sqlx::query", "QueryBuilder"];
            if !line.trim_start().starts_with("//") && sql.iter().any(|s| line.contains(s)) {
                problems.push(format!("src/{}:{}: SQL outside of db", file.path.display(), number + 1));
            }
        }
    }
    check(&problems);
}

/// Tests are built with more of these two than the program by itself has: what they see, it may not.
#[test]
fn the_program_needs_nothing_that_only_tests_bring() {
    let mut problems = Vec::new();
    for file in sources() {
        let tests_at = file.text.find("#[cfg(test)]").unwrap_or(file.text.len());
        for feature in ["poem::test", "tokio_util::compat"] {
            if file.text[..tests_at].contains(feature) {
                problems.push(format!("src/{} uses {feature}", file.path.display()));
            }
        }
    }
    check(&problems);
}

#[test]
fn only_shop_edge_and_jobs_open_write_transactions() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|f| !["shop", "edge", "jobs", "db"].contains(&f.part.as_str())) {
        for (number, line) in file.text.lines().enumerate() {
            if line.contains("db.write()") {
                problems.push(format!("src/{}:{}: a write transaction", file.path.display(), number + 1));
            }
        }
    }
    check(&problems);
}

#[test]
fn domain_types_are_nobodys_wire_format() {
    let mut problems = Vec::new();
    for file in sources().iter().filter(|f| f.part == "domain") {
        for word in ["serde", "poem", "askama", "sqlx", "async fn", "SystemTime", "tokio"] {
            if file.text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(word)) {
                problems.push(format!("src/{} knows {word}", file.path.display()));
            }
        }
    }
    check(&problems);
}

#[test]
fn files_and_functions_fit_on_a_screen() {
    let mut problems = Vec::new();
    for file in sources() {
        let lines = file.text.lines().count();
        if lines > FILE_LINES_MAX {
            problems.push(format!("src/{}: {lines} lines", file.path.display()));
        }
        let mut functions = Functions { path: file.path.display().to_string(), problems: &mut problems };
        functions.visit_file(&syn::parse_file(&file.text).unwrap());
    }
    check(&problems);
}

struct Functions<'a> {
    path: String,
    problems: &'a mut Vec<String>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, body: &syn::Block) {
        let lines = body.span().end().line - name.span().start().line + 1;
        if lines > FUNCTION_LINES_MAX {
            self.problems.push(format!("src/{}: fn {name} has {lines} lines", self.path));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, f: &'ast syn::ItemFn) {
        self.measure(&f.sig.ident, &f.block);
        syn::visit::visit_item_fn(self, f);
    }

    fn visit_impl_item_fn(&mut self, f: &'ast syn::ImplItemFn) {
        self.measure(&f.sig.ident, &f.block);
        syn::visit::visit_impl_item_fn(self, f);
    }
}

#[test]
fn names_say_what_a_thing_is() {
    let problems: Vec<String> = sources()
        .iter()
        .filter(|f| {
            f.path.iter().any(|p| FORBIDDEN_NAMES.contains(&p.to_str().unwrap().trim_end_matches(".rs")))
        })
        .map(|f| format!("src/{}", f.path.display()))
        .collect();
    check(&problems);
}

#[test]
fn the_laws_can_be_broken() {
    assert_eq!(used_parts("use crate::web::cart;\nlet x = crate::db::f();\n// crate::api"), ["db", "web"]);
    assert_eq!(used_parts("use crate::{db, error::Error};"), ["db", "error"]);
    let mut problems = Vec::new();
    let long = format!("fn f() {{\n{}}}", "f();\n".repeat(80));
    Functions { path: "x.rs".to_owned(), problems: &mut problems }
        .visit_file(&syn::parse_file(&long).unwrap());
    assert_eq!(problems.len(), 1);
}
