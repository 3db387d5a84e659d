//! What a public item of a crate may name: the standard library and types of ours, because a type of another crate changes
//! with that crate.
//!
//! The signatures are read from the sources. Every crate has `unreachable_pub`, so that `pub` means that others see it.

use std::collections::{BTreeMap, BTreeSet};

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

/// The public structures of a source whose fields are all public: the line of each, its name, and whether it may grow.
fn open_structures(source: &str) -> Vec<(usize, &str, bool)> {
    let (mut found, mut may_grow) = (Vec::new(), false);
    let lines: Vec<&str> = source.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        may_grow |= *line == "#[non_exhaustive]";
        let Some(declared) = line.strip_prefix("pub struct ") else {
            may_grow &= line.starts_with(['#', '/']);
            continue;
        };
        let name = declared.split(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
        let body = lines[index + 1..].iter().take_while(|line| **line != "}");
        let mut fields = body.filter(|line| {
            let is_field = line.starts_with("    ") && line[4..].starts_with(char::is_lowercase);
            is_field && line.contains(": ")
        });
        if declared.ends_with('{')
            && let Some(first) = fields.next()
            && std::iter::once(first).chain(fields).all(|field| field.starts_with("    pub "))
        {
            found.push((index + 1, name, may_grow));
        }
        may_grow = false;
    }
    found
}

/// The crate's own sources, or any other folder.
fn owner(path: &str) -> String {
    path.split_inclusive('/').take(3).collect()
}

#[test]
fn structures_that_no_other_crate_builds_may_grow() {
    // What stands before a brace, and in which crates or folders.
    let mut built: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources() {
        for piece in read(&path).split(" {") {
            let name = piece.strip_suffix("<'a>").unwrap_or(piece);
            let name = name.rsplit(|it: char| !it.is_alphanumeric()).next().unwrap_or_default();
            built.entry(name.to_owned()).or_default().insert(owner(&path));
        }
    }
    let (mut wrong, mut growing) = (Vec::new(), 0);
    for path in sources() {
        let Some(code) = production(&path).filter(|_| path.starts_with("crates/")) else {
            continue;
        };
        for (line, name, may_grow) in open_structures(&code) {
            let is_built =
                built.get(name).is_some_and(|by| by.iter().any(|it| *it != owner(&path)));
            growing += usize::from(may_grow);
            if !may_grow && !is_built {
                wrong.push(format!("{path}:{line}: {name}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "#[non_exhaustive]");
    assert!(growing > 50, "{growing}");
}

#[test]
fn structures_with_private_fields_are_closed_anyway() {
    let source = "/// A.\n#[derive(Debug)]\n#[non_exhaustive]\npub struct A<'a> {\n    /// a: b\n    pub a: &'a u8,\n}\n\npub struct B {\n    pub a: u8,\n    b: u8,\n}\npub struct C {\n    pub a: u8,\n}\npub struct D(pub u8);\n";
    assert_eq!(open_structures(source), [(4, "A", true), (13, "C", false)]);
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
