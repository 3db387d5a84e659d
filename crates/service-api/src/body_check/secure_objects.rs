//! Bodies about secure objects (4.1.3, 4.5.14, section 9).

use el2g_key_payload::base64_bytes;
use el2g_text::file_name;
use serde_json::Value;

use super::{BodyFaults, CheckBody, ReadJson};
use crate::checksum::{Checksummed, der_of, is_checksum};
use crate::new_secure_object::{
    BinaryFilePayload, CertificateValidity, NewBinaryFile, NewCertificate, NewKeyPair,
    NewOemFwAuthKeyHash, NewSealedKey, NewSecureObject, NewStaticPublicKey, ValidityType,
};
use crate::policies::{Policies, PolicySource};
use crate::secure_objects::{BinaryFileType, SecureObjectType, SecureObjectUpdate};
use crate::{Nullable, ObjectId, policy_rules};

/// The most bytes of an armored key or message, or of a public key in PEM.
const LONGEST_ARMOR: usize = 131_072;
/// The most months of a device certificate.
const MOST_MONTHS: u32 = 1200;

impl ReadJson for NewSecureObject {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        let fields = faults.object(json);
        match faults.field(fields, "secure_object_type") {
            SecureObjectType::KeyPair => Self::KeyPair(ReadJson::read_json(json, faults)),
            SecureObjectType::Certificate => Self::Certificate(ReadJson::read_json(json, faults)),
            SecureObjectType::MasterKey => Self::MasterKey(ReadJson::read_json(json, faults)),
            SecureObjectType::HmacKey => Self::HmacKey(ReadJson::read_json(json, faults)),
            SecureObjectType::BinaryFile => Self::BinaryFile(ReadJson::read_json(json, faults)),
            SecureObjectType::StaticPublicKey => {
                Self::StaticPublicKey(ReadJson::read_json(json, faults))
            }
            SecureObjectType::OemFwDecryptKey => {
                Self::OemFwDecryptKey(ReadJson::read_json(json, faults))
            }
            SecureObjectType::OemFwAuthKeyHash => {
                Self::OemFwAuthKeyHash(ReadJson::read_json(json, faults))
            }
            other @ SecureObjectType::Other(_) => {
                let name = faults.field::<String>(fields, "name");
                let object_id = faults.field(fields, "object_id");
                faults.common(&name, &object_id);
                faults.known("value-unknown", "secureObjectType", &other);
                // What its other fields are depends on the type.
                faults.leave_unread();
                Self::KeyPair(ReadJson::read_json(None, faults))
            }
        }
    }
}

impl ReadJson for BinaryFilePayload {
    fn read_json(json: Option<&Value>, faults: &mut BodyFaults) -> Self {
        let fields = faults.object(json);
        match faults.field(fields, "binary_file_type") {
            BinaryFileType::Confidential => Self::Confidential {
                customer_pgp_public_key: faults.field(fields, "customer_pgp_public_key"),
                encrypted_binary_file: faults.field(fields, "encrypted_binary_file"),
            },
            kind @ (BinaryFileType::NonConfidential | BinaryFileType::Other(_)) => {
                faults.known("value-unknown", "binaryFileType", &kind);
                if !kind.is_known() {
                    faults.leave_unread();
                }
                Self::NonConfidential {
                    binary_file: faults.field(fields, "binary_file"),
                    checksum: faults.field(fields, "checksum"),
                    check_sum: faults.field(fields, "check_sum"),
                }
            }
        }
    }
}

