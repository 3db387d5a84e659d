//! Comparison of distinguished names by RFC 5280 section 7.1, which asks for the string preparation of
//! RFC 4518: transcode, map, normalise (NFKC), prohibit, insignificant spaces.
//!
//! Not done: the bidirectional check (RFC 4518 section 2.5 itself asks for none). A value that holds a character
//! the preparation prohibits (unassigned in Unicode 3.2, private use) is compared character by character as it
//! stands; a value that is not a string, or not well formed, is compared octet by octet with its tag.

use unicode_normalization::UnicodeNormalization;

use super::Attribute;

/// A value as it takes part in a comparison.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Canonical {
    /// Prepared by RFC 4518 with case folded.
    Prepared(String),
    /// Characters the preparation prohibits: compared as they stand.
    Characters(String),
    /// Not a (well-formed) string: the whole DER value.
    Octets(Vec<u8>),
}

impl Canonical {
    pub(crate) fn of(attribute: &Attribute) -> Self {
        let Some(text) = attribute.text() else {
            return Self::Octets(attribute.value_der().to_vec());
        };
        if let Some(plain) = prepare_ascii(text) {
            return Self::Prepared(plain);
        }
        // x520prep folds case by table B.2, which is made for text that is normalised after it: e and a
        // combining acute accent must meet é.
        let composed: String = text.nfkc().collect();
        match stringprep::x520prep(&composed, true) {
            Ok(prepared) => Self::Prepared(collapse_spaces(&prepared.nfkc().collect::<String>())),
            Err(_) => Self::Characters(text.to_owned()),
        }
    }
}

/// The common case: printing ASCII needs only lower case and the space rule.
fn prepare_ascii(text: &str) -> Option<String> {
    text.bytes()
        .all(|byte| matches!(byte, b' '..=b'~'))
        .then(|| collapse_spaces(&text.to_ascii_lowercase()))
}

/// Spaces at the ends do not count, several inside count as one (RFC 4518 section 2.6.1).
fn collapse_spaces(text: &str) -> String {
    let mut collapsed = String::with_capacity(text.len());
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    collapsed
}

/// Two RDNs match when they hold the same set of attributes, in any order (section 7.1: same number, and each
/// of one has a match in the other).
pub(crate) fn rdns_match(left: &[Attribute], right: &[Attribute]) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let sorted = |rdn: &[Attribute]| {
        let mut values: Vec<_> =
            rdn.iter().map(|attribute| (attribute.oid(), Canonical::of(attribute))).collect();
        values.sort();
        values
    };
    sorted(left) == sorted(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_case_do_not_count() {
        assert_eq!(prepare_ascii("  Ab   C "), Some("ab c".to_owned()));
        assert_eq!(prepare_ascii(" "), Some(String::new()));
        assert_eq!(prepare_ascii("é"), None);
    }
}
