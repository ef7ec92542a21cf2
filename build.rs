//! Names the build by everything that the binary is made of, so that pages of two builds can be told apart at the edge.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

const SOURCES: [&str; 6] = ["Cargo.lock", "Cargo.toml", "assets", "migrations", "src", "templates"];

fn main() {
    let mut files = Vec::new();
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
        collect(Path::new(source), &mut files);
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file).expect("a source file can be read").hash(&mut hasher);
    }
    // Not MERCER_…: `cargo run` hands it on to the program, whose own variables those are.
    let digest = format!("{:012x}", hasher.finish() >> 16);
    println!("cargo:rustc-env=BUILD_DIGEST={digest}");
    println!("cargo:rerun-if-env-changed=BUILD_COMMIT");
    println!("cargo:rustc-env=BUILD_DETAILS={}", details(&digest));
    if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("gnu") {
        cc::Build::new().file("src/drawing/hypot.c").compile("hypot");
    }
}

/// Version and digest, and the commit where whoever builds names it. Asked of git by ourselves, each commit would compile
/// the whole program anew.
fn details(digest: &str) -> String {
    let version = env::var("CARGO_PKG_VERSION").expect("cargo names the version");
    let commit = env::var("BUILD_COMMIT").unwrap_or_default();
    assert!(commit.chars().all(|c| c.is_ascii_hexdigit()), "BUILD_COMMIT={commit} is no commit");
    if commit.is_empty() {
        format!("{version}-{digest}")
    } else {
        format!("{version}-{digest} (commit {commit})")
    }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_file() {
        files.push(path.to_owned());
        return;
    }
    for entry in fs::read_dir(path).expect("a source folder can be listed") {
        collect(&entry.expect("a source folder can be listed").path(), files);
    }
}
