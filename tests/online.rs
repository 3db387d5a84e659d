//! The commands that call the service, against the built-in one; and services that are down, refuse the
//! token or misbehave.

use std::process::Command;

use serde_json::Value;

use crate::served::Served;
use crate::workplace::Workplace;

const PRODUCT: &str = "935389312472";
const DEVICE: &str = "0x040050011ce89d305cf379041f1d12946680";
const DEVICE_DECIMAL: &str = "348555487745337688610641917338571817379456";

/// Runs a command line, split at blanks, and returns its JSON.
fn json(service: &Served, work: &Workplace, line: &str) -> Value {
    let words: Vec<&str> = line.split(' ').chain(["-o", "json"]).collect();
    service.el2g(work, &words).exits(0).json()
}

/// Runs a command line and returns what it said on stderr.
fn fails(service: &Served, work: &Workplace, line: &str, code: i32) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let ran = service.el2g(work, &words).exits(code);
    assert_eq!(ran.stdout, "", "{line}");
    ran.stderr
}

fn id(value: &Value) -> u64 {
    value["id"].as_u64().unwrap_or_else(|| panic!("no id in {value}"))
}

/// A group on a running service.
fn ready() -> (Served, Workplace, u64) {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let group = id(&json(
        &service,
        &work,
        &format!("device-group create --name meters --product {PRODUCT}"),
    ));
    (service, work, group)
}

#[test]
fn groups_are_created_listed_renamed_and_deleted() {
    let (service, work, group) = ready();
    let listed =
        json(&service, &work, &format!("device-group list --product {PRODUCT} --name mete"));
    assert_eq!(listed[0]["deviceGroupName"], "meters");
    json(
        &service,
        &work,
        &format!("device-group rename {group} --product {PRODUCT} --name sensors"),
    );
    let shown = json(&service, &work, &format!("device-group show {group} --product {PRODUCT}"));
    assert_eq!(shown["deviceGroupName"], "sensors");
    let deleted =
        json(&service, &work, &format!("device-group delete {group} --product {PRODUCT} --yes"));
    assert_eq!(
        deleted,
        serde_json::json!({"schema": "el2g/done/1", "result": "deleted", "deviceGroupId": group})
    );
    let gone = fails(&service, &work, &format!("device-group show {group} --product {PRODUCT}"), 4);
    assert!(gone.contains("answered 404 (no such resource)"), "{gone}");
}

#[test]
fn devices_are_added_in_both_notations_and_once_only() {
    let (service, work, group) = ready();
    let place = format!("--group {group} --product {PRODUCT}");
    let added = json(&service, &work, &format!("device add {DEVICE} {DEVICE_DECIMAL} {place}"));
    assert_eq!((&added["added"], &added["refused"]), (&1.into(), &serde_json::json!([])));
    let again = json(&service, &work, &format!("device add {DEVICE} {place}"));
    assert_eq!(again["added"], 1);
    let listed = json(&service, &work, &format!("device list {place}"));
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert_eq!(listed[0]["device"]["id"], DEVICE_DECIMAL);
    let unclaimed = json(&service, &work, &format!("device unclaim {DEVICE} {place} --yes"));
    assert_eq!(unclaimed["successfulDeviceIds"], serde_json::json!([DEVICE_DECIMAL]));
    assert_eq!(json(&service, &work, "device list"), serde_json::json!([]));
}

