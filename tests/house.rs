//! The rules of the house: what ARCHITECTURE.md, CONTRIBUTING.md and the README promise about the code.
//!
//! Everything here reads the sources or asks cargo; a promise that can be broken by an edit is a test here.

mod addresses;
pub(crate) mod commands;
mod documents;
mod interfaces;
mod language;
mod layers;
mod matches;
mod packages;
mod public_items;
mod sources;
mod tokens;
mod toolchain;

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("cli/ is in the root").to_path_buf()
}

pub(crate) fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file of the project, as paths from its root with `/`; build products and `.git` left out.
pub(crate) fn files() -> Vec<String> {
    fn walk(folder: &Path, top: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name == ".git" {
                continue;
            }
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules") {
                    walk(&path, top, found);
                }
            } else {
                found.push(path.strip_prefix(top).unwrap().to_string_lossy().replace('\\', "/"));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &root(), &mut found);
    found.sort();
    found
}

pub(crate) fn sources() -> Vec<String> {
    files().into_iter().filter(|path| path.ends_with(".rs")).collect()
}
