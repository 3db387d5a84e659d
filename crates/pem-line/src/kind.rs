//! What a block or a file is, by its label or by the first fields of its DER, and how to convert it.

use std::fmt;

/// What a block or a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A certificate (RFC 5280).
    Certificate,
    /// A certificate with OpenSSL's trust settings behind it.
    TrustedCertificate,
    /// A certificate request (RFC 2986).
    Request,
    /// A private key: PKCS#8 plain or encrypted, SEC1, PKCS#1.
    PrivateKey,
    /// A private key in the format of OpenSSH.
    OpenSshPrivateKey,
    /// A public key: SubjectPublicKeyInfo or PKCS#1.
    PublicKey,
    /// A public key in the format of OpenSSH or RFC 4716.
    OpenSshPublicKey,
    /// A certificate revocation list.
    RevocationList,
    /// PKCS#7 or CMS, as certificates are delivered in `.p7b` files.
    Pkcs7,
    /// PKCS#12, a `.p12` or `.pfx` file.
    Pkcs12,
    /// A Java key store (JKS or JCEKS).
    JavaKeyStore,
    /// An OpenPGP message, key or signature.
    OpenPgp,
    /// Parameters of a key algorithm.
    Parameters,
    /// Anything else.
    Unknown,
}

/// The labels that may be repeated in a message, and what they stand for. Any other label may be a damaged key.
const LABELS: &[(&str, Kind)] = &[
    ("CERTIFICATE", Kind::Certificate),
    ("X509 CERTIFICATE", Kind::Certificate),
    ("TRUSTED CERTIFICATE", Kind::TrustedCertificate),
    ("CERTIFICATE REQUEST", Kind::Request),
    ("NEW CERTIFICATE REQUEST", Kind::Request),
    ("PRIVATE KEY", Kind::PrivateKey),
    ("ENCRYPTED PRIVATE KEY", Kind::PrivateKey),
    ("RSA PRIVATE KEY", Kind::PrivateKey),
    ("EC PRIVATE KEY", Kind::PrivateKey),
    ("DSA PRIVATE KEY", Kind::PrivateKey),
    ("ANY PRIVATE KEY", Kind::PrivateKey),
    ("OPENSSH PRIVATE KEY", Kind::OpenSshPrivateKey),
    ("PUBLIC KEY", Kind::PublicKey),
    ("RSA PUBLIC KEY", Kind::PublicKey),
    ("X509 CRL", Kind::RevocationList),
    ("PKCS7", Kind::Pkcs7),
    ("PKCS #7 SIGNED DATA", Kind::Pkcs7),
    ("CMS", Kind::Pkcs7),
    ("PKCS12", Kind::Pkcs12),
    ("EC PARAMETERS", Kind::Parameters),
    ("DH PARAMETERS", Kind::Parameters),
    ("PGP MESSAGE", Kind::OpenPgp),
    ("PGP SIGNATURE", Kind::OpenPgp),
    ("PGP PUBLIC KEY BLOCK", Kind::OpenPgp),
    ("PGP PRIVATE KEY BLOCK", Kind::OpenPgp),
];

/// Content octets of OIDs: PKCS#7 data and signedData, and the arcs of key algorithms.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const VERSION: u8 = 0xa0;

impl Kind {
    /// What a PEM label stands for.
    #[must_use]
    pub(crate) fn of_label(label: &str) -> Self {
        LABELS.iter().find(|(known, _)| *known == label).map_or(Self::Unknown, |row| row.1)
    }

