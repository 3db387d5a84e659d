//! What a public item of a crate may name: the standard library and types of ours, because a type of another crate changes
//! with that crate.
//!
//! The signatures are read from the sources. Every crate has `unreachable_pub`, so that `pub` means that others see it.

use std::collections::BTreeSet;

use super::addresses::production;
use super::public_items::named;
use super::{files, read, sources};

/// Items that are `pub` and that nobody outside can name, each with its reason.
const SEALED: [(&str, &str); 1] = [(
    "crates/service-api/src/body_check/read_json.rs: serde_json::Value",
    "`ReadJson` seals `CheckBody`: its module is private and nothing exports it",
)];

/// What one crate depends on, as its sources write it.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest: toml::Table = read(format!("{folder}/Cargo.toml")).parse().unwrap();
    let all = manifest.get("dependencies").and_then(toml::Value::as_table);
    let names = all.into_iter().flatten().map(|(name, _)| name.replace('-', "_"));
    names.filter(|name| !name.starts_with("el2g_")).collect()
}

fn crates() -> Vec<String> {
    let manifests = files().into_iter();
    manifests
        .filter_map(|path| path.strip_suffix("/Cargo.toml").map(str::to_owned))
        .filter(|folder| folder.starts_with("crates/"))
        .collect()
}

#[test]
fn public_items_have_no_type_of_another_crate() {
    let mut wrong = Vec::new();
    for folder in crates() {
        let own = format!("{folder}/src/");
        let sources: Vec<(String, String)> = sources()
            .into_iter()
            .filter(|path| path.starts_with(&own))
            .filter_map(|path| production(&path).map(|code| (path, code)))
            .collect();
        wrong.extend(named(&sources, &dependencies(&folder)));
    }
    let is_sealed = |line: &String| {
        SEALED.iter().any(|(item, _)| {
            let (path, name) = item.split_once(": ").unwrap();
            line.starts_with(path) && line.ends_with(&format!(": {name}"))
        })
    };
    let (sealed, wrong): (Vec<String>, Vec<String>) = wrong.into_iter().partition(is_sealed);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(sealed.len(), SEALED.len(), "{sealed:?}");
}

#[test]
fn every_crate_is_told_of_pub_that_nobody_outside_sees() {
    let is_told = |folder: &String| {
        read(format!("{folder}/src/lib.rs")).lines().any(|it| it == "#![warn(unreachable_pub)]")
    };
    let wrong: Vec<String> = crates().into_iter().filter(|folder| !is_told(folder)).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_type_of_another_crate_in_a_public_item_is_found() {
    let source = "
        use pgp::{composed::{Deserializable as _, SignedPublicKey as Key}, types::{self, KeyId}};
        use serde::{Serialize, Serializer}; use zeroize::Zeroizing; use schemars::JsonSchema;
        pub use pgp::errors;
        pub fn f(key: &Key) -> Option<types::Fingerprint> { pgp::unseen() }
        pub(crate) fn unseen(key: &Key) {}
        pub const fn digest(types: u8) -> u8 { 0 }
        #[derive(Clone, Serialize, JsonSchema)] pub struct A { #[pgp(KeyId)] pub a: Vec<Zeroizing<u8>>, b: KeyId, pub(crate) c: KeyId }
        #[derive(zeroize::Zeroize)] pub struct B<T: pgp::Seen>(pub ::serde_json::Value, KeyId);
        pub enum C { KeyId, Two { a: Key }, Three(u8) }
        enum Unseen { Two(Key) }
        pub trait D: Serialize { type E: JsonSchema; fn g(&self, id: KeyId) { Key::unseen() } }
        impl A { pub fn h<S: Serializer>(s: S) -> Key { 1 } fn i(key: Key) {} }
        impl Unseen { pub fn j(key: Key) {} }
        impl From<KeyId> for A { fn from(id: KeyId) -> Self { 1 } }
        impl std::str::FromStr for A { type Err = serde_json::Error; }
        impl<'a> Serialize for B where for<'b> &'b u8: Copy {}
        pub type F = Result<(), KeyId>; pub static G: KeyId = KeyId::unseen();
        record! { pub struct H { #[schemars(x)] a: serde_json::Value, } }
        type Hidden<'a> = Option<&'a Key>; pub fn l(hidden: Hidden<'_>) {}
        macro_rules! k { ($a:ident) => { $(pub fn $a() -> Key { 1 })* } }
    ";
    let libraries = ["pgp", "serde", "zeroize", "schemars", "serde_json"];
    let libraries = libraries.into_iter().map(str::to_owned).collect();
    let found = named(&[("a.rs".to_owned(), source.to_owned())], &libraries);
    let found: Vec<&str> = found.iter().map(|line| line.trim_start_matches("a.rs:")).collect();
    let expected = [
        "4: pgp::errors",
        "5: pgp::Key",
        "5: pgp::types",
        "8: zeroize::Zeroizing",
        "9: zeroize::Zeroize",
        "9: pgp::Seen",
        "9: serde_json::Value",
        "10: pgp::Key",
        "12: schemars::JsonSchema",
        "12: pgp::KeyId",
        "13: pgp::Key",
        "15: pgp::KeyId",
        "16: serde_json::Error",
        "18: pgp::KeyId",
        "18: pgp::KeyId",
        "19: serde_json::Value",
        "20: pgp::Hidden",
        "21: pgp::Key",
    ];
    assert_eq!(found, expected);
}
