//! Requests for secure objects: one per type (4.1.3).

use serde::{Deserialize, Serialize};

use crate::policies::{Policies, PolicySource};
use crate::secure_objects::{KeyPairAlgorithm, SecureObjectType};
use crate::{Nullable, ObjectId};

/// The body of 4.1.3: one request per type of secure object, told apart by `secureObjectType`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "secureObjectType")]
pub enum NewSecureObject {
    /// 4.1.3.1
    #[serde(rename = "KEYPAIR")]
    KeyPair(NewKeyPair),
    /// 4.1.3.2
    #[serde(rename = "CERTIFICATE")]
    Certificate(Box<NewCertificate>),
    /// 4.1.3.3
    #[serde(rename = "MASTER_KEY")]
    MasterKey(NewSealedKey),
    /// 4.1.3.4
    #[serde(rename = "HMAC_KEY")]
    HmacKey(NewSealedKey),
    /// 4.1.3.5 and 4.1.3.6
    #[serde(rename = "BINARY_FILE")]
    BinaryFile(NewBinaryFile),
    /// 4.1.3.7
    #[serde(rename = "STATIC_PUBLIC_KEY")]
    StaticPublicKey(NewStaticPublicKey),
}

impl NewSecureObject {
    /// The type asked for.
    pub fn secure_object_type(&self) -> SecureObjectType {
        match self {
            NewSecureObject::KeyPair(_) => SecureObjectType::KeyPair,
            NewSecureObject::Certificate(_) => SecureObjectType::Certificate,
            NewSecureObject::MasterKey(_) => SecureObjectType::MasterKey,
            NewSecureObject::HmacKey(_) => SecureObjectType::HmacKey,
            NewSecureObject::BinaryFile(_) => SecureObjectType::BinaryFile,
            NewSecureObject::StaticPublicKey(_) => SecureObjectType::StaticPublicKey,
        }
    }

    /// The name asked for.
    pub fn name(&self) -> &str {
        match self {
            NewSecureObject::KeyPair(new) => &new.name,
            NewSecureObject::Certificate(new) => &new.name,
            NewSecureObject::MasterKey(new) | NewSecureObject::HmacKey(new) => &new.name,
            NewSecureObject::BinaryFile(new) => &new.name,
            NewSecureObject::StaticPublicKey(new) => &new.name,
        }
    }

    /// The object id asked for.
    pub fn object_id(&self) -> &ObjectId {
        match self {
            NewSecureObject::KeyPair(new) => &new.object_id,
            NewSecureObject::Certificate(new) => &new.object_id,
            NewSecureObject::MasterKey(new) | NewSecureObject::HmacKey(new) => &new.object_id,
            NewSecureObject::BinaryFile(new) => &new.object_id,
            NewSecureObject::StaticPublicKey(new) => &new.object_id,
        }
    }

    /// The source of its policies, whether it is made on connection, and its policies.
    pub fn policy_request(&self) -> (&PolicySource, &Nullable<bool>, &Nullable<Policies>) {
        match self {
            NewSecureObject::KeyPair(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::Certificate(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::MasterKey(new) | NewSecureObject::HmacKey(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::BinaryFile(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::StaticPublicKey(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
        }
    }
}

record! {
    /// A key pair to be made in every device (4.1.3.1).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewKeyPair {
        /// Its name.
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from.
        policy_source_type: PolicySource,
        /// Its algorithm.
        algorithm: KeyPairAlgorithm,
        ?
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        policies: Policies,
    }
}

record! {
    /// An X.509 certificate to be made for every device (4.1.3.2).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewCertificate {
        /// Its name.
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from.
        policy_source_type: PolicySource,
        /// The key pair (a secure object) to certify.
        key_pair_id: u64,
        /// The intermediate CA to sign it.
        intermediate_ca_id: u64,
        /// What the common name begins with.
        common_name_prefix: String,
        /// How long it is valid.
        certificate_validity: CertificateValidity,
        ?
        /// Whether the key may sign (keyUsage digitalSignature).
        allow_signing: bool,
        /// Subject: country.
        country: String,
        /// Subject: state.
        state: String,
        /// Subject: locality.
        locality: String,
        /// Subject: organisation.
        organization: String,
        /// Subject: organisational unit.
        organization_unit: String,
        /// Subject: e-mail address.
        email: String,
        /// Key usage beyond signing; the document only shows `null` in answers.
        key_usage_ext: serde_json::Value,
        /// Extended key usage; the document only shows `null` in answers.
        extended_key_usage_ext: serde_json::Value,
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        policies: Policies,
    }
}

open_enum! {
    /// How a validity is expressed.
    pub enum ValidityType {
        /// So many months.
        Month = "MONTH",
        /// From and until a date; not in AN12642, seen in public clients.
        Date = "DATE",
    }
}

record! {
    /// How long a device certificate is valid (4.1.3.2).
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct CertificateValidity {
        /// How it is expressed.
        validity_type: ValidityType,
        ?
        /// Months, for `MONTH`.
        span_in_months: u32,
        /// RFC 3339, for `DATE`.
        validity_not_before: String,
        /// RFC 3339, for `DATE`.
        validity_not_after: String,
    }
}

record! {
    /// A key that comes sealed in an OpenPGP message (4.1.3.3, 4.1.3.4).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewSealedKey {
        /// Its name.
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from.
        policy_source_type: PolicySource,
        /// `AES128` or `AES256` for a master key; bytes, as text, for an HMAC key (errata row 8).
        key_size: String,
        /// The armored public key that verifies the message's signature.
        customer_pgp_public_key: String,
        /// The armored message.
        encrypted_key: String,
        ?
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        policies: Policies,
    }
}

record! {
    /// A binary file (4.1.3.5, 4.1.3.6).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewBinaryFile {
        /// Its name.
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from.
        policy_source_type: PolicySource,
        /// Its bytes.
        payload: BinaryFilePayload,
        ?
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        policies: Policies,
    }
}

/// The bytes of a binary file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "binaryFileType", rename_all_fields = "camelCase")]
pub enum BinaryFilePayload {
    /// In clear (4.1.3.5).
    #[serde(rename = "NON_CONFIDENTIAL")]
    NonConfidential {
        /// Base64.
        binary_file: String,
        /// SHA3-512 over the decoded bytes, hex (errata row 22).
        #[serde(default, alias = "checkSum", skip_serializing_if = "Nullable::is_absent")]
        checksum: Nullable<String>,
    },
    /// Sealed (4.1.3.6).
    #[serde(rename = "CONFIDENTIAL")]
    Confidential {
        /// The armored public key that verifies the message's signature.
        customer_pgp_public_key: String,
        /// The armored message.
        encrypted_binary_file: String,
    },
}

record! {
    /// A public key, the same in every device (4.1.3.7).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewStaticPublicKey {
        /// Its name.
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from.
        policy_source_type: PolicySource,
        /// Its algorithm.
        algorithm: KeyPairAlgorithm,
        /// PEM.
        public_key: String,
        ?
        /// SHA3-512 over the PEM text as sent, hex (errata row 22).
        #[serde(alias = "checkSum")]
        checksum: String,
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        policies: Policies,
    }
}
