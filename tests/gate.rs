//! One gate before sending: what the program can check is checked before anything is sent, whichever command sends it.

mod messages;
mod rows;

use std::collections::BTreeSet;

use el2g_service_api::{CATALOGUE, Method, NEWER};

use self::rows::ROWS;
use crate::help;
use crate::recorded::Recorded;
use crate::workplace::{Ran, Workplace, testdata};

/// A place with inputs, sound ones and wrong ones, and a server that writes down what it is asked.
pub struct Place {
    pub work: Workplace,
    pub server: Recorded,
}

impl Place {
    pub fn new() -> Self {
        Self::answering(|_| (503, "{}".to_owned()))
    }

    fn answering(
        answer: impl Fn(&crate::recorded::Sent) -> (u16, String) + Send + 'static,
    ) -> Self {
        let work = Workplace::new();
        work.write_secret("token", "some-token");
        for name in ["rsa2048.pub.asc", "recipient.pub.asc", "messages/accepted-2048.asc"] {
            work.take(&format!("openpgp/{name}"));
        }
        work.take("openpgp/messages/not-encrypted.asc");
        for name in ["p256.pub", "p384.pub", "rsa2048.pub"] {
            let der = std::fs::read(testdata(&format!("keys/{name}"))).expect("a public key");
            let key = el2g_x509::PublicKey::from_der(&der).expect("a key");
            work.write(&name.replace(".pub", ".pem"), key.to_pem());
        }
        work.write_secret("web-page", "<html><body>Sign in</body></html>");
        work.write("bin", "\x00\x01");
        work.mode("bin", 0o644);
        for key in ["p256-sec1.pem", "p256-pkcs8.der"] {
            work.take(&format!("keys/{key}"));
        }
        work.take("openpgp/rsa2048.sec.asc");
        Self { work, server: Recorded::start(answer) }
    }

    pub fn run(&self, line: &str) -> Ran {
        let base = ["--base-url", self.server.base_url(), "--token-file", "token"];
        let words: Vec<String> = crate::workplace::words(line);
        let more = ["--retries", "0", "--no-input", "--yes"];
        let words = words.iter().map(String::as_str).chain(base).chain(more);
        self.work.el2g(&words.collect::<Vec<_>>())
    }

    /// Refused with this code and these words, sent or not, and nothing was asked of the server.
    #[track_caller]
    pub fn refused(&self, line: &str, code: i32, said: &str) {
        for more in ["", " --dry-run", " --dry-run -o json"] {
            let ran = self.run(&format!("{line}{more}")).exits(code);
            assert!(ran.stderr.contains(said), "{line}{more}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{line}{more}");
            assert_eq!(self.server.sent(), [], "{line}{more}");
        }
    }
}

/// `--skip-check` and what it must say of a rule.
fn rule(name: &str) -> String {
    format!("(rule {name})")
}

const OF: &str = "--group 7 --product 935389312472";
const OBJECT: &str = "--name k --object-id 83000001";

/// Commands that send nothing of their own making: what they send is sound by its type, or goes to the built-in service.
const NOTHING_TO_GET_WRONG: &[&str] =
    &["demo", "doctor", "sandbox serve", "sandbox connect-device", "sandbox scenario", "setup"];

