//! Device ids as requests have them: decimal, or hexadecimal with the prefix `0x0` (4.1.2, docs/an12642-errata.md
//! row 11).

use el2g_service_api::{DeviceUid, DeviceUidError, UID_BYTES, UidRadix};

/// Why a text is not a device id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum DeviceIdError {
    /// Hexadecimal digits without the prefix: the service does not guess.
    #[error("hexadecimal digits need the prefix `0x0`")]
    NoPrefix,
    /// It is not a number of 1 to 18 bytes.
    #[error(transparent)]
    Uid(#[from] DeviceUidError),
}

/// Reads decimal digits, or hexadecimal digits after `0x`.
///
/// # Errors
/// [`DeviceIdError`]
pub(crate) fn parse(text: &str) -> Result<DeviceUid, DeviceIdError> {
    if text.starts_with("0x") || text.starts_with("0X") {
        return Ok(DeviceUid::parse_as(text, UidRadix::Hexadecimal)?);
    }
    DeviceUid::parse_as(text, UidRadix::Decimal).map_err(|error| match error {
        DeviceUidError::NotADigit { .. } if text.bytes().all(|b| b.is_ascii_hexdigit()) => {
            DeviceIdError::NoPrefix
        }
        other => other.into(),
    })
}

/// The last eight bytes as a number: what certificates name a device by.
#[must_use]
pub(crate) fn low_64_bits(uid: &DeviceUid) -> u64 {
    uid.bytes()[UID_BYTES - 8..].iter().fold(0, |sum, b| sum << 8 | u64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_of_the_document() {
        let hex = parse("0x040050011ce89d305cf379041f1d12946680").unwrap();
        assert_eq!(hex.to_string(), "348555487745337688610641917338571817379456");
        assert_eq!(low_64_bits(&hex), 0x79041f1d12946680);
        assert_eq!(parse("348555487745337688610641917338571817379456"), Ok(hex));
        assert_eq!(low_64_bits(&parse("5").unwrap()), 5);
    }

    #[test]
    fn refuses_what_the_service_would_have_to_guess() {
        assert_eq!(parse("04005001d706ca37a1e4ed047e6dda0f6880"), Err(DeviceIdError::NoPrefix));
        // Decimal, though it looks like a UID of the other kind.
        assert_eq!(parse(&"1".repeat(36)).unwrap().to_string(), "1".repeat(36));
        for (text, error) in [
            ("", DeviceUidError::Empty),
            ("0x", DeviceUidError::Empty),
            ("0", DeviceUidError::Zero),
            ("0x0", DeviceUidError::Zero),
            ("0x1000000000000000000000000000000000000", DeviceUidError::TooLarge),
        ] {
            assert_eq!(parse(text), Err(error.into()), "{text}");
        }
        for text in ["-5", "3.48e41", "0x0g", " 5"] {
            let found = parse(text);
            assert!(
                matches!(found, Err(DeviceIdError::Uid(DeviceUidError::NotADigit { .. }))),
                "{text}"
            );
        }
    }
}
