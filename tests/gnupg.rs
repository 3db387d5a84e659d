//! GnuPG with a keyring of its own, and its agent ended with the test.

use std::process::Command;

use tempfile::TempDir;

use crate::workplace::{Ran, Workplace};

/// A keyring in a short path: the agent's socket may have at most 107 characters.
pub struct Gnupg<'a> {
    work: &'a Workplace,
    home: TempDir,
}

impl<'a> Gnupg<'a> {
    /// `None`, said on stderr, when GnuPG is not installed (an error in CI).
    pub fn new(work: &'a Workplace) -> Option<Self> {
        let home = tempfile::Builder::new().prefix("g").tempdir_in("/tmp").expect("a short path");
        let gnupg = Self { work, home };
        gnupg.try_run(&["--version"])?.exits(0);
        Some(gnupg)
    }

    /// Runs `gpg --batch` in the workplace.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.try_run(arguments).expect("it was there when the keyring was made")
    }

    /// Imports a key file.
    pub fn import(&self, name: &str) {
        self.run(&["--import", name]).exits(0);
    }

    fn try_run(&self, arguments: &[&str]) -> Option<Ran> {
        let mut command = Command::new("gpg");
        command.env("GNUPGHOME", self.home.path()).args([
            "--batch",
            "--no-tty",
            "--quiet",
            "--pinentry-mode",
            "loopback",
            "--trust-model",
            "always",
        ]);
        self.work.oracle(command, arguments)
    }
}

impl Drop for Gnupg<'_> {
    fn drop(&mut self) {
        let ended = Command::new("gpgconf")
            .env("GNUPGHOME", self.home.path())
            .args(["--kill", "all"])
            .output();
        drop(ended);
    }
}