#[test]
fn many_devices_go_in_chunks_and_the_refused_ones_are_named() {
    let (service, work, group) = ready();
    let other = id(&json(
        &service,
        &work,
        &format!("device-group create --name other --product {PRODUCT}"),
    ));
    json(&service, &work, &format!("device add {DEVICE} --group {other} --product {PRODUCT}"));
    let mut list = String::from("# a list\n\n");
    for number in 0..230_u32 {
        list.push_str(&format!("0x04005001{number:028x} # {number}\n"));
    }
    work.write("devices.txt", format!("{list}{DEVICE}\n"));
    let add = format!(
        "device add --from devices.txt --jobs 3 --chunk 50 --group {group} --product {PRODUCT}"
    );
    let words: Vec<&str> = add.split(' ').chain(["-o", "json"]).collect();
    let ran = service.el2g(&work, &words).exits(4);
    let summary = ran.json();
    assert_eq!((&summary["added"], &summary["notSent"]), (&230.into(), &0.into()));
    assert_eq!(summary["refused"].as_array().map(Vec::len), Some(1));
    assert_eq!(summary["refused"][0]["deviceId"], DEVICE_DECIMAL);
    assert!(
        summary["refused"][0]["reason"]
            .as_str()
            .is_some_and(|reason| reason == format!("it is in another device group, {other}"))
    );
    let listed = json(
        &service,
        &work,
        &format!("device list --group {group} --product {PRODUCT} --size 70"),
    );
    assert_eq!(listed.as_array().map(Vec::len), Some(230));

    work.write("devices.txt", "0x04005001\nxyz\n\n12 34\n");
    let refused = fails(&service, &work, &add, 3);
    assert!(refused.contains("line 2: ") && refused.contains("line 4: "), "{refused}");
}

#[test]
fn lists_have_the_same_names_whichever_operation_answers() {
    let (service, work, group) = ready();
    let create =
        "secure-object create key-pair --name tls --object-id 83000001 --algorithm nist-p256";
    let object = id(&json(&service, &work, create));
    json(&service, &work, &format!("secure-object assign {object} --group {group}"));
    assert_eq!(id(&json(&service, &work, &format!("secure-object show {object}"))), object);
    let groups = json(&service, &work, &format!("secure-object assigned-groups {object}"));
    assert_eq!(
        (&groups[0]["deviceGroupId"], &groups[0]["deviceId"]),
        (&group.into(), &Value::Null)
    );
    let objects = json(&service, &work, &format!("device-group assigned-objects {group}"));
    assert_eq!(objects[0]["objectId"], "83000001");
    let refused = fails(&service, &work, &format!("secure-object delete {object} --yes"), 4);
    assert!(refused.contains("answered 409"), "{refused}");
    json(&service, &work, &format!("secure-object unassign {object} --group {group} --yes"));
    json(&service, &work, &format!("secure-object delete {object} --yes"));
    assert_eq!(json(&service, &work, "secure-object list"), serde_json::json!([]));
}

#[test]
#[cfg_attr(not(oracle = "openssl"), ignore = "needs openssl")]
fn public_keys_and_clear_files_become_objects() {
    let (service, work, _) = ready();
    work.write("config.bin", [0_u8, 1, 2, 255]);
    let file =
        "secure-object create binary-file --name config --object-id 83000005 --file config.bin";
    assert_eq!(json(&service, &work, file)["binaryFileType"], "NON_CONFIDENTIAL");
    let make = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem"];
    let public = ["pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"];
    let Some(made) = work.oracle(Command::new("openssl"), &make) else { return };
    made.exits(0);
    if let Some(made) = work.oracle(Command::new("openssl"), &public) {
        made.exits(0);
    }
    let key = "secure-object create public-key --name updater --object-id 83000007 --algorithm NIST_P256 --file";
    assert_eq!(json(&service, &work, &format!("{key} public.pem"))["algorithm"], "NIST_P256");
    let refused = fails(&service, &work, &format!("{key} config.bin"), 3);
    assert!(refused.contains("config.bin"), "{refused}");
}

