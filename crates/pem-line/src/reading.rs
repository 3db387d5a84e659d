//! PEM or DER in any form that people hold it in, taken apart.

use std::fmt;

use el2g_text::without_mark;
use zeroize::Zeroizing;

use crate::escape::{Form, unescape_noting};
use crate::{Block, Der, Kind, PemLineError, bare_newlines, blocks};

const BEGIN: &[u8] = b"-----BEGIN ";

/// An input taken apart.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// The blocks or the DER.
    pub content: Content,
    /// What was left out or changed to get there, in order.
    pub notes: Vec<Note>,
}

/// What an input holds.
#[derive(PartialEq, Eq)]
pub enum Content {
    /// The PEM blocks, at least one; each may be damaged.
    Blocks(Vec<Block>),
    /// Bytes that begin as a DER SEQUENCE, unchanged.
    Der(Der),
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocks(blocks) => blocks.fmt(formatter),
            Self::Der(der) => der.fmt(formatter),
        }
    }
}

/// Something that was left out or changed on the way to the blocks.
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
    /// BEGIN and END did not have lines of their own.
    Joined,
    /// White space stood around or among the lines of a block.
    WhiteSpace,
    /// Headers (RFC 1421) stood in a block.
    Headers,
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
            Self::Joined => formatter.write_str("missing line breaks were put in"),
            Self::WhiteSpace => formatter.write_str("white space in the PEM block was left out"),
            Self::Headers => formatter.write_str("headers of the PEM block were left out"),
            Self::TextOutside { lines } => {
                write!(formatter, "text outside the PEM block was left out ({lines} lines)")
            }
        }
    }
}

/// Takes an input apart: a PEM file with anything around its blocks, an escaped line, a JSON string or answer, bare `/n`
/// for newlines, lost line breaks, or DER.
///
/// # Errors
/// [`PemLineError`] when there is neither a block nor DER, or JSON offers more than one.
pub fn read(input: &[u8]) -> Result<Reading, PemLineError> {
    Opened::new(input)?.read(true)
}

/// [`read`] for a file that holds a secret. JSON is not taken apart for it; everything that is copied is wiped.
///
/// # Errors
/// As [`read`].
pub fn read_secret(input: &[u8]) -> Result<Reading, PemLineError> {
    Opened::new(input)?.read(false)
}

/// An input whose encoding is known.
struct Opened<'a> {
    text: &'a [u8],
    is_der: bool,
    notes: Vec<Note>,
}

impl<'a> Opened<'a> {
    fn new(input: &'a [u8]) -> Result<Self, PemLineError> {
        if is_der(input) {
            return Ok(Self { text: input, is_der: true, notes: Vec::new() });
        }
        let text = without_mark(input)?;
        if text.bytes.trim_ascii().is_empty() {
            return Err(PemLineError::Empty);
        }
        let notes = if text.marked { vec![Note::ByteOrderMark] } else { Vec::new() };
        Ok(Self { text: text.bytes, is_der: false, notes })
    }

    fn read(mut self, json: bool) -> Result<Reading, PemLineError> {
        if self.is_der {
            let content = Content::Der(Der::new(self.text.to_vec()));
            return Ok(Reading { content, notes: self.notes });
        }
        if bare_newlines::find(self.text, BEGIN).is_none() {
            return self.read_without_block(json);
        }
        if bare_newlines::find(self.text, b"\r\n").is_some()
            || bare_newlines::find(self.text, b"\\r\\n").is_some()
        {
            self.notes.push(Note::CarriageReturns);
        }
        if !blocks::has_boundary_line(self.text)
            && let (true, Ok(text)) = (json, std::str::from_utf8(self.text))
        {
            let (text, forms) = match unescape_noting(text) {
                // Not an escaped line after all; its blocks may be found all the same.
                Err(PemLineError::BadEscape { .. }) => (text.to_owned(), Vec::new()),
                read => read?,
            };
            self.notes.extend(forms.into_iter().map(Note::from));
            return self.blocks(&Zeroizing::new(text.into_bytes()));
        }
        let text = self.text;
        self.blocks(text)
    }

