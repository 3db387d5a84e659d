//! Exit codes: one table, from which come the code of each failure, the `kind` in JSON errors and the
//! list in `el2g --help`. docs/reliability.md repeats it, and a test compares.

use el2g_workflows::FailureKind;

/// One exit code.
struct Exit {
    code: u8,
    /// `None` for success.
    kind: Option<FailureKind>,
    /// The `kind` of a JSON error.
    name: &'static str,
    meaning: &'static str,
}

const fn exit(code: u8, kind: FailureKind, name: &'static str, meaning: &'static str) -> Exit {
    Exit { code, kind: Some(kind), name, meaning }
}

static EXITS: [Exit; 8] = [
    Exit { code: 0, kind: None, name: "", meaning: "done; every check passed" },
    exit(1, FailureKind::Bug, "bug", "a fault of ours"),
    exit(2, FailureKind::Usage, "usage", "the command line is wrong"),
    exit(3, FailureKind::Input, "input", "an input was refused, or a check found a violation"),
    exit(4, FailureKind::Refused, "refused", "the service refused (HTTP 4xx)"),
    exit(
        5,
        FailureKind::Unavailable,
        "unavailable",
        "the service could not be reached, timed out or failed (HTTP 5xx, 429 after all retries): trying again makes sense",
    ),
    exit(
        6,
        FailureKind::Difference,
        "difference",
        "reserved for `plan --check`, which this version does not have",
    ),
    exit(
        7,
        FailureKind::Partial,
        "partial",
        "partly done: a journal is left, run the same command again",
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

/// Every exit code with its meaning.
pub fn meanings() -> impl Iterator<Item = (u8, &'static str)> {
    EXITS.iter().map(|exit| (exit.code, exit.meaning))
}

/// The table as it stands at the end of `el2g --help`.
pub fn help() -> String {
    let rows = EXITS.iter().map(|exit| format!("\n  {}  {}", exit.code, exit.meaning));
    format!("Exit codes:{}", rows.collect::<String>())
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
