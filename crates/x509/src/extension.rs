//! Certificate extensions (RFC 5280 section 4.2), decoded strictly and only on request: an extension that is
//! there but does not decode is an error, never "absent".

use std::fmt;

use const_oid::db::rfc5280 as ids;
use der::asn1::{BitStringRef, IntRef, OctetStringRef};
use der::{Decode, Encode, Sequence};
use x509_cert::ext::pkix::name::GeneralName;

use crate::certificate::SerialNumber;
use crate::name::Name;
use crate::oid::Oid;

/// One extension as it stands in a certificate or request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    oid: Oid,
    critical: bool,
    value: Vec<u8>,
}

impl Extension {
    /// subjectKeyIdentifier, 2.5.29.14.
    pub const SUBJECT_KEY_IDENTIFIER: Oid = Oid(ids::ID_CE_SUBJECT_KEY_IDENTIFIER);
    /// keyUsage, 2.5.29.15.
    pub const KEY_USAGE: Oid = Oid(ids::ID_CE_KEY_USAGE);
    /// subjectAltName, 2.5.29.17.
    pub const SUBJECT_ALT_NAME: Oid = Oid(ids::ID_CE_SUBJECT_ALT_NAME);
    /// basicConstraints, 2.5.29.19.
    pub const BASIC_CONSTRAINTS: Oid = Oid(ids::ID_CE_BASIC_CONSTRAINTS);
    /// nameConstraints, 2.5.29.30.
    pub const NAME_CONSTRAINTS: Oid = Oid(ids::ID_CE_NAME_CONSTRAINTS);
    /// cRLDistributionPoints, 2.5.29.31.
    pub const CRL_DISTRIBUTION_POINTS: Oid = Oid(ids::ID_CE_CRL_DISTRIBUTION_POINTS);
    /// certificatePolicies, 2.5.29.32.
    pub const CERTIFICATE_POLICIES: Oid = Oid(ids::ID_CE_CERTIFICATE_POLICIES);
    /// authorityKeyIdentifier, 2.5.29.35.
    pub const AUTHORITY_KEY_IDENTIFIER: Oid = Oid(ids::ID_CE_AUTHORITY_KEY_IDENTIFIER);
    /// policyConstraints, 2.5.29.36.
    pub const POLICY_CONSTRAINTS: Oid = Oid(ids::ID_CE_POLICY_CONSTRAINTS);
    /// extKeyUsage, 2.5.29.37.
    pub const EXTENDED_KEY_USAGE: Oid = Oid(ids::ID_CE_EXT_KEY_USAGE);
    /// id-kp-clientAuth, a purpose in extKeyUsage.
    pub const CLIENT_AUTH: Oid = Oid::from_dotted("1.3.6.1.5.5.7.3.2");
    /// id-kp-serverAuth, a purpose in extKeyUsage.
    pub const SERVER_AUTH: Oid = Oid::from_dotted("1.3.6.1.5.5.7.3.1");
    /// anyExtendedKeyUsage, a purpose in extKeyUsage.
    pub const ANY_EXTENDED_KEY_USAGE: Oid = Oid::from_dotted("2.5.29.37.0");

    pub(crate) fn from_decoded(extension: &x509_cert::ext::Extension) -> Self {
        Self {
            oid: Oid(extension.extn_id),
            critical: extension.critical,
            value: extension.extn_value.as_bytes().to_vec(),
        }
    }

    /// Its identifier.
    pub const fn oid(&self) -> Oid {
        self.oid
    }

    /// Is it marked critical?
    pub const fn critical(&self) -> bool {
        self.critical
    }

    /// The content of its OCTET STRING: the DER of the extension's own type.
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// Its name in RFC 5280 (`basicConstraints` …), or the dotted identifier.
    pub fn name(&self) -> String {
        EXTENSION_NAMES
            .iter()
            .find(|(oid, _)| *oid == self.oid)
            .map_or_else(|| self.oid.to_string(), |(_, name)| (*name).to_owned())
    }

    fn broken(&self, reason: impl ToString) -> ExtensionError {
        ExtensionError::Malformed { extension: self.name(), reason: reason.to_string() }
    }

