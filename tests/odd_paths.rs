//! Paths with characters that reorder, hide or colour text: they are used as they are, and shown escaped.

use std::fs;

use crate::file_arguments::{line, lines, papers};
use crate::workplace::{Ran, Workplace};

/// Right-to-left override, an escape sequence, a zero-width space and a line separator.
const NAMES: [&str; 4] = ["a\u{202e}b", "a\u{1b}[31mb", "a\u{200b}b", "a\u{2028}b"];

fn is_hidden(character: char) -> bool {
    NAMES.iter().any(|name| name.contains(character) && !name.is_ascii() && !character.is_ascii())
        || character == '\u{1b}'
}

#[track_caller]
fn shows_no_hidden_character(ran: &Ran, of: &str) {
    for text in [&ran.stdout, &ran.stderr] {
        assert!(!text.contains(is_hidden), "{of}: {text:?}");
    }
}

#[test]
fn paths_of_files_that_are_read_are_shown_escaped() {
    let work = papers();
    for (row, (template, argument, _)) in lines().iter().enumerate() {
        let name = NAMES[row % NAMES.len()];
        for content in [None, Some("no such thing"), Some("00112233445566778899aabbccddeeff")] {
            let _ = fs::remove_file(work.path(name));
            if let Some(content) = content {
                work.write_secret(name, content);
            }
            for format in ["human", "json"] {
                let mut typed = line(template, name);
                typed.extend(["-o".to_owned(), format.to_owned()]);
                let ran = work.el2g(&typed);
                shows_no_hidden_character(&ran, &format!("{template} ({argument}), {content:?}"));
                let _ = fs::remove_dir_all(work.path("d"));
                for made in ["o", "e"] {
                    let _ = fs::remove_file(work.path(made));
                }
            }
        }
        let _ = fs::remove_file(work.path(name));
    }
}

/// Commands that write the file `@`.
const WRITERS: [&str; 8] = [
    "ca root --subject CN=R,O=E --key-out @ --out x.pem --force",
    "ca root --subject CN=R,O=E --key-out x.key --out @ --force",
    "ca sign --csr i.csr --root root.pem --root-key root.key --days 9 --yes --out @ --record @r --force",
    "pgp keygen --user-id S<s@el2g.example> --bits 2048 --secret-out @ --public-out @p --passphrase-file token --force",
    "pgp seal --kind aes --in key.hex --out @ --receipt @r --force S",
    "pgp seal-batch keys.csv --out-dir @d S",
    "pgp public rsa2048.sec.asc --out @ --force",
    "claim-code generate --secret-out @ --force",
];

#[test]
fn paths_of_files_that_are_written_are_shown_escaped() {
    let work = papers();
    let mut written = 0;
    for template in WRITERS {
        for name in NAMES {
            for format in ["human", "json"] {
                let mut typed = line(template, name);
                typed.extend(["-o".to_owned(), format.to_owned()]);
                let ran = work.el2g(&typed);
                shows_no_hidden_character(&ran, template);
                written += usize::from(ran.code == 0);
                // What is kept is read with other programs: receipts, records and results.
                for kept in [format!("{name}r"), format!("{name}d/results.ndjson")] {
                    let kept = fs::read_to_string(work.path(&kept)).unwrap_or_default();
                    assert!(!kept.contains(is_hidden), "{template}: {kept:?}");
                }
                clean(&work, name);
            }
        }
    }
    assert!(written > WRITERS.len() * NAMES.len(), "{written}");
}

fn clean(work: &Workplace, name: &str) {
    for end in ["", "r", "p"] {
        let _ = fs::remove_file(work.path(&format!("{name}{end}")));
    }
    let _ = fs::remove_dir_all(work.path(&format!("{name}d")));
}
