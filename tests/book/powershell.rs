//! No test runs PowerShell. Its lines are therefore the lines that are pasted into bash, word for word, or stand in this
//! file beside the line of bash that does the same.

use std::collections::BTreeSet;

use super::blocks::parts;
use super::{LANGUAGES, PASTED};
use crate::house::files;

/// Lines of PowerShell, each with the line of bash in whose place it stands.
const OTHERWISE: [(&str, &str); 7] = [
    ("mkdir rehearsal; cd rehearsal", "mkdir rehearsal && cd rehearsal"),
    (
        "el2g sandbox serve --save-profile sandbox",
        "el2g sandbox serve --save-profile sandbox >sandbox.json 2>sandbox.log &",
    ),
    ("$env:EL2G_PROFILE = \"sandbox\"", "export EL2G_PROFILE=sandbox"),
    (
        "-join (1..32 | ForEach-Object { \"{0:x2}\" -f (Get-Random -Maximum 256) }) | Set-Content -Encoding ascii key.hex",
        r"od -An -tx1 -N32 /dev/urandom | tr -d ' \n' >key.hex",
    ),
    ("mkdir gnupg", "mkdir -m 700 gnupg"),
    (r#"$env:GNUPGHOME = "$PWD\gnupg""#, "export GNUPGHOME=$PWD/gnupg"),
    (
        r"copy $env:APPDATA\el2g\sandbox\profiles\sandbox\recipient.asc edgelock2go.asc",
        "cp ~/.local/state/el2g/sandbox/profiles/sandbox/recipient.asc edgelock2go.asc",
    ),
];

#[test]
fn lines_of_powershell_are_those_that_are_pasted_into_bash() {
    assert!(LANGUAGES.contains(&"powershell"));
    let in_bash: BTreeSet<String> = PASTED
        .iter()
        .flat_map(|page| parts(page))
        .filter(|part| part.language == "sh")
        // A command over several lines is one line in PowerShell.
        .flat_map(|part| {
            let text = part.text.replace("\\\n", "");
            text.lines().map(words_of).collect::<Vec<_>>()
        })
        .collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for page in files().into_iter().filter(|path| path.ends_with(".md")) {
        for part in parts(&page).iter().filter(|part| part.language == "powershell") {
            for line in part.text.lines() {
                let bash = OTHERWISE.iter().find(|(powershell, _)| *powershell == line);
                seen.extend(bash.map(|(powershell, _)| *powershell));
                if !in_bash.contains(&words_of(bash.map_or(line, |(_, bash)| bash))) {
                    wrong.push(format!("{page}: {line}"));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(seen.len(), OTHERWISE.len(), "a line that stands here is gone");
}

fn words_of(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}