    fn blocks(mut self, text: &[u8]) -> Result<Reading, PemLineError> {
        let replaced = bare_newlines::replace(text);
        if replaced.is_some() {
            self.notes.push(Note::BareNewlines);
        }
        let text = replaced.as_ref().map_or(text, |text| text.as_slice());
        let found = if blocks::has_boundary_line(text) {
            blocks::take(text)
        } else {
            self.notes.push(Note::Joined);
            blocks::take_joined(text)
        };
        if found.blocks.is_empty() {
            return Err(PemLineError::NoBlock);
        }
        if found.lone_carriage_returns && !self.notes.contains(&Note::CarriageReturns) {
            self.notes.push(Note::CarriageReturns);
        }
        let joined = self.notes.contains(&Note::Joined);
        for (is_so, note) in [
            (found.headers, Note::Headers),
            (found.white_space && !joined, Note::WhiteSpace),
            (found.lines_outside > 0, Note::TextOutside { lines: found.lines_outside }),
        ] {
            if is_so {
                self.notes.push(note);
            }
        }
        Ok(Reading { content: Content::Blocks(found.blocks), notes: self.notes })
    }

    /// There is no `-----BEGIN `: it is JSON about something else, another format, or nothing of the kind.
    fn read_without_block(self, json: bool) -> Result<Reading, PemLineError> {
        match Kind::of_beginning(self.text) {
            Kind::Unknown => {}
            kind => return Err(PemLineError::OtherFormat { kind }),
        }
        match std::str::from_utf8(self.text) {
            Err(error) => Err(PemLineError::NotText { offset: error.valid_up_to() }),
            Ok(text) if json => match unescape_noting(text) {
                // JSON may write the dashes as escape sequences.
                Ok((text, forms)) if text.contains("-----BEGIN ") => {
                    let notes = self.notes.into_iter().chain(forms.into_iter().map(Note::from));
                    Self { text: &[], is_der: false, notes: notes.collect() }
                        .blocks(text.as_bytes())
                }
                Err(error @ PemLineError::NoBlockInJson) => Err(error),
                _ => Err(PemLineError::NoBlock),
            },
            Ok(_) => Err(PemLineError::NoBlock),
        }
    }
}

impl From<Form> for Note {
    fn from(form: Form) -> Self {
        match form {
            Form::Json(field) => Self::Json { field },
            Form::Line => Self::EscapedLine,
        }
    }
}

