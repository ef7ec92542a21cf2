//! Holds the law that every SQL function is called by a test of this folder that runs on both engines.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Expr, Token, UseTree, Visibility};

/// Functions that one engine alone has, each with the reason.
const ONE_ENGINE: [(&str, &str); 5] = [
    ("backup::copy_database", "a server's database is copied with its own tools"),
    ("backup::insert_files", "as above"),
    ("backup::take_files", "as above"),
    ("backup::verify", "as above"),
    ("backup::verify_unused", "as above"),
];

/// What calls a function, by `aggregate::function`.
#[derive(Default)]
struct Calls {
    on_both: BTreeSet<String>,
    anywhere: BTreeSet<String>,
}

#[test]
fn every_sql_function_has_a_test_on_both_engines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut calls = Calls::default();
    for file in rust_files(&root.join("tests/it/db")) {
        read_calls(&std::fs::read_to_string(file).unwrap(), &mut calls);
    }
    let mut defined = BTreeSet::new();
    let folder = root.join("src/db");
    for file in rust_files(&folder) {
        let first = file.strip_prefix(&folder).unwrap().iter().next().unwrap().to_str().unwrap();
        let aggregate = first.trim_end_matches(".rs");
        for name in sql_functions(&std::fs::read_to_string(&file).unwrap()) {
            defined.insert(format!("{aggregate}::{name}"));
        }
    }
    assert!(defined.len() > 150, "{} SQL functions", defined.len());
    let excused: BTreeMap<&str, &str> = ONE_ENGINE.into_iter().collect();
    let stale: Vec<_> = excused.keys().filter(|name| !defined.contains(**name)).collect();
    assert!(stale.is_empty(), "no such functions any more: {stale:?}");
    let missing: Vec<&String> = defined
        .iter()
        .filter(|name| {
            let called = if excused.contains_key(name.as_str()) { &calls.anywhere } else { &calls.on_both };
            !called.contains(*name)
        })
        .collect();
    assert!(missing.is_empty(), "no test in tests/it/db calls these on both engines:\n{missing:#?}");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

/// The asynchronous functions that other parts may call. What only `db` itself sees is reached through them; the
/// methods of `Db` and `Tx` are what every test stands on.
fn sql_functions(text: &str) -> Vec<String> {
    let is_seen = |visibility: &Visibility| match visibility {
        Visibility::Public(_) => true,
        Visibility::Restricted(inside) => inside.path.is_ident("crate"),
        Visibility::Inherited => false,
    };
    let items = syn::parse_file(text).unwrap().items;
    items
        .into_iter()
        .filter_map(|item| match item {
            syn::Item::Fn(f) if f.sig.asyncness.is_some() && is_seen(&f.vis) => Some(f.sig.ident.to_string()),
            _ => None,
        })
        .collect()
}

/// Adds what a file of tests calls. A function that is no test itself is taken as one that a test calls.
fn read_calls(text: &str, calls: &mut Calls) {
    let file = syn::parse_file(text).unwrap();
    let mut names = BTreeMap::new();
    let mut globs = Vec::new();
    for item in &file.items {
        if let syn::Item::Use(import) = item {
            read_use(&import.tree, &mut Vec::new(), &mut names, &mut globs);
        }
    }
    for item in &file.items {
        let syn::Item::Fn(function) = item else { continue };
        let mut visitor = Called::default();
        visitor.visit_block(&function.block);
        let is_test =
            function.attrs.iter().any(|a| a.path().segments.last().is_some_and(|s| s.ident == "test"));
        let both =
            !is_test || visitor.paths.iter().any(|path| path.last().is_some_and(|n| n == "both_engines"));
        for path in &visitor.paths {
            for found in resolve(path, &names, &globs) {
                if both {
                    calls.on_both.insert(found.clone());
                }
                calls.anywhere.insert(found);
            }
        }
    }
}

/// Collects what names mean: `names` from imports by name, `globs` from `…::*`.
fn read_use(
    tree: &UseTree,
    path: &mut Vec<String>,
    names: &mut BTreeMap<String, Vec<String>>,
    globs: &mut Vec<Vec<String>>,
) {
    match tree {
        UseTree::Path(step) => {
            path.push(step.ident.to_string());
            read_use(&step.tree, path, names, globs);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            names.extend(path.last().map(|last| (last.clone(), path.clone())));
        }
        UseTree::Name(name) => {
            let full = path.iter().cloned().chain([name.ident.to_string()]).collect();
            names.insert(name.ident.to_string(), full);
        }
        UseTree::Rename(name) => {
            let full = path.iter().cloned().chain([name.ident.to_string()]).collect();
            names.insert(name.rename.to_string(), full);
        }
        UseTree::Glob(_) => globs.push(path.clone()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| read_use(tree, path, names, globs)),
    }
}

/// The `aggregate::function` that a called path may be.
fn resolve(path: &[String], names: &BTreeMap<String, Vec<String>>, globs: &[Vec<String>]) -> Vec<String> {
    let full: Vec<Vec<String>> = match names.get(&path[0]) {
        Some(start) => vec![start.iter().chain(&path[1..]).cloned().collect()],
        None if path.len() == 1 => {
            globs.iter().map(|glob| glob.iter().chain(path).cloned().collect()).collect()
        }
        None => vec![path.to_vec()],
    };
    full.iter()
        .filter(|full| full.len() > 3 && full[0] == "mercer" && full[1] == "db")
        .map(|full| format!("{}::{}", full[2], full[full.len() - 1]))
        .collect()
}

/// The paths of all calls in a body, also in the arguments of macros such as `assert_eq!`.
#[derive(Default)]
struct Called {
    paths: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Called {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        if let Expr::Path(function) = &*call.func {
            self.paths.push(function.path.segments.iter().map(|s| s.ident.to_string()).collect());
        }
        syn::visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, makro: &'ast syn::Macro) {
        let arguments = makro.parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated);
        for argument in arguments.into_iter().flatten() {
            let mut inner = Called::default();
            inner.visit_expr(&argument);
            self.paths.extend(inner.paths);
        }
    }
}

#[test]
fn the_law_can_be_broken() {
    assert_eq!(
        sql_functions(
            "pub async fn a() {} pub(crate) async fn b() {} pub(super) async fn c() {} pub fn d() {}"
        ),
        ["a", "b"]
    );
    let mut calls = Calls::default();
    let text = "use mercer::db::carts::{self, insert_cart}; use mercer::db::orders::*; use mercer::db::jobs as j;
        #[tokio::test] async fn one() { both_engines(async |t| {
            assert_eq!(carts::find_cart(c).await, Some(insert_cart(c).await)); find_order(c).await; j::f(c); }).await }
        #[tokio::test] async fn two() { carts::delete_cart(c).await; mercer::db::pages::list_pages(c).await; }";
    read_calls(text, &mut calls);
    let expected =
        ["carts::find_cart", "carts::insert_cart", "jobs::f", "orders::both_engines", "orders::find_order"];
    for name in expected {
        assert!(calls.on_both.contains(name), "{name}: {:?}", calls.on_both);
    }
    for name in ["carts::delete_cart", "pages::list_pages"] {
        assert!(calls.anywhere.contains(name) && !calls.on_both.contains(name), "{name}");
    }
}
