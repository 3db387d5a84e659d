//! Certificate extensions (RFC 5280 section 4.2), decoded strictly and only on request: an extension that is
//! there but does not decode is an error, never "absent".

use std::fmt;

use const_oid::db::rfc5280 as ids;

use crate::decoded::element::{Element, Elements, Malformed, describe_tag, hex, tag};
use crate::decoded::{extensions as decoded, strict};
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
    /// id-kp-codeSigning, a purpose in extKeyUsage.
    pub const CODE_SIGNING: Oid = Oid::from_dotted("1.3.6.1.5.5.7.3.3");
    /// id-kp-emailProtection, a purpose in extKeyUsage.
    pub const EMAIL_PROTECTION: Oid = Oid::from_dotted("1.3.6.1.5.5.7.3.4");
    /// id-kp-timeStamping, a purpose in extKeyUsage.
    pub const TIME_STAMPING: Oid = Oid::from_dotted("1.3.6.1.5.5.7.3.8");
    /// id-kp-OCSPSigning, a purpose in extKeyUsage.
    pub const OCSP_SIGNING: Oid = Oid::from_dotted("1.3.6.1.5.5.7.3.9");
    /// anyExtendedKeyUsage, a purpose in extKeyUsage.
    pub const ANY_EXTENDED_KEY_USAGE: Oid = Oid::from_dotted("2.5.29.37.0");

    /// `None` where the identifier is one that `const-oid` cannot hold.
    pub(crate) fn of(decoded: &decoded::Extension<'_>) -> Option<Self> {
        Some(Self {
            oid: Oid::from_octets(decoded.oid)?,
            critical: decoded.is_critical(),
            value: decoded.value.to_vec(),
        })
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
        let other = || OTHER_NAMES.iter().find(|(oid, _)| *oid == self.oid).map(|(_, name)| *name);
        decoded::known_name(self.oid.0.as_bytes())
            .or_else(other)
            .map_or_else(|| self.oid.to_string(), str::to_owned)
    }

    /// What `read` makes of the value, which has to be DER.
    fn decoded<'a, T>(
        &'a self,
        read: impl FnOnce(&'a [u8]) -> Result<T, Malformed>,
    ) -> Result<T, ExtensionError> {
        let value = read(&self.value).map_err(|fault| self.broken(fault))?;
        strict::fault(&self.value).map_or(Ok(value), |fault| Err(self.broken(fault)))
    }

    fn broken(&self, reason: impl ToString) -> ExtensionError {
        ExtensionError::Malformed { extension: self.name(), reason: reason.to_string() }
    }

    /// The value as basicConstraints.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn basic_constraints(&self) -> Result<BasicConstraints, ExtensionError> {
        let decoded = self.decoded(decoded::BasicConstraints::read)?;
        Ok(BasicConstraints {
            critical: self.critical,
            ca: decoded.is_ca(),
            path_length: decoded.path_length.map(PathLength::from_octets),
        })
    }

    /// The value as keyUsage.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn key_usage(&self) -> Result<KeyUsage, ExtensionError> {
        let usage = self.decoded(decoded::KeyUsage::read)?;
        let length = usage.bits.octets.len() * 8 - usize::from(usage.bits.unused);
        if length > KeyUsageBit::ALL.len() {
            return Err(self.broken(format!("{length} bits where nine are defined")));
        }
        Ok(KeyUsage {
            critical: self.critical,
            bits: (0..length)
                .fold(0, |mask, position| mask | (u16::from(usage.has(position)) << position)),
        })
    }

    /// The value as subjectKeyIdentifier (its octets; may be empty).
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn subject_key_identifier(&self) -> Result<Vec<u8>, ExtensionError> {
        self.decoded(decoded::subject_key_identifier).map(<[u8]>::to_vec)
    }

    /// The value as authorityKeyIdentifier.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn authority_key_identifier(&self) -> Result<AuthorityKeyIdentifier, ExtensionError> {
        let decoded = self.decoded(decoded::AuthorityKeyIdentifier::read)?;
        Ok(AuthorityKeyIdentifier {
            critical: self.critical,
            key_identifier: decoded.key_identifier.map(<[u8]>::to_vec),
            has_issuer: decoded.issuer.is_some(),
        })
    }

    /// The value as extKeyUsage: its purposes.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one, or names no purpose.
    pub fn extended_key_usage(&self) -> Result<Vec<Oid>, ExtensionError> {
        let purposes = self.decoded(decoded::extended_key_usage)?.into_iter();
        let read = |oid| Oid::from_octets(oid).ok_or_else(|| self.broken("an odd identifier"));
        purposes.map(read).collect()
    }

    /// The value as subjectAltName: each name with its kind in front, as `DNS:example.com`.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] when it does not decode as one.
    pub fn alternative_names(&self) -> Result<Vec<String>, ExtensionError> {
        let names = self.decoded(|value| Elements::only(value, tag::SEQUENCE, "subjectAltName"))?;
        let mut names = names.inside();
        let mut list = Vec::new();
        while !names.rest().is_empty() {
            let name = names.next("a general name").map_err(|fault| self.broken(fault))?;
            list.push(self.general_name(&name)?);
        }
        Ok(list)
    }

    fn general_name(&self, name: &Element<'_>) -> Result<String, ExtensionError> {
        let text = |kind: &str| match std::str::from_utf8(name.content) {
            Ok(text) if text.is_ascii() => Ok(format!("{kind}:{text}")),
            _ => Err(self.broken(format!("{kind} name with characters outside ASCII"))),
        };
        match name.tag {
            0x81 => text("email"),
            0x82 => text("DNS"),
            0x86 => text("URI"),
            0x87 => Ok(match name.content {
                [a, b, c, d] => format!("IP:{a}.{b}.{c}.{d}"),
                other => match <[u8; 16]>::try_from(other) {
                    Ok(octets) => format!("IP:{}", std::net::Ipv6Addr::from(octets)),
                    Err(_) => format!("IP:{}", hex(other)),
                },
            }),
            0x88 => Oid::from_octets(name.content)
                .map(|oid| format!("OID:{oid}"))
                .ok_or_else(|| self.broken("an odd identifier")),
            0xa4 => Name::from_der(name.content)
                .map(|name| format!("DN:{name}"))
                .map_err(|error| self.broken(error)),
            tag if tag & 0xc0 == 0x80 => Ok(format!("other:{}", hex(name.whole))),
            tag => Err(self.broken(format!("{} as a general name", describe_tag(tag)))),
        }
    }
}

