//! Keys as keyrings have them, changed by GnuPG step by step and exported in each of its ways: what gpg encrypts to and
//! signs with is a recipient and a signer here, and what gpg refuses is refused.

use crate::gnupg::Gnupg;
use crate::workplace::Workplace;

const SIGNER: &str = "B229775686B748A0837E3ABE43960654CC8D374E";
const RECIPIENT: &str = "A59D6F03471FACEEE84C0092B880A4856721BE5D";

/// The smallest thing that GnuPG takes for a photo.
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9";

/// What is done to a key, one step after another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    UserId,
    /// By the other of the two keys.
    Certification,
    LocalSignature,
    Photo,
    ExpiredSubkey,
    NewSubkey,
    /// Of the subkey that was made last.
    RevokedSubkey,
    RevokedUserId,
    RevokedKey,
}

const STEPS: [Step; 10] = [
    Step::Nothing,
    Step::UserId,
    Step::Certification,
    Step::LocalSignature,
    Step::Photo,
    Step::ExpiredSubkey,
    Step::NewSubkey,
    Step::RevokedSubkey,
    Step::RevokedUserId,
    Step::RevokedKey,
];

/// Ways to export: plain; with local signatures; with the trust packets of the keyring.
const EXPORTS: [&[&str]; 3] = [
    &["--armor"],
    &["--export-options", "export-local-sigs"],
    &["--export-options", "export-backup,export-local-sigs"],
];

/// A key that is changed, the other one, and the usage of its subkeys.
struct Changed<'a> {
    work: &'a Workplace,
    gnupg: &'a Gnupg<'a>,
    key: &'static str,
    other: &'static str,
    usage: &'static str,
}

impl Changed<'_> {
    fn edit(&self, commands: &str) {
        self.work.write("commands", commands);
        let edit = ["--no-batch", "--command-file", "commands", "--edit-key", self.key];
        self.gnupg.run(&edit).exits(0);
    }

    fn step(&self, step: Step) {
        let run = |arguments: &[&str]| drop(self.gnupg.run(arguments).exits(0));
        let add = ["--passphrase", "", "--quick-add-key", self.key, "rsa2048", self.usage];
        let second = "Second <second@el2g.example>";
        match step {
            Step::Nothing => {}
            Step::UserId => run(&["--quick-add-uid", self.key, second]),
            Step::Certification => run(&["-u", self.other, "--quick-sign-key", self.key]),
            Step::LocalSignature => {
                run(&["--quick-add-uid", self.key, "Third <third@el2g.example>"]);
                run(&["-u", self.other, "--quick-lsign-key", self.key]);
            }
            Step::Photo => {
                self.work.write("photo.jpg", JPEG);
                self.edit("addphoto\nphoto.jpg\ny\nsave\n");
            }
            Step::ExpiredSubkey => {
                let then = ["--faked-system-time", "20240601T000000"];
                run(&[&then[..], &add, &["2024-07-01"]].concat());
            }
            Step::NewSubkey => run(&[&add[..], &["never"]].concat()),
            Step::RevokedSubkey => {
                let list = self.gnupg.run(&["--with-colons", "--list-keys", self.key]).exits(0);
                let last = list.stdout.lines().filter(|line| line.starts_with("sub:")).count();
                self.edit(&format!("key {last}\nrevkey\ny\n0\n\ny\nsave\n"));
            }
            Step::RevokedUserId => run(&["--quick-revoke-uid", self.key, second]),
            Step::RevokedKey => self.edit("revkey\ny\n0\n\ny\nsave\n"),
        }
    }
}

impl Changed<'_> {
    /// Whether the last export holds what the steps were to put there.
    fn was_changed(&self, file: &str) {
        let packets = self.gnupg.run(&["--list-packets", file]).exits(0).stdout;
        let other = format!("keyid {}", &self.other[24..]);
        for there in
            [":trust packet:", ":attribute packet:", "sigclass 0x20", "sigclass 0x28", &other]
        {
            assert!(packets.contains(there), "{there} in {packets}");
        }
    }
}

/// Both keys in a keyring, and their files; `None` without GnuPG.
fn ready(work: &Workplace) -> Option<Gnupg<'_>> {
    let gnupg = Gnupg::new(work)?;
    for name in ["rsa2048.sec.asc", "recipient.sec.asc", "recipient.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    gnupg.import("rsa2048.sec.asc");
    gnupg.import("recipient.sec.asc");
    work.write_secret("key.hex", "000102030405060708090a0b0c0d0e0f");
    work.write("plain", "plain");
    Some(gnupg)
}

fn seal(work: &Workplace, signer: &str, recipient: &str) -> i32 {
    let line = ["pgp", "seal", "--kind", "aes", "--in", "key.hex", "--out", "out.asc", "--force"];
    let ran = work.el2g(&[&line[..], &["--signer", signer, "--recipient", recipient]].concat());
    assert!(matches!(ran.code, 0 | 3), "{} {}", ran.code, ran.stderr);
    ran.code
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn a_recipient_is_one_whenever_gnupg_encrypts_to_it() {
    let work = Workplace::new();
    let Some(gnupg) = ready(&work) else { return };
    let changed =
        Changed { work: &work, gnupg: &gnupg, key: RECIPIENT, other: SIGNER, usage: "encr" };
    for step in STEPS {
        changed.step(step);
        let encrypt = ["--yes", "-o", "by-gpg", "-r", RECIPIENT, "--encrypt", "plain"];
        let taken = gnupg.run(&encrypt).code == 0;
        assert_eq!(taken, step != Step::RevokedKey, "{step:?}");
        for export in EXPORTS {
            let line = [&["--yes", "-o", "key.pub"][..], export, &["--export", RECIPIENT]];
            gnupg.run(&line.concat()).exits(0);
            let examined = work.el2g(&["pgp", "recipient", "key.pub"]);
            let said = format!("{step:?} {export:?}: {}{}", examined.stdout, examined.stderr);
            assert_eq!(examined.code == 0, taken, "{said}");
            assert_eq!(seal(&work, "rsa2048.sec.asc", "key.pub") == 0, taken, "{said}");
            if taken {
                gnupg.run(&["--yes", "-o", "opened", "--decrypt", "out.asc"]).exits(0);
            }
        }
    }
    changed.was_changed("key.pub");
}

#[test]
#[cfg_attr(not(oracle = "gpg"), ignore = "needs gpg")]
fn a_signer_is_one_whenever_gnupg_signs_with_it() {
    // RSA-2048 and RSA-4096.
    for (key, other) in [(SIGNER, RECIPIENT), (RECIPIENT, SIGNER)] {
        let work = Workplace::new();
        let Some(gnupg) = ready(&work) else { return };
        let changed = Changed { work: &work, gnupg: &gnupg, key, other, usage: "sign" };
        for step in STEPS {
            changed.step(step);
            let sign = ["--yes", "-o", "by-gpg", "-u", key, "--sign", "plain"];
            let taken = gnupg.run(&sign).code == 0;
            assert_eq!(taken, step != Step::RevokedKey, "{step:?}");
            for export in EXPORTS {
                let line =
                    [&["--yes", "-o", "key.sec"][..], export, &["--export-secret-keys", key]];
                gnupg.run(&line.concat()).exits(0);
                let code = seal(&work, "key.sec", "recipient.pub.asc");
                assert_eq!(code == 0, taken, "{key} {step:?} {export:?}");
                if taken {
                    gnupg.run(&["--yes", "-o", "opened", "--decrypt", "out.asc"]).exits(0);
                }
            }
        }
        changed.was_changed("key.sec");
    }
}