/// Files that the rows name.
fn inputs(place: &Place) {
    let work = &place.work;
    let policy = |entries: &str| {
        format!(
            r#"{{"935389312472":{{"policyType":"ACCESS_RULE","policySourceType":"CUSTOM","accessRuleConfiguration":[{entries}]}}}}"#
        )
    };
    let user = r#"{"objectId":"00000000","type":"UNAUTHENTICATED","accessRules":["POLICY_OBJ_ALLOW_SIGN"]}"#;
    let mandatory =
        r#"{"objectId":"F0000021","type":"MANDATORY","accessRules":["POLICY_OBJ_ALLOW_DELETE"]}"#;
    work.write("no-mandatory.json", policy(user));
    work.write("invented.json", policy(&format!("{},{mandatory}", user.replace("SIGN", "FLY"))));
    let object = r#"{"secureObjectType":"KEYPAIR","name":"k","objectId":"F0000001","algorithm":"NIST_P256"}"#;
    work.write("forbidden.json", object);
    work.write("no-object.json", r#"{"secureObjectType":"KEYPAIR"}"#);
    let text = |name: &str| String::from_utf8(work.read(name)).expect("text");
    let clear = serde_json::json!({"secureObjectType": "MASTER_KEY", "name": "k", "objectId": "83000001",
        "keySize": "AES128", "customerPgpPublicKey": text("rsa2048.pub.asc"),
        "encryptedKey": text("not-encrypted.asc")});
    work.write("clear-message.json", clear.to_string());
    work.write("upload.json", r#"{"signedCertificate":"x","rootCa":"y"}"#);
    // The last octet of the point is changed: it lies on no curve.
    let mut der = std::fs::read(testdata("keys/p256.pub")).expect("a public key");
    *der.last_mut().expect("an octet") ^= 1;
    let key = el2g_x509::PublicKey::from_der(&der).expect("its form is right");
    work.write("off-curve.pem", key.to_pem());
    work.el2g(&["claim-code", "generate", "--out", "claim.secret"]).exits(0);
    for (key, out, name) in [("root.key", "root.pem", "Root"), ("other.key", "other.pem", "Other")]
    {
        let subject = format!("CN={name},O=Example,C=AT");
        work.el2g(&["ca", "root", "--subject", &subject, "--key-out", key, "--out", out]).exits(0);
    }
    batch(place);
}

/// Results of `pgp seal-batch`, and the same with something wrong in them.
fn batch(place: &Place) {
    let work = &place.work;
    work.take("openpgp/rsa2048.sec.asc");
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work.write(
        "m.csv",
        "name,kind,file,object-id\none,aes,key.hex,83000001\ntwo,aes,key.hex,83000002\n",
    );
    let line = ["pgp", "seal-batch", "m.csv", "--out-dir", "sealed"];
    let keys = ["--signer", "rsa2048.sec.asc", "--recipient", "recipient.pub.asc"];
    work.el2g(&[&line[..], &keys].concat()).exits(0);
    let results = String::from_utf8(work.read("sealed/results.ndjson")).expect("text");
    work.write("sealed/forbidden.ndjson", results.replacen("83000002", "F0000001", 1));
    work.write("sealed/repeated.ndjson", results.replacen("83000002", "83000001", 1));
    work.write(
        "sealed/long-name.ndjson",
        results.replacen("\"two\"", &format!("\"{}\"", "x".repeat(256)), 1),
    );
    let clear = work.read("not-encrypted.asc");
    work.write("sealed/clear.asc", &clear);
    let hash: String = el2g_x509::HashAlgorithm::Sha256
        .digest(&clear)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let mut rows: Vec<serde_json::Value> =
        results.lines().map(|line| serde_json::from_str(line).expect("a result")).collect();
    rows[1]["file"] = "clear.asc".into();
    rows[1]["messageSha256"] = hash.into();
    let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
    work.write("sealed/clear.ndjson", rows.join("\n") + "\n");
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn every_command_that_sends_something_refuses_wrong_inputs_before_it_sends_anything() {
    let place = Place::new();
    inputs(&place);
    // An intermediate of the root, by a request that the built-in `csr` cannot make: openssl's, where it is.
    if !intermediate(&place) {
        return;
    }
    for (command, rest, code, said) in ROWS {
        let rest = rest.replace("@OF", OF).replace("@OBJECT", OBJECT);
        let is_rule = *code == 3 && said.contains('-') && !said.contains(' ');
        let said = if is_rule { rule(said) } else { (*said).to_owned() };
        place.refused(&format!("{command} {rest}"), *code, &said);
    }
}

/// `int.pem`, signed by `root.pem`; `false`, said on stderr, without openssl.
fn intermediate(place: &Place) -> bool {
    let work = &place.work;
    let openssl = |line: &str| {
        let words: Vec<String> = crate::workplace::words(line);
        work.oracle(std::process::Command::new("openssl"), &words).map(|ran| ran.exits(0))
    };
    let key = "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout int.key";
    if openssl(&format!("{key} -subj '/C=AT/O=NXP/CN=Line' -out int.csr")).is_none() {
        return false;
    }
    work.mode("int.key", 0o600);
    let line = "ca sign --csr int.csr --root-cert root.pem --root-key root.key --days 9 --out int.pem --yes";
    work.el2g(&line.split(' ').collect::<Vec<_>>()).exits(0);
    true
}

#[test]
fn a_command_that_sends_something_has_a_row() {
    let mut found = Vec::new();
    help::leaves(&Workplace::new(), &[], &mut found);
    let reads: BTreeSet<String> = CATALOGUE
        .iter()
        .chain(NEWER)
        .filter(|endpoint| endpoint.method == Method::Get)
        .map(|endpoint| endpoint.command.join(" "))
        .collect();
    let tried: BTreeSet<&str> = ROWS.iter().map(|(command, ..)| *command).collect();
    let without: Vec<String> = found
        .into_iter()
        .map(|(command, _)| command)
        .filter(|command| !help::is_offline(command) && !reads.contains(command))
        .filter(|command| !NOTHING_TO_GET_WRONG.contains(&command.as_str()))
        // The kinds of object are verbs of their own; the offline checks of a noun that is not ask nobody.
        .filter(|command| {
            !tried.iter().any(|tried| command == tried || command.starts_with(&format!("{tried} ")))
        })
        .collect();
    assert_eq!(without, ["policy check"]);
}

/// The client asks the gate that its settings name, so every client of the program must be made with one.
#[test]
fn no_client_of_the_program_is_made_without_the_gate() {
    let mut open = vec![crate::workplace::root().join("cli/src")];
    let mut made = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).expect("a folder").map(|it| it.unwrap().path()));
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        if source.contains(" Settings::new(") || source.contains("\n        Settings::new(") {
            assert!(source.contains("settings.gate = Some("), "{}", path.display());
            made.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    made.sort();
    assert_eq!(made, ["demo.rs", "online.rs"]);
}

#[test]
fn a_rule_is_passed_over_by_name_and_that_is_said_and_recorded() {
    let place = Place::new();
    inputs(&place);
    let forbidden =
        "secure-object create key-pair --name k --object-id F0000001 --algorithm NIST_P256";
    let ran = place.run(&format!("{forbidden} --dry-run")).exits(3);
    assert!(ran.stderr.contains("--skip-check object-id-forbidden"), "{}", ran.stderr);
    let ran =
        place.run(&format!("{forbidden} --dry-run --skip-check object-id-forbidden")).exits(0);
    let said = "warning: --skip-check object-id-forbidden: passed over: objectId: found `F0000001`";
    assert!(ran.stderr.contains(said) && ran.stdout.contains("F0000001"), "{ran:?}");
    // One rule is passed over, not the others.
    let two = forbidden.replace("NIST_P256", "NIST_P999");
    let ran = place.run(&format!("{two} --dry-run --skip-check object-id-forbidden")).exits(3);
    assert!(ran.stderr.contains(&rule("algorithm-unknown")), "{}", ran.stderr);
    let batch =
        "secure-object create-batch sealed/forbidden.ndjson --signer-public rsa2048.pub.asc";
    place.run(&format!("{batch} --journal j.jsonl --skip-check object-id-forbidden")).exits(5);
    assert!(!place.server.sent().is_empty());
    let journal = String::from_utf8(place.work.read("j.jsonl")).expect("text");
    assert!(journal.contains("skip-check") && journal.contains("object-id-forbidden"), "{journal}");
    let seal = "pgp seal --kind aes --in key.hex --signer rsa2048.sec.asc --recipient recipient.pub.asc --out m.asc";
    place.run(&format!("{seal} --receipt r.json --skip-check object-id-forbidden")).exits(0);
    let receipt: serde_json::Value =
        serde_json::from_slice(&place.work.read("r.json")).expect("JSON");
    assert_eq!(receipt["skippedChecks"], serde_json::json!(["object-id-forbidden"]));
}

#[test]
fn some_rules_are_never_passed_over_and_unknown_ones_are_a_mistyping() {
    let place = Place::new();
    let object = "secure-object create key-pair --name k --object-id 83000001 --algorithm NIST_P256 --dry-run";
    for name in ["not-encrypted", "wrong-recipient", "several-recipients", "throw-away-key"] {
        let ran = place.run(&format!("{object} --skip-check {name}")).exits(2);
        assert!(ran.stderr.contains("cannot be passed over"), "{}", ran.stderr);
    }
    let ran = place.run(&format!("{object} --skip-check object-id-forbiden")).exits(2);
    assert!(ran.stderr.contains("object-id-forbidden"), "{}", ran.stderr);
    let message = "secure-object create master-key --name k --object-id 83000001 --key-bits 128 --message not-encrypted.asc --signer-public rsa2048.pub.asc";
    let ran = place.run(&format!("{message} --skip-check packets-damaged")).exits(3);
    assert!(ran.stderr.contains("cannot be passed over"), "{}", ran.stderr);
    assert_eq!(place.server.sent(), []);
}

#[test]
fn what_is_known_before_sealing_is_refused_before_a_copy_is_written() {
    let place = Place::new();
    for name in ["rsa2048.sec.asc", "other-recipient.pub.asc"] {
        place.work.take(&format!("openpgp/{name}"));
    }
    let object = "master-key --name k --object-id F0000001 --generate 128";
    let keys = "--signer rsa2048.sec.asc --recipient recipient.pub.asc";
    let copy = "--escrow-to other-recipient.pub.asc --escrow-out copy.asc";
    let line = format!("secure-object create {object} {keys} {copy}");
    place.refused(&line, 3, &rule("object-id-forbidden"));
    assert!(!place.work.names().contains(&"copy.asc".to_owned()));
}

#[test]
fn all_wrong_fields_of_a_request_are_named_at_once() {
    let place = Place::new();
    let ran = place
        .run("secure-object create key-pair --name '' --object-id F0000001 --algorithm NIST_P999")
        .exits(3);
    for name in ["name-length", "object-id-forbidden", "algorithm-unknown"] {
        assert!(ran.stderr.contains(&rule(name)), "{}", ran.stderr);
    }
}

#[test]
fn a_public_key_is_read_and_goes_out_as_clean_pem() {
    let place = Place::new();
    let (work, clean) = (&place.work, String::from_utf8(place.work.read("p256.pem")).unwrap());
    let other = String::from_utf8(work.read("p384.pem")).unwrap();
    work.write("blanks.pem", clean.replace('\n', " \n"));
    work.write("crlf.pem", clean.replace('\n', "\r\n"));
    work.write("escaped.pem", clean.trim_end().replace('\n', "\\n"));
    let line = |file: &str| {
        format!(
            "secure-object create public-key {OBJECT} --algorithm NIST_P256 --file {file} --dry-run"
        )
    };
    for file in ["p256.pem", "blanks.pem", "crlf.pem", "escaped.pem"] {
        let sent = place.run(&line(file)).exits(0).stdout;
        let pem = serde_json::to_string(&clean).expect("text");
        assert!(sent.contains(&format!("\"publicKey\":{pem}")), "{file}: {sent}");
    }
    let cut = clean.lines().next().unwrap().to_owned();
    let garbage = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n".to_owned();
    for (name, content) in [("garbage", garbage), ("cut", cut), ("two", clean.clone() + &other)] {
        work.write(name, content);
        let ran = place.run(&line(name)).exits(3);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(name), "{}", ran.stderr);
    }
}

#[test]
fn an_answer_that_is_no_secret_report_or_certificate_is_not_stored() {
    let page = "<html><body>Sign in</body></html>";
    let place = Place::answering(move |_| (200, page.to_owned()));
    for line in [
        format!("claim-code secret 7 {OF} --out out"),
        "activity report --from 2026-01 --out out".to_owned(),
        "intermediate-ca download 7 --out out".to_owned(),
    ] {
        let ran = place.run(&line).exits(5);
        assert!(!ran.stderr.contains("Sign in"), "{line}: {}", ran.stderr);
        assert!(!place.work.names().contains(&"out".to_owned()), "{line}");
    }
}

#[test]
fn a_certificate_for_another_request_is_not_uploaded() {
    let service = crate::served::Served::start(Workplace::new(), &[]);
    let work = Workplace::new();
    let run = |line: &str| service.el2g(&work, &line.split(' ').collect::<Vec<_>>());
    let create = "intermediate-ca create --algorithm NIST_P256 --common-name Line -o json --name";
    let ids: Vec<u64> = ["one", "two"]
        .iter()
        .map(|name| run(&format!("{create} {name}")).exits(0).json()["id"].as_u64().expect("an id"))
        .collect();
    run(&format!("intermediate-ca csr {} --out one.csr", ids[0])).exits(0);
    run("ca root --subject CN=Root,C=AT --key-out root.key --out root.pem").exits(0);
    let sign = "ca sign --csr one.csr --root-cert root.pem --root-key root.key --days 9 --out one.pem --yes";
    run(sign).exits(0);
    let upload =
        |id: u64| format!("intermediate-ca upload {id} --certificate one.pem --root-cert root.pem");
    let dry = run(&format!("{} --dry-run", upload(ids[1]))).exits(0);
    assert!(
        dry.stderr.contains("not checked: whether the certificate fits the CSR"),
        "{}",
        dry.stderr
    );
    let ran = run(&upload(ids[1])).exits(3);
    assert!(ran.stderr.contains("(rule "), "{}", ran.stderr);
    let state = |id: u64| {
        run(&format!("intermediate-ca show {id} -o json")).exits(0).json()["signingState"].clone()
    };
    assert_eq!(state(ids[1]), "CSR_CREATED");
    run(&upload(ids[0])).exits(0);
    assert_eq!(state(ids[0]), "SIGNED");
}
