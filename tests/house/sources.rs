//! What every source file keeps to: names, sizes, no stubs, no places of one machine.

use std::collections::BTreeMap;
use std::fs;

use super::{files, read, root, sources};

/// Files with over 400 lines of code (unit tests not counted), each with its reason.
const LONGER: &[(&str, &str)] = &[
    (
        "cli/src/output.rs",
        "one console: answers, failures and what clap says, and when a reader may leave",
    ),
    (
        "crates/workflows/src/seal_batch/manifest.rs",
        "one reader of two forms, with what keeps it bounded",
    ),
    ("tests/pem_inputs.rs", "one table: every argument that reads PEM, in every form of it"),
    ("tests/seal_batch.rs", "one flow, and what may interrupt it"),
];

/// Folders with more than 16 sources ("about 14"), each with its reason.
const FULLER: &[(&str, &str)] = &[
    (
        "cli/src",
        "what every command is given, one file per concern; the commands have their own folder",
    ),
    ("cli/src/commands", "one file per noun of the command line"),
    ("crates/cert-profile/src/rules", "one file per field of a certificate"),
    ("crates/files/src", "one file per noun of a file system; another system has its own folder"),
    ("crates/openpgp-envelope/src", "one file per noun of RFC 4880"),
    (
        "crates/sandbox/src",
        "one file per concern of the service; the operations have their own folder",
    ),
    ("crates/service-api/src", "one file per group of operations"),
    ("crates/workflows/src", "one file per flow"),
    ("crates/x509/src", "one file per noun of RFC 5280"),
    ("tests", "one file per noun of the command line"),
];

const BANNED_FILE_NAMES: &[&str] = &[
    "utils.rs",
    "util.rs",
    "common.rs",
    "helpers.rs",
    "helper.rs",
    "types.rs",
    "misc.rs",
    "imp.rs",
    "mod.rs",
];