#[test]
fn claim_codes_live_and_their_secrets_stay_in_files() {
    let (service, work, group) = ready();
    let place = format!("--group {group} --product {PRODUCT}");
    work.el2g(&["claim-code", "generate", "--out", "claim.secret"]).exits(0);
    let secret = String::from_utf8(work.read("claim.secret")).expect("base64");
    let create = format!("claim-code create --name pilot {place} --secret-file claim.secret");
    let dry: Vec<&str> = create.split(' ').chain(["--dry-run", "-vv"]).collect();
    let ran = service.el2g(&work, &dry).exits(0);
    assert!(ran.stdout.contains("--data-binary '@el2g-claim-code-request.json'"), "{}", ran.stdout);
    assert!(!ran.stdout.contains(&secret) && !ran.stderr.contains(&secret));
    let body = String::from_utf8(work.read("el2g-claim-code-request.json")).expect("JSON");
    assert!(body.contains(&secret));

    let connect =
        format!("sandbox connect-device {DEVICE} --claim-code-file claim.secret --dry-run --force");
    let words: Vec<&str> = connect.split(' ').collect();
    let ran = service.el2g(&work, &words).exits(0);
    assert!(
        !ran.stdout.contains(secret.trim()) && !ran.stderr.contains(secret.trim()),
        "{}",
        ran.stdout
    );

    let code = id(&json(&service, &work, &create));
    let fetch = format!("claim-code secret {code} {place} --out fetched.secret");
    json(&service, &work, &fetch);
    assert_eq!(work.read("fetched.secret"), secret.as_bytes());
    let kept = fails(&service, &work, &fetch, 3);
    assert!(kept.contains("fetched.secret"), "{kept}");

    json(
        &service,
        &work,
        &format!("claim-code update {code} --name pilot --device-limit 2 {place}"),
    );
    let shown = json(&service, &work, &format!("claim-code show {code} {place}"));
    assert_eq!((&shown["policy"], &shown["deviceLimit"]), (&"RESTRICTED".into(), &2.into()));
    json(&service, &work, &format!("claim-code revoke {code} {place} --yes"));
    assert_eq!(
        json(&service, &work, &format!("claim-code list --status revoked {place}"))[0]["id"],
        code
    );
    let deleted = json(&service, &work, "claim-code delete-matching --revoked --yes");
    assert_eq!(deleted, serde_json::json!({"schema": "el2g/deleted-count/1", "deletedCount": 1}));
    fails(&service, &work, "claim-code delete-matching", 2);
}

#[test]
fn a_wrong_token_is_exit_4_and_none_is_exit_2() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    work.write_secret("wrong", "not-the-token\n");
    let list = ["product", "list", "--base-url", service.ready("baseUrl")];
    let refused = work.el2g(&[&list[..], &["--token-file", "wrong"]].concat()).exits(4);
    assert!(refused.stderr.contains("answered 401"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("not-the-token"));
    let json = [&list[..], &["--token-file", "wrong", "-o", "json"]].concat();
    let last = work.el2g(&json).exits(4).stderr;
    let error: Value = serde_json::from_str(last.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!(
        (&error["error"]["kind"], &error["error"]["status"]),
        (&"refused".into(), &401.into())
    );
    assert!(error["error"]["correlationId"].is_string(), "{error}");
    work.el2g(&list).exits(2);
}

#[test]
fn a_service_that_is_down_is_exit_5() {
    let work = Workplace::new();
    work.write_secret("token", "t\n");
    let list = ["product", "list", "--base-url", "http://127.0.0.1:1", "--token-file", "token"];
    let down = work.el2g(&list).exits(5);
    assert!(down.stderr.contains("cannot connect to http://127.0.0.1:1"), "{}", down.stderr);
    assert_eq!(down.stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1);
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn a_dry_run_prints_curl_that_works_and_sends_nothing() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let create = [
        "device-group",
        "create",
        "--name",
        "it's \"quoted\" $HOME",
        "--product",
        PRODUCT,
        "--dry-run",
    ];
    let curl = service.el2g(&work, &create).exits(0).stdout;
    let list = format!("device-group list --product {PRODUCT}");
    assert_eq!(json(&service, &work, &list), serde_json::json!([]));
    let token = std::fs::read_to_string(service.ready("tokenFile")).expect("the token");
    assert!(!curl.contains(token.trim()), "{curl}");
    let mut shell = Command::new("sh");
    shell.env_remove("EL2G_TOKEN").env("no_proxy", "127.0.0.1");
    if crate::oracles::oracle("curl").is_none() {
        return;
    }
    let ran = work.oracle(shell, &["-c", &format!("{} -sS", curl.trim())]).expect("a shell");
    let made: Value = ran.exits(0).json();
    assert_eq!(made["deviceGroupName"], "it's \"quoted\" $HOME");
}

#[test]
fn the_token_is_in_no_output_however_verbose() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let token = std::fs::read_to_string(service.ready("tokenFile")).expect("the token");
    for line in ["product list -vv", "secure-object show 99 -vv", "product list --dry-run -vv"] {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = service.el2g(&work, &words);
        assert!(!ran.stdout.contains(token.trim()) && !ran.stderr.contains(token.trim()), "{line}");
    }
}

