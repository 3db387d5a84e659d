//! Secure objects (4.1.3, 4.1.4, 4.5).

use serde::{Deserialize, Serialize};

use crate::policies::{Policies, PolicySource};
use crate::{NoPath, Nullable, ObjectId, ResourceMetadata};

open_enum! {
    /// What a secure object is (4.1.3).
    pub enum SecureObjectType {
        /// An AES key.
        MasterKey = "MASTER_KEY",
        /// An HMAC key.
        HmacKey = "HMAC_KEY",
        /// A public key, the same in every device.
        StaticPublicKey = "STATIC_PUBLIC_KEY",
        /// A key pair, made per device.
        KeyPair = "KEYPAIR",
        /// An X.509 certificate of a key pair, made per device.
        Certificate = "CERTIFICATE",
        /// Bytes, confidential or not.
        BinaryFile = "BINARY_FILE",
    }
}

open_enum! {
    /// Algorithms of key pairs and public keys (4.1.3.1, 4.5.16).
    pub enum KeyPairAlgorithm {
        /// NIST P-192.
        NistP192 = "NIST_P192",
        /// NIST P-224.
        NistP224 = "NIST_P224",
        /// NIST P-256.
        NistP256 = "NIST_P256",
        /// NIST P-384.
        NistP384 = "NIST_P384",
        /// NIST P-521.
        NistP521 = "NIST_P521",
        /// RSA with 1024 bits.
        Rsa1024 = "RSA_1024" | "RSA 1024",
        /// RSA with 2048 bits; one answer of the document writes a blank (errata row 32).
        Rsa2048 = "RSA_2048" | "RSA 2048",
        /// RSA with 3072 bits.
        Rsa3072 = "RSA_3072" | "RSA 3072",
        /// RSA with 4096 bits.
        Rsa4096 = "RSA_4096" | "RSA 4096",
        /// Ed25519.
        Ed25519 = "ECC_ED_25519",
        /// X25519.
        X25519 = "ECC_MONT_DH_25519",
        /// X448.
        X448 = "ECC_MONT_DH_448",
        /// Brainpool P160r1.
        BrainpoolP160r1 = "BRAINPOOLP160R1",
        /// Brainpool P192r1.
        BrainpoolP192r1 = "BRAINPOOLP192R1",
        /// Brainpool P224r1.
        BrainpoolP224r1 = "BRAINPOOLP224R1",
        /// Brainpool P256r1.
        BrainpoolP256r1 = "BRAINPOOLP256R1",
        /// Brainpool P320r1.
        BrainpoolP320r1 = "BRAINPOOLP320R1",
        /// Brainpool P384r1.
        BrainpoolP384r1 = "BRAINPOOLP384R1",
        /// Brainpool P512r1.
        BrainpoolP512r1 = "BRAINPOOLP512R1",
        /// secp160k1.
        Secp160k1 = "SECP160K1",
        /// secp192k1.
        Secp192k1 = "SECP192K1",
        /// secp224k1.
        Secp224k1 = "SECP224K1",
        /// secp256k1.
        Secp256k1 = "SECP256K1",
    }
}

open_enum! {
    /// Whether a binary file is confidential (4.1.3.5, 4.1.3.6).
    pub enum BinaryFileType {
        /// Sealed with OpenPGP.
        Confidential = "CONFIDENTIAL",
        /// In clear, base64.
        NonConfidential = "NON_CONFIDENTIAL",
    }
}

