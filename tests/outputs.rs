//! What holds for every output: hostile places, signals, and a standard output that takes nothing.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::{Pid, Signal, kill_process};

use crate::help::leaves;
use crate::workplace::{Workplace, program, testdata};

const KEYGEN: &str = "pgp keygen --user-id K --bits 2048 --no-passphrase";
const SEAL: &str =
    "pgp seal --kind aes --in key.hex --signer rsa2048.sec.asc --recipient recipient.pub.asc";

/// Commands that work offline, with the output that is tried left open as `@`, and an input of each.
fn outputs() -> Vec<(String, &'static str)> {
    let sign = "ca sign --csr i.csr --root-cert root.pem --root-key root.key --days 3650 --yes";
    vec![
        (format!("{KEYGEN} --secret-out @ --public-out p"), ""),
        (format!("{KEYGEN} --secret-out s --public-out @"), ""),
        (format!("{SEAL} --out @"), "key.hex"),
        (format!("{SEAL} --out o --receipt @"), "rsa2048.sec.asc"),
        (format!("{SEAL} --out o --escrow-to other-recipient.pub.asc --escrow-out @"), "key.hex"),
        ("pgp public rsa2048.sec.asc --out @".to_owned(), "rsa2048.sec.asc"),
        ("ca root --subject CN=x --key-out @ --out c".to_owned(), ""),
        ("ca root --subject CN=x --key-out k --out @".to_owned(), ""),
        (format!("{sign} --out @"), "root.key"),
        (format!("{sign} --out o --record @"), "root.key"),
        ("ca sign --csr i.csr --root-cert root.pem --days 3650 --tbs-out @".to_owned(), "root.pem"),
        ("claim-code generate --out @".to_owned(), ""),
        ("cert check root.pem --out @ --format json".to_owned(), "root.pem"),
    ]
}

/// Outputs of commands that ask the service or a token first: the types of their arguments hold them to the same rules.
const ELSEWHERE: [(&str, &str); 14] = [
    ("batch", "--out"),
    ("keyset", "--out"),
    ("pgp certify", "--out"),
    ("secure-object create", "--escrow-out"),
    ("activity report", "--out"),
    ("claim-code secret", "--out"),
    ("claim-code create-batch", "--secrets-out"),
    ("intermediate-ca csr", "--out"),
    ("intermediate-ca download", "--out"),
    ("intermediate-ca enroll", "--csr-out"),
    ("intermediate-ca enroll", "--out"),
    ("intermediate-ca prove", "--out"),
    ("intermediate-ca verification-certificate", "--out"),
    ("provisioning", "--out"),
];

