//! Requests for secure objects: one per type (4.1.3, and the newer types that NXP's client sends).

use serde::{Deserialize, Serialize};

pub use crate::new_certificate::{
    CertificateValidity, ExtendedKeyUsage, KeyUsage, NewCertificate, ValidityType,
};
use crate::policies::{Policies, PolicySource};
use crate::secure_objects::{KeyPairAlgorithm, SecureObjectType};
use crate::{KeySize, Nullable, ObjectId};

/// The body of 4.1.3: one request per type of secure object, told apart by `secureObjectType`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "secureObjectType")]
#[schemars(transform = refine)]
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
    /// Not in AN12642
    #[serde(rename = "OEM_FW_DECRYPT_KEY")]
    OemFwDecryptKey(NewSealedKey),
    /// Not in AN12642
    #[serde(rename = "OEM_FW_AUTH_KEY_HASH")]
    OemFwAuthKeyHash(NewOemFwAuthKeyHash),
}

/// What goes together: a sealed key's type and sizes (docs/an12642-errata.md row 8), CUSTOM and policies (section 9).
fn refine(schema: &mut schemars::Schema) {
    let sizes = |kind: &str| match kind {
        "MASTER_KEY" | "OEM_FW_DECRYPT_KEY" => {
            Some(serde_json::json!({"enum": ["AES128", "AES256"]}))
        }
        "HMAC_KEY" => {
            let pattern = "^([1-9][0-9]?|1[0-9]{2}|2[0-4][0-9]|25[0-6])$";
            let types = ["string", "integer"];
            Some(
                serde_json::json!({"type": types, "pattern": pattern, "minimum": 1, "maximum": 256}),
            )
        }
        _ => None,
    };
    let variants = schema.get_mut("oneOf").and_then(serde_json::Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        let kind = variant["properties"]["secureObjectType"]["const"].as_str().unwrap_or("");
        if let Some(sizes) = sizes(kind) {
            variant["properties"]["keySize"] = sizes;
        }
        variant["anyOf"] = serde_json::json!([
            {
                "properties": {
                    "policySourceType": {"const": "CUSTOM"},
                    "policies": {"type": "object", "minProperties": 1},
                },
                "required": ["policySourceType", "policies"],
            },
            {
                "properties": {
                    "policySourceType": {"enum": ["DEFAULT", null]},
                    "policies": {"type": ["object", "null"], "maxProperties": 0},
                },
            },
        ]);
    }
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
            NewSecureObject::OemFwDecryptKey(_) => SecureObjectType::OemFwDecryptKey,
            NewSecureObject::OemFwAuthKeyHash(_) => SecureObjectType::OemFwAuthKeyHash,
        }
    }

    /// The name asked for.
    pub fn name(&self) -> &str {
        match self {
            NewSecureObject::KeyPair(new) => &new.name,
            NewSecureObject::Certificate(new) => &new.name,
            NewSecureObject::MasterKey(new)
            | NewSecureObject::HmacKey(new)
            | NewSecureObject::OemFwDecryptKey(new) => &new.name,
            NewSecureObject::BinaryFile(new) => &new.name,
            NewSecureObject::StaticPublicKey(new) => &new.name,
            NewSecureObject::OemFwAuthKeyHash(new) => &new.name,
        }
    }

    /// The object id asked for.
    pub fn object_id(&self) -> &ObjectId {
        match self {
            NewSecureObject::KeyPair(new) => &new.object_id,
            NewSecureObject::Certificate(new) => &new.object_id,
            NewSecureObject::MasterKey(new)
            | NewSecureObject::HmacKey(new)
            | NewSecureObject::OemFwDecryptKey(new) => &new.object_id,
            NewSecureObject::BinaryFile(new) => &new.object_id,
            NewSecureObject::StaticPublicKey(new) => &new.object_id,
            NewSecureObject::OemFwAuthKeyHash(new) => &new.object_id,
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
            NewSecureObject::MasterKey(new)
            | NewSecureObject::HmacKey(new)
            | NewSecureObject::OemFwDecryptKey(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::BinaryFile(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::StaticPublicKey(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
            NewSecureObject::OemFwAuthKeyHash(new) => {
                (&new.policy_source_type, &new.generate_on_device_connection, &new.policies)
            }
        }
    }
}

request! {
    /// A key pair to be made in every device (4.1.3.1).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewKeyPair {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from; DEFAULT when it is left out.
        #[serde(default, deserialize_with = "crate::policies::source_or_default")]
        #[schemars(schema_with = "crate::policies::asked_source")]
        policy_source_type: PolicySource,
        /// Its algorithm.
        algorithm: KeyPairAlgorithm,
        ?
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        #[schemars(schema_with = "crate::policies::requested")]
        policies: Policies,
    }
}

request! {
    /// A key that comes sealed in an OpenPGP message (4.1.3.3, 4.1.3.4; firmware decryption keys).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewSealedKey {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from; DEFAULT when it is left out.
        #[serde(default, deserialize_with = "crate::policies::source_or_default")]
        #[schemars(schema_with = "crate::policies::asked_source")]
        policy_source_type: PolicySource,
        /// `AES128` or `AES256` for an AES key; bytes, as text, for an HMAC key (docs/an12642-errata.md row 8).
        key_size: KeySize,
        /// The armored public key that verifies the message's signature.
        #[schemars(length(min = 1, max = 131_072))]
        customer_pgp_public_key: String,
        /// The armored message.
        #[schemars(length(min = 1, max = 131_072))]
        encrypted_key: String,
        ?
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        #[schemars(schema_with = "crate::policies::requested")]
        policies: Policies,
    }
}