/// The body of 4.1.3: one request per type of secure object, told apart by `secureObjectType`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "secureObjectType")]
pub enum NewSecureObject {
    /// 4.1.3.1
    #[serde(rename = "KEYPAIR")]
    KeyPair(NewKeyPair),
    /// 4.1.3.2
    #[serde(rename = "CERTIFICATE")]
    Certificate(NewCertificate),
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

record! {
    /// A secure object as the service answers it. Which fields are there depends on its type.
    #[derive(Debug, Clone, PartialEq)]
    pub struct SecureObject {
        /// Its type.
        secure_object_type: SecureObjectType,
        /// Its name; nowhere said to be unique.
        name: String,
        /// Its id in the secure element, unique per device group.
        object_id: ObjectId,
        ?
        /// Its id in the service, in every answer but that of 4.5.4.
        id: u64,
        /// The same as answered by 4.5.4 (errata row 4). Read with [`SecureObject::service_id`].
        secure_object_id: u64,
        /// Where its policies come from.
        policy_source_type: PolicySource,
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// How many groups it is assigned to.
        device_group_count: u64,
        /// For how many devices it is provisioned.
        provisioning_count: u64,
        /// How many devices have it.
        downloaded_count: u64,
        /// Who made it, and when.
        resource_metadata: ResourceMetadata,
        /// KEYPAIR, STATIC_PUBLIC_KEY: the key's algorithm; MASTER_KEY: `AES`.
        algorithm: ObjectAlgorithm,
        /// MASTER_KEY: bits; HMAC_KEY: bytes (errata row 8).
        length: u32,
        /// MASTER_KEY: whether the key was brought by the customer.
        imported: bool,
        /// CERTIFICATE: the key pair's name.
        key_pair_name: String,
        /// CERTIFICATE: the intermediate CA's name.
        intermediate_ca_name: String,
        /// CERTIFICATE: what the common name begins with.
        common_name_prefix: String,
        /// CERTIFICATE: how long it is valid.
        certificate_validity: CertificateValidity,
        /// CERTIFICATE: subject country.
        country: String,
        /// CERTIFICATE: subject state.
        state: String,
        /// CERTIFICATE: subject locality.
        locality: String,
        /// CERTIFICATE: subject organisation.
        organization: String,
        /// CERTIFICATE: subject organisational unit.
        organization_unit: String,
        /// CERTIFICATE: subject e-mail address.
        email: String,
        /// CERTIFICATE: whether the key may sign.
        allow_signing: bool,
        /// CERTIFICATE: the document only shows `null`.
        key_usage_ext: serde_json::Value,
        /// CERTIFICATE: the document only shows `null`.
        extended_key_usage_ext: serde_json::Value,
        /// BINARY_FILE: whether it is confidential.
        binary_file_type: BinaryFileType,
        /// STATIC_PUBLIC_KEY: PEM.
        public_key: String,
    }
}

/// The algorithm of a secure object: a key pair's, or `AES`.
pub type ObjectAlgorithm = KeyPairAlgorithm;

impl SecureObject {
    /// Its id in the service, under either name (errata row 4).
    pub fn service_id(&self) -> Option<u64> {
        self.id.value().or(self.secure_object_id.value()).copied()
    }
}

/// The body of 4.1.4. The group's id is written as a string, as printed (errata row 7); a number is read too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAssignment {
    /// The group to assign the object to.
    pub device_group_id: u64,
}

impl Serialize for GroupAssignment {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct as _;
        let mut body = serializer.serialize_struct("GroupAssignment", 1)?;
        body.serialize_field("deviceGroupId", &self.device_group_id.to_string())?;
        body.end()
    }
}

impl<'de> Deserialize<'de> for GroupAssignment {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Id {
            Number(u64),
            Text(String),
        }
        #[derive(Deserialize)]
        struct Body {
            #[serde(rename = "deviceGroupId")]
            device_group_id: Id,
        }
        let device_group_id = match Body::deserialize(deserializer)?.device_group_id {
            Id::Number(id) => id,
            Id::Text(text) => text.parse().map_err(|_| {
                serde::de::Error::custom(format_args!("deviceGroupId {text:?} is not a number"))
            })?,
        };
        Ok(GroupAssignment { device_group_id })
    }
}

query! {
    /// Filters of 4.5.5.
    pub struct SecureObjectQuery {
        /// Part of the name.
        name: String = "name",
        /// A type.
        secure_object_type: SecureObjectType = "secureObjectType",
    } paged sorted
}

path! {
    /// A secure object.
    pub struct SecureObjectPath {
        /// Its id in the service.
        secure_object_id: u64 = "secureObjectId",
    }
}

operations! {
    /// Create a secure object (4.1.3).
    CreateSecureObject = "4.1.3" Post "/rtp/secure-objects" => 200 Json,
        ["secure-object", "create"], path NoPath, body NewSecureObject, reply SecureObject,;
    /// Assign a secure object to a device group (4.1.4).
    AssignSecureObject = "4.1.4" Post "/rtp/secure-objects/{secureObjectId}/assign-device-group" => 204 Empty,
        ["secure-object", "assign"], path SecureObjectPath, body GroupAssignment,;
    /// Retrieve a secure object by ID (4.5.4).
    ShowSecureObject = "4.5.4" Get "/rtp/secure-objects/{secureObjectId}" => 200 Json,
        ["secure-object", "show"], path SecureObjectPath, reply SecureObject,;
    /// Retrieve all secure objects (4.5.5).
    ListSecureObjects = "4.5.5" Get "/rtp/secure-objects" => 200 Json,
        ["secure-object", "list"], path NoPath, query SecureObjectQuery, page of SecureObject,;
    /// Delete a secure object (4.5.13); only one that is not assigned.
    DeleteSecureObject = "4.5.13" Delete "/rtp/secure-objects/{secureObjectId}" => 204 Empty,
        ["secure-object", "delete"], path SecureObjectPath,;
}
