//! `el2g secure-object create-batch`: what was sealed becomes secure objects, once.

use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::{Value, json};

use super::scale::blocks;
use super::{ready, results};
use crate::served::Served;
use crate::workplace::{Ran, Workplace, program};

/// A folder `sealed` with three messages to that service, and a row that was refused.
fn sealed(service: &Served) -> Workplace {
    let work = ready();
    work.take("openpgp/rsa2048.pub.asc");
    work.write("signer.pub.asc", work.read("rsa2048.pub.asc"));
    work.write("edgelock2go.asc", std::fs::read(service.ready("recipientFile")).unwrap());
    let header = "name,kind,file,generate,object-id\n";
    let rows = "one,aes,key.hex,,83000001\ntwo,hmac,,32,83000002\nthree,binary,key.hex,,83000003\n\
                wrong,aes,missing.hex,,83000004\n";
    work.write("m.csv", format!("{header}{rows}"));
    let line = ["pgp", "seal-batch", "m.csv", "--out-dir", "sealed", "--discard-plaintext"];
    let keys = ["--signer", "rsa2048.sec.asc", "--recipient", "edgelock2go.asc"];
    work.el2g(&[&line[..], &keys].concat()).exits(3);
    assert_eq!(results(&work, "sealed/results.ndjson").len(), 4);
    work
}

fn create(service: &Served, work: &Workplace, more: &[&str]) -> Ran {
    let line = ["secure-object", "create-batch", "sealed/results.ndjson", "--signer-public"];
    service.el2g(work, &[&line[..], &["signer.pub.asc", "-o", "json"], more].concat())
}

/// Name, object id and type of what the service has.
fn there(service: &Served, work: &Workplace) -> Vec<Value> {
    let line = ["secure-object", "list", "-o", "json"];
    let listed = service.el2g(work, &line).exits(0).json();
    let listed = listed.as_array().cloned().expect("a list");
    let of = |object: Value| {
        json!([object["name"], object["objectId"], object["secureObjectType"], object["length"]])
    };
    let mut listed: Vec<Value> = listed.into_iter().map(of).collect();
    listed.sort_by_key(|object| object[1].to_string());
    listed
}

fn wanted() -> Vec<Value> {
    vec![
        json!(["one", "83000001", "MASTER_KEY", 128]),
        json!(["two", "83000002", "HMAC_KEY", 32]),
        json!(["three", "83000003", "BINARY_FILE", null]),
    ]
}

#[test]
fn firmware_decryption_keys_of_a_manifest_share_their_reserved_id() {
    let service = Served::start(Workplace::new(), &[]);
    let work = ready();
    work.take("openpgp/rsa2048.pub.asc");
    work.write("signer.pub.asc", work.read("rsa2048.pub.asc"));
    work.write("edgelock2go.asc", std::fs::read(service.ready("recipientFile")).unwrap());
    let rows = "one,oem-fw-decrypt-key,256,\ntwo,oem-fw-decrypt-key,256bit,7FFF817B\n";
    work.write("m.csv", format!("name,kind,generate,object-id\n{rows}"));
    let line = ["pgp", "seal-batch", "m.csv", "--out-dir", "sealed", "--discard-plaintext"];
    let keys = ["--signer", "rsa2048.sec.asc", "--recipient", "edgelock2go.asc"];
    work.el2g(&[&line[..], &keys].concat()).exits(0);
    let report = create(&service, &work, &[]).exits(0).json();
    assert_eq!(statuses(&report), ["created", "created"]);
    let kind = json!(["7FFF817B", "OEM_FW_DECRYPT_KEY", 256]);
    for (object, name) in there(&service, &work).into_iter().zip(["two", "one"]) {
        assert_eq!(object, json!([name, kind[0], kind[1], kind[2]]));
    }
}

fn statuses(report: &Value) -> Vec<&str> {
    let objects = report["objects"].as_array().expect("objects");
    objects.iter().map(|object| object["status"].as_str().expect("a status")).collect()
}

#[test]
fn the_command_of_the_page_turns_every_sealed_row_into_an_object_that_the_service_opens() {
    let service = Served::start(Workplace::new(), &[]);
    let work = sealed(&service);
    let blocks = blocks("sh");
    let script = blocks.iter().find(|block| block.contains("create-batch")).expect("the command");
    for told in ["created 3, there already 0", "created 0, there already 3"] {
        let folder = program().parent().expect("target/<profile>").display().to_string();
        let mut shell = Command::new("sh");
        shell
            .env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()))
            .env("EL2G_BASE_URL", service.ready("baseUrl"))
            .env("EL2G_TOKEN_FILE", service.ready("tokenFile"));
        let ran = work.oracle(shell, &["-c", script]).expect("a shell").exits(0);
        let summary = format!("{told}, refused 0; 1 rows of the results were not sealed\n");
        assert!(ran.stdout.ends_with(&summary), "{}", ran.stdout);
        assert_eq!(there(&service, &work), wanted());
    }
}

#[test]
fn the_objects_are_assigned_to_groups_once_all_of_them_are_there() {
    let service = Served::start(Workplace::new(), &[]);
    let work = sealed(&service);
    for name in ["east", "west"] {
        let line = ["device-group", "create", "--name", name, "--product", "935389312472"];
        service.el2g(&work, &line).exits(0);
    }
    let groups = ["--group", "1", "--group", "2", "--jobs", "3"];
    let dry = create(&service, &work, &[&groups[..], &["--dry-run"]].concat()).exits(0);
    assert_eq!(dry.stdout.matches("assign-device-group").count(), 6, "{}", dry.stdout);
    for (counted, statuses_of) in [([6, 0], "created"), ([0, 6], "existing")] {
        let report = create(&service, &work, &groups).exits(0).json();
        assert_eq!(statuses(&report), [statuses_of; 3]);
        let assignments = &report["assignments"];
        assert_eq!(
            json!([assignments["assigned"], assignments["alreadyAssigned"]]),
            json!(counted)
        );
    }
}

