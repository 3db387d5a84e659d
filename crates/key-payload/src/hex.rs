//! Hexadecimal text of a secret: digits and white space, decoded without ever quoting it.

use std::fmt;

use crate::SecretBytes;

/// Where in a text something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "line {}, column {}", self.line, self.column)
    }
}

/// What stands where only hexadecimal digits and white space may: a class, never the character,
/// because a mistyped key is still most of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intruder {
    /// `0x` or `0X` before the digits.
    Prefix,
    /// A byte order mark (UTF-8 or UTF-16).
    ByteOrderMark,
    /// A zero byte, as in UTF-16 text.
    Nul,
    /// `'`, `"` or a back-tick.
    QuotationMark,
    /// `,`, `:`, `;`, `-`, `_` or `.`.
    Separator,
    /// A letter outside `a` to `f`.
    Letter,
    /// A run of five dashes: a PEM or OpenPGP block.
    Block,
    /// A character outside ASCII.
    NonAscii,
    /// Binary data: what follows is not UTF-8, or has control characters in it.
    NotText,
    /// A control character other than tab, LF and CR.
    Control,
    /// Any other ASCII character.
    Other,
}

impl fmt::Display for Intruder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Prefix => "a `0x` prefix",
            Self::ByteOrderMark => "a byte order mark",
            Self::Nul => "a zero byte (UTF-16 text or binary data)",
            Self::QuotationMark => "a quotation mark",
            Self::Separator => "a separator",
            Self::Letter => "a letter outside a-f",
            Self::Block => "the first line of a PEM or OpenPGP block",
            Self::NonAscii => "a character outside ASCII",
            Self::NotText => "binary data, not text,",
            Self::Control => "a control character",
            Self::Other => "a character that is not a digit",
        })
    }
}

/// Why a text is not the hex form of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HexFault {
    /// Something other than a digit or white space.
    Intruder { found: Intruder, at: Place },
    /// An odd number of digits; `at` is the last one.
    Odd { digits: usize, at: Place },
    /// More digits than `longest` bytes need.
    TooMany { digits: usize },
}

/// Fewest digits that make a text recognisably hexadecimal: random bytes are all of this kind about once in ten billion.
const FEWEST_DIGITS: usize = 8;

/// How many hexadecimal digits `bytes` holds when it holds nothing else, apart from white space, separators between
/// digits and a `0x` before them; `None` for anything else, and for fewer than [`FEWEST_DIGITS`].
pub(crate) fn digits_only(bytes: &[u8]) -> Option<usize> {
    let text = bytes.trim_ascii_start();
    let text = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text);
    let digits = text.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    let others =
        text.iter().filter(|byte| byte.is_ascii_whitespace() || b":-,".contains(byte)).count();
    (digits >= FEWEST_DIGITS && digits + others == text.len()).then_some(digits)
}

/// Decodes the digits in `text`, ignoring space, tab, LF and CR wherever they stand.
///
/// No more than `longest` bytes are kept; the digits beyond are still checked and counted.
pub(crate) fn decode(text: &[u8], longest: usize) -> Result<SecretBytes, HexFault> {
    // Room for the longest payload, so that the buffer never moves and leaves a copy behind.
    let mut bytes = SecretBytes::new(Vec::with_capacity(longest));
    let mut place = Place { line: 1, column: 1 };
    let mut last_digit = place;
    let mut digits = 0usize;
    let mut high = 0u8;
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        match byte {
            b'\n' => place = Place { line: place.line + 1, column: 0 },
            b' ' | b'\t' | b'\r' => {}
            _ => {
                let Some(value) = digit_value(byte) else {
                    return Err(HexFault::Intruder { found: classify(rest, digits), at: place });
                };
                // `0x` begins with a good digit: the prefix is reported where it begins.
                if byte == b'0' && digits == 0 && matches!(after.first(), Some(b'x' | b'X')) {
                    return Err(HexFault::Intruder { found: Intruder::Prefix, at: place });
                }
                if digits.is_multiple_of(2) {
                    high = value << 4;
                } else if digits / 2 < longest {
                    bytes.push_within_capacity(high | value);
                }
                digits += 1;
                last_digit = place;
            }
        }
        place.column += 1;
        rest = after;
    }
    if !digits.is_multiple_of(2) {
        Err(HexFault::Odd { digits, at: last_digit })
    } else if digits / 2 > longest {
        Err(HexFault::TooMany { digits })
    } else {
        Ok(bytes)
    }
}

