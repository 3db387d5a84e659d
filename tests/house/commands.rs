//! What the program offers, held against the documents and the catalogue of operations.

use std::collections::BTreeSet;
use std::process::Command;

use el2g_service_api::{CATALOGUE, NEWER};

use super::documents::section;
use super::read;
use crate::help::below;
use crate::workplace::program;

/// The long help of a command.
fn help(path: &[String]) -> String {
    let output = Command::new(program()).args(path).arg("--help").output().expect("it was built");
    assert!(output.status.success(), "el2g {} --help", path.join(" "));
    String::from_utf8(output.stdout).expect("help is text")
}

/// The help of every command and of every group of commands.
pub fn helps() -> Vec<(Vec<String>, String)> {
    let mut open = vec![Vec::new()];
    let mut helps = Vec::new();
    while let Some(path) = open.pop() {
        let help = help(&path);
        open.extend(below(&help).into_iter().map(|name| [path.clone(), vec![name]].concat()));
        helps.push((path, help));
    }
    helps
}

/// Every command that does something, with its help.
pub fn leaves() -> Vec<(Vec<String>, String)> {
    helps().into_iter().filter(|(_, help)| below(help).is_empty()).collect()
}

#[test]
fn every_command_has_an_example_of_itself() {
    let leaves = leaves();
    assert!(leaves.len() > 60, "{} commands", leaves.len());
    let wrong: Vec<String> = leaves
        .iter()
        .filter(|(path, help)| {
            let example = format!("el2g {}", path.join(" "));
            // A long example is wrapped: compare words.
            let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
            !words.split_once("Example").is_some_and(|(_, rest)| rest.contains(&example))
        })
        .map(|(path, _)| path.join(" "))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_operation_is_a_command() {
    let leaves: BTreeSet<Vec<String>> = leaves().into_iter().map(|(path, _)| path).collect();
    let wrong: Vec<String> = CATALOGUE
        .iter()
        .chain(NEWER)
        .filter(|endpoint| {
            // `secure-object create` has one command below it for each type.
            !leaves.iter().any(|leaf| {
                leaf.iter().zip(endpoint.command).all(|(a, b)| a == b)
                    && leaf.len() >= endpoint.command.len()
            })
        })
        .map(|endpoint| format!("{}: {}", endpoint.name, endpoint.command.join(" ")))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_exit_codes_of_the_book_are_those_of_the_program() {
    let page = read("docs/reliability.md");
    let documented: Vec<String> = section(&page, "Exit codes")
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter(|row| row.starts_with(|first: char| first.is_ascii_digit()))
        .map(|row| row.replace(" | ", " "))
        .collect();
    let help = help(&[]);
    let (_, told) = help.split_once("Exit codes:").expect("the help lists them");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(documented.len(), 8);
    assert_eq!(told, documented.join(" "));
}
