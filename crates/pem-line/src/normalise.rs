//! PEM or DER in any form that people hold it in, to LF text of blocks alone or to the DER as it is.

use std::fmt;

use crate::escape::{Form, unescape_noting};
use crate::{PemLineError, blocks};

/// Input brought to one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// The blocks or the DER.
    pub content: Content,
    /// What was done to get there, in order.
    pub notes: Vec<Note>,
}

/// What an input holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// One or more PEM blocks: LF newlines, nothing around them, one newline at the end.
    Pem(String),
    /// Bytes that begin as a DER SEQUENCE, unchanged.
    Der(Vec<u8>),
}

/// Something that was taken away or turned on the way to [`Content::Pem`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A byte order mark.
    ByteOrderMark,
    /// A JSON string or the field of a JSON answer was read.
    Json {
        /// JSON pointer (RFC 6901) of the field; empty for a lone string.
        field: String,
    },
    /// Literal `\n` became newlines.
    EscapedLine,
    /// CR LF became LF.
    CarriageReturns,
    /// Bare `/n` became newlines.
    BareNewlines,
    /// Text that stood outside the blocks was left out.
    TextOutside {
        /// How many lines of it were not blank.
        lines: usize,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => formatter.write_str("a byte order mark was left out"),
            Self::Json { field } if field.is_empty() => {
                formatter.write_str("a JSON string was read")
            }
            Self::Json { field } => write!(formatter, "the JSON field `{field}` was read"),
            Self::EscapedLine => formatter.write_str("literal `\\n` was turned into newlines"),
            Self::CarriageReturns => formatter.write_str("CR LF was turned into LF"),
            Self::BareNewlines => formatter.write_str("bare `/n` was turned into newlines"),
            Self::TextOutside { lines } => {
                write!(formatter, "text outside the PEM block was left out ({lines} lines)")
            }
        }
    }
}

/// Brings `input` to PEM blocks alone, or passes DER through: accepts a PEM file with CRLF, a byte
/// order mark or text around the blocks, an escaped line, a JSON string or answer, bare `/n` for
/// newlines, and raw DER.
///
/// # Errors
/// [`PemLineError`] when there is no block, a block does not end, or JSON offers more than one.
pub fn normalise(input: &[u8]) -> Result<Normalised, PemLineError> {
    if input.trim_ascii().is_empty() {
        return Err(PemLineError::Empty);
    }
    if is_der(input) {
        return Ok(Normalised { content: Content::Der(input.to_vec()), notes: Vec::new() });
    }
    if input.starts_with(b"\xff\xfe") || input.starts_with(b"\xfe\xff") {
        return Err(PemLineError::Utf16);
    }
    let text = std::str::from_utf8(input)
        .map_err(|error| PemLineError::NotText { offset: error.valid_up_to() })?;
    let mut notes = Vec::new();
    if text.starts_with('\u{feff}') {
        notes.push(Note::ByteOrderMark);
    }
    if text.contains("\r\n") || text.contains("\\r\\n") {
        notes.push(Note::CarriageReturns);
    }
    let (mut text, forms) = unescape_noting(text)?;
    notes.extend(forms.into_iter().map(|form| match form {
        Form::Json(field) => Note::Json { field },
        Form::Line => Note::EscapedLine,
    }));
    if let Some(mended) = blocks::mend_bare_newlines(&text) {
        notes.push(Note::BareNewlines);
        text = mended;
    }
    let blocks = blocks::take(&text)?;
    if blocks.lines_outside > 0 {
        notes.push(Note::TextOutside { lines: blocks.lines_outside });
    }
    Ok(Normalised { content: Content::Pem(blocks.text), notes })
}

/// Whether `input` begins as a DER SEQUENCE that is no text: `0` is the tag of a SEQUENCE and a digit.
fn is_der(input: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    match input {
        // A long-form or indefinite length is no ASCII.
        [SEQUENCE, length, ..] if *length >= 0x80 => true,
        [SEQUENCE, length, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PEM: &str = "-----BEGIN X-----\nAA+/\n-----END X-----\n";

    fn normalised(input: &str) -> (String, Vec<Note>) {
        match normalise(input.as_bytes()).unwrap() {
            Normalised { content: Content::Pem(text), notes } => (text, notes),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_form_comes_to_the_same_text_and_is_noted() {
        let line = PEM.trim_end().replace('\n', "\\n");
        let cases = [
            (PEM.to_owned(), vec![]),
            (PEM.trim_end().to_owned(), vec![]),
            (format!("\u{feff}{PEM}"), vec![Note::ByteOrderMark]),
            (PEM.replace('\n', "\r\n"), vec![Note::CarriageReturns]),
            (line.clone(), vec![Note::EscapedLine]),
            (format!("\"{line}\""), vec![Note::Json { field: String::new() }]),
            (format!("{{\"value\":\"{line}\"}}"), vec![Note::Json { field: "/value".into() }]),
            (PEM.trim_end().replace('\n', "/n"), vec![Note::BareNewlines]),
            (format!("subject=x\n\n{PEM}\n"), vec![Note::TextOutside { lines: 1 }]),
        ];
        for (input, notes) in cases {
            assert_eq!(normalised(&input), (PEM.to_owned(), notes), "{input}");
        }
    }

    #[test]
    fn der_passes_through_unchanged() {
        for der in [&b"\x30\x82\x01\x00rest"[..], b"\x30\x03\x02\x01\x05", b"\x30\x80\x00\x00"] {
            let expected = Normalised { content: Content::Der(der.to_vec()), notes: vec![] };
            assert_eq!(normalise(der), Ok(expected));
        }
        // `0011` begins with the tag of a SEQUENCE but is text.
        assert_eq!(normalise(b"0011"), Err(PemLineError::NoBlock));
    }

    #[test]
    fn says_what_is_not_pem() {
        assert_eq!(normalise(b" \r\n"), Err(PemLineError::Empty));
        assert_eq!(normalise(b"ab\x80"), Err(PemLineError::NotText { offset: 2 }));
        assert_eq!(normalise(b"\xff\xfe-\0-\0"), Err(PemLineError::Utf16));
        assert_eq!(normalise(b"hello"), Err(PemLineError::NoBlock));
        assert_eq!(normalise(b"{\"a\":\"b\"}"), Err(PemLineError::NoBlockInJson));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(input in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = normalise(&input);
        }

        #[test]
        fn normalising_twice_changes_nothing_more(
            body in proptest::collection::vec("[A-Za-z0-9+/]{64}", 1..6), crlf in any::<bool>(),
        ) {
            let block = format!("-----BEGIN X-----\n{}\n-----END X-----\n", body.join("\n"));
            let input = if crlf { block.replace('\n', "\r\n") } else { block.clone() };
            prop_assert_eq!(normalised(&input).0, block.clone());
            prop_assert_eq!(normalised(&block), (block, vec![]));
        }

        #[test]
        fn what_the_pem_crate_reads_here_it_reads_after(
            data in proptest::collection::vec(any::<u8>(), 1..300),
        ) {
            let original = pem::Pem::new("CERTIFICATE", data);
            let text = pem::encode(&original);
            let line = crate::escape(&text.replace("\r\n", "\n")).unwrap();
            let bare = text.trim_end().replace("\r\n", "/n");
            for input in [text, line, bare] {
                prop_assert_eq!(&pem::parse(normalised(&input).0).unwrap(), &original);
            }
        }
    }
}
