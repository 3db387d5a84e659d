//! What docs/scale.md shows, run as it stands there.

use std::process::Command;

use super::ready;
use crate::oracles::oracle;
use crate::workplace::{program, root};

/// The fenced blocks of docs/scale.md in one language.
pub(super) fn blocks(language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join("docs/scale.md")).expect("docs/scale.md");
    let fence = format!("```{language}\n");
    text.split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
#[cfg_attr(not(oracle = "kubernetes-validate"), ignore = "needs kubernetes-validate")]
fn the_manifest_for_kubernetes_is_valid() {
    let work = ready();
    let [job] = &blocks("yaml")[..] else { panic!("one block of YAML") };
    work.write("job.yaml", job);
    let Some(path) = oracle("kubernetes-validate") else { return };
    let checked = |name: &str| {
        let mut validate = Command::new(&path);
        validate.args(["--strict", name]).current_dir(work.path(""));
        validate.output().expect("it is there").status.success()
    };
    assert!(checked("job.yaml"), "it is not a Job");
    work.write("wrong.yaml", job.replace("completions:", "completion:"));
    assert!(!checked("wrong.yaml"), "a wrong field is not seen");
    // A refused row ends its own partition, which Kubernetes allows only with a limit for each.
    let after = |sign: &str| job.split_once(sign).expect("it is there").1.split_once("values: ");
    let codes = |sign| after(sign).expect("exit codes").1.lines().next();
    assert_eq!((codes("FailIndex"), codes("FailJob")), (Some("[3]"), Some("[2]")));
    assert!(job.contains("  backoffLimitPerIndex: 3\n"));
    // Its two numbers are the same one.
    assert!(job.contains("completions: 8\n") && job.contains("value: \"8\"\n"));
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
