//! NXP's own client library and `el2go-host` (PyPI: spsdk) against the sandbox; `spsdk/client.py` makes the calls.

use std::process::Command;

use crate::oracles::oracle;
use crate::served::Served;
use crate::workplace::Workplace;

#[test]
#[cfg_attr(not(oracle = "el2go-host"), ignore = "needs el2go-host")]
fn nxps_own_client_and_command_line_work_against_the_sandbox() {
    let Some(program) = oracle("el2go-host") else { return };
    let python = program.with_file_name("python");
    let served = Served::start(Workplace::new(), &["--tls"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/spsdk/client.py");
    let folder = served.work.path("");
    let arguments = [
        script,
        &served.url("baseUrl"),
        &served.url("tokenFile"),
        &served.url("caFile"),
        folder.to_str().expect("a path in UTF-8"),
    ];
    let ran =
        served.work.oracle(Command::new(python), &arguments).expect("it stands beside el2go-host");
    let ran = ran.exits(0);
    assert!(ran.stdout.contains("all 36 steps held"), "{}{}", ran.stdout, ran.stderr);
}
