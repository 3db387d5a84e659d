//! The flags of all commands against their table, docs/flags.md: one meaning each.

use std::collections::{BTreeMap, BTreeSet};

use crate::every_argument::every_argument;

/// The page of the book.
fn page() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/flags.md");
    std::fs::read_to_string(file).expect("the book is there")
}

/// The rows of a table by cells, without their quotes.
fn rows(section: &str) -> Vec<Vec<String>> {
    let lines = section.lines().filter(|line| line.starts_with("| `--"));
    let cells = |line: &str| {
        let line = line.replace("\\|", "\0");
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().replace('\0', "|").replace('`', "")).collect()
    };
    lines.map(cells).collect()
}

#[test]
fn every_flag_is_in_the_table_with_one_value_and_one_meaning() {
    let page = page();
    let (now, _) = page.split_once("## Older names").expect("the second table");
    let mut known = BTreeMap::new();
    for row in rows(now) {
        let [flag, value, meaning] = &row[..] else { panic!("three cells: {row:?}") };
        assert!(!meaning.is_empty(), "{flag}");
        let before = known.insert(flag.clone(), value.clone());
        assert_eq!(before, None, "{flag} is there twice");
    }
    let mut unused: BTreeSet<String> = known.keys().cloned().collect();
    let mut wrong = Vec::new();
    every_argument(|words, argument| {
        let Some(long) = argument.get_long().filter(|long| !["help", "version"].contains(long))
        else {
            return;
        };
        if argument.is_hide_set() {
            return;
        }
        let names = argument.get_value_names().unwrap_or_default().iter();
        let value = match argument.get_action().takes_values() {
            true => names.map(ToString::to_string).collect::<Vec<_>>().join(" "),
            false => String::new(),
        };
        let flag = format!("--{long}");
        if known.get(&flag) != Some(&value) {
            wrong.push(format!("{words}: {flag} {value}"));
        }
        unused.remove(&flag);
    });
    assert_eq!(wrong, Vec::<String>::new(), "another value than in the table, or not there");
    assert_eq!(unused, BTreeSet::new(), "of no command");
}

#[test]
fn older_names_are_hidden_and_stand_in_their_table() {
    let page = page();
    let (_, older) = page.split_once("## Older names").expect("the second table");
    let listed: BTreeSet<String> = rows(older).into_iter().map(|row| row[0].clone()).collect();
    let mut taken = BTreeSet::new();
    every_argument(|_, argument| {
        assert_eq!(argument.get_visible_aliases().unwrap_or_default(), [""; 0], "{argument}");
        let hidden = argument.get_long().filter(|_| argument.is_hide_set());
        let aliases = argument.get_all_aliases().unwrap_or_default().into_iter().chain(hidden);
        taken.extend(aliases.map(|alias| format!("--{alias}")));
    });
    assert_eq!(listed, taken);
}
