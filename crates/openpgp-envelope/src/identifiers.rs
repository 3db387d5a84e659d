//! Points in time, fingerprints, key ids and key sizes: what other crates name keys by.

use std::fmt;
use std::str::FromStr;

/// Whole seconds since 1970-01-01T00:00:00Z, as OpenPGP stores them (RFC 9580 3.5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub u32);

impl Timestamp {
    /// This moment plus `seconds`; a sum past 2106-02-07T06:28:15Z stays there.
    pub(crate) fn plus(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// The same moment, as it was in a packet.
    pub(crate) fn of(value: pgp::types::Timestamp) -> Self {
        Self(value.as_secs())
    }

    /// The same moment, for a packet.
    pub(crate) fn for_packet(self) -> pgp::types::Timestamp {
        pgp::types::Timestamp::from_secs(self.0)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC, for example `2020-07-23T07:41:52Z`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = jiff::Timestamp::from_second(i64::from(self.0))
            .expect("every 32-bit number of seconds is within jiff's range");
        write!(formatter, "{instant}")
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "date-time"})
    }
}

/// The 20-byte fingerprint of a version 4 key (RFC 9580 5.5.4.2), shown as 40 upper-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 20]);

impl Fingerprint {
    /// The bytes, most significant first.
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// The key id: the last eight bytes (RFC 9580 5.5.4.2).
    pub fn key_id(&self) -> KeyId {
        let mut id = [0; 8];
        id.copy_from_slice(&self.0[12..]);
        KeyId(id)
    }

    /// The fingerprint of a version 4 key, `None` for any other version's.
    pub(crate) fn of(fingerprint: &pgp::types::Fingerprint) -> Option<Self> {
        match fingerprint {
            pgp::types::Fingerprint::V4(bytes) => Some(Self(*bytes)),
            _ => None,
        }
    }
}

impl From<[u8; 20]> for Fingerprint {
    fn from(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }
}

/// The eight-byte id of a key, shown as 16 upper-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The bytes, most significant first.
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// Whether this is the all-zero id that hides a recipient (RFC 9580 5.1.8).
    pub fn is_hidden(&self) -> bool {
        self.0 == [0; 8]
    }

    /// The same id, as it was in a packet.
    pub(crate) fn of(id: pgp::types::KeyId) -> Self {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(id.as_ref());
        Self(bytes)
    }
}

impl From<[u8; 8]> for KeyId {
    fn from(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }
}

/// A text that is not a fingerprint or key id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is not {digits} hexadecimal digits")]
#[non_exhaustive]
pub struct NotAnIdentifier {
    /// What was given.
    pub found: String,
    /// The expected number of digits.
    pub digits: usize,
}

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], NotAnIdentifier> {
    let refusal = || NotAnIdentifier { found: text.to_owned(), digits: 2 * N };
    let bare: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let bare = bare.strip_prefix(b"0x").unwrap_or(&bare);
    if bare.len() != 2 * N || !bare.iter().all(u8::is_ascii_hexdigit) {
        return Err(refusal());
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(bare.chunks(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| refusal())?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| refusal())?;
    }
    Ok(bytes)
}

macro_rules! shown_as_hex {
    ($name:ident, $pattern:literal) => {
        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{:X}", base16ct::HexDisplay(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{self}")
            }
        }

        impl FromStr for $name {
            type Err = NotAnIdentifier;

            /// Reads hex digits of either case; spaces and a leading `0x` are ignored.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                from_hex(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": $pattern})
            }
        }
    };
}

shown_as_hex!(Fingerprint, "^[0-9A-F]{40}$");
shown_as_hex!(KeyId, "^[0-9A-F]{16}$");

/// The sizes of RSA key that EdgeLock 2GO takes signatures from (AN12642 section 12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RsaBits {
    /// 2048 bits.
    Rsa2048,
    /// 4096 bits.
    Rsa4096,
}

impl RsaBits {
    /// The number of bits of the modulus.
    pub fn bits(self) -> u32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa4096 => 4096,
        }
    }

    /// The size with that many bits, `None` when EdgeLock 2GO takes no key of it.
    pub fn from_bits(bits: u32) -> Option<Self> {
        match bits {
            2048 => Some(Self::Rsa2048),
            4096 => Some(Self::Rsa4096),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_shown_as_rfc_3339() {
        assert_eq!(Timestamp(1_595_490_112).to_string(), "2020-07-23T07:41:52Z");
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp(u32::MAX).to_string(), "2106-02-07T06:28:15Z");
        assert_eq!(Timestamp(u32::MAX).plus(1), Timestamp(u32::MAX));
    }

    #[test]
    fn identifiers_survive_a_round_trip_and_spaces() {
        let id: KeyId = "BF9C326FCE2F208F".parse().unwrap();
        assert_eq!(id.to_string(), "BF9C326FCE2F208F");
        let print: Fingerprint =
            "0123 4567 89ab cdef 0123  4567 89AB CDEF BF9C 326F".parse().unwrap();
        assert_eq!(print.to_string(), "0123456789ABCDEF0123456789ABCDEFBF9C326F");
        assert_eq!(print.key_id().to_string(), "89ABCDEFBF9C326F");
        assert_eq!("0xBF9C326FCE2F208F".parse::<KeyId>().unwrap(), id);
    }

    #[test]
    fn rejects_what_is_no_identifier() {
        for text in
            ["", "BF9C326FCE2F208", "BF9C326FCE2F208FF", "ZZ9C326FCE2F208F", "+F9C326FCE2F208F"]
        {
            let refusal = text.parse::<KeyId>().unwrap_err();
            assert_eq!(refusal, NotAnIdentifier { found: text.to_owned(), digits: 16 });
        }
    }
}
