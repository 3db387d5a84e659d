//! Comparing names and their attributes (RFC 5280 section 7.1).

use el2g_x509::Name;

/// Equal as a whole. Names that do not decode equal only their own bytes.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left == right
        || match (Name::from_der(left), Name::from_der(right)) {
            (Ok(left), Ok(right)) => left.matches(&right),
            _ => false,
        }
}
