//! What every command prints for people: a session with the sandbox, compared line by line with `human_output/session.txt`.
//! `EL2G_UPDATE=1` writes the file again from what is printed; read the difference before you commit it.

use std::fs;
use std::process::Command;

use crate::house::commands::leaves;
use crate::house::read;
use crate::served::Served;
use crate::workplace::{Workplace, program, root};

pub const SESSION: &str = "tests/human_output/session.txt";

/// Commands that the session does not run, and what holds their output.
const ELSEWHERE: [(&str, &str); 11] = [
    ("claim-code secrets", "tests/bulk.rs: secrets are for files"),
    ("completions", "tests/completions.rs: shells read it"),
    ("config token remove", "tests/config.rs: what is stored"),
    ("config token set", "tests/config.rs: it asks for a token"),
    ("demo", "tests/demo.rs: it runs for seconds"),
    ("help", "tests/help.rs"),
    ("man", "tests/man.rs: `man` reads it"),
    ("pgp certify", "tests/pkcs11.rs: it needs a token"),
    ("provision", "tests/provision.rs, and the book"),
    ("sandbox serve", "tests/sandbox/serving.rs: the session's own service"),
    ("setup", "tests/setup.rs: it asks questions"),
];

/// The commands of the session, each behind `$ `.
pub fn commands(session: &str) -> Vec<&str> {
    session.lines().filter_map(|line| line.strip_prefix("$ ")).collect()
}

/// A text with each run of these characters as `to` has it.
fn runs(text: &str, of: fn(char) -> bool, to: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !of(c)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        masked += to(run).unwrap_or(run);
        let next = behind.find(of).unwrap_or(behind.len());
        masked += &behind[..next];
        rest = &behind[next..];
    }
    masked
}

fn is_uuid(run: &str) -> bool {
    run.split('-').map(str::len).eq([8, 4, 4, 4, 12])
}

fn is_base64_line(line: &str) -> bool {
    let text = line.trim();
    text.len() >= 40 && text.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c))
}

/// A line without what differs from run to run: keys, times, ports. Numbers that a command of the session names stay.
fn steady(line: &str, folder: &str, session: &str) -> String {
    let line = line.replace(folder, "[folder]");
    // A number of RSA that begins with zeros is shorter, and with it the packet.
    if let Some((packet, _)) = line.split_once("), ")
        && packet.trim_start().starts_with("packet ")
    {
        return format!("{packet}), [length] at [offset]");
    }
    let is_check_value = line.starts_with("check value ");
    if is_base64_line(&line) && !session.contains(line.trim()) {
        return "[base64]".to_owned();
    }
    let line =
        runs(&line, |c| c.is_ascii_hexdigit() || c == '-', |run| is_uuid(run).then_some("[uuid]"));
    let line = runs(
        &line,
        |c| c.is_ascii_digit() || "-T:Z.".contains(c),
        |run| {
            let is_time = run.len() >= 20 && run.as_bytes()[10] == b'T' && run.ends_with('Z');
            (is_time && !session.contains(run)).then_some("[time]")
        },
    );
    let line = runs(
        &line,
        |c| c.is_ascii_digit() || c == '.',
        |run| {
            let is_seconds = run.find('.') == Some(10) && run.len() > 11;
            is_seconds.then_some("[time]")
        },
    );
    let line = runs(
        &line,
        |c| c.is_ascii_digit() || ".:".contains(c),
        |run| run.starts_with("127.0.0.1:").then_some("127.0.0.1:[port]"),
    );
    runs(
        &line,
        |c| c.is_ascii_hexdigit(),
        |run| {
            let is_long = [16, 40, 64].contains(&run.len()) || is_check_value && run.len() == 10;
            let is_key =
                run.len() >= 10 && (is_long || run.contains(|c: char| c.is_ascii_alphabetic()));
            (is_key && !session.contains(run)).then_some("[hex]")
        },
    )
}