    /// The label itself where it is a known one, for a message. Any other label is not repeated: it may be part of a
    /// damaged key.
    #[must_use]
    pub fn known_label(label: &str) -> Option<&'static str> {
        LABELS.iter().find(|(known, _)| *known == label).map(|row| row.0)
    }

    /// What DER is, by the first fields in it; [`Kind::Unknown`] where they fit nothing that is known here. This names a
    /// file in a message; it does not decide whether the file is sound.
    #[must_use]
    pub fn of_der(der: &[u8]) -> Self {
        let Some((SEQUENCE, inside, _)) = element(der) else { return Self::Unknown };
        let Some((tag, first, rest)) = element(inside) else { return Self::Unknown };
        let second = element(rest).map(|(tag, content, _)| (tag, content));
        match (tag, second) {
            (OID, _) if first.starts_with(PKCS7) => Self::Pkcs7,
            (INTEGER, Some((OCTET_STRING, _))) => Self::PrivateKey,
            (INTEGER, Some((INTEGER, _))) => match integers(rest) {
                1 => Self::PublicKey,
                8.. => Self::PrivateKey,
                _ => Self::Unknown,
            },
            (INTEGER, Some((SEQUENCE, content))) => match element(content) {
                Some((OID, oid, _)) if first == [3] && oid.starts_with(PKCS7) => Self::Pkcs12,
                Some((OID, ..)) if third(rest) == Some(OCTET_STRING) => Self::PrivateKey,
                _ => Self::Unknown,
            },
            (SEQUENCE, Some((OCTET_STRING, _))) if begins_with_oid(first) => Self::PrivateKey,
            (SEQUENCE, Some((BIT_STRING, _))) if begins_with_oid(first) => Self::PublicKey,
            (SEQUENCE, Some((SEQUENCE, algorithm))) if begins_with_oid(algorithm) => signed(first),
            _ => Self::Unknown,
        }
    }

    /// Whether `der` is one element from its first byte to its last, by the length that its header states.
    #[must_use]
    pub fn is_whole(der: &[u8]) -> bool {
        element(der).is_some_and(|(_, content, after)| {
            let header = der.len() - content.len() - after.len();
            after.is_empty() && header >= 2 && stated_length(&der[1..header]) == Some(content.len())
        })
    }

    /// What a file that is neither PEM nor DER is, by how it begins.
    #[must_use]
    pub(crate) fn of_beginning(bytes: &[u8]) -> Self {
        const SSH_TEXTS: [&[u8]; 6] = [
            b"ssh-rsa ",
            b"ssh-ed25519 ",
            b"ssh-dss ",
            b"ecdsa-sha2-",
            b"sk-ssh-",
            b"---- BEGIN SSH2",
        ];
        if bytes.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) || bytes.starts_with(&[0xce; 4]) {
            Self::JavaKeyStore
        } else if SSH_TEXTS.iter().any(|text| bytes.starts_with(text)) {
            Self::OpenSshPublicKey
        } else {
            Self::Unknown
        }
    }

    /// The command that makes PEM of it that is read here, where there is one. `der` says that the file is DER.
    #[must_use]
    pub const fn conversion(self, der: bool) -> Option<&'static str> {
        Some(match (self, der) {
            (Self::Pkcs7, false) => "openssl pkcs7 -print_certs -in FILE -out NEW.pem",
            (Self::Pkcs7, true) => "openssl pkcs7 -inform DER -print_certs -in FILE -out NEW.pem",
            (Self::Pkcs12, _) => {
                "openssl pkcs12 -in FILE -nokeys -out CERTIFICATES.pem, or -nocerts -out KEY.pem"
            }
            (Self::TrustedCertificate, _) => "openssl x509 -in FILE -out NEW.pem",
            (Self::JavaKeyStore, _) => {
                "keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12, then openssl pkcs12 -in NEW.p12"
            }
            (Self::OpenSshPrivateKey, _) => {
                "ssh-keygen -p -m PKCS8 -f FILE (it changes FILE: work on a copy)"
            }
            (Self::OpenSshPublicKey, _) => "ssh-keygen -e -m PKCS8 -f FILE > NEW.pem",
            _ => return None,
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Certificate => "a certificate",
            Self::TrustedCertificate => "a TRUSTED CERTIFICATE (OpenSSL's own form)",
            Self::Request => "a certificate request",
            Self::PrivateKey => "a private key",
            Self::OpenSshPrivateKey => "an OpenSSH private key",
            Self::PublicKey => "a public key",
            Self::OpenSshPublicKey => "an OpenSSH public key",
            Self::RevocationList => "a revocation list",
            Self::Pkcs7 => "a PKCS#7 container",
            Self::Pkcs12 => "a PKCS#12 container",
            Self::JavaKeyStore => "a Java key store",
            Self::OpenPgp => "OpenPGP data",
            Self::Parameters => "key parameters",
            Self::Unknown => "something else",
        })
    }
}

/// What a signed structure is, by its to-be-signed part.
fn signed(inside: &[u8]) -> Kind {
    let Some((tag, _, rest)) = element(inside) else { return Kind::Unknown };
    let Some((SEQUENCE, second, _)) = element(rest) else {
        return if tag == VERSION { Kind::Certificate } else { Kind::Unknown };
    };
    match tag {
        VERSION => Kind::Certificate,
        // The second field of a request is a name, of a list the algorithm and of a version 1 certificate too.
        INTEGER if second.first().is_none_or(|tag| *tag == SET) => Kind::Request,
        INTEGER => match (third(rest), fourth(rest)) {
            (Some(SEQUENCE), Some(SEQUENCE)) => Kind::Certificate,
            (Some(SEQUENCE | 0x17 | 0x18), _) => Kind::RevocationList,
            _ => Kind::Unknown,
        },
        _ => Kind::Unknown,
    }
}

