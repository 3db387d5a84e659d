//! What the documents and CI promise, held against the code.

use std::fs;
use std::path::Path;

use super::{files, read, root, sources};
use crate::oracles;

/// The lines of the fenced `sh` blocks in a part of the README.
pub(super) fn commands(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => found.push(line),
            _ => {}
        }
    }
    found
}

pub(super) fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start =
        text.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section `{heading}`"));
    let rest = &text[start + 1..];
    rest[1..].find("\n## ").map_or(rest, |end| &rest[..end + 1])
}

#[test]
fn ci_runs_the_two_commands_of_the_readme() {
    let readme = read("README.md");
    let two = commands(section(&readme, "Two commands"));
    assert_eq!(two, ["cargo run -- demo", "cargo test --workspace"]);
    let ci = read(".ci/run");
    for command in two {
        assert!(
            ci.lines().any(|line| line.starts_with("step ") && line.ends_with(command)),
            ".ci/run has no step `{command}`"
        );
    }
}

/// The names in backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_programs_that_tests_ask_are_listed_and_ci_installs_them() {
    let page = read("CONTRIBUTING.md").replace('\n', " ");
    let (_, list) = page.split_once("The programs are ").expect("it lists them");
    let (list, _) = list.split_once(". ").expect("the end of the sentence");
    assert_eq!(quoted(list), oracles::names());
    let ci = read(".ci/run");
    let installed = |name: &str| {
        let asked = format!("has {name} ||");
        ci.lines().any(|line| line.trim().starts_with(&asked))
            || !oracles::is_on_path(name) && ci.contains(name)
            // A machine with the JDK has keytool, and CI begins on one with Python.
            || ["keytool", "python3"].contains(&name)
    };
    let wrong: Vec<&str> = oracles::names().into_iter().filter(|name| !installed(name)).collect();
    assert_eq!(wrong, Vec::<&str>::new(), ".ci/run does not install these");
}

#[test]
fn every_program_a_test_calls_is_an_oracle_or_of_every_system() {
    let mut wrong = Vec::new();
    for path in sources().into_iter().filter(|path| path.starts_with("tests/")) {
        for (number, line) in read(&path).lines().enumerate() {
            let place = format!("{path}:{}", number + 1);
            if let Some((_, rest)) = line.split_once(concat!("Command::new", "(\"")) {
                let program = rest.split('"').next().unwrap();
                if !oracles::names().contains(&program) && !oracles::SYSTEM.contains(&program) {
                    wrong.push(format!("{place}: {program}"));
                }
            }
            // What is not installed is said in one place, by a name that CONTRIBUTING.md has.
            let says = line.contains("skipped") && line.contains("installed");
            if says && path != "tests/oracles.rs" && path != "tests/house/documents.rs" {
                wrong.push(format!("{place}: {}", line.trim()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut wrong = Vec::new();
    for path in files().into_iter().filter(|path| path.ends_with(".md")) {
        let folder = Path::new(&path).parent().unwrap().to_path_buf();
        for piece in read(&path).split("](").skip(1) {
            let target = piece.split([')', '#']).next().unwrap();
            if !target.is_empty()
                && !target.contains("://")
                && !root().join(&folder).join(target).exists()
            {
                wrong.push(format!("{path}: {target}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn testdata_says_where_each_folder_comes_from() {
    let table = read("testdata/README.md");
    let mut wrong = Vec::new();
    for entry in fs::read_dir(root().join("testdata")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != "README.md"
            && !table.contains(&format!("`{name}`"))
            && !table.contains(&format!("`{name}/"))
        {
            wrong.push(name);
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_exception_of_the_licence_check_has_its_reason() {
    let policy: toml::Table = read("deny.toml").parse().unwrap();
    for ignored in policy["advisories"]["ignore"].as_array().unwrap() {
        let reason = ignored.get("reason").and_then(toml::Value::as_str).unwrap_or_default();
        assert!(reason.len() > 40, "{ignored}: no reason written");
    }
    for banned in policy["bans"]["deny"].as_array().unwrap() {
        assert!(banned.get("reason").is_some(), "{banned}: no reason written");
    }
}

#[test]
fn the_hops_of_the_map_are_functions_that_exist() {
    let map = read("ARCHITECTURE.md");
    let jobs = section(&map, "The four main jobs");
    let block = jobs.split("```").nth(1).expect("the jobs are drawn");
    let named: Vec<&str> = block
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':')
        .filter(|word| word.contains("::") && !word.starts_with("Operation::"))
        .collect();
    assert!(named.len() > 20, "{named:?}");
    let code: String = super::sources().iter().map(read).collect();
    let missing: Vec<&&str> = named
        .iter()
        .filter(|path| {
            let function = path.rsplit("::").next().expect("a path has an end");
            !["(", "<"].iter().any(|next| code.contains(&format!("fn {function}{next}")))
        })
        .collect();
    assert_eq!(missing, Vec::<&&str>::new());
}
