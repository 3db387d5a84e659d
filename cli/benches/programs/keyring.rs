//! A folder with the throw-away keys of `testdata/openpgp`, and a home of GnuPG that has them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::child::timed;

/// An AES-256 key, as hex text.
const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The keys that are taken: two signers, one with a passphrase, and the recipient.
const FILES: [&str; 4] =
    ["rsa2048.sec.asc", "rsa4096.sec.asc", "locked.sec.asc", "recipient.pub.asc"];

/// The passphrase of `locked.sec.asc` (`testdata/openpgp`).
const PASSPHRASE: &str = "pässwörd €uro";

pub struct Keyring {
    folder: tempfile::TempDir,
}

impl Keyring {
    /// Puts the keys into a folder, and into GnuPG where that is here.
    pub fn new(with_gpg: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let keyring = Self { folder };
        fs::create_dir(keyring.path("gnupg")).expect("its own folder");
        keyring.narrow("gnupg", 0o700);
        keyring.secret("key.hex", KEY);
        keyring.secret("passphrase", PASSPHRASE);
        for name in FILES {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/openpgp").join(name);
            let text =
                fs::read_to_string(&from).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
            keyring.secret(name, &text);
            if with_gpg {
                timed(
                    keyring
                        .gpg()
                        .args(["--pinentry-mode", "loopback"])
                        .arg("--passphrase-file")
                        .arg(keyring.path("passphrase"))
                        .arg("--import")
                        .arg(keyring.path(name)),
                );
            }
        }
        keyring
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn secret(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("its own file");
        self.narrow(name, 0o600);
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

    /// `el2g` with a signer and the recipient.
    pub fn el2g(&self, verb: &str, signer: &str) -> Command {
        let mut el2g = Command::new(env!("CARGO_BIN_EXE_el2g"));
        el2g.args(["pgp", verb, "--quiet", "--signer"]).arg(self.path(signer));
        el2g.arg("--recipient").arg(self.path("recipient.pub.asc"));
        if signer.starts_with("locked") {
            el2g.arg("--passphrase-file").arg(self.path("passphrase"));
        }
        el2g
    }

    /// What gpg takes to seal one message.
    pub fn gpg_seal(&self, signer: &GpgSigner) -> Duration {
        let mut gpg = self.gpg();
        if signer.locked {
            gpg.args(["--pinentry-mode", "loopback", "--passphrase-file"])
                .arg(self.path("passphrase"));
        }
        gpg.args(["--armor", "--sign", "--encrypt", "--local-user", &signer.fingerprint]);
        gpg.args(["--recipient", &signer.recipient, "--output"]).arg(self.path("gpg.pgp"));
        timed(gpg.arg(self.path("key.hex")))
    }

    /// A signer as gpg names it. One message is sealed with it: the agent is warm then.
    pub fn gpg_signer(&self, file: &str) -> GpgSigner {
        let signer = GpgSigner {
            fingerprint: self.fingerprint(file),
            recipient: self.fingerprint("recipient.pub.asc"),
            locked: file.starts_with("locked"),
        };
        self.gpg_seal(&signer);
        signer
    }
}

/// A signer as gpg names it.
pub struct GpgSigner {
    fingerprint: String,
    recipient: String,
    locked: bool,
}

impl Drop for Keyring {
    fn drop(&mut self) {
        let mut end = Command::new("gpgconf");
        let _ = end.arg("--homedir").arg(self.path("gnupg")).args(["--kill", "all"]).status();
    }
}

/// `rsa2048.sec.asc` as people say it.
pub fn spoken(file: &str) -> String {
    file.trim_end_matches(".sec.asc").replace("rsa", "RSA-")
}
