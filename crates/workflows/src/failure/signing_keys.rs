//! Failures of keys that sign: OpenPGP, and where private keys live.

use el2g_openpgp_envelope::{CertifyError, KeyError, KeyProblem, RecipientError, SealError};
use el2g_signers::{AgentError, KeyPlaceError, OpenError, TokenError};

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
            "gpg --quick-set-expire FINGERPRINT 1y gives a key of your own more time (its subkeys: FINGERPRINT 1y \"*\"); then export it again",
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
                "EdgeLock 2GO takes RSA-2048 and RSA-4096 keys that may sign: `el2g pgp keygen`, or gpg --quick-generate-key \"Name <mail>\" rsa4096 sign",
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

impl From<KeyPlaceError> for Failure {
    fn from(error: KeyPlaceError) -> Self {
        let failure = Self::from_error(FailureKind::Usage, &error);
        match error {
            KeyPlaceError::PinInUri => failure.with_hint(
                "take the PIN out (and change it); name a file with pin-source=file:/path, or be asked for it",
            ),
            KeyPlaceError::UnknownAttribute { .. } => failure.with_hint(
                "known are token, serial, manufacturer, model, slot-id, slot-description, slot-manufacturer, library-version, library-manufacturer, library-description, object, id, type=private, type=secret-key; after `?` module-path, module-name, pin-source",
            ),
            KeyPlaceError::NotAKeyName { .. } => {
                failure.with_hint("gpg --list-secret-keys --keyid-format=long shows both")
            }
            KeyPlaceError::Malformed { .. } | KeyPlaceError::WrongType { .. } => failure,
        }
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            TokenError::StaticProgram => failure.with_hint(
                "use the program of the Debian package, the Python wheel or the archive without `static` in its name",
            ),
            TokenError::NoModule { .. } | TokenError::NoModuleNamed { .. } => failure.with_hint(
                "name the vendor's library: `?module-path=/path/to/module.so` in the URI, or EL2G_PKCS11_MODULE",
            ),
            TokenError::SeveralTokens { .. } => {
                failure.with_hint("add token= or serial= to the URI")
            }
            TokenError::SeveralKeys { .. } => failure
                .with_hint("add object= (the label) or id= to the URI; keys with one id have different labels"),
            TokenError::SeveralPublicKeys { .. } => failure.with_hint(
                "give the public key the private key's label (for OpenSC: pkcs11-tool --set-id or --label), or an id of its own",
            ),
            TokenError::PinWanted { .. } => failure.with_hint(
                "name a file with the PIN: `?pin-source=file:/path` in the URI, or --passphrase-file",
            ),
            TokenError::PinLocked { .. } => failure
                .with_hint("the token's security officer can unlock it (for OpenSC: pkcs15-tool --unblock-pin)"),
            TokenError::NoPublicKey { .. } => failure.with_hint(
                "put the public key or its certificate on the token, with the private key's id",
            ),
            TokenError::WrongSignature { .. } => failure.with_hint(
                "is the public key or certificate with this id on the token that of another key?",
            ),
            TokenError::NotSecretKey { .. } => failure.with_hint(
                "name an AES or generic secret key with object= or id= and type=secret-key; `pkcs11-tool --list-objects --type secrkey` lists them",
            ),
            TokenError::WrongKeyType { .. } => failure.with_hint(
                "choose the kind that the key is: aes or oem-fw-decrypt-key (master-key) for AES keys, hmac (hmac-key) for generic secrets; or another key",
            ),
            TokenError::NotExtractable { .. } => failure.with_hint(
                "a key that was made with --in-token is in its message, which --message sends again. Any other was made to stay, and no attribute of an existing key is changed here: make a new one with `el2g pgp seal --generate SIZE --in-token pkcs11:… --extractable`, or give its components with --component if custodians have them",
            ),
            TokenError::OnlyTrusted { .. } => failure.with_hint(
                "export it by the HSM's own procedure under a trusted wrapping key, or make a new key with --generate SIZE --in-token",
            ),
            TokenError::NotWrapped { .. } => failure.with_hint(
                "does the token's policy let this user wrap keys by a key that is imported into the session? RSA-OAEP, AES-KWP and AES-KW are known here",
            ),
            TokenError::WrongValue { .. } => failure.with_hint(
                "nothing was sealed: the module gives something else than the key; ask its vendor, and compare check values before you use the key",
            ),
            TokenError::NameTaken { .. } => failure.with_hint(
                "choose another object= or id=. A run that was killed before it wrote its message leaves its key: no message holds it, so delete it (`pkcs11-tool --login --delete-object --type secrkey --label LABEL`) and run again",
            ),
            TokenError::NoName => failure.with_hint("add object=LABEL to the URI, and id=%01 if you like"),
            TokenError::WriteProtected { .. } => {
                failure.with_hint("make the key where the token can be written, then seal it with --in")
            }
            TokenError::Full { .. } => failure.with_hint("delete keys that are not needed any more"),
            TokenError::MadeAndLeft { .. } => failure.with_hint(
                "it holds nothing that was sealed: delete it now (`pkcs11-tool --login --delete-object --type secrkey --label LABEL`), before anybody uses it",
            ),
            TokenError::WrongKeyLength { .. }
            | TokenError::NotSealedOff { .. }
            | TokenError::MadeAndRemoved { .. }
            | TokenError::UntrustedModule(_)
            | TokenError::Module { .. }
            | TokenError::NoToken { .. }
            | TokenError::PinNotSet { .. }
            | TokenError::WrongPin { .. }
            | TokenError::PinExpired { .. }
            | TokenError::NoKey { .. }
            | TokenError::MayNotSign { .. }
            | TokenError::PinForEachSignature { .. }
            | TokenError::KeyType { .. }
            | TokenError::PublicKey { .. }
            | TokenError::NoMechanism { .. }
            | TokenError::Removed { .. }
            | TokenError::Failed { .. } => failure,
        }
    }
}

