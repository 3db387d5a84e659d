//! Secure objects (4.1.3, 4.5.4, 4.5.5, 4.5.13 to 4.5.15).

use crate::look_up::{Evidence, LookUp, Probe};
use crate::new_secure_object::{CertificateValidity, NewSecureObject};
use crate::object_id_ranges::RESERVED;
use crate::policies::{Policies, PolicySource, UsagePolicy};
use crate::{Json, NoPath, ObjectId, Operation as _, PathError, ResourceMetadata};

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
        /// An AES key that decrypts firmware; not in AN12642, as NXP's client sends it.
        OemFwDecryptKey = "OEM_FW_DECRYPT_KEY",
        /// The hash of the keys that authenticate firmware; not in AN12642, as NXP's client sends it.
        OemFwAuthKeyHash = "OEM_FW_AUTH_KEY_HASH",
    }
}

impl SecureObjectType {
    /// The object id that the platform keeps for this type: devices look for the object there.
    pub fn reserved_object_id(&self) -> Option<ObjectId> {
        let reserved = RESERVED.iter().find(|(_, kind)| kind == self);
        reserved.map(|(id, _)| ObjectId::as_received(format!("{id:08X}")))
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
        /// RSA with 2048 bits; one answer of the document writes a blank (docs/an12642-errata.md row 32).
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
        /// The same as answered by 4.5.4 (docs/an12642-errata.md row 4). Read with [`SecureObject::service_id`].
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
        /// KEYPAIR, STATIC_PUBLIC_KEY: the key's algorithm; MASTER_KEY, OEM_FW_DECRYPT_KEY: `AES`.
        algorithm: ObjectAlgorithm,
        /// MASTER_KEY, OEM_FW_DECRYPT_KEY: bits; HMAC_KEY: bytes (docs/an12642-errata.md row 8).
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
        key_usage_ext: Json,
        /// CERTIFICATE: the document only shows `null`.
        extended_key_usage_ext: Json,
        /// BINARY_FILE: whether it is confidential.
        binary_file_type: BinaryFileType,
        /// STATIC_PUBLIC_KEY: PEM.
        public_key: String,
        /// OEM_FW_AUTH_KEY_HASH: whether the customer puts the hash into the device.
        oem_provisioned: bool,
    }
}

/// The algorithm of a secure object: a key pair's, or `AES`.
pub type ObjectAlgorithm = KeyPairAlgorithm;

impl SecureObject {
    /// Its id in the service, under either name (docs/an12642-errata.md row 4).
    pub fn service_id(&self) -> Option<u64> {
        self.id.value().or(self.secure_object_id.value()).copied()
    }
}

request! {
    /// The body of 4.5.14: a new name, and policies to add to an object whose policies are CUSTOM
    /// (docs/an12642-errata.md row 24). What is absent stays.
    #[derive(Debug, Clone, PartialEq, Default)]
    #[schemars(extend("anyOf" = [
        {"required": ["name"], "properties": {"name": {"type": "string"}}},
        {"required": ["policies"], "properties": {"policies": {"type": "object"}}},
    ]))]
    pub struct SecureObjectUpdate {
        ?
        /// The new name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Policies to add.
        #[schemars(schema_with = "crate::policies::requested")]
        policies: Policies,
    }
}

record! {
    /// A device group as 4.5.15 names it: the document only shows an empty list, so these are the names of 4.5.1.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct PolicyGroup {
        ?
        /// Its id.
        id: u64,
        /// Its name.
        device_group_name: String,
    }
}

record! {
    /// The policy of a secure object for one product (4.5.15).
    #[derive(Debug, Clone, PartialEq)]
    pub struct SecureObjectPolicy {
        /// The product's 12NC.
        nc12: String,
        /// The policy.
        secure_object_policy_configuration: UsagePolicy,
        ?
        /// The product's orderable part.
        commercial_name: String,
        /// The groups of that product which have the object.
        assigned_device_groups: Vec<PolicyGroup>,
    }
}

query! {
    /// Filters of 4.5.5.
    pub struct SecureObjectQuery {
        /// Part of the name.
        name: String = "name",
        /// A type.
        secure_object_type: SecureObjectType = "secureObjectType",
    } paged sorted by [
        "id", "name", "objectId", "secureObjectType", "createdTs", "lastModifiedTs", "policySourceType",
    ]
}

query! {
    /// Filters of 4.5.15.
    pub struct PolicyQuery {
        /// A product's 12NC.
        #[schemars(regex(pattern = crate::wire::schema::NC12))]
        nc12: String = "nc12",
    } paged
}

path! {
    /// A secure object.
    pub struct SecureObjectPath {
        /// Its id in the service.
        secure_object_id: u64 = "secureObjectId",
    }
}

/// An object of that name, type and object id which is new.
fn look_up_create(
    path: &NoPath,
    body: &NewSecureObject,
) -> Result<LookUp<SecureObject>, PathError> {
    let (name, object_id, kind) =
        (body.name().to_owned(), body.object_id().clone(), body.secure_object_type());
    let probe = Probe::new(ListSecureObjects::PATH, path)?.all_pages(vec![("name", name.clone())]);
    let judge = move |evidence: &Evidence| {
        let mut objects = evidence.items::<SecureObject>(0);
        objects
            .retain(|o| o.name == name && o.object_id == object_id && o.secure_object_type == kind);
        evidence.created(objects, |object| object.resource_metadata.value())
    };
    Ok(LookUp { probes: vec![probe], judge: Box::new(judge) })
}

operations! {
    /// Create a secure object (4.1.3).
    CreateSecureObject = "4.1.3" Post "/rtp/secure-objects" => 200 Json,
        ["secure-object", "create"], path NoPath, body NewSecureObject, reply SecureObject,
        look_up look_up_create,;
    /// Retrieve a secure object by ID (4.5.4).
    ShowSecureObject = "4.5.4" Get "/rtp/secure-objects/{secureObjectId}" => 200 Json,
        ["secure-object", "show"], path SecureObjectPath, reply SecureObject,;
    /// Retrieve all secure objects (4.5.5).
    ListSecureObjects = "4.5.5" Get "/rtp/secure-objects" => 200 Json,
        ["secure-object", "list"], path NoPath, query SecureObjectQuery, page of SecureObject,;
    /// Delete a secure object (4.5.13); only one that is not assigned.
    DeleteSecureObject = "4.5.13" Delete "/rtp/secure-objects/{secureObjectId}" => 204 Empty,
        ["secure-object", "delete"], path SecureObjectPath,
        destroys "the service keeps no copy of a deleted secure object",;
    /// Update a secure object (4.5.14): its name and its policies.
    UpdateSecureObject = "4.5.14" Put "/rtp/secure-objects/{secureObjectId}" => 204 Empty,
        ["secure-object", "update"], path SecureObjectPath, body SecureObjectUpdate,;
    /// Retrieve policies of a secure object (4.5.15).
    ListSecureObjectPolicies = "4.5.15" Get "/rtp/secure-objects/{secureObjectId}/policies" => 200 Json,
        ["secure-object", "policies"], path SecureObjectPath, query PolicyQuery, page of SecureObjectPolicy,;
}
