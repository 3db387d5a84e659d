//! Failures of `el2g-openpgp-envelope`.

use el2g_openpgp_envelope::{CertifyError, KeyError, KeyProblem, RecipientError, SealError};

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
            KeyError::Refused { ref problem, .. } => match fix(problem) {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            },
            KeyError::Generation { .. } => Self { kind: FailureKind::Bug, ..failure },
            KeyError::Entropy(cause) => cause.into(),
            _ => failure,
        }
    }
}

/// What can be done about a key, whatever it is for.
fn fix(problem: &KeyProblem) -> Option<&'static str> {
    match problem {
        KeyProblem::Expired { .. } => Some(
            "gpg --quick-set-expire FINGERPRINT 1y gives a key of your own more time (its subkeys: FINGERPRINT 1y '*'); then export it again",
        ),
        KeyProblem::Revoked { .. } => Some(
            "a revocation is not taken back: use another key (`el2g pgp keygen` makes one to sign with)",
        ),
        KeyProblem::NotYetValid { .. } => Some("is this machine's clock right?"),
        KeyProblem::Stub => Some(
            "export it where its secret part is: gpg --export-secret-keys --armor FINGERPRINT, or --export-secret-subkeys for a subkey alone",
        ),
        KeyProblem::OnCard => Some("let the card sign through gpg-agent: --signer gpg:FINGERPRINT"),
        _ => None,
    }
}

impl Failure {
    /// A key that cannot sign for EdgeLock 2GO.
    pub fn of_signing_key(error: KeyError) -> Self {
        let unfit = matches!(
            &error,
            KeyError::Refused {
                problem: KeyProblem::Algorithm { .. }
                    | KeyProblem::RsaSize { .. }
                    | KeyProblem::Version { .. }
                    | KeyProblem::CannotSign { .. },
                ..
            }
        );
        let failure = Self::from(error);
        match unfit {
            true => failure.with_hint(
                "EdgeLock 2GO takes RSA-2048 and RSA-4096 keys that may sign: `el2g pgp keygen`, or gpg --quick-generate-key 'Name <mail>' rsa4096 sign",
            ),
            false => failure,
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
