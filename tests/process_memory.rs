//! What a process still holds in memory when its work is done: nothing of a secret. The process is held at its last
//! act, the line on standard output, by a pipe that is full.

use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use el2g_key_payload::SecretBytes;
use el2g_openpgp_envelope::{RecipientSecret, Timestamp, open};

use crate::workplace::{Workplace, program, root, skipped, testdata};

/// Found in memory at the end, because the outcome names the file: shows that the search finds what is there.
const CONTROL: &str = "control-7c1f9a52e0d84b36.asc";
/// Of `openpgp/locked.sec.asc` (testdata/generate/openpgp.sh).
const PASSPHRASE: &str = "p\u{e4}ssw\u{f6}rd \u{20ac}uro";
const FIRST_COMPONENT: &str = "8f3b60d1c2aa4975e3179b06f45d2e8861c7305fa9be14d2073c8e65bd91f0a4";
const SECOND_COMPONENT: &str = "d25b8e0713f94ac66e80b31d97a5f24c3ce6581b0f7da29240d8e519b6733afc";
/// Longest piece that is read at once.
const PIECE: usize = 1 << 20;

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A process whose standard output takes nothing more.
struct Held {
    child: Child,
    /// Of the program itself; the child may be what runs it.
    id: u32,
    _full: OwnedFd,
}

/// Fills a pipe.
fn fill<Pipe: Write + AsFd>(mut pipe: Pipe) -> Pipe {
    let capacity = rustix::pipe::fcntl_getpipe_size(&pipe).unwrap();
    pipe.write_all(&vec![b'.'; capacity]).unwrap();
    pipe
}

