//! Updates change what was named, and nothing else.

use serde_json::{Value, json};

use crate::policy::POLICY;
use crate::recorded::Recorded;
use crate::served::Served;
use crate::workplace::Workplace;

const PRODUCT: &str = "935389312472";

fn run(service: &Served, work: &Workplace, line: &str) -> Value {
    let words: Vec<&str> = line.split(' ').chain(["-o", "json"]).collect();
    service.el2g(work, &words).exits(0).json()
}

/// Without what changes by itself.
fn without_metadata(mut object: Value) -> Value {
    for name in ["metadata", "resourceMetadata"] {
        object.as_object_mut().expect("an object").remove(name);
    }
    object
}

/// The flags of one change, and the fields that it changes.
type Change<'a> = (&'a str, Value);

/// Makes each change after the other; everything that it does not name must be as before.
fn changes_what_is_named(
    service: &Served,
    work: &Workplace,
    update: &str,
    show: &str,
    changes: &[Change<'_>],
) {
    let mut expected = without_metadata(run(service, work, show));
    for (flags, changed) in changes {
        run(service, work, &format!("{update} {flags}"));
        for (name, value) in changed.as_object().expect("fields") {
            assert!(expected.get(name).is_some(), "{name}: no such field");
            expected[name] = value.clone();
        }
        assert_eq!(without_metadata(run(service, work, show)), expected, "{update} {flags}");
    }
}

#[test]
fn every_update_leaves_alone_what_it_does_not_name() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let group = format!("device-group create --name meters --product {PRODUCT}");
    let group = run(&service, &work, &group)["id"].clone();
    let place = format!("--group {group} --product {PRODUCT}");
    work.write_secret("claim.secret", "AAECAwQFBgcICQoLDA0ODw==\n");
    let all = "--device-limit 5 --at-limit allow --once";
    let create = format!("claim-code create --name pilot {place} --secret-file claim.secret {all}");
    let code = run(&service, &work, &create)["id"].clone();
    changes_what_is_named(
        &service,
        &work,
        &format!("claim-code update {code} {place}"),
        &format!("claim-code show {code} {place}"),
        &[
            ("--name line-7", json!({"name": "line-7"})),
            ("--device-limit 6", json!({"deviceLimit": 6})),
            ("--at-limit deny", json!({"behavior": "DENY"})),
            ("--reusable", json!({"reusable": true})),
            ("--once", json!({"reusable": false})),
            (
                "--no-limit",
                json!({"policy": "UNRESTRICTED", "behavior": "ALLOW", "deviceLimit": 0}),
            ),
            (
                "--device-limit 2",
                json!({"policy": "RESTRICTED", "behavior": "DENY", "deviceLimit": 2}),
            ),
            ("--name x --at-limit allow", json!({"name": "x", "behavior": "ALLOW"})),
        ],
    );
    let policy: Value = serde_json::from_str(POLICY).expect("JSON");
    let policies = json!({PRODUCT: policy});
    work.write("policies.json", policies.to_string());
    let create =
        "secure-object create key-pair --name tls --object-id 83000001 --algorithm NIST_P256";
    let create = format!("{create} --on-connection --policies policies.json");
    let object = run(&service, &work, &create)["id"].clone();
    changes_what_is_named(
        &service,
        &work,
        &format!("secure-object update {object}"),
        &format!("secure-object show {object}"),
        &[("--name tls-key", json!({"name": "tls-key"})), ("--policies policies.json", json!({}))],
    );
    let listed = run(&service, &work, &format!("secure-object policies {object}"));
    assert_eq!(listed[0]["nc12"], PRODUCT);
    changes_what_is_named(
        &service,
        &work,
        &format!("device-group rename {group} --product {PRODUCT}"),
        &format!("device-group show {group} --product {PRODUCT}"),
        &[("--name sensors", json!({"deviceGroupName": "sensors"}))],
    );
}

#[test]
fn a_limit_is_not_half_said() {
    let (service, work) = (Served::start(Workplace::new(), &[]), Workplace::new());
    let group = format!("device-group create --name meters --product {PRODUCT}");
    let group = run(&service, &work, &group)["id"].clone();
    let place = format!("--group {group} --product {PRODUCT}");
    work.write_secret("claim.secret", "AAECAwQFBgcICQoLDA0ODw==\n");
    let create = format!("claim-code create --name pilot {place} --secret-file claim.secret");
    let code = run(&service, &work, &create)["id"].clone();
    for (flags, said) in [
        ("", "--name"),
        ("--at-limit deny", "the claim code has no limit"),
        ("--no-limit --device-limit 3", "cannot be used with"),
        ("--once --reusable", "cannot be used with"),
    ] {
        let line = format!("claim-code update {code} {place} {flags}");
        let ran = service.el2g(&work, &line.split_whitespace().collect::<Vec<_>>()).exits(2);
        assert!(ran.stderr.contains(said), "{flags}: {}", ran.stderr);
    }
}

/// The service replaces a claim code whole: what only a newer one knows goes back as it came.
#[test]
fn fields_that_nobody_knows_survive_an_update() {
    let code = json!({
        "id": 4, "name": "pilot", "policy": "RESTRICTED", "behavior": "ALLOW", "deviceLimit": 3,
        "reusable": false, "secret": null, "deviceCount": 1, "status": "ACTIVE",
        "metadata": {"createdTs": 1},
        "validUntil": "2030-01-01", "regions": ["eu", {"exact": 12345678901234567890_u64}],
    });
    let answer = code.to_string();
    let server = Recorded::start(move |sent| match sent.method.as_str() {
        "GET" => (200, answer.clone()),
        _ => (204, String::new()),
    });
    let work = Workplace::new();
    work.write_secret("token", "some-token");
    let line = "claim-code update 4 --name renamed --group 474 --product 935389312472";
    let to = ["--base-url", server.base_url(), "--token-file", "token"];
    work.el2g(&line.split(' ').chain(to).collect::<Vec<_>>()).exits(0);
    let sent = server.sent();
    let methods: Vec<&str> = sent.iter().map(|it| it.method.as_str()).collect();
    assert_eq!(methods, ["GET", "PUT"]);
    let body: Value = serde_json::from_str(&sent[1].body).expect("JSON");
    let expected = json!({
        "name": "renamed", "policy": "RESTRICTED", "behavior": "ALLOW", "deviceLimit": 3,
        "reusable": false,
        "validUntil": "2030-01-01", "regions": ["eu", {"exact": 12345678901234567890_u64}],
    });
    assert_eq!(body, expected);
}
