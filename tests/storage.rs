//! Where nothing can be written: a full disk, a limit on a file's size, a file system that is read only.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::workplace::{Ran, Workplace, program, skipped};

/// A file system of its own in a folder, gone with the test.
pub struct Disk(PathBuf);

impl Disk {
    /// Mounts a tmpfs. `None` where that is not allowed, which is said; where it is allowed and fails, that is an
    /// error in CI.
    pub fn mount(work: &Workplace, name: &str, options: &str) -> Option<Self> {
        let path = work.path(name);
        fs::create_dir(&path).expect("the test's own folder");
        let disk = Self(path);
        if disk.run(&["-t", "tmpfs", "-o", options, "tmpfs"]) {
            return Some(disk);
        }
        if may_mount() {
            skipped("a tmpfs cannot be mounted");
        } else {
            // Not for `skipped`: a container without the right is a place CI may run in.
            use std::io::Write as _;
            let why = "skipped: a tmpfs cannot be mounted here: no CAP_SYS_ADMIN, or a container forbids it";
            let _ = writeln!(std::io::stderr(), "{why}");
        }
        None
    }

    /// Mounts it again with other options.
    pub fn remount(&self, options: &str) {
        assert!(self.run(&["-o", &format!("remount,{options}")]), "{options}");
    }

    fn run(&self, arguments: &[&str]) -> bool {
        let mut command = Command::new("mount");
        command.args(arguments).arg(&self.0).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).stderr(Stdio::null()).status();
    }
}

/// Whether this process has CAP_SYS_ADMIN (number 21) and no seccomp filter, as containers set one.
fn may_mount() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let value = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let capabilities = value("CapEff:").and_then(|mask| u64::from_str_radix(mask, 16).ok());
    capabilities.is_some_and(|mask| mask >> 21 & 1 == 1) && value("Seccomp:") == Some("0")
}

/// A folder with keys and a secret.
fn workplace() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "recipient.pub.asc", "other-recipient.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work.write("m.csv", "name,kind,file,generate\na,aes,key.hex,\nb,aes,,256\n");
    work
}

const TO: &str = "--signer rsa2048.sec.asc --recipient recipient.pub.asc";

/// Command lines that write into the folder `to`, each with the files it makes there.
fn writing(to: &str) -> Vec<(String, usize)> {
    let seal = format!("pgp seal --kind aes {TO} --out {to}/out.asc --receipt {to}/receipt.json");
    let escrow = format!("--escrow-to other-recipient.pub.asc --escrow-out {to}/copy.asc");
    let keygen = "pgp keygen --user-id K --bits 2048 --no-passphrase";
    vec![
        (format!("{seal} --in key.hex"), 2),
        (format!("{seal} --generate 256 {escrow}"), 3),
        (format!("{keygen} --secret-out {to}/signer.asc --public-out {to}/signer.pub"), 2),
    ]
}

