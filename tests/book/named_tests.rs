//! Promises of the book name the tests that hold them.

use std::collections::BTreeSet;

use crate::house::{read, sources};

/// Pages whose tables end in a column `test`.
const PAGES: [&str; 2] = ["docs/threat-model.md", "docs/reliability.md"];

/// The rows of the tables of a page that end in a column `test`, as their cells.
fn rows(page: &str) -> Vec<Vec<String>> {
    let text = read(page);
    let mut is_inside = false;
    let mut found = Vec::new();
    for line in text.lines() {
        let Some(cells) = line.strip_prefix("| ").and_then(|rest| rest.strip_suffix(" |")) else {
            is_inside = is_inside && line.starts_with("|--");
            continue;
        };
        let cells: Vec<String> = cells.split(" | ").map(str::to_owned).collect();
        if is_inside {
            found.push(cells);
        } else {
            is_inside = cells.last().is_some_and(|last| last == "test");
        }
    }
    found
}

/// The names of the tests of a source.
fn tests(source: &str) -> Vec<String> {
    let mut is_test = false;
    let mut found = Vec::new();
    for line in source.lines().map(str::trim_start) {
        is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
        let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        if let Some(name) =
            function.filter(|_| is_test).and_then(|rest| rest.split(['(', '<']).next())
        {
            found.push(name.to_owned());
            is_test = false;
        }
    }
    found
}

#[test]
fn every_promise_names_tests_that_exist() {
    let tests: BTreeSet<String> = sources()
        .iter()
        .flat_map(|path| tests(&read(path)).into_iter().map(move |name| format!("{path} {name}")))
        .collect();
    let mut wrong = Vec::new();
    for page in PAGES {
        let rows = rows(page);
        assert!(rows.len() >= 10, "{page}: {} rows", rows.len());
        for row in rows {
            let last = row.last().expect("a row has cells");
            let named: Vec<&str> = last.split('`').skip(1).step_by(2).collect();
            if named.is_empty() {
                wrong.push(format!("{page}: {row:?} names no test"));
            }
            for test in named {
                let is_there = test
                    .split_once("::")
                    .is_some_and(|(file, name)| tests.contains(&format!("{file} {name}")));
                if !is_there {
                    wrong.push(format!("{page}: {test} does not exist"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
