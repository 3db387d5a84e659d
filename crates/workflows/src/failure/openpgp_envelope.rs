//! Failures of `el2g-openpgp-envelope`.

use el2g_openpgp_envelope::{CertifyError, KeyError, RecipientError, SealError};

use super::{Failure, FailureKind};

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            KeyError::PassphraseNeeded { .. } => {
                failure.with_hint("give it with --passphrase-file or EL2G_PASSPHRASE_FILE")
            }
            KeyError::PublicOnly { .. } => {
                failure.with_hint("gpg --export-secret-keys --armor KEYID writes the secret key")
            }
            KeyError::SecretGiven { .. } => {
                failure.with_hint("`el2g pgp public SECRET` writes the public key of a secret one")
            }
            KeyError::Generation { .. } => Self { kind: FailureKind::Bug, ..failure },
            KeyError::Entropy(cause) => cause.into(),
            _ => failure,
        }
    }
}

impl From<CertifyError> for Failure {
    fn from(error: CertifyError) -> Self {
        match error {
            CertifyError::Key(error) => error.into(),
            error @ CertifyError::Signer(_) => Self::from_error(FailureKind::Input, &error),
        }
    }
}

impl From<RecipientError> for Failure {
    fn from(error: RecipientError) -> Self {
        match error {
            RecipientError::Key(error) => error.into(),
            refused @ RecipientError::Refused { .. } => {
                Self::from_error(FailureKind::Input, &refused)
                    .with_hint("`el2g pgp recipient FILE` shows everything that was found")
            }
        }
    }
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        match error {
            SealError::SignerKey(error) => error.into(),
            SealError::Entropy(cause) => cause.into(),
            error @ (SealError::SignerMissing { .. } | SealError::Signer(_)) => {
                Self::from_error(FailureKind::Input, &error)
            }
            error @ (SealError::Encryption | SealError::Packet { .. } | SealError::ReadBack(_)) => {
                Self::from_error(FailureKind::Bug, &error)
            }
        }
    }
}