impl Held {
    fn new(work: &Workplace, line: &str) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = Command::new(program());
        command.args(line.split(' ')).args(["-o", "json"]).env_clear().env("HOME", work.path(""));
        command.current_dir(work.path("")).stdin(Stdio::null()).stderr(Stdio::piped());
        let child = command.stdout(fill(writer)).spawn().unwrap();
        let held = Self { id: child.id(), child, _full: reader.into() };
        held.wait_until_it_writes();
        held
    }

    /// The same on a terminal, on which the questions are answered.
    fn on_terminal(work: &Workplace, line: &str, answers: &[&str]) -> Self {
        let made = Command::new("mkfifo").arg(work.path("pipe")).status().unwrap();
        assert!(made.success(), "a named pipe");
        let pipe = fill(File::options().read(true).write(true).open(work.path("pipe")).unwrap());
        let shell = "echo $$ > id.part; mv id.part id; exec \"$@\" > pipe";
        let mut command = Command::new("python3");
        command.arg(root().join("tests/terminal/answer.py")).args(["/bin/sh", "-c", shell, "sh"]);
        command.arg(program()).args(line.split(' ')).args(["-o", "json", "--"]).args(answers);
        command.env("HOME", work.path("")).current_dir(work.path(""));
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        while !work.path("id").exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = String::from_utf8(work.read("id")).unwrap().trim().parse().unwrap();
        let held = Self { child, id, _full: pipe.into() };
        held.wait_until_it_writes();
        held
    }

    fn proc(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.id)
    }

    /// Until it is in `write` on standard output (system call 1 with 1 as its first argument on x86-64, 64 elsewhere).
    fn wait_until_it_writes(&self) {
        let began = Instant::now();
        loop {
            let call = fs::read_to_string(self.proc("syscall")).unwrap_or_default();
            if call.starts_with("1 0x1 ") || call.starts_with("64 0x1 ") {
                return;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "it never wrote: {call}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Everything that can be read of its memory, piece by piece; pieces overlap by 64 bytes.
    fn pieces(&self) -> Vec<Vec<u8>> {
        let memory = File::open(self.proc("mem")).unwrap();
        let mut pieces = Vec::new();
        for line in fs::read_to_string(self.proc("maps")).unwrap().lines() {
            let mut words = line.split(' ');
            let (range, rights) = (words.next().unwrap(), words.next().unwrap());
            if !rights.starts_with('r') || line.ends_with("[vvar]") || line.ends_with("[vsyscall]")
            {
                continue;
            }
            let (start, end) = range.split_once('-').unwrap();
            let start = usize::from_str_radix(start, 16).unwrap();
            let end = usize::from_str_radix(end, 16).unwrap();
            for at in (start..end).step_by(PIECE) {
                let mut piece = vec![0; (PIECE + 64).min(end - at)];
                if memory.read_exact_at(&mut piece, at as u64).is_ok() {
                    pieces.push(piece);
                }
            }
        }
        pieces
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn holds(pieces: &[Vec<u8>], needle: &[u8]) -> bool {
    let first = needle[0];
    pieces.iter().any(|piece| {
        let mut rest = piece.as_slice();
        while let Some(at) = rest.iter().position(|byte| *byte == first) {
            if rest[at..].starts_with(needle) {
                return true;
            }
            rest = &rest[at + 1..];
        }
        false
    })
}

/// What must not be there: each secret whole would be found by its halves, too.
fn secrets_of(key_hex: &str) -> Vec<(String, Vec<u8>)> {
    let mut secrets = Vec::new();
    for (half, text) in [("first", &key_hex[..32]), ("second", &key_hex[32..64])] {
        secrets.push((format!("{half} half of the key"), bytes(text)));
        secrets.push((format!("{half} half of its hex"), text.as_bytes().to_vec()));
        secrets.push((format!("{half} half of its HEX"), text.to_uppercase().into_bytes()));
    }
    secrets
}

/// The secret numbers of an unprotected RSA-2048 key in its armor, 24 bytes out of the middle of each: version,
/// time, algorithm, n, e, S2K usage, then d, p, q, u (RFC 4880 5.5.3).
fn secret_numbers(armor: &str) -> Vec<(String, Vec<u8>)> {
    let lines =
        armor.lines().skip_while(|line| !line.is_empty()).filter(|l| !l.starts_with(['-', '=']));
    let packet = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        lines.collect::<String>(),
    )
    .unwrap();
    let mut at = 3 + 6 + (2 + 256) + 2 + 3;
    assert_eq!(
        (packet[0], packet[at]),
        (0x95, 0),
        "an old packet of two length octets, S2K usage 0"
    );
    at += 1;
    let mut numbers = Vec::new();
    for (name, length) in [("d", 256), ("p", 128), ("q", 128), ("u", 128)] {
        let bits = usize::from(u16::from_be_bytes([packet[at], packet[at + 1]]));
        let octets = bits.div_ceil(8);
        assert!(octets <= length && octets > length - 3, "{name} has {bits} bits");
        let middle = at + 2 + octets / 2;
        numbers.push((format!("{name} of the signing key"), packet[middle..middle + 24].to_vec()));
        // Big numbers are kept in words, the least significant first.
        let reversed = packet[middle..middle + 24].iter().rev().copied().collect();
        numbers.push((format!("{name} of the signing key, reversed"), reversed));
        at += 2 + octets;
    }
    numbers
}

#[track_caller]
fn holds_none(held: &Held, secrets: &[(String, Vec<u8>)]) {
    let pieces = held.pieces();
    assert!(holds(&pieces, CONTROL.as_bytes()), "the search does not find what is there");
    let found: Vec<&String> =
        secrets.iter().filter(|(_, secret)| holds(&pieces, secret)).map(|(name, _)| name).collect();
    assert_eq!(found, Vec::<&String>::new());
}

/// The memory of a process that forbids it can be read by root only.
fn may_read_memory() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skipped("only root can read the memory of a process that forbids it");
    }
    root
}

/// A folder with signers, recipients and these files; `None` where memory cannot be read.
fn workplace(secrets: &[(&str, &str)]) -> Option<Workplace> {
    if !may_read_memory() {
        return None;
    }
    let work = Workplace::new();
    for name in ["rsa2048.sec", "locked.sec", "recipient.pub", "other-recipient.pub"] {
        work.take(&format!("openpgp/{name}.asc"));
    }
    for (name, content) in secrets {
        work.write_secret(name, content);
    }
    Some(work)
}

const TO: &str = "--signer rsa2048.sec.asc --recipient recipient.pub.asc";

/// The secret numbers of the signing key.
fn signing_key(work: &Workplace) -> Vec<(String, Vec<u8>)> {
    secret_numbers(&String::from_utf8(work.read("rsa2048.sec.asc")).unwrap())
}

/// What two components combine to.
fn combined(first: &str, second: &str) -> String {
    let pairs = bytes(first).into_iter().zip(bytes(second));
    pairs.map(|(first, second)| format!("{:02x}", first ^ second)).collect()
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn nothing_of_a_key_or_an_unprotected_signing_key_is_left() {
    let Some(work) = workplace(&[("key.hex", FIRST_COMPONENT)]) else { return };
    let held = Held::new(&work, &format!("pgp seal --kind aes --in key.hex --out {CONTROL} {TO}"));
    assert!(work.names().contains(&CONTROL.to_owned()), "the message is there");
    let mut secrets = secrets_of(FIRST_COMPONENT);
    secrets.extend(signing_key(&work));
    let armor = String::from_utf8(work.read("rsa2048.sec.asc")).unwrap();
    let line = armor.lines().nth(30).unwrap();
    secrets.push(("a line of the signing key's file".into(), line.as_bytes().to_vec()));
    holds_none(&held, &secrets);
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn nothing_of_a_passphrase_is_left() {
    let files = [("key.hex", FIRST_COMPONENT), ("passphrase", PASSPHRASE)];
    let Some(work) = workplace(&files) else { return };
    let locked = TO.replace("rsa2048", "locked");
    let seal = format!("pgp seal --kind hmac --in key.hex --out {CONTROL} {locked}");
    let held = Held::new(&work, &format!("{seal} --passphrase-file passphrase"));
    let mut secrets = secrets_of(FIRST_COMPONENT);
    secrets.push(("the passphrase".into(), PASSPHRASE.as_bytes().to_vec()));
    secrets.push(("the passphrase's end".into(), PASSPHRASE.as_bytes()[4..].to_vec()));
    holds_none(&held, &secrets);
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn nothing_of_components_or_of_what_they_combine_to_is_left() {
    let files = [("first.hex", FIRST_COMPONENT), ("second.hex", SECOND_COMPONENT)];
    let Some(work) = workplace(&files) else { return };
    let components = "--component first.hex --component second.hex";
    let held = Held::new(&work, &format!("pgp seal --kind aes {components} --out {CONTROL} {TO}"));
    let whole = combined(FIRST_COMPONENT, SECOND_COMPONENT);
    let all = [FIRST_COMPONENT, SECOND_COMPONENT, &whole];
    holds_none(&held, &all.into_iter().flat_map(secrets_of).collect::<Vec<_>>());
}

/// The first custodian has a check value, the second types the digits twice.
#[test]
#[cfg_attr(not(all(oracle = "python3", oracle = "root")), ignore = "needs python3, root")]
fn nothing_of_components_that_were_typed_is_left() {
    let Some(work) = workplace(&[]) else { return };
    if crate::oracles::oracle("python3").is_none() {
        return;
    }
    let components = "--component prompt --component prompt";
    let line = format!("pgp seal --kind hmac {components} --out {CONTROL} {TO}");
    let answers = [FIRST_COMPONENT, "5437b33f64", SECOND_COMPONENT, "", SECOND_COMPONENT];
    let held = Held::on_terminal(&work, &line, &answers);
    let whole = combined(FIRST_COMPONENT, SECOND_COMPONENT);
    assert_eq!(opened(&work, CONTROL), whole);
    let all = [FIRST_COMPONENT, SECOND_COMPONENT, &whole];
    let mut secrets = all.into_iter().flat_map(secrets_of).collect::<Vec<_>>();
    secrets.extend(signing_key(&work));
    holds_none(&held, &secrets);
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn nothing_of_a_new_key_is_left_after_its_copy_is_sealed_too() {
    let Some(work) = workplace(&[]) else { return };
    let copy = "--escrow-to other-recipient.pub.asc --escrow-out copy.asc";
    let seal = format!("pgp seal --kind aes --generate 256 --out {CONTROL} {copy} {TO}");
    let held = Held::new(&work, &seal);
    let mut secrets = secrets_of(&opened(&work, CONTROL));
    secrets.extend(signing_key(&work));
    holds_none(&held, &secrets);
}

/// A batch of thirty rows, every third of them generated, with `more`.
fn holds_nothing_of_a_batch(more: &str) {
    let files = [("key.hex", FIRST_COMPONENT), ("other.hex", SECOND_COMPONENT)];
    let Some(work) = workplace(&files) else { return };
    let rows: String = (1..=30)
        .map(|row| match row % 3 {
            0 => format!("made-{row},aes,,256\n"),
            1 => format!("key-{row},aes,key.hex,\n"),
            _ => format!("other-{row},hmac,other.hex,\n"),
        })
        .collect();
    work.write("m.csv", format!("name,kind,file,generate\n{rows}"));
    let batch = format!("pgp seal-batch m.csv --out-dir {CONTROL} --jobs 4 {TO} {more}");
    let held = Held::new(&work, &batch);
    let mut secrets = secrets_of(FIRST_COMPONENT);
    secrets.extend(secrets_of(SECOND_COMPONENT));
    for row in (3..=30).step_by(3) {
        secrets.extend(secrets_of(&opened(&work, &format!("{CONTROL}/made-{row}.asc"))));
    }
    secrets.extend(signing_key(&work));
    holds_none(&held, &secrets);
}

/// Threads seal here; the C library keeps the stacks of threads that have ended.
#[test]
fn nothing_of_a_batch_is_left_on_the_stacks_of_its_threads() {
    holds_nothing_of_a_batch("--discard-plaintext");
}

#[test]
fn nothing_of_a_batch_is_left_after_its_copies_are_sealed_too() {
    holds_nothing_of_a_batch("--escrow-to other-recipient.pub.asc --escrow-dir copies");
}

/// The hex that a message holds.
fn opened(work: &Workplace, message: &str) -> String {
    let file = |name: &str| fs::read(testdata(&format!("openpgp/{name}"))).unwrap();
    let secret = SecretBytes::new(file("recipient.sec.asc"));
    let secret = RecipientSecret::open(&secret, None).unwrap();
    let signer = String::from_utf8(file("rsa2048.pub.asc")).unwrap();
    let opened = open(&work.read(message), &secret, &signer, Timestamp(1_798_761_600)).unwrap();
    String::from_utf8(opened.literal.expose().to_vec()).unwrap()
}

#[test]
#[cfg_attr(not(oracle = "root"), ignore = "needs root")]
fn the_process_cannot_be_dumped_and_its_memory_is_locked_where_that_is_allowed() {
    let Some(work) = workplace(&[]) else { return };
    work.write(CONTROL, "x");
    let held = Held::new(&work, &format!("checksum {CONTROL}"));
    let limits = fs::read_to_string(held.proc("limits")).unwrap();
    let line = |name: &str| limits.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let words = |line: String| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(line("Max core file size"))[4..6], ["0", "0"]);
    let status = fs::read_to_string(held.proc("status")).unwrap();
    let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap().trim();
    let unlimited = words(line("Max locked memory"))[3] == "unlimited";
    assert_eq!(locked != "0 kB", unlimited, "{locked}");
}