/// Everything in a folder, hidden files too.
fn names(work: &Workplace, folder: &str) -> Vec<String> {
    let entries = fs::read_dir(work.path(folder)).expect("the test's own folder");
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn el2g(work: &Workplace, line: &str) -> Ran {
    work.el2g(&line.split(' ').collect::<Vec<_>>())
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let work = workplace();
    let Some(disk) = Disk::mount(&work, "disk", "size=8k") else { return };
    work.write("disk/fill", vec![b'.'; 8192]);
    for (line, made) in writing("disk") {
        let ran = el2g(&work, &line).exits(3);
        assert!(ran.stderr.contains("cannot be written: no space left"), "{}", ran.stderr);
        assert_eq!(names(&work, "disk"), ["fill"], "{line}");
        disk.remount("size=64k");
        el2g(&work, &line).exits(0);
        let all = names(&work, "disk");
        assert_eq!(all.len(), 1 + made, "{all:?}");
        for name in all.iter().filter(|name| *name != "fill") {
            fs::remove_file(work.path(&format!("disk/{name}"))).unwrap();
        }
        disk.remount("size=8k");
    }
}

#[test]
fn a_file_system_that_is_read_only_is_told_before_a_key_is_used() {
    let work = workplace();
    let Some(_disk) = Disk::mount(&work, "disk", "ro") else { return };
    // The signer's passphrase is not even asked for: the place is looked at first.
    work.take("openpgp/locked.sec.asc");
    for (line, _) in writing("disk") {
        let ran = el2g(&work, &line.replace("rsa2048.sec.asc", "locked.sec.asc")).exits(3);
        assert!(ran.stderr.contains("cannot be written: read-only file"), "{}", ran.stderr);
    }
    let batch = format!("pgp seal-batch m.csv --out-dir disk/out --discard-plaintext {TO}");
    let ran = el2g(&work, &batch).exits(3);
    assert!(ran.stderr.contains("disk/out"), "{}", ran.stderr);
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_leaves_nothing() {
    let work = workplace();
    fs::create_dir(work.path("out")).unwrap();
    // In units of 512 bytes: everything that is made here is larger.
    let limited = |line: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 1; exec \"$@\"", "sh"]).arg(program());
        work.oracle(shell, &line.split(' ').collect::<Vec<_>>()).expect("a shell")
    };
    for (line, _) in writing("out") {
        let ran = limited(&line).exits(3);
        assert!(ran.stderr.contains("cannot be written: file too large"), "{}", ran.stderr);
        assert_eq!(names(&work, "out"), [""; 0], "{line}");
    }
    // A batch stops with what it has, and goes on without the limit.
    let batch = format!("pgp seal-batch m.csv --out-dir out --discard-plaintext {TO}");
    let ran = limited(&batch).exits(7);
    assert!(ran.stderr.contains("file too large"), "{}", ran.stderr);
    assert!(!names(&work, "out").iter().any(|name| name.ends_with(".asc")));
    let report = el2g(&work, &format!("{batch} -o json")).exits(0).json();
    assert_eq!(report["sealed"], 2);
}

#[test]
fn no_output_takes_the_place_of_another_or_of_a_secret_that_is_read() {
    let work = workplace();
    work.take("openpgp/rsa4096.sec.asc");
    work.take("openpgp/rsa4096.pub.asc");
    let all = |work: &Workplace| {
        let mut found: Vec<(String, Vec<u8>)> = fs::read_dir(work.path("."))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_file())
            .map(|path| (path.display().to_string(), fs::read(&path).unwrap()))
            .collect();
        found.sort();
        found
    };
    std::os::unix::fs::symlink("key.hex", work.path("link")).unwrap();
    let before = all(&work);
    let seal = "pgp seal --kind aes --signer rsa2048.sec.asc --recipient recipient.pub.asc";
    let keygen = "pgp keygen --user-id x --bits 2048 --no-passphrase --no-input --secret-out k";
    let made = format!("{seal} --generate 256 --escrow-to rsa4096.pub.asc --escrow-out ./e");
    let (same, read) = ("two outputs name the same file", "this command also reads this file");
    for (line, code, said) in [
        (format!("{keygen} --public-out ./k"), 2, same),
        (format!("{keygen} --public-out ./k --force"), 2, same),
        ("ca root --subject CN=R --key-out k --out ./k --force".to_owned(), 2, same),
        (format!("{made} --out e"), 2, same),
        (format!("{made} --out e --force"), 2, same),
        (format!("{seal} --in key.hex --out m --receipt ./m --force"), 2, same),
        (format!("{seal} --in key.hex --out ./key.hex"), 2, read),
        (format!("{seal} --in key.hex --out link --force"), 2, read),
        (format!("{seal} --in key.hex --out rsa2048.sec.asc --force"), 2, read),
        (format!("{seal} --in key.hex --out rsa4096.sec.asc"), 3, "not overwritten"),
        ("pgp public rsa4096.sec.asc --out ./rsa4096.sec.asc".to_owned(), 2, read),
    ] {
        let ran = work.el2g(&line.split(' ').collect::<Vec<_>>()).exits(code);
        assert!(ran.stderr.contains(said), "{line}: {}", ran.stderr);
        assert!(all(&work) == before, "{line}: a file has changed");
    }
}
