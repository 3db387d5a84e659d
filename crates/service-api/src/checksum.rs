//! The SHA3-512 checksum of 4.1.3.5 and 4.1.3.7. The document makes it optional and defines neither its encoding nor what
//! it is over, and NXP's own client calls it `checkSum` (docs/an12642-errata.md row 22). So it is left out unless the user
//! says how the service expects it.

use el2g_key_payload::{base64_text, sha3_512_hex};
use el2g_pem_line::Content;
use serde::Deserialize;

/// The name of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumName {
    /// As AN12642 prints it.
    Checksum,
    /// As NXP's own client sends it.
    CheckSum,
}

/// How the 64 bytes are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumEncoding {
    /// Lower-case hexadecimal digits.
    #[default]
    Hex,
    /// Base64 (RFC 4648 section 4).
    Base64,
}

/// What it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChecksumOver {
    /// The file's bytes; of a public key its DER.
    Bytes,
    /// The text as it stands in the request: base64 of a file, PEM of a key.
    Text,
}

/// How the service expects a checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChecksumForm {
    /// The name of the field.
    pub name: ChecksumName,
    /// How it is written.
    pub encoding: ChecksumEncoding,
    /// What it is over; where nothing is said, a file's bytes and a key's PEM text (docs/an12642-errata.md row 22).
    pub over: Option<ChecksumOver>,
}

/// What a checksum is of.
#[derive(Debug, Clone, Copy)]
pub struct Checksummed<'a> {
    /// The text in the request.
    text: &'a str,
    /// The bytes that the text stands for, where it can be decoded.
    bytes: Option<&'a [u8]>,
    /// What is meant where nothing is said.
    usual: ChecksumOver,
}

impl<'a> Checksummed<'a> {
    /// A file and its base64.
    pub fn file(bytes: &'a [u8], base64: &'a str) -> Self {
        Self { text: base64, bytes: Some(bytes), usual: ChecksumOver::Bytes }
    }

    /// A public key's PEM and the DER in it; `None` where the PEM cannot be read.
    pub fn public_key(pem: &'a str, der: Option<&'a [u8]>) -> Self {
        Self { text: pem, bytes: der, usual: ChecksumOver::Text }
    }

    fn digest(&self, over: ChecksumOver, encoding: ChecksumEncoding) -> Option<String> {
        let data = match over {
            ChecksumOver::Bytes => self.bytes?,
            ChecksumOver::Text => self.text.as_bytes(),
        };
        let hex = sha3_512_hex(data);
        match encoding {
            ChecksumEncoding::Hex => Some(hex),
            ChecksumEncoding::Base64 => {
                base16ct::lower::decode_vec(&hex).ok().map(|d| base64_text(&d))
            }
        }
    }

    /// Whether `checksum` is right in any encoding and over either; in hex the case does not matter.
    pub(crate) fn is_of(&self, checksum: &str) -> bool {
        let is = |over, encoding, same: fn(&str, &str) -> bool| {
            self.digest(over, encoding).is_some_and(|digest| same(&digest, checksum))
        };
        [ChecksumOver::Bytes, ChecksumOver::Text].into_iter().any(|over| {
            is(over, ChecksumEncoding::Hex, str::eq_ignore_ascii_case)
                || is(over, ChecksumEncoding::Base64, |a, b| a == b)
        })
    }
}

impl ChecksumForm {
    /// The checksum in this form.
    pub fn of(&self, content: Checksummed<'_>) -> Option<String> {
        content.digest(self.over.unwrap_or(content.usual), self.encoding)
    }
}

/// Whether a text can be a checksum at all: 128 hexadecimal digits, or base64 of 64 bytes.
pub(crate) fn is_checksum(text: &str) -> bool {
    let is_hex = text.len() == 128 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex || el2g_key_payload::base64_bytes(text).is_some_and(|bytes| bytes.len() == 64)
}

/// The DER in a PEM block.
pub(crate) fn der_of(pem: &str) -> Option<Vec<u8>> {
    match el2g_pem_line::read(pem.as_bytes()).ok()?.content {
        Content::Blocks(blocks) => blocks.first()?.der().ok().map(<[u8]>::to_vec),
        Content::Der(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_what_openssl_computes_and_is_taken_again() {
        // openssl dgst -sha3-512 of `firmware`, and of its base64 `ZmlybXdhcmU=`; the second as base64.
        let content = Checksummed::file(b"firmware", "ZmlybXdhcmU=");
        let of = |encoding, over| {
            let form = ChecksumForm { name: ChecksumName::Checksum, encoding, over };
            form.of(content).expect("a file has bytes")
        };
        let bytes = of(ChecksumEncoding::Hex, Some(ChecksumOver::Bytes));
        assert_eq!(bytes, BYTES_HEX);
        assert_eq!(of(ChecksumEncoding::Hex, None), bytes);
        assert_eq!(of(ChecksumEncoding::Hex, Some(ChecksumOver::Text)), TEXT_HEX);
        assert_eq!(of(ChecksumEncoding::Base64, Some(ChecksumOver::Text)), TEXT_BASE64);
        for right in [BYTES_HEX, TEXT_HEX, TEXT_BASE64, &BYTES_HEX.to_uppercase()] {
            assert!(is_checksum(right) && content.is_of(right), "{right}");
        }
        assert!(!content.is_of(&sha3_512_hex(b"other")));
        assert!(!content.is_of(&TEXT_BASE64.to_lowercase()));
    }

    #[test]
    fn a_key_that_cannot_be_decoded_has_a_text_only() {
        let der = der_of("no PEM");
        let content = Checksummed::public_key("no PEM", der.as_deref());
        let form = |over| ChecksumForm {
            name: ChecksumName::CheckSum,
            encoding: ChecksumEncoding::Hex,
            over,
        };
        assert_eq!(form(None).of(content), Some(sha3_512_hex(b"no PEM")));
        assert_eq!(form(Some(ChecksumOver::Bytes)).of(content), None);
    }

    const BYTES_HEX: &str = "9bccc592775b7668f1e7b337d6e492e39467d94638bd200bbc6b011ef24edbf6628cac61546bd4d3aeb04105d67b9edb0f54765a500583931b438442b231c209";
    const TEXT_HEX: &str = "394315dfd77e78f8ade1a43075d383b57de84ba02afc7f9ff8fd1d2cb1e52ac0bc9ee1ab9fd1f67a4bb6695699cf0ccd7238f0341a1cef48af909f937028eed7";
    const TEXT_BASE64: &str =
        "OUMV39d+ePit4aQwddODtX3oS6Aq/H+f+P0dLLHlKsC8nuGrn9H2eku2aVaZzwzNcjjwNBoc70ivkJ+TcCju1w==";
}
