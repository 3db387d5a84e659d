//! Keys of the user's own GnuPG keyring: a real gpg-agent signs, GnuPG judges.

use std::process::Command;

use crate::workplace::{Ran, Workplace, testdata};

const PASSPHRASE: &str = "p\u{e4}ss %1";

/// A home folder with a keyring; its agent is stopped at the end.
struct Keyring(Workplace);

impl Drop for Keyring {
    fn drop(&mut self) {
        let _ = self.0.oracle(Command::new("gpgconf"), &["--kill", "gpg-agent"]);
    }
}

impl Keyring {
    fn new() -> Option<Self> {
        let ring = Self(Workplace::new());
        std::fs::create_dir(ring.0.path(".gnupg")).unwrap();
        ring.0.mode(".gnupg", 0o700);
        let recipient = testdata("openpgp/recipient.sec.asc");
        ring.gpg(&["--import", recipient.to_str().unwrap()])?.exits(0);
        ring.0.write_secret("key.hex", "00112233445566778899aabbccddeeff");
        ring.0.write_secret("passphrase", PASSPHRASE);
        ring.0.write_secret("wrong", "wrong\n");
        Some(ring)
    }

    fn gpg(&self, arguments: &[&str]) -> Option<Ran> {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--quiet", "--pinentry-mode", "loopback"]).env_remove("GNUPGHOME");
        self.0.oracle(command, arguments)
    }

    /// Makes a key and returns the fingerprints of its primary key and subkeys.
    fn key(&self, user: &str, passphrase: &str, algorithm: &str, usage: &str) -> Vec<String> {
        let generate = ["--passphrase", passphrase, "--quick-generate-key", user, algorithm];
        self.gpg(&[&generate[..], &[usage, "never"]].concat()).unwrap().exits(0);
        self.fingerprints(user)
    }

    fn gpgconf(&self, arguments: &[&str]) -> Ran {
        self.0.oracle(Command::new("gpgconf"), arguments).unwrap()
    }

