//! One line and back.

use el2g_text::unmarked;
use serde_json::Value;

use crate::{PemLineError, answer, bare_newlines};

/// How many layers of escaping are taken off: a line that was escaped, then put into JSON.
const LAYERS: usize = 3;

/// PEM text as one line that can stand between the quotes of a JSON string.
///
/// A newline becomes `\n`, CRLF counts as one newline, one trailing newline and a byte order mark are
/// dropped; `unescape(escape(x))` is `x` for LF text that ends in a newline.
///
/// # Errors
/// [`PemLineError::Empty`]; [`PemLineError::AlreadyEscaped`] for a line that `escape` has made.
pub fn escape(text: &str) -> Result<String, PemLineError> {
    let text = unmarked(text).replace("\r\n", "\n");
    if text.trim().is_empty() {
        return Err(PemLineError::Empty);
    }
    if is_escaped_line(&text) {
        return Err(PemLineError::AlreadyEscaped);
    }
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let quoted = Value::String(line.to_owned()).to_string();
    let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    Ok(inner.expect("a JSON string stands between quotes").to_owned())
}

/// The PEM text behind an escaped line, a JSON string, a whole JSON answer (`{"value":"…"}`) or plain
/// PEM. The result has LF newlines and ends in one.
///
/// # Errors
/// [`PemLineError::Empty`], [`PemLineError::BadEscape`], and for JSON [`PemLineError::NoBlockInJson`]
/// or [`PemLineError::Ambiguous`].
pub fn unescape(text: &str) -> Result<String, PemLineError> {
    unescape_noting(text).map(|(text, _)| text)
}

/// [`unescape`], with bare `/n` turned into newlines where they can be nothing else, and whether there were any.
///
/// # Errors
/// As [`unescape`].
pub fn unescape_bare(text: &str) -> Result<(String, bool), PemLineError> {
    let text = unescape(text)?;
    match bare_newlines::replace(text.as_bytes()) {
        Some(replaced) => Ok((String::from_utf8_lossy(&replaced).into_owned(), true)),
        None => Ok((text, false)),
    }
}

/// In which form [`unescape`] found the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON string (empty pointer) or a field of a JSON answer.
    Json(String),
    /// An escaped line.
    Line,
}

/// [`unescape`], and the forms it went through, outermost first.
pub(crate) fn unescape_noting(text: &str) -> Result<(String, Vec<Form>), PemLineError> {
    let mut text = unmarked(text).to_owned();
    if text.trim().is_empty() {
        return Err(PemLineError::Empty);
    }
    let mut forms = Vec::new();
    if let Some(found) = answer::find(&text)? {
        forms.push(Form::Json(found.field));
        text = found.text;
    } else if !has_boundary_line(&text) {
        // Text without a backslash passes through this unchanged.
        let lines = unescape_lines(&text)?;
        if lines != text {
            forms.push(Form::Line);
            text = lines;
        }
    }
    for _ in 1..LAYERS {
        if !is_escaped_line(&text) {
            break;
        }
        text = unescape_lines(&text)?;
        forms.push(Form::Line);
    }
    let mut text = text.replace("\r\n", "\n");
    // An escaped line has dropped its last newline; plain text and JSON strings may have kept it.
    if forms.last() != Some(&Form::Line) {
        text.truncate(text.strip_suffix('\n').unwrap_or(&text).len());
    }
    text.push('\n');
    Ok((text, forms))
}

/// Each line of `text` read as the inside of a JSON string.
fn unescape_lines(text: &str) -> Result<String, PemLineError> {
    let mut lines = Vec::new();
    let body = text.strip_suffix('\n').unwrap_or(text);
    for (index, line) in body.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let read = serde_json::from_str::<String>(&format!("\"{line}\""));
        lines.push(read.map_err(|error| PemLineError::BadEscape {
            line: index + 1,
            reason: reason_of(&error),
        })?);
    }
    Ok(lines.join("\n"))
}

/// What is wrong with the line, in words of our own: it may be a key. The reader counts from the quote put before it.
fn reason_of(error: &serde_json::Error) -> String {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends within an escape".to_owned(),
        _ => format!("JSON has no such escape or character at column {}", error.column() - 1),
    }
}

/// Whether a line of its own is a BEGIN line: plain PEM, where a backslash is only text.
fn has_boundary_line(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        line.starts_with("-----BEGIN ")
            && line.len() > 16
            && line.ends_with("-----")
            && !line[11..line.len() - 5].contains("-----")
    })
}

