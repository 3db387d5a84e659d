//! What an extensive run leaves behind: outputs, receipts, journals, results, records, temporary files, the
//! sandbox's state. Each secret stands in the files that are meant to hold it, and in nothing else.

mod secret;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use secret::{Secret, bytes};

use crate::served::Served;
use crate::workplace::{Ran, Workplace, program, root, testdata};

const KEY: &str = "8f3b60d1C2AA4975e3179b06f45d2e8861c7305fa9be14d2073c8e65bd91f0a4";
const FIRST: &str = "17e0a94cb36d5f8221fe7b905dc4386a09b1d273e84f6c15a3970bde52c81f64";
const SECOND: &str = "d25b8e0713f94ac66e80b31d97a5f24c3ce6581b0f7da29240d8e519b6733afc";
const TOKEN: &str = "tok-5d0c93f7ab2e4816bd70-51f9";
const OTHER_TOKEN: &str = "tok-e81b7740c6d3-not-known";
/// Of `openpgp/locked.sec.asc` (testdata/generate/openpgp.sh).
const PASSPHRASE: &str = "p\u{e4}ssw\u{f6}rd \u{20ac}uro";
const WRONG: &str = "wrong horse 74c1 battery";
/// Of the encrypted keys in `testdata/keys`.
const ROOT_PASSPHRASE: &str = "correct horse";
/// Planted by the test: shows that the search finds each form.
const CONTROL: &str = "3a91f6d70be8245cc98e1f0742bd65a0fe137c5b902d84e6b1f8630d57ea29c4";

/// Every file below a folder, with its path from there.
fn files(folder: &Path, below: &str, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => files(&entry.path(), &format!("{name}/"), all),
            kind if kind.is_file() => all.push((name, fs::read(entry.path()).unwrap())),
            _ => {}
        }
    }
}

/// A run: commands, and what they said.
struct Run {
    served: Served,
    said: Vec<(String, Vec<u8>)>,
}

impl Run {
    fn new() -> Self {
        let work = Workplace::new();
        for folder in ["tmp", "config", "state", "cache", "data", "runtime"] {
            fs::create_dir(work.path(folder)).unwrap();
        }
        for name in ["rsa2048.sec.asc", "locked.sec.asc", "recipient.pub.asc"] {
            work.take(&format!("openpgp/{name}"));
        }
        work.take("openpgp/other-recipient.pub.asc");
        work.write_secret("token", TOKEN);
        work.write_secret("other-token", OTHER_TOKEN);
        work.write_secret("key.hex", KEY);
        work.write_secret("key.bin", bytes(KEY));
        work.write_secret("first.hex", FIRST);
        work.write_secret("second.hex", SECOND);
        work.write_secret("damaged.hex", format!("{}zz", &KEY[..62]));
        work.write_secret("odd.hex", &KEY[..63]);
        work.write_secret("passphrase", format!("{PASSPHRASE}\n"));
        work.write_secret("wrong", format!("{WRONG}\n"));
        work.write_secret("root-passphrase", format!("{ROOT_PASSPHRASE}\n"));
        let signer = String::from_utf8(work.read("rsa2048.sec.asc")).unwrap();
        work.write_secret("cut.sec.asc", &signer[..signer.len() / 2]);
        let served = Served::start(work, &["--token-file", "token", "--state", "sandbox.state"]);
        Self { served, said: Vec::new() }
    }

    fn el2g(&mut self, code: i32, words: &[&str]) -> Ran {
        let folder = |name: &str| self.served.work.path(name).display().to_string();
        let folders = ["tmp", "config", "state", "cache", "data", "runtime"].map(folder);
        let base = self.served.url("baseUrl");
        let mut environment = vec![("EL2G_LOG", "debug"), ("RUST_BACKTRACE", "full")];
        let names =
            ["TMPDIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"];
        environment.extend(names.into_iter().zip(folders.iter().map(String::as_str)));
        environment.extend([("XDG_RUNTIME_DIR", folders[5].as_str())]);
        environment.extend([("EL2G_BASE_URL", base.as_str()), ("EL2G_TOKEN_FILE", "token")]);
        let words = [words, &["-vv"]].concat();
        let ran = self.served.work.el2g_with(&environment, &words);
        let said = format!("{}\n{}", ran.stdout, ran.stderr);
        self.said.push((format!("the output of {}", words.join(" ")), said.into_bytes()));
        ran.exits(code)
    }

    /// A command line, split at blanks.
    fn line(&mut self, code: i32, line: &str) -> Ran {
        self.el2g(code, &line.split(' ').collect::<Vec<_>>())
    }

