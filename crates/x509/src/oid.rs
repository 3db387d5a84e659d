//! Object identifiers.

use std::fmt;

use const_oid::ObjectIdentifier;

/// An ASN.1 object identifier (X.660), shown in dotted form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(pub(crate) ObjectIdentifier);

impl Oid {
    /// Makes an identifier from its dotted form, at compile time when used in a `const`.
    ///
    /// # Panics
    /// When `dotted` is not a well-formed identifier; use [`Oid::parse`] for foreign text.
    pub const fn from_dotted(dotted: &str) -> Self {
        Self(ObjectIdentifier::new_unwrap(dotted))
    }

    /// From the content octets of its encoding; `None` for some that nobody uses (over 39 octets, an arc beyond 32 bits).
    pub(crate) fn from_octets(octets: &[u8]) -> Option<Self> {
        ObjectIdentifier::from_bytes(octets).ok().map(Self)
    }

    /// Reads a dotted identifier such as `2.5.4.3`; `None` when it is not one.
    pub fn parse(dotted: &str) -> Option<Self> {
        ObjectIdentifier::new(dotted).ok().map(Self)
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
