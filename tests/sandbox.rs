//! `el2g sandbox`: the program serves, curl asks, nothing of ours in between.

mod kills;
mod many_devices;
mod races;
mod rules;
mod serving;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use crate::served::Served;
use crate::workplace::{Workplace, testdata};

pub const PRODUCT: &str = "935389312472";

/// Says on stderr when it is.
pub fn curl_is_missing(served: &Served) -> bool {
    served.work.oracle(Command::new("curl"), &["--version"]).is_none()
}

#[test]
fn the_ready_line_names_files_that_are_there_and_private() {
    let served = Served::start(Workplace::new(), &[]);
    for name in ["baseUrl", "foundriesUrl", "nxpUrl"] {
        assert!(served.url(name).starts_with("http://127.0.0.1:"), "{}", served.line);
    }
    assert_eq!(served.line["caFile"], Value::Null);
    assert_eq!(served.line["pid"], served.child.id());
    let token_file = served.line["tokenFile"].as_str().expect("a path");
    let mode =
        |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(token_file.as_ref()), 0o600);
    assert_eq!(mode(std::path::Path::new(token_file).parent().expect("a folder")), 0o700);
    assert_eq!(served.token.len(), 64);
    let recipient = fs::read_to_string(served.line["recipientFile"].as_str().expect("a path"));
    let committed = fs::read_to_string(testdata("openpgp/recipient.pub.asc")).expect("committed");
    let report = served.work.el2g(&[
        "pgp",
        "recipient",
        served.line["recipientFile"].as_str().unwrap(),
        "-o",
        "json",
    ]);
    let key_id = &report.exits(0).json()["keyId"];
    assert!(recipient.expect("there when the line is").starts_with("-----BEGIN PGP PUBLIC KEY"));
    served.work.write("committed.asc", committed);
    let report = served.work.el2g(&["pgp", "recipient", "committed.asc", "-o", "json"]);
    assert_eq!(&report.exits(0).json()["keyId"], key_id);
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn wants_the_token_in_one_of_three_headers_on_both_fronts() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    for front in ["foundriesUrl", "nxpUrl"] {
        let url = format!("{}/products", served.url(front));
        let (status, body) = served.curl(&[&url]).expect("curl is there");
        assert_eq!(status, 401);
        let body: Value = serde_json::from_str(&body).expect("an error is JSON");
        assert_eq!(body["code"], "ERR_GW_401_1");
        let (status, _) = served.curl(&[&url, "-H", "OSF-TOKEN: wrong"]).expect("curl is there");
        assert_eq!(status, 401);
        for header in ["OSF-TOKEN: ", "EL2G-API-Key: ", "Authorization: Bearer "] {
            let header = format!("{header}{}", served.token);
            let (status, body) = served.curl(&[&url, "-H", &header]).expect("curl is there");
            assert_eq!(status, 200, "{header}");
            let products: Value = serde_json::from_str(&body).expect("JSON");
            assert_eq!(products[0]["nc12"], "935386987471");
        }
    }
    let any = format!("{}/ota/factories/any-name/el2g-proxy/products", served.url("baseUrl"));
    let header = format!("OSF-TOKEN: {}", served.token);
    assert_eq!(served.curl(&[&any, "-H", &header]).expect("curl is there").0, 200);
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn the_flow_of_section_4_1_runs_with_curl_alone() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let done = |status, method, path: &str, body: Value| {
        let body = Some(&body).filter(|body| !body.is_null());
        served.done(status, method, path, body).expect("curl is there")
    };
    let groups = format!("/products/{PRODUCT}/device-groups");
    let group = done(200, "POST", &groups, json!({"deviceGroupName": "TestGroup"}))["id"].clone();
    let devices = json!({"deviceIds": ["348555491056936142262187597632590342062080",
        "0x040050011ce89d305cf379041f1d12946680"]});
    let page = done(200, "POST", &format!("{groups}/{group}/devices"), devices);
    assert_eq!(page["totalElements"], 2);
    let key_pair = done(
        200,
        "POST",
        "/rtp/secure-objects",
        json!({"name": "MyNewKeyPair",
        "algorithm": "NIST_P384", "secureObjectType": "KEYPAIR", "objectId": "83000007",
        "generateOnDeviceConnection": false, "policySourceType": "DEFAULT", "policies": null}),
    );
    let ca = done(
        200,
        "POST",
        "/rtp/intermediate-cas",
        json!({"algorithm": "NIST_P256",
        "name": "TestCertificate", "requestType": "WITHOUT_CSR"}),
    );
    let certificate = done(
        200,
        "POST",
        "/rtp/secure-objects",
        json!({"name": "MyNewCertificate",
        "secureObjectType": "CERTIFICATE", "keyPairId": key_pair["id"], "intermediateCaId": ca["id"],
        "commonNamePrefix": "myCommonName", "objectId": "83000008", "allowSigning": true,
        "certificateValidity": {"validityType": "MONTH", "spanInMonths": 120},
        "generateOnDeviceConnection": false, "policySourceType": "DEFAULT"}),
    );
    for object in [&key_pair["id"], &certificate["id"]] {
        let path = format!("/rtp/secure-objects/{object}/assign-device-group");
        done(204, "POST", &path, json!({"deviceGroupId": group.to_string()}));
    }
    let online = served.work.el2g(&[
        "sandbox",
        "connect-device",
        "0x040050011ce89d305cf379041f1d12946680",
        "-o",
        "json",
        "--base-url",
        &served.url("baseUrl"),
        "--token-file",
        served.line["tokenFile"].as_str().expect("a path"),
    ]);
    let online = online.exits(0).json();
    assert_eq!(online["provisionings"][1]["provisioningState"], "PROVISIONING_COMPLETED");
    let id = &online["provisionings"][1]["provisioningId"];
    let leaf =
        done(200, "GET", &format!("/rtp/provisionings/{id}/download-certificate"), Value::Null);
    let issuer =
        done(200, "GET", &format!("/rtp/provisionings/{id}/download-intermediate-ca"), Value::Null);
    let root = served
        .curl(&[&format!("{}/_sandbox/root.pem", served.url("baseUrl"))])
        .expect("curl is there")
        .1;
    for (name, text) in [
        ("leaf.pem", leaf.as_str()),
        ("ca.pem", issuer.as_str()),
        ("root.pem", Some(root.as_str())),
    ] {
        served.work.write(name, text.expect("PEM text"));
    }
    let arguments = [
        "verify",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "ca.pem",
        "-purpose",
        "sslclient",
        "leaf.pem",
    ];
    if let Some(ran) = served.work.oracle(Command::new("openssl"), &arguments) {
        ran.exits(0);
    }
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn nothing_malformed_makes_it_fail() {
    let served = Served::start(Workplace::new(), &[]);
    if curl_is_missing(&served) {
        return;
    }
    let token = format!("OSF-TOKEN: {}", served.token);
    let base = served.url("nxpUrl");
    let large = "x".repeat(5 * 1024 * 1024);
    served.work.write("large", &large);
    let objects = format!("{base}/rtp/secure-objects");
    let groups = format!("{base}/products/{PRODUCT}/device-groups");
    let typed = "Content-Type: application/json";
    let cases: &[(u16, &[&str])] = &[
        (415, &[&objects, "-d", "{}"]),
        (415, &[&objects, "-d", "{}", "-H", "Content-Type: text/json"]),
        (400, &[&objects, "-d", "{", "-H", typed]),
        (400, &[&objects, "-d", "\u{1}", "-H", typed]),
        (400, &[&objects, "-d", "[]", "-H", typed]),
        (400, &[&objects, "-X", "POST", "-H", typed]),
        (400, &[&objects, "-d", r#"{"secureObjectType":"KEYPAIR"}"#, "-H", typed]),
        (413, &[&objects, "--data-binary", "@large", "-H", typed]),
        (405, &[&objects, "-X", "PATCH"]),
        (404, &[&format!("{base}/no/such/path")]),
        (404, &[&format!("{objects}/-1")]),
        (404, &[&format!("{objects}/99999999999999999999")]),
        (404, &[&format!("{objects}/%00")]),
        (400, &[&format!("{objects}/%ff")]),
        (400, &[&format!("{objects}?size=101")]),
        (400, &[&format!("{objects}?sortBy=id;drop")]),
        (404, &[&format!("{base}/products/1/device-groups")]),
        (400, &[&groups, "-d", r#"{"deviceGroupName":""}"#, "-H", typed]),
        (400, &[&groups, "-d", r#"{"deviceGroupName":"a\u0000b"}"#, "-H", typed]),
    ];
    for (status, arguments) in cases {
        let mut all = vec!["-H", token.as_str()];
        all.extend(*arguments);
        let (found, body) = served.curl(&all).expect("curl is there");
        assert_eq!(found, *status, "{arguments:?}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap_or_else(|e| panic!("{e} in {body}"));
        let code = body["code"].as_str().expect("every error has a code");
        assert!(code.contains(&format!("_{status}_")), "{code}");
        assert!(body["details"].is_string() && body["fieldErrors"].is_array(), "{body}");
    }
    assert_eq!(
        served.done(200, "GET", "/products", None).expect("curl").as_array().map(Vec::len),
        Some(14)
    );
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn state_in_a_file_survives_a_restart() {
    let work = Workplace::new();
    work.write_secret("token", "a-token-of-my-own\n");
    let arguments = ["--state", "state.sqlite", "--token-file", "token"];
    let served = Served::start(work, &arguments);
    if curl_is_missing(&served) {
        return;
    }
    assert_eq!(served.token, "a-token-of-my-own");
    let body = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let made = served.done(200, "POST", "/rtp/intermediate-cas", Some(&body)).expect("curl");
    let mode = fs::metadata(served.work.path("state.sqlite")).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let second = served.work.el2g(&["sandbox", "serve", "--state", "state.sqlite"]).exits(3);
    assert!(second.stderr.contains("in use by another sandbox"), "{}", second.stderr);
    let mut served = served;
    served.child.kill().expect("it runs");
    served.child.wait().expect("it was killed");
    let work = std::mem::replace(&mut served.work, Workplace::new());
    drop(served);
    let served = Served::start(work, &arguments);
    let path = format!("/rtp/intermediate-cas/{}", made["id"]);
    assert_eq!(served.done(200, "GET", &path, None).expect("curl"), made);
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn a_fault_script_is_played_call_by_call() {
    let work = Workplace::new();
    work.write(
        "faults.toml",
        "[[fault]]\noperation = 'ListProducts'\nnth = 1\nanswer = 503\nretry-after = 1\nhtml = true\n\
         [[fault]]\noperation = '4.3.1'\nnth = 2\ndrop = 'before'\n\
         [[fault]]\noperation = '4.3.1'\nnth = 3\ncut-body = true\n",
    );
    let served = Served::start(work, &["--faults", "faults.toml"]);
    if curl_is_missing(&served) {
        return;
    }
    let url = format!("{}/products", served.url("nxpUrl"));
    let header = format!("OSF-TOKEN: {}", served.token);
    let (status, body) = served.curl(&["-i", "-H", &header, &url]).expect("curl is there");
    assert_eq!(status, 503);
    assert!(body.contains("retry-after: 1") && body.contains("<html>"), "{body}");
    let code = || {
        let arguments = ["--silent", "-H", &header, &url];
        served.work.oracle(Command::new("curl"), &arguments).expect("curl is there").code
    };
    assert_eq!(code(), 52, "empty reply");
    assert_eq!(code(), 18, "partial file");
    assert_eq!(code(), 0);
    served.work.write("wrong.toml", "[[fault]]\nnth = 1");
    let refused = served.work.el2g(&["sandbox", "serve", "--faults", "wrong.toml"]).exits(3);
    assert!(refused.stderr.contains("exactly one is needed"), "{}", refused.stderr);
}

#[test]
fn refuses_what_it_cannot_serve_on() {
    let work = Workplace::new();
    work.el2g(&["sandbox", "serve", "--listen", "nowhere"]).exits(2);
    work.write("token", "readable");
    work.el2g(&["sandbox", "serve", "--token-file", "token"]).exits(3);
    work.write("state", "");
    let refused = work.el2g(&["sandbox", "serve", "--state", "state"]).exits(3);
    assert!(refused.stderr.contains("0600"), "{}", refused.stderr);
    assert_eq!(work.names(), ["state", "token"], "nothing is left behind");
    mknodat(CWD, work.path("pipe"), FileType::Fifo, Mode::RWXU, 0).expect("a pipe");
    fs::create_dir(work.path("folder")).expect("a folder");
    symlink("nothing", work.path("dangling")).expect("a link");
    for state in ["pipe", "/dev/null", "folder", "dangling"] {
        let refused = work.el2g(&["sandbox", "serve", "--state", state]).exits(3);
        assert!(refused.stderr.contains(&format!("error: {state}: ")), "{}", refused.stderr);
    }
}