/// Extensions beside those of RFC 5280 that the profile knows.
const OTHER_NAMES: &[(Oid, &str)] = &[
    (Oid::from_dotted("2.5.29.16"), "privateKeyUsagePeriod"),
    (Oid::from_dotted("1.3.6.1.5.5.7.1.11"), "subjectInfoAccess"),
    (Oid::from_dotted("2.16.840.1.113730.1.1"), "netscape-cert-type"),
    (Oid::from_dotted("2.16.840.1.113730.1.13"), "netscape-comment"),
];

/// Why extensions cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct AuthorityKeyIdentifier {
    /// Is the extension critical (it must not be)?
    pub critical: bool,
    /// keyIdentifier.
    pub key_identifier: Option<Vec<u8>>,
    /// Is authorityCertIssuer there at all?
    pub has_issuer: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_length_of_any_size_does_not_wrap() {
        // pathLenConstraint 256, which ends as 0 in eight bits, and 2^64, which does so in 64.
        for (octets, expected) in [
            (vec![2, 2, 1, 0], PathLength::Number(256)),
            (vec![2, 9, 1, 0, 0, 0, 0, 0, 0, 0, 0], PathLength::Huge),
            (vec![2, 1, 0xff], PathLength::Negative),
            (vec![2, 9, 0, 0xff, 0, 0, 0, 0, 0, 0, 0], PathLength::Number(0xff << 56)),
        ] {
            let mut value = vec![0x30, 3 + u8::try_from(octets.len()).unwrap(), 1, 1, 0xff];
            value.extend(octets);
            let extension = Extension { oid: Extension::BASIC_CONSTRAINTS, critical: true, value };
            assert_eq!(extension.basic_constraints().unwrap().path_length, Some(expected));
        }
    }
}
