//! Secrets of claim codes (AN12642 4.4.1, section 10).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::{Entropy, EntropyUnavailable, SecretBytes};

/// The fewest bytes of a secret (docs/an12642-errata.md row 12: the decoded secret counts).
pub(crate) const SHORTEST_CLAIM_SECRET: usize = 16;

/// The most characters of a secret in base64 (docs/an12642-errata.md row 12: the encoded secret counts).
pub const LONGEST_CLAIM_SECRET_TEXT: usize = 255;

/// The secret of a claim code: base64 of at least 16 bytes, at most 255 characters.
pub struct ClaimSecret(SecretBytes);

/// Why a text is not a secret of a claim code. The text itself is never shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimSecretError {
    /// Not base64 with its padding.
    #[error(
        "a claim-code secret is base64 (A-Z, a-z, 0-9, +, /, with = at the end), which this is not"
    )]
    NotBase64,
    /// Fewer than 16 bytes when decoded.
    #[error(
        "the claim-code secret has {found} bytes when decoded; expected at least {SHORTEST_CLAIM_SECRET}"
    )]
    TooShort {
        /// Bytes found.
        found: usize,
    },
    /// More than 255 characters of base64.
    #[error(
        "the claim-code secret has {found} characters; at most {LONGEST_CLAIM_SECRET_TEXT} are allowed"
    )]
    TooLong {
        /// Characters found.
        found: usize,
    },
    /// No random bytes could be had.
    #[error(transparent)]
    Entropy(#[from] EntropyUnavailable),
}

impl ClaimSecret {
    /// Reads base64 text; white space around it is not part of it.
    ///
    /// # Errors
    /// [`ClaimSecretError`]: what is wrong with it.
    pub fn read(text: &SecretBytes) -> Result<Self, ClaimSecretError> {
        let text = text.expose().trim_ascii();
        if text.len() > LONGEST_CLAIM_SECRET_TEXT {
            return Err(ClaimSecretError::TooLong { found: text.len() });
        }
        let decoded = STANDARD.decode(text).map(Zeroizing::new);
        let found = decoded.map_err(|_| ClaimSecretError::NotBase64)?.len();
        if found < SHORTEST_CLAIM_SECRET {
            return Err(ClaimSecretError::TooShort { found });
        }
        Ok(Self(SecretBytes::from_slice(text)))
    }

    /// Makes a secret of so many random bytes.
    ///
    /// # Errors
    /// When the length is not allowed, or no random bytes can be had.
    pub fn generate(byte_len: usize, entropy: &mut dyn Entropy) -> Result<Self, ClaimSecretError> {
        if byte_len < SHORTEST_CLAIM_SECRET {
            return Err(ClaimSecretError::TooShort { found: byte_len });
        }
        let text_len = byte_len.div_ceil(3).saturating_mul(4);
        if text_len > LONGEST_CLAIM_SECRET_TEXT {
            return Err(ClaimSecretError::TooLong { found: text_len });
        }
        let mut bytes = Zeroizing::new(vec![0_u8; byte_len]);
        entropy.fill(&mut bytes)?;
        Ok(Self(SecretBytes::new(STANDARD.encode(&*bytes).into_bytes())))
    }

    /// The base64 text, as it is sent and loaded into devices.
    pub fn text(&self) -> &SecretBytes {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    fn read(text: &str) -> Result<Vec<u8>, ClaimSecretError> {
        ClaimSecret::read(&SecretBytes::from_slice(text.as_bytes()))
            .map(|s| s.text().expose().to_vec())
    }

    #[test]
    fn the_document_s_secret_is_one() {
        assert_eq!(
            read("MDEyMzQ1Njc4OTAxMjM0NTY3ODk=\n").unwrap(),
            b"MDEyMzQ1Njc4OTAxMjM0NTY3ODk="
        );
    }

    #[test]
    fn length_and_alphabet_are_checked() {
        assert_eq!(
            read("MDEyMzQ1Njc4OTAxMjM0").unwrap_err(),
            ClaimSecretError::TooShort { found: 15 }
        );
        assert_eq!(read("0123456789abcdef!").unwrap_err(), ClaimSecretError::NotBase64);
        assert_eq!(read("").unwrap_err(), ClaimSecretError::TooShort { found: 0 });
        assert_eq!(read(&"A".repeat(256)).unwrap_err(), ClaimSecretError::TooLong { found: 256 });
        assert_eq!(read(&"A".repeat(252)).unwrap().len(), 252);
    }

    #[test]
    fn what_is_generated_is_read_and_is_not_the_same_twice() {
        let made = |len| ClaimSecret::generate(len, &mut SystemEntropy);
        for len in [16, 17, 32, 189] {
            let text = made(len).unwrap();
            let read = ClaimSecret::read(text.text()).unwrap();
            assert!(read.text().same_as(text.text()));
        }
        assert!(!made(16).unwrap().text().same_as(made(16).unwrap().text()));
        assert_eq!(made(15).err(), Some(ClaimSecretError::TooShort { found: 15 }));
        assert_eq!(made(190).err(), Some(ClaimSecretError::TooLong { found: 256 }));
    }
}
