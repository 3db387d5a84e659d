//! Every argument that names a file to read, as a line to try it with: what is asked of one is asked of all of them.

use std::fs;

use crate::help::leaves;
use crate::workplace::{Workplace, testdata};

/// What the file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Nobody else may read or change it.
    Secret,
    /// Nobody else may change it.
    Deciding,
    /// It is examined, and nothing is done because of it.
    Examined,
}

use Class::{Deciding, Examined, Secret};

const SEALED: &str = "secure-object create master-key --name k --object-id 83000001 --dry-run";

/// The command line with `@` in the place of the file, the argument, and what the file is for. `S` stands for the keys that
/// seal, `O` for a service on this machine that is never reached, and `N` for what an object has.
const LINES: &[(&str, &str, Class)] = &[
    ("api POST /products --body @ O", "--body", Deciding),
    (
        "ca sign --csr @ --root root.pem --root-key root.key --days 9 --yes --out o",
        "--csr",
        Deciding,
    ),
    ("ca sign --csr i.csr --root @ --root-key root.key --days 9 --yes --out o", "--root", Deciding),
    (
        "ca sign --csr i.csr --root root.pem --root-key @ --days 9 --yes --out o",
        "--root-key",
        Secret,
    ),
    (
        "ca sign --csr i.csr --root root.pem --root-key root.key --rules @ --days 9 --yes --out o",
        "--rules",
        Deciding,
    ),
    (
        "ca sign --csr i.csr --root root.pem --tbs-in @ --signature-in root.pem --out o",
        "--tbs-in",
        Deciding,
    ),
    (
        "ca sign --csr i.csr --root root.pem --tbs-in root.pem --signature-in @ --out o",
        "--signature-in",
        Deciding,
    ),
    ("cert check @", "CERT", Examined),
    ("cert check root.pem --root @", "--root", Deciding),
    ("cert check root.pem --root root.pem --intermediate @", "--intermediate", Deciding),
    ("cert check root.pem --csr @", "--csr", Examined),
    ("cert check root.pem --rules @", "--rules", Deciding),
    ("cert check-verification @ --ca root.pem --code abc", "CERT", Examined),
    ("cert check-verification root.pem --ca @ --code abc", "--ca", Deciding),
    ("cert rules --rules @", "--rules", Deciding),
    ("checksum @", "FILE", Examined),
    (
        "claim-code create --product 935389312472 --group 1 --name c --secret-file @ --dry-run O",
        "--secret-file",
        Secret,
    ),
    ("contract check --openapi @", "--openapi", Examined),
    ("csr show @", "FILE", Examined),
    ("csr show i.csr --rules @", "--rules", Deciding),
    ("device add --product 935389312472 --group 1 --in @ --dry-run O", "--in", Deciding),
    ("device unclaim --product 935389312472 --group 1 --in @ --dry-run O", "--in", Deciding),
    ("device register --product 935389312472 --group 1 --in @ --dry-run O", "--in", Deciding),
    (
        "device download --product 935389312472 --group 1 --hardware-family SE05 --out-dir objects --in @ --dry-run O",
        "--in",
        Deciding,
    ),
    ("keyset sign-hash 1 1 --in @ --public-key p256.pub --dry-run O", "--in", Deciding),
    ("keyset sign-hash 1 1 --in keys.csv --public-key @ --dry-run O", "--public-key", Deciding),
    ("keyset cmac 2 1 --in @ --out o --dry-run O", "--in", Deciding),
    ("provision @ --product 935389312472 --group 1 S --dry-run O", "MANIFEST", Deciding),
    (
        "provision keys.csv --product 935389312472 --group 1 --devices @ S --dry-run O",
        "--devices",
        Deciding,
    ),
    (
        "provision keys.csv --product 935389312472 --group 1 --signer @ --recipient recipient.pub.asc --dry-run O",
        "--signer",
        Secret,
    ),
    (
        "provision keys.csv --product 935389312472 --group 1 --signer pkcs11:token=x --signer-public @ --recipient recipient.pub.asc --dry-run O",
        "--signer-public",
        Deciding,
    ),
    (
        "provision keys.csv --product 935389312472 --group 1 --signer rsa2048.sec.asc --recipient ./@ --dry-run O",
        "--recipient",
        Deciding,
    ),
    (
        "intermediate-ca enroll --name l --common-name C --root-key @ --root root.pem --dry-run O",
        "--root-key",
        Secret,
    ),
    (
        "intermediate-ca enroll --name l --common-name C --certificate @ --root root.pem --dry-run O",
        "--certificate",
        Deciding,
    ),
    (
        "intermediate-ca enroll --name l --common-name C --root-key root.key --root @ --dry-run O",
        "--root",
        Deciding,
    ),
    (
        "intermediate-ca enroll --name l --common-name C --root-key root.key --root root.pem --rules @ --dry-run O",
        "--rules",
        Deciding,
    ),
    (
        "intermediate-ca upload 7 --certificate root.pem --root root.pem --rules @ --dry-run O",
        "--rules",
        Deciding,
    ),
    (
        "intermediate-ca upload 7 --certificate @ --root root.pem --dry-run O",
        "--certificate",
        Deciding,
    ),
    ("intermediate-ca upload 7 --certificate root.pem --root @ --dry-run O", "--root", Deciding),
    ("pem escape @", "FILE", Examined),
    ("pem unescape @", "FILE", Examined),
    ("pgp public @", "SECRET", Secret),
    ("pgp recipient @", "FILE", Examined),
    ("pgp seal --kind aes --in @ S", "--in", Secret),
    (
        "pgp seal --kind aes --generate 256 --extractable --out o --in-token @ S",
        "--in-token",
        Secret,
    ),
    ("pgp seal --kind aes --component @ --component key.hex S", "--component", Secret),
    (
        "pgp seal --kind aes --in key.hex --signer @ --recipient recipient.pub.asc",
        "--signer",
        Secret,
    ),
    (
        "pgp seal --kind aes --in key.hex --signer pkcs11:token=x --signer-public @ --recipient recipient.pub.asc",
        "--signer-public",
        Deciding,
    ),
    (
        "pgp seal --kind aes --in key.hex --signer rsa2048.sec.asc --recipient ./@",
        "--recipient",
        Deciding,
    ),
    ("pgp seal --kind aes --generate 256 --escrow-to @ --escrow-out e S", "--escrow-to", Deciding),
    ("pgp seal-batch @ --out-dir d S", "MANIFEST", Deciding),
    (
        "pgp seal-batch keys.csv --out-dir d --signer @ --recipient recipient.pub.asc",
        "--signer",
        Secret,
    ),
    (
        "pgp seal-batch keys.csv --out-dir d --signer rsa2048.sec.asc --recipient ./@",
        "--recipient",
        Deciding,
    ),
    (
        "pgp seal-batch keys.csv --out-dir d --signer pkcs11:token=x --signer-public @ --recipient recipient.pub.asc",
        "--signer-public",
        Deciding,
    ),
    ("pgp inspect @", "FILE", Examined),
    ("pgp inspect key.hex --signer-public @", "--signer-public", Deciding),
    ("pgp inspect key.hex --recipient ./@", "--recipient", Deciding),
    ("pgp inspect key.hex --open-with @", "--open-with", Secret),
    ("pgp inspect key.hex --session-key-file @", "--session-key-file", Secret),
    ("policy check @", "FILE", Deciding),
    ("policy check keys.csv --template @", "--template", Deciding),
    ("recipient add @ --yes", "FILE", Deciding),
    ("sandbox serve --faults @", "--faults", Deciding),
    (
        "sandbox connect-device 04005001eee2bbfe5ed9c4048e2b5f6b4d80 --claim-code-file @ --dry-run O",
        "--claim-code-file",
        Secret,
    ),
    ("SEALED --key-bits 128 --message @ --signer-public rsa2048.pub.asc O", "--message", Deciding),
    ("SEALED --key-bits 128 --message key.hex --signer-public @ O", "--signer-public", Deciding),
    ("SEALED --in @ S O", "--in", Secret),
    ("SEALED --policies @ --in key.hex S O", "--policies", Deciding),
    (
        "secure-object create binary-file --name b --object-id 83000001 --file @ --dry-run O",
        "--file",
        Deciding,
    ),
    (
        "secure-object create public-key --name b --object-id 83000001 --algorithm NIST_P256 --in @ --dry-run O",
        "--in",
        Deciding,
    ),
    (
        "secure-object create oem-fw-auth-key-hash --name b --in @ --skip-check secret-file-in-clear --dry-run O",
        "--in",
        Deciding,
    ),
    (
        "secure-object create-batch @ --signer-public rsa2048.pub.asc --dry-run O",
        "RESULTS",
        Deciding,
    ),
    (
        "secure-object create-batch keys.csv --signer-public @ --dry-run O",
        "--signer-public",
        Deciding,
    ),
    ("secure-object update 7 --policies @ --dry-run O", "--policies", Deciding),
    (
        "setup --service sandbox --recipient @ --signer rsa2048.sec.asc --dry-run O",
        "--recipient",
        Deciding,
    ),
    (
        "setup --service sandbox --recipient recipient.pub.asc --signer @ --dry-run O",
        "--signer",
        Secret,
    ),
    ("product list --dry-run O --ca-cert @", "--ca-cert", Deciding),
    ("product list --dry-run --config @", "--config", Deciding),
    (
        "product list --base-url http://127.0.0.1:9 --retries 0 --token-file @",
        "--token-file",
        Secret,
    ),
    ("pgp public locked.sec.asc --passphrase-file @", "--passphrase-file", Secret),
];