    fn seals(&mut self) {
        const TO: &str = "--recipient recipient.pub.asc --force";
        const PLAIN: &str = "--signer rsa2048.sec.asc";
        const LOCKED: &str = "--signer locked.sec.asc --passphrase-file passphrase";
        let mut number = 0;
        let mut seal = |code: i32, rest: &str| {
            number += 1;
            let out = format!("--out sealed-{number}.asc --receipt receipt-{number}.json");
            self.line(code, &format!("pgp seal {rest} {TO} {out}"));
        };
        for (kind, input) in [
            ("aes", "key.hex"),
            ("hmac", "key.hex"),
            ("binary", "key.hex"),
            ("aes", "key.bin --raw"),
            ("hmac", "key.bin --raw"),
            ("binary", "key.bin --raw"),
        ] {
            seal(0, &format!("--kind {kind} --in {input} {PLAIN}"));
            seal(0, &format!("--kind {kind} --in {input} {LOCKED} -o json"));
        }
        const PARTS: &str = "--kind aes --component first.hex --component second.hex";
        seal(0, &format!("{PARTS} {LOCKED}"));
        seal(3, &format!("{PARTS} {PLAIN} --component-kcv 0000000000 --component-kcv 0000000000"));
        seal(3, &format!("{PARTS} --component damaged.hex {PLAIN}"));
        let escrow = "--escrow-to other-recipient.pub.asc --escrow-out";
        seal(0, &format!("--kind aes --in key.hex {PLAIN} {escrow} escrow-1.asc"));
        seal(0, &format!("--kind aes --generate 256 {LOCKED} {escrow} escrow-2.asc"));
        seal(0, &format!("--kind hmac --generate 32 --discard-plaintext {PLAIN}"));
        for damaged in ["damaged.hex", "odd.hex", "key.bin"] {
            seal(3, &format!("--kind aes --in {damaged} {PLAIN}"));
            seal(3, &format!("--kind binary --in {damaged} {PLAIN} -o json"));
        }
        seal(3, "--kind aes --in key.hex --signer locked.sec.asc --passphrase-file wrong");
        seal(3, "--kind aes --in key.hex --signer cut.sec.asc");
        // A secret where a file is meant.
        seal(2, &format!("--kind aes --in key.hex --generate 256 {PLAIN}"));
        let keygen = "pgp keygen --user-id Team --bits 2048 --passphrase-file passphrase";
        self.line(0, &format!("{keygen} --secret-out new.sec.asc --public-out new.pub.asc"));
        self.line(3, &format!("{keygen} --secret-out new.sec.asc --public-out new.pub.asc"));
        self.line(0, "pgp public new.sec.asc");
        self.line(0, "pgp inspect sealed-1.asc");
        self.line(3, "pgp inspect key.hex");
        self.line(3, "pgp recipient key.hex");
    }

    /// Components typed on a terminal, one of them wrongly at first.
    fn custodians(&mut self) {
        let script = root().join("tests/terminal/answer.py").display().to_string();
        let program = program().display().to_string();
        let line = "pgp seal --kind aes --component prompt --component prompt --receipt typed.json \
                    --signer rsa2048.sec.asc --recipient recipient.pub.asc --out typed.asc --";
        let answers = [FIRST, "0000000000", FIRST, "", FIRST, SECOND, "", SECOND];
        let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
        let words = [&[&*script, &*program], &words[..], &answers].concat();
        let Some(ran) = self.served.work.oracle(Command::new("python3"), &words) else { return };
        let said = format!("{}\n{}", ran.stdout, ran.stderr);
        self.said.push(("the terminal of the custodians".to_owned(), said.into_bytes()));
        ran.exits(0);
    }

    fn batches(&mut self) {
        let manifest = "name,kind,file,generate\na,aes,key.hex,\nb,binary,key.hex,\nc,hmac,,32\n\
                        d,aes,damaged.hex,\ne,aes,first.hex,\n";
        self.served.work.write("m.csv", manifest);
        let batch = "pgp seal-batch m.csv --discard-plaintext --recipient recipient.pub.asc";
        let locked = "--signer locked.sec.asc --passphrase-file";
        self.line(3, &format!("{batch} --out-dir out {locked} passphrase"));
        self.line(3, &format!("{batch} --out-dir out {locked} passphrase -o json"));
        self.line(3, &format!("{batch} --out-dir none {locked} wrong"));
        let escrow = "--escrow-to other-recipient.pub.asc --escrow-dir copies";
        let batch = batch.replace("--discard-plaintext", escrow);
        self.line(3, &format!("{batch} --out-dir kept {locked} passphrase"));
        let batch = batch.replace(escrow, "--discard-plaintext");
        self.served.work.write("slip.csv", format!("name,kind,file\na,aes,{KEY}\n"));
        let batch = batch.replace("m.csv", "slip.csv");
        self.line(3, &format!("{batch} --out-dir slip --signer rsa2048.sec.asc"));
    }

