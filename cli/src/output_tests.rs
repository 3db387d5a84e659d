//! Tests of `output.rs`.

use super::*;

#[test]
fn the_format_is_seen_in_a_command_line_that_may_be_wrong() {
    let typed = |line: &str| {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        OutputFormat::typed(&words)
    };
    for line in [
        "el2g -o json x",
        "el2g x -ojson",
        "el2g x --output=json",
        "el2g --output json",
        "el2g -o=json",
    ] {
        assert_eq!(typed(line), OutputFormat::Json, "{line}");
    }
    for line in ["el2g x", "el2g -o human", "el2g json", "el2g -o json -o human"] {
        assert_eq!(typed(line), OutputFormat::Human, "{line}");
    }
}

#[test]
fn a_json_error_has_the_stable_keys() {
    let mut failure = Failure::refused("no such group").with_cause("HTTP 404");
    failure.status = Some(404);
    assert_eq!(
        json_error(&failure),
        r#"{"schema":"el2g/error/1","error":{"kind":"refused","message":"no such group: HTTP 404","status":404,"code":null,"correlationId":null}}"#
    );
}
