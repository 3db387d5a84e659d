//! Comparing names and their attributes (RFC 5280 section 7.1).

use el2g_x509::Name;

/// Longest name whose attributes are compared, in bytes. A sensible one takes a few hundred; comparing two of millions of
/// attributes would take hours.
pub(crate) const LONGEST: usize = 4096;

/// Equal as a whole. Names that do not decode, or are longer than [`LONGEST`], equal only their own bytes.
pub(crate) fn equal(left: &[u8], right: &[u8]) -> bool {
    left == right
        || left.len() <= LONGEST
            && right.len() <= LONGEST
            && match (Name::from_der(left), Name::from_der(right)) {
                (Ok(left), Ok(right)) => left.matches(&right),
                _ => false,
            }
}