fn begins_with_oid(content: &[u8]) -> bool {
    content.first() == Some(&OID)
}

/// How many INTEGERs follow one another.
fn integers(mut rest: &[u8]) -> usize {
    let mut count = 0;
    while let Some((INTEGER, _, after)) = element(rest) {
        count += 1;
        rest = after;
    }
    count
}

/// The tag behind the first element of `rest`: the third field, where `rest` begins with the second.
fn third(rest: &[u8]) -> Option<u8> {
    element(element(rest)?.2).map(|(tag, ..)| tag)
}

fn fourth(rest: &[u8]) -> Option<u8> {
    third(element(rest)?.2)
}

/// Tag, content and what follows, of the element that `bytes` begin with. A length that goes beyond the end is cut: the
/// kind of a file that was cut off can still be named.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let more = match first {
        0x81..=0x84 => usize::from(first & 0x7f),
        0..=0x80 => 0,
        _ => return None,
    };
    let (octets, rest) = rest.split_at_checked(more)?;
    let length = match first {
        // Indefinite, as some PKCS#7 and PKCS#12 files are.
        0x80 => rest.len(),
        0..=0x7f => usize::from(first),
        _ => number(octets),
    };
    let (content, after) = rest.split_at(length.min(rest.len()));
    Some((tag, content, after))
}

/// The length in the octets of a length field, the definite form only.
fn stated_length(field: &[u8]) -> Option<usize> {
    match field.split_first()? {
        (length @ 0..=0x7f, []) => Some(usize::from(*length)),
        (0x81..=0x84, octets) => Some(number(octets)),
        _ => None,
    }
}

fn number(octets: &[u8]) -> usize {
    octets.iter().fold(0, |number, octet| number << 8 | usize::from(*octet))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_that_are_not_known_are_not_repeated() {
        assert_eq!(Kind::known_label("EC PRIVATE KEY"), Some("EC PRIVATE KEY"));
        assert_eq!(Kind::known_label("PRIVATE KEY MIGHAgEA"), None);
        assert_eq!(Kind::of_label("PRIVATE KEY MIGHAgEA"), Kind::Unknown);
    }

    #[test]
    fn an_element_is_whole_when_its_length_says_so() {
        let long = [&[SEQUENCE, 0x81, 130][..], &[0; 130]].concat();
        for whole in [&[SEQUENCE, 1, 5][..], &[SEQUENCE, 0], &long] {
            assert!(Kind::is_whole(whole), "{whole:?}");
        }
        for other in [&[][..], &[SEQUENCE], &[SEQUENCE, 2, 5], &[SEQUENCE, 0, 5], &long[..20]] {
            assert!(!Kind::is_whole(other), "{other:?}");
        }
    }

    #[test]
    fn names_containers_by_their_first_fields() {
        let pkcs7 = [&[SEQUENCE, 0x80, OID, 9][..], PKCS7, &[2, 0xa0, 0x80]].concat();
        assert_eq!(Kind::of_der(&pkcs7), Kind::Pkcs7);
        let pkcs12 =
            [&[SEQUENCE, 0x82, 9, 0, INTEGER, 1, 3, SEQUENCE, 11, OID, 9][..], PKCS7, &[1]];
        assert_eq!(Kind::of_der(&pkcs12.concat()), Kind::Pkcs12);
        assert_eq!(Kind::of_der(&[SEQUENCE, 3, INTEGER, 1, 5]), Kind::Unknown);
        assert_eq!(Kind::of_der(b""), Kind::Unknown);
        assert_eq!(Kind::of_beginning(&[0xfe, 0xed, 0xfe, 0xed, 0, 0]), Kind::JavaKeyStore);
        assert_eq!(Kind::of_beginning(b"ssh-rsa AAAA"), Kind::OpenSshPublicKey);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(der: Vec<u8>) {
            let _ = Kind::of_der(&der);
            let _ = Kind::of_der(&[&[SEQUENCE, 0x80][..], &der].concat());
            let _ = Kind::of_beginning(&der);
            let _ = Kind::is_whole(&der);
        }
    }
}
