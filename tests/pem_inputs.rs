//! Every argument that reads a certificate, a request, a private or a public key in PEM, against every form that people
//! have such files in. What OpenSSL reads is read; other formats are named with the command that converts them.

mod forms;

use std::collections::BTreeSet;
use std::process::Command;

use self::forms::{FORMS, MORE_THAN_OPENSSL};
use crate::house::commands::leaves;
use crate::workplace::{Ran, Workplace, testdata};

/// What an argument reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reads {
    Certificate,
    Request,
    PrivateKey,
    PublicKey,
}

/// An argument, and a command line in which `{}` is its file. The other files are those of `papers`.
struct Row {
    command: &'static str,
    argument: &'static str,
    reads: Reads,
    line: &'static str,
    code: i32,
}

const AT: &str = "2026-06-01T00:00:00Z";

const fn row(
    command: &'static str,
    argument: &'static str,
    reads: Reads,
    line: &'static str,
    code: i32,
) -> Row {
    Row { command, argument, reads, line, code }
}

const ROWS: [Row; 18] = {
    use Reads::{Certificate, PrivateKey, PublicKey, Request};
    const CHECK: &str = "cert check";
    const SIGN: &str = "ca sign";
    const UPLOAD: &str = "intermediate-ca upload";
    const ENROLL: &str = "intermediate-ca enroll";
    [
        row(CHECK, "<CERT>", Certificate, "cert check {}", 0),
        row(CHECK, "--root", Certificate, "cert check intermediate.pem --root {}", 0),
        row(CHECK, "--csr", Request, "cert check intermediate.pem --csr {}", 0),
        row(
            CHECK,
            "--intermediate",
            Certificate,
            "cert check device.pem --intermediate {} --root root.pem",
            0,
        ),
        row(
            "cert check-verification",
            "<CERT>",
            Certificate,
            "cert check-verification {} --ca intermediate.pem --code 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            0,
        ),
        row(
            "cert check-verification",
            "--ca",
            Certificate,
            "cert check-verification verification.pem --ca {} --code 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            0,
        ),
        row("csr show", "[FILE]", Request, "csr show {}", 0),
        row(
            SIGN,
            "--csr",
            Request,
            "ca sign --csr {} --root root.pem --root-key root.key --days 300 --out - --yes",
            0,
        ),
        row(
            SIGN,
            "--root",
            Certificate,
            "ca sign --csr request.pem --root {} --root-key root.key --days 300 --out - --yes",
            0,
        ),
        row(
            SIGN,
            "--root-key",
            PrivateKey,
            "ca sign --csr request.pem --root root.pem --root-key {} --days 300 --out - --yes",
            0,
        ),
        row(
            "keyset sign-hash",
            "--public-key",
            PublicKey,
            "keyset sign-hash 1 1 --digest 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae --public-key {}",
            5,
        ),
        row(
            UPLOAD,
            "--certificate",
            Certificate,
            "intermediate-ca upload 1 --certificate {} --root root.pem",
            5,
        ),
        row(
            UPLOAD,
            "--root",
            Certificate,
            "intermediate-ca upload 1 --certificate intermediate.pem --root {}",
            5,
        ),
        row(
            ENROLL,
            "--certificate",
            Certificate,
            "intermediate-ca enroll --name n --common-name c --algorithm NIST_P256 --certificate {} --root root.pem",
            5,
        ),
        row(
            ENROLL,
            "--root",
            Certificate,
            "intermediate-ca enroll --name n --common-name c --algorithm NIST_P256 --certificate intermediate.pem --root {}",
            5,
        ),
        row(
            ENROLL,
            "--root-key",
            PrivateKey,
            "intermediate-ca enroll --name n --common-name c --algorithm NIST_P256 --root-key {} --root root.pem --days 300 --yes",
            5,
        ),
        row(
            "secure-object create public-key",
            "--file",
            PublicKey,
            "secure-object create public-key --name n --object-id 83000042 --algorithm NIST_P256 --file {}",
            5,
        ),
        row("everywhere", "--ca-cert", Certificate, "product list --ca-cert {}", 5),
    ]
};

