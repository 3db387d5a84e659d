//! From a file's bytes to the certificates in it.

use std::borrow::Cow;

use el2g_pem_line::{Content, normalise};

use crate::inspection::InputFault;

/// Largest input read: 64 MiB, a bundle of some 60,000 certificates.
pub const MAX_INPUT_BYTES: usize = 64 << 20;

const LABELS: [&str; 2] = ["CERTIFICATE", "X509 CERTIFICATE"];

/// One block of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputBlock {
    /// The bytes of a CERTIFICATE block, or those of a DER file; not decoded yet.
    Certificate(Vec<u8>),
    /// Something else, and what.
    Other(InputFault),
}

/// An input taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputBlocks {
    /// The blocks, in order; at least one.
    pub blocks: Vec<InputBlock>,
    /// What had to be done to read them ([`InputFault::Normalised`]), where something had.
    pub normalised: Option<InputFault>,
}

impl InputBlocks {
    /// Takes an input apart: PEM with one or more blocks, an escaped line, a JSON answer, or one DER certificate.
    ///
    /// A block that is no certificate, or a damaged one, stands among the blocks as what it is. An input over
    /// [`MAX_INPUT_BYTES`] is refused unread.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        if bytes.len() > MAX_INPUT_BYTES {
            return Self::unreadable(format!(
                "{} bytes, of which at most {MAX_INPUT_BYTES} are read",
                bytes.len()
            ));
        }
        let (bytes, replaced) = readable(bytes);
        match normalise(&bytes) {
            Err(error) => Self::unreadable(error.to_string()),
            Ok(normalised) => {
                let mut notes: Vec<String> = Vec::new();
                if replaced {
                    notes.push("octets that are no UTF-8 were passed over".to_owned());
                }
                notes.extend(normalised.notes.iter().map(ToString::to_string));
                let blocks = match normalised.content {
                    Content::Der(der) => vec![InputBlock::Certificate(der)],
                    Content::Pem(text) => pem_blocks(&text).map(read_block).collect(),
                };
                let normalised = (!notes.is_empty()).then_some(InputFault::Normalised { notes });
                Self { blocks, normalised }
            }
        }
    }

    fn unreadable(found: String) -> Self {
        let block = InputBlock::Other(InputFault::NoCertificate { found });
        Self { blocks: vec![block], normalised: None }
    }
}

/// The input with octets that are no UTF-8 replaced, where it is text with a PEM block all the same: what other programs
/// print of a certificate before its block is Latin-1 at times. Within a block the replacement is no base64.
fn readable(bytes: &[u8]) -> (Cow<'_, [u8]>, bool) {
    const BEGIN: &[u8] = b"-----BEGIN ";
    let is_text = std::str::from_utf8(bytes).is_ok();
    // DER begins with a SEQUENCE of more than 127 octets; a text with `0` in front is none.
    let is_der = matches!(bytes, [0x30, 0x80..=0xff, ..]);
    if is_text || is_der || !bytes.windows(BEGIN.len()).any(|window| window == BEGIN) {
        return (Cow::Borrowed(bytes), false);
    }
    (Cow::Owned(String::from_utf8_lossy(bytes).into_owned().into_bytes()), true)
}

/// Why a file that others are compared with cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found}, {wanted} is wanted")]
pub struct UnusableReference {
    /// What is there.
    pub found: String,
    /// What is wanted, with its article.
    pub wanted: &'static str,
}

/// The DER of the one certificate of an input (a root, a CA).
///
/// # Errors
/// When there is none, or more than one.
pub fn read_one_certificate(bytes: &[u8]) -> Result<Vec<u8>, UnusableReference> {
    let refused = |found: String| UnusableReference { found, wanted: "exactly one certificate" };
    let mut blocks = InputBlocks::read(bytes).blocks;
    match (blocks.pop(), blocks.len()) {
        (Some(InputBlock::Certificate(der)), 0) => Ok(der),
        (Some(InputBlock::Other(InputFault::NoCertificate { found })), 0) => Err(refused(found)),
        (_, others) => Err(refused(format!("{} blocks", others + 1))),
    }
}

