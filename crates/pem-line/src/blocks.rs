//! The only reader of PEM blocks: takes them out of what surrounds them and decodes their base64.
//!
//! It works on bytes, since what stands around a block may be in any encoding, and wipes what it decodes, since a
//! block may be a private key. It accepts what OpenSSL accepts and a little more.

use std::fmt;

use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::GeneralPurposeConfig;
use el2g_text::unmarked_bytes;
use zeroize::Zeroizing;

use crate::bare_newlines::find;
use crate::{Der, Kind};

/// The longest label that is taken for one. The longest in use has 22 characters; a longer one may be a damaged key.
const LONGEST_LABEL: usize = 64;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// One PEM block.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    label: String,
    line: usize,
    content: Result<Der, BlockFault>,
}

impl Block {
    /// What stands behind BEGIN. Foreign text: a message shows [`Kind::known_label`] of it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// What the label stands for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of_label(&self.label)
    }

    /// Line of BEGIN, from 1.
    #[must_use]
    pub const fn line(&self) -> usize {
        self.line
    }

    /// The decoded bytes.
    ///
    /// # Errors
    /// [`BlockFault`]: it has no end, is damaged or encrypted.
    pub fn der(&self) -> Result<&[u8], &BlockFault> {
        self.content.as_ref().map(Der::as_bytes)
    }

    /// The decoded bytes, not copied.
    ///
    /// # Errors
    /// As [`Block::der`].
    pub fn into_der(self) -> Result<Der, BlockFault> {
        self.content
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Block")
            .field("label", &Kind::known_label(&self.label))
            .field("line", &self.line)
            .field("content", &self.content.as_ref().map(|der| der.as_bytes().len()))
            .finish()
    }
}

/// Why a block gives no bytes. It never repeats what the block holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlockFault {
    /// It begins and does not end.
    #[error("the {} block that begins on line {line} has no END line", known(.label))]
    Unterminated {
        /// What stands behind BEGIN, where it is a known label.
        label: Option<&'static str>,
        /// Line of BEGIN, from 1.
        line: usize,
    },
    /// It ends under another label.
    #[error("line {line}: the {} block ends as {}", known(.label), known(.found))]
    WrongEnd {
        /// What stands behind BEGIN, where it is a known label.
        label: Option<&'static str>,
        /// What stands behind END, where it is a known label.
        found: Option<&'static str>,
        /// Line of END, from 1.
        line: usize,
    },
    /// A character that base64 does not have.
    #[error("line {line} of the {} block holds a character that is not base64", known(.label))]
    Alphabet {
        /// The block's label, where it is a known one.
        label: Option<&'static str>,
        /// The line, from 1.
        line: usize,
    },
    /// The base64 text is too short, too long or padded in the middle.
    #[error(
        "the {} block on line {line} has {characters} base64 characters, which are not a whole number of bytes: characters are missing or too many",
        known(.label)
    )]
    Length {
        /// The block's label, where it is a known one.
        label: Option<&'static str>,
        /// Line of BEGIN, from 1.
        line: usize,
        /// How many characters there are.
        characters: usize,
    },
    /// Nothing stands between BEGIN and END.
    #[error("the {} block on line {line} is empty", known(.label))]
    Empty {
        /// The block's label, where it is a known one.
        label: Option<&'static str>,
        /// Line of BEGIN, from 1.
        line: usize,
    },
    /// Encrypted as PEM was in the nineties (RFC 1421): the key comes from one round of MD5.
    #[error(
        "the {} block is encrypted in the old PEM way (Proc-Type: 4,ENCRYPTED), which is not read; expected encrypted PKCS#8",
        known(.label)
    )]
    OldEncryption {
        /// The block's label, where it is a known one.
        label: Option<&'static str>,
    },
}

impl BlockFault {
    /// The command that converts what is here, where there is one.
    #[must_use]
    pub const fn conversion(&self) -> Option<&'static str> {
        match self {
            Self::OldEncryption { .. } => {
                Some("openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem")
            }
            _ => None,
        }
    }
}

