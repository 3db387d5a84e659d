//! The size of a secret that is to be made, as people write it: a number, with its unit or without.

use std::fmt;
use std::str::FromStr;

use crate::PayloadKind;

/// The largest number without a unit that nobody takes for bits: an HMAC key of 64 bytes fills a block of SHA-256.
const LARGEST_PLAIN_HMAC: usize = 64;

/// A size such as `256`, `256bit` or `32byte`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecretSize {
    number: usize,
    unit: Option<SizeUnit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SizeUnit {
    Bit,
    Byte,
}

/// A text that is not a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a size such as 256bit or 32byte")]
pub struct NotASize;

/// A size that a secret of this kind cannot have, or one that could mean two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SizeError {
    /// No secret of that kind has this size.
    #[error("{size}: {kind} takes {}", .kind.allowed_to_generate())]
    NotAllowed {
        /// The kind.
        kind: PayloadKind,
        /// The size.
        size: SecretSize,
    },
    /// Bits that do not fill bytes.
    #[error("{size} is not a whole number of bytes")]
    PartOfAByte {
        /// The size.
        size: SecretSize,
    },
    /// A number that could count bits or bytes.
    #[error(
        "{size} without a unit could be bits or bytes: write {size}bit or {size}byte ({kind} takes {})",
        .kind.allowed_to_generate()
    )]
    NoUnit {
        /// The kind.
        kind: PayloadKind,
        /// The size.
        size: SecretSize,
    },
}

impl SecretSize {
    /// The length in bytes of a secret of this kind. A number without a unit counts bits of an AES key and bytes of
    /// anything else; for an HMAC key over 64 it needs its unit.
    ///
    /// # Errors
    /// [`SizeError`].
    pub fn byte_len(self, kind: PayloadKind) -> Result<usize, SizeError> {
        let in_bits = match (self.unit, kind) {
            (Some(unit), _) => unit == SizeUnit::Bit,
            (None, PayloadKind::Aes | PayloadKind::OemFwDecrypt) => true,
            (None, PayloadKind::Hmac) if self.number > LARGEST_PLAIN_HMAC => {
                return Err(SizeError::NoUnit { kind, size: self });
            }
            (None, PayloadKind::Hmac | PayloadKind::Binary) => false,
        };
        if in_bits && !self.number.is_multiple_of(8) {
            return Err(SizeError::PartOfAByte { size: self });
        }
        let byte_len = if in_bits { self.number / 8 } else { self.number };
        match kind.allows(byte_len) {
            true => Ok(byte_len),
            false => Err(SizeError::NotAllowed { kind, size: self }),
        }
    }
}

impl FromStr for SecretSize {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim_start().to_ascii_lowercase().as_str() {
            "" => None,
            "bit" | "bits" => Some(SizeUnit::Bit),
            "byte" | "bytes" => Some(SizeUnit::Byte),
            _ => return Err(NotASize),
        };
        Ok(Self { number: number.parse().map_err(|_| NotASize)?, unit })
    }
}

impl fmt::Display for SecretSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            None => "",
            Some(SizeUnit::Bit) => "bit",
            Some(SizeUnit::Byte) => "byte",
        };
        write!(formatter, "{}{unit}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PayloadKind::{Aes, Binary, Hmac};

    fn byte_len(kind: PayloadKind, text: &str) -> Result<usize, String> {
        let size: SecretSize = text.parse().map_err(|error: NotASize| error.to_string())?;
        size.byte_len(kind).map_err(|error| error.to_string())
    }

    #[test]
    fn a_plain_number_counts_bits_for_aes_and_bytes_otherwise() {
        let taken = [
            (Aes, "128", 16),
            (Aes, "256", 32),
            (Aes, "256bit", 32),
            (Aes, "32byte", 32),
            (Aes, "16 bytes", 16),
            (Hmac, "1", 1),
            (Hmac, "64", 64),
            (Hmac, "256bit", 32),
            (Hmac, "256BYTE", 256),
            (Hmac, "2048 Bits", 256),
            (Binary, "500", 500),
            (Binary, "8bit", 1),
        ];
        for (kind, text, expected) in taken {
            assert_eq!(byte_len(kind, text), Ok(expected), "{kind} {text}");
        }
    }

    #[test]
    fn what_could_mean_two_sizes_or_none_is_refused() {
        let aes = "aes takes 128bit or 256bit";
        let hmac = "hmac takes 1byte to 256byte";
        let no_unit = |number: u16| {
            format!(
                "{number} without a unit could be bits or bytes: write {number}bit or {number}byte ({hmac})"
            )
        };
        let refused = [
            (Aes, "192", format!("192: {aes}")),
            (Aes, "32", format!("32: {aes}")),
            (Aes, "24byte", format!("24byte: {aes}")),
            (Aes, "129", "129 is not a whole number of bytes".to_owned()),
            (Hmac, "12bit", "12bit is not a whole number of bytes".to_owned()),
            (Hmac, "0", format!("0: {hmac}")),
            (Hmac, "0bit", format!("0bit: {hmac}")),
            (Hmac, "257byte", format!("257byte: {hmac}")),
            (Hmac, "65", no_unit(65)),
            (Hmac, "256", no_unit(256)),
            (Hmac, "257", no_unit(257)),
            (Binary, "501", "501: binary takes 1byte to 500byte".to_owned()),
        ];
        for (kind, text, expected) in refused {
            assert_eq!(byte_len(kind, text), Err(expected), "{kind} {text}");
        }
        for text in
            ["", "bit", "-1", "+1", "1.5", "0x10", "256b", "256 bit s", "99999999999999999999"]
        {
            assert_eq!(text.parse::<SecretSize>(), Err(NotASize), "{text}");
        }
    }
}