/// Whether a BEGIN line continues with a literal `\n` (or `\r\n`).
fn is_escaped_line(text: &str) -> bool {
    text.split("-----BEGIN ").skip(1).any(|rest| {
        rest.split_once("-----").is_some_and(|(label, after)| {
            !label.contains(['\n', '\\'])
                && (after.starts_with("\\n") || after.starts_with("\\r\\n"))
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEM: &str = "-----BEGIN X-----\nAA+/\n-----END X-----\n";
    const LINE: &str = "-----BEGIN X-----\\nAA+/\\n-----END X-----";

    #[test]
    fn escapes_to_one_line_and_back() {
        assert_eq!(escape(PEM).unwrap(), LINE);
        assert_eq!(unescape(LINE).unwrap(), PEM);
        assert_eq!(unescape(&format!("{LINE}\n")).unwrap(), PEM);
    }

    #[test]
    fn crlf_and_a_byte_order_mark_go() {
        let windows = format!("\u{feff}{}", PEM.replace('\n', "\r\n"));
        assert_eq!(escape(&windows).unwrap(), LINE);
        assert_eq!(unescape(&windows).unwrap(), PEM);
        assert_eq!(unescape(&LINE.replace("\\n", "\\r\\n")).unwrap(), PEM);
    }

    #[test]
    fn several_blocks_stay_several() {
        let two = format!("{PEM}{PEM}");
        assert_eq!(unescape(&escape(&two).unwrap()).unwrap(), two);
        assert_eq!(unescape(&format!("{LINE}\n{LINE}\n")).unwrap(), two);
    }

    #[test]
    fn reads_json_strings_answers_and_doubly_escaped_lines() {
        for text in [
            format!("\"{LINE}\""),
            format!("\"{LINE}\\n\"\n"),
            format!("{{\"value\":\"{LINE}\"}}"),
            format!("{{\"value\":\"{LINE}\\n\"}}"),
            format!("{{\"value\":\"{}\"}}", LINE.replace('\\', "\\\\")),
            LINE.replace('\\', "\\\\"),
            LINE.replace('/', "\\/"),
            PEM.to_owned(),
            PEM.trim_end().to_owned(),
        ] {
            assert_eq!(unescape(&text).unwrap(), PEM, "{text}");
        }
    }

    #[test]
    fn a_backslash_in_plain_text_is_only_text() {
        let text = format!("friendlyName: a\\qb\n{PEM}");
        assert_eq!(unescape(&text).unwrap(), text);
    }

    #[test]
    fn refuses_what_is_empty_escaped_twice_or_badly_escaped() {
        assert_eq!(escape(" \n"), Err(PemLineError::Empty));
        assert_eq!(unescape(""), Err(PemLineError::Empty));
        assert_eq!(escape(LINE), Err(PemLineError::AlreadyEscaped));
        assert_eq!(
            unescape("ab\na\\qb"),
            Err(PemLineError::BadEscape {
                line: 2,
                reason: "JSON has no such escape or character at column 3".into()
            })
        );
    }

    proptest! {
        #[test]
        fn unescape_undoes_escape(
            lines in proptest::collection::vec("[ -~é\t]{0,70}", 1..12),
            label in "[A-Z0-9 ]{1,12}",
            blocks in 1usize..4,
        ) {
            let block = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"));
            let text = block.repeat(blocks);
            prop_assume!(!is_escaped_line(&text));
            let line = escape(&text).unwrap();
            prop_assert!(!line.contains('\n'));
            prop_assert_eq!(unescape(&line).unwrap(), text);
        }

        #[test]
        fn the_line_is_the_inside_of_a_json_string(text in "\\PC{1,80}\n") {
            prop_assume!(!text.trim().is_empty() && !is_escaped_line(&text));
            let json = format!("\"{}\"", escape(&text).unwrap());
            let read: String = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read + "\n", text.trim_start_matches('\u{feff}'));
        }

        #[test]
        fn arbitrary_text_never_panics(text in any::<String>()) {
            let _ = escape(&text);
            let _ = unescape(&text);
        }

        #[test]
        fn text_made_of_the_telling_pieces_never_panics(
            pieces in proptest::collection::vec(
                prop_oneof!["-----BEGIN ", "-----END ", "-----", "\\\\n", "\n", "\r\n", "\"", "[{}]", "\\\\", "/n", "AAAA"],
                0..24,
            ),
        ) {
            let text = pieces.concat();
            let _ = escape(&text);
            let _ = unescape(&text);
        }
    }
}
