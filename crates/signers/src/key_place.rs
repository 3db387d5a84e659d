//! Where a private key lives, as it is named on a command line: a file, or a token by its `pkcs11:` URI (RFC 7512).

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use el2g_openpgp_envelope::KeyName;

/// Where a private key lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a file.
    File(PathBuf),
    /// On a token.
    Token(TokenUri),
    /// In the user's GnuPG keyring, whose secret part gpg-agent has (`gpg:FINGERPRINT`).
    Agent(KeyName),
}

/// A `pkcs11:` URI without a PIN in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenUri {
    text: String,
    attributes: Vec<(String, Vec<u8>)>,
}

/// Why a key's place cannot be used. The URI is not repeated: it may hold a PIN.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyPlaceError {
    /// A PIN on the command line is seen by every process and kept by the shell's history.
    #[error("the pkcs11: URI holds a PIN (`pin-value`), which others can see")]
    PinInUri,
    /// What follows `gpg:` is not a fingerprint or long key id.
    #[error(
        "`gpg:` is followed by `{found}`, expected a fingerprint (40 hex digits) or key id (16)"
    )]
    NotAKeyName {
        /// What follows.
        found: String,
    },
    /// A name that is not understood; it might have told keys apart (RFC 7512 section 2.3).
    #[error("the pkcs11: URI has the attribute `{name}`, which is not supported")]
    UnknownAttribute {
        /// The name.
        name: String,
    },
    /// The URI names something else than the key that is needed.
    #[error("the pkcs11: URI says `type={found}`, expected {expected}")]
    WrongType {
        /// The type.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// Not `name=value` pairs joined by `;`, then after `?` by `&` (RFC 7512 section 2.3).
    #[error("the pkcs11: URI is malformed at attribute {position}: {reason}")]
    Malformed {
        /// Which attribute, counted from 1.
        position: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl fmt::Display for KeyPlace {
    /// As it was typed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(formatter, "{}", path.display()),
            Self::Token(uri) => uri.fmt(formatter),
            Self::Agent(name) => write!(formatter, "gpg:{name}"),
        }
    }
}

impl FromStr for KeyPlace {
    type Err = KeyPlaceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scheme = text.get(..7).unwrap_or_default();
        if scheme.eq_ignore_ascii_case("pkcs11:") {
            TokenUri::parse(text).map(Self::Token)
        } else if let Some(name) = text.strip_prefix("gpg:") {
            let refused = |_| KeyPlaceError::NotAKeyName { found: name.to_owned() };
            name.parse().map(Self::Agent).map_err(refused)
        } else {
            Ok(Self::File(PathBuf::from(text)))
        }
    }
}

