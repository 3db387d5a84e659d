//! What each crate brings along when it is packaged: cargo metadata, licences, a landing page.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{files, read, root, sources};

/// The folder and the manifest of each package of the workspace.
fn packages() -> Vec<(String, toml::Table)> {
    let is_ours = |path: &String| path.starts_with("crates/") || path.starts_with("cli/");
    files()
        .into_iter()
        .filter(|path| is_ours(path) && path.ends_with("/Cargo.toml"))
        .map(|path| {
            let manifest = read(&path).parse().unwrap();
            (path.trim_end_matches("/Cargo.toml").to_owned(), manifest)
        })
        .collect()
}

#[test]
fn every_package_says_what_it_is() {
    let mut wrong = Vec::new();
    for (folder, manifest) in packages() {
        let package = manifest["package"].as_table().unwrap();
        let list = |key: &str| package.get(key).and_then(toml::Value::as_array).map_or(0, Vec::len);
        // crates.io takes at most five of each.
        for key in ["keywords", "categories"] {
            if !(1..=5).contains(&list(key)) {
                wrong.push(format!("{folder}: {} {key}", list(key)));
            }
        }
        let description = package.get("description").and_then(toml::Value::as_str);
        if !description.is_some_and(|text| text.ends_with('.') && text.len() > 40) {
            wrong.push(format!("{folder}: description {description:?}"));
        }
        if package.contains_key("publish") {
            wrong.push(format!("{folder}: publish"));
        }
        let readme = package.get("readme").and_then(toml::Value::as_str).unwrap_or_default();
        if !root().join(&folder).join(readme).is_file() {
            wrong.push(format!("{folder}: readme `{readme}`"));
        }
        for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
            let here = fs::read(root().join(&folder).join(licence)).unwrap_or_default();
            if here != fs::read(root().join(licence)).unwrap() {
                wrong.push(format!("{folder}: {licence}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn path_dependencies_have_the_version_of_the_workspace() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let version = &manifest["workspace"]["package"]["version"];
    let wrong: Vec<&String> = manifest["workspace"]["dependencies"]
        .as_table()
        .unwrap()
        .iter()
        .filter(|(_, it)| it.get("path").is_some() && it.get("version") != Some(version))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(wrong, Vec::<&String>::new());
}

/// Crates that are of use without the program; each has a program that shows it.
const WITH_EXAMPLES: [&str; 7] = [
    "cert-profile",
    "key-payload",
    "openpgp-envelope",
    "pem-line",
    "service-api",
    "service-client",
    "x509",
];

#[test]
fn the_landing_page_of_a_crate_is_its_readme_with_an_example_that_is_tested() {
    let mut wrong = Vec::new();
    for (folder, manifest) in packages().into_iter().filter(|(folder, _)| folder != "cli") {
        let library = read(format!("{folder}/src/lib.rs"));
        if !library.starts_with("#![doc = include_str!(\"../README.md\")]") {
            wrong.push(format!("{folder}/src/lib.rs"));
        }
        let page = read(format!("{folder}/README.md"));
        let name = manifest["package"]["name"].as_str().unwrap();
        if !page.starts_with(&format!("# {name}\n")) || !page.contains("\n```rust\n") {
            wrong.push(format!("{folder}/README.md"));
        }
        let examples: Vec<String> = sources()
            .into_iter()
            .filter_map(|path| {
                path.strip_prefix(&format!("{folder}/examples/"))?
                    .strip_suffix(".rs")
                    .map(str::to_owned)
            })
            .collect();
        let crate_name = folder.trim_start_matches("crates/");
        if WITH_EXAMPLES.contains(&crate_name) && examples.is_empty() {
            wrong.push(format!("{folder}: no examples"));
        }
        for example in examples {
            let is_tested =
                manifest.get("example").and_then(toml::Value::as_array).is_some_and(|all| {
                    all.iter().any(|it| {
                        it["name"].as_str() == Some(&example)
                            && it.get("test") == Some(&true.into())
                    })
                });
            let path = format!("{folder}/examples/{example}.rs");
            if !is_tested || !read(&path).contains("#[test]") && !read(&path).contains("::test]") {
                wrong.push(format!("{path}: no test runs it"));
            }
            if !page.contains(&format!("--example {example}")) {
                wrong.push(format!("{folder}/README.md: --example {example}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// A package has nothing of what is beside it: a file that the compiler reads must be in the package's own folder.
#[test]
fn sources_include_nothing_from_outside_their_package() {
    let mut wrong = Vec::new();
    for (folder, _) in packages() {
        for path in sources().into_iter().filter(|path| path.starts_with(&format!("{folder}/"))) {
            let source = read(&path);
            let from = Path::new(&path).parent().unwrap();
            for sign in [concat!("include_", "str!(\""), concat!("include_", "bytes!(\"")] {
                for piece in source.split(sign).skip(1) {
                    let included = from.join(piece.split('"').next().unwrap());
                    let mut inside = Vec::new();
                    for part in included.components() {
                        if part == std::path::Component::ParentDir {
                            inside.pop();
                        } else {
                            inside.push(part);
                        }
                    }
                    let included: std::path::PathBuf = inside.into_iter().collect();
                    if !included.starts_with(&folder) {
                        wrong.push(format!("{path}: {}", included.display()));
                    }
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Packages are written to a folder that is gone at the end.
#[test]
fn every_crate_can_be_packaged() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["package", "--workspace", "--no-verify", "--allow-dirty", "--locked", "--offline"])
        .arg("--target-dir")
        .arg(folder.path())
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let made = fs::read_dir(folder.path().join("package")).unwrap();
    let mut made: Vec<String> = made
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".crate"))
        .collect();
    made.sort();
    let workspace: toml::Table = read("Cargo.toml").parse().unwrap();
    let version = workspace["workspace"]["package"]["version"].as_str().unwrap();
    let mut expected: Vec<String> = packages()
        .iter()
        .map(|(_, manifest)| {
            format!("{}-{version}.crate", manifest["package"]["name"].as_str().unwrap())
        })
        .collect();
    expected.sort();
    assert_eq!(made, expected);
}

/// The name that a line begins to declare as a public enumeration of errors.
fn error_enumeration(line: &str) -> Option<&str> {
    let name = line.strip_prefix("pub enum ")?.split([' ', '<']).next()?;
    ["Error", "Fault", "Problem"].iter().any(|end| name.ends_with(end)).then_some(name)
}

#[test]
fn errors_that_no_other_crate_spells_out_may_grow() {
    let sources: Vec<(String, String)> = sources()
        .into_iter()
        .map(|path| {
            let text = read(&path);
            (path, text)
        })
        .collect();
    let (mut wrong, mut may_grow) = (Vec::new(), 0);
    for (folder, _) in packages().into_iter().filter(|(folder, _)| folder != "cli") {
        let own = format!("{folder}/src/");
        for (path, text) in sources.iter().filter(|(path, _)| path.starts_with(&own)) {
            let mut attributes = Vec::new();
            for line in text.lines() {
                if line.starts_with("#[") {
                    attributes.push(line);
                    continue;
                }
                let Some(name) = error_enumeration(line) else {
                    attributes.clear();
                    continue;
                };
                let variant = format!("{name}::");
                let is_named = sources
                    .iter()
                    .any(|(other, text)| !other.starts_with(&own) && text.contains(&variant));
                if attributes.contains(&"#[non_exhaustive]") {
                    may_grow += 1;
                } else if !is_named {
                    wrong.push(format!("{path}: {name}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "#[non_exhaustive]");
    assert!(may_grow > 20, "{may_grow}");
}