    /// The value as basicConstraints.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn basic_constraints(&self) -> Result<BasicConstraints, ExtensionError> {
        let decoded =
            BasicConstraintsValue::from_der(&self.value).map_err(|error| self.broken(error))?;
        Ok(BasicConstraints {
            critical: self.critical,
            ca: decoded.ca,
            path_length: decoded
                .path_length
                .map(|number| PathLength::from_octets(number.as_bytes())),
        })
    }

    /// The value as keyUsage.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn key_usage(&self) -> Result<KeyUsage, ExtensionError> {
        let bits = BitStringRef::from_der(&self.value).map_err(|error| self.broken(error))?;
        if bits.bit_len() > 9 {
            return Err(self.broken(format!("{} bits where nine are defined", bits.bit_len())));
        }
        Ok(KeyUsage {
            critical: self.critical,
            bits: bits
                .bits()
                .enumerate()
                .fold(0, |mask, (position, set)| mask | (u16::from(set) << position)),
        })
    }

    /// The value as subjectKeyIdentifier (its octets; may be empty).
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn subject_key_identifier(&self) -> Result<Vec<u8>, ExtensionError> {
        <&OctetStringRef>::from_der(&self.value)
            .map(|octets| octets.as_bytes().to_vec())
            .map_err(|error| self.broken(error))
    }

    /// The value as authorityKeyIdentifier.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn authority_key_identifier(&self) -> Result<AuthorityKeyIdentifier, ExtensionError> {
        let decoded = AuthorityKeyIdentifierValue::from_der(&self.value)
            .map_err(|error| self.broken(error))?;
        let mut issuers = Vec::new();
        for general_name in decoded.issuer.iter().flatten() {
            if let GeneralName::DirectoryName(name) = general_name {
                let der = name.to_der().map_err(|error| self.broken(error))?;
                issuers.push(Name::from_der(&der).map_err(|error| self.broken(error))?);
            }
        }
        Ok(AuthorityKeyIdentifier {
            critical: self.critical,
            key_identifier: decoded.key_identifier.map(|octets| octets.as_bytes().to_vec()),
            issuer_names: issuers,
            has_issuer: decoded.issuer.is_some(),
            serial: decoded.serial.map(|number| SerialNumber::from_octets(number.as_bytes())),
        })
    }

    /// The value as extKeyUsage: its purposes.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one, or names no purpose.
    pub fn extended_key_usage(&self) -> Result<Vec<Oid>, ExtensionError> {
        let purposes = Vec::<const_oid::ObjectIdentifier>::from_der(&self.value)
            .map_err(|error| self.broken(error))?;
        if purposes.is_empty() {
            return Err(self.broken("no purpose named, at least one is needed"));
        }
        Ok(purposes.into_iter().map(Oid).collect())
    }

    /// The value as subjectAltName: each name with its kind in front, as `DNS:example.com`.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn alternative_names(&self) -> Result<Vec<String>, ExtensionError> {
        let names =
            Vec::<GeneralName>::from_der(&self.value).map_err(|error| self.broken(error))?;
        names.iter().map(|name| self.general_name(name)).collect()
    }

    fn general_name(&self, name: &GeneralName) -> Result<String, ExtensionError> {
        Ok(match name {
            GeneralName::DnsName(text) => format!("DNS:{text}"),
            GeneralName::Rfc822Name(text) => format!("email:{text}"),
            GeneralName::UniformResourceIdentifier(text) => format!("URI:{text}"),
            GeneralName::RegisteredId(oid) => format!("OID:{oid}"),
            GeneralName::DirectoryName(name) => {
                let der = name.to_der().map_err(|error| self.broken(error))?;
                let name = Name::from_der(&der).map_err(|error| self.broken(error))?;
                format!("DN:{name}")
            }
            GeneralName::IpAddress(octets) => match octets.as_bytes() {
                [a, b, c, d] => format!("IP:{a}.{b}.{c}.{d}"),
                other => match <[u8; 16]>::try_from(other) {
                    Ok(octets) => format!("IP:{}", std::net::Ipv6Addr::from(octets)),
                    Err(_) => format!("IP:{}", base16ct::lower::encode_string(other)),
                },
            },
            other => {
                let der = other.to_der().map_err(|error| self.broken(error))?;
                format!("other:{}", base16ct::lower::encode_string(&der))
            }
        })
    }
}