impl CheckBody for NewSecureObject {
    fn check(&self, faults: &mut BodyFaults) {
        faults.common(self.name(), self.object_id());
        let (source, _, policies) = self.policy_request();
        requested_policies(source, policies, faults);
        match self {
            Self::KeyPair(NewKeyPair { algorithm, .. }) => {
                faults.known("algorithm-unknown", "algorithm", algorithm);
            }
            Self::Certificate(new) => certificate(new, faults),
            Self::MasterKey(new) | Self::OemFwDecryptKey(new) => {
                sealed(new, faults);
                let size = new.key_size.as_str();
                if !["AES128", "AES256"].contains(&size) {
                    faults.add(
                        "key-size",
                        "keySize",
                        format!("`{}`", file_name(size)),
                        "AES128 or AES256",
                    );
                }
            }
            Self::HmacKey(new) => {
                sealed(new, faults);
                let size = new.key_size.as_str();
                let plain = size.bytes().all(|b| b.is_ascii_digit()) && !size.starts_with('0');
                if !plain || !size.parse().is_ok_and(|size: u32| (1..=256).contains(&size)) {
                    let expected = "the key's length in bytes, 1 to 256";
                    faults.add("key-size", "keySize", format!("`{}`", file_name(size)), expected);
                }
            }
            Self::BinaryFile(new) => faults.within("payload", |faults| binary_file(new, faults)),
            Self::StaticPublicKey(new) => public_key(new, faults),
            Self::OemFwAuthKeyHash(NewOemFwAuthKeyHash { binary_file, .. }) => {
                base64(binary_file, faults);
            }
        }
    }
}

impl BodyFaults {
    /// What objects of every type have.
    fn common(&mut self, name: &str, object_id: &ObjectId) {
        self.name("name", name, 255);
        self.object_id("objectId", object_id);
    }
}

impl CheckBody for SecureObjectUpdate {
    fn check(&self, faults: &mut BodyFaults) {
        let (name, policies) = (self.name.value(), self.policies.value());
        if name.is_none() && policies.is_none() {
            faults.add("update-empty", "", "neither name nor policies", "at least one of them");
        }
        if let Some(name) = name {
            faults.name("name", name, 255);
        }
        if let Some(policies) = policies {
            custom_policies(policies, faults);
        }
    }
}

/// CUSTOM goes with policies, DEFAULT without.
fn requested_policies(
    source: &PolicySource,
    policies: &Nullable<Policies>,
    faults: &mut BodyFaults,
) {
    faults.known("value-unknown", "policySourceType", source);
    match (source, policies.value()) {
        (PolicySource::Custom, Some(policies)) => custom_policies(policies, faults),
        (PolicySource::Custom, None) => {
            faults.refuse("policy-source", "policies", "nothing", "the policies, with CUSTOM");
        }
        (PolicySource::Default, Some(policies)) if !policies.is_empty() => {
            let found = "policies with policySourceType DEFAULT";
            faults.refuse("policy-source", "policySourceType", found, "CUSTOM");
        }
        _ => {}
    }
}

fn custom_policies(policies: &Policies, faults: &mut BodyFaults) {
    for finding in policy_rules::check(policies, None) {
        let path = finding.place.map(|place| place.path).unwrap_or_default();
        faults.refuse(finding.rule, path, finding.found, finding.allowed);
    }
}

fn certificate(new: &NewCertificate, faults: &mut BodyFaults) {
    faults.name("commonNamePrefix", &new.common_name_prefix, 42);
    faults.within("certificateValidity", |faults| validity(&new.certificate_validity, faults));
    faults.country("country", new.country.value());
    faults.optional_text("state", new.state.value(), 128);
    faults.optional_text("locality", new.locality.value(), 128);
    faults.optional_text("organization", new.organization.value(), 64);
    faults.optional_text("organizationUnit", new.organization_unit.value(), 64);
    faults.optional_text("email", new.email.value(), 255);
    if let Some(email) = new.email.value()
        && !email.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
    {
        faults.add("email-form", "email", "characters beyond ASCII", "an address in ASCII");
    }
}

fn validity(validity: &CertificateValidity, faults: &mut BodyFaults) {
    faults.known("value-unknown", "validityType", &validity.validity_type);
    match validity.validity_type {
        ValidityType::Month => {
            let months = validity.span_in_months.value().copied();
            if !months.is_some_and(|months| (1..=MOST_MONTHS).contains(&months)) {
                let found = months.map_or("nothing".to_owned(), |months| months.to_string());
                let expected = format!("1 to {MOST_MONTHS} months");
                faults.add("validity-range", "spanInMonths", found, expected);
            }
        }
        ValidityType::Date => {
            let start = moment("validityNotBefore", validity.validity_not_before.value(), faults);
            let end = moment("validityNotAfter", validity.validity_not_after.value(), faults);
            if let (Some(start), Some(end)) = (start, end)
                && end <= start
            {
                let found = "a time that is not after validityNotBefore";
                faults.refuse("validity-range", "validityNotAfter", found, "a later time");
            }
        }
        ValidityType::Other(_) => {}
    }
}