request! {
    /// A binary file (4.1.3.5, 4.1.3.6).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewBinaryFile {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from; DEFAULT when it is left out.
        #[serde(default, deserialize_with = "crate::policies::source_or_default")]
        #[schemars(schema_with = "crate::policies::asked_source")]
        policy_source_type: PolicySource,
        /// Its bytes.
        payload: BinaryFilePayload,
        ?
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        #[schemars(schema_with = "crate::policies::requested")]
        policies: Policies,
    }
}

/// The bytes of a binary file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "binaryFileType", rename_all_fields = "camelCase")]
pub enum BinaryFilePayload {
    /// In clear (4.1.3.5).
    #[serde(rename = "NON_CONFIDENTIAL")]
    NonConfidential {
        /// Base64.
        #[schemars(regex(pattern = crate::wire::schema::BASE64))]
        binary_file: String,
        /// SHA3-512, in one of the forms of [`crate::checksum`].
        #[serde(default, skip_serializing_if = "Nullable::is_absent")]
        #[schemars(regex(pattern = crate::wire::schema::CHECKSUM))]
        checksum: Nullable<String>,
        /// The same under the name that NXP's own client writes.
        #[serde(default, skip_serializing_if = "Nullable::is_absent")]
        #[schemars(regex(pattern = crate::wire::schema::CHECKSUM))]
        check_sum: Nullable<String>,
    },
    /// Sealed (4.1.3.6).
    #[serde(rename = "CONFIDENTIAL")]
    Confidential {
        /// The armored public key that verifies the message's signature.
        #[schemars(length(min = 1, max = 131_072))]
        customer_pgp_public_key: String,
        /// The armored message.
        #[schemars(length(min = 1, max = 131_072))]
        encrypted_binary_file: String,
    },
}

request! {
    /// A public key, the same in every device (4.1.3.7).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewStaticPublicKey {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from; DEFAULT when it is left out.
        #[serde(default, deserialize_with = "crate::policies::source_or_default")]
        #[schemars(schema_with = "crate::policies::asked_source")]
        policy_source_type: PolicySource,
        /// Its algorithm.
        algorithm: KeyPairAlgorithm,
        /// PEM.
        #[schemars(length(min = 1, max = 131_072))]
        public_key: String,
        ?
        /// SHA3-512, in one of the forms of [`crate::checksum`].
        #[schemars(regex(pattern = crate::wire::schema::CHECKSUM))]
        checksum: String,
        /// The same under the name that NXP's own client writes.
        #[schemars(regex(pattern = crate::wire::schema::CHECKSUM))]
        check_sum: String,
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        #[schemars(schema_with = "crate::policies::requested")]
        policies: Policies,
    }
}

request! {
    /// The hash of the keys that authenticate firmware; not in AN12642, as NXP's client sends it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewOemFwAuthKeyHash {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its id in the device.
        object_id: ObjectId,
        /// Where its policies come from; DEFAULT when it is left out.
        #[serde(default, deserialize_with = "crate::policies::source_or_default")]
        #[schemars(schema_with = "crate::policies::asked_source")]
        policy_source_type: PolicySource,
        /// The hash in base64.
        #[schemars(regex(pattern = crate::wire::schema::BASE64))]
        binary_file: String,
        ?
        /// Whether the customer puts the hash into the device.
        oem_provisioned: bool,
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        #[schemars(schema_with = "crate::policies::requested")]
        policies: Policies,
    }
}
