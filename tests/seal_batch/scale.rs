//! What docs/scale.md shows, run as it stands there.

use std::process::Command;

use serde_json::Value;

use super::{ready, results};
use crate::service::Service;
use crate::workplace::{program, root, skipped};

/// The fenced blocks of docs/scale.md in one language.
fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/scale.md")).expect("docs/scale.md");
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_manifest_for_kubernetes_is_valid() {
    let work = ready();
    let [job] = &blocks("yaml")[..] else { panic!("one block of YAML") };
    work.write("job.yaml", job);
    let path = root().join("target/oracles/bin/kubernetes-validate");
    if !path.exists() {
        skipped("kubernetes-validate (PyPI) is not installed below target/oracles");
        return;
    }
    let checked = |name: &str| {
        let mut validate = Command::new(&path);
        validate.args(["--strict", name]).current_dir(work.path(""));
        validate.output().expect("it is there").status.success()
    };
    assert!(checked("job.yaml"), "it is no Job");
    work.write("wrong.yaml", job.replace("completions:", "completion:"));
    assert!(!checked("wrong.yaml"), "a wrong field is not seen");
    // Its two numbers are the same one.
    assert!(job.contains("completions: 8\n") && job.contains("value: \"8\"\n"));
}

#[test]
fn the_loop_turns_every_sealed_row_into_a_secure_object_that_the_service_opens() {
    let service = Service::start();
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
    let blocks = blocks("sh");
    let script = blocks.iter().find(|block| block.contains("jq -r")).expect("the loop");
    for _ in 0..2 {
        let folder = program().parent().expect("target/<profile>").display().to_string();
        let mut shell = Command::new("sh");
        if Command::new("jq").arg("--version").output().is_err() {
            skipped("jq is not installed");
            return;
        }
        shell
            .env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()))
            .env("EL2G_BASE_URL", service.ready("baseUrl"))
            .env("EL2G_TOKEN_FILE", service.ready("tokenFile"));
        let Some(ran) = work.oracle(shell, &["-c", script]) else { return };
        ran.exits(0);
        // A second time nothing is created again.
        let listed = service.el2g(&work, &["secure-object", "list", "-o", "json"]).exits(0).json();
        let listed = listed.as_array().cloned().or_else(|| listed["content"].as_array().cloned());
        let mut found: Vec<(Value, Value)> = listed
            .expect("a list")
            .into_iter()
            .map(|object| (object["name"].clone(), object["objectId"].clone()))
            .collect();
        found.sort_by_key(|(_, id)| id.to_string());
        let wanted = [("one", "83000001"), ("two", "83000002"), ("three", "83000003")];
        let wanted: Vec<(Value, Value)> =
            wanted.map(|(name, id)| (name.into(), id.into())).into_iter().collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn the_command_for_one_machine_is_what_the_page_says() {
    let work = ready();
    let [manifest] = &blocks("csv")[..] else { panic!("one block of CSV") };
    work.write("keys.csv", manifest);
    work.take("openpgp/recipient.pub.asc");
    work.write("edgelock2go.asc", work.read("recipient.pub.asc"));
    work.write("team.asc", work.read("other-recipient.pub.asc"));
    work.write_secret("signer.asc", work.read("rsa2048.sec.asc"));
    work.write_secret("gateway-eu.hex", super::KEY);
    let folder = program().parent().expect("target/<profile>").display().to_string();
    let mut shell = Command::new("sh");
    shell.env("PATH", format!("{folder}:{}", std::env::var("PATH").unwrap_or_default()));
    let ran = work.oracle(shell, &["-c", &blocks("sh")[0]]).expect("a shell");
    ran.exits(0);
    let names = super::messages(&work, "sealed");
    assert_eq!(names, ["gateway-eu.asc", "gateway-us.asc", "sensor-mac.asc"]);
    assert_eq!(super::messages(&work, "escrow"), names);
}
