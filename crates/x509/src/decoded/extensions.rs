//! Certificate extensions (RFC 5280 section 4.2), read without believing them.

use super::certificate::Bits;
use super::element::{Element, Elements, Malformed, tag};
use crate::extension::KeyUsageBit;

/// Content octets of the object identifiers this crate reads.
pub mod oid {
    pub const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
    pub const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
    pub const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
    pub const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x12];
    pub const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
    pub const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x1e];
    pub const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 0x1f];
    pub const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 0x20];
    pub const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 0x21];
    pub const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x23];
    pub const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x24];
    pub const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
    pub const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 0x2e];
    pub const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x36];
    pub const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];
}

/// Extensions this crate knows, with their names.
pub const KNOWN: &[(&[u8], &str)] = &[
    (oid::BASIC_CONSTRAINTS, "basicConstraints"),
    (oid::KEY_USAGE, "keyUsage"),
    (oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
    (oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (oid::EXTENDED_KEY_USAGE, "extKeyUsage"),
    (oid::NAME_CONSTRAINTS, "nameConstraints"),
    (oid::POLICY_CONSTRAINTS, "policyConstraints"),
    (oid::CERTIFICATE_POLICIES, "certificatePolicies"),
    (oid::POLICY_MAPPINGS, "policyMappings"),
    (oid::INHIBIT_ANY_POLICY, "inhibitAnyPolicy"),
    (oid::SUBJECT_ALT_NAME, "subjectAltName"),
    (oid::ISSUER_ALT_NAME, "issuerAltName"),
    (oid::CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (oid::FRESHEST_CRL, "freshestCRL"),
    (oid::AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
];

/// The extension's name, where it is known.
pub fn known_name(oid: &[u8]) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == oid).map(|(_, name)| *name)
}

/// More extensions than any certificate has use for: the input is hostile.
pub(crate) const MAX_EXTENSIONS: usize = 1000;

/// One extension.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Extension<'a> {
    /// Content octets of its object identifier.
    pub oid: &'a [u8],
    /// The BOOLEAN, where it is written out.
    pub critical_octets: Option<&'a [u8]>,
    /// Content of the OCTET STRING.
    pub value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(elements: &mut Elements<'a>) -> Result<Self, Malformed> {
        let sequence = elements.expect(tag::SEQUENCE, "an extension")?;
        let mut inside = sequence.inside();
        let oid = inside.expect(tag::OID, "an extension's identifier")?.content;
        let critical = inside.optional(tag::BOOLEAN, "an extension's criticality")?;
        let value = inside.expect(tag::OCTET_STRING, "an extension's value")?.content;
        inside.finish("an extension")?;
        Ok(Self { oid, critical_octets: critical.map(|element| element.content), value })
    }

    /// Marked critical (BER: any octet but zero).
    pub fn is_critical(&self) -> bool {
        self.critical_octets.is_some_and(|octets| octets.iter().any(|octet| *octet != 0))
    }

    /// Its name or its object identifier.
    pub fn name(&self) -> String {
        known_name(self.oid).map_or_else(|| super::names::dotted(self.oid), str::to_owned)
    }
}

/// The extensions of a certificate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Extensions<'a> {
    /// Is the field there at all?
    pub present: bool,
    pub list: Vec<Extension<'a>>,
}

impl<'a> Extensions<'a> {
    pub fn absent() -> Self {
        Self { present: false, list: Vec::new() }
    }

    pub fn read(sequence: Element<'a>) -> Result<Self, Malformed> {
        let mut elements = sequence.inside();
        let mut list = Vec::with_capacity(8);
        while !elements.rest().is_empty() {
            if list.len() == MAX_EXTENSIONS {
                return Err(Malformed {
                    what: "the extensions",
                    found: format!("more than {MAX_EXTENSIONS} of them"),
                    remaining: elements.rest().len(),
                });
            }
            list.push(Extension::read(&mut elements)?);
        }
        Ok(Self { present: true, list })
    }
}

/// basicConstraints (RFC 5280 section 4.2.1.9).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BasicConstraints<'a> {
    /// The cA BOOLEAN, where it is written out.
    pub ca_octets: Option<&'a [u8]>,
    /// Content octets of pathLenConstraint.
    pub path_length: Option<&'a [u8]>,
}