#[test]
fn goes_on_where_the_service_failed() {
    // The answer to the second creation is lost, and the client finds the object; the service is down; or it
    // refuses everything.
    for (effect, code, created, then) in [
        ("drop = \"after\"", 0, 3, ["existing", "existing", "existing"]),
        ("answer = 503\ntimes = 9", 7, 1, ["existing", "created", "created"]),
        ("answer = 403", 4, 1, ["existing", "created", "created"]),
    ] {
        let script = Workplace::new();
        let fault = "[[fault]]\noperation = \"CreateSecureObject\"\nnth = 2\n";
        script.write("faults.toml", format!("{fault}{effect}\n"));
        let faults = script.path("faults.toml");
        let service = Served::start(Workplace::new(), &["--faults", &faults.display().to_string()]);
        let work = sealed(&service);
        let stopped = create(&service, &work, &["--timeout", "2"]).exits(code);
        let report = stopped.json();
        let told = (&report["created"], &report["stopped"]);
        assert_eq!(told, (&created.into(), &(code != 0).into()));
        let hint = stopped.stderr.contains("run the same command again");
        assert_eq!(hint, code != 0, "{}", stopped.stderr);
        // The service recovers with the calls that were counted.
        let again = loop {
            let ran = create(&service, &work, &["--timeout", "2"]);
            if ran.code == 0 {
                break ran;
            }
            assert_eq!(ran.code, 7, "{effect}: {ran:?}");
        };
        assert_eq!(statuses(&again.json()), then, "{effect}");
        assert_eq!(there(&service, &work), wanted());
    }
}

#[test]
fn an_object_with_another_message_is_an_error_and_stays() {
    let service = Served::start(Workplace::new(), &[]);
    let work = sealed(&service);
    let first = create(&service, &work, &[]).exits(0).json();
    assert_eq!(statuses(&first), ["created", "created", "created"]);
    // Sealed anew into the same folder: other messages under the same names.
    std::fs::rename(work.path("sealed"), work.path("before")).unwrap();
    let line = ["pgp", "seal-batch", "m.csv", "--out-dir", "sealed", "--discard-plaintext"];
    let keys = ["--signer", "rsa2048.sec.asc", "--recipient", "edgelock2go.asc"];
    work.el2g(&[&line[..], &keys].concat()).exits(3);
    let unknown = create(&service, &work, &[]).exits(3);
    assert_eq!(statuses(&unknown.json()), ["refused"; 3]);
    let said = "it is unknown which message it holds";
    assert!(unknown.stdout.contains(said), "{}", unknown.stdout);
    let journals = std::fs::read_dir(work.path("before")).unwrap();
    let journal = journals
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_string_lossy().contains(".created-"))
        .expect("a journal");
    let ran = create(&service, &work, &["--journal", journal.to_str().unwrap()]).exits(3);
    assert!(ran.stdout.contains("holds another message"), "{}", ran.stdout);
    assert_eq!(there(&service, &work), wanted());
}

#[test]
fn a_dry_run_prints_each_request_and_sends_none() {
    let service = Served::start(Workplace::new(), &[]);
    let work = sealed(&service);
    let ran = create(&service, &work, &["--dry-run"]).exits(0);
    assert_eq!(ran.stdout.matches("BEGIN PGP MESSAGE").count(), 3, "{}", ran.stdout);
    assert_eq!(there(&service, &work), Vec::<Value>::new());
    assert!(!work.names().iter().any(|name| name.contains(".created-")));
}

#[test]
fn a_file_that_holds_no_results_is_refused_before_anything_is_begun() {
    let service = Served::start(Workplace::new(), &[]);
    let work = sealed(&service);
    let whole = String::from_utf8(work.read("sealed/results.ndjson")).unwrap();
    let cut = |from: &str, to: &str| whole.replacen(from, to, 1);
    for (content, said) in [
        (work.read("m.csv"), "line 1 of the results is not a result"),
        (cut("\"status\":\"sealed\"", "\"status\":\"done\"").into_bytes(), "line 1 of the results"),
        (format!("{whole}{{}}\n").into_bytes(), "line 5 of the results is not a result"),
    ] {
        work.write("sealed/results.ndjson", content);
        let ran = create(&service, &work, &[]).exits(3);
        assert!(ran.stderr.contains("sealed/results.ndjson: "), "{}", ran.stderr);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    for (results, said) in [("sealed", "is a directory"), ("none", "no such file")] {
        let line = ["secure-object", "create-batch", results, "--signer-public", "signer.pub.asc"];
        let ran = service.el2g(&work, &line).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    assert_eq!(there(&service, &work), Vec::<Value>::new());
    let names = std::fs::read_dir(work.path("sealed")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.contains(".created-")));
}

#[test]
fn a_pipe_in_place_of_a_message_is_refused_without_waiting_for_it() {
    let service = Served::start(Workplace::new(), &[]);
    let work = sealed(&service);
    let file = results(&work, "sealed/results.ndjson")[0]["file"].as_str().unwrap().to_owned();
    let path = work.path(&format!("sealed/{file}"));
    std::fs::remove_file(&path).unwrap();
    mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let ran = create(&service, &work, &[]).exits(3);
    let said = format!(
        "nothing was sent: row 1 (one): sealed/{file}: cannot be read: is not a regular file"
    );
    assert!(ran.stderr.contains(&said), "{}", ran.stderr);
    assert_eq!(there(&service, &work), Vec::<Value>::new());
}
