//! Names the build by everything that the binary is made of, so that pages of two builds can be told apart at the edge.

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
    println!("cargo:rustc-env=BUILD_DIGEST={:012x}", hasher.finish() >> 16);
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
