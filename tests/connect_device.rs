//! `el2g sandbox connect-device`: what a device goes through and gets, judged by OpenSSL.

use std::process::Command;

use serde_json::{Value, json};

use crate::sandbox::curl_is_missing;
use crate::served::Served;
use crate::workplace::Workplace;

const PRODUCT: &str = "935389312472";
/// Its last eight bytes name it in certificates.
const DEVICE: &str = "0x04005001d706ca37a1e4ed047e6dda0f6880";
const NAMED: &str = "ed047e6dda0f6880";
/// The algorithms of device keys, and what OpenSSL calls them.
const KEYS: [(&str, &str); 6] = [
    ("NIST_P256", "ASN1 OID: prime256v1"),
    ("NIST_P384", "ASN1 OID: secp384r1"),
    ("NIST_P521", "ASN1 OID: secp521r1"),
    ("RSA_2048", "Public-Key: (2048 bit)"),
    ("RSA_3072", "Public-Key: (3072 bit)"),
    ("RSA_4096", "Public-Key: (4096 bit)"),
];

fn made(served: &Served, path: &str, body: &Value) -> String {
    served.done(200, "POST", path, Some(body)).expect("curl is there")["id"].to_string()
}

fn number(id: &str) -> u64 {
    id.parse().expect("an id")
}

fn new_group(served: &Served, name: &str) -> String {
    made(served, &format!("/products/{PRODUCT}/device-groups"), &json!({"deviceGroupName": name}))
}

fn assign(served: &Served, object: &str, group: &str) {
    let path = format!("/rtp/secure-objects/{object}/assign-device-group");
    served.done(204, "POST", &path, Some(&json!({"deviceGroupId": group}))).expect("curl");
}

/// A CA that the service signs; its id.
fn own_ca(served: &Served, algorithm: &str, more: &Value) -> String {
    let mut body = json!({"algorithm": algorithm, "name": "A name of some length", "requestType": "WITHOUT_CSR"});
    for (name, value) in more.as_object().expect("fields") {
        body[name] = value.clone();
    }
    made(served, "/rtp/intermediate-cas", &body)
}

/// A CA that a root of ours signs, which is left in `root.pem`; its id.
fn external_ca(served: &Served) -> String {
    let asked = json!({"algorithm": "NIST_P256", "name": "external", "requestType": "WITH_CSR",
        "commonName": "External", "organization": "Example", "country": "AT"});
    let ca = made(served, "/rtp/intermediate-cas", &asked);
    let request = served.done(200, "GET", &format!("/rtp/intermediate-cas/{ca}/csr"), None);
    served.work.write("ca.csr", request.expect("curl")["value"].as_str().expect("PEM"));
    let root =
        "ca root --subject CN=Root,O=Example,C=AT --key-out root.key --out external-root.pem";
    let sign = "ca sign --csr ca.csr --root-cert external-root.pem --root-key root.key --days 3650 --out ca.pem --yes";
    for line in [root, sign] {
        let words: Vec<&str> = line.split(' ').collect();
        served.work.el2g(&words).exits(0);
    }
    let text = |name: &str| String::from_utf8(served.work.read(name)).expect("PEM");
    let upload = json!({"signedCertificate": text("ca.pem"), "rootCa": text("external-root.pem")});
    let path = format!("/rtp/intermediate-cas/{ca}/upload-signed-intermediate-ca");
    served.done(204, "PUT", &path, Some(&upload)).expect("curl");
    ca
}