/// Arguments that name files of other kinds, or files that are written.
const OTHERS: &[&str] = &[
    "--body",
    "--claim-code-file",
    "--component",
    "--config",
    "--csr-out",
    "--escrow-dir",
    "--devices",
    "--escrow-out",
    "--escrow-to",
    "--faults",
    "--from",
    "--in",
    "--journal",
    "--keep",
    "--key-out",
    "--message",
    "--open-with",
    "--openapi",
    "--out",
    "--out-dir",
    "--passphrase-file",
    "--policies",
    "--public-out",
    "--receipt",
    "--recipient",
    "--record",
    "--rules",
    "--secret-file",
    "--secret-out",
    "--secrets-out",
    "--session-key-file",
    "--signature-in",
    "--signer",
    "--signer-public",
    "--state",
    "--tbs-in",
    "--tbs-out",
    "--template",
    "--token-file",
    "<MANIFEST>",
    "<SECRET>",
];

/// Commands whose positional file, or whose `--file`, is of another kind.
const OTHER_FILES: &[&str] = &[
    "recipient add",
    "policy check",
    "pgp inspect",
    "pgp recipient",
    "pem unescape",
    "pem escape",
    "checksum",
    "secure-object create binary-file",
];

/// The file arguments of a help: `--name <FILE>` and `<FILE>` on a line of their own.
fn file_arguments(help: &str) -> BTreeSet<String> {
    help.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().filter(|word| !matches!(*word, "-f," | "-o,"));
            let (first, second) = (words.next()?, words.next());
            let is_file = |value: &str| value.contains("FILE") || value.contains("CERT");
            match second {
                Some(value)
                    if first.starts_with("--") && value.starts_with('<') && is_file(value) =>
                {
                    Some(first.to_owned())
                }
                None if first.starts_with(['<', '[']) && is_file(first) => {
                    Some(first.trim_end_matches("...").to_owned())
                }
                _ => None,
            }
        })
        .collect()
}