    fn service(&mut self) {
        let served = "--signer rsa2048.sec.asc --recipient sandbox.asc";
        let recipient = fs::read(self.served.line["recipientFile"].as_str().unwrap()).unwrap();
        self.served.work.write("sandbox.asc", recipient);
        let create = |kind: &str, id: &str| {
            format!("secure-object create {kind} --name {id} --object-id {id} {served}")
        };
        self.line(0, &format!("{} --in key.hex --dry-run", create("master-key", "83000001")));
        self.line(0, &format!("{} --in key.hex", create("master-key", "83000001")));
        self.line(0, &format!("{} --in key.hex", create("hmac-key", "83000002")));
        let confidential = "--confidential --raw --in key.bin";
        self.line(0, &format!("{} {confidential}", create("binary-file", "83000003")));
        self.line(3, &format!("{} --in damaged.hex", create("master-key", "83000004")));
        let forbidden = create("master-key", "F0000001");
        self.line(3, &format!("{forbidden} --in key.hex"));
        let passed_over = "--skip-check object-id-forbidden";
        self.line(4, &format!("{forbidden} --in key.hex {passed_over}"));
        let rows =
            "name,kind,file,generate,object-id\nx,aes,key.hex,,83000021\ny,hmac,,32,F0000002\n";
        self.served.work.write("objects.csv", rows);
        let batch = "pgp seal-batch objects.csv --out-dir objects --discard-plaintext";
        self.line(0, &format!("{batch} {served}"));
        self.line(0, "pgp public rsa2048.sec.asc --out rsa2048.pub.asc");
        let objects = "secure-object create-batch objects/results.ndjson --signer-public";
        self.line(3, &format!("{objects} rsa2048.pub.asc --dry-run"));
        let objects = format!("{objects} rsa2048.pub.asc {passed_over}");
        self.line(0, &format!("{objects} --dry-run"));
        for _ in 0..2 {
            self.line(3, &objects);
        }
        self.line(0, "secure-object list -o json");
        self.line(4, "secure-object list --token-file other-token");
        // No token at all, but a passphrase.
        self.line(3, "secure-object list --token-file wrong");
        let group = "device-group create --name g --product 935389312472 -o json";
        let group = self.line(0, group).json()["id"].as_u64().unwrap();
        let place = format!("--group {group} --product 935389312472");
        self.line(0, "claim-code generate --out claim.secret");
        let create = format!("claim-code create --name c {place} --secret-file claim.secret");
        self.line(0, &format!("{create} --dry-run"));
        let code = self.line(0, &format!("{create} -o json")).json()["id"].as_u64().unwrap();
        let secret = format!("claim-code secret {code} {place} --out fetched.secret");
        self.line(0, &secret);
        self.line(3, &secret);
        self.line(0, &format!("claim-code list {place}"));
    }

    fn authorities(&mut self) {
        let work = &self.served.work;
        let key = fs::read(testdata("keys/p256-aes256.pem")).unwrap();
        work.write_secret("root.key", key);
        let phrase = "--passphrase-file root-passphrase";
        let root = ["ca", "root", "--subject", "CN=Root,O=Example,C=AT"];
        let files = ["--key-out", "made.key", "--out", "made.pem"];
        let phrase_words: Vec<&str> = phrase.split(' ').collect();
        self.el2g(0, &[&root[..], &files, &phrase_words].concat());
        let request = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let more = ["-nodes", "-keyout", "ca.key", "-subj", "/CN=Int/O=Example/C=AT"];
        let made = [&request[..], &more, &["-out", "ca.csr"]].concat();
        let Some(made) = self.served.work.oracle(Command::new("openssl"), &made) else { return };
        made.exits(0);
        let sign = "ca sign --csr ca.csr --root-cert made.pem --days 365 --yes --out signed.pem \
                    --record ceremony.ndjson --root-key";
        self.line(0, &format!("{sign} made.key {phrase}"));
        self.line(3, &format!("{sign} made.key --passphrase-file wrong --force"));
        self.line(3, &format!("{sign} root.key {phrase} --force"));
    }

    /// Everything that was said, and every file.
    fn left(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        files(&self.served.work.path(""), "", &mut all);
        all.extend(self.said.iter().cloned());
        all
    }
}