/// PEM label (where there is one) and DER of the one certification request of an input. Whether the label is a
/// request's is a rule of its own.
///
/// # Errors
/// When there is no block, or more than one.
pub fn read_one_request(bytes: &[u8]) -> Result<(Option<String>, Vec<u8>), UnusableReference> {
    let refused =
        |found: String| UnusableReference { found, wanted: "exactly one certification request" };
    if bytes.len() > MAX_INPUT_BYTES {
        return Err(refused(format!("{} bytes", bytes.len())));
    }
    let (bytes, _) = readable(bytes);
    match normalise(&bytes).map_err(|error| refused(error.to_string()))?.content {
        Content::Der(der) => Ok((None, der)),
        Content::Pem(text) => {
            let count = pem_blocks(&text).count();
            if count != 1 {
                return Err(refused(format!("{count} blocks")));
            }
            let block = pem::parse(&text).map_err(|error| refused(error.to_string()))?;
            Ok((Some(block.tag().to_owned()), block.into_contents()))
        }
    }
}

/// The text of each block, from its BEGIN line to the next.
fn pem_blocks(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let next = rest[1..].find("-----BEGIN ").map_or(rest.len(), |index| index + 1);
        let (block, after) = rest.split_at(next);
        rest = after;
        Some(block)
    })
}

fn read_block(text: &str) -> InputBlock {
    let found = match pem::parse(text) {
        Ok(block) if LABELS.contains(&block.tag()) => {
            return InputBlock::Certificate(block.into_contents());
        }
        Ok(block) => format!("a block labelled {}", block.tag()),
        Err(error) => {
            let label = text.lines().next().unwrap_or_default().trim_matches('-');
            format!("a damaged block ({}): {error}", label.trim_start_matches("BEGIN "))
        }
    };
    InputBlock::Other(InputFault::NoCertificate { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";

    #[test]
    fn takes_every_block_and_names_what_is_no_certificate() {
        let key = BLOCK.replace("CERTIFICATE", "PRIVATE KEY");
        let damaged = BLOCK.replace("MAMC", "M*MC");
        let read = InputBlocks::read(format!("{BLOCK}{key}{damaged}{BLOCK}").as_bytes());
        let certificate = InputBlock::Certificate(vec![0x30, 3, 2, 1, 5]);
        assert_eq!(read.normalised, None);
        assert_eq!(read.blocks.len(), 4);
        assert_eq!(read.blocks[0], certificate);
        assert_eq!(
            read.blocks[1],
            InputBlock::Other(InputFault::NoCertificate {
                found: "a block labelled PRIVATE KEY".into()
            })
        );
        assert!(matches!(&read.blocks[2], InputBlock::Other(InputFault::NoCertificate { found })
            if found.starts_with("a damaged block (CERTIFICATE)")));
        assert_eq!(read.blocks[3], certificate);
    }

    #[test]
    fn says_that_it_put_the_input_in_order() {
        let read = InputBlocks::read(BLOCK.replace('\n', "\r\n").as_bytes());
        assert_eq!(read.blocks, [InputBlock::Certificate(vec![0x30, 3, 2, 1, 5])]);
        assert_eq!(
            read.normalised,
            Some(InputFault::Normalised { notes: vec!["CR LF was turned into LF".into()] })
        );
    }

    #[test]
    fn text_that_is_no_utf8_may_stand_before_the_block() {
        let read = InputBlocks::read(&[b"Subject: Ger\xe4te\n", BLOCK.as_bytes()].concat());
        assert_eq!(read.blocks, [InputBlock::Certificate(vec![0x30, 3, 2, 1, 5])]);
        assert!(read.normalised.is_some());
    }

    #[test]
    fn refuses_what_holds_no_block() {
        for input in [&b""[..], b"hello", b"\xff\xfe-\x00"] {
            let read = InputBlocks::read(input);
            assert!(matches!(
                read.blocks.as_slice(),
                [InputBlock::Other(InputFault::NoCertificate { .. })]
            ));
        }
    }
}
