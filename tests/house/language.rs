//! Plain English in what users read: the documents and every help text.

use std::collections::VecDeque;

use proc_macro2::{TokenStream, TokenTree};

use super::commands::helps;
use super::{files, read, sources};

/// Words and phrases that make a reader stop, each with what to write instead.
const AVOIDED: [(&str, &str); 24] = [
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
    ("is no", "is not a …"),
    ("are no", "are not …"),
    ("remedy", "fix"),
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

/// The words of a text; what is quoted as code is one word, and so is the end of a sentence.
fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .flat_map(|word| {
            let bare = word.trim_matches(|c: char| !c.is_alphanumeric() && c != '`').to_lowercase();
            let is_last = word.ends_with(['.', ':', ';', '?']);
            [bare, if is_last { ".".to_owned() } else { String::new() }]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// The words of a text that are to be avoided.
fn avoided(text: &str) -> Vec<String> {
    let joined = format!(" {} ", words(text).join(" "));
    // There, a number or a time is meant.
    let counted = [
        "there is none",
        "there are none",
        "there is no",
        "there are no",
        "is no longer",
        "are no longer",
    ];
    let joined =
        counted.iter().fold(joined, |text, phrase| text.replace(&format!(" {phrase} "), " "));
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

/// The strings of a source that are sentences; those of its unit tests and its doc comments are left out.
fn sentences(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let parsed: TokenStream = source.parse().expect("the source compiles");
    let mut waiting = VecDeque::from([parsed]);
    while let Some(stream) = waiting.pop_front() {
        let mut before = [String::new(), String::new()];
        for token in stream {
            let is_test = before[0] == "mod" && before[1].ends_with("tests");
            match &token {
                TokenTree::Group(group) if !is_test && !group.to_string().starts_with("[doc") => {
                    waiting.push_back(group.stream());
                }
                TokenTree::Literal(text) if text.to_string().contains(['"']) => {
                    let text = text.to_string().replace("\\\n", " ").replace("\\n", " . ");
                    let lines = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    found.push(lines);
                }
                _ => {}
            }
            before = [before[1].clone(), token.to_string()];
        }
    }
    found.into_iter().filter(|text| text.split(' ').count() > 2).collect()
}

/// A format string without the names of its arguments.
fn without_arguments(format: &str) -> String {
    let mut parts = format.split('{');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "{" + part.find('}').map_or(part, |end| &part[end..]))
}

#[test]
fn messages_are_without_these_words() {
    let is_read = |path: &String| {
        (path.starts_with("crates/") || path.starts_with("cli/src/")) && !path.contains("test")
    };
    let mut wrong = Vec::new();
    for path in sources().into_iter().filter(is_read) {
        for sentence in sentences(&read(&path)) {
            for fault in avoided(&without_arguments(&sentence)) {
                wrong.push(format!("{path}: {fault}: {sentence}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn sentences_of_a_source_are_found() {
    let source = r###"
        /// This one is a comment.
        fn f() { g(["the key\
            is wanted", r#"a "file" is none"#, "ok", concat!("one two three")]) }
        #[cfg(test)]
        mod tests { const A: &str = "not in a message"; }
    "###;
    let mut found = sentences(source);
    found.sort_unstable();
    let expected = ["\"one two three\"", "\"the key is wanted\"", "r#\"a \"file\" is none\"#"];
    assert_eq!(found, expected);
    assert_eq!(without_arguments("{} is {wanted}, {a:?}"), "{} is {}, {}");
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
