//! One sealed message as a process, `el2g pgp seal` beside `gpg --sign --encrypt`.
//!
//! `cargo bench -p el2g --bench seal_process [-- ROUNDS]` runs the two in turn, round after round, so that a busy
//! machine slows both alike, and prints the medians. The keys are those of `testdata/openpgp`, without a
//! passphrase; gpg's agent is warm before the first round.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// An AES-256 key, as hex text.
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A folder with the keys, and gpg's home in it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let bench = Self { folder };
        fs::create_dir(bench.path("gnupg")).expect("its own folder");
        bench.narrow("gnupg", 0o700);
        fs::write(bench.path("key.hex"), KEY).expect("its own file");
        bench.narrow("key.hex", 0o600);
        for name in ["rsa2048.sec.asc", "rsa4096.sec.asc", "recipient.pub.asc"] {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/openpgp").join(name);
            fs::copy(&from, bench.path(name)).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
            bench.narrow(name, 0o600);
            bench.run(bench.gpg().arg("--import").arg(bench.path(name)));
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn narrow(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).expect("its own");
    }

    fn gpg(&self) -> Command {
        let mut gpg = Command::new("gpg");
        gpg.args(["--batch", "--quiet", "--yes", "--trust-model", "always", "--homedir"]);
        gpg.arg(self.path("gnupg"));
        gpg
    }

    /// The full fingerprint of the first key in a file.
    fn fingerprint(&self, name: &str) -> String {
        let mut gpg = self.gpg();
        gpg.args(["--with-colons", "--show-keys"]).arg(self.path(name));
        let told = gpg.output().expect("gpg runs");
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let line = told.lines().find(|line| line.starts_with("fpr:")).expect("a key");
        line.split(':').nth(9).expect("a fingerprint").to_owned()
    }

    /// Runs a program to its end; the time it took. It must succeed.
    fn run(&self, command: &mut Command) -> Duration {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let began = Instant::now();
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let took = began.elapsed();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {told}");
        took
    }

    fn el2g(&self, signer: &str) -> Duration {
        let mut el2g = Command::new(env!("CARGO_BIN_EXE_el2g"));
        el2g.args(["pgp", "seal", "--kind", "aes", "--quiet", "--force", "--in"]);
        el2g.arg(self.path("key.hex")).arg("--signer").arg(self.path(signer));
        el2g.arg("--recipient").arg(self.path("recipient.pub.asc"));
        el2g.arg("--out").arg(self.path("el2g.pgp"));
        self.run(&mut el2g)
    }

    fn gpg_seal(&self, signer: &str, recipient: &str) -> Duration {
        let mut gpg = self.gpg();
        gpg.args(["--armor", "--sign", "--encrypt", "--local-user", signer]);
        gpg.args(["--recipient", recipient, "--output"]).arg(self.path("gpg.pgp"));
        self.run(gpg.arg(self.path("key.hex")))
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let mut end = Command::new("gpgconf");
        let _ = end.arg("--homedir").arg(self.path("gnupg")).args(["--kill", "all"]).status();
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() {
    let rounds = std::env::args().skip(1).find_map(|text| text.parse().ok()).unwrap_or(100);
    if Command::new("gpg").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: gpg is not installed");
        return;
    }
    let bench = Bench::new();
    let recipient = bench.fingerprint("recipient.pub.asc");
    println!("{:<16} {:>12} {:>12} {:>8}", "signer", "el2g, ms", "gpg, ms", "ratio");
    for name in ["rsa2048.sec.asc", "rsa4096.sec.asc"] {
        let signer = bench.fingerprint(name);
        let round = || (bench.el2g(name), bench.gpg_seal(&signer, &recipient));
        round();
        let times: Vec<(Duration, Duration)> = (0..rounds).map(|_| round()).collect();
        let ours = median(times.iter().map(|(ours, _)| *ours).collect());
        let theirs = median(times.iter().map(|(_, theirs)| *theirs).collect());
        let signer = name.trim_end_matches(".sec.asc").replace("rsa", "RSA-");
        println!("{signer:<16} {ours:>12.2} {theirs:>12.2} {:>8.2}", ours / theirs);
    }
}
