//! Every example of AN12642 section 4, sent by curl to a served sandbox in an order in which it can be: its answer
//! must have the status and the shape that the document prints. Only ids and what the document leaves to the reader
//! (keys, messages, certificates) are put in.

mod printed;
mod shape;

use std::collections::BTreeSet;
use std::fs;

use base64::Engine as _;
use serde_json::{Value, json};

use self::printed::Document;
use self::shape::compare;
use crate::sandbox::curl_is_missing;
use crate::served::Served;
use crate::workplace::{Workplace, testdata};

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "348555491056936142262187597632590342062080";

/// Where an answer has another shape than the printed one: section, what differs, why.
const EXPECTED: &[(&str, &str, &str)] = &[
    ("4.3.1", "[].commercialName: string printed, null answered", NEWER),
    ("4.3.1", "[].hardwareType: string printed, null answered", NEWER),
    ("4.3.1", "[].hardwareVariant: string printed, null answered", NEWER),
    ("4.3.1", "[].softwareVersion: string printed, null answered", NEWER),
    (
        "4.3.8",
        ".content[].provisionings: answered, not printed",
        "its text promises them (docs/an12642-errata.md row 34)",
    ),
    (
        "4.5.6",
        ".content[].objectId: number printed, string answered",
        "8300000B is not a number (docs/an12642-errata.md row 5)",
    ),
    ("4.5.5", ".content[].deviceGroupCount: null printed, number answered", COUNTS),
    ("4.5.5", ".content[].provisioningCount: null printed, number answered", COUNTS),
    ("4.5.5", ".content[].downloadedCount: null printed, number answered", COUNTS),
    ("4.6.3", ".content[].country: null printed, string answered", SUBJECT),
    ("4.6.3", ".content[].locality: null printed, string answered", SUBJECT),
    ("4.6.3", ".content[].state: null printed, string answered", SUBJECT),
];
const NEWER: &str = "of products that only NXP's clients name, nothing more is known";
const COUNTS: &str =
    "of the types that this list does not show 4.1.3 shows new ones, which are nowhere yet";
const SUBJECT: &str = "the CA of 4.2.1 has these fields, those that 4.6.3 shows have not";

/// The examples as they are played.
struct Play {
    served: Served,
    document: Document,
    sections: BTreeSet<String>,
    operations: BTreeSet<String>,
    differences: Vec<String>,
}

impl Play {
    /// Sends the example of `section`: `path` has its parameters in order, `put_in` what stands at JSON pointers of
    /// the body. Answers the body.
    #[track_caller]
    fn send(
        &mut self,
        section: &str,
        path: &[&str],
        query: &str,
        put_in: &[(&str, Value)],
    ) -> Value {
        let example = self.document.example(section);
        let operation = &example.operation;
        let method = operation["method"].as_str().expect("a method");
        let template = operation["path"].as_str().expect("a path");
        let mut parts = template.split(['{', '}']);
        let mut filled = parts.next().unwrap_or("").to_owned();
        let mut parameters = path.iter();
        while let (Some(name), Some(rest)) = (parts.next(), parts.next()) {
            filled.push_str(parameters.next().unwrap_or_else(|| panic!("{section}: no {name}")));
            filled.push_str(rest);
        }
        let url = format!("{}{filled}{query}", self.served.url("foundriesUrl"));
        let token = format!("OSF-TOKEN: {}", self.served.token);
        let mut arguments = vec!["-X", method, "-H", &token, &url];
        if let Some(mut body) = example.request {
            for (pointer, value) in put_in {
                match value {
                    // What the document calls optional.
                    Value::Null => drop(body[0].take()),
                    _ => *body.pointer_mut(pointer).expect("the example has it") = value.clone(),
                }
            }
            self.served.work.write("body.json", body.to_string());
            arguments.extend(["-H", "Content-Type: application/json", "--data", "@body.json"]);
        }
        let (status, text) = self.served.curl(&arguments).expect("curl is there");
        assert_eq!(operation["success"], status, "{section} {method} {url}: {text}");
        self.sections.insert(section.to_owned());
        self.operations.insert(format!("{method} {template}"));
        let answer: Value = match operation["response_type"].as_str() {
            Some("application/json") => {
                serde_json::from_str(&text).unwrap_or_else(|e| panic!("{section}: {e} in {text}"))
            }
            Some("no content") => {
                assert_eq!(text, "", "{section}");
                Value::Null
            }
            Some("PEM certificate") => {
                assert!(text.starts_with("-----BEGIN CERTIFICATE-----\n"), "{section}: {text}");
                json!(text)
            }
            _ => json!(text),
        };
        if !example.response.is_null() {
            compare(&format!("{section} "), &example.response, &answer, &mut self.differences);
        }
        answer
    }
}

