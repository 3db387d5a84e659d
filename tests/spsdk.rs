//! NXP's own programs against the sandbox: the library and `el2go-host` (PyPI: spsdk), `el2go-helper` (PyPI: spsdk-el2go),
//! and the client of NXP/el2go-agent. The scripts in `spsdk/` make the calls.

use std::path::PathBuf;
use std::process::Command;

use crate::oracles::oracle;
use crate::served::Served;
use crate::workplace::{Ran, Workplace, testdata};

/// Runs a script of `tests/spsdk` against a sandbox of its own, by the Python that the oracle stands beside.
fn run(oracle_name: &str, script: &str, more: &[String], prepare: impl Fn(&Served)) -> Option<Ran> {
    let python = oracle(oracle_name)?.with_file_name("python");
    let served = Served::start(Workplace::new(), &["--tls"]);
    prepare(&served);
    let script: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "../tests/spsdk", script].into_iter().collect();
    let folder = served.work.path("");
    let arguments = [
        script.display().to_string(),
        served.url("baseUrl"),
        served.url("tokenFile"),
        served.url("caFile"),
        folder.display().to_string(),
    ];
    let words: Vec<&str> = arguments.iter().chain(more).map(String::as_str).collect();
    Some(served.work.oracle(Command::new(python), &words).expect("it stands beside the oracle"))
}

#[track_caller]
fn ends_with(ran: Ran, said: &str) {
    let ran = ran.exits(0);
    assert!(ran.stdout.contains(said), "{}{}", ran.stdout, ran.stderr);
}

#[test]
#[cfg_attr(not(oracle = "el2go-host"), ignore = "needs el2go-host")]
fn nxps_own_client_and_command_line_work_against_the_sandbox() {
    let Some(ran) = run("el2go-host", "client.py", &[], |_| ()) else { return };
    ends_with(ran, "all 52 steps held");
}

#[test]
#[cfg_attr(not(oracle = "el2go-helper"), ignore = "needs el2go-helper")]
fn nxps_helper_and_providers_sign_and_derive_with_the_keys_of_the_sandbox() {
    let Some(ran) = run("el2go-helper", "helper.py", &[], |_| ()) else { return };
    ends_with(ran, "el2go-helper and its providers work");
}

#[test]
#[cfg_attr(not(oracle = "el2go-helper"), ignore = "needs el2go-helper")]
fn every_implemented_call_of_nxps_agent_is_answered() {
    let folder = testdata("el2go-agent").display().to_string();
    let seal = |served: &Served| {
        let work = &served.work;
        work.take("openpgp/rsa2048.sec.asc");
        std::fs::copy(testdata("openpgp/rsa2048.pub.asc"), work.path("signer.pub"))
            .expect("copied");
        for (kind, hex, name) in [
            (
                "hmac",
                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                "hmac.asc",
            ),
            ("binary", "0102", "file.asc"),
            (
                "aes",
                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                "firmware.asc",
            ),
        ] {
            work.write_secret("payload.hex", hex);
            let recipient = served.url("recipientFile");
            let line = format!(
                "pgp seal --kind {kind} --in payload.hex --signer rsa2048.sec.asc --recipient {recipient} --out {name}"
            );
            work.el2g(&line.split(' ').collect::<Vec<_>>()).exits(0);
        }
    };
    let Some(ran) = run("el2go-helper", "agent_api.py", &[folder], seal) else { return };
    ends_with(ran, "implemented calls were answered");
}
