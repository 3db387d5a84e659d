//! `el2g pem`.

use crate::workplace::Workplace;

const PEM: &str = "-----BEGIN X-----\nAA+/\n-----END X-----\n";
const LINE: &str = "-----BEGIN X-----\\nAA+/\\n-----END X-----";

#[test]
fn goes_to_one_line_and_back() {
    let work = Workplace::new();
    work.write("two.pem", PEM.repeat(2));
    let line = work.el2g(&["pem", "escape", "two.pem"]).exits(0).stdout;
    assert_eq!(line, format!("{LINE}\\n{LINE}\n"));
    let back = work.el2g_fed(&["pem", "unescape"], line.as_bytes()).exits(0).stdout;
    assert_eq!(back, PEM.repeat(2));
}

#[test]
fn reads_windows_newlines_json_strings_and_answers() {
    let work = Workplace::new();
    let windows = PEM.replace('\n', "\r\n");
    assert_eq!(
        work.el2g_fed(&["pem", "escape"], windows.as_bytes()).exits(0).stdout,
        format!("{LINE}\n")
    );
    for input in [
        windows,
        LINE.to_owned(),
        format!("\"{LINE}\""),
        format!("{{\"value\": \"{LINE}\"}}\n"),
        format!("{{\"id\": 7, \"csr\": \"{LINE}\\n\", \"name\": \"x\"}}"),
    ] {
        let read = work.el2g_fed(&["pem", "unescape"], input.as_bytes()).exits(0);
        assert_eq!(read.stdout, PEM, "{input}");
    }
}

#[test]
fn says_which_fields_of_an_answer_hold_pem() {
    let work = Workplace::new();
    let answer = format!("{{\"a\":\"{LINE}\",\"b\":\"{LINE} \"}}");
    let ran = work.el2g_fed(&["pem", "unescape"], answer.as_bytes()).exits(3);
    let said = "error: standard input: is JSON with PEM in several fields (/a, /b); expected one\n";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
}

#[test]
fn refuses_what_is_empty_binary_or_escaped_already() {
    let work = Workplace::new();
    for (input, said) in [
        (&b""[..], "is empty; expected a PEM block"),
        (&b"0\x82\xff"[..], "is not text (byte 1 is not UTF-8); expected PEM"),
        (LINE.as_bytes(), "is an escaped line already"),
    ] {
        let ran = work.el2g_fed(&["pem", "escape"], input).exits(3);
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
}
