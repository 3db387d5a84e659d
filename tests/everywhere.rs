//! What holds for every command: exit codes, errors in both forms, broken pipes, files that are kept.

use std::process::{Command, Stdio};

use crate::workplace::{Workplace, program, root};

#[test]
fn the_exit_codes_of_help_are_those_of_the_book() {
    let work = Workplace::new();
    let help = work.el2g(&["--help"]).exits(0).stdout;
    let table = help.split("Exit codes:").nth(1).expect("the table stands at the end");
    // A long meaning is wrapped.
    let table = table.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = include_str!("../docs/reliability.md");
    let rows = page.split("| exit | meaning |\n|---|---|\n").nth(1).expect("the page has it");
    let rows: Vec<String> = rows
        .lines()
        .map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .map(|row| row.replace(" | ", " "))
        .collect();
    assert_eq!(rows.len(), 8);
    assert_eq!(table, rows.join(" "));
}

#[test]
fn errors_are_one_line_or_one_json_object() {
    let work = Workplace::new();
    let human = work.el2g(&["checksum", "a\nb"]).exits(3);
    assert_eq!(human.stderr, "error: a\\nb: cannot be read: no such file\n");
    for line in [&["checksum", "none", "-o", "json"][..], &["-o", "json", "chcksum"]] {
        let ran = work.el2g(line);
        assert_eq!(ran.stdout, "");
        let last = ran.stderr.lines().last().expect("an error");
        let error: serde_json::Value = serde_json::from_str(last).expect("JSON");
        let kind = if ran.code == 3 { "input" } else { "usage" };
        assert_eq!(error["error"]["kind"], kind, "{last}");
        for key in ["message", "status", "code", "correlationId"] {
            assert!(error["error"].get(key).is_some(), "no {key} in {last}");
        }
    }
}

#[test]
fn the_flag_beats_the_environment() {
    let work = Workplace::new();
    work.write("f", "abc");
    let json = work.el2g_with(&[("EL2G_OUTPUT", "json")], &["checksum", "f"]).exits(0);
    assert!(json.stdout.starts_with('{'));
    let human =
        work.el2g_with(&[("EL2G_OUTPUT", "json")], &["checksum", "f", "-o", "human"]).exits(0);
    assert!(!human.stdout.starts_with('{'));
    // An empty variable counts as unset, a wrong one is named.
    work.el2g_with(&[("EL2G_OUTPUT", "")], &["checksum", "f"]).exits(0);
    let wrong = work.el2g_with(&[("EL2G_OUTPUT", "xml")], &["checksum", "f"]).exits(2);
    assert!(wrong.stderr.starts_with("error: EL2G_OUTPUT: found `xml`"), "{}", wrong.stderr);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let work = Workplace::new();
    work.write("f", "abc");
    let mut child = Command::new(program())
        .args(["checksum", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it was built");
    drop(child.stdout.take());
    drop(child.stdin.take());
    let output = child.wait_with_output().expect("it was started");
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
        (Some(0), "")
    );
}

#[test]
fn standard_input_is_read_for_one_thing_only() {
    let work = Workplace::new();
    work.take("openpgp/rsa2048.sec.asc");
    let line = ["pgp", "seal", "--kind", "aes", "--in", "-", "--signer", "rsa2048.sec.asc"];
    let line = [&line[..], &["--recipient", "-"]].concat();
    let ran = work.el2g_fed(&line, b"00112233445566778899aabbccddeeff").exits(2);
    assert!(ran.stderr.contains("used by more than one argument"), "{}", ran.stderr);
}

#[test]
#[cfg_attr(not(oracle = "python3"), ignore = "needs python3")]
fn colours_are_as_the_environment_and_the_terminal_want_them() {
    let work = Workplace::new();
    let piped = |environment: &[(&str, &str)], more: &[&str]| {
        let line = [&["checksum", "none"], more].concat();
        work.el2g_with(environment, &line).exits(3).stderr.contains('\x1b')
    };
    for (environment, more, colours) in [
        (&[][..], &[][..], false),
        (&[("CLICOLOR_FORCE", "1")], &[], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[], false),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], &[], true),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], false),
        (&[("NO_COLOR", "1")], &["--color", "always"], true),
    ] {
        assert_eq!(piped(environment, more), colours, "{environment:?} {more:?}");
    }
    let script = root().join("tests/terminal/answer.py").display().to_string();
    for (set, colours) in [
        ("TERM=xterm", true),
        ("TERM=dumb", false),
        ("TERM=dumb CLICOLOR=1", true),
        ("TERM=xterm CLICOLOR=0", false),
        ("TERM=xterm NO_COLOR=1", false),
    ] {
        let line = format!(
            "unset NO_COLOR CLICOLOR CLICOLOR_FORCE CI; {set} exec {} checksum none",
            program().display()
        );
        let words = [script.as_str(), "/bin/sh", "-c", &line, "--"];
        let Some(ran) = work.oracle(Command::new("python3"), &words) else { return };
        assert_eq!(ran.exits(3).stdout.contains('\x1b'), colours, "{set}");
    }
}