impl From<AgentError> for Failure {
    fn from(error: AgentError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            AgentError::NoSuchKey { .. } => {
                failure.with_hint("gpg --list-secret-keys shows your keys; GNUPGHOME chooses the keyring")
            }
            AgentError::NoSecretKey { .. } => failure.with_hint(
                "is the secret key on a card that is not plugged in? gpg --card-status tells the agent about it",
            ),
            AgentError::Key { error, .. } => match Self::of_signing_key(error).hint {
                Some(hint) => failure.with_hint(hint),
                None => failure,
            },
            AgentError::Program { .. } => failure.with_hint(
                "install GnuPG (gpg, gpg-agent and gpgconf; Debian: apt-get install gnupg), or sign with a key file",
            ),
            AgentError::Gnupg { .. } | AgentError::Endless { .. } => failure.with_hint(
                "does `gpg --list-secret-keys` work here? GNUPGHOME chooses the keyring, gpgconf --launch gpg-agent starts the agent",
            ),
            AgentError::Unreachable { .. } => failure.with_hint(
                "restart it: gpgconf --kill gpg-agent, then gpgconf --launch gpg-agent",
            ),
            AgentError::NoKeygrip { .. } | AgentError::Refused { .. } => failure,
        }
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let usage = Self::from_error(FailureKind::Usage, &error);
        match error {
            OpenError::CertificateKey { name, error } => Self::from(error).about(name),
            OpenError::MessageKey { name, error } => Self::of_signing_key(error).about(name),
            OpenError::Token(error) => error.into(),
            OpenError::Place(error) => error.into(),
            OpenError::Agent(error) => error.into(),
            OpenError::AgentKey => usage.about("--root-key"),
            OpenError::NoCertificate => usage.with_hint(
                "made once with: el2g pgp certify --key pkcs11:… --user-id \"Name <mail>\" --out signer-public.asc",
            ),
        }
    }
}