impl<'a> BasicConstraints<'a> {
    pub fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "basicConstraints";
        let sequence = Elements::only(value, tag::SEQUENCE, WHAT)?;
        let mut inside = sequence.inside();
        let ca = inside.optional(tag::BOOLEAN, WHAT)?;
        let path_length = inside.optional(tag::INTEGER, WHAT)?;
        inside.finish(WHAT)?;
        for (element, what) in [(ca, "cA"), (path_length, "pathLenConstraint")] {
            if element.is_some_and(|element| element.content.is_empty()) {
                return Err(Malformed { what, found: "no content".to_owned(), remaining: 0 });
            }
        }
        if ca.is_some_and(|ca| ca.content.len() != 1) {
            return Err(Malformed { what: "cA", found: "a long BOOLEAN".into(), remaining: 0 });
        }
        Ok(Self {
            ca_octets: ca.map(|element| element.content),
            path_length: path_length.map(|element| element.content),
        })
    }

    pub fn is_ca(&self) -> bool {
        self.ca_octets.is_some_and(|octets| octets != [0])
    }

    /// pathLenConstraint is the number zero (however many octets it takes).
    pub fn path_length_is_zero(&self) -> bool {
        self.path_length.is_some_and(|octets| octets.iter().all(|octet| *octet == 0))
    }
}

/// keyUsage (RFC 5280 section 4.2.1.3).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KeyUsage<'a> {
    pub bits: Bits<'a>,
}

impl<'a> KeyUsage<'a> {
    pub fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "keyUsage";
        let bits = Elements::only(value, tag::BIT_STRING, WHAT)?;
        Ok(Self { bits: Bits::from_content(bits.content, WHAT)? })
    }

    pub fn has(&self, bit: usize) -> bool {
        let used = self.bits.octets.len() * 8 - usize::from(self.bits.unused);
        bit < used && self.bits.octets[bit / 8] & (0x80 >> (bit % 8)) != 0
    }

    /// No bit is set, which RFC 5280 forbids.
    pub fn is_empty(&self) -> bool {
        !(0..self.bits.octets.len() * 8).any(|bit| self.has(bit))
    }

    pub fn key_cert_sign(&self) -> bool {
        self.has(KeyUsageBit::KeyCertSign as usize)
    }

    pub fn crl_sign(&self) -> bool {
        self.has(KeyUsageBit::CrlSign as usize)
    }

    /// The names of the bits set.
    pub fn describe(&self) -> String {
        let set = KeyUsageBit::ALL.into_iter().filter(|bit| self.has(*bit as usize));
        let names: Vec<&str> = set.map(KeyUsageBit::name).collect();
        if names.is_empty() { "no bit set".to_owned() } else { names.join(", ") }
    }
}

/// The content of a subjectKeyIdentifier (RFC 5280 section 4.2.1.2).
pub fn subject_key_identifier(value: &[u8]) -> Result<&[u8], Malformed> {
    const WHAT: &str = "subjectKeyIdentifier";
    let octets = Elements::only(value, tag::OCTET_STRING, WHAT)?;
    Ok(octets.content)
}

/// authorityKeyIdentifier (RFC 5280 section 4.2.1.1).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AuthorityKeyIdentifier<'a> {
    pub key_identifier: Option<&'a [u8]>,
    /// GeneralNames, content octets.
    pub issuer: Option<&'a [u8]>,
    /// Content octets of the serial number INTEGER.
    pub serial: Option<&'a [u8]>,
}

impl<'a> AuthorityKeyIdentifier<'a> {
    pub fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "authorityKeyIdentifier";
        let sequence = Elements::only(value, tag::SEQUENCE, WHAT)?;
        let mut inside = sequence.inside();
        let key_identifier = inside.optional(0x80, WHAT)?;
        let issuer = inside.optional(0xa1, WHAT)?;
        let serial = inside.optional(0x82, WHAT)?;
        inside.finish(WHAT)?;
        if serial.is_some_and(|serial| serial.content.is_empty()) {
            return Err(Malformed { what: WHAT, found: "an empty serial".into(), remaining: 0 });
        }
        if issuer.is_some() != serial.is_some() {
            return Err(Malformed {
                what: WHAT,
                found: "authorityCertIssuer and authorityCertSerialNumber not together".into(),
                remaining: 0,
            });
        }
        if let Some(issuer) = issuer {
            let mut names = issuer.inside();
            while !names.rest().is_empty() {
                names.next(WHAT)?;
            }
        }
        Ok(Self {
            key_identifier: key_identifier.map(|element| element.content),
            issuer: issuer.map(|element| element.content),
            serial: serial.map(|element| element.content),
        })
    }

    /// The directory name among the issuer's general names, as the DER of a Name.
    pub fn issuer_name(&self) -> Option<&'a [u8]> {
        let mut names = Elements::new(self.issuer?);
        while let Ok(name) = names.next("authorityCertIssuer") {
            if name.tag == 0xa4 {
                return Some(name.content);
            }
        }
        None
    }
}

/// The object identifiers of an extKeyUsage (RFC 5280 section 4.2.1.12).
pub fn extended_key_usage(value: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    const WHAT: &str = "extKeyUsage";
    let sequence = Elements::only(value, tag::SEQUENCE, WHAT)?;
    let mut inside = sequence.inside();
    let mut purposes = Vec::new();
    while !inside.rest().is_empty() {
        purposes.push(inside.expect(tag::OID, WHAT)?.content);
    }
    if purposes.is_empty() {
        return Err(Malformed { what: WHAT, found: "no purpose".to_owned(), remaining: 0 });
    }
    Ok(purposes)
}

