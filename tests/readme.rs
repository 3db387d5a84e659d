//! README.md is run as a reader pastes it: block after block into bash, with an empty home, in an empty folder, without a
//! terminal. What a block prints is compared with what the README shows below it.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::house::{files, read};
use crate::workplace::{Ran, Workplace, program};

/// The shell blocks that are not pasted, because they build, test or install this very project.
const NOT_PASTED: [(&str, &str); 5] = [
    ("README.md", "cargo run -- demo\n"),
    ("README.md", "cargo test --workspace\n"),
    ("README.md", "cargo install --path cli\n"),
    (
        "CONTRIBUTING.md",
        "cargo run -- demo               # the main job\n\
         cargo test --workspace          # the tests\n\
         bash .ci/run                    # everything CI does; on Debian it installs the programs it asks\n",
    ),
    (
        "CONTRIBUTING.md",
        "cargo install cargo-fuzz --locked\n\
         RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none certificate -- -max_total_time=60 \
         -dict=fuzz/dictionaries/x509.dict\n",
    ),
];

/// The shell blocks of other documents by their beginning; the tests of `seal_batch/` run each from the page.
const RUN_ELSEWHERE: [(&str, &str); 3] = [
    ("docs/scale.md", "el2g pgp seal-batch keys.csv "),
    ("docs/scale.md", "parallel el2g pgp seal-batch keys.csv "),
    ("docs/scale.md", "el2g secure-object create-batch sealed/results.ndjson "),
];

/// The languages of fenced blocks; a shell block is `sh`.
const LANGUAGES: [&str; 6] = ["", "csv", "sh", "text", "toml", "yaml"];

/// A fenced block of a document.
struct Block {
    language: String,
    /// Its first line in the document.
    line: usize,
    text: String,
}

fn blocks(document: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in read(document).lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        open = match (open, fence) {
            (None, None) => None,
            (None, Some(language)) => {
                Some(Block { language: language.into(), line: number + 2, text: String::new() })
            }
            (Some(block), Some(_)) => {
                found.push(block);
                None
            }
            (Some(mut block), None) => {
                block.text += &format!("{line}\n");
                Some(block)
            }
        };
    }
    assert!(open.is_none(), "{document}: a block without an end");
    found
}

/// Whether what was printed ends in the lines that are shown. `…` stands for a part of a line.
fn is_shown(shown: &str, printed: &str) -> bool {
    let lines: Vec<&str> = printed.lines().collect();
    let shown: Vec<&str> = shown.lines().collect();
    let Some(first) = lines.len().checked_sub(shown.len()) else { return false };
    shown.iter().zip(&lines[first..]).all(|(shown, line)| {
        let mut pieces = shown.split('…');
        let Some(mut rest) = pieces.next().and_then(|start| line.strip_prefix(start)) else {
            return false;
        };
        let pieces: Vec<&str> = pieces.collect();
        let Some((last, between)) = pieces.split_last() else { return rest.is_empty() };
        for piece in between {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.len() > last.len() && rest.ends_with(last)
    })
}

/// Pastes the script into one bash, which ends at the first command that fails, and everything that it has started with
/// it. A limit on time ends a loop that waits for nothing.
fn paste(work: &Workplace, script: &str) -> Ran {
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let mut shell = Command::new("timeout");
    shell.env_clear();
    shell.env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()));
    let script = format!(
        "set -e -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n{script}"
    );
    work.oracle(shell, &["300", "bash", "-c", &script]).expect("bash and coreutils")
}

#[test]
fn every_block_of_the_readme_runs_as_pasted_and_prints_what_is_shown() {
    let work = Workplace::new();
    let folder = tempfile::tempdir().expect("a folder for the test");
    let all = blocks("README.md");
    let pasted: Vec<&Block> = all
        .iter()
        .filter(|block| block.language == "sh" && !NOT_PASTED.contains(&("README.md", &block.text)))
        .collect();
    assert!(pasted.len() >= 8, "{} blocks", pasted.len());

    let output = |block: &Block| folder.path().join(block.line.to_string());
    let script: String = pasted
        .iter()
        .map(|block| format!("exec >'{}' 2>&1\n{}", output(block).display(), block.text))
        .collect();
    let ran = paste(&work, &script);

    let mut printed: Vec<(&Block, String)> = Vec::new();
    for &block in &pasted {
        let Ok(text) = fs::read_to_string(output(block)) else { break };
        printed.push((block, text));
    }
    let (last, said) = printed.last().expect("the first block has begun");
    assert_eq!(ran.code, 0, "README.md:{}: {}\n{said}{}", last.line, last.text, ran.stderr);
    assert_eq!(printed.len(), pasted.len());

    let shows = all.windows(2).filter(|pair| pair[1].language == "text");
    let mut compared = 0;
    for pair in shows {
        let (_, text) = printed
            .iter()
            .find(|(block, _)| block.line == pair[0].line)
            .unwrap_or_else(|| panic!("README.md:{}: shows what no block prints", pair[1].line));
        let (line, shown) = (pair[1].line, &pair[1].text);
        assert!(is_shown(shown, text), "README.md:{line} shows\n{shown}\nand prints\n{text}");
        compared += 1;
    }
    assert!(compared >= 3, "{compared} outputs are shown");
}

#[test]
fn every_shell_block_of_the_documents_is_run_or_named_here() {
    let mut wrong = Vec::new();
    let mut left_out = BTreeSet::new();
    for document in files().into_iter().filter(|path| path.ends_with(".md")) {
        for block in blocks(&document) {
            let place = format!("{document}:{}", block.line);
            let named = NOT_PASTED.iter().position(|one| *one == (&*document, &*block.text));
            left_out.extend(named);
            if !LANGUAGES.contains(&block.language.as_str()) {
                wrong.push(format!("{place}: `{}` is none of {LANGUAGES:?}", block.language));
            } else if block.language == "sh"
                && named.is_none()
                && document != "README.md"
                && !RUN_ELSEWHERE
                    .iter()
                    .any(|(page, begins)| document == *page && block.text.starts_with(begins))
            {
                wrong.push(format!("{place}: nothing runs this block"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(left_out.len(), NOT_PASTED.len(), "a block that is named here is gone");
}

#[test]
fn shown_output_is_compared_line_by_line() {
    let printed = "begin\nsha256 00ff\nuntil 2041 or later\n";
    for (shown, holds) in [
        ("until 2041 or later\n", true),
        ("sha256 …\nuntil … or later\n", true),
        ("sha256 …\nuntil 2041 or later…\n", false),
        ("sha256 …\n", false),
        ("sha256 0\nuntil 2041 or later\n", false),
        ("…\n…\n…\n…\n", false),
    ] {
        assert_eq!(is_shown(shown, printed), holds, "{shown}");
    }
}