#[test]
fn every_output_of_every_command_is_tried() {
    let work = Workplace::new();
    let mut found = Vec::new();
    leaves(&work, &[], &mut found);
    let tried = outputs();
    let mut missing = Vec::new();
    for (command, help) in found {
        let flags = help.lines().filter_map(|line| line.trim_start().split(' ').next());
        let written = |flag: &&str| {
            flag.ends_with("-out") || ["--out", "--receipt", "--record"].contains(flag)
        };
        for flag in flags.filter(written) {
            let row = |line: &String| {
                line.starts_with(&format!("{command} ")) && line.contains(&format!("{flag} @"))
            };
            let elsewhere =
                ELSEWHERE.iter().any(|(name, it)| command.starts_with(name) && *it == flag);
            if !elsewhere && !tried.iter().any(|(line, _)| row(line)) {
                missing.push(format!("{command} {flag}"));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn workplace() -> Workplace {
    let work = Workplace::new();
    for name in ["rsa2048.sec.asc", "recipient.pub.asc", "other-recipient.pub.asc"] {
        work.take(&format!("openpgp/{name}"));
    }
    work.write_secret("key.hex", "00112233445566778899aabbccddeeff");
    work.write("i.csr", fs::read(testdata("x509/good/request.pem")).unwrap());
    work.el2g(&words("ca root --subject CN=R,O=E --key-out root.key --out root.pem")).exits(0);
    work
}

/// Everything that is there, with what it is and what it holds.
fn state(work: &Workplace) -> Vec<(String, u64, Vec<u8>)> {
    let of = |name: String| {
        let found = fs::symlink_metadata(work.path(&name)).unwrap();
        let content = if found.is_file() { work.read(&name) } else { Vec::new() };
        (name, found.ino(), content)
    };
    work.names().into_iter().map(of).collect()
}

#[test]
fn no_output_goes_to_a_hostile_place_and_nothing_is_lost() {
    let work = workplace();
    fs::create_dir(work.path("folder")).unwrap();
    mknodat(CWD, work.path("fifo"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    symlink("nothing", work.path("dangling")).unwrap();
    work.write("request", "-----BEGIN CERTIFICATE REQUEST-----\n");
    symlink("request", work.path("link")).unwrap();
    fs::hard_link(work.path("root.key"), work.path("hard.root.key")).unwrap();
    fs::hard_link(work.path("key.hex"), work.path("hard.key.hex")).unwrap();
    fs::hard_link(work.path("rsa2048.sec.asc"), work.path("hard.rsa2048.sec.asc")).unwrap();
    fs::hard_link(work.path("root.pem"), work.path("hard.root.pem")).unwrap();
    let before = state(&work);
    for (line, input) in outputs() {
        let mut places = vec!["folder", "dangling", "request", "link", "none/x", "/proc/x"];
        // A FIFO that the user names takes what is public, and waits for a reader.
        if [
            "secret-out @",
            "key-out @",
            "record @",
            "receipt @",
            "escrow-out @",
            "claim-code generate",
        ]
        .iter()
        .any(|flag| line.contains(flag))
        {
            places.push("fifo");
        }
        let hard = format!("hard.{input}");
        if !input.is_empty() {
            places.extend([input, &hard]);
        }
        for place in places {
            let line = line.replace('@', place);
            let ran = work.el2g(&words(&line));
            assert!([2, 3].contains(&ran.code), "{line}: {} {}", ran.code, ran.stderr);
            assert!(!ran.stderr.contains("panicked"), "{line}: {}", ran.stderr);
            assert!(state(&work) == before, "{line}: {:?}", work.names());
        }
        // What is read is not written to even with --force.
        if !input.is_empty() {
            for place in [input, &hard] {
                let line = line.replace('@', place) + " --force";
                work.el2g(&words(&line)).exits(2);
                assert!(state(&work) == before, "{line}");
            }
        }
    }
}

#[test]
fn a_killed_command_leaves_no_hidden_file_and_ends_by_the_signal() {
    let rounds = std::env::var("EL2G_KILLS").ok().and_then(|it| it.parse().ok()).unwrap_or(8);
    for force in [false, true] {
        for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
            for round in 0..rounds {
                let work = Workplace::new();
                let mut line = words("ca root --subject CN=x --key-out k --out c");
                if force {
                    work.write_secret("k", "before");
                    work.write("c", "before");
                    line.push("--force");
                }
                let mut child = Command::new(program())
                    .args(line)
                    .current_dir(work.path(""))
                    .stdout(Stdio::null())
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                std::thread::sleep(Duration::from_micros(2000 + 18_000 * round / rounds));
                let _ = kill_process(Pid::from_child(&child), signal);
                let status = child.wait().unwrap();
                assert!(status.success() || status.signal() == Some(signal.as_raw()), "{status}");
                for name in work.names() {
                    assert!(["k", "c"].contains(&name.as_str()), "{name}");
                    let text = work.read(&name);
                    assert!(text == b"before" || text.ends_with(b"-----\n"), "{name}");
                }
            }
        }
    }
}

/// Commands that print: whether the reader may leave early.
const PRINTING: [(&str, bool); 9] = [
    ("pgp public rsa2048.sec.asc", false),
    (SEAL, false),
    ("pem escape root.pem", false),
    ("pem escape root.pem -o json", false),
    ("checksum root.pem", true),
    ("cert check root.pem", true),
    ("cert rules", true),
    ("config show", true),
    ("--help", true),
];

#[test]
fn lost_output_is_never_a_success() {
    let work = workplace();
    for (line, may_leave) in PRINTING {
        let good = work.el2g(&words(line)).code;
        let run = |stdout: Stdio, closed: &str| {
            // The shell closes or redirects what a Command cannot.
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(format!("exec \"$0\" \"$@\" {closed}")).arg(program());
            shell.args(words(line)).current_dir(work.path("")).env("HOME", work.path(""));
            shell.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::null());
            shell.arg0("sh").status().unwrap().code()
        };
        for closed in [">&-", ">/dev/full", "1<root.pem"] {
            assert_eq!(run(Stdio::null(), closed), Some(3), "{line} {closed}");
        }
        assert_eq!(run(Stdio::null(), ""), Some(good), "{line}");
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        drop(reader);
        let expected = if may_leave { good } else { 3 };
        assert_eq!(run(writer.into(), ""), Some(expected), "{line} into a dead pipe");
    }
}

#[test]
fn a_receipt_is_written_only_when_the_message_is_out() {
    let work = workplace();
    let line = format!("exec \"$0\" {SEAL} --receipt receipt >&-");
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(line).arg(program()).current_dir(work.path("")).stderr(Stdio::null());
    assert_eq!(shell.status().unwrap().code(), Some(3));
    assert!(!work.path("receipt").exists());
}
