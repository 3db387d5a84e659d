//! Some six hundred chains that OpenSSL and Python's `cryptography` made, good and broken in one place each
//! (`corpus.py`): our verdict on signature and chain is OpenSSL's, but for the rows of `DIFFERENCES`.

mod differences;

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;

use serde_json::Value;

use crate::workplace::{Ran, Workplace, python, root, testdata};

/// What is asked of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Question {
    /// Does the intermediate stand under the root?
    Intermediate,
    /// Does the device certificate stand under both?
    Device,
}
use Question::{Device, Intermediate};
use differences::{ANCHOR, BOTH, DIFFERENCES, OpenSsl, Ours, REFUSED_TOO, difference};

/// Errors of section 6 alone: what EdgeLock 2GO wants of an intermediate, and a verifier of chains does not look at.
const SECTION_6: &[&str] = &[
    "version-v3",
    "serial-number-present",
    "serial-number-positive",
    "serial-number-length",
    "signature-algorithm-allowed",
    "signature-hash-allowed",
    "signature-algorithm-parameters",
    "validity-time-type",
    "validity-within-root",
    "public-key-algorithm",
    "public-key-curve",
    "public-key-rsa",
    "public-key-differs-from-root",
    "basic-constraints-present",
    "basic-constraints-critical",
    "basic-constraints-ca",
    "basic-constraints-path-length",
    "key-usage-present",
    "key-usage-critical",
    "key-usage-cert-sign",
    "encoding-strict-der",
    "extensions-not-empty",
];

/// One chain of the corpus, and the time it is looked at.
struct Chain {
    name: String,
    at: i64,
}

impl Chain {
    fn file(&self, role: &str) -> String {
        format!("{}.{role}.pem", self.name)
    }

    /// OpenSSL's verdict.
    fn openssl(&self, work: &Workplace, question: Question, more: &[&str]) -> Option<bool> {
        let (at, root) = (self.at.to_string(), self.file("root"));
        let (intermediate, device) = (self.file("intermediate"), self.file("device"));
        let verify = ["verify", "-attime", &at, "-CAfile", &root];
        let files: &[&str] = match question {
            Intermediate => &[&intermediate],
            Device => &["-untrusted", &intermediate, &device],
        };
        let ran = work.oracle(Command::new("openssl"), &[&verify[..], more, files].concat())?;
        Some(ran.code == 0)
    }

    /// What the program says.
    fn check(&self, work: &Workplace, question: Question) -> Ran {
        let at = el2g_x509::Instant::from_unix(self.at).to_string();
        let (root, intermediate) = (self.file("root"), self.file("intermediate"));
        let device = self.file("device");
        let files: &[&str] = match question {
            Intermediate => &[&intermediate],
            Device => &[&device, "--intermediate", &intermediate],
        };
        let check = [&["cert", "check"][..], files, &["--root", &root, "--at", &at, "-o", "json"]];
        work.el2g(&check.concat())
    }

    /// Our verdict: of an intermediate without what section 6 alone asks. A signature that is not checked holds no
    /// chain up.
    fn ours(&self, work: &Workplace, question: Question) -> (bool, Vec<String>) {
        let ran = self.check(work, question);
        if ran.stdout.is_empty() {
            // The root or the intermediate is not a certificate.
            ran.exits(3);
            return (false, vec!["unreadable".to_owned()]);
        }
        let report = ran.json();
        let texts = |list: &str, keep: &dyn Fn(&Value) -> bool| -> Vec<String> {
            let list = report["certificates"][0][list].as_array().expect("a list");
            let rules = list.iter().filter(|one| keep(one));
            rules.map(|one| one["rule"].as_str().expect("a rule").to_owned()).collect()
        };
        let heavy = |one: &Value| one["severity"] == "error" || one["severity"] == "fatal";
        let mut against = texts("findings", &heavy);
        if question == Intermediate {
            against.retain(|rule| !SECTION_6.contains(&rule.as_str()));
        } else {
            assert_eq!(ran.code, if against.is_empty() { 0 } else { 3 }, "{}", self.name);
        }
        let signature = |one: &Value| {
            // A chain has no request.
            let is_request = one["rule"] == "request-signature-verifies";
            one["rule"]
                .as_str()
                .is_some_and(|rule| rule.ends_with("signature-verifies") && !is_request)
        };
        against.extend(texts("notChecked", &signature));
        (against.is_empty(), against)
    }
}

