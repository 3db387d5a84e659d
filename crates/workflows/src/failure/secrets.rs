//! Failures of secrets: payloads, and the secrets of claim codes.

use el2g_key_payload::{
    ClaimSecretError, ComponentError, EntropyUnavailable, Intruder, PayloadError, ReadError,
    UnknownKind,
};

use super::{Failure, FailureKind};

impl From<PayloadError> for Failure {
    fn from(error: PayloadError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            PayloadError::Empty { .. } => failure,
            PayloadError::AllZero { .. } => failure
                .with_hint("check where the key comes from; --generate makes a new random one"),
            PayloadError::NotHex { found, .. } => failure.with_hint(not_hex(found)),
            PayloadError::HexTextAsRaw { .. } => failure.with_hint(
                "leave out --raw (in a manifest: raw); if the characters themselves are the secret, pipe in what \
                 `xxd -p FILE` prints: el2g … --in -",
            ),
            PayloadError::OddDigits { .. } => {
                failure.with_hint("a digit is missing or one is too many: compare with the source")
            }
            PayloadError::WrongDigits { kind, .. } | PayloadError::WrongLength { kind, .. }
                if kind.is_aes() =>
            {
                failure.with_hint("EdgeLock 2GO takes AES-128 and AES-256 keys only")
            }
            PayloadError::WrongDigits { .. } | PayloadError::WrongLength { .. } => failure,
            PayloadError::Entropy(cause) => cause.into(),
        }
    }
}

/// What to do about a character that is not a hexadecimal digit.
fn not_hex(found: Intruder) -> &'static str {
    match found {
        Intruder::Prefix => "remove every `0x`: expected the hexadecimal digits alone",
        Intruder::Control => {
            "remove the control character; if the file holds the bytes of the key, pass --raw (in a manifest: raw)"
        }
        Intruder::NotText => {
            "the file holds the bytes of the key, not hexadecimal text: pass --raw (in a manifest: raw)"
        }
        Intruder::Nul => {
            "if the file holds the bytes of the key, pass --raw (in a manifest: raw); if it is UTF-16 text, save it as UTF-8"
        }
        Intruder::ByteOrderMark => "save the file as UTF-8 without a byte order mark",
        Intruder::QuotationMark => "remove the quotation marks",
        Intruder::Separator => "remove the separators between the digits; white space may stay",
        Intruder::Block => {
            "expected the bare key as hexadecimal text; a PEM or OpenPGP file is not a payload (as a file of bytes it needs --raw)"
        }
        Intruder::Letter | Intruder::NonAscii | Intruder::Other => {
            "give the key as hexadecimal text, or its bytes as they are with --raw (in a manifest: raw)"
        }
    }
}

impl From<ComponentError> for Failure {
    fn from(error: ComponentError) -> Self {
        let failure = match error {
            ComponentError::TooFew { .. } => {
                return Self::usage(error.to_string()).with_hint(
                    "name each component with its own --component; a whole secret with --in",
                );
            }
            _ => Self::from_error(FailureKind::Input, &error),
        };
        match error {
            ComponentError::Same { .. } => {
                failure.with_hint("was one component given twice, instead of another custodian's?")
            }
            _ => failure,
        }
    }
}

impl From<EntropyUnavailable> for Failure {
    fn from(error: EntropyUnavailable) -> Self {
        Self::from_error(FailureKind::Bug, &error)
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::from_error(FailureKind::Input, &error)
    }
}

impl From<UnknownKind> for Failure {
    fn from(error: UnknownKind) -> Self {
        Self::from_error(FailureKind::Usage, &error)
    }
}

impl From<ClaimSecretError> for Failure {
    fn from(error: ClaimSecretError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            ClaimSecretError::Entropy(cause) => cause.into(),
            _ => failure.with_hint("`el2g claim-code generate` makes one"),
        }
    }
}