fn known(label: &Option<&'static str>) -> &'static str {
    label.unwrap_or("unknown")
}

/// The blocks of a text and what stood around them.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) blocks: Vec<Block>,
    /// How many lines that are not blank stood outside.
    pub(crate) lines_outside: usize,
    /// Blanks stood around the base64 text, or empty lines in it.
    pub(crate) white_space: bool,
    /// Header lines such as `Proc-Type: …` stood before the base64 text.
    pub(crate) headers: bool,
    /// Lines end in a carriage return alone.
    pub(crate) lone_carriage_returns: bool,
}

/// A block whose END has not been seen yet.
struct Open<'a> {
    label: String,
    line: usize,
    /// Its lines with their numbers, trimmed, the headers left out.
    body: Vec<(usize, &'a [u8])>,
    in_headers: bool,
    encrypted: bool,
}

/// Takes the blocks out of a text in which each BEGIN and END has a line of its own.
pub(crate) fn take(text: &[u8]) -> Found {
    let mut found = Found::default();
    let mut open: Option<Open<'_>> = None;
    for (index, raw) in lines(text, &mut found).into_iter().enumerate() {
        let line = index + 1;
        let raw = unmarked_bytes(raw);
        let trimmed = trimmed(raw);
        if let Some(label) = boundary(trimmed, BEGIN) {
            if let Some(unfinished) = open.take() {
                found.blocks.push(unfinished.unterminated());
            }
            open =
                Some(Open { label, line, body: Vec::new(), in_headers: false, encrypted: false });
        } else if let Some(mut block) = open.take() {
            if trimmed.starts_with(END) {
                found.blocks.push(block.end(boundary(trimmed, END), line));
                continue;
            }
            block.take_line(line, raw, trimmed, &mut found);
            open = Some(block);
        } else {
            found.lines_outside += usize::from(!trimmed.is_empty());
        }
    }
    found.blocks.extend(open.map(Open::unterminated));
    found
}

/// Takes the blocks out of a text whose line breaks are gone, or are the two characters `\n`.
pub(crate) fn take_joined(text: &[u8]) -> Found {
    let mut found = Found { white_space: true, ..Found::default() };
    let mut rest = text;
    while let Some(start) = find(rest, BEGIN) {
        rest = &rest[start + BEGIN.len()..];
        let Some((label, after)) = label(rest) else { continue };
        rest = after;
        let open = |body| Open {
            label: label.clone(),
            line: 1,
            body,
            in_headers: false,
            encrypted: false,
        };
        let Some(end) = find(rest, END) else {
            found.blocks.push(open(Vec::new()).unterminated());
            break;
        };
        let unescaped = without_escapes(&rest[..end]);
        let ended = self::label(&rest[end + END.len()..]);
        rest = ended.as_ref().map_or(&rest[end + END.len()..], |(_, after)| after);
        found.blocks.push(open(vec![(1, &unescaped)]).end(ended.map(|(label, _)| label), 1));
    }
    found
}

/// Whether a BEGIN stands alone on a line.
pub(crate) fn has_boundary_line(text: &[u8]) -> bool {
    text.split(|byte| matches!(byte, b'\n' | b'\r')).any(|raw| {
        let raw = unmarked_bytes(raw);
        boundary(trimmed(raw), BEGIN).is_some()
    })
}

impl<'a> Open<'a> {
    /// One line between BEGIN and END. Headers (RFC 1421 section 4.6) come first and end with an empty line.
    fn take_line(&mut self, line: usize, raw: &[u8], trimmed: &'a [u8], found: &mut Found) {
        let continues = self.in_headers && raw.starts_with(b" ");
        if trimmed.is_empty() {
            self.in_headers = false;
            found.white_space |= !found.headers || !self.body.is_empty();
        } else if self.body.is_empty() && (trimmed.contains(&b':') || continues) {
            self.in_headers = true;
            found.headers = true;
            self.encrypted |= is_encryption(trimmed);
        } else {
            let ended = raw.strip_suffix(b"\r").unwrap_or(raw);
            found.white_space |= ended.len() != trimmed.len();
            self.body.push((line, trimmed));
        }
    }