impl TokenUri {
    fn parse(text: &str) -> Result<Self, KeyPlaceError> {
        let (path, query) = text[7..].split_once('?').unwrap_or((&text[7..], ""));
        let parts = path.split(';').chain(query.split('&')).filter(|part| !part.is_empty());
        let mut attributes: Vec<(String, Vec<u8>)> = Vec::new();
        for (index, part) in parts.enumerate() {
            let malformed = |reason| KeyPlaceError::Malformed { position: index + 1, reason };
            let (name, value) =
                part.split_once('=').ok_or_else(|| malformed("no `=` between name and value"))?;
            let name = name.to_ascii_lowercase();
            if name == "pin-value" {
                return Err(KeyPlaceError::PinInUri);
            }
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err(malformed("the name was there before"));
            }
            let value = percent_decoded(value)
                .ok_or_else(|| malformed("`%` is not followed by two hex digits"))?;
            check_attribute(&name, &value)?;
            if name == "library-version" && LibraryVersion::parse(&value).is_none() {
                return Err(malformed("expected a version such as 2 or 2.6"));
            }
            attributes.push((name, value));
        }
        Ok(Self { text: text.to_owned(), attributes })
    }

    /// The value of an attribute (`token`, `object`, `id`, `pin-source`, `module-path` …), percent-decoded.
    pub fn attribute(&self, name: &str) -> Option<&[u8]> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice())
    }

    /// The same as text; what is not UTF-8 is replaced, and then matches nothing.
    pub fn text(&self, name: &str) -> Option<String> {
        self.attribute(name).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// Whether each of these attributes is either not in the URI or has this value.
    pub(crate) fn names_all(&self, attributes: &[(&str, &str)]) -> bool {
        attributes.iter().all(|(name, value)| {
            self.attribute(name).is_none_or(|wanted| wanted == value.as_bytes())
        })
    }

    /// Whether the library's version is the one in the URI, or there is none.
    pub(crate) fn names_version(&self, major: u8, minor: u8) -> bool {
        let wanted = self.attribute("library-version");
        wanted.is_none_or(|wanted| {
            LibraryVersion::parse(wanted) == Some(LibraryVersion { major, minor })
        })
    }

    /// Refuses a URI that says another `type`.
    pub(crate) fn expect_type(
        &self,
        wanted: &str,
        expected: &'static str,
    ) -> Result<(), KeyPlaceError> {
        match self.text("type") {
            Some(found) if found != wanted => Err(KeyPlaceError::WrongType { found, expected }),
            _ => Ok(()),
        }
    }

    /// What tells tokens apart: every attribute that is not about an object.
    pub(crate) fn token_part(&self) -> Vec<(String, Vec<u8>)> {
        let of_object = |name: &str| ["object", "id", "type"].contains(&name);
        self.attributes.iter().filter(|(name, _)| !of_object(name)).cloned().collect()
    }

    /// Whether both name the same token by the same words; their keys may differ.
    pub fn is_of_same_token(&self, other: &Self) -> bool {
        self.token_part() == other.token_part()
    }

    /// The URI as it was typed, without its query: no file with a PIN, no library.
    pub fn without_query(&self) -> &str {
        self.text.split_once('?').map_or(&self.text, |(path, _)| path)
    }

    /// The file with the PIN (`pin-source`): a `file:` URI or a path.
    pub fn pin_file(&self) -> Option<PathBuf> {
        let source = self.text("pin-source")?;
        let path = source.strip_prefix("file:").unwrap_or(&source);
        let path = path
            .strip_prefix("//")
            .map_or(path, |path| path.strip_prefix("localhost").unwrap_or(path));
        Some(PathBuf::from(path))
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// The attributes of RFC 7512 that are understood here.
const KNOWN: [&str; 17] = [
    "token",
    "manufacturer",
    "serial",
    "model",
    "slot-id",
    "slot-description",
    "slot-manufacturer",
    "library-manufacturer",
    "library-description",
    "library-version",
    "object",
    "id",
    "type",
    "pin-source",
    "module-path",
    "module-name",
    "pin-value",
];

/// `library-version`: `M` or `M.N`, where `M` is `M.0` (RFC 7512 section 2.3).
#[derive(PartialEq, Eq)]
struct LibraryVersion {
    major: u8,
    minor: u8,
}

impl LibraryVersion {
    fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        let number = |digits: &str| {
            let digits =
                Some(digits).filter(|text| text.bytes().all(|one| one.is_ascii_digit()))?;
            digits.parse().ok()
        };
        Some(Self { major: number(major)?, minor: number(minor)? })
    }
}

/// An attribute that is not understood would match more keys than it was written to. Those of vendors
/// (`x-…`) may be ignored (RFC 7512 section 2.3).
fn check_attribute(name: &str, value: &[u8]) -> Result<(), KeyPlaceError> {
    if !KNOWN.contains(&name) && !name.starts_with("x-") {
        return Err(KeyPlaceError::UnknownAttribute { name: name.to_owned() });
    }
    if name == "type" && !KEY_TYPES.contains(&value) {
        return Err(KeyPlaceError::WrongType {
            found: String::from_utf8_lossy(value).into_owned(),
            expected: "type=private for a key that signs, type=secret-key for a secret to be sealed",
        });
    }
    Ok(())
}

/// The types of RFC 7512 that name keys which are not public.
const KEY_TYPES: [&[u8]; 2] = [b"private", b"secret-key"];

fn percent_decoded(text: &str) -> Option<Vec<u8>> {
    let mut octets = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(octet) = octets.next() {
        decoded.push(if octet == b'%' {
            let digits = [octets.next()?, octets.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            u8::from_str_radix(digits, 16).ok()?
        } else {
            octet
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tells_files_from_tokens() {
        assert_eq!("root.key".parse(), Ok(KeyPlace::File("root.key".into())));
        let agent = "gpg:BF9C326FCE2F208F".parse::<KeyPlace>().unwrap();
        assert_eq!(agent.to_string(), "gpg:BF9C326FCE2F208F");
        assert!(matches!(agent, KeyPlace::Agent(_)));
        assert!("gpg:alice".parse::<KeyPlace>().is_err());
        assert_eq!("pkcs1.pem".parse(), Ok(KeyPlace::File("pkcs1.pem".into())));
        let place = "pkcs11:token=CA%20root;object=key;id=%01%ff?pin-source=file:/pin".parse();
        let Ok(KeyPlace::Token(uri)) = place else { panic!("{place:?}") };
        assert_eq!(uri.attribute("token"), Some(&b"CA root"[..]));
        assert_eq!(uri.attribute("id"), Some(&[1, 0xff][..]));
        assert_eq!(uri.attribute("pin-source"), Some(&b"file:/pin"[..]));
        assert_eq!(uri.attribute("serial"), None);
    }

    #[test]
    fn refuses_a_pin_and_never_repeats_it() {
        for uri in ["pkcs11:token=x?pin-value=1234", "PKCS11:token=x?PIN-VALUE=1234"] {
            let error = uri.parse::<KeyPlace>().unwrap_err();
            assert_eq!(error, KeyPlaceError::PinInUri);
            assert!(!format!("{error}{error:?}").contains("1234"));
        }
    }

    #[test]
    fn says_which_attribute_is_malformed() {
        let error = |uri: &str| uri.parse::<KeyPlace>().unwrap_err().to_string();
        assert_eq!(
            error("pkcs11:token=x;object"),
            "the pkcs11: URI is malformed at attribute 2: no `=` between name and value"
        );
        assert_eq!(
            error("pkcs11:token=%g1"),
            "the pkcs11: URI is malformed at attribute 1: `%` is not followed by two hex digits"
        );
        assert_eq!(
            error("pkcs11:token=x;token=y"),
            "the pkcs11: URI is malformed at attribute 2: the name was there before"
        );
    }

    #[test]
    fn a_library_version_is_compared_as_numbers() {
        let uri = |version: &str| match format!("pkcs11:library-version={version}").parse() {
            Ok(KeyPlace::Token(uri)) => Ok(uri),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error),
        };
        for (version, major, minor) in [("2.6", 2, 6), ("2.06", 2, 6), ("3", 3, 0), ("0.1", 0, 1)] {
            let uri = uri(version).unwrap();
            assert!(uri.names_version(major, minor), "{version}");
            assert!(!uri.names_version(major, minor + 1), "{version}");
        }
        for version in ["", ".", "2.", ".6", "2.6.1", "256", "+2", "2.x"] {
            let reason = "expected a version such as 2 or 2.6";
            assert_eq!(uri(version), Err(KeyPlaceError::Malformed { position: 1, reason }));
        }
        let Ok(KeyPlace::Token(without)) = "pkcs11:token=x".parse() else { panic!("a token") };
        assert!(without.names_version(2, 6));
    }

    proptest! {
        #[test]
        fn never_panics(text in ".*") {
            let _ = text.parse::<KeyPlace>();
            let _ = format!("pkcs11:{text}").parse::<KeyPlace>();
        }
    }
}