/// The lower-case hex text of `bytes`, without white space.
pub(crate) fn encode(bytes: &[u8]) -> SecretBytes {
    SecretBytes::new(base16ct::lower::encode_string(bytes).into_bytes())
}

fn digit_value(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Names what `rest` begins with; `digits` were read before it.
fn classify(rest: &[u8], digits: usize) -> Intruder {
    let starts = |prefix: &[u8]| rest.starts_with(prefix);
    if starts(b"\xef\xbb\xbf") || (digits == 0 && (starts(b"\xff\xfe") || starts(b"\xfe\xff"))) {
        return Intruder::ByteOrderMark;
    }
    if starts(b"-----") {
        return Intruder::Block;
    }
    match rest.first().copied().unwrap_or_default() {
        // Bytes of a key may begin with anything, also with letters.
        _ if std::str::from_utf8(rest).is_err() => Intruder::NotText,
        0 => Intruder::Nul,
        byte if is_control(&byte) => Intruder::Control,
        _ if rest.iter().any(is_control) => Intruder::NotText,
        b'\'' | b'"' | b'`' => Intruder::QuotationMark,
        b',' | b':' | b';' | b'-' | b'_' | b'.' => Intruder::Separator,
        byte if byte.is_ascii_alphabetic() => Intruder::Letter,
        byte if byte.is_ascii() => Intruder::Other,
        _ => Intruder::NonAscii,
    }
}

/// Whether it is a control character that is not white space; zero bytes are those of UTF-16 too.
fn is_control(byte: &u8) -> bool {
    byte.is_ascii_control() && !b"\0\t\n\r".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &[u8]) -> HexFault {
        decode(text, 500).unwrap_err()
    }

    #[test]
    fn white_space_is_ignored_wherever_it_stands() {
        let decoded = decode(b" \t0 0\r\n1\n 1aF\n\n", 500).unwrap();
        assert_eq!(decoded.expose(), [0x00, 0x11, 0xaf]);
    }

    #[test]
    fn every_intruder_is_named_by_class_and_place() {
        let cases: [(&[u8], Intruder, (usize, usize)); 19] = [
            (b"k\x8e00", Intruder::NotText, (1, 1)),
            (b"\x00\x8e00", Intruder::NotText, (1, 1)),
            (b"k\x0100", Intruder::NotText, (1, 1)),
            (b"0x0011", Intruder::Prefix, (1, 1)),
            (b"\n 0X0011", Intruder::Prefix, (2, 2)),
            (b"\xef\xbb\xbf0011", Intruder::ByteOrderMark, (1, 1)),
            (b"\xff\xfe0\x000\x00", Intruder::ByteOrderMark, (1, 1)),
            (b"0\x000\x00", Intruder::Nul, (1, 2)),
            (b"\"0011\"", Intruder::QuotationMark, (1, 1)),
            (b"00:11", Intruder::Separator, (1, 3)),
            (b"00\n11\n0g", Intruder::Letter, (3, 2)),
            (b"000x11", Intruder::Letter, (1, 4)),
            (b"-----BEGIN PGP MESSAGE-----", Intruder::Block, (1, 1)),
            ("00 \u{a0}".as_bytes(), Intruder::NonAscii, (1, 4)),
            ("é1".as_bytes(), Intruder::NonAscii, (1, 1)),
            (b"00\x80", Intruder::NotText, (1, 3)),
            (b"00\x0b11", Intruder::Control, (1, 3)),
            (b"00\x1b", Intruder::Control, (1, 3)),
            (b"00/", Intruder::Other, (1, 3)),
        ];
        for (text, found, (line, column)) in cases {
            assert_eq!(
                fault(text),
                HexFault::Intruder { found, at: Place { line, column } },
                "{found}"
            );
        }
    }

    #[test]
    fn odd_and_too_many_digits_are_counted() {
        assert_eq!(fault(b"001\n"), HexFault::Odd { digits: 3, at: Place { line: 1, column: 3 } });
        assert_eq!(decode(b"001122", 2).unwrap_err(), HexFault::TooMany { digits: 6 });
    }
}
