//! What a rule gets to see: inputs taken apart once, shared by all rules.

use std::sync::OnceLock;

use el2g_x509::{Instant, PublicKey, Verifier, VerifyError};

use crate::rule_set::Parameters;
use el2g_x509::decoded::certificate::{Decoded, KeyInfo, Undecodable};
use el2g_x509::decoded::element::Malformed;
use el2g_x509::decoded::extensions::{
    self, AuthorityKeyIdentifier, BasicConstraints, KeyUsage, oid,
};
use el2g_x509::decoded::names::DecodedName;
use el2g_x509::decoded::request::DecodedRequest;

/// Why a rule that needs the root was not checked.
pub(crate) const NO_ROOT: &str = "no root certificate was given";
/// Why a rule that needs the request was not checked.
pub(crate) const NO_REQUEST: &str = "no certification request was given";

/// A fault of the bytes handed in, before there is a certificate to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputFault {
    /// There is no certificate: another kind of block, a damaged one, or nothing.
    NoCertificate {
        /// What is there instead.
        found: String,
    },
    /// A certificate was expected, and the bytes are not one.
    Undecodable {
        /// What was being read.
        what: &'static str,
        /// What stood there.
        found: String,
        /// Bytes from the start of the DER.
        offset: usize,
    },
    /// Bytes stand behind the certificate.
    Trailing {
        /// Bytes of the certificate.
        decoded: usize,
        /// Bytes behind it.
        trailing: usize,
    },
    /// The input was not the plain form and had to be put in order.
    Normalised {
        /// What was done.
        notes: Vec<String>,
    },
}

impl From<Undecodable> for InputFault {
    fn from(fault: Undecodable) -> Self {
        match fault {
            Undecodable::Structure { what, found, offset } => {
                Self::Undecodable { what, found, offset }
            }
            Undecodable::Trailing { decoded, trailing } => Self::Trailing { decoded, trailing },
        }
    }
}

/// An extension: absent, unreadable or read.
#[derive(Clone, Debug)]
pub(crate) enum Known<T> {
    Absent,
    Broken,
    Present { value: T, critical: bool },
}

impl<T: Copy> Known<T> {
    fn read<'a>(
        certificate: &Decoded<'a>,
        oid: &[u8],
        read: impl Fn(&'a [u8]) -> Result<T, Malformed>,
    ) -> Self {
        match certificate.extension(oid) {
            None => Self::Absent,
            Some(extension) => match read(extension.value) {
                Ok(value) => Self::Present { value, critical: extension.is_critical() },
                Err(_) => Self::Broken,
            },
        }
    }

    pub(crate) fn value(&self) -> Option<T> {
        match self {
            Self::Present { value, .. } => Some(*value),
            Self::Absent | Self::Broken => None,
        }
    }
}

/// A certificate and the extensions most rules ask for.
#[derive(Clone, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) decoded: &'a Decoded<'a>,
    pub(crate) basic_constraints: Known<BasicConstraints<'a>>,
    pub(crate) key_usage: Known<KeyUsage<'a>>,
    pub(crate) subject_key_identifier: Known<&'a [u8]>,
    pub(crate) authority_key_identifier: Known<AuthorityKeyIdentifier<'a>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(decoded: &'a Decoded<'a>) -> Self {
        Self {
            basic_constraints: Known::read(decoded, oid::BASIC_CONSTRAINTS, BasicConstraints::read),
            key_usage: Known::read(decoded, oid::KEY_USAGE, KeyUsage::read),
            subject_key_identifier: Known::read(
                decoded,
                oid::SUBJECT_KEY_IDENTIFIER,
                extensions::subject_key_identifier,
            ),
            authority_key_identifier: Known::read(
                decoded,
                oid::AUTHORITY_KEY_IDENTIFIER,
                AuthorityKeyIdentifier::read,
            ),
            decoded,
        }
    }
}

