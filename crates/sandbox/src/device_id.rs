//! Device ids: decimal in answers, decimal or `0x0`-hex in requests (4.1.2, errata 11).

use std::fmt;

/// Device ids have at most this many bytes (SE05x: 18).
pub const LONGEST: usize = 18;

/// A device id (UID): a positive number of at most [`LONGEST`] bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct DeviceId([u8; LONGEST]);

/// Why a text is no device id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeviceIdError {
    /// Nothing, or only a prefix.
    #[error("empty")]
    Empty,
    /// Neither decimal nor 0x0-hex.
    #[error("neither decimal digits nor hexadecimal digits after `0x0`")]
    NotDigits,
    /// Hexadecimal digits without the prefix.
    #[error("hexadecimal digits need the prefix `0x0`")]
    NoPrefix,
    /// More than 18 bytes.
    #[error("larger than {LONGEST} bytes")]
    TooLarge,
    /// Zero.
    #[error("zero is no device")]
    Zero,
}

impl DeviceId {
    /// Reads decimal digits, or hexadecimal digits after `0x`.
    ///
    /// # Errors
    /// [`DeviceIdError`]
    pub fn parse(text: &str) -> Result<Self, DeviceIdError> {
        let (digits, radix) = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(hex) => (hex, 16),
            None => (text, 10),
        };
        if digits.is_empty() {
            return Err(DeviceIdError::Empty);
        }
        let mut number = [0_u8; LONGEST];
        for character in digits.chars() {
            let digit = character.to_digit(radix).ok_or_else(|| {
                if text.bytes().all(|b| b.is_ascii_hexdigit()) {
                    DeviceIdError::NoPrefix
                } else {
                    DeviceIdError::NotDigits
                }
            })?;
            let mut carry = digit;
            for byte in number.iter_mut().rev() {
                let value = u32::from(*byte) * radix + carry;
                *byte = (value & 0xff) as u8;
                carry = value >> 8;
            }
            if carry != 0 {
                return Err(DeviceIdError::TooLarge);
            }
        }
        if number == [0; LONGEST] {
            return Err(DeviceIdError::Zero);
        }
        Ok(Self(number))
    }

    /// 36 hexadecimal digits, as `sscli` prints them: error details use this form.
    #[must_use]
    pub fn hex(&self) -> String {
        self.0.iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The last eight bytes as a number: what certificates name a device by.
    #[must_use]
    pub fn low_64_bits(&self) -> u64 {
        self.0[LONGEST - 8..].iter().fold(0, |sum, b| sum << 8 | u64::from(*b))
    }
}

/// Decimal, as answers print it.
impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut number = self.0;
        let mut digits = Vec::new();
        while number != [0; LONGEST] {
            let mut rest = 0_u32;
            for byte in &mut number {
                let value = rest << 8 | u32::from(*byte);
                *byte = (value / 10) as u8;
                rest = value % 10;
            }
            digits.push(char::from(b'0' + rest as u8));
        }
        f.write_str(&digits.iter().rev().collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn converts_the_ids_of_the_document() {
        let hex = DeviceId::parse("0x040050011ce89d305cf379041f1d12946680").unwrap();
        assert_eq!(hex.to_string(), "348555487745337688610641917338571817379456");
        assert_eq!(hex.hex(), "040050011ce89d305cf379041f1d12946680");
        assert_eq!(hex.low_64_bits(), 0x79041f1d12946680);
        let decimal = DeviceId::parse("348555491056936142262187597632590342062080").unwrap();
        assert_eq!(decimal.hex(), "04005001c02edce5c8c39e04250559550000");
    }

    #[test]
    fn refuses_what_is_no_id() {
        for (text, error) in [
            ("", DeviceIdError::Empty),
            ("0x", DeviceIdError::Empty),
            ("0", DeviceIdError::Zero),
            ("0x0", DeviceIdError::Zero),
            ("04005001d706ca37a1e4ed047e6dda0f6880", DeviceIdError::NoPrefix),
            ("-5", DeviceIdError::NotDigits),
            ("3.48e41", DeviceIdError::NotDigits),
            ("0x0g", DeviceIdError::NotDigits),
            ("0x1000000000000000000000000000000000000", DeviceIdError::TooLarge),
        ] {
            assert_eq!(DeviceId::parse(text), Err(error), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decimal_and_hex_are_exact(bytes in prop::array::uniform18(any::<u8>())) {
            prop_assume!(bytes != [0; LONGEST]);
            let id = DeviceId(bytes);
            prop_assert_eq!(DeviceId::parse(&id.to_string()), Ok(id.clone()));
            prop_assert_eq!(DeviceId::parse(&format!("0x{}", id.hex())), Ok(id));
        }

        #[test]
        fn any_text_never_panics(text in ".*") {
            let _ = DeviceId::parse(&text);
        }
    }
}
