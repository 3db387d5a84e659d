//! Other people's CAs sign the requests that the service gives out, and odd ones: `cert check --csr` says of each
//! certificate what the CA broke between request and certificate, and nothing else.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::served::Served;
use crate::workplace::{Ran, Workplace, python, root};

/// What the service is asked for, and under which name its request is kept.
const ORDERS: &[(&str, &[&str])] = &[
    ("ordered", &["--country", "AT", "--state", "Styria", "--organization", "Example Works"]),
    (
        "ordered-odd",
        &[
            "--country",
            "AT",
            "--state",
            "Styria",
            "--locality",
            " Graz",
            "--organization",
            "Example Works",
            "--org-unit",
            "Sons, \"Works\" + <7>; #1\\",
        ],
    ),
];

/// The requests of `authority.py`.
const ODD: &[&str] = &[
    "mixed-strings",
    "common-name-first",
    "multi-valued",
    "several-units",
    "unit-twice",
    "escaped",
    "spaces",
    "mail-and-serial",
];

/// Those that keytool, slow to start, signs.
const FOR_KEYTOOL: &[&str] = &["ordered-odd", "mixed-strings", "multi-valued", "several-units"];

/// Ways that lose something: request, way, and the findings, each as message, found, allowed.
type Lost = (&'static str, &'static str, &'static [[&'static str; 3]]);

const MULTI_VALUED: &str = "OU=Line 7+CN=Line 7 CA,O=Example Works,ST=Styria,C=AT";
const ONE_BY_ONE: &str = "CN=Line 7 CA,OU=Line 7,O=Example Works,ST=Styria,C=AT";
const COUNTRY_FIRST: &str = "CN=Line 7 CA,O=Example Works,ST=Styria,C=AT";
const COUNTRY_LAST: &str = "C=AT,ST=Styria,O=Example Works,CN=Line 7 CA";
const UNIT_ONCE: &str = "CN=Line 7 CA,OU=Devices,O=Example Works,ST=Styria,C=AT";
const UNIT_TWICE: &str = "CN=Line 7 CA,OU=Devices,OU=Devices,O=Example Works,ST=Styria,C=AT";
const ORDER: &str = "the subject's attributes stand in another order than the request's";
const GROUPING: &str = "the subject's attributes are grouped into other RDNs than the request's";
const UNIT_ANEW: [&str; 3] =
    ["OU was encoded again", "UTF8String \"Line 7\"", "PrintableString \"Line 7\""];
const NAME_ANEW: [&str; 3] =
    ["CN was encoded again", "UTF8String \"Line 7 CA\"", "PrintableString \"Line 7 CA\""];
const NO_LOCALITY: [&str; 3] = ["the subject lacks the request's L", "absent", "L=\\ Graz"];
const NO_SERIAL: [&str; 3] =
    ["the subject lacks the request's serialNumber", "absent", "serialNumber=33"];
const NO_MAIL: [&str; 3] =
    ["the subject lacks the request's emailAddress", "absent", "emailAddress=ca@example.com"];
const NO_SECOND_UNIT: [&str; 3] =
    ["the subject lacks the request's OU", "OU=Line 7 alone", "OU=Devices"];
const UNIT_LOST: [&str; 3] =
    ["the subject has a OU less often than the request", UNIT_ONCE, UNIT_TWICE];

