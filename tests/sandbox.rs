//! `el2g sandbox`: the program serves, curl asks, nothing of ours in between.

mod kills;
mod many_devices;
mod races;
mod rules;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::{Value, json};

use crate::served::Served;
use crate::workplace::{Workplace, program, testdata};

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
        Some(9)
    );
}

#[test]
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
}

/// A request whose head is sent and whose body never comes: the head of the answer.
fn answer_without_body(served: &Served, head: &str) -> String {
    let address = served.url("baseUrl").replace("http://", "");
    let mut stream = std::net::TcpStream::connect(address).expect("it listens");
    let limit = Some(std::time::Duration::from_secs(10));
    stream.set_read_timeout(limit).expect("a time limit");
    stream.write_all(head.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).expect("an answer before the body") {
            0 => break,
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&answer).to_ascii_lowercase()
}

#[test]
fn no_byte_of_a_body_is_read_from_who_has_no_token() {
    let served = Served::start(Workplace::new(), &[]);
    let front = "/api/v1/rtp/secure-objects";
    let control = "/_sandbox/control/devices/7/connect";
    for path in [front, control, "/api/v1/no-such-thing", "/nothing"] {
        for (token, length) in
            [("", "content-length: 4000000"), ("x", "transfer-encoding: chunked")]
        {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: localhost\r\nEL2G-API-Key: {token}\r\n{length}\r\n\r\n"
            );
            let answer = answer_without_body(&served, &head);
            assert!(answer.starts_with("http/1.1 401 "), "{path}: {answer}");
            assert!(answer.contains("connection: close"), "{path}: {answer}");
        }
    }
    // With the token, what is too long is refused by its length alone.
    let token = &served.token;
    let head = format!(
        "POST {front} HTTP/1.1\r\nhost: localhost\r\nEL2G-API-Key: {token}\r\ncontent-length: 40000000\r\n\r\n"
    );
    assert!(answer_without_body(&served, &head).starts_with("http/1.1 413 "));
    // What needs no token needs no body either.
    let head = "GET /openapi.json HTTP/1.1\r\nhost: localhost\r\ncontent-length: 400\r\n\r\n";
    let answer = answer_without_body(&served, head);
    assert!(
        answer.starts_with("http/1.1 200 ") && answer.contains("connection: close"),
        "{answer}"
    );
}

#[test]
fn the_front_page_is_found_without_its_last_slash() {
    let served = Served::start(Workplace::new(), &[]);
    let url = format!("{}/_sandbox", served.url("baseUrl"));
    let Some((status, _)) = served.curl(&[&url]) else { return };
    assert_eq!(status, 308);
    let (status, body) = served.curl(&["--location", &url]).expect("curl is there");
    assert_eq!(status, 200);
    assert!(body.contains("<h1>el2g sandbox</h1>"), "{body}");
}

/// What a running sandbox says on stderr, from its start to its end.
fn said_while(work: &Workplace, arguments: &[&str], act: impl FnOnce(&Value)) -> String {
    let log = std::fs::File::create(work.path("log")).expect("the test's own folder");
    let mut child = Command::new(program())
        .args(["sandbox", "serve"])
        .args(arguments)
        .env_clear()
        .env("HOME", work.path(""))
        .env("TMPDIR", work.temporary())
        .current_dir(work.path(""))
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::piped())
        .stderr(log)
        .spawn()
        .expect("it was built");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::new(stdout).read_line(&mut line).expect("text");
    act(&serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")));
    crate::served::terminate(&mut child);
    String::from_utf8(work.read("log")).expect("text")
}

#[test]
fn requests_are_logged_with_v_and_nothing_secret_is() {
    let work = Workplace::new();
    crate::served::keep_recipient(&work);
    let mut secret = String::new();
    let said = said_while(&work, &["-v"], |line| {
        let token_file = line["tokenFile"].as_str().expect("a path").to_owned();
        secret = std::fs::read_to_string(&token_file).expect("a token").trim().to_owned();
        let to = ["--base-url", line["baseUrl"].as_str().unwrap(), "--token-file", &token_file];
        work.el2g(&[&["product", "list", "--product", "935389312472"], &to[..]].concat()).exits(0);
        work.el2g(&[&["api", "GET", "/x%1b[31m%0a?token=hidden"], &to[..]].concat()).exits(4);
    });
    let lines: Vec<&str> = said.lines().collect();
    assert!(
        lines[0].starts_with("GET /api/v1/products 200, ") && lines[0].ends_with(" ms"),
        "{said}"
    );
    assert!(lines[1].starts_with("GET /api/v1/x%1b[31m%0a 404, "), "{said}");
    assert!(!said.contains(&secret) && !said.contains("hidden"), "{said}");
}

/// The lines to paste are run as they stand, by a shell, with nothing else set.
#[test]
fn a_saved_profile_keeps_its_address_and_token_and_its_lines_work() {
    let work = Workplace::new();
    crate::served::keep_recipient(&work);
    work.write_secret(
        "config.toml",
        "default-profile = \"real\"\n\n# NXP\n[profiles.real]\nservice = \"nxp\"\n",
    );
    let serve = ["--save-profile", "rehearsal", "--config", "config.toml"];
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let mut before = Value::Null;
    for round in 0..2 {
        let said = said_while(&work, &serve, |line| {
            if round == 1 {
                assert_eq!(
                    (&line["baseUrl"], &line["tokenFile"]),
                    (&before["baseUrl"], &before["tokenFile"])
                );
            }
            before = line.clone();
            let token = std::path::Path::new(line["tokenFile"].as_str().unwrap());
            let mode = std::fs::metadata(token).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600);
            // What is said stands on stderr a moment after the line.
            let said = (0..100).find_map(|_| {
                std::thread::sleep(std::time::Duration::from_millis(50));
                let said = String::from_utf8(work.read("log")).unwrap();
                (said.matches("\n  el2g ").count() == 3).then_some(said)
            });
            let said = said.expect("three lines to paste");
            for command in said.lines().filter_map(|line| line.strip_prefix("  el2g ")) {
                let mut shell = Command::new("sh");
                shell.env_clear().env("PATH", &path);
                let ran = work.oracle(shell, &["-c", &format!("el2g {command}")]).expect("a shell");
                assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
            }
        });
        assert!(said.contains(&format!("  {}/_sandbox/\n", before["baseUrl"].as_str().unwrap())));
    }
    let config = String::from_utf8(work.read("config.toml")).unwrap();
    let kept = "default-profile = \"real\"\n\n# NXP\n[profiles.real]\nservice = \"nxp\"\n\n[profiles.rehearsal]\n";
    assert!(config.starts_with(kept), "{config}");
    assert_eq!(config.matches("[profiles.").count(), 2, "{config}");
    // A profile of another service is not taken.
    let line = ["sandbox", "serve", "--save-profile", "real", "--config", "config.toml"];
    let ran = work.el2g(&line).exits(3);
    assert!(ran.stderr.contains("profile `real` is not a sandbox's"), "{}", ran.stderr);
    assert_eq!(String::from_utf8(work.read("config.toml")).unwrap(), config);
}
