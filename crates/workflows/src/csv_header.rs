//! The header of a CSV file, looked at before the rest is read: how the file is encoded and what separates its fields.

use std::io::{self, Read};

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What separates fields: commas, or what spreadsheets write where a comma is the decimal sign, or tabs.
const DELIMITERS: [u8; 3] = *b",;\t";

/// A file in UTF-16.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Utf16;

/// Reads up to the end of the first line that is neither empty nor a comment, or about `most` bytes.
///
/// # Errors
/// What the source fails with.
pub(crate) fn read(source: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    let mut piece = [0; 512];
    while !has_header(&head) && head.len() <= most {
        match source.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => head.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(head)
}

/// Whether the header is there to its end.
fn has_header(head: &[u8]) -> bool {
    header(head).is_some_and(|line| line.ends_with(b"\n") || line.ends_with(b"\r"))
}

/// The header with its line end, as far as it is there.
fn header(head: &[u8]) -> Option<&[u8]> {
    head.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')).find(|line| {
        let line = without_mark(line).trim_ascii();
        !line.is_empty() && !line.starts_with(b"#") && separator(line).is_none()
    })
}

fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The delimiter that a line `sep=;` names, with which Excel begins some files.
fn separator(line: &[u8]) -> Option<u8> {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'))?;
    match without_mark(&line[..=end]) {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        // A tab that was trimmed.
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => Some(b'\t'),
        _ => None,
    }
}

/// What separates the fields of the header. A line `sep=;` is made a comment.
///
/// # Errors
/// [`Utf16`].
pub(crate) fn delimiter(head: &mut [u8]) -> Result<u8, Utf16> {
    if matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]) {
        return Err(Utf16);
    }
    let first = head.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    if let Some(named) = separator(first) {
        let begin = first.len() - without_mark(first).len();
        head[begin] = b'#';
        return Ok(named);
    }
    // No name of a column has one of them in it.
    let line = header(head).unwrap_or_default();
    Ok(DELIMITERS.into_iter().find(|delimiter| line.contains(delimiter)).unwrap_or(b','))
}
