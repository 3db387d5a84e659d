//! The header of a CSV file, looked at before the rest is read: how the file is encoded and what separates its fields.

use std::io::{self, Read};

use csv::{ReaderBuilder, Trim};
use el2g_text::{Utf16, unmarked_bytes, without_mark};

/// What separates fields: commas, or what spreadsheets write where a comma is the decimal sign, or tabs.
const DELIMITERS: [u8; 3] = *b",;\t";

/// Reads a whole text: the header is its first record, and lines that begin with `#` are comments.
pub(crate) fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .trim(Trim::All)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

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
        let line = unmarked_bytes(line).trim_ascii();
        !line.is_empty() && !line.starts_with(b"#") && separator(line).is_none()
    })
}

/// The delimiter that a line `sep=;` names, with which Excel begins some files.
fn separator(line: &[u8]) -> Option<u8> {
    let end = line.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n'))?;
    match unmarked_bytes(&line[..=end]) {
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
    without_mark(head)?;
    let first = head.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    if let Some(named) = separator(first) {
        let begin = first.len() - unmarked_bytes(first).len();
        head[begin] = b'#';
        return Ok(named);
    }
    // No name of a column has one of them in it.
    let line = header(head).unwrap_or_default();
    Ok(DELIMITERS.into_iter().find(|delimiter| line.contains(delimiter)).unwrap_or(b','))
}