#[test]
fn every_crate_takes_its_version_and_lints_from_the_workspace() {
    let mut wrong = Vec::new();
    for path in files() {
        if !path.ends_with("Cargo.toml") || path == "Cargo.toml" || path.starts_with("fuzz/") {
            continue;
        }
        let manifest: toml::Table = read(&path).parse().unwrap();
        let from_workspace = |table: &toml::Value, key: &str| {
            table.get(key).and_then(|value| value.get("workspace")) == Some(&true.into())
        };
        let package = &manifest["package"];
        for key in ["version", "edition", "rust-version", "license"] {
            if !from_workspace(package, key) {
                wrong.push(format!("{path}: package.{key}"));
            }
        }
        if manifest.get("lints").and_then(|lints| lints.get("workspace")) != Some(&true.into()) {
            wrong.push(format!("{path}: lints"));
        }
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(dependencies) = manifest.get(section).and_then(toml::Value::as_table) else {
                continue;
            };
            for name in dependencies.keys() {
                if !from_workspace(&manifest[section], name) {
                    wrong.push(format!("{path}: {section}.{name}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_dependency_is_used() {
    let all = sources();
    let mut unused = Vec::new();
    for path in files() {
        let Some(folder) = path.strip_suffix("Cargo.toml").filter(|folder| !folder.is_empty())
        else {
            continue;
        };
        // The acceptance tests belong to the program's crate.
        let folders = if folder == "cli/" { vec![folder, "tests/"] } else { vec![folder] };
        let own =
            all.iter().filter(|source| folders.iter().any(|folder| source.starts_with(folder)));
        let text: String = own.map(String::as_str).map(read).collect();
        let manifest: toml::Table = read(&path).parse().unwrap();
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let found = manifest.get(section).and_then(toml::Value::as_table);
            for name in found.into_iter().flat_map(toml::Table::keys) {
                let word = name.replace('-', "_");
                let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                if !words.any(|found| found == word) {
                    unused.push(format!("{path}: {section}.{name}"));
                }
            }
        }
    }
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn file_names_say_what_they_hold() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap();
            BANNED_FILE_NAMES.contains(&name)
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn files_over_400_lines_have_a_reason() {
    let reasons: BTreeMap<&str, &str> = LONGER.iter().copied().collect();
    let mut wrong = Vec::new();
    for path in sources() {
        let text = read(&path);
        let code = text.split_once("\n#[cfg(test)]\nmod tests {").map_or(&*text, |(code, _)| code);
        let lines = code.lines().count();
        if lines > 400 && !reasons.contains_key(path.as_str()) {
            wrong.push(format!("{path}: {lines} lines and no reason in LONGER"));
        }
    }
    for (path, _) in LONGER {
        if !root().join(path).exists() {
            wrong.push(format!("{path}: named in LONGER, not there"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// What tests share: fixtures, not tests.
const FIXTURES: [&str; 6] =
    ["corpora", "every_argument", "fault_proxy", "rehearsal", "testbed", "testdata"];

#[test]
fn files_of_tests_are_named_so() {
    let mut wrong = Vec::new();
    for path in sources().into_iter().filter(|path| !path.starts_with("tests/")) {
        let text = read(&path);
        for (before, line) in text.lines().zip(text.lines().skip(1)) {
            let module = line.trim().trim_start_matches("pub(crate) ").strip_prefix("mod ");
            let Some(name) = module.and_then(|module| module.strip_suffix(';')) else { continue };
            let is_named = name.ends_with("_tests") || FIXTURES.contains(&name);
            if before.trim() == "#[cfg(test)]" && !is_named {
                wrong.push(format!("{path}: {name}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn folders_stay_small() {
    let reasons: BTreeMap<&str, &str> = FULLER.iter().copied().collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for path in sources() {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *counts.entry(folder.to_owned()).or_default() += 1;
    }
    let wrong: Vec<String> = counts
        .into_iter()
        .filter(|(folder, count)| *count > 16 && !reasons.contains_key(folder.as_str()))
        .map(|(folder, count)| format!("{folder}: {count} sources and no reason in FULLER"))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn sources_hold_no_stubs_and_no_ignored_tests() {
    // Written in two halves so that this file does not find itself.
    let banned = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ign", "ore"),
        concat!("FIX", "ME"),
        concat!("assert!(tr", "ue)"),
        concat!("#[all", "ow("),
        concat!("#![all", "ow("),
        concat!("dbg", "!("),
    ];
    let mut wrong = Vec::new();
    for path in sources() {
        for (number, line) in read(&path).lines().enumerate() {
            for word in banned {
                if line.contains(word) {
                    wrong.push(format!("{path}:{}: `{word}`", number + 1));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_source_file_begins_with_what_it_is() {
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|path| {
            let text = read(path);
            // A fuzz target begins with `#![no_main]`.
            let first = text.lines().find(|line| !line.starts_with("#!") && !line.is_empty());
            !first.is_some_and(|line| line.starts_with("//!"))
        })
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn no_file_names_a_place_on_one_machine() {
    let places = [
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
    ];
    let mut wrong = Vec::new();
    // Other people's data are as they are.
    for path in files().into_iter().filter(|path| !path.starts_with("testdata/corpora/")) {
        let Ok(text) = fs::read_to_string(root().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            if places.iter().any(|place| line.contains(place)) {
                wrong.push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn each_test_file_is_in_the_one_test_binary() {
    let binary = read("tests/acceptance.rs");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root().join("tests")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let Some(module) = name.strip_suffix(".rs") else { continue };
        if module != "acceptance" && !binary.lines().any(|line| line == format!("mod {module};")) {
            wrong.push(format!("tests/{name} has no `mod` line in tests/acceptance.rs"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_fuzz_target_is_declared_and_there() {
    let manifest: toml::Table = read("fuzz/Cargo.toml").parse().unwrap();
    let declared: Vec<String> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| target["path"].as_str().unwrap().to_owned())
        .collect();
    let found: Vec<String> = sources()
        .into_iter()
        .filter_map(|path| path.strip_prefix("fuzz/").map(str::to_owned))
        .collect();
    let mut sorted = declared.clone();
    sorted.sort();
    assert_eq!(sorted, found);
    for parser in ["armor", "certificate", "hex_payload", "inspect", "pem_line", "request"] {
        assert!(declared.iter().any(|path| path.contains(parser)), "no fuzz target for {parser}");
    }
}

/// JSON that is printed or kept holds foreign text: it goes through the one function that escapes it. What is sent does not.
#[test]
fn json_that_is_printed_or_kept_is_escaped() {
    let signs = ["to_string(", "to_string_pretty(", "to_vec(", "to_vec_pretty(", "to_writer("];
    let mut wrong = Vec::new();
    for path in sources() {
        let prints = ["cli/src/", "crates/workflows/src/", "crates/cert-profile/src/reports"];
        if !prints.iter().any(|folder| path.starts_with(folder)) || path.contains("test") {
            continue;
        }
        let text = read(&path);
        let code = text.split_once("\n#[cfg(test)]\nmod tests {").map_or(&*text, |(code, _)| code);
        let writes = signs.iter().any(|sign| code.contains(&format!("serde_json::{sign}")));
        if writes && !code.contains("json_text(") {
            wrong.push(path);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Files of the sandbox that look at JSON without its type, each with its reason.
const UNTYPED: [(&str, &str); 2] = [
    ("fault_answers.rs", "faults answer what no type says"),
    ("openapi.rs", "the document has no type"),
];

/// A request's body is read and checked in service-api, and an answer is the operation's own type: the sandbox neither
/// reads fields by their names nor builds answers, and takes the names of types from the types.
#[test]
fn the_sandbox_handles_the_operations_own_types() {
    let signs = ["json!(", "serde_json::Value", "serde_json::{", "as_object()"];
    let kinds = [
        "KEYPAIR",
        "CERTIFICATE",
        "MASTER_KEY",
        "HMAC_KEY",
        "BINARY_FILE",
        "STATIC_PUBLIC_KEY",
        "OEM_FW_DECRYPT_KEY",
        "OEM_FW_AUTH_KEY_HASH",
    ];
    let mut wrong = Vec::new();
    let mut handlers = 0;
    for path in sources() {
        let Some(name) = path.strip_prefix("crates/sandbox/src/") else { continue };
        if name.contains("_tests") || name == "testbed.rs" {
            continue;
        }
        handlers += usize::from(name.starts_with("handlers/"));
        let text = read(&path);
        let code = text.split_once("\n#[cfg(test)]\nmod tests {").map_or(&*text, |(code, _)| code);
        let untyped = UNTYPED.iter().any(|(file, _)| *file == name);
        let found = signs.into_iter().filter(|sign| !untyped && code.contains(sign));
        wrong.extend(found.map(|sign| format!("{path}: {sign}")));
        for kind in kinds {
            if code.contains(&format!("\"{kind}\"")) || code.contains(&format!("'{kind}'")) {
                wrong.push(format!("{path}: the literal {kind}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(handlers > 10, "handlers moved: {handlers} files looked at");
}
