//! Plain English in what users read: the documents and every help text.

use super::commands::helps;
use super::{files, read, sources};

/// Words and phrases that make a reader stop, each with what to write instead.
const AVOIDED: [(&str, &str); 22] = [
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

/// The words of a text that are to be avoided.
fn avoided(text: &str) -> Vec<String> {
    let joined = format!(" {} ", words(text).join(" "));
    // There, a number is meant.
    let joined = joined.replace(" there is none ", " ").replace(" there are none ", " ");
    let found = AVOIDED.iter().filter(|(avoided, _)| joined.contains(&format!(" {avoided} ")));
    found.map(|(avoided, instead)| format!("`{avoided}`: write {instead}")).collect()
}

/// All that is wrong in a text.
fn faults(text: &str) -> Vec<String> {
    let mut found = avoided(text);
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

/// The doc comments of a source.
fn documentation(source: &str) -> String {
    let lines = source.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("///").or_else(|| line.strip_prefix("//!"))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn documentation_of_the_crates_is_without_these_words() {
    let is_published = |path: &String| path.starts_with("crates/") || path.starts_with("cli/");
    let mut wrong = Vec::new();
    for path in sources().into_iter().filter(is_published) {
        let found = avoided(&documentation(&read(&path)));
        wrong.extend(found.into_iter().map(|fault| format!("{path}: {fault}")));
    }
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
