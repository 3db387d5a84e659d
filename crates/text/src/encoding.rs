//! What encoding a text file is in: UTF-8, perhaps with a byte order mark, or UTF-16.

use std::fmt;

/// The byte order mark in UTF-8. Editors of Windows put it before a text; nothing but text has it.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A text file without its byte order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unmarked<'a> {
    /// What stands behind the mark, or everything. It need not be UTF-8.
    pub bytes: &'a [u8],
    /// Whether there was a mark.
    pub marked: bool,
}

/// A text in UTF-16, as some shells and editors of Windows write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is UTF-16 text ({0}); expected UTF-8")]
pub struct Utf16(pub Endian);

/// Which octet of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// The low one, as Windows writes it.
    Little,
    /// The high one.
    Big,
}

impl fmt::Display for Endian {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Little => "little endian",
            Self::Big => "big endian",
        })
    }
}

impl Utf16 {
    /// The command that converts such a file; on Windows one for PowerShell.
    #[must_use]
    pub const fn conversion(self) -> &'static str {
        match (self.0, cfg!(windows)) {
            (Endian::Little, false) => "iconv -f UTF-16LE -t UTF-8 FILE > NEW",
            (Endian::Big, false) => "iconv -f UTF-16BE -t UTF-8 FILE > NEW",
            (Endian::Little, true) => {
                "Get-Content FILE -Encoding Unicode | Set-Content NEW -Encoding UTF8"
            }
            (Endian::Big, true) => {
                "Get-Content FILE -Encoding BigEndianUnicode | Set-Content NEW -Encoding UTF8"
            }
        }
    }
}

/// A text without its byte order mark.
#[must_use]
pub fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Bytes without the byte order mark of UTF-8.
#[must_use]
pub fn unmarked_bytes(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// Takes the byte order mark off a text file. Call it only where a file must be text: binary data may begin with
/// anything.
///
/// # Errors
/// [`Utf16`] for text that begins with UTF-16's mark, or whose first characters are ASCII in UTF-16.
pub fn without_mark(bytes: &[u8]) -> Result<Unmarked<'_>, Utf16> {
    match bytes {
        [0xFF, 0xFE, ..] | [0x01..=0x7F, 0, 0x01..=0x7F, 0, ..] => Err(Utf16(Endian::Little)),
        [0xFE, 0xFF, ..] | [0, 0x01..=0x7F, 0, 0x01..=0x7F, ..] => Err(Utf16(Endian::Big)),
        _ => Ok(match bytes.strip_prefix(BYTE_ORDER_MARK) {
            Some(bytes) => Unmarked { bytes, marked: true },
            None => Unmarked { bytes, marked: false },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn the_mark_of_utf8_goes_and_other_bytes_stay() {
        let marked = Unmarked { bytes: b"a", marked: true };
        assert_eq!(without_mark(b"\xEF\xBB\xBFa"), Ok(marked));
        for bytes in [&b""[..], b"a", b"\xEF\xBB", b"\xE4", b"\0", b"a\0b", b"\0\0\0\0"] {
            assert_eq!(without_mark(bytes), Ok(Unmarked { bytes, marked: false }));
        }
    }

    #[test]
    fn utf16_is_named_with_and_without_its_mark() {
        for text in ["\u{feff}-----BEGIN", "-----BEGIN", "\u{feff}"] {
            let little = utf16(text, u16::to_le_bytes);
            assert_eq!(without_mark(&little), Err(Utf16(Endian::Little)), "{text}");
            let big = utf16(text, u16::to_be_bytes);
            assert_eq!(without_mark(&big), Err(Utf16(Endian::Big)), "{text}");
        }
    }
}
