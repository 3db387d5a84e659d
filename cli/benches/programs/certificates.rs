//! One certificate as a process: `el2g cert check` beside `openssl verify`, GnuTLS `certtool` and pkilint. The others
//! answer another question: whether the certificate is a certificate and its signature good, not whether it keeps
//! section 6.

use std::path::Path;
use std::process::Command;

use crate::child::{is_here, timed};
use crate::median;

/// A moment at which the committed certificates are in force.
const AT: &str = "2026-06-01T00:00:00Z";

/// The same in seconds since 1970.
const AT_SECONDS: &str = "1780272000";

pub fn measure(rounds: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/x509/good");
    let (leaf, root) = (folder.join("intermediate.pem"), folder.join("root.pem"));
    println!("\none certificate as a process, {rounds} rounds, wall ms");
    let mut el2g = Command::new(env!("CARGO_BIN_EXE_el2g"));
    el2g.args(["cert", "check", "--at", AT, "--root"]).args([&root, &leaf]);
    let mut openssl = Command::new("openssl");
    openssl.args(["verify", "-x509_strict", "-attime", AT_SECONDS, "-CAfile"]).args([&root, &leaf]);
    let mut certtool = Command::new("certtool");
    certtool.args(["--verify", "--load-ca-certificate"]).arg(&root);
    certtool.arg("--infile").arg(&leaf);
    let mut pkilint = Command::new("lint_pkix_cert");
    pkilint.args(["lint", "--severity", "ERROR"]).arg(&leaf);
    let mut nothing = Command::new("/bin/true");
    let mut programs = vec![("el2g cert check", &mut el2g)];
    for (name, asked, program) in [
        ("openssl verify", "version", &mut openssl),
        ("certtool --verify", "--version", &mut certtool),
        ("pkilint lint_pkix_cert", "--help", &mut pkilint),
    ] {
        if is_here(&program.get_program().to_string_lossy(), asked) {
            programs.push((name, program));
        }
    }
    programs.push(("/bin/true", &mut nothing));
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); programs.len()];
    for round in 0..=rounds {
        for ((name, program), times) in programs.iter_mut().zip(&mut times) {
            // A tenth of the rounds is enough for a program that takes half a second.
            if *name == "pkilint lint_pkix_cert" && round % 10 != 1 {
                continue;
            }
            let took = timed(program).as_secs_f64() * 1e3;
            if round > 0 {
                times.push(took);
            }
        }
    }
    for ((name, _), times) in programs.iter().zip(times) {
        println!("{name:<24} {:>9.2}", median(times));
    }
}
