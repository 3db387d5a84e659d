//! Questions whose answer is not shown, and what interrupts them.

use std::process::Command;

use crate::workplace::{Workplace, program, root, testdata, words};

/// A line for each place where a secret is asked for.
const ASKING: [&str; 4] = [
    "pgp keygen --user-id k --bits 2048 --secret-out new.asc --public-out new.pub.asc",
    "pgp seal --kind aes --in key.hex --signer locked.sec.asc --recipient recipient.pub.asc --out out.asc",
    "pgp seal --kind aes --component prompt --component prompt --signer rsa2048.sec.asc --recipient recipient.pub.asc --out out.asc",
    "ca sign --csr request.csr --root-cert root.pem --root-key root.key --days 10 --yes --out out.pem",
];

/// Ctrl-C, and the signals HUP, INT, QUIT and TERM from elsewhere, with how each ends the program.
const INTERRUPTIONS: [(&str, &str); 5] =
    [("key", "SIGINT"), ("1", "SIGHUP"), ("2", "SIGINT"), ("3", "SIGQUIT"), ("15", "SIGTERM")];

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn a_question_that_is_interrupted_leaves_the_terminal_as_it_was() {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "recipient.pub.asc", "locked.sec.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("key.hex", "a5".repeat(16));
    work.write_secret("phrase", "correct horse\n");
    let new_root =
        "ca root --subject CN=R --key-out root.key --out root.pem --passphrase-file phrase";
    work.el2g(&words(new_root)).exits(0);
    work.write(
        "request.csr",
        std::fs::read(testdata("x509/bad/request-subject-as-ordered.pem")).expect("it is there"),
    );
    let before = work.names();
    let script = root().join("tests/terminal/interrupted.py").display().to_string();
    let program = program().display().to_string();
    for asking in ASKING {
        for (how, ended) in INTERRUPTIONS {
            let line =
                [vec![script.clone(), how.to_owned(), program.clone()], words(asking)].concat();
            let Some(ran) = work.oracle(Command::new("python3"), &line) else { return };
            let said = format!("{ended} as before\n");
            assert_eq!(ran.exits(0).stdout, said, "{how}: {asking}");
            assert_eq!(work.names(), before, "{how}: {asking}");
        }
    }
}