/// The two skip counts of policyConstraints (RFC 5280 section 4.2.1.11), as content octets.
pub fn policy_constraints(value: &[u8]) -> Result<[Option<&[u8]>; 2], Malformed> {
    const WHAT: &str = "policyConstraints";
    let sequence = Elements::only(value, tag::SEQUENCE, WHAT)?;
    let mut inside = sequence.inside();
    let require = inside.optional(0x80, WHAT)?;
    let inhibit = inside.optional(0x81, WHAT)?;
    inside.finish(WHAT)?;
    if require.is_none() && inhibit.is_none() {
        return Err(Malformed { what: WHAT, found: "neither field".to_owned(), remaining: 0 });
    }
    Ok([require.map(|element| element.content), inhibit.map(|element| element.content)])
}

/// A subtree of nameConstraints: its base, and what stands behind it, which should be nothing.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Subtree<'a> {
    pub base: Element<'a>,
    pub bounds: Elements<'a>,
}

/// Permitted and excluded subtrees of nameConstraints (RFC 5280 section 4.2.1.10).
#[non_exhaustive]
pub struct NameConstraints<'a> {
    pub permitted: Vec<Subtree<'a>>,
    pub excluded: Vec<Subtree<'a>>,
}

impl<'a> NameConstraints<'a> {
    pub fn read(value: &'a [u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "nameConstraints";
        let sequence = Elements::only(value, tag::SEQUENCE, WHAT)?;
        let mut inside = sequence.inside();
        let permitted = Self::subtrees(inside.optional(0xa0, WHAT)?)?;
        let excluded = Self::subtrees(inside.optional(0xa1, WHAT)?)?;
        inside.finish(WHAT)?;
        if permitted.is_empty() && excluded.is_empty() {
            return Err(Malformed { what: WHAT, found: "no subtree".to_owned(), remaining: 0 });
        }
        Ok(Self { permitted, excluded })
    }

    fn subtrees(list: Option<Element<'a>>) -> Result<Vec<Subtree<'a>>, Malformed> {
        const WHAT: &str = "nameConstraints";
        let mut subtrees = Vec::new();
        let Some(list) = list else { return Ok(subtrees) };
        let mut elements = list.inside();
        while !elements.rest().is_empty() {
            let mut bounds = elements.expect(tag::SEQUENCE, WHAT)?.inside();
            subtrees.push(Subtree { base: bounds.next(WHAT)?, bounds });
        }
        Ok(subtrees)
    }
}

/// Does a known extension's value have the structure its standard gives it? `Ok` for an unknown one.
///
/// Extensions the rules read are read in full; of the others the outer form is looked at.
pub fn well_formed(extension: &Extension<'_>) -> Result<(), Malformed> {
    let value = extension.value;
    match extension.oid {
        oid::BASIC_CONSTRAINTS => BasicConstraints::read(value).map(drop),
        oid::KEY_USAGE => KeyUsage::read(value).map(drop),
        oid::SUBJECT_KEY_IDENTIFIER => subject_key_identifier(value).map(drop),
        oid::AUTHORITY_KEY_IDENTIFIER => AuthorityKeyIdentifier::read(value).map(drop),
        oid::EXTENDED_KEY_USAGE => extended_key_usage(value).map(drop),
        oid::POLICY_CONSTRAINTS => policy_constraints(value).map(drop),
        oid::NAME_CONSTRAINTS => NameConstraints::read(value).map(drop),
        oid::INHIBIT_ANY_POLICY => single(value, tag::INTEGER, "inhibitAnyPolicy"),
        oid::CERTIFICATE_POLICIES
        | oid::POLICY_MAPPINGS
        | oid::SUBJECT_ALT_NAME
        | oid::ISSUER_ALT_NAME
        | oid::CRL_DISTRIBUTION_POINTS
        | oid::FRESHEST_CRL
        | oid::AUTHORITY_INFO_ACCESS => {
            single(value, tag::SEQUENCE, known_name(extension.oid).unwrap_or("the extension"))
        }
        _ => Ok(()),
    }
}

fn single(value: &[u8], expected: u8, what: &'static str) -> Result<(), Malformed> {
    let element = Elements::only(value, expected, what)?;
    if expected == tag::SEQUENCE {
        let mut inside = element.inside();
        if inside.rest().is_empty() {
            return Err(Malformed { what, found: "an empty sequence".into(), remaining: 0 });
        }
        while !inside.rest().is_empty() {
            inside.next(what)?;
        }
    }
    Ok(())
}
