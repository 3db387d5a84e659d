//! Key components: shares of one secret that combine by XOR, so that no custodian knows it alone.

use zeroize::Zeroizing;

use crate::{KeyCheckValue, Payload, PayloadError, PayloadKind, SecretBytes};

/// One custodian's share of a secret: as long as the secret, and by itself without meaning.
#[derive(Debug)]
pub struct Component(Payload);

impl Component {
    /// Reads the hex text of a component, by the rules of the secret's kind.
    ///
    /// # Errors
    /// [`PayloadError`], as for a whole secret.
    pub fn from_hex(kind: PayloadKind, text: &SecretBytes) -> Result<Self, PayloadError> {
        Payload::read_hex(kind, text).map(Self)
    }

    /// Takes the raw bytes of a component.
    ///
    /// # Errors
    /// [`PayloadError`], as for a whole secret.
    pub fn from_raw(kind: PayloadKind, bytes: SecretBytes) -> Result<Self, PayloadError> {
        Payload::take_raw(kind, bytes).map(Self)
    }

    /// Its own check value, computed as if it were the key; `None` for what has none.
    pub fn check_value(&self) -> Option<KeyCheckValue> {
        self.0.check_value()
    }

    /// Whether `text` is its check value, see [`Payload::has_check_value`].
    pub fn has_check_value(&self, text: &str) -> Option<bool> {
        self.0.has_check_value(text)
    }

    /// Its length in bytes.
    pub fn byte_len(&self) -> usize {
        self.0.byte_len()
    }

    /// Whether both are the same bytes.
    pub fn same_as(&self, other: &Self) -> bool {
        self.0.same_as(&other.0)
    }
}

/// Why components make no secret. Components are counted from 1; no variant holds any of the material.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// A single component would be the secret itself.
    #[error("{count} component; a secret is combined from two or more")]
    TooFew {
        /// How many there are.
        count: usize,
    },
    /// Components of unequal length.
    #[error(
        "component {number} has {found} bytes, component 1 has {first}: all have the length of the secret"
    )]
    UnequalLength {
        /// Which one differs.
        number: usize,
        /// Its bytes.
        found: usize,
        /// Bytes of the first.
        first: usize,
    },
    /// A component of zeros: its custodian contributes nothing.
    #[error(
        "component {number} is all zeros: it changes nothing, its custodian would have no part in the secret"
    )]
    AllZero {
        /// Which one.
        number: usize,
    },
    /// Two equal components cancel each other out.
    #[error(
        "components {first} and {second} are the same: combined by XOR they cancel each other out"
    )]
    Same {
        /// The earlier one.
        first: usize,
        /// The later one.
        second: usize,
    },
    /// Together they are nothing but zeros.
    #[error("the components combine to all zeros: one of them is the XOR of the others")]
    ZeroResult,
}

/// Combines components by XOR.
///
/// # Errors
/// [`ComponentError`]: nothing is combined when a component is unfit.
pub fn combine(components: &[Component]) -> Result<Payload, ComponentError> {
    let (first, others) = match components {
        [first, others @ ..] if !others.is_empty() => (first, others),
        _ => return Err(ComponentError::TooFew { count: components.len() }),
    };
    for (at, component) in components.iter().enumerate() {
        let number = at + 1;
        if component.byte_len() != first.byte_len() {
            let (found, first) = (component.byte_len(), first.byte_len());
            return Err(ComponentError::UnequalLength { number, found, first });
        }
        if component.0.is_all_zero() {
            return Err(ComponentError::AllZero { number });
        }
        if let Some(earlier) = components[..at].iter().position(|it| it.same_as(component)) {
            return Err(ComponentError::Same { first: earlier + 1, second: number });
        }
    }
    let mut sum = Zeroizing::new(first.0.bytes().to_vec());
    for component in others {
        sum.iter_mut().zip(component.0.bytes()).for_each(|(sum, byte)| *sum ^= byte);
    }
    let bytes = SecretBytes::new(std::mem::take(&mut *sum));
    let whole = Payload::take_raw(first.0.kind(), bytes)
        .expect("it is as long as its components, which are of an allowed length");
    if whole.is_all_zero() { Err(ComponentError::ZeroResult) } else { Ok(whole) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn components(kind: PayloadKind, texts: &[&str]) -> Vec<Component> {
        let read = |text: &&str| {
            Component::from_hex(kind, &SecretBytes::from_slice(text.as_bytes())).unwrap()
        };
        texts.iter().map(read).collect()
    }

    fn refused(texts: &[&str]) -> ComponentError {
        combine(&components(PayloadKind::Hmac, texts)).unwrap_err()
    }

    #[test]
    fn combines_by_xor() {
        let whole = combine(&components(PayloadKind::Hmac, &["0f0f", "00ff", "a000"])).unwrap();
        assert_eq!((whole.bytes(), whole.kind()), (&[0xAF, 0xF0][..], PayloadKind::Hmac));
    }

    #[test]
    fn refuses_what_makes_no_secret_of_several_custodians() {
        assert_eq!(refused(&[]), ComponentError::TooFew { count: 0 });
        assert_eq!(refused(&["0f"]), ComponentError::TooFew { count: 1 });
        let unequal = ComponentError::UnequalLength { number: 3, found: 1, first: 2 };
        assert_eq!(refused(&["0f0f", "00ff", "01"]), unequal);
        assert_eq!(refused(&["0f0f", "0000"]), ComponentError::AllZero { number: 2 });
        assert_eq!(refused(&["01", "02", "01"]), ComponentError::Same { first: 1, second: 3 });
        assert_eq!(refused(&["01", "02", "03"]), ComponentError::ZeroResult);
    }

    proptest! {
        #[test]
        fn any_split_combines_to_its_secret(
            secret in proptest::collection::vec(any::<u8>(), 32),
            shares in proptest::collection::vec(proptest::collection::vec(1..=255u8, 32), 1..5),
        ) {
            let mut last = secret.clone();
            for share in &shares {
                last.iter_mut().zip(share).for_each(|(last, byte)| *last ^= byte);
            }
            let raw = |bytes: &Vec<u8>| Component::from_raw(PayloadKind::Aes, SecretBytes::from_slice(bytes));
            let all: Vec<Component> = shares.iter().chain([&last]).map(|it| raw(it).unwrap()).collect();
            let whole = combine(&all).unwrap();
            prop_assert_eq!(whole.bytes(), &secret[..]);
        }
    }
}