    fn unterminated(self) -> Block {
        let fault =
            BlockFault::Unterminated { label: Kind::known_label(&self.label), line: self.line };
        Block { label: self.label, line: self.line, content: Err(fault) }
    }

    fn end(self, found: Option<String>, line: usize) -> Block {
        let content = match found {
            Some(found) if found == self.label => self.decode(),
            found => Err(BlockFault::WrongEnd {
                label: Kind::known_label(&self.label),
                found: found.as_deref().and_then(Kind::known_label),
                line,
            }),
        };
        Block { label: self.label, line: self.line, content }
    }

    fn decode(&self) -> Result<Der, BlockFault> {
        let label = Kind::known_label(&self.label);
        if self.encrypted {
            return Err(BlockFault::OldEncryption { label });
        }
        let length = self.body.iter().map(|(_, text)| text.len()).sum();
        // Reserved at once: a vector that grows leaves a copy of a key behind.
        let mut characters = Zeroizing::new(Vec::with_capacity(length));
        for (line, text) in &self.body {
            for &byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
                if !matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=') {
                    return Err(BlockFault::Alphabet { label, line: *line });
                }
                characters.push(byte);
            }
        }
        if characters.is_empty() {
            return Err(BlockFault::Empty { label, line: self.line });
        }
        let mut der = Zeroizing::new(vec![0; characters.len().div_ceil(4) * 3]);
        let length = LENIENT.decode_slice(&*characters, &mut der).map_err(|_| {
            BlockFault::Length { label, line: self.line, characters: characters.len() }
        })?;
        der.truncate(length);
        Ok(Der(der))
    }
}

/// Base64 whose last character may carry stray bits, which OpenSSL ignores.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The lines of a text, their newline taken off. A carriage return alone ends a line where there is no newline at all.
fn lines<'a>(text: &'a [u8], found: &mut Found) -> Vec<&'a [u8]> {
    let newline = text.contains(&b'\n');
    found.lone_carriage_returns = !newline && text.contains(&b'\r');
    let separator = if found.lone_carriage_returns { b'\r' } else { b'\n' };
    text.split(|byte| *byte == separator).collect()
}

/// A line without what stands around it. At its end OpenSSL strips everything that is not printable ASCII, the
/// non-breaking space of a web page included.
fn trimmed(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(u8::is_ascii_graphic).map_or(0, |last| last + 1);
    line[..end].trim_ascii_start()
}

/// The label of a line that is a boundary and nothing else.
fn boundary(line: &[u8], mark: &[u8]) -> Option<String> {
    let (label, rest) = label(line.strip_prefix(mark)?)?;
    rest.is_empty().then_some(label)
}

/// The label at the start of `text` and what follows its dashes.
fn label(text: &[u8]) -> Option<(String, &[u8])> {
    let end = find(&text[..text.len().min(LONGEST_LABEL + DASHES.len())], DASHES)?;
    let label = std::str::from_utf8(&text[..end]).ok()?;
    let printable = label.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    printable.then(|| (label.to_owned(), &text[end + DASHES.len()..]))
}

fn is_encryption(header: &[u8]) -> bool {
    header.starts_with(b"DEK-Info:")
        || (header.starts_with(b"Proc-Type:") && find(header, b"ENCRYPTED").is_some())
}

/// Escape sequences for white space left out, and `\/` read as `/`; any number of backslashes, for a line may be
/// escaped more than once.
fn without_escapes(body: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut plain = Zeroizing::new(Vec::with_capacity(body.len()));
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        let backslashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        match rest.get(backslashes) {
            Some(b'n' | b'r' | b't') => rest = &rest[backslashes + 1..],
            Some(b'/') => rest = &rest[backslashes..],
            // Not base64, and said so.
            _ => plain.push(byte),
        }
    }
    plain
}

#[cfg(test)]
#[path = "blocks_tests.rs"]
mod tests;