/// The corpus; `None` where a program that makes it is missing.
fn made(work: &Workplace) -> Option<Vec<Chain>> {
    let python = python()?;
    // The script calls it.
    work.oracle(Command::new("openssl"), &["version"])?.exits(0);
    let script = root().join("tests/cert/corpus.py");
    let paths = [script, work.path(""), testdata("keys"), testdata("generate")];
    let paths = paths.each_ref().map(|path| path.to_str().expect("UTF-8"));
    work.oracle(Command::new(&python), &[&["-W", "ignore"][..], &paths].concat())?.exits(0);
    let list: Vec<(String, i64)> =
        serde_json::from_slice(&work.read("chains.json")).expect("the script's list");
    Some(list.into_iter().map(|(name, at)| Chain { name, at }).collect())
}

#[test]
#[cfg_attr(
    not(all(oracle = "cryptography", oracle = "openssl")),
    ignore = "needs cryptography, openssl"
)]
fn the_verdict_on_signature_and_chain_is_that_of_openssl() {
    let work = Workplace::new();
    let Some(chains) = made(&work) else { return };
    assert!(chains.len() > 600, "{} chains", chains.len());
    let questions: Vec<(&Chain, Question)> = chains
        .iter()
        .flat_map(|chain| BOTH.iter().map(move |question| (chain, *question)))
        .collect();
    let (wrong, seen) = (Mutex::new(Vec::new()), Mutex::new(BTreeSet::new()));
    let (accepted, refused) = (Mutex::new(0), Mutex::new(0));
    std::thread::scope(|scope| {
        for half in questions.chunks(questions.len().div_ceil(2)) {
            let (work, wrong, seen) = (&work, &wrong, &seen);
            let (accepted, refused) = (&accepted, &refused);
            scope.spawn(move || {
                for (chain, question) in half {
                    let theirs = chain.openssl(work, *question, &[]).expect("it was there before");
                    let (ours, against) = chain.ours(work, *question);
                    *(if theirs { accepted } else { refused }).lock().expect("no panic") += 1;
                    if ours == theirs {
                        continue;
                    }
                    let refuses = if ours { OpenSsl } else { Ours };
                    match difference(&chain.name, *question, refuses) {
                        Some(row) if DIFFERENCES[row].reason == ANCHOR => {
                            let partial = chain.openssl(work, *question, &["-partial_chain"]);
                            assert_eq!(partial, Some(ours), "{} -partial_chain", chain.name);
                            seen.lock().expect("no panic").insert(row);
                        }
                        Some(row) if DIFFERENCES[row].reason == REFUSED_TOO => {
                            assert_eq!(chain.check(work, *question).code, 3, "{}", chain.name);
                            seen.lock().expect("no panic").insert(row);
                        }
                        Some(row) => drop(seen.lock().expect("no panic").insert(row)),
                        None => wrong.lock().expect("no panic").push(format!(
                            "{} {question:?}: {refuses:?} refuses; ours says {against:?}",
                            chain.name
                        )),
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().expect("no panic");
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let seen = seen.into_inner().expect("no panic");
    let stale: Vec<_> = (0..DIFFERENCES.len())
        .filter(|row| !seen.contains(row))
        .map(|row| DIFFERENCES[row].chains)
        .collect();
    assert!(stale.is_empty(), "no difference any more: {stale:?}");
    let (accepted, refused) = (*accepted.lock().expect("ok"), *refused.lock().expect("ok"));
    assert!(accepted > 400 && refused > 400, "{accepted} accepted, {refused} refused");
}
