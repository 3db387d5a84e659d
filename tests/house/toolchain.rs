//! Which Rust the project needs: what its dependencies need, and nothing newer.
//!
//! Clippy's `incompatible_msrv` finds functions of the standard library that are newer than `rust-version`, in tests too
//! (`clippy.toml`); newer language is found here.

use std::process::Command;

use proc_macro2::{Delimiter, TokenTree};
use serde_json::Value;

use super::matches::{is_word, patterns, tokens};
use super::{read, root, sources};

/// A release, as `1.89` or `1.89.0`.
fn release(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().expect("a number"));
    (parts.next().expect("a major version"), parts.next().expect("a minor version"))
}

/// The workspace's `rust-version`.
fn declared() -> String {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    manifest["workspace"]["package"]["rust-version"].as_str().unwrap().to_owned()
}

#[test]
fn rust_version_is_what_the_dependencies_need() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let needed: Vec<((u32, u32), &str)> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|package| package["source"].is_string())
        .filter_map(|package| {
            Some((release(package["rust_version"].as_str()?), package["name"].as_str()?))
        })
        .collect();
    let most = needed.iter().map(|(version, _)| *version).max().unwrap();
    let by: Vec<&str> =
        needed.iter().filter(|(version, _)| *version == most).map(|(_, name)| *name).collect();
    assert_eq!(release(&declared()), most, "needed by {by:?}");
}

#[test]
fn the_readme_names_the_rust_that_is_needed() {
    let toolchain: toml::Table = read("rust-toolchain.toml").parse().unwrap();
    let channel = toolchain["toolchain"]["channel"].as_str().unwrap();
    assert!(release(channel) >= release(&declared()), "{channel} builds it in this repository");
    let named = format!("Rust toolchain ({} or newer)", declared());
    assert!(read("README.md").contains(&named), "README.md: {named}");
}

/// The lines of a source whose language is newer than Rust 1.89: `if let` in the guard of an arm (1.95).
fn newer_language(tokens: &[TokenTree], found: &mut Vec<usize>) {
    for (index, token) in tokens.iter().enumerate() {
        if is_word(Some(token), "match")
            && let Some(TokenTree::Group(body)) = tokens[index..].iter().find(|token| {
                matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
            })
        {
            for pattern in patterns(body) {
                let guard = pattern.iter().skip_while(|token| !is_word(Some(token), "if"));
                found.extend(
                    guard
                        .filter(|token| is_word(Some(token), "let"))
                        .map(|token| token.span().start().line),
                );
            }
        }
        // `cfg_select!` (1.95).
        if is_word(Some(token), "cfg_select") {
            found.push(token.span().start().line);
        }
        if let TokenTree::Group(group) = token {
            newer_language(&group.stream().into_iter().collect::<Vec<_>>(), found);
        }
    }
}

#[test]
fn no_source_needs_a_newer_language() {
    let mut wrong = Vec::new();
    for path in sources() {
        let mut found = Vec::new();
        newer_language(&tokens(&read(&path)), &mut found);
        wrong.extend(found.into_iter().map(|line| format!("{path}:{line}")));
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn newer_language_is_found() {
    let source = "
        fn f() { match a { Some(b) if let Some(c) = b => {} _ if d && let e = f => 1, Some(g) if g > 1 => { if let h = i {} } } }
        fn g() { if let j = match k { l if m => n, } && let o = p {} }
        fn h() { cfg_select! { unix => {} } }
    ";
    let mut found = Vec::new();
    newer_language(&tokens(source), &mut found);
    assert_eq!(found, [2, 2, 4]);
}