fn secrets(work: &Workplace) -> Vec<Secret> {
    let text = |name: &str| String::from_utf8(work.read(name)).unwrap().trim_end().to_owned();
    vec![
        Secret::key("the key", KEY, &["key.hex", "key.bin", "damaged.hex", "odd.hex", "slip.csv"]),
        Secret::key("the first component", FIRST, &["first.hex"]),
        Secret::key("the second component", SECOND, &["second.hex"]),
        Secret::text("the token", TOKEN, &["token"]),
        Secret::text("a token that is not known", OTHER_TOKEN, &["other-token"]),
        Secret::text("the passphrase", PASSPHRASE, &["passphrase"]),
        Secret::text("a wrong passphrase", WRONG, &["wrong"]),
        Secret::text("the root's passphrase", ROOT_PASSPHRASE, &["root-passphrase"]),
        Secret::text(
            "the claim code",
            &text("claim.secret"),
            // The service has to know it; a rehearsed request is a file for its owner.
            &[
                "claim.secret",
                "fetched.secret",
                "sandbox.state",
                "sandbox.state-wal",
                "el2g-claim-code-request.json",
            ],
        ),
        // An OpenPGP key of 2048 bits has its public numbers in lines 0 to 5, one of 4096 in lines 0 to 11, and
        // its secret numbers up to line 18 at least.
        Secret::lines(
            "the signing key",
            &work.path("rsa2048.sec.asc"),
            13..18,
            &["rsa2048.sec.asc", "cut.sec.asc"],
        ),
        Secret::lines(
            "the locked signing key",
            &work.path("locked.sec.asc"),
            13..18,
            &["locked.sec.asc"],
        ),
        Secret::lines("the new signing key", &work.path("new.sec.asc"), 13..18, &["new.sec.asc"]),
        Secret::lines("the new root's key", &work.path("made.key"), 2..4, &["made.key"]),
        Secret::lines("the root's key", &work.path("root.key"), 2..4, &["root.key"]),
    ]
}

/// What holds a secret that it should not.
fn found(secrets: &[Secret], left: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for secret in secrets {
        for (name, content) in left.iter().filter(|(name, _)| !secret.places.contains(&&**name)) {
            if let Some(form) = secret.form_in(content) {
                found.push(format!("{}: {form} in {name}", secret.name));
            }
        }
    }
    found
}

#[test]
#[cfg_attr(not(all(oracle = "openssl", oracle = "python3")), ignore = "needs openssl, python3")]
fn no_secret_is_left_in_any_file_or_output() {
    let mut run = Run::new();
    run.seals();
    run.custodians();
    run.batches();
    run.service();
    run.authorities();
    let work = &run.served.work;
    let left = run.left();
    assert!(run.said.len() > 50, "{} commands", run.said.len());
    assert_eq!(found(&secrets(work), &left), Vec::<String>::new());
    // Secrets are where they belong: nothing above was compared with what is not there.
    for secret in secrets(work) {
        let (place, content) = left.iter().find(|(name, _)| name == secret.places[0]).unwrap();
        assert!(secret.form_in(content).is_some(), "{} in {place}", secret.name);
        assert_eq!(fs::metadata(work.path(place)).unwrap().permissions().mode() & 0o077, 0);
    }
    let temporary: Vec<_> = fs::read_dir(work.path("tmp")).unwrap().collect();
    assert!(temporary.is_empty(), "{temporary:?}");
}

#[test]
fn the_search_finds_a_planted_secret_in_every_form() {
    let control = Secret::key("control", CONTROL, &["meant"]);
    let text = Secret::text("text", PASSPHRASE, &["meant"]);
    let raw = bytes(CONTROL);
    let mut planted = vec![
        raw.clone(),
        raw[16..].to_vec(),
        CONTROL.into(),
        CONTROL.to_uppercase().into(),
        CONTROL[32..].into(),
        STANDARD.encode(&raw).into(),
        STANDARD.encode(CONTROL).into(),
        STANDARD.encode(CONTROL.to_uppercase()).into(),
        URL_SAFE_NO_PAD.encode(&raw).into(),
    ];
    for before in ["a", "ab", "abc"] {
        planted.push(STANDARD.encode([before.as_bytes(), &raw, b"..."].concat()).into());
    }
    let work = Workplace::new();
    fs::create_dir_all(work.path("a/.b/c")).unwrap();
    for (number, content) in planted.iter().enumerate() {
        let around = [&b"\0 before "[..], content, b" after"].concat();
        work.write("a/.b/c/planted", &around);
        let mut left = Vec::new();
        files(&work.path(""), "", &mut left);
        assert_eq!(left[0].0, "a/.b/c/planted");
        assert_eq!(found(&[Secret::key("control", CONTROL, &[])], &left).len(), 1, "{number}");
    }
    let clean = ("clean".to_owned(), b"nothing of it".to_vec());
    let meant = ("meant".to_owned(), raw);
    assert_eq!(found(&[control, text], &[clean, meant]), Vec::<String>::new());
    let text = Secret::text("text", PASSPHRASE, &[]);
    let hex: String = PASSPHRASE.bytes().map(|byte| format!("{byte:02X}")).collect();
    for content in [PASSPHRASE.to_owned(), hex, STANDARD.encode(format!("x{PASSPHRASE}"))] {
        assert!(text.form_in(content.as_bytes()).is_some(), "{content}");
    }
}