fn id(value: &Value) -> String {
    value["id"].as_u64().unwrap_or_else(|| panic!("no id in {value}")).to_string()
}

/// Keys, sealed messages and a root, made with `el2g` as a customer makes them.
struct Customer {
    public: String,
}

impl Customer {
    fn new(served: &Served) -> Self {
        for name in ["openpgp/rsa2048.sec.asc", "openpgp/rsa2048.pub.asc"] {
            served.work.take(name);
        }
        Self { public: String::from_utf8(served.work.read("rsa2048.pub.asc")).expect("armor") }
    }

    fn sealed(&self, served: &Served, kind: &str, size: &str) -> Value {
        let recipient = served.url("recipientFile");
        let arguments = [
            "pgp",
            "seal",
            "--kind",
            kind,
            "--generate",
            size,
            "--discard-plaintext",
            "--signer",
            "rsa2048.sec.asc",
            "--recipient",
            &recipient,
        ];
        json!(served.work.el2g(&arguments).exits(0).stdout)
    }
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn every_example_of_the_document_is_answered_as_printed() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let (sections, operations) = (BTreeSet::new(), BTreeSet::new());
    let mut play =
        Play { served, document: Document::read(), sections, operations, differences: Vec::new() };
    let customer = Customer::new(&play.served);
    for section in ["4.3.1", "4.3.2", "4.3.3", "4.5.17", "4.6.8", "4.7.1"] {
        play.send(section, &[], "", &[]);
    }
    let group = id(&play.send("4.1.1", &[PRODUCT], "", &[]));
    let in_group = [PRODUCT, group.as_str()];
    play.send("4.1.2", &in_group, "", &[]);
    let objects = objects(&mut play, &customer, &group);
    authorities(&mut play, &objects);
    groups_and_devices(&mut play, &in_group);
    provisionings(&mut play, &objects);
    claim_codes(&mut play, &in_group);
    endings(&mut play, &objects, &group);