/// A certificate that signs others, with its key ready to verify.
#[derive(Debug)]
pub(crate) struct Signer<'a> {
    pub(crate) facts: Facts<'a>,
    /// The key made ready for the first algorithm it was asked to verify, which as a rule is the only one.
    verifier: OnceLock<(Vec<u8>, Verifier)>,
}

impl<'a> Signer<'a> {
    pub(crate) fn new(decoded: &'a Decoded<'a>) -> Self {
        Self { facts: Facts::new(decoded), verifier: OnceLock::new() }
    }

    /// The public key, or why it cannot be used.
    pub(crate) fn key(&self) -> Result<&'a PublicKey, String> {
        self.facts.decoded.key.public_key().map_err(ToString::to_string)
    }

    /// Does this key's signature stand under `certificate`? The bytes signed are the original ones.
    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        certificate: &Decoded<'_>,
    ) -> Result<(), VerifyError> {
        let algorithm = certificate.outer_algorithm.whole;
        let (message, signature) = (certificate.to_be_signed, certificate.signature.octets);
        if self.verifier.get().is_none() {
            let verifier = key.verifier(algorithm)?;
            // Another thread may have been first; its verifier does as well.
            let _already_there = self.verifier.set((algorithm.to_vec(), verifier));
        }
        match self.verifier.get() {
            Some((ready, verifier)) if ready == algorithm => verifier.verify(message, signature),
            _ => key.verify(algorithm, message, signature),
        }
    }

    pub(crate) fn subject(&self) -> &'a DecodedName<'a> {
        &self.facts.decoded.subject
    }
}

/// A certificate as a rule sees it.
#[derive(Debug)]
pub struct Inspection<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) root: Option<&'a Signer<'a>>,
    pub(crate) request: Option<&'a DecodedRequest<'a>>,
    pub(crate) at: Instant,
    pub(crate) parameters: &'a Parameters,
}

impl<'a> Inspection<'a> {
    pub(crate) fn certificate(&self) -> &'a Decoded<'a> {
        self.facts.decoded
    }

    /// The extensions field is there and empty, which is a fault of its own: none of them is "absent" besides.
    pub(crate) fn extensions_are_empty(&self) -> bool {
        let extensions = &self.certificate().extensions;
        extensions.present && extensions.list.is_empty()
    }
}

/// A root as a rule sees it.
#[derive(Debug)]
pub struct RootInspection<'a> {
    pub(crate) root: &'a Signer<'a>,
    pub(crate) at: Instant,
    pub(crate) parameters: &'a Parameters,
}

/// A public key as a rule sees it.
#[derive(Debug)]
pub struct KeyInspection<'a> {
    /// Whose it is: `the certificate`, `the root` …
    pub(crate) owner: &'static str,
    pub(crate) key: &'a KeyInfo<'a>,
}

/// A device certificate as a rule sees it.
#[derive(Debug)]
pub struct DeviceInspection<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) intermediate: &'a Signer<'a>,
    pub(crate) root: Option<&'a Signer<'a>>,
    pub(crate) at: Instant,
}

/// A request as a rule sees it, with what is known of the order it belongs to.
#[derive(Debug)]
pub struct RequestInspection<'a> {
    pub(crate) request: &'a DecodedRequest<'a>,
    pub(crate) label: Option<&'a str>,
    pub(crate) order: Option<&'a RequestOrder>,
    pub(crate) parameters: &'a Parameters,
}

/// What was asked of the API when the request was made (AN12642 section 4.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOrder {
    /// The key algorithm, by its API name.
    pub algorithm: Option<String>,
    /// The DN attributes as (short name, value): `CN`, `O`, `OU`, `C`, `L`, `ST`.
    pub subject: Vec<(String, String)>,
}

/// The cloud a verification certificate is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// AWS IoT Core.
    Aws,
    /// Azure IoT Hub or its Device Provisioning Service.
    Azure,
}

/// A verification certificate as a rule sees it.
#[derive(Debug)]
pub struct VerificationInspection<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) ca: &'a Signer<'a>,
    pub(crate) code: &'a str,
    pub(crate) cloud: Option<Cloud>,
    pub(crate) at: Instant,
}
