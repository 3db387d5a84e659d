//! Failures of `el2g-key-payload`.

use el2g_key_payload::{
    ComponentError, EntropyUnavailable, PayloadError, PayloadKind, ReadError, UnknownKind,
};

use super::{Failure, FailureKind};

impl From<PayloadError> for Failure {
    fn from(error: PayloadError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            PayloadError::Empty { .. } => failure,
            PayloadError::AllZero { .. } => failure
                .with_hint("check where the key comes from; --generate makes a new random one"),
            PayloadError::NotHex { .. } => failure
                .with_hint("give the key as hexadecimal text, or its bytes as they are with --raw"),
            PayloadError::HexTextAsRaw { .. } => failure.with_hint(
                "leave out --raw (in a manifest: raw); if the characters themselves are the secret, pipe in what \
                 `xxd -p FILE` prints: el2g … --in -",
            ),
            PayloadError::OddDigits { .. } => {
                failure.with_hint("a digit is missing or one is too many: compare with the source")
            }
            PayloadError::WrongDigits { kind: PayloadKind::Aes, .. }
            | PayloadError::WrongLength { kind: PayloadKind::Aes, .. } => {
                failure.with_hint("EdgeLock 2GO takes AES-128 and AES-256 keys only")
            }
            PayloadError::WrongDigits { .. } | PayloadError::WrongLength { .. } => failure,
            PayloadError::Entropy(cause) => cause.into(),
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
