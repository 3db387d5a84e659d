//! Failures of certificates, requests and their keys.

use el2g_pem_line::PemLineError;
use el2g_x509::{
    FileKeyError, InputError, InstantError, IssueError, NameError, SerialNumberError, SignerError,
};

use super::{Failure, FailureKind};
use crate::{CodeError, EnrolmentError};

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            InputError::SeveralBlocks { .. } => {
                failure.with_hint("put the one that is meant into a file of its own")
            }
            InputError::WrongKind { found, der, .. } => converted(failure, found.conversion(der)),
            InputError::Block(fault) => converted(failure, fault.conversion()),
            InputError::Text(error) => converted(failure, error.conversion()),
            InputError::NotACertificate { .. } | InputError::NotARequest { .. } => {
                failure.with_hint("look at what it is: openssl asn1parse -i -in FILE")
            }
            _ => failure,
        }
    }
}

impl From<FileKeyError> for Failure {
    fn from(error: FileKeyError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            FileKeyError::UnsupportedEncryption { .. } => failure.with_hint(
                "convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem",
            ),
            FileKeyError::Block(fault) => converted(failure, fault.conversion()),
            FileKeyError::Text(error) => converted(failure, error.conversion()),
            FileKeyError::NoKey { found: Some(kind) } => {
                converted(failure, kind.conversion(false))
            }
            FileKeyError::OtherKind { kind, der } => converted(failure, kind.conversion(der)),
            FileKeyError::TooMuchWork { .. } => failure.with_hint(
                "encrypt it again with less: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -in OLD.pem -out NEW.pem",
            ),
            FileKeyError::ExplicitCurve => failure.with_hint(
                "convert it: openssl ec -param_enc named_curve -in OLD.pem -out NEW.pem",
            ),
            FileKeyError::PassphraseNeeded => failure
                .with_hint("give the passphrase with --passphrase-file or EL2G_PASSPHRASE_FILE"),
            FileKeyError::WrongPassphrase => failure.with_hint(
                "a passphrase file is taken to its end, less one final newline: other blanks count",
            ),
            _ => failure,
        }
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            IssueError::ForeignKey { .. } => failure.with_hint(
                "compare: openssl pkey -in KEY -pubout; openssl x509 -in ROOT -pubkey -noout",
            ),
            IssueError::Signature(_) => failure.with_hint(
                "sign the very bytes of --tbs-out, with the root's key and its hash, as binary: openssl dgst -sha256 -sign KEY -out SIGNATURE TBS",
            ),
            IssueError::RequestSignature(_) => {
                failure.with_hint("fetch the request again: el2g intermediate-ca csr")
            }
            _ => failure,
        }
    }
}

/// The failure with the command that converts what was found, where there is one.
fn converted(failure: Failure, command: Option<&str>) -> Failure {
    match command {
        Some(command) => failure.with_hint(format!("convert it: {command}")),
        None => failure,
    }
}

/// Errors without more to say than their message.
macro_rules! plain {
    ($($error:ty => $kind:ident),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::from_error(FailureKind::$kind, &error)
            }
        })*
    };
}

plain!(
    InstantError => Usage,
    NameError => Usage,
    SerialNumberError => Usage,
    SignerError => Input
);

impl From<PemLineError> for Failure {
    fn from(error: PemLineError) -> Self {
        let failure = converted(Self::from_error(FailureKind::Input, &error), error.conversion());
        match error {
            PemLineError::Ambiguous { .. } => failure.with_hint("give only the field you mean"),
            PemLineError::AlreadyEscaped => {
                failure.with_hint("it can be used as it is; `el2g pem unescape` turns it back")
            }
            _ => failure,
        }
    }
}

impl From<EnrolmentError> for Failure {
    fn from(error: EnrolmentError) -> Self {
        let failure = Self::from_error(FailureKind::Input, &error);
        match error {
            EnrolmentError::Algorithm { .. } => failure.with_hint(
                "NIST_P256 is what section 6 takes; --rules api-algorithms checks with the API's other algorithms too",
            ),
            EnrolmentError::Length { .. } | EnrolmentError::Country(_) => failure,
        }
    }
}

impl From<CodeError> for Failure {
    fn from(error: CodeError) -> Self {
        Self::from_error(FailureKind::Input, &error)
            .with_hint("give the code as the cloud shows it, without quotes or blanks")
    }
}
