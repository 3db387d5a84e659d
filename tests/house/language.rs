//! Plain English in what users read: the documents and every help text.

use super::commands::helps;
use super::{files, read};

/// Words and phrases that make a reader stop, each with what to write instead.
const AVOIDED: [(&str, &str); 25] = [
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("anew", "again"),
    ("wanted", "needed, expected"),
    ("wants", "needs, expects"),
    ("whoever", "anyone who, the signer"),
    ("go on", "resume, continue"),
    ("goes on", "resumes, continues"),
    ("went on", "resumed, continued"),
    ("is none", "is not a …"),
    ("are none", "are not …"),
    ("leave away", "leave out"),
    ("left away", "left out"),
    ("to whom", "the recipient"),
    ("no telling", "unknown"),
    ("cannot be told", "unknown"),
    ("judge", "check"),
    ("judges", "checks"),
    ("judged", "checked"),
    ("is no error", "is not an error"),
    ("asks no service", "contacts no service"),
    ("with which", "that, whose"),
    ("at hand", "available"),
    ("as it stands", "unchanged"),
];

/// The text of a document without its blocks of commands and data.
fn prose(document: &str) -> String {
    let mut is_inside = false;
    let mut kept = String::new();
    for line in document.lines() {
        if line.trim_start().starts_with("```") {
            is_inside = !is_inside;
        } else if !is_inside {
            // A heading is not a sentence, a row of a table or a list entry begins one.
            let heading = line.starts_with('#');
            kept += &format!("{}{line}\n", if heading { "The heading " } else { "" });
            if heading {
                kept += ".\n";
            }
        }
    }
    kept
}

/// The words of a text; what is quoted as code is one word.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '`').to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// What is wrong in a text.
fn faults(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let joined = format!(" {} ", words(text).join(" "));
    for (avoided, instead) in AVOIDED {
        if joined.contains(&format!(" {avoided} ")) {
            found.push(format!("`{avoided}`: write {instead}"));
        }
    }
    let begins = ["What ", "Who ", "Whoever "];
    let mut rest = text.replace("\n- ", ". ").replace("\n\n", ". ").replace('\n', " ");
    while let Some(end) = rest.find(['.', '?', '!', ';', '|']) {
        let sentence = rest[..end].trim_start_matches(|c: char| !c.is_alphanumeric()).to_owned();
        if !rest[end..].starts_with('?') && begins.iter().any(|word| sentence.starts_with(word)) {
            found.push(format!("a sentence begins with its object: {sentence}"));
        }
        rest.drain(..end + 1);
    }
    found
}

#[test]
fn documents_are_plain_english() {
    let wrong: Vec<String> = files()
        .into_iter()
        .filter(|path| path.ends_with(".md"))
        .flat_map(|path| {
            faults(&prose(&read(&path))).into_iter().map(move |fault| format!("{path}: {fault}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn helps_are_plain_english() {
    let mut wrong = Vec::new();
    for (path, help) in helps() {
        for fault in faults(&help) {
            wrong.push(format!("el2g {} --help: {fault}", path.join(" ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn faults_of_language_are_found() {
    for text in [
        "Fix it.\nWhat is broken is refused.",
        "- one\n- Who signs it decides.",
        "a pass-\nphrase is\nwanted here",
        "The key\ngoes on.",
        "| x | What it does |",
    ] {
        assert_eq!(faults(text).len(), 1, "{text}: {:?}", faults(text));
    }
    for text in ["What is this?", "It says what it wants!not", "unwanted, mender, `wanted`"] {
        assert_eq!(faults(text), Vec::<String>::new(), "{text}");
    }
}