    /// Stops the agent and waits for its end; returns where its socket was.
    fn stop_agent(&self) -> std::path::PathBuf {
        let listed = self.gpgconf(&["--list-dirs", "agent-socket"]).exits(0);
        let socket = std::path::PathBuf::from(listed.stdout.trim());
        self.gpgconf(&["--kill", "gpg-agent"]).exits(0);
        // It takes its socket away when it ends.
        for _ in 0..500 {
            if !socket.exists() {
                return socket;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("the agent does not end");
    }

    fn fingerprints(&self, user: &str) -> Vec<String> {
        let listed = self.gpg(&["--with-colons", "--list-keys", user]).unwrap().exits(0);
        let records = listed.stdout.lines().filter(|line| line.starts_with("fpr:"));
        records.map(|line| line.split(':').nth(9).unwrap().to_owned()).collect()
    }

    fn seal(&self, name: &str, more: &[&str]) -> Ran {
        let signer = format!("gpg:{name}");
        let recipient = testdata("openpgp/recipient.pub.asc");
        let arguments = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", &signer];
        let keys = ["--recipient", recipient.to_str().unwrap(), "--out", "sealed.asc"];
        self.0.el2g(&[&arguments[..], &keys, more].concat())
    }

    fn is_good(&self, user: &str) {
        let opened = self.gpg(&["--decrypt", "sealed.asc"]).unwrap().exits(0);
        assert_eq!(opened.stdout, "00112233445566778899aabbccddeeff");
        assert!(opened.stderr.contains(&format!("Good signature from \"{user}\"")), "{opened:?}");
    }
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn seals_with_a_key_that_stays_in_the_agent() {
    let Some(ring) = Keyring::new() else { return };
    let prints = ring.key("plain <p@x>", "", "rsa2048", "sign");
    ring.seal(&prints[0], &[]).exits(0);
    ring.is_good("plain <p@x>");
    ring.seal(&prints[0][24..], &["--force"]).exits(0);
    ring.is_good("plain <p@x>");
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn seals_with_a_locked_signing_subkey_and_refuses_a_wrong_passphrase() {
    let Some(ring) = Keyring::new() else { return };
    let primary = ring.key("locked <l@x>", PASSPHRASE, "rsa4096", "cert").remove(0);
    let add = ["--passphrase", PASSPHRASE, "--quick-add-key", &primary, "rsa4096", "sign", "never"];
    ring.gpg(&add).unwrap().exits(0);
    let subkey = ring.fingerprints("l@x").remove(1);
    let forget = || ring.0.oracle(Command::new("gpgconf"), &["--kill", "gpg-agent"]).unwrap();
    forget();
    let wrong = ring.seal(&subkey, &["--passphrase-file", "wrong"]).exits(3);
    assert!(wrong.stderr.contains("the passphrase is wrong"), "{}", wrong.stderr);
    assert!(!ring.0.path("sealed.asc").exists());
    for name in [&primary, &subkey] {
        forget();
        ring.seal(name, &["--passphrase-file", "passphrase", "--force"]).exits(0);
        ring.is_good("locked <l@x>");
    }
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn refuses_keys_that_the_service_refuses() {
    let Some(ring) = Keyring::new() else { return };
    for (algorithm, said) in [("rsa3072", "RSA-3072"), ("ed25519", "EdDSA (Ed25519)")] {
        let user = format!("{algorithm} <{algorithm}@x>");
        let print = ring.key(&user, "", algorithm, "sign").remove(0);
        let ran = ring.seal(&print, &[]).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: EdgeLock 2GO takes RSA-2048"), "{}", ran.stderr);
    }
    let none = ring.seal("0123456789ABCDEF", &[]).exits(3);
    assert!(none.stderr.contains("keyring has no key 0123456789ABCDEF"), "{}", none.stderr);
    ring.seal("alice", &[]).exits(2);
    // Only the public half is there.
    let public = testdata("openpgp/rsa2048.pub.asc");
    ring.gpg(&["--import", public.to_str().unwrap()]).unwrap().exits(0);
    let listed = ring.gpg(&["--with-colons", "--show-keys", public.to_str().unwrap()]).unwrap();
    let print = listed.stdout.lines().find(|line| line.starts_with("fpr:")).unwrap();
    let ran = ring.seal(print.split(':').nth(9).unwrap(), &[]).exits(3);
    assert!(ran.stderr.contains("gpg-agent has no secret key"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn refuses_keys_that_are_dead_and_names_that_are_too_short() {
    let Some(ring) = Keyring::new() else { return };
    let expired = ("expired", "expired at 2024-04-01T12:00:00Z", "gpg --quick-set-expire");
    let revoked = ("revoked", "was revoked", "a revocation is not taken back");
    for (name, said, hint) in [expired, revoked] {
        let secret = testdata(&format!("openpgp/{name}.sec.asc"));
        ring.gpg(&["--import", secret.to_str().unwrap()]).unwrap().exits(0);
        let shown = ring.gpg(&["--with-colons", "--show-keys", secret.to_str().unwrap()]).unwrap();
        let print = shown.stdout.lines().find(|line| line.starts_with("fpr:")).unwrap();
        let ran = ring.seal(print.split(':').nth(9).unwrap(), &[]).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("hint: {hint}")), "{}", ran.stderr);
        assert!(!ring.0.path("sealed.asc").exists());
    }
    let short = ring.seal("89ABCDEF", &[]).exits(2);
    assert!(
        short.stderr.contains("expected a fingerprint (40 hex digits) or key id (16)"),
        "{}",
        short.stderr
    );
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn says_which_part_of_gnupg_is_missing_or_does_not_start() {
    let Some(ring) = Keyring::new() else { return };
    let work = &ring.0;
    let print = ring.key("plain <p@x>", "", "rsa2048", "sign").remove(0);
    std::fs::create_dir(work.path("programs")).unwrap();
    let programs = work.path("programs").display().to_string();
    let refused = |path: &str, said: &str, hint: &str| {
        let signer = format!("gpg:{print}");
        let recipient = testdata("openpgp/recipient.pub.asc");
        let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", &signer];
        let keys = ["--recipient", recipient.to_str().unwrap(), "--out", "sealed.asc"];
        let ran = work.el2g_with(&[("PATH", path)], &[&line[..], &keys].concat()).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("hint: {hint}")), "{}", ran.stderr);
        assert!(!work.path("sealed.asc").exists());
    };
    refused(&programs, "gpg: cannot be run", "install GnuPG");
    let gpg = crate::oracles::on_path("gpg").unwrap();
    std::os::unix::fs::symlink(gpg, work.path("programs/gpg")).unwrap();
    refused(&programs, "gpgconf: cannot be run", "install GnuPG");
    // An agent that cannot be started, whatever the reason.
    let script = "#!/bin/sh\nif [ \"$1\" != --launch ]; then echo /nowhere/S.gpg-agent; exit; fi\n\
                  echo 'gpgconf: no agent today' >&2\nexit 1\n";
    work.write("programs/gpgconf", script);
    work.mode("programs/gpgconf", 0o755);
    let said = "gpgconf failed: gpgconf: no agent today";
    refused(&programs, said, "does `gpg --list-secret-keys` work here?");
    ring.seal(&print, &[]).exits(0);
    ring.is_good("plain <p@x>");
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn programs_of_gnupg_do_not_get_the_token() {
    let Some(ring) = Keyring::new() else { return };
    let work = &ring.0;
    let print = ring.key("plain <p@x>", "", "rsa2048", "sign").remove(0);
    ring.stop_agent();
    std::fs::create_dir(work.path("programs")).unwrap();
    for program in ["gpg", "gpgconf"] {
        let real = crate::oracles::on_path(program).unwrap();
        let log = work.path(&format!("{program}.environment"));
        let script =
            format!("#!/bin/sh\nenv >> '{}'\nexec '{}' \"$@\"\n", log.display(), real.display());
        work.write(&format!("programs/{program}"), script);
        work.mode(&format!("programs/{program}"), 0o755);
    }
    let path = format!("{}:{}", work.path("programs").display(), std::env::var("PATH").unwrap());
    let signer = format!("gpg:{print}");
    let recipient = testdata("openpgp/recipient.pub.asc");
    let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--signer", &signer];
    let keys = ["--recipient", recipient.to_str().unwrap(), "--out", "sealed.asc"];
    let environment =
        [("PATH", path.as_str()), ("EL2G_TOKEN", "t0p-secret"), ("EL2G_OUTPUT", "json")];
    work.el2g_with(&environment, &[&line[..], &keys].concat()).exits(0);
    for program in ["gpg", "gpgconf"] {
        let seen = String::from_utf8(work.read(&format!("{program}.environment"))).unwrap();
        assert!(seen.contains("PATH="), "{seen}");
        assert!(!seen.contains("EL2G_") && !seen.contains("t0p-secret"), "{seen}");
    }
}

#[test]
#[cfg_attr(not(all(oracle = "gpg", oracle = "gpgconf")), ignore = "needs gpg, gpgconf")]
fn starts_an_agent_where_one_left_a_dead_socket() {
    let Some(ring) = Keyring::new() else { return };
    let print = ring.key("plain <p@x>", "", "rsa2048", "sign").remove(0);
    let socket = ring.stop_agent();
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert!(socket.exists());
    ring.seal(&print, &[]).exits(0);
    ring.is_good("plain <p@x>");
}