const LOST: &[Lost] = &[
    // `openssl ca` copies what its policy names, in the policy's order, one attribute in an RDN. The policy_match
    // of OpenSSL's own configuration names no locality, no serial number.
    ("ordered-odd", "ca-match", &[NO_LOCALITY]),
    ("common-name-first", "ca-match", &[[ORDER, COUNTRY_FIRST, COUNTRY_LAST]]),
    ("common-name-first", "ca-anything", &[[ORDER, COUNTRY_FIRST, COUNTRY_LAST]]),
    ("multi-valued", "ca-match", &[[GROUPING, ONE_BY_ONE, MULTI_VALUED]]),
    ("multi-valued", "ca-anything", &[[GROUPING, ONE_BY_ONE, MULTI_VALUED]]),
    ("mail-and-serial", "ca-match", &[NO_SERIAL]),
    ("mail-and-serial", "ca-anything", &[NO_SERIAL]),
    // `cryptography`, when the name is made anew: UTF8String whatever it was, one attribute in an RDN.
    ("mixed-strings", "rebuilt", &[UNIT_ANEW, NAME_ANEW]),
    ("multi-valued", "rebuilt", &[[GROUPING, ONE_BY_ONE, MULTI_VALUED]]),
    // And when attributes are looked up by type: the second of a type is lost, and what nobody looked up.
    ("mixed-strings", "looked-up", &[UNIT_ANEW, NAME_ANEW]),
    ("common-name-first", "looked-up", &[[ORDER, COUNTRY_FIRST, COUNTRY_LAST]]),
    ("multi-valued", "looked-up", &[[GROUPING, ONE_BY_ONE, MULTI_VALUED]]),
    ("several-units", "looked-up", &[NO_SECOND_UNIT]),
    ("unit-twice", "looked-up", &[UNIT_LOST]),
    ("mail-and-serial", "looked-up", &[NO_SERIAL, NO_MAIL]),
];

/// The policies are those of OpenSSL's own configuration.
const CONFIGURATION: &str = "\
[ca]
default_ca = here
[here]
new_certs_dir = .
database = index
serial = serial
certificate = root.pem
private_key = root.key
default_md = sha256
default_days = 4000
unique_subject = no
x509_extensions = intermediate
[policy_match]
countryName = match
stateOrProvinceName = match
organizationName = match
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
[policy_anything]
countryName = optional
stateOrProvinceName = optional
localityName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional
[intermediate]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
";

/// Root, configuration and requests; `None` where the programs that make them are missing.
fn ready() -> Option<Workplace> {
    let python = python()?;
    let work = Workplace::new();
    let root = ["ca", "root", "--subject", "CN=Root,O=Example Works,ST=Styria,C=AT"];
    work.el2g(&[&root[..], &["--key-out", "root.key", "--out", "root.pem"]].concat()).exits(0);
    work.write("ca.cnf", CONFIGURATION);
    work.write("index", "");
    work.write("serial", "1c2d3e4f5a6978879605\n");
    let extensions = CONFIGURATION.split("[intermediate]\n").nth(1).expect("the last section");
    work.write("extensions", extensions);
    work.write(
        "certtool.template",
        "ca\ncert_signing_key\ncrl_signing_key\npath_len = 0\nexpiration_days = 4000\n",
    );
    let store = ["pkcs12", "-export", "-inkey", "root.key", "-in", "root.pem", "-name", "root"];
    let store = [&store[..], &["-passout", "pass:changeit", "-out", "root.p12"]].concat();
    work.oracle(Command::new("openssl"), &store)?.exits(0);
    run_python(&work, &python, "requests");
    ordered(&work);
    run_python(&work, &python, "sign");
    Some(work)
}

fn run_python(work: &Workplace, python: &PathBuf, verb: &str) {
    let script = root().join("tests/csr/authority.py");
    let arguments = ["-W", "ignore", script.to_str().expect("UTF-8"), verb];
    work.oracle(Command::new(python), &arguments).expect("it was found").exits(0);
}

/// The requests of the service, as its JSON answers and as PEM.
fn ordered(work: &Workplace) {
    let service = Served::start(Workplace::new(), &[]);
    for (name, subject) in ORDERS {
        let create = ["intermediate-ca", "create", "--name", name, "--algorithm", "NIST_P256"];
        let create = [&create[..], &["--common-name", "Línea 7 = €", "-o", "json"], subject];
        let id = service.el2g(work, &create.concat()).exits(0).json()["id"].to_string();
        let answer = service.el2g(work, &["intermediate-ca", "csr", &id, "-o", "json"]).exits(0);
        work.write(&format!("{name}.json"), &answer.stdout);
        work.write(&format!("{name}.csr"), answer.json()["value"].as_str().expect("PEM"));
    }
}