const EXTENSION_NAMES: &[(Oid, &str)] = &[
    (Extension::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (Extension::KEY_USAGE, "keyUsage"),
    (Extension::SUBJECT_ALT_NAME, "subjectAltName"),
    (Oid(ids::ID_CE_ISSUER_ALT_NAME), "issuerAltName"),
    (Extension::BASIC_CONSTRAINTS, "basicConstraints"),
    (Extension::NAME_CONSTRAINTS, "nameConstraints"),
    (Extension::CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (Extension::CERTIFICATE_POLICIES, "certificatePolicies"),
    (Oid(ids::ID_CE_POLICY_MAPPINGS), "policyMappings"),
    (Extension::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (Extension::POLICY_CONSTRAINTS, "policyConstraints"),
    (Extension::EXTENDED_KEY_USAGE, "extKeyUsage"),
    (Oid(ids::ID_CE_INHIBIT_ANY_POLICY), "inhibitAnyPolicy"),
    (Oid::from_dotted("2.5.29.46"), "freshestCRL"),
    (Oid::from_dotted("2.5.29.16"), "privateKeyUsagePeriod"),
    (Oid::from_dotted("1.3.6.1.5.5.7.1.1"), "authorityInfoAccess"),
    (Oid::from_dotted("1.3.6.1.5.5.7.1.11"), "subjectInfoAccess"),
    (Oid::from_dotted("2.16.840.1.113730.1.1"), "netscape-cert-type"),
    (Oid::from_dotted("2.16.840.1.113730.1.13"), "netscape-comment"),
];

/// Why extensions cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// The value is not of the extension's type, in DER.
    #[error("{extension} does not decode: {reason}")]
    Malformed {
        /// The extension's name.
        extension: String,
        /// What the decoder says.
        reason: String,
    },
    /// The same extension twice (RFC 5280 section 4.2 forbids it).
    #[error("{extension} occurs {count} times, at most once is allowed")]
    Duplicate {
        /// The extension's name.
        extension: String,
        /// How often it is there.
        count: usize,
    },
}

/// BasicConstraints, with the path length at any size (x509-cert holds it in eight bits).
#[derive(Sequence)]
struct BasicConstraintsValue<'a> {
    #[asn1(default = "Default::default")]
    ca: bool,
    #[asn1(optional = "true")]
    path_length: Option<IntRef<'a>>,
}

/// AuthorityKeyIdentifier, with the serial number at any length and sign.
#[derive(Sequence)]
struct AuthorityKeyIdentifierValue<'a> {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    key_identifier: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    issuer: Option<Vec<GeneralName>>,
    #[asn1(context_specific = "2", tag_mode = "IMPLICIT", optional = "true")]
    serial: Option<IntRef<'a>>,
}

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Is the extension critical?
    pub critical: bool,
    /// cA.
    pub ca: bool,
    /// pathLenConstraint.
    pub path_length: Option<PathLength>,
}

/// A pathLenConstraint of any size: 256 and 2^64 do not wrap to 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathLength {
    /// A number from 0 to 2^64 - 1.
    Number(u64),
    /// More than 2^64 - 1.
    Huge,
    /// Less than zero, which RFC 5280 forbids.
    Negative,
}

impl PathLength {
    fn from_octets(octets: &[u8]) -> Self {
        if octets.first().is_some_and(|octet| octet & 0x80 != 0) {
            return Self::Negative;
        }
        let significant: &[u8] = match octets {
            [0, rest @ ..] => rest,
            all => all,
        };
        if significant.len() > 8 {
            return Self::Huge;
        }
        Self::Number(significant.iter().fold(0, |number, &octet| (number << 8) | u64::from(octet)))
    }
}

impl fmt::Display for PathLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Huge => f.write_str("more than 2^64"),
            Self::Negative => f.write_str("a negative number"),
        }
    }
}

/// One bit of keyUsage (RFC 5280 section 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyUsageBit {
    /// Bit 0.
    DigitalSignature = 0,
    /// Bit 1, also called contentCommitment.
    NonRepudiation = 1,
    /// Bit 2.
    KeyEncipherment = 2,
    /// Bit 3.
    DataEncipherment = 3,
    /// Bit 4.
    KeyAgreement = 4,
    /// Bit 5: may sign certificates.
    KeyCertSign = 5,
    /// Bit 6: may sign revocation lists.
    CrlSign = 6,
    /// Bit 7.
    EncipherOnly = 7,
    /// Bit 8.
    DecipherOnly = 8,
}

impl KeyUsageBit {
    /// All nine, in the order of their bits.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// Its name in RFC 5280.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        }
    }
}

/// keyUsage (RFC 5280 section 4.2.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// Is the extension critical?
    pub critical: bool,
    bits: u16,
}

impl KeyUsage {
    /// Is this use allowed?
    pub const fn has(self, bit: KeyUsageBit) -> bool {
        self.bits & (1 << bit as u16) != 0
    }

    /// The names of the allowed uses, in the order of their bits.
    pub fn names(self) -> Vec<&'static str> {
        KeyUsageBit::ALL.into_iter().filter(|&bit| self.has(bit)).map(KeyUsageBit::name).collect()
    }
}

/// authorityKeyIdentifier (RFC 5280 section 4.2.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    /// Is the extension critical (it must not be)?
    pub critical: bool,
    /// keyIdentifier.
    pub key_identifier: Option<Vec<u8>>,
    /// The directory names among authorityCertIssuer.
    pub issuer_names: Vec<Name>,
    /// Is authorityCertIssuer there at all?
    pub has_issuer: bool,
    /// authorityCertSerialNumber.
    pub serial: Option<SerialNumber>,
}
