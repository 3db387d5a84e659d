//! What the documents and CI promise, held against the code.

use std::fs;
use std::path::Path;

use super::{files, read, root, sources};

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
    assert_eq!(two, ["cargo run --release -- demo", "cargo test --workspace"]);
    let ci = read(".ci/run");
    for command in two {
        assert!(
            ci.lines().any(|line| line.starts_with("step ") && line.ends_with(command)),
            ".ci/run has no step `{command}`"
        );
    }
}

#[test]
fn ci_installs_every_program_the_tests_call() {
    // Where a program is named otherwise than what installs it.
    let ci = read(".ci/run");
    let installed = |program: &str| {
        ci.lines().any(|line| line.trim().starts_with(&format!("has {program} ||")))
            || ["bash", "sh", "git", "cargo", "python3"].contains(&program)
            // Of every Linux system: coreutils, grep, util-linux.
            || ["sha256sum", "grep", "mkfifo", "mount", "umount"].contains(&program)
    };
    let mut wrong = Vec::new();
    for path in sources().into_iter().filter(|path| path.starts_with("tests/")) {
        for (number, line) in read(&path).lines().enumerate() {
            let Some((_, rest)) = line.split_once(concat!("Command::new", "(\"")) else { continue };
            let program = rest.split('"').next().unwrap();
            if !installed(program) {
                wrong.push(format!("{path}:{}: {program}", number + 1));
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