/// Signs `NAME.csr` in a way that is not Python's, to `NAME.WAY.pem`; `None` when the program is missing.
fn sign(work: &Workplace, name: &str, way: &str) -> Option<Ran> {
    let (request, out) = (format!("{name}.csr"), format!("{name}.{way}.pem"));
    let (request, out) = (request.as_str(), out.as_str());
    let ca = ["ca", "-batch", "-notext", "-config", "ca.cnf", "-in", request, "-out", out];
    let (program, arguments): (&str, Vec<&str>) = match way {
        "x509" => {
            let root = ["-CA", "root.pem", "-CAkey", "root.key", "-days", "4000", "-sha256"];
            let files = ["-in", request, "-out", out, "-extfile", "extensions"];
            ("openssl", [&["x509", "-req"][..], &files, &root].concat())
        }
        "ca-match" => ("openssl", [&ca[..], &["-policy", "policy_match"]].concat()),
        "ca-anything" => ("openssl", [&ca[..], &["-policy", "policy_anything"]].concat()),
        "ca-preserving" => {
            ("openssl", [&ca[..], &["-policy", "policy_anything", "-preserveDN"]].concat())
        }
        "certtool" => {
            let root = ["--load-ca-certificate", "root.pem", "--load-ca-privkey", "root.key"];
            let files = ["--template", "certtool.template", "--outfile", out];
            let first = ["--generate-certificate", "--load-request", request];
            ("certtool", [&first[..], &root, &files].concat())
        }
        "keytool" => {
            let store = ["-keystore", "root.p12", "-storepass", "changeit", "-alias", "root"];
            let files = ["-infile", request, "-outfile", out, "-rfc", "-validity", "4000"];
            let extensions = ["-ext", "BC:critical=ca:true,pathlen:0"];
            let usage = ["-ext", "KU:critical=keyCertSign,cRLSign", "-sigalg", "SHA256withECDSA"];
            ("keytool", [&["-gencert"][..], &store, &files, &extensions, &usage].concat())
        }
        other => panic!("no way {other}"),
    };
    work.oracle(Command::new(program), &arguments)
}

/// Message, found and allowed of every finding, but for what is not about the request: keytool writes CR LF, and now
/// and then a serial number of under 64 bits.
fn findings(report: &Value, way: &str) -> Vec<[String; 3]> {
    let list = report["certificates"][0]["findings"].as_array().expect("a list of findings");
    let text = |finding: &Value, key: &str| finding[key].as_str().expect("a text").to_owned();
    list.iter()
        .filter(|finding| {
            let apart = ["input-plain", "serial-number-entropy"];
            !(way == "keytool" && apart.contains(&text(finding, "rule").as_str()))
        })
        .map(|finding| ["message", "found", "allowed"].map(|key| text(finding, key)))
        .collect()
}

fn check(work: &Workplace, certificate: &str, request: &str) -> Ran {
    let check = ["cert", "check", certificate, "--root", "root.pem", "--csr", request];
    work.el2g(&[&check[..], &["-o", "json"]].concat())
}

