#![doc = include_str!("../README.md")]
#![warn(unreachable_pub)]

//! Where to begin: [`Certificate`] and [`CertificateRequest`] are read and checked; [`decoded`] has every field with its
//! position, also of what is malformed; [`issue_intermediate`] and [`CertificateTemplate`] issue.

mod algorithm;
mod certificate;
#[cfg(test)]
mod corpora;
pub mod decoded;
mod extension;
mod file_key;
mod input;
mod instant;
mod issuing;
mod name;
mod name_constraints;
mod oid;
mod public_key;
mod request;
mod signer;
mod throw_away;
mod token_encoding;

pub use algorithm::{HashAlgorithm, KeyAlgorithm, SignatureAlgorithm, SignaturePadding};
pub use certificate::{Certificate, SerialNumber, SerialNumberError};
pub use extension::{
    AuthorityKeyIdentifier, BasicConstraints, Extension, ExtensionError, KeyUsage, KeyUsageBit,
    PathLength,
};
pub use file_key::{FileKey, FileKeyError};
pub use input::{Block, InputError, MAX_INPUT_BYTES};
pub use instant::{Instant, InstantError};
pub use issuing::{
    CertificateTemplate, IntermediateOptions, IssueError, TemplateExtension, ToBeSigned,
    check_belongs, intermediate_to_be_signed, issue_intermediate, make_request, make_root,
    random_serial,
};
pub use name::{ATTRIBUTE_TYPES, Attribute, AttributeType, Name, NameError, StringType};
pub use name_constraints::{ConstrainedNames, NameConstraintError, NameConstraints};
pub use oid::Oid;
pub use public_key::{PublicKey, PublicKeyError, Verifier, VerifyError, Weakness};
pub use request::{CertificateRequest, RequestAttribute};
pub use signer::{CertificateSigner, SignerError, ecdsa_signature_bare, ecdsa_signature_der};
pub use throw_away::{DEMO_UNIT, SANDBOX_ORGANIZATION, ThrowAway};
