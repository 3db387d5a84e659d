//! The kinds of secret payload and the lengths each may have: one table.

use std::fmt;
use std::str::FromStr;

/// The kinds of secret that EdgeLock 2GO imports inside an OpenPGP message (AN12642 section 12; the last one is newer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PayloadKind {
    /// An AES-128 or AES-256 key (`MASTER_KEY`).
    Aes,
    /// An HMAC key of 1 to 256 bytes (`HMAC_KEY`).
    Hmac,
    /// The content of a confidential binary file, 1 to 500 bytes (`BINARY_FILE`).
    Binary,
    /// An AES-128 or AES-256 key that decrypts firmware (`OEM_FW_DECRYPT_KEY`; not in AN12642).
    OemFwDecrypt,
}

/// What is allowed for one kind.
struct Rule {
    kind: PayloadKind,
    name: &'static str,
    lengths: Lengths,
}

/// Lengths in bytes.
enum Lengths {
    /// Exactly one of two.
    Either(usize, usize),
    /// From 1 to this many.
    UpTo(usize),
}

/// AN12642 section 12, step 6, points 2 to 4. A firmware decryption key has the lengths of an AES key: NXP's client gives
/// its size as `AES256`.
const RULES: [Rule; 4] = [
    Rule { kind: PayloadKind::Aes, name: "aes", lengths: Lengths::Either(16, 32) },
    Rule { kind: PayloadKind::Hmac, name: "hmac", lengths: Lengths::UpTo(256) },
    Rule { kind: PayloadKind::Binary, name: "binary", lengths: Lengths::UpTo(500) },
    Rule {
        kind: PayloadKind::OemFwDecrypt,
        name: "oem-fw-decrypt-key",
        lengths: Lengths::Either(16, 32),
    },
];

impl PayloadKind {
    /// Every kind, in the order of AN12642 section 12.
    pub const ALL: [Self; 4] = [Self::Aes, Self::Hmac, Self::Binary, Self::OemFwDecrypt];

    fn rule(self) -> &'static Rule {
        &RULES[self as usize]
    }

    /// The name on the command line: `aes`, `hmac`, `binary` or `oem-fw-decrypt-key`.
    pub fn name(self) -> &'static str {
        self.rule().name
    }

    /// Whether it is an AES key, whatever for: its size counts bits, and it has a check value.
    pub fn is_aes(self) -> bool {
        match self {
            Self::Aes | Self::OemFwDecrypt => true,
            Self::Hmac | Self::Binary => false,
        }
    }

    /// The `keySize` of a create request for a payload of so many bytes: `AES128` or `AES256`, otherwise the number of
    /// bytes in decimal (AN12642 4.1.3.3 and 4.1.3.4).
    pub fn key_size(self, byte_len: usize) -> String {
        match self.is_aes() {
            true => format!("AES{}", byte_len.saturating_mul(8)),
            false => byte_len.to_string(),
        }
    }

    /// Whether a payload of this kind may have `byte_len` bytes.
    pub fn allows(self, byte_len: usize) -> bool {
        match self.rule().lengths {
            Lengths::Either(short, long) => byte_len == short || byte_len == long,
            Lengths::UpTo(most) => (1..=most).contains(&byte_len),
        }
    }

    /// The largest number of bytes a payload of this kind may have.
    pub fn longest(self) -> usize {
        match self.rule().lengths {
            Lengths::Either(_, long) => long,
            Lengths::UpTo(most) => most,
        }
    }

    /// What is allowed, in hexadecimal digits: `32 or 64 hexadecimal digits`.
    pub(crate) fn allowed_digits(self) -> String {
        match self.rule().lengths {
            Lengths::Either(short, long) => {
                format!("{} or {} hexadecimal digits", short * 2, long * 2)
            }
            Lengths::UpTo(most) => {
                format!("2 to {} hexadecimal digits, an even number", most * 2)
            }
        }
    }

    /// What is allowed, in bytes: `16 or 32 bytes`.
    pub fn allowed_bytes(self) -> String {
        match self.rule().lengths {
            Lengths::Either(short, long) => format!("{short} or {long} bytes"),
            Lengths::UpTo(most) => format!("1 to {most} bytes"),
        }
    }

    /// The sizes that `--generate` takes for this kind: `128bit or 256bit`.
    pub fn allowed_to_generate(self) -> String {
        match self.rule().lengths {
            Lengths::Either(short, long) => format!("{}bit or {}bit", short * 8, long * 8),
            Lengths::UpTo(most) => format!("1byte to {most}byte"),
        }
    }
}

impl fmt::Display for PayloadKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for PayloadKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        RULES
            .iter()
            .find(|rule| rule.name == text)
            .map(|rule| rule.kind)
            .ok_or_else(|| UnknownKind { found: text.to_owned() })
    }
}

/// A name that is not a [`PayloadKind`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind `{found}`: `aes`, `hmac`, `binary` and `oem-fw-decrypt-key` are allowed")]
#[non_exhaustive]
pub struct UnknownKind {
    /// The name as it was given.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_kinds_and_names_round_trip() {
        for (kind, rule) in PayloadKind::ALL.into_iter().zip(&RULES) {
            assert_eq!(kind, rule.kind);
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!("AES".parse::<PayloadKind>(), Err(UnknownKind { found: "AES".into() }));
    }

    #[test]
    fn lengths_are_those_of_section_12() {
        let allowed = |kind: PayloadKind| (0..=600).filter(|&n| kind.allows(n)).collect::<Vec<_>>();
        assert_eq!(allowed(PayloadKind::Aes), [16, 32]);
        assert_eq!(allowed(PayloadKind::Hmac), (1..=256).collect::<Vec<_>>());
        assert_eq!(allowed(PayloadKind::Binary), (1..=500).collect::<Vec<_>>());
        assert_eq!(allowed(PayloadKind::OemFwDecrypt), [16, 32]);
        for kind in PayloadKind::ALL {
            assert!(kind.allows(kind.longest()) && !kind.allows(kind.longest() + 1));
        }
    }
}