#[test]
#[cfg_attr(
    not(all(oracle = "cryptography", oracle = "openssl")),
    ignore = "needs cryptography, openssl"
)]
fn says_of_every_ca_what_it_broke_and_nothing_else() {
    let Some(work) = ready() else { return };
    let ways = ["x509", "ca-match", "ca-anything", "ca-preserving", "certtool", "keytool"];
    let requests: Vec<&str> =
        ORDERS.iter().map(|(name, _)| *name).chain(ODD.iter().copied()).collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for name in &requests {
        for way in ways.into_iter().chain(["kept", "rebuilt", "looked-up"]) {
            if way == "keytool" && !FOR_KEYTOOL.contains(name) {
                continue;
            }
            if ways.contains(&way) {
                let Some(signed) = sign(&work, name, way) else { return };
                signed.exits(0);
            }
            let ran = check(&work, &format!("{name}.{way}.pem"), &format!("{name}.csr"));
            let found = findings(&ran.json(), way);
            let lost = LOST.iter().find(|(request, by, _)| (request, by) == (name, &way));
            let expected = lost.map_or(&[][..], |(.., findings)| *findings);
            if found != expected {
                wrong.push(format!("{name} by {way}: {found:#?}"));
            }
            let refused = expected.iter().any(|[message, ..]| message.contains("lacks"));
            assert_eq!(ran.code, if refused { 3 } else { 0 }, "{name} by {way}: {}", ran.stderr);
            seen += usize::from(lost.is_some());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(seen, LOST.len(), "a row of the table names no request or no way");
}

#[test]
#[cfg_attr(
    not(all(oracle = "cryptography", oracle = "openssl")),
    ignore = "needs cryptography, openssl"
)]
fn a_name_written_anew_by_hand_and_another_key_are_told() {
    let Some(work) = ready() else { return };
    let openssl = |arguments: &[&str]| {
        work.oracle(Command::new("openssl"), arguments).expect("it was there before").exits(0)
    };
    let ca = ["ca", "-batch", "-notext", "-config", "ca.cnf", "-policy", "policy_anything"];
    let subject = ["-subj", "/C=AT/ST=Styria/O=EXAMPLE Works/OU=Line 7/CN=Line 7 CA/CN=x"];
    let files = ["-in", "mixed-strings.csr", "-out", "typed.pem"];
    openssl(&[&ca[..], &subject, &files].concat());
    let report = check(&work, "typed.pem", "mixed-strings.csr").exits(0).json();
    let found: Vec<(&str, &str)> = report["certificates"][0]["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            (one["rule"].as_str().expect("a rule"), one["message"].as_str().expect("a text"))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("subject-no-extra-attributes", "the subject has a CN that the request does not have"),
            ("subject-encoding-kept", "OU was encoded again"),
            ("subject-encoding-kept", "CN was encoded again"),
            ("subject-case-kept", "O is written in another case"),
            (
                "subject-single-common-name",
                "the subject has several common names, readers choose different ones"
            ),
        ]
    );
    // The request of another intermediate, taken by mistake; and the right one with a key put in by hand.
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.key"]);
    openssl(&["pkey", "-in", "other.key", "-pubout", "-out", "other.pub"]);
    let root = ["-CA", "root.pem", "-CAkey", "root.key", "-days", "4000", "-sha256"];
    let forced = ["x509", "-req", "-in", "escaped.csr", "-force_pubkey", "other.pub"];
    openssl(&[&forced[..], &["-out", "forced.pem", "-extfile", "extensions"], &root].concat());
    sign(&work, "several-units", "x509").expect("it was there before").exits(0);
    let rules = |certificate: &str, request: &str| -> Vec<String> {
        let report = check(&work, certificate, request).exits(3).json();
        let list = report["certificates"][0]["findings"].as_array().expect("a list").clone();
        list.iter().map(|one| one["rule"].as_str().expect("a rule").to_owned()).collect()
    };
    assert_eq!(rules("forced.pem", "escaped.csr"), ["public-key-matches-request"]);
    assert_eq!(
        rules("several-units.x509.pem", "common-name-first.csr"),
        [
            "subject-no-extra-attributes",
            "subject-no-extra-attributes",
            "subject-order-kept",
            "public-key-matches-request",
        ]
    );
}

#[test]
#[cfg_attr(
    not(all(oracle = "cryptography", oracle = "openssl")),
    ignore = "needs cryptography, openssl"
)]
fn what_a_foreign_ca_kept_is_uploaded_and_what_it_lost_is_not() {
    let Some(work) = ready() else { return };
    let service = Served::start(Workplace::new(), &[]);
    let order =
        ["--name", "line-7", "--common-name", "Línea, 7", "--organization", "Example Works"];
    let place = ["--country", "AT", "--state", "Styria", "--locality", "Graz"];
    let enroll = [&["intermediate-ca", "enroll"][..], &order, &place].concat();
    service.el2g(&work, &[&enroll[..], &["--csr-out", "line7.csr"]].concat()).exits(0);
    for (way, code) in [("ca-match", 3), ("ca-preserving", 0)] {
        let Some(signed) = sign(&work, "line7", way) else { return };
        signed.exits(0);
        let certificate = format!("line7.{way}.pem");
        let bring = ["--certificate", &certificate, "--root-cert", "root.pem", "-o", "json"];
        let ran = service.el2g(&work, &[&enroll[..], &bring].concat()).exits(code);
        if code == 0 {
            assert_eq!(ran.json()["state"], "SIGNED");
        } else {
            assert!(ran.stderr.contains("subject-contains-request"), "{}", ran.stderr);
        }
    }
}
