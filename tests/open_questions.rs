//! What AN12642 leaves open is answered once, in the profile, and holds for every command.

use serde_json::{Value, json};

use crate::served::Served;
use crate::workplace::Workplace;

/// A profile of a service that is not asked, and a file to send.
fn workplace() -> Workplace {
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    let service = ["--service", "sandbox", "--base-url", "http://127.0.0.1:9/api/v1"];
    let init = [&["config", "init", "--token-file", "token"], &service[..]].concat();
    work.el2g(&init).exits(0);
    work.write("firmware.bin", "firmware");
    work
}

/// The body that a dry run prints.
fn body(work: &Workplace, line: &[&str]) -> Value {
    let dry = work.el2g(&[line, &["--dry-run", "-o", "json"]].concat()).exits(0).json();
    let requests = dry["requests"].as_array().expect("requests");
    let curl = requests.iter().find_map(|it| it["curl"].as_str().filter(|it| it.contains("POST")));
    let (_, body) = curl.expect("one that creates").split_once(" --data-raw '{").expect("a body");
    let (body, _) = body.rsplit_once('\'').expect("quoted");
    serde_json::from_str(&format!("{{{body}")).expect("JSON")
}

const FILE: [&str; 9] = [
    "secure-object",
    "create",
    "binary-file",
    "--name",
    "firmware",
    "--object-id",
    "8300000B",
    "--file",
    "firmware.bin",
];

fn key(file: &str) -> Vec<&str> {
    let line = "secure-object create public-key --name key --object-id 8300000D --algorithm RSA_2048 --file";
    let mut words: Vec<&str> = line.split(' ').collect();
    words.push(file);
    words
}

fn openssl(work: &Workplace, form: &str, content: &[u8]) -> String {
    use base64::Engine as _;
    let sum = work.el2g_fed(&["checksum"], content).exits(0).stdout;
    match form {
        "hex" => sum.trim().to_owned(),
        _ => {
            let digits = sum.trim().as_bytes();
            let bytes: Vec<u8> = digits
                .chunks(2)
                .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
                .collect();
            base64::engine::general_purpose::STANDARD.encode(bytes)
        }
    }
}

#[test]
fn a_checksum_is_sent_as_the_profile_says_and_else_not_at_all() {
    let work = workplace();
    let set = |key: &str, value: &str| work.el2g(&["config", "set", key, value]).exits(0);
    let public = work.path("rsa2048.pub");
    std::fs::copy(crate::workplace::testdata("keys/rsa2048.pub"), &public).expect("copied");
    let key = key("rsa2048.pub");
    let (file, text) = (body(&work, &FILE), body(&work, &key));
    assert_eq!(
        file["payload"],
        json!({"binaryFileType": "NON_CONFIDENTIAL", "binaryFile": "ZmlybXdhcmU="})
    );
    let fields: Vec<&String> = text.as_object().expect("an object").keys().collect();
    assert!(!fields.iter().any(|name| name.to_lowercase() == "checksum"), "{text}");

    let pem = text["publicKey"].as_str().expect("PEM").to_owned();
    let der = std::fs::read(&public).expect("there");
    set("checksum", "checkSum");
    assert_eq!(body(&work, &FILE)["payload"]["checkSum"], openssl(&work, "hex", b"firmware"));
    assert_eq!(body(&work, &key)["checkSum"], openssl(&work, "hex", pem.as_bytes()));
    set("checksum", "checksum");
    set("checksum-encoding", "base64");
    set("checksum-over", "bytes");
    assert_eq!(body(&work, &FILE)["payload"]["checksum"], openssl(&work, "base64", b"firmware"));
    assert_eq!(body(&work, &key)["checksum"], openssl(&work, "base64", &der));
    set("checksum-over", "text");
    assert_eq!(
        body(&work, &FILE)["payload"]["checksum"],
        openssl(&work, "base64", b"ZmlybXdhcmU=")
    );
}

