//! From a file's bytes to the certificates in it.

use el2g_pem_line::{Block, Content, Kind, PemLineError, read};

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
#[non_exhaustive]
pub struct InputBlocks {
    /// The blocks, in order; at least one.
    pub blocks: Vec<InputBlock>,
    /// What had to be done to read them ([`InputFault::Normalised`]), where something had.
    pub normalised: Option<InputFault>,
}

impl InputBlocks {
    /// Takes an input apart: PEM with one or more blocks, an escaped line, a JSON answer, or one DER certificate.
    ///
    /// A block that is not a certificate, or a damaged one, stands among the blocks as what it is. An input over
    /// [`MAX_INPUT_BYTES`] is refused unread.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        if bytes.len() > MAX_INPUT_BYTES {
            return Self::unreadable(format!(
                "{} bytes, of which at most {MAX_INPUT_BYTES} are read",
                bytes.len()
            ));
        }
        match read(bytes) {
            Err(error) => Self::unreadable(in_words(&error)),
            Ok(reading) => {
                let notes: Vec<String> = reading.notes.iter().map(ToString::to_string).collect();
                let blocks = match reading.content {
                    Content::Der(der) => vec![certificate(der.as_bytes(), true)],
                    Content::Blocks(blocks) => blocks.iter().map(read_block).collect(),
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

fn read_block(block: &Block) -> InputBlock {
    let found = match (block.der(), Kind::known_label(block.label())) {
        (Ok(der), Some(label)) if LABELS.contains(&label) => return certificate(der, false),
        (Ok(_), Some(label)) => {
            convertible(format!("a block labelled {label}"), block.kind().conversion(false))
        }
        (Ok(_), None) => "a block with an unknown label".to_owned(),
        (Err(fault), label) => convertible(
            format!("a damaged block ({}): {fault}", label.unwrap_or("unknown label")),
            fault.conversion(),
        ),
    };
    InputBlock::Other(InputFault::NoCertificate { found })
}

/// A certificate, unless the first fields of the DER are those of something else that people take for one.
fn certificate(der: &[u8], is_der: bool) -> InputBlock {
    match Kind::of_der(der) {
        kind
        @ (Kind::Pkcs7 | Kind::Pkcs12 | Kind::PrivateKey | Kind::PublicKey | Kind::Request) => {
            let found = convertible(kind.to_string(), kind.conversion(is_der));
            InputBlock::Other(InputFault::NoCertificate { found })
        }
        _ => InputBlock::Certificate(der.to_vec()),
    }
}

fn in_words(error: &PemLineError) -> String {
    convertible(error.to_string(), error.conversion())
}

fn convertible(found: String, conversion: Option<&str>) -> String {
    match conversion {
        Some(command) => format!("{found}; convert it: {command}"),
        None => found,
    }
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
    fn names_other_formats_with_the_command_that_converts_them() {
        let pkcs7 =
            "-----BEGIN CERTIFICATE-----\nMA0GCSqGSIb3DQEHAqAA\n-----END CERTIFICATE-----\n";
        let found = |input: &[u8]| match InputBlocks::read(input).blocks.remove(0) {
            InputBlock::Other(InputFault::NoCertificate { found }) => found,
            other => panic!("{other:?}"),
        };
        let command =
            "a PKCS#7 container; convert it: openssl pkcs7 -print_certs -in FILE -out NEW.pem";
        assert_eq!(found(pkcs7.as_bytes()), command);
        let trusted = found(BLOCK.replace("CERTIFICATE", "TRUSTED CERTIFICATE").as_bytes());
        assert!(trusted.ends_with("convert it: openssl x509 -in FILE -out NEW.pem"), "{trusted}");
        assert!(found(b"\xff\xfe-\x00").contains("iconv -f UTF-16LE"));
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