/// Whether `input` begins as a DER SEQUENCE that is not text: `0` is the tag of a SEQUENCE and a digit.
fn is_der(input: &[u8]) -> bool {
    const SEQUENCE: u8 = 0x30;
    match input {
        // A long-form or indefinite length is not ASCII.
        [SEQUENCE, length, ..] if *length >= 0x80 => true,
        [SEQUENCE, length, rest @ ..] => rest.len() == usize::from(*length),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use el2g_text::{Endian, Utf16};
    use proptest::prelude::*;

    use super::*;

    const PEM: &str = "-----BEGIN X-----\nAA+/\n-----END X-----\n";

    fn blocks(input: &[u8]) -> (Vec<Vec<u8>>, Vec<Note>) {
        match read(input).unwrap_or_else(|error| panic!("{error}: {input:?}")) {
            Reading { content: Content::Blocks(blocks), notes } => {
                (blocks.iter().map(|block| block.der().unwrap().to_vec()).collect(), notes)
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_form_comes_to_the_same_block_and_is_noted() {
        let line = PEM.trim_end().replace('\n', "\\n");
        let cases = [
            (PEM.to_owned(), vec![]),
            (PEM.trim_end().to_owned(), vec![]),
            (format!("\u{feff}{PEM}"), vec![Note::ByteOrderMark]),
            (PEM.replace('\n', "\r\n"), vec![Note::CarriageReturns]),
            (PEM.replace('\n', "\r"), vec![Note::CarriageReturns]),
            (line.clone(), vec![Note::EscapedLine]),
            (format!("\"{line}\""), vec![Note::Json { field: String::new() }]),
            (format!("{{\"value\":\"{line}\"}}"), vec![Note::Json { field: "/value".into() }]),
            (PEM.trim_end().replace('\n', "/n"), vec![Note::BareNewlines]),
            (PEM.trim_end().replace('\n', " "), vec![Note::Joined]),
            (PEM.trim_end().replace('\n', ""), vec![Note::Joined]),
            (PEM.replace('\n', " \n"), vec![Note::WhiteSpace]),
            (PEM.replace("X-----\nA", "X-----\nA: b\n\nA"), vec![Note::Headers]),
            (format!("subject=x\n\n{PEM}\n"), vec![Note::TextOutside { lines: 1 }]),
        ];
        for (input, notes) in cases {
            assert_eq!(blocks(input.as_bytes()), (vec![vec![0, 0xf, 0xbf]], notes), "{input}");
        }
    }

    #[test]
    fn a_secret_is_read_in_every_form_but_json() {
        let line = PEM.trim_end().replace('\n', "\\n");
        for text in [PEM.to_owned(), line, PEM.replace('\n', "/n"), PEM.replace('\n', " ")] {
            let Content::Blocks(blocks) = read_secret(text.as_bytes()).unwrap().content else {
                panic!("{text}")
            };
            assert_eq!(blocks[0].der(), Ok(&[0, 0xf, 0xbf][..]), "{text}");
        }
    }

    #[test]
    fn der_passes_through_unchanged() {
        for der in [&b"\x30\x82\x01\x00rest"[..], b"\x30\x03\x02\x01\x05", b"\x30\x80\x00\x00"] {
            let content = Content::Der(Der::new(der.to_vec()));
            assert_eq!(read(der), Ok(Reading { content, notes: vec![] }));
        }
        // `0011` begins with the tag of a SEQUENCE but is text.
        assert_eq!(read(b"0011"), Err(PemLineError::NoBlock));
    }

    #[test]
    fn says_what_is_not_pem() {
        assert_eq!(read(b" \r\n"), Err(PemLineError::Empty));
        assert_eq!(read(b"ab\x80"), Err(PemLineError::NotText { offset: 2 }));
        assert_eq!(read(b"-\0-\0-\0"), Err(PemLineError::Utf16(Utf16(Endian::Little))));
        assert_eq!(read(b"hello"), Err(PemLineError::NoBlock));
        assert_eq!(read(b"{\"a\":\"b\"}"), Err(PemLineError::NoBlockInJson));
        let kind = Kind::OpenSshPublicKey;
        assert_eq!(read(b"ssh-rsa AAAA"), Err(PemLineError::OtherFormat { kind }));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(input in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&input);
            let _ = read_secret(&input);
        }

        #[test]
        fn text_made_of_the_telling_pieces_never_panics(
            pieces in proptest::collection::vec(
                prop_oneof!["-----BEGIN X", "-----END X", "-----", "\\\\n", "\n", "\r\n", "\"", "[{}]", "\\\\", "/n", "AAAA", ": ", "="],
                0..24,
            ),
        ) {
            let text = pieces.concat();
            let _ = read(text.as_bytes());
            let _ = read_secret(text.as_bytes());
        }

        #[test]
        fn what_the_pem_crate_reads_is_read_here(
            data in proptest::collection::vec(any::<u8>(), 1..300),
        ) {
            let text = pem::encode(&pem::Pem::new("CERTIFICATE", data.clone()));
            let line = crate::escape(&text.replace("\r\n", "\n")).unwrap();
            let bare = text.trim_end().replace("\r\n", "/n");
            for input in [text, line, bare] {
                prop_assert_eq!(blocks(input.as_bytes()).0, std::slice::from_ref(&data));
            }
        }
    }
}
