//! What the program is made of: every dependency's licence lets merchants use it freely, and there is one TLS provider.

use std::process::Command;

use serde_json::Value;

/// Licences that ask for nothing but their own text. CDLA-Permissive-2.0 is that of the list of root certificates.
const FREE: [&str; 12] = [
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "0BSD",
    "ISC",
    "MPL-2.0",
    "Zlib",
    "Unicode-3.0",
    "CDLA-Permissive-2.0",
    "BSL-1.0",
];

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// An SPDX expression: all of its ANDs need one free OR. A WITH only ever adds permissions.
fn is_free(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // Without nesting beyond what stands in the wild, AND binds what OR leaves open.
    if expression.contains('(') {
        return plain.split(" AND ").all(|part| part.split(" OR ").any(is_one_free));
    }
    plain.split(" OR ").any(|choice| choice.split(" AND ").all(is_one_free))
}

fn is_one_free(licence: &str) -> bool {
    let name = licence.split(" WITH ").next().unwrap_or_default().trim();
    FREE.contains(&name)
}

#[test]
fn every_licence_is_free_for_merchants() {
    let packages = packages();
    assert!(packages.len() > 100);
    let bad: Vec<String> = packages
        .iter()
        .filter(|p| !is_free(p["license"].as_str().unwrap_or("none")))
        .map(|p| format!("{} {}: {}", p["name"], p["version"], p["license"]))
        .collect();
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[test]
fn there_is_one_tls_provider_and_no_other_http_client() {
    // What is really built here; the metadata also list what other platforms and features would bring.
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"rustls"));
    for banned in ["ring", "openssl", "openssl-sys", "native-tls", "ureq", "isahc", "curl", "async-std"] {
        assert!(!names.contains(&banned), "{banned} came in");
    }
}

#[test]
fn an_unfree_licence_is_seen() {
    assert!(
        is_free("MIT OR GPL-3.0")
            && is_free("(MIT OR Apache-2.0) AND Unicode-3.0")
            && is_free("MIT/Apache-2.0")
    );
    assert!(!is_free("GPL-3.0") && !is_free("MIT AND GPL-3.0") && !is_free("none"));
    assert!(!is_free("(MIT OR Apache-2.0) AND GPL-3.0"));
}