#[test]
fn what_a_key_cannot_be_is_refused_and_the_file_stays() {
    let work = workplace();
    let before = work.read(".config/el2g/config.toml");
    for (key, value) in [
        ("checksum", "CheckSum"),
        ("checksum-encoding", "hexadecimal"),
        ("checksum-over", "pem"),
        ("claim-code-status", "ACTIVE"),
        ("page-size", "0"),
        ("page-size", "1001"),
        ("page-size", "many"),
    ] {
        let ran = work.el2g(&["config", "set", key, value]).exits(3);
        assert!(ran.stderr.contains("expected"), "{key} {value}: {}", ran.stderr);
        assert_eq!(work.read(".config/el2g/config.toml"), before, "{key} {value}");
    }
}

#[test]
fn claim_codes_carry_the_status_and_lists_ask_for_pages_as_the_profile_says() {
    let work = workplace();
    work.el2g(&["claim-code", "generate", "--out", "claim.secret"]).exits(0);
    let line = "claim-code create --name pilot --group 474 --product 935389312472 --secret-file claim.secret --dry-run";
    let line: Vec<&str> = line.split(' ').collect();
    let sent = || {
        work.el2g(&[&line[..], &["--force"]].concat()).exits(0);
        let body = work.read("el2g-claim-code-request.json");
        serde_json::from_slice::<Value>(&body).expect("JSON")["status"].clone()
    };
    assert_eq!(sent(), Value::Null);
    work.el2g(&["config", "set", "claim-code-status", "ALL"]).exits(0);
    assert_eq!(sent(), json!("ALL"));
    let listed = || work.el2g(&["secure-object", "list", "--dry-run"]).exits(0).stdout;
    assert!(listed().contains("size=100"), "{}", listed());
    work.el2g(&["config", "set", "page-size", "50"]).exits(0);
    assert!(listed().contains("size=50"), "{}", listed());
    let shown = work.el2g(&["config", "show"]).exits(0).stdout;
    assert!(shown.contains("claim-code-status  ALL  [profile]"), "{shown}");
    assert!(shown.contains("checksum-encoding  hex  [assumed]"), "{shown}");
}

#[test]
fn a_description_of_the_service_answers_them_and_the_sandbox_takes_what_is_sent_then() {
    let served = Served::start(Workplace::new(), &["--save-profile", "line-7"]);
    let work = &served.work;
    work.write("firmware.bin", "firmware");
    let object = json!({"properties": {"payload": {"properties": {
        "binaryFile": {"type": "string"},
        "checkSum": {"type": "string", "minLength": 88, "maxLength": 88},
    }}}});
    let document = json!({"openapi": "3.0.3", "info": {"title": "service", "version": "7"}, "paths": {
        "/api/v1/rtp/secure-objects": {
            "post": {"requestBody": {"content": {"application/json": {"schema": object}}}},
            "get": {"parameters": [{"in": "query", "name": "size", "schema": {"maximum": 20}}]},
        },
    }});
    work.write("openapi.json", document.to_string());
    let check = ["contract", "check", "--openapi", "openapi.json", "-o", "json"];
    let report = work.el2g(&check).exits(3).json();
    let place = "POST /rtp/secure-objects, payload.checkSum";
    assert_eq!(
        report["answers"],
        json!([
            {"key": "checksum", "value": "checkSum", "place": place},
            {"key": "checksum-encoding", "value": "base64", "place": place},
            {"key": "page-size", "value": "20", "place": "GET /rtp/secure-objects, size"},
        ])
    );
    let saved = work.el2g(&[&check[..], &["--save", "--profile", "line-7"]].concat()).exits(3);
    assert!(saved.stderr.contains("checksum = checkSum\n"), "{}", saved.stderr);
    let sent = body(work, &[&FILE[..], &["--profile", "line-7"]].concat());
    assert_eq!(sent["payload"]["checkSum"], openssl(work, "base64", b"firmware"));
    work.el2g(&[&FILE[..], &["--profile", "line-7"]].concat()).exits(0);
    work.el2g(&["secure-object", "list", "--profile", "line-7"]).exits(0);
}
