//! The book in docs/ is run as a reader pastes it: page by page, block after block into bash, with an empty home, in an
//! empty folder, without a terminal. What a block prints is compared with what the page shows below it.

mod blocks;
mod built;
mod named_tests;
mod powershell;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use self::blocks::{Part, is_shown, parts};
use crate::house::files;
use crate::served::keep_recipient;
use crate::workplace::{Ran, Workplace, program, root};

/// The pages that are pasted, each in a test of its own.
macro_rules! pages {
    ($($(#[$attribute:meta])* $name:ident => $page:literal,)+) => {
        const PASTED: &[&str] = &[$($page),+];
        $(
            $(#[$attribute])*
            #[test]
            fn $name() {
                runs_as_pasted_and_prints_what_is_shown($page);
            }
        )+
    };
}

pages! {
    start => "docs/start.md",
    #[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
    #[cfg_attr(not(oracle = "gpgconf"), ignore = "needs gpgconf")]
    from_kleopatra => "docs/from-kleopatra.md",
    import_a_key => "docs/import-a-key.md",
    #[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
    #[cfg_attr(not(oracle = "pkcs11-tool"), ignore = "needs pkcs11-tool")]
    #[cfg_attr(not(oracle = "softhsm2-util"), ignore = "needs softhsm2-util")]
    components_and_hsms => "docs/components-and-hsms.md",
    #[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
    enrol_a_ca => "docs/enrol-a-ca.md",
    prove_possession => "docs/prove-possession.md",
    lint_in_ci => "docs/lint-in-ci.md",
    air_gapped => "docs/air-gapped.md",
    #[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
    factory => "docs/factory.md",
    rehearse => "docs/rehearse.md",
    checks => "docs/checks.md",
    reliability => "docs/reliability.md",
    services => "docs/services.md",
    settings => "docs/settings.md",
}

/// The shell blocks that are not pasted, by their beginning, each with its reason.
const NOT_PASTED: [(&str, &str, &str); 11] = [
    ("packaging/README.md", "gpg --verify ", "tests/packages/run runs it"),
    ("README.md", "cargo run -- demo\n", "builds this project; a step of .ci/run"),
    ("README.md", "cargo test --workspace\n", "builds this project; a step of .ci/run"),
    ("README.md", "cargo install --path cli\n", "installs this project"),
    ("docs/install.md", "cargo install --path cli\n", "installs this project"),
    ("docs/sandbox-devices.md", "openssl s_server ", "tests/usable_devices.rs runs it"),
    ("CONTRIBUTING.md", "cargo run -- demo ", "the same commands"),
    ("CONTRIBUTING.md", "cargo install cargo-fuzz --locked\n", "a step of .ci/run"),
    ("docs/scale.md", "el2g pgp seal-batch keys.csv ", "tests/seal_batch/scale.rs runs it"),
    ("docs/scale.md", "parallel el2g pgp seal-batch keys.csv ", "tests/seal_batch.rs runs it"),
    (
        "docs/scale.md",
        "el2g secure-object create-batch sealed/results.ndjson ",
        "tests/seal_batch/objects.rs runs it",
    ),
];

/// The languages of fenced blocks; a shell block is `sh`, those of PowerShell are compared with it, and those in Rust are doc
/// tests of the crate beside.
const LANGUAGES: [&str; 9] =
    ["", "csv", "json", "powershell", "rust", "sh", "text", "toml", "yaml"];

/// Pages that are made, each with what runs the same commands.
const MADE: [(&str, &str); 1] =
    [("docs/commands.md", "its blocks are the examples of the helps, which tests/help.rs runs")];

fn is_left_out(page: &str, text: &str) -> bool {
    NOT_PASTED.iter().any(|(left, begins, _)| page == *left && text.starts_with(begins))
}

/// Pastes the script into one bash, which ends at the first command that fails, and everything that it has started with
/// it. A limit on time ends a loop that waits for nothing.
fn paste(work: &Workplace, script: &str) -> Ran {
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let mut shell = Command::new("timeout");
    shell.env_clear();
    shell.env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()));
    shell.env("TESTDATA", root().join("testdata"));
    let set_up = include_str!("book/set_up.sh");
    let script = format!(
        "set -e -o pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n{set_up}\n{script}"
    );
    work.oracle(shell, &["300", "bash", "-c", &script]).expect("bash and coreutils")
}

fn runs_as_pasted_and_prints_what_is_shown(page: &str) {
    let work = Workplace::new();
    keep_recipient(&work);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let all = parts(page);
    let pasted: Vec<&Part> =
        all.iter().filter(|part| part.is_script() && !is_left_out(page, &part.text)).collect();
    assert!(!pasted.is_empty(), "{page}: nothing to paste");

    let output = |part: &Part| folder.path().join(part.line.to_string());
    let script: String = pasted
        .iter()
        .map(|part| format!("exec >'{}' 2>&1\n{}", output(part).display(), part.text))
        .collect();
    let ran = paste(&work, &script);

    let mut printed: Vec<(&Part, String)> = Vec::new();
    for &part in &pasted {
        let Ok(text) = fs::read_to_string(output(part)) else { break };
        // The home of the reader.
        printed.push((part, text.replace(&*work.path("").to_string_lossy(), "~/")));
    }
    let (last, said) = printed.last().expect("the first block has begun");
    assert_eq!(ran.code, 0, "{page}:{}: {}\n{said}{}", last.line, last.text, ran.stderr);
    assert_eq!(printed.len(), pasted.len());

    for pair in all.windows(2).filter(|pair| pair[1].language == "text" && pair[0].is_script()) {
        if is_left_out(page, &pair[0].text) {
            continue;
        }
        let (_, text) = printed
            .iter()
            .find(|(part, _)| part.line == pair[0].line)
            .expect("every script of the page was pasted");
        let (line, shown) = (pair[1].line, &pair[1].text);
        assert!(is_shown(shown, text), "{page}:{line} shows\n{shown}\nand prints\n{text}");
    }
}

#[test]
fn every_shell_block_of_the_documents_is_run_or_named_here() {
    let mut wrong = Vec::new();
    let mut left_out = BTreeSet::new();
    for document in files().into_iter().filter(|path| path.ends_with(".md")) {
        for part in parts(&document) {
            let place = format!("{document}:{}", part.line);
            let named = NOT_PASTED
                .iter()
                .position(|(page, begins, _)| *page == document && part.text.starts_with(begins));
            left_out.extend(named);
            if !LANGUAGES.contains(&part.language.as_str()) && !part.is_set_up {
                wrong.push(format!("{place}: `{}` is none of {LANGUAGES:?}", part.language));
            } else if part.is_script()
                && named.is_none()
                && !PASTED.contains(&&*document)
                && !MADE.iter().any(|(page, _)| *page == document)
            {
                wrong.push(format!("{place}: nothing runs this block"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(left_out.len(), NOT_PASTED.len(), "a block that is named here is gone");
}