#[test]
fn free_calls_reach_anything_below_the_base() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let products =
        service.el2g(&work, &["api", "get", "/products?nc12=935389312472"]).exits(0).json();
    assert_eq!(products[0]["nc12"], PRODUCT);
    let path = format!("/products/{PRODUCT}/device-groups");
    work.write("body.json", r#"{"deviceGroupName":"by hand"}"#);
    let made = service.el2g(&work, &["api", "POST", &path, "--body", "body.json"]).exits(0).json();
    assert_eq!(made["deviceGroupName"], "by hand");
    let dry = ["api", "POST", &path, "--body", "body.json", "--dry-run"];
    let curl = service.el2g(&work, &dry).exits(0).stdout;
    assert!(curl.trim_end().ends_with("--data-binary '@body.json'"), "{curl}");
    service.el2g(&work, &["api", "GET", "/../../_sandbox/"]).exits(2);
    service.el2g(&work, &["api", "GET", "/no-such-thing"]).exits(4);
    work.write("body.json", "{");
    service.el2g(&work, &["api", "POST", &path, "--body", "body.json"]).exits(3);
}

#[test]
fn settings_and_reports_are_shown() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    assert_eq!(json(&service, &work, "hardware-type list")[0]["name"], "SE050");
    assert_eq!(json(&service, &work, "dev-board list")[0]["name"], "SE050ARD");
    assert_eq!(
        json(&service, &work, "object-id rules")["suggestedObjectIdRanges"][0]["minValue"],
        "83000000"
    );
    let template =
        format!("policy template --product {PRODUCT} --type key-pair --algorithm NIST_P256");
    let template = json(&service, &work, &template);
    assert_eq!(template["secureObjectPolicyTemplate"]["enabled"], true);
    assert!(
        json(&service, &work, "intermediate-ca algorithms")
            .as_array()
            .is_some_and(|pairs| pairs.len() > 8)
    );
    let report = service
        .el2g(&work, &["activity", "report", "--from", "2026-01", "--to", "2026-03"])
        .exits(0);
    assert!(
        report.stdout.starts_with("Company Name,Company ID,Event Type,Jan-26,Feb-26,Mar-26\n"),
        "{}",
        report.stdout
    );
    service.el2g(&work, &["activity", "report", "--from", "2026-03", "--to", "2026-01"]).exits(2);
}

#[test]
fn every_operation_has_its_command() {
    let work = Workplace::new();
    for endpoint in el2g_service_api::CATALOGUE.iter().chain(el2g_service_api::NEWER) {
        let words: Vec<&str> = endpoint.command.iter().copied().chain(["--help"]).collect();
        let help = work.el2g(&words).exits(0).stdout;
        let usage = format!("Usage: el2g {}", endpoint.command.join(" "));
        assert!(help.contains(&usage), "{}: {help}", endpoint.name);
    }
}
