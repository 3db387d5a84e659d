//! Which package may use which: the layers of ARCHITECTURE.md, read from `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::root;

/// Our packages with their layer, lowest first. A package may use only packages of lower layers.
const LAYERS: &[(&str, u8)] = &[
    ("el2g-key-payload", 0),
    ("el2g-text", 0),
    ("el2g-files", 1),
    ("el2g-findings", 1),
    ("el2g-pem-line", 1),
    ("el2g-openpgp-envelope", 2),
    ("el2g-service-api", 2),
    ("el2g-x509", 2),
    ("el2g-cert-profile", 3),
    ("el2g-signers", 3),
    ("el2g-service-client", 3),
    ("el2g-workflows", 4),
    ("el2g-sandbox", 4),
    ("el2g", 5),
];

/// What a package may use of ours where that is less than everything below it.
const NARROWED: &[(&str, &[&str])] = &[
    ("el2g-openpgp-envelope", &["el2g-findings", "el2g-key-payload", "el2g-text"]),
    ("el2g-service-api", &["el2g-findings", "el2g-key-payload", "el2g-pem-line", "el2g-text"]),
    ("el2g-cert-profile", &["el2g-findings", "el2g-x509", "el2g-pem-line", "el2g-text"]),
    (
        "el2g-signers",
        &[
            "el2g-openpgp-envelope",
            "el2g-x509",
            "el2g-key-payload",
            "el2g-pem-line",
            "el2g-files",
            "el2g-text",
        ],
    ),
    (
        "el2g-service-client",
        &["el2g-service-api", "el2g-key-payload", "el2g-text", "el2g-pem-line"],
    ),
];

/// Edges that must not exist even between tests: one side is there to judge the other.
const INDEPENDENT: &[(&str, &[&str])] = &[
    ("el2g-sandbox", &["el2g-service-client", "el2g-workflows", "el2g-signers", "el2g"]),
    ("el2g-x509", &["el2g-cert-profile", "el2g-findings"]),
];

/// Libraries a layer must not name itself.
const NETWORK: &[&str] =
    &["tokio", "reqwest", "axum", "hyper", "rustls", "tokio-rustls", "tower", "ureq"];
const TERMINAL: &[&str] = &["clap", "indicatif", "rpassword", "etcetera"];
const CRYPTO: &[&str] = &[
    "aws-lc-rs",
    "ring",
    "pgp",
    "rsa",
    "p256",
    "p384",
    "p521",
    "ecdsa",
    "sha1",
    "sha2",
    "sha3",
    "aes",
    "hmac",
    "der",
    "spki",
    "pkcs1",
    "pkcs8",
    "sec1",
    "x509-cert",
    "x509-parser",
    "asn1-rs",
    "yoke",
    "rcgen",
    "rustls",
    "cryptoki",
];

/// One direct dependency of a package of ours.
struct Edge {
    from: String,
    to: String,
    for_tests: bool,
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn edges() -> Vec<Edge> {
    let metadata = metadata();
    let mut edges = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        for dependency in package["dependencies"].as_array().unwrap() {
            edges.push(Edge {
                from: package["name"].as_str().unwrap().to_owned(),
                to: dependency["name"].as_str().unwrap().to_owned(),
                for_tests: dependency["kind"] == "dev",
            });
        }
    }
    edges
}

#[test]
fn every_package_has_a_layer() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let found: BTreeSet<String> =
        packages.map(|package| package["name"].as_str().unwrap().to_owned()).collect();
    let known: BTreeSet<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known);
}

#[test]
fn lower_layers_never_depend_on_higher_ones() {
    let layers: BTreeMap<&str, u8> = LAYERS.iter().copied().collect();
    let narrowed: BTreeMap<&str, &[&str]> = NARROWED.iter().copied().collect();
    let mut wrong = Vec::new();
    for edge in edges() {
        let Some(to) = layers.get(edge.to.as_str()) else { continue };
        let from = layers[edge.from.as_str()];
        // Tests of a crate may use its neighbours (workflows are tested against the sandbox).
        let allowed = if edge.for_tests { *to <= from } else { *to < from };
        if !allowed {
            wrong.push(format!("{} (layer {from}) uses {} (layer {to})", edge.from, edge.to));
        }
        if let Some(only) = narrowed.get(edge.from.as_str())
            && !edge.for_tests
            && !only.contains(&edge.to.as_str())
        {
            wrong.push(format!("{} uses {}, allowed are {only:?}", edge.from, edge.to));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn judges_never_depend_on_what_they_judge() {
    let forbidden: BTreeMap<&str, &[&str]> = INDEPENDENT.iter().copied().collect();
    let wrong: Vec<String> = edges()
        .into_iter()
        .filter(|edge| {
            forbidden.get(edge.from.as_str()).is_some_and(|to| to.contains(&edge.to.as_str()))
        })
        .map(|edge| format!("{} uses {}", edge.from, edge.to))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn layers_name_only_the_libraries_that_are_theirs() {
    let layers: BTreeMap<&str, u8> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for edge in edges().into_iter().filter(|edge| !edge.for_tests) {
        let library = edge.to.as_str();
        let forbidden = match layers[edge.from.as_str()] {
            0 | 1 => NETWORK.contains(&library) || TERMINAL.contains(&library) || library == "pgp",
            2 => NETWORK.contains(&library) || TERMINAL.contains(&library),
            3 | 4 => TERMINAL.contains(&library),
            _ => CRYPTO.contains(&library),
        };
        // TLS is the client's, its cryptography is rustls's.
        let client_crypto = edge.from == "el2g-service-client"
            && CRYPTO.contains(&library)
            && library != "rustls"
            && library != "aws-lc-rs";
        if forbidden || client_crypto {
            wrong.push(format!("{} uses {library}", edge.from));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