/// The lines of a command's output, steady; what stands in a PEM block is one line, however long.
fn lines(printed: &str, folder: &str, session: &str) -> Vec<String> {
    let mut is_inside = false;
    let mut lines = Vec::new();
    for line in printed.lines() {
        if line.contains("-----END ") {
            is_inside = false;
        }
        let line = if is_inside { "[base64]".to_owned() } else { steady(line, folder, session) };
        is_inside |= line.contains("-----BEGIN ");
        lines.push(line);
    }
    lines.dedup_by(|a, b| a == b && a == "[base64]");
    lines
}

#[test]
fn every_command_prints_what_the_session_shows() {
    let session = read(SESSION);
    let typed = commands(&session).join("\n");
    let served = Served::start(Workplace::new(), &[]);
    served.work.take("keys/p256.pub");
    served.work.take("openpgp/recipient.pub.asc");
    let folder = served.work.path("").display().to_string();
    let folder = folder.trim_end_matches('/');
    let programs = program().parent().expect("target/<profile>").display().to_string();
    let mut printed = String::new();
    for command in commands(&session) {
        let mut shell = Command::new("timeout");
        shell
            .env_clear()
            .env("PATH", format!("{programs}:{}", std::env::var("PATH").unwrap_or_default()))
            .env("EL2G_BASE_URL", served.url("baseUrl"))
            .env("EL2G_TOKEN_FILE", served.url("tokenFile"));
        let script = format!("exec 2>&1\n{command}");
        let ran = served.work.oracle(shell, &["120", "sh", "-c", &script]).expect("a shell");
        printed += &format!("$ {command}\n");
        for line in lines(&ran.stdout, folder, &typed) {
            printed += &format!("{line}\n");
        }
        if ran.code != 0 {
            printed += &format!("[exit {}]\n", ran.code);
        }
    }
    if std::env::var_os("EL2G_UPDATE").is_some() {
        return fs::write(root().join(SESSION), printed).expect("the session is written");
    }
    let mut command = "";
    for (number, (shown, line)) in session.lines().zip(printed.lines()).enumerate() {
        command = shown.strip_prefix("$ ").unwrap_or(command);
        assert_eq!(line, shown, "{SESSION}:{}, of `{command}`", number + 1);
    }
    assert_eq!(printed.lines().count(), session.lines().count());
}

#[test]
fn the_session_runs_every_command() {
    let session = read(SESSION);
    let typed = format!("{}\n", commands(&session).join("\n"));
    let mut missing: Vec<String> = leaves()
        .into_iter()
        .map(|(path, _)| path.join(" "))
        .filter(|command| {
            !typed.contains(&format!("el2g {command} "))
                && !typed.contains(&format!("el2g {command}\n"))
        })
        .collect();
    missing.sort();
    let elsewhere: Vec<&str> = ELSEWHERE.iter().map(|(command, _)| *command).collect();
    assert_eq!(missing, elsewhere);
}

#[test]
fn what_differs_from_run_to_run_is_left_out() {
    let steady = |line: &str| steady(line, "/tmp/x", "--id 04005001d7 --at 2026-01-01T00:00:00Z");
    for (line, expected) in [
        ("id 04005001d7, key 04005001d8", "id 04005001d7, key [hex]"),
        ("until 2041-11-28T03:28:58Z", "until [time]"),
        ("at 2026-01-01T00:00:00Z", "at 2026-01-01T00:00:00Z"),
        ("createdTs: 1795836613.361", "createdTs: [time]"),
        ("http://127.0.0.1:8075/api", "http://127.0.0.1:[port]/api"),
        ("[correlation id af7ab913-6a46-439f-8473-331abb68eb69]", "[correlation id [uuid]]"),
        ("wrote /tmp/x/a.pem, 12NC 935389312472", "wrote [folder]/a.pem, 12NC 935389312472"),
        ("  MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE+/8=", "[base64]"),
    ] {
        assert_eq!(steady(line), expected);
    }
}