/// What reads a file and has no line of its own, because another line tries the same argument of the same code.
const SAME: &[(&str, &str)] = &[
    ("secure-object create hmac-key", ""),
    ("secure-object create binary-file", ""),
    ("secure-object create key-pair", "--policies"),
    ("secure-object create certificate", "--policies"),
    ("secure-object create public-key", "--policies"),
    ("secure-object create master-key", ""),
    ("secure-object create oem-fw-decrypt-key", ""),
    ("secure-object create oem-fw-auth-key-hash", "--policies"),
    ("secure-object create-batch", ""),
    ("pgp certify", "--key"),
    ("sandbox serve", "--state"),
    ("pgp seal-batch", "--escrow-to"),
];

/// One line of the table, ready to be run with the file `name`.
pub fn line(template: &str, name: &str) -> Vec<String> {
    let words = template.split(' ').flat_map(|word| match word {
        "S" => "--signer rsa2048.sec.asc --recipient recipient.pub.asc".split(' ').collect(),
        "O" => "--base-url http://127.0.0.1:9 --retries 0 --token-file token".split(' ').collect(),
        "SEALED" => SEALED.split(' ').collect(),
        word => vec![word],
    });
    words.map(|word| word.replace('@', name)).chain(["--no-input".to_owned()]).collect()
}

