//! Exit codes: one table, from which come the code of each failure, the `kind` in JSON errors and the
//! list in `el2g --help`. docs/reliability.md repeats it, and a test compares.

use el2g_workflows::FailureKind;

/// One exit code.
pub struct Exit {
    pub code: u8,
    /// `None` for success.
    kind: Option<FailureKind>,
    /// The `kind` of a JSON error; empty for success.
    pub name: &'static str,
    pub meaning: &'static str,
    /// What to do about it.
    pub fix: &'static str,
}

const fn exit(
    code: u8,
    kind: FailureKind,
    name: &'static str,
    meaning: &'static str,
    fix: &'static str,
) -> Exit {
    Exit { code, kind: Some(kind), name, meaning, fix }
}

/// The table, in the order of the codes.
pub static EXITS: [Exit; 8] = [
    Exit {
        code: 0,
        kind: None,
        name: "",
        meaning: "done; every check passed",
        fix: "nothing needs to be done; warnings and notes may stand in the report all the same",
    },
    exit(1, FailureKind::Bug, "bug", "a fault of ours", "report it with the command you ran"),
    exit(
        2,
        FailureKind::Usage,
        "usage",
        "the command line is wrong",
        "correct what the error names; `--help` behind the command shows its options and an example",
    ),
    exit(
        3,
        FailureKind::Input,
        "input",
        "an input was refused, or a check found a violation",
        "correct the input: the error or the report says where it is, what was found and what is allowed; `el2g explain RULE` explains a rule that it names",
    ),
    exit(
        4,
        FailureKind::Refused,
        "refused",
        "the service refused (HTTP 4xx)",
        "read what the service says in the error, and do what the hint says; `el2g explain CODE` explains its code",
    ),
    exit(
        5,
        FailureKind::Unavailable,
        "unavailable",
        "the service could not be reached, timed out or failed (HTTP 5xx, 429 after all retries): trying again makes sense",
        "run the command again later; `el2g doctor` checks address, connection and token",
    ),
    exit(
        6,
        FailureKind::Difference,
        "difference",
        "reserved for `plan --check`, which this version does not have",
        "no command of this version ends so",
    ),
    exit(
        7,
        FailureKind::Partial,
        "partial",
        "partly done: a journal is left, run the same command again",
        "run the same command again: it resumes from the journal and makes nothing twice",
    ),
];

fn row(kind: FailureKind) -> &'static Exit {
    EXITS
        .iter()
        .find(|exit| exit.kind == Some(kind))
        .expect("every kind has a row, which a test over all kinds shows")
}

/// The exit code of a kind of failure.
pub fn code(kind: FailureKind) -> u8 {
    row(kind).code
}

/// The `kind` of a JSON error.
pub fn name(kind: FailureKind) -> &'static str {
    row(kind).name
}

/// The table as it stands at the end of `el2g --help`.
pub fn help() -> String {
    let rows = EXITS.iter().map(|exit| format!("\n  {}  {}", exit.code, exit.meaning));
    let rows: String = rows.collect();
    format!(
        "`el2g explain CODE` explains an exit code, a rule or an error code of the service.\n\nExit codes:{rows}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_code_and_the_codes_are_0_to_7() {
        use FailureKind::*;
        let kinds = [Bug, Usage, Input, Refused, Unavailable, Difference, Partial];
        assert_eq!(kinds.map(code), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(EXITS.each_ref().map(|exit| exit.code), [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