#[test]
fn every_file_argument_has_a_row_or_is_of_another_kind() {
    let mut missing = Vec::new();
    for (path, help) in leaves() {
        let command = path.join(" ");
        for argument in file_arguments(&help) {
            let there = ROWS.iter().any(|row| {
                row.argument == argument && (row.command == command || row.command == "everywhere")
            });
            let is_file = matches!(argument.as_str(), "--file" | "<FILE>" | "[FILE]");
            let other = OTHERS.contains(&argument.as_str())
                || (is_file && OTHER_FILES.contains(&command.as_str()));
            if !there && !other {
                missing.push(format!("{command} {argument}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new(), "no row says what these read");
}

/// The plain files, from testdata.
fn papers() -> Workplace {
    let work = Workplace::new();
    for (name, file) in [
        ("intermediate.pem", "x509/good/intermediate.pem"),
        ("root.pem", "x509/good/root.pem"),
        ("request.pem", "x509/good/request.pem"),
        ("device.pem", "x509/good/device.pem"),
        ("verification.pem", "x509/good/verification.pem"),
        ("public.pem", "keys/p256-public.pem"),
    ] {
        let bytes = std::fs::read(testdata(file)).unwrap_or_else(|_| match name {
            "public.pem" => public_key(),
            _ => panic!("{file} is missing"),
        });
        work.write(name, bytes);
    }
    let key = std::fs::read(testdata("x509/keys/root-p256.pem")).expect("testdata");
    work.write_secret("root.key", key);
    work.write_secret("token", "t");
    work
}

/// `testdata/keys/p256.pub` in PEM.
fn public_key() -> Vec<u8> {
    let der = std::fs::read(testdata("keys/p256.pub")).expect("testdata");
    pem("PUBLIC KEY", &der).into_bytes()
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = el2g_key_payload::base64_text(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64")).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

impl Row {
    /// The plain file of what it reads.
    fn plain(&self) -> &'static str {
        match (self.reads, self.argument, self.command) {
            (Reads::Request, ..) => "request.pem",
            (Reads::PrivateKey, ..) => "root.key",
            (Reads::PublicKey, ..) => "public.pem",
            (_, "<CERT>", "cert check-verification") => "verification.pem",
            (_, "--root" | "--ca-cert", _) => "root.pem",
            _ => "intermediate.pem",
        }
    }

    fn run(&self, work: &Workplace, file: &str) -> Ran {
        let mut words: Vec<String> =
            self.line.split_whitespace().map(|word| word.replace("{}", file)).collect();
        if self.code == 5 {
            let nowhere = "--base-url https://127.0.0.1:1 --token-file token --retries 0";
            words.extend(nowhere.split(' ').map(str::to_owned));
        }
        if self.command.starts_with("cert ") {
            words.extend(["--at".to_owned(), AT.to_owned()]);
        }
        work.el2g(&words)
    }
}

fn openssl_reads(work: &Workplace, reads: Reads, file: &str) -> Option<bool> {
    let arguments: &[&str] = match reads {
        Reads::Certificate => &["x509", "-noout", "-in", file],
        Reads::Request => &["req", "-noout", "-in", file],
        Reads::PrivateKey => &["pkey", "-noout", "-in", file],
        Reads::PublicKey => &["pkey", "-pubin", "-noout", "-in", file],
    };
    work.oracle(Command::new("openssl"), arguments).map(|ran| ran.code == 0)
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn every_argument_reads_what_openssl_reads() {
    let work = papers();
    let mut wrong = Vec::new();
    let is_openssl_here = crate::oracles::oracle("openssl").is_some();
    for row in &ROWS {
        let plain = row.plain();
        let ran = row.run(&work, plain);
        assert_eq!(ran.code, row.code, "{} {}: {}", row.command, row.argument, ran.stderr);
        let text = String::from_utf8(work.read(plain)).expect("PEM");
        for (name, form) in FORMS {
            work.write_secret("form", form(&text));
            let is_read =
                !is_openssl_here || openssl_reads(&work, row.reads, "form").expect("openssl");
            if !is_read && !MORE_THAN_OPENSSL.contains(&name) {
                wrong.push(format!("openssl does not read {plain} with {name}"));
            }
            let ran = row.run(&work, "form");
            if ran.code != row.code {
                let said = ran.stderr.lines().next().unwrap_or_default();
                wrong.push(format!("{} {}: {name}: {said}", row.command, row.argument));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_argument_names_what_it_does_not_read_and_how_to_convert_it() {
    let work = papers();
    let pkcs7 = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80";
    let pkcs12 =
        b"\x30\x82\x09\x00\x02\x01\x03\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    let utf16: Vec<u8> = "\u{feff}-----BEGIN".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let openssh = pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0");
    let cases: [(&str, Vec<u8>, &str); 8] = [
        ("PKCS#7", pkcs7.to_vec(), "openssl pkcs7 -inform DER -print_certs"),
        ("PKCS#7 in PEM", pem("PKCS7", pkcs7).into_bytes(), "openssl pkcs7 -print_certs"),
        ("PKCS#12", pkcs12.to_vec(), "openssl pkcs12 -in"),
        ("UTF-16", utf16, "iconv -f UTF-16LE -t UTF-8"),
        ("Java key store", b"\xfe\xed\xfe\xed\0\0\0\x02".to_vec(), "keytool -importkeystore"),
        ("OpenSSH private key", openssh.into_bytes(), "ssh-keygen -p -m PKCS8"),
        ("OpenSSH public key", b"ssh-rsa AAAA me@example\n".to_vec(), "ssh-keygen -e -m PKCS8"),
        (
            "TRUSTED CERTIFICATE",
            pem("TRUSTED CERTIFICATE", b"\x30\x03\x02\x01\x05").into_bytes(),
            "openssl x509 -in FILE",
        ),
    ];
    let mut wrong = Vec::new();
    for row in &ROWS {
        for (name, bytes, command) in &cases {
            work.write_secret("other", bytes);
            let ran = row.run(&work, "other");
            let said = ran.stdout.clone() + &ran.stderr;
            let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
            // A private key in place of a public one is refused as that.
            let private = row.reads == Reads::PublicKey && *name == "OpenSSH private key";
            let command = if private { "openssl pkey -in KEY -pubout" } else { command };
            if ran.code != 3 || !words.contains(command) {
                wrong.push(format!(
                    "{} {}: {name}: {}: {words}",
                    row.command, row.argument, ran.code
                ));
            }
        }
        let label = format!("{} {}", row.command, row.argument);
        let missing = row.run(&work, "missing");
        let said = &missing.stderr;
        if missing.code != 3 || !said.contains("missing: cannot be read: no such file") {
            wrong.push(format!("{label}: missing: {}: {said}", missing.code));
        }
        assert!(!missing.stdout.contains("profile"), "{label}: {}", missing.stdout);
    }
    // PKCS#7 under the label of a certificate is for those that read certificates.
    for row in ROWS.iter().filter(|row| row.reads == Reads::Certificate) {
        work.write("labelled", pem("CERTIFICATE", pkcs7));
        let ran = row.run(&work, "labelled");
        let said = ran.stdout.clone() + &ran.stderr;
        let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if ran.code != 3 || !words.contains("openssl pkcs7 -print_certs") {
            wrong.push(format!("{} {}: labelled: {words}", row.command, row.argument));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