/// RFC 3339 from 1971 on, as seconds since 1970: a moment of 1970 may lie before 1970 in UTC, which no certificate
/// holds. The last second of 9999, which certificates without an end have, is beyond `jiff`'s time stamps.
fn moment(path: &str, text: Option<&String>, faults: &mut BodyFaults) -> Option<i64> {
    const YEAR_1971: i64 = 31_536_000;
    let read = text.and_then(|text| match text.as_str() {
        "9999-12-31T23:59:59Z" => Some(253_402_300_799),
        text => text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second),
    });
    if read.is_none_or(|at| at < YEAR_1971) {
        let found = text.map_or("nothing".to_owned(), |text| format!("`{}`", file_name(text)));
        let expected =
            "a time with its offset (RFC 3339), from 1971 on, such as 2026-01-01T00:00:00Z";
        faults.add("validity-form", path, found, expected);
        return None;
    }
    read
}

fn sealed(new: &NewSealedKey, faults: &mut BodyFaults) {
    faults.long_text("customerPgpPublicKey", &new.customer_pgp_public_key, LONGEST_ARMOR);
    faults.long_text("encryptedKey", &new.encrypted_key, LONGEST_ARMOR);
}

fn binary_file(new: &NewBinaryFile, faults: &mut BodyFaults) {
    match &new.payload {
        BinaryFilePayload::Confidential { customer_pgp_public_key, encrypted_binary_file } => {
            faults.long_text("customerPgpPublicKey", customer_pgp_public_key, LONGEST_ARMOR);
            faults.long_text("encryptedBinaryFile", encrypted_binary_file, LONGEST_ARMOR);
        }
        BinaryFilePayload::NonConfidential { binary_file, checksum, check_sum } => {
            if let Some(bytes) = base64(binary_file, faults) {
                let named = [("checksum", checksum), ("checkSum", check_sum)];
                declared_checksums(named, Checksummed::file(&bytes, binary_file), faults);
            }
        }
    }
}

/// The bytes of a `binaryFile`.
fn base64(binary_file: &str, faults: &mut BodyFaults) -> Option<Vec<u8>> {
    let bytes = base64_bytes(binary_file).filter(|bytes| !bytes.is_empty());
    if bytes.is_none() {
        let found = format!("{} characters that are not", binary_file.len());
        faults.refuse("base64-form", "binaryFile", found, "base64 of at least one byte");
    }
    bytes
}

fn public_key(new: &NewStaticPublicKey, faults: &mut BodyFaults) {
    faults.known("algorithm-unknown", "algorithm", &new.algorithm);
    faults.long_text("publicKey", &new.public_key, LONGEST_ARMOR);
    let der = der_of(&new.public_key);
    let content = Checksummed::public_key(&new.public_key, der.as_deref());
    let named = [("checksum", &new.checksum), ("checkSum", &new.check_sum)];
    declared_checksums(named, content, faults);
}

/// The checksum under either name; empty counts as not given.
fn declared_checksums(
    named: [(&'static str, &Nullable<String>); 2],
    content: Checksummed<'_>,
    faults: &mut BodyFaults,
) {
    for (field, checksum) in named {
        let Some(checksum) = checksum.value().filter(|text| !text.is_empty()) else { continue };
        if !is_checksum(checksum) {
            let found = format!("{} characters", checksum.len());
            let expected = "SHA3-512 in 128 hexadecimal digits, or in base64";
            faults.refuse("checksum-form", field, found, expected);
        } else if !content.is_of(checksum) {
            let expected = "the SHA3-512 of what is sent, over its bytes or its text";
            faults.refuse("checksum-mismatch", field, "another checksum", expected);
        }
    }
}