/// A key pair and its certificate in a group; their ids.
fn certificate(
    served: &Served,
    group: &str,
    first: u32,
    algorithm: &str,
    ca: &str,
    more: &Value,
) -> (String, String) {
    let key_pair = json!({"name": "key", "secureObjectType": "KEYPAIR", "objectId": format!("{first:08x}"),
        "algorithm": algorithm});
    let key_pair = made(served, "/rtp/secure-objects", &key_pair);
    let mut order = json!({"name": "certificate", "secureObjectType": "CERTIFICATE",
        "objectId": format!("{:08x}", first + 1), "keyPairId": number(&key_pair), "intermediateCaId": number(ca),
        "commonNamePrefix": "meter", "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12}});
    for (name, value) in more.as_object().expect("fields") {
        order[name] = value.clone();
    }
    let certificate = made(served, "/rtp/secure-objects", &order);
    assign(served, &key_pair, group);
    assign(served, &certificate, group);
    (key_pair, certificate)
}

fn connect(served: &Served, more: &[&str]) -> Value {
    let (base, token) = (served.url("baseUrl"), served.url("tokenFile"));
    let mut arguments = vec![
        "sandbox",
        "connect-device",
        DEVICE,
        "-o",
        "json",
        "--base-url",
        &base,
        "--token-file",
        &token,
    ];
    arguments.extend(more);
    served.work.el2g(&arguments).exits(0).json()
}

/// The certificate and its CA by 4.5.11 and 4.5.12, left in `leaf.pem` and `issuer.pem`; the leaf as OpenSSL
/// prints it.
fn leaf(served: &Served, provisioning: &Value) -> String {
    for (file, noun) in
        [("leaf.pem", "download-certificate"), ("issuer.pem", "download-intermediate-ca")]
    {
        let path = format!("/rtp/provisionings/{}/{noun}", provisioning["provisioningId"]);
        let pem = served.done(200, "GET", &path, None).expect("curl");
        served.work.write(file, pem.as_str().expect("PEM"));
    }
    openssl(served, "x509 -in leaf.pem -noout -text")
}

#[track_caller]
fn openssl(served: &Served, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    served.work.oracle(Command::new("openssl"), &words).expect("asked before").exits(0).stdout
}

fn openssl_is_missing(served: &Served) -> bool {
    served.work.oracle(Command::new("openssl"), &["version"]).is_none()
}

fn in_state<'a>(online: &'a Value, object: &str) -> &'a Value {
    let list = online["provisionings"].as_array().expect("a list");
    let id = object.parse().ok();
    list.iter().find(|one| one["secureObjectId"].as_u64() == id).expect("it is there")
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn openssl_accepts_the_certificates_of_every_key_under_every_ca() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) || openssl_is_missing(&served) {
        return;
    }
    let group = new_group(&served, "meters");
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices");
    served.done(200, "POST", &path, Some(&json!({"deviceIds": [DEVICE]}))).expect("curl");
    let external = external_ca(&served);
    // Every kind of key under the external CA, and under one of ours of every algorithm.
    let own = ["NIST_P256", "NIST_P384", "NIST_P521", "RSA_2048", "RSA_4096", "NIST_P256"];
    let mut ordered = Vec::new();
    for (index, ((algorithm, printed), own)) in (0_u32..).zip(KEYS.into_iter().zip(own)) {
        for (offset, ca, root) in [
            (0, external.clone(), "external-root.pem"),
            (2, own_ca(&served, own, &json!({})), "own-root.pem"),
        ] {
            let first = 0x8300_0000 + 4 * index + offset;
            let (_, object) = certificate(&served, &group, first, algorithm, &ca, &json!({}));
            ordered.push((object, printed, root));
        }
    }
    let root =
        served.curl(&[&format!("{}/_sandbox/root.pem", served.url("baseUrl"))]).expect("curl");
    served.work.write("own-root.pem", root.1);
    let online = connect(&served, &[]);
    for (object, printed, root) in ordered {
        let provisioning = in_state(&online, &object);
        assert_eq!(provisioning["provisioningState"], "PROVISIONING_COMPLETED");
        let text = leaf(&served, provisioning);
        assert!(text.contains(printed), "{printed} in {text}");
        let verify =
            format!("verify -purpose sslclient -CAfile {root} -untrusted issuer.pem leaf.pem");
        assert_eq!(openssl(&served, &verify), "leaf.pem: OK\n");
        assert!(text.contains(&format!("CN = meter-{NAMED}-00")), "{text}");
        let serial = openssl(&served, "x509 -in leaf.pem -noout -serial");
        assert!(serial.starts_with(&format!("serial={}000000", NAMED.to_uppercase())), "{serial}");
        assert_eq!(serial.len(), "serial=\n".len() + 24);
        assert!(
            text.contains("X509v3 Key Usage: critical\n                Digital Signature\n"),
            "{text}"
        );
        assert!(
            text.contains(
                "X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n"
            ),
            "{text}"
        );
        assert_eq!(text.matches("X509v3 ").count(), 2 + 1, "no other extension: {text}");
    }
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_options_of_ca_and_validity_are_in_the_certificate() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) || openssl_is_missing(&served) {
        return;
    }
    let group = new_group(&served, "meters");
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices");
    served.done(200, "POST", &path, Some(&json!({"deviceIds": [DEVICE]}))).expect("curl");
    let options = json!({"prefix": "acme", "includeAuthorityKeyIdentifier": true, "includeSubjectKeyIdentifier": true});
    let ca = own_ca(&served, "NIST_P256", &options);
    let dates = json!({"organization": "Acme", "country": "AT", "certificateValidity": {"validityType": "DATE",
        "validityNotBefore": "2026-01-02T03:04:05Z", "validityNotAfter": "2055-06-07T08:09:10Z"}});
    let (_, object) = certificate(&served, &group, 0x8300_0000, "NIST_P256", &ca, &dates);
    let online = connect(&served, &[]);
    let text = leaf(&served, in_state(&online, &object));
    for wanted in [
        "Not Before: Jan  2 03:04:05 2026 GMT",
        "Not After : Jun  7 08:09:10 2055 GMT",
        "X509v3 Authority Key Identifier",
        "X509v3 Subject Key Identifier",
        "Subject: C = AT, O = Acme, CN = meter-",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let issuer = openssl(&served, "x509 -in issuer.pem -noout -subject");
    assert!(
        issuer.contains(&format!(
            "CN = acme-{:016x}-00000000-vE200",
            ca.parse::<u64>().expect("an id")
        )),
        "{issuer}"
    );
    let root =
        served.curl(&[&format!("{}/_sandbox/root.pem", served.url("baseUrl"))]).expect("curl");
    served.work.write("own-root.pem", root.1);
    let verify = "verify -x509_strict -CAfile own-root.pem -untrusted issuer.pem leaf.pem";
    assert_eq!(openssl(&served, verify), "leaf.pem: OK\n");
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn a_device_claims_itself_and_its_provisionings_go_through_every_state() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let group = new_group(&served, "meters");
    let secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODk=";
    let code = json!({"name": "c", "policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": 1, "reusable": false,
        "secret": secret});
    let codes = format!("/products/{PRODUCT}/device-groups/{group}/claim-codes");
    served.done(200, "POST", &codes, Some(&code)).expect("curl");
    let ca = own_ca(&served, "NIST_P256", &json!({}));
    let on_connection = json!({"generateOnDeviceConnection": true});
    let (key_pair, object) =
        certificate(&served, &group, 0x8300_0000, "NIST_P256", &ca, &on_connection);
    served.work.write_secret("code", secret);
    served.work.write_secret("wrong", "MDEyMzQ1Njc4OTAxMjM0NTY3ODg=");
    let refused = |more: &[&str]| {
        let (base, token) = (served.url("baseUrl"), served.url("tokenFile"));
        let place = ["--base-url", &base, "--token-file", &token];
        let arguments = [&["sandbox", "connect-device", DEVICE][..], more, &place].concat();
        served.work.el2g(&arguments).exits(4).stderr
    };
    assert!(refused(&[]).contains("is in no device group"));
    let said = refused(&["--claim-code-file", "wrong"]);
    assert!(said.contains("no claim code has this secret") && !said.contains("MDEy"), "{said}");

    let said = refused(&["--claim-code-file", "code", "--fail", "99=generation"]);
    assert!(said.contains("secure object 99 is not provisioned to device"), "{said}");
    let fail = format!("{object}=generation");
    let online = connect(&served, &["--claim-code-file", "code", "--fail", &fail]);
    assert_eq!(online["deviceGroupId"].to_string(), group);
    let states = |online: &Value, object: &str| in_state(online, object)["states"].clone();
    assert_eq!(
        states(&online, &key_pair),
        json!(["GENERATION_COMPLETED", "PROVISIONING_COMPLETED"])
    );
    let triggered = "GENERATION_TRIGGERED";
    assert_eq!(
        states(&online, &object),
        json!(["GENERATION_ON_CONNECTION", triggered, "GENERATION_FAILED"])
    );
    let fail = format!("{object}=provisioning");
    let online = connect(&served, &["--claim-code-file", "code", "--fail", &fail]);
    let wanted =
        json!(["GENERATION_FAILED", triggered, "GENERATION_COMPLETED", "PROVISIONING_FAILED"]);
    assert_eq!(states(&online, &object), wanted);
    let online = connect(&served, &[]);
    assert_eq!(states(&online, &object), json!(["PROVISIONING_FAILED", "PROVISIONING_COMPLETED"]));
    assert_eq!(states(&connect(&served, &[]), &object), json!(["PROVISIONING_COMPLETED"]));

    // Unclaimed it may not use the same code again: it is not reusable.
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices/unclaim");
    served.done(200, "POST", &path, Some(&json!({"deviceIds": [DEVICE]}))).expect("curl");
    assert!(refused(&["--claim-code-file", "code"]).contains("not reusable"));
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn generation_that_takes_time_is_triggered_first() {
    let served = Served::start(Workplace::new(), &["--generation-seconds", "3600"]);
    if curl_is_missing(&served) {
        return;
    }
    let group = new_group(&served, "meters");
    let ca = own_ca(&served, "NIST_P256", &json!({}));
    let (_, object) = certificate(&served, &group, 0x8300_0000, "NIST_P256", &ca, &json!({}));
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices");
    let added =
        served.done(200, "POST", &path, Some(&json!({"deviceIds": [DEVICE]}))).expect("curl");
    let printed = &added["content"][0]["provisionings"][1];
    assert_eq!(printed["provisioningState"], "GENERATION_TRIGGERED");
    let filter = format!(
        "/rtp/secure-objects/{object}/provisionings?provisioningState=GENERATION_TRIGGERED"
    );
    assert_eq!(served.done(200, "GET", &filter, None).expect("curl")["totalElements"], 1);
    let download = format!("/rtp/provisionings/{}/download-certificate", printed["provisioningId"]);
    let refused = served.done(409, "GET", &download, None).expect("curl");
    assert!(
        refused["details"].as_str().expect("text").ends_with("GENERATION_TRIGGERED"),
        "{refused}"
    );
    let online = connect(&served, &[]);
    assert_eq!(in_state(&online, &object)["states"], json!(["GENERATION_TRIGGERED"]));
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn a_device_is_named_as_it_is_printed_and_told_what_is_wrong() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let group = new_group(&served, "meters");
    let path = format!("/products/{PRODUCT}/device-groups/{group}/devices");
    served.done(200, "POST", &path, Some(&json!({"deviceIds": [DEVICE]}))).expect("curl");
    let token = served.line["tokenFile"].as_str().expect("a path").to_owned();
    let origin = served.url("baseUrl");
    let run = |uid: &str| {
        let asked =
            ["sandbox", "connect-device", uid, "--base-url", &origin, "--token-file", &token];
        served.work.el2g(&asked)
    };
    // As `sscli` prints it, in capitals, with the prefix, and as answers of the service print it.
    let bare = DEVICE.trim_start_matches("0x");
    let decimal = served.work.el2g(&["device", "uid", DEVICE, "-o", "json"]).exits(0).json();
    let decimal = decimal["devices"][0]["decimal"].as_str().expect("a text").to_owned();
    for uid in [bare, &bare.to_uppercase(), DEVICE, &decimal] {
        let said = run(uid).exits(0).stdout;
        assert!(said.starts_with(&format!("device {decimal} is online")), "{uid}: {said}");
    }
    for (uid, said) in [
        ("3.48e41", "digits of a device id are lost"),
        ("0", "zero is not a device id"),
        ("", "no digits"),
        ("../../products", "is no"),
        (&format!("{bare}ff"), "more than 18 bytes"),
        (&"1".repeat(36), "could be decimal or hexadecimal"),
    ] {
        let refused = run(uid).exits(2).stderr;
        assert!(refused.contains(said), "{uid}: {refused}");
    }
    let refused = run("5").exits(4).stderr;
    assert!(refused.contains("add it to one, or let it bring a claim code"), "{refused}");
}