    let printed: BTreeSet<String> = play
        .document
        .operations
        .iter()
        .flat_map(|operation| operation["examples"].as_array().cloned().unwrap_or_default())
        .map(|example| example["section"].as_str().expect("a section").to_owned())
        .collect();
    assert_eq!(printed.difference(&play.sections).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(play.operations.len(), 57, "every operation was called");
    play.differences.sort();
    play.differences.dedup();
    let expected: Vec<String> =
        EXPECTED.iter().map(|(section, what, _)| format!("{section} {what}")).collect();
    let unexpected: Vec<&String> =
        play.differences.iter().filter(|found| !expected.contains(found)).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    let gone: Vec<&String> = expected.iter().filter(|e| !play.differences.contains(e)).collect();
    assert!(gone.is_empty(), "these do not differ: {gone:#?}");
}

/// What was made.
struct Objects {
    key_pair: String,
    certificate: String,
    file: String,
    authority: String,
    custom: String,
}

/// 4.1.3 and 4.1.4, with the CA of 4.6.1.
fn objects(play: &mut Play, customer: &Customer, group: &str) -> Objects {
    let authority = id(&play.send("4.6.1", &[], "", &[]));
    let key_pair = id(&play.send("4.1.3.1", &[], "", &[]));
    let number = |text: &str| json!(text.parse::<u64>().expect("an id"));
    let order = [("/keyPairId", number(&key_pair)), ("/intermediateCaId", number(&authority))];
    let certificate = id(&play.send("4.1.3.2", &[], "", &order));
    let public = || json!(customer.public);
    let key = customer.sealed(&play.served, "aes", "256");
    play.send("4.1.3.3", &[], "", &[("/customerPgpPublicKey", public()), ("/encryptedKey", key)]);
    let key = customer.sealed(&play.served, "hmac", "256byte");
    play.send("4.1.3.4", &[], "", &[("/customerPgpPublicKey", public()), ("/encryptedKey", key)]);
    let checksum = |served: &Served, content: &str| {
        let ran = served.work.el2g_fed(&["checksum"], content.as_bytes()).exits(0);
        json!(ran.stdout.trim())
    };
    let sum = checksum(&play.served, "firmware");
    let plain = [("/payload/binaryFile", json!("ZmlybXdhcmU=")), ("/payload/checksum", sum)];
    let file = id(&play.send("4.1.3.5", &[], "", &plain));
    let message = customer.sealed(&play.served, "binary", "100");
    let secret =
        [("/payload/customerPgpPublicKey", public()), ("/payload/encryptedBinaryFile", message)];
    play.send("4.1.3.6", &[], "", &secret);
    let key = fs::read(testdata("keys/rsa2048.pub")).expect("committed");
    let lines = format!("{}\n", base64::engine::general_purpose::STANDARD.encode(key));
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}-----END PUBLIC KEY-----\n");
    let sum = checksum(&play.served, &pem);
    play.send("4.1.3.7", &[], "", &[("/publicKey", json!(pem)), ("/checksum", sum)]);
    for object in [&key_pair, &certificate, &file] {
        play.send("4.1.4", &[object], "", &[("/deviceGroupId", json!(group))]);
    }
    // 4.5.14 changes policies, so one object has them: as 4.5.15 prints them.
    let printed = play.document.example("4.5.15").response;
    let policy = &printed["content"][0]["secureObjectPolicyConfiguration"];
    let custom = json!({"name": "MyKeyPair", "algorithm": "NIST_P256", "secureObjectType": "KEYPAIR",
        "objectId": "83000000", "policySourceType": "CUSTOM", "policies": {PRODUCT: policy}});
    let custom = play.served.done(200, "POST", "/rtp/secure-objects", Some(&custom)).expect("curl");
    Objects { key_pair, certificate, file, authority, custom: id(&custom) }
}

/// 4.2 and 4.6.
fn authorities(play: &mut Play, objects: &Objects) {
    let external = id(&play.send("4.2.1", &[], "", &[]));
    let request = play.send("4.2.2", &[&external], "", &[]);
    let work = &play.served.work;
    work.write("ca.csr", request["value"].as_str().expect("a request"));
    let root = [
        "ca",
        "root",
        "--subject",
        "CN=Root,O=Example,C=AT",
        "--days",
        "7300",
        "--key-out",
        "root.key",
        "--out",
        "root.pem",
    ];
    work.el2g(&root).exits(0);
    let sign = [
        "ca",
        "sign",
        "--csr",
        "ca.csr",
        "--root-cert",
        "root.pem",
        "--root-key",
        "root.key",
        "--days",
        "3650",
        "--out",
        "ca.pem",
        "--yes",
    ];
    work.el2g(&sign).exits(0);
    let text = |name: &str| json!(String::from_utf8(work.read(name)).expect("PEM"));
    let upload = [("/signedCertificate", text("ca.pem")), ("/rootCa", text("root.pem"))];
    play.send("4.2.3", &[&external], "", &upload);
    play.send("4.6.2", &[&objects.authority], "", &[]);
    let waiting = json!({"algorithm": "NIST_P256", "name": "testCsrCert", "requestType": "WITH_CSR",
        "commonName": "testCsrCert", "country": "AT"});
    let waiting =
        play.served.done(200, "POST", "/rtp/intermediate-cas", Some(&waiting)).expect("curl");
    play.send("4.6.3", &[], "?sortByDirection=DESC&page=0&size=20", &[]);
    play.send("4.6.4", &[&external], "", &[]);
    play.send("4.6.5", &[&external], "", &[("/verificationCode", json!("0123456789abcdef"))]);
    play.send("4.6.6", &[&objects.authority], "?page=0&size=20", &[]);
    play.send("4.6.7", &[&id(&waiting)], "", &[]);
}