/// The table.
pub fn lines() -> &'static [(&'static str, &'static str, Class)] {
    LINES
}

/// The other files that the lines name.
pub fn papers() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "rsa2048.pub.asc", "recipient.pub.asc", "locked.sec.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.take("keys/p256.pub");
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work.write_secret("token", "a-token-of-the-tests");
    work.write("keys.csv", "name,kind,file,object-id\nkek-1,aes,key.hex,83000001\n");
    work.write("i.csr", fs::read(testdata("x509/good/request.pem")).unwrap());
    let root =
        ["ca", "root", "--subject", "CN=R,O=E", "--key-out", "root.key", "--out", "root.pem"];
    work.el2g(&root).exits(0);
    work
}

/// Arguments without a flag that name no file.
const NO_FILES: &[&str] = &[
    "CA", "CODE", "COMMAND", "DEVICE", "GROUP", "ID", "JOB", "KEY", "KEY-SET", "METHOD", "NAME",
    "OBJECT", "PATH", "SHELL", "UID", "VALUE",
];

/// The names of the arguments without a flag, as the help of a command lists them.
fn positionals(help: &str) -> Vec<&str> {
    let listed = help.split("\nArguments:\n").nth(1).unwrap_or_default();
    let listed = listed.split("\nOptions:").next().unwrap_or_default();
    // An argument is indented by two; its description by more.
    let names =
        listed.lines().filter_map(|line| line.strip_prefix("  ")).filter(|it| !it.starts_with(' '));
    names.map(|name| name.trim_matches(|c: char| "<>[].".contains(c))).collect()
}

#[test]
fn every_argument_that_reads_a_file_has_a_line() {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    let mut missing = Vec::new();
    assert_eq!(
        positionals("x\nArguments:\n  <CERT>...\n          [A file]\n\n  [ID]\n\nOptions:\n  <X>"),
        ["CERT", "ID"]
    );
    for (command, help) in found {
        let own = help.split("\nEverywhere:").next().unwrap_or(&help);
        let flags = own.lines().filter_map(|line| {
            let line = line.trim_start();
            let (flag, rest) = line.strip_prefix("--")?.split_once(' ')?;
            let reads = rest.starts_with('<') && rest.contains("FILE");
            let writes = flag.ends_with("out") || ["receipt", "record", "journal"].contains(&flag);
            (reads && !writes).then(|| format!("--{flag}"))
        });
        let positional = positionals(own).into_iter().filter(|name| !NO_FILES.contains(name));
        for flag in flags.chain(positional.map(str::to_owned)) {
            let has_line = LINES.iter().any(|(line, argument, _)| {
                let line = line.replace("SEALED", SEALED);
                line.starts_with(&format!("{command} ")) && *argument == flag
            });
            let is_same = SAME
                .iter()
                .any(|(name, only)| *name == command && (only.is_empty() || *only == flag));
            if !has_line && !is_same {
                missing.push(format!("{command} {flag}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}
