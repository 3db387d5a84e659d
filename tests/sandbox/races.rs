//! Many clients at one object: one of them wins, the others are told so, and what is left adds up.

use std::collections::BTreeMap;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::sandbox::{PRODUCT, curl_is_missing};
use crate::served::Served;
use crate::workplace::{Workplace, root};

/// How often each race is run: who is first differs. `EL2G_ROUNDS` names more, at most 90.
const ROUNDS: u8 = 4;

fn rounds() -> u8 {
    let rounds = std::env::var("EL2G_ROUNDS").ok().and_then(|text| text.parse().ok());
    rounds.unwrap_or(ROUNDS).min(90)
}

/// A request: method, path below the front and a body, `null` for none.
type Request = (&'static str, String, Value);

/// Sends all requests at the same time, each on a connection of its own: their statuses and answers, in order.
fn at_once(served: &Served, requests: &[Request]) -> Vec<(u16, Value)> {
    let mut config = String::new();
    for (index, (method, path, body)) in requests.iter().enumerate() {
        let front = if path.starts_with("/_sandbox/") { "baseUrl" } else { "nxpUrl" };
        let mut line = |name: &str, value: String| {
            config.push_str(&format!("{name} = {}\n", Value::String(value)));
        };
        line("url", format!("{}{path}", served.url(front)));
        line("request", (*method).to_owned());
        line("header", format!("EL2G-API-Key: {}", served.token));
        if !body.is_null() {
            line("header", "Content-Type: application/json".to_owned());
            line("data", body.to_string());
        }
        line("output", format!("answer-{index}"));
        line("write-out", format!("{index} %{{http_code}}\n"));
        config.push_str("silent\nnext\n");
        served.work.write(&format!("answer-{index}"), "");
    }
    served.work.write("race", config.trim_end_matches("next\n"));
    let arguments =
        ["--parallel", "--parallel-immediate", "--parallel-max", "64", "--config", "race"];
    let ran = served.work.oracle(Command::new("curl"), &arguments).expect("curl is there").exits(0);
    let statuses: BTreeMap<usize, u16> = ran
        .stdout
        .lines()
        .map(|line| {
            let (index, status) = line.split_once(' ').expect("two numbers");
            (index.parse().expect("ours"), status.parse().expect("a status"))
        })
        .collect();
    assert_eq!(statuses.len(), requests.len(), "{}", ran.stdout);
    statuses
        .into_iter()
        .map(|(index, status)| {
            let text =
                String::from_utf8(served.work.read(&format!("answer-{index}"))).expect("text");
            assert!(status < 500 && status != 0, "{:?}: {status} {text}", requests[index]);
            (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
        })
        .collect()
}

/// How many answers have each status.
fn statuses(answers: &[(u16, Value)]) -> BTreeMap<u16, usize> {
    let mut amounts = BTreeMap::new();
    for (status, _) in answers {
        *amounts.entry(*status).or_insert(0) += 1;
    }
    amounts
}

fn groups() -> String {
    format!("/products/{PRODUCT}/device-groups")
}

/// A thing made before the race; its id.
#[track_caller]
fn made(served: &Served, path: &str, body: &Value) -> Value {
    served.done(200, "POST", path, Some(body)).expect("curl is there")["id"].clone()
}

fn group(served: &Served) -> Value {
    made(served, &groups(), &json!({"deviceGroupName": "race"}))
}

fn key_pair(served: &Served, object_id: &str) -> Value {
    let body = json!({"name": "k", "secureObjectType": "KEYPAIR", "algorithm": "NIST_P256", "objectId": object_id});
    made(served, "/rtp/secure-objects", &body)
}

fn code(secret: u8, limit: u64) -> Value {
    json!({"name": "c", "policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": limit, "reusable": true,
        "secret": BASE64.encode([secret; 16])})
}

fn times(amount: usize, method: &'static str, path: &str, body: &Value) -> Vec<Request> {
    (0..amount).map(|_| (method, path.to_owned(), body.clone())).collect()
}

/// The same thing made or done by all: the races and the statuses that they end with.
fn one_of_many(served: &Served, round: u8) {
    let group = group(served);
    let path = format!("{}/{group}", groups());
    let object = key_pair(served, "83000001");
    let assign = json!({"deviceGroupId": group});
    let assigned = format!("/rtp/secure-objects/{object}/assign-device-group");
    let mut requests = times(8, "POST", &assigned, &assign);
    requests.extend(times(4, "GET", "/rtp/secure-objects?sortBy=name", &Value::Null));
    assert_eq!(
        statuses(&at_once(served, &requests)),
        BTreeMap::from([(200, 4), (204, 1), (409, 7)])
    );
    let mut requests: Vec<Request> = (0..12)
        .map(|_| key_pair(served, "83000002"))
        .map(|id| ("POST", format!("/rtp/secure-objects/{id}/assign-device-group"), assign.clone()))
        .collect();
    requests.extend(times(
        4,
        "GET",
        &format!("/rtp/device-groups/{group}/assigned-secure-objects"),
        &Value::Null,
    ));
    assert_eq!(
        statuses(&at_once(served, &requests)),
        BTreeMap::from([(200, 4), (204, 1), (409, 11)])
    );
    let codes = format!("{path}/claim-codes");
    let answers = at_once(served, &times(8, "POST", &codes, &code(round, 3)));
    assert_eq!(statuses(&answers), BTreeMap::from([(200, 1), (409, 7)]), "one secret");
    let claim = json!({"claimCode": BASE64.encode([round; 16])});
    let mut requests: Vec<Request> = (1..=12)
        .map(|device| format!("/_sandbox/control/devices/{round}{device:02}/connect"))
        .map(|path| ("POST", path, claim.clone()))
        .collect();
    requests.extend(times(4, "GET", &format!("{codes}?usageStatus=REACHED"), &Value::Null));
    assert_eq!(statuses(&at_once(served, &requests)), BTreeMap::from([(200, 7), (422, 9)]));
    let answer = served.done(200, "GET", &codes, None).expect("curl");
    assert_eq!(answer["content"][0]["deviceCount"], 3);
    assert_eq!(served.done(200, "GET", &path, None).expect("curl")["deviceCount"], 3);
    let body = json!({"deviceIds": [format!("{round}00")]});
    let mut requests = times(6, "POST", &format!("{path}/devices"), &body);
    requests.extend(times(
        6,
        "POST",
        &format!("{}/{}/devices", groups(), self::group(served)),
        &body,
    ));
    assert_eq!(
        statuses(&at_once(served, &requests)),
        BTreeMap::from([(200, 6), (422, 6)]),
        "one group"
    );
}

/// Something goes while it is used: either it is gone and cannot be used, or it is used and stays.
fn gone_or_used(served: &Served) {
    let either = |used: Request, gone: Request, answers: [[u16; 2]; 2]| {
        let readers = times(4, "GET", "/rtp/secure-objects", &Value::Null);
        let requests: Vec<Request> = [used, gone].into_iter().chain(readers).collect();
        let found = at_once(served, &requests);
        let both = [found[0].0, found[1].0];
        assert!(answers.contains(&both), "{requests:?}: {both:?}");
    };
    let (object, home) = (key_pair(served, "83000003"), group(served));
    let path = format!("/rtp/secure-objects/{object}");
    let assign = ("POST", format!("{path}/assign-device-group"), json!({"deviceGroupId": home}));
    either(assign, ("DELETE", path, Value::Null), [[204, 409], [404, 204]]);

    let path = format!("{}/{}", groups(), group(served));
    let add = ("POST", format!("{path}/devices"), json!({"deviceIds": ["90000000000"]}));
    either(add, ("DELETE", path.clone(), Value::Null), [[200, 409], [404, 204]]);
    // Out again, for the next round, where the group is still there.
    served.ask("POST", &format!("{path}/unclaim"), None);

    let authority = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let ca = made(served, "/rtp/intermediate-cas", &authority);
    let order = json!({"name": "c", "secureObjectType": "CERTIFICATE", "objectId": "83000004",
        "keyPairId": key_pair(served, "83000005"), "intermediateCaId": ca, "commonNamePrefix": "p",
        "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12}});
    let order = ("POST", "/rtp/secure-objects".to_owned(), order);
    let delete = ("DELETE", format!("/rtp/intermediate-cas/{ca}"), Value::Null);
    either(order, delete, [[200, 409], [404, 204]]);
}

/// Changes of one thing, and its end: changed until it is gone, and gone once.
fn changed_and_ended(served: &Served, round: u8) {
    let path = format!("{}/{}", groups(), group(served));
    let mut requests = times(6, "PUT", &path, &json!({"deviceGroupName": "renamed"}));
    requests.extend(times(4, "DELETE", &path, &Value::Null));
    requests.extend(times(4, "GET", &path, &Value::Null));
    let found = at_once(served, &requests);
    assert_eq!(statuses(&found[6..10]), BTreeMap::from([(204, 1), (404, 3)]), "deleted once");
    assert!(found[..6].iter().all(|(status, _)| [204, 404].contains(status)), "{found:?}");
    assert!(found[10..].iter().all(|(status, _)| [200, 404].contains(status)), "{found:?}");
    served.done(404, "GET", &path, None).expect("curl");

    let codes = format!("{}/{}/claim-codes", groups(), group(served));
    let mut terms = code(100 + round, 3);
    let path = format!("{codes}/{}", made(served, &codes, &terms));
    terms.as_object_mut().expect("an object").remove("secret");
    let mut requests = times(6, "PUT", &path, &terms);
    requests.extend(times(3, "POST", &format!("{path}/revoke"), &Value::Null));
    let found = at_once(served, &requests);
    assert_eq!(statuses(&found[6..]), BTreeMap::from([(204, 3)]));
    assert!(found[..6].iter().all(|(status, _)| [204, 409].contains(status)), "{found:?}");
    let kept = served.done(200, "GET", &path, None).expect("curl");
    // Its first version is 0: one more for each change that was answered, and one for the end.
    assert_eq!(
        kept["metadata"]["version"],
        1 + found[..6].iter().filter(|(s, _)| *s == 204).count()
    );
    assert_eq!(kept["status"], "REVOKED");
}

/// One device that comes online over several connections at once: it gets its key and certificate once.
fn provisioned_once(served: &Served) {
    let group = group(served);
    let authority = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let key_pair = key_pair(served, "83000001");
    let order = json!({"name": "c", "secureObjectType": "CERTIFICATE", "objectId": "83000002",
        "keyPairId": key_pair, "intermediateCaId": made(served, "/rtp/intermediate-cas", &authority),
        "commonNamePrefix": "p", "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12}});
    for object in [key_pair, made(served, "/rtp/secure-objects", &order)] {
        let path = format!("/rtp/secure-objects/{object}/assign-device-group");
        served.done(204, "POST", &path, Some(&json!({"deviceGroupId": group}))).expect("curl");
    }
    let device = json!({"deviceIds": [format!("70000{group}")]});
    served
        .done(200, "POST", &format!("{}/{group}/devices", groups()), Some(&device))
        .expect("curl");
    let connect = format!("/_sandbox/control/devices/70000{group}/connect");
    let found = at_once(served, &times(8, "POST", &connect, &json!({})));
    assert_eq!(statuses(&found), BTreeMap::from([(200, 8)]));
    for place in [0, 1] {
        let states = |(_, answer): &(u16, Value)| answer["provisionings"][place]["states"].clone();
        let first =
            found.iter().filter(|answer| states(answer).as_array().map(Vec::len) > Some(1)).count();
        assert_eq!(first, 1, "{found:?}");
    }
    let job = &found[0].1["provisionings"][1]["provisioningId"];
    let path = format!("/rtp/provisionings/{job}/download-certificate");
    let certificates = at_once(served, &times(4, "GET", &path, &Value::Null));
    assert!(certificates.iter().all(|answer| *answer == certificates[0]), "{certificates:?}");
}

/// A certificate comes to a device while its connection makes an RSA key: now or at the next one it is there.
fn assigned_while_connected(served: &Served) {
    let group = group(served);
    let device = format!("71000{group}");
    let added = json!({"deviceIds": [device]});
    served.done(200, "POST", &format!("{}/{group}/devices", groups()), Some(&added)).expect("curl");
    let rsa = json!({"name": "k", "secureObjectType": "KEYPAIR", "algorithm": "RSA_3072", "objectId": "83000001"});
    let rsa = made(served, "/rtp/secure-objects", &rsa);
    let assign = json!({"deviceGroupId": group});
    let path = format!("/rtp/secure-objects/{rsa}/assign-device-group");
    served.done(204, "POST", &path, Some(&assign)).expect("curl");
    let authority = json!({"algorithm": "NIST_P256", "name": "ca", "requestType": "WITHOUT_CSR"});
    let ca = made(served, "/rtp/intermediate-cas", &authority);
    let connect = format!("/_sandbox/control/devices/{device}/connect");
    let download = format!("/rtp/device-groups/{group}/devices/download-provisionings");
    let mut requests = times(2, "POST", &connect, &json!({}));
    requests.extend(times(2, "POST", &download, &added));
    for object_id in ["83000002", "83000003", "83000004"] {
        let order = json!({"name": "c", "secureObjectType": "CERTIFICATE", "objectId": object_id,
            "keyPairId": key_pair(served, "83000009"), "intermediateCaId": ca, "commonNamePrefix": "p",
            "certificateValidity": {"validityType": "MONTH", "spanInMonths": 12}});
        let order = made(served, "/rtp/secure-objects", &order);
        let path = format!("/rtp/secure-objects/{order}/assign-device-group");
        requests.push(("POST", path, assign.clone()));
    }
    assert_eq!(statuses(&at_once(served, &requests)), BTreeMap::from([(200, 4), (204, 3)]));
    let online = at_once(served, &times(1, "POST", &connect, &json!({})));
    let states: Vec<&Value> = online[0].1["provisionings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|provisioning| &provisioning["provisioningState"])
        .collect();
    assert_eq!(states, ["PROVISIONING_COMPLETED"; 4]);
}

/// Stops a sandbox and counts its state file through.
#[track_caller]
pub fn adds_up(mut served: Served, state: &str, acknowledged: Option<&str>) -> Workplace {
    served.child.kill().expect("it runs");
    served.child.wait().expect("it was killed");
    let script = root().join("tests/sandbox/sound.py");
    let mut arguments = vec![script.to_str().expect("UTF-8"), state];
    arguments.extend(acknowledged);
    let ran = served.work.oracle(Command::new("python3"), &arguments);
    if let Some(ran) = ran {
        ran.exits(0);
    }
    std::mem::replace(&mut served.work, Workplace::new())
}

#[test]
#[cfg_attr(not(oracle = "curl"), ignore = "needs curl")]
fn of_many_clients_at_one_thing_one_wins_and_everything_adds_up() {
    let served = Served::start(Workplace::new(), &["--state", "state.sqlite"]);
    if curl_is_missing(&served) {
        return;
    }
    for round in 1..=rounds() {
        one_of_many(&served, round);
        gone_or_used(&served);
        changed_and_ended(&served, round);
        provisioned_once(&served);
        assigned_while_connected(&served);
    }
    let names =
        at_once(&served, &times(16, "POST", &groups(), &json!({"deviceGroupName": "same"})));
    let mut ids: Vec<String> = names.iter().map(|(_, group)| group["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 16, "names need not be unique, ids are: {names:?}");
    adds_up(served, "state.sqlite", None);
}

/// How many requests each of twelve clients sends for one of [`ROUNDS`].
const REQUESTS: u64 = 100;

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn a_crowd_of_clients_meets_no_server_error_and_everything_adds_up() {
    let arguments = ["--state", "state.sqlite", "--generation-seconds", "1"];
    let served = Served::start(Workplace::new(), &arguments);
    let script = root().join("tests/sandbox/crowd.py");
    let script = script.to_str().expect("UTF-8");
    let token = served.line["tokenFile"].as_str().expect("a path");
    let requests = (REQUESTS * u64::from(rounds())).to_string();
    let asked = [script, &served.url("baseUrl"), token, &requests];
    if let Some(ran) = served.work.oracle(Command::new("python3"), &asked) {
        ran.exits(0);
        adds_up(served, "state.sqlite", None);
    }
}