/// 4.3, but for what ends it.
fn groups_and_devices(play: &mut Play, in_group: &[&str; 2]) {
    play.send("4.3.4", &[PRODUCT], "?name=&page=0&size=20", &[]);
    play.send("4.3.5", in_group, "", &[]);
    play.send("4.3.6", &[], "?page=0&size=20", &[]);
    play.send("4.3.7", &[PRODUCT, in_group[1], DEVICE], "", &[]);
    play.send("4.3.8", in_group, "?page=0&size=20", &[]);
    play.send("4.3.9", &[DEVICE], "", &[]);
    play.send("4.3.13", in_group, "", &[]);
}

/// 4.5, but for what ends it.
fn provisionings(play: &mut Play, objects: &Objects) {
    let group =
        play.send("4.5.8", &[&objects.key_pair], "?page=0&size=20", &[])["content"][0]["deviceId"]
            .to_string();
    play.send("4.5.1", &[&objects.custom], "", &[]);
    play.send("4.5.4", &[&objects.custom], "", &[]);
    play.send("4.5.5", &[], "?sortByDirection=DESC&page=0&size=20", &[]);
    play.send("4.5.6", &[&group], "?sortByDirection=DESC&page=0&size=20", &[]);
    play.send("4.5.7", &[&group], "", &[]);
    play.send("4.5.9", &[&objects.file], "?sortByDirection=DESC&page=0&size=20", &[]);
    play.send("4.5.10", &[DEVICE], "?page=0&size=20", &[]);
    let made = play.send("4.5.9", &[&objects.certificate], "", &[]);
    let provisioning = made["content"][0]["provisioningId"].to_string();
    play.send("4.5.11", &[&provisioning], "", &[]);
    play.send("4.5.12", &[&provisioning], "", &[]);
    play.send("4.5.15", &[&objects.custom], "?page=0&size=20", &[]);
    play.send("4.5.14", &[&objects.custom], "", &[]);
    play.send("4.5.16", &[PRODUCT, "KEYPAIR"], "?policyType=ACCESS_RULE&algorithm=NIST_P256", &[]);
}

/// 4.4
fn claim_codes(play: &mut Play, in_group: &[&str; 2]) {
    let code = id(&play.send("4.4.1", in_group, "", &[]));
    let at = [PRODUCT, in_group[1], code.as_str()];
    let batch = play.send("4.4.2", in_group, "", &[])["batchId"].to_string();
    play.send("4.4.3", &[PRODUCT, in_group[1], &batch], "", &[]);
    let listed = play.send("4.4.4", in_group, "?usageStatus=ALL&status=ALL&page=0&size=20", &[]);
    play.send("4.4.5", &at, "", &[]);
    play.send("4.4.6", &at, "", &[]);
    play.send("4.4.8", &at, "", &[]);
    play.send("4.4.12", in_group, "", &[]);
    play.send("4.4.7", &at, "", &[]);
    play.send("4.4.9", &at, "", &[]);
    let ids: Vec<Value> = (1..4).map(|n| listed["content"][n]["id"].clone()).collect();
    play.send("4.4.10", &[], "", &[("", json!({"claimCodeIds": ids}))]);
    play.send("4.4.11", &[], "", &[]);
}

/// What takes things back.
fn endings(play: &mut Play, objects: &Objects, group: &str) {
    let number = |text: &str| text.parse::<u64>().expect("an id");
    let in_group = [PRODUCT, group];
    play.send("4.5.2", &[&objects.file], "", &[("", json!([number(group)]))]);
    let both = json!([number(&objects.key_pair), number(&objects.certificate)]);
    play.send("4.5.3", &[group], "", &[("", both)]);
    play.send("4.5.13", &[&objects.file], "", &[]);
    play.send("4.3.10", &in_group, "", &[]);
    play.send("4.3.11", &in_group, "", &[]);
    let empty = play.served.done(
        200,
        "POST",
        &format!("/products/{PRODUCT}/device-groups"),
        Some(&json!({"deviceGroupName": "empty"})),
    );
    play.send("4.3.12", &[PRODUCT, &id(&empty.expect("curl"))], "", &[]);
}
