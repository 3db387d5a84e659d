//! The request for a device certificate (4.1.3.2).

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::policies::{Policies, PolicySource};
use crate::{Json, ObjectId, OpenEnum};

open_enum! {
    /// A use of a device's key (RFC 5280 4.2.1.3), named as the service names things: assumed, no source shows one.
    pub enum KeyUsage {
        /// digitalSignature.
        DigitalSignature = "DIGITAL_SIGNATURE",
        /// nonRepudiation, also called contentCommitment.
        NonRepudiation = "NON_REPUDIATION",
        /// keyEncipherment.
        KeyEncipherment = "KEY_ENCIPHERMENT",
        /// dataEncipherment.
        DataEncipherment = "DATA_ENCIPHERMENT",
        /// keyAgreement.
        KeyAgreement = "KEY_AGREEMENT",
        /// encipherOnly.
        EncipherOnly = "ENCIPHER_ONLY",
        /// decipherOnly.
        DecipherOnly = "DECIPHER_ONLY",
    }
}

open_enum! {
    /// A purpose of a device's key (RFC 5280 4.2.1.12), named as the service names things: assumed, no source shows one.
    pub enum ExtendedKeyUsage {
        /// serverAuth.
        ServerAuth = "SERVER_AUTH",
        /// clientAuth.
        ClientAuth = "CLIENT_AUTH",
        /// codeSigning.
        CodeSigning = "CODE_SIGNING",
        /// emailProtection.
        EmailProtection = "EMAIL_PROTECTION",
        /// timeStamping.
        TimeStamping = "TIME_STAMPING",
        /// OCSPSigning.
        OcspSigning = "OCSP_SIGNING",
    }
}

/// The names in the form of `keyUsageExt` and `extendedKeyUsageExt` that is assumed.
pub fn json_of<E: OpenEnum>(names: &[E]) -> Json {
    Json(names.iter().map(OpenEnum::as_str).collect())
}

/// The names in a value of that form, each known and there once; `None` for any other form.
pub fn names_of<E: OpenEnum + PartialEq>(value: &Json) -> Option<Vec<E>> {
    let mut names = Vec::new();
    for name in value.0.as_array()? {
        let name = E::from(name.as_str()?);
        if !E::KNOWN.contains(&name) || names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

fn list_of<E: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let items = generator.subschema_for::<E>();
    json_schema!({
        "description": "A list of names; this form is assumed.",
        "type": ["array", "null"],
        "items": items,
        "uniqueItems": true,
    })
}

/// A validity as a request must say it: in months, or from and until a date.
fn requested_validity(_: &mut SchemaGenerator) -> Schema {
    // From 1971: a moment of 1970 may lie before it in UTC, and no certificate holds that.
    let moment = serde_json::json!({
        "type": "string",
        "format": "date-time",
        "pattern": "^(197[1-9]|19[89][0-9]|[2-9][0-9]{3})-",
        "maxLength": 40,
    });
    json_schema!({
        "description": "How long it is valid.",
        "oneOf": [
            {
                "type": "object",
                "properties": {
                    "validityType": {"type": "string", "const": "MONTH"},
                    "spanInMonths": {"type": "integer", "minimum": 1, "maximum": 1200},
                },
                "required": ["validityType", "spanInMonths"],
            },
            {
                "type": "object",
                "properties": {
                    "validityType": {"type": "string", "const": "DATE"},
                    "validityNotBefore": moment,
                    "validityNotAfter": moment,
                },
                "required": ["validityType", "validityNotBefore", "validityNotAfter"],
            },
        ],
    })
}

request! {
    /// An X.509 certificate to be made for every device (4.1.3.2).
    #[derive(Debug, Clone, PartialEq)]
    pub struct NewCertificate {
        /// Its name.
        #[schemars(length(min = 1, max = 255), regex(pattern = crate::wire::schema::NAME))]
        name: String,
        /// Its id in the secure element.
        object_id: ObjectId,
        /// Where its policies come from; DEFAULT when it is left out.
        #[serde(default, deserialize_with = "crate::policies::source_or_default")]
        #[schemars(schema_with = "crate::policies::asked_source")]
        policy_source_type: PolicySource,
        /// The key pair (a secure object) to certify.
        key_pair_id: u64,
        /// The intermediate CA to sign it.
        intermediate_ca_id: u64,
        /// What the common name begins with.
        #[schemars(length(min = 1, max = 42), regex(pattern = crate::wire::schema::NAME))]
        common_name_prefix: String,
        /// How long it is valid.
        #[schemars(schema_with = "requested_validity")]
        certificate_validity: CertificateValidity,
        ?
        /// Whether the key may sign (keyUsage digitalSignature).
        allow_signing: bool,
        /// Subject: country.
        #[schemars(regex(pattern = crate::wire::schema::COUNTRY))]
        country: String,
        /// Subject: state.
        #[schemars(length(max = 128), regex(pattern = crate::wire::schema::PRINTABLE))]
        state: String,
        /// Subject: locality.
        #[schemars(length(max = 128), regex(pattern = crate::wire::schema::PRINTABLE))]
        locality: String,
        /// Subject: organisation.
        #[schemars(length(max = 64), regex(pattern = crate::wire::schema::PRINTABLE))]
        organization: String,
        /// Subject: organisational unit.
        #[schemars(length(max = 64), regex(pattern = crate::wire::schema::PRINTABLE))]
        organization_unit: String,
        /// Subject: e-mail address.
        #[schemars(length(max = 255), regex(pattern = crate::wire::schema::EMAIL))]
        email: String,
        /// Key usage beyond signing. The document only shows `null` in answers: a list of names is assumed, and any other
        /// form is sent as it is. Read with [`names_of`].
        #[schemars(schema_with = "list_of::<KeyUsage>")]
        key_usage_ext: Json,
        /// Extended key usage instead of clientAuth; the same holds.
        #[schemars(schema_with = "list_of::<ExtendedKeyUsage>")]
        extended_key_usage_ext: Json,
        /// Made when the device connects, instead of beforehand.
        generate_on_device_connection: bool,
        /// Its policies, when they are CUSTOM.
        #[schemars(schema_with = "crate::policies::requested")]
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

shared_record! {
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
